#!/usr/bin/env python3
"""Values that GDAL's warper and exactextract give for cases.json, written to values/.

  python3 -m venv venv && venv/bin/pip install -r tests/reference/requirements.txt
  cargo test -p cogrid --test native -- --ignored reference::write_scales     # tests/reference/scales.json
  venv/bin/python tests/reference/make_references.py

Rasters are made by a formula of column and row that the Rust tests repeat, so that no raster is committed.

Point methods: GDAL's warper on float64 with the exact transformation, in one chunk, without overviews. XSCALE and YSCALE
are pinned to the scale that the engine reports (scales.json), and to 1 where it is at most 2 along both axes, where GDAL
3.13 does not stretch kernels but older ones do. Within one CRS it is rasterio's GDAL; between CRSs it is the gdalwarp
command (3.6: its lanczos differs from later ones), as rasterio approximates transformations by up to an eighth of a pixel
whatever its tolerance.

Area methods: exactextract in the raster's pixel space. An edge is straight in the grid's CRS, so it is a curve in the
raster's; "average" takes the curve as the engine does (halved until it bends by less than 3e-4 pixel, then two chords with
the curve's area), which leaves the same polygon; "curve" takes 256 chords an edge and shows what that costs.

A stretched lanczos is compared where no centre is a pixel's centre: there GDAL takes one column or row of pixels alone, as if
the kernel were not stretched. A stretched cubicspline is not compared over holes: GDAL gives pixels more than two kernel
widths to the right of or below the centre a small negative weight.

Weights by area: exactextract's weighted operations over a raster of weights. In longitude and latitude and in Web Mercator
these are integrals of the ellipsoid's surface element; elsewhere the pixel's size divided by PROJ's areal scale at its
centre."""
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import exactextract
import numpy as np
import rasterio
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from pyproj import CRS, Proj, Transformer
from rasterio.transform import Affine
from rasterio.warp import Resampling, reproject

HERE = Path(__file__).resolve().parent
STRAIGHT_PX = 1e-7
TOLERANCE_PX = 3e-4
LONG_EDGE_PX = 16.0
CURVE_CHORDS = 256
WGS84_A_M, WGS84_E2 = 6378137.0, 0.0066943799901413165

AREA_METHODS = {
    "average": "mean", "count": "count", "sum": "sum", "min": "min", "max": "max", "variance": "variance", "stdev": "stdev",
    "mode": "mode", "minority": "minority", "variety": "variety", "median": "median",
    "quantile(0.1)": "quantile(q=0.1)", "quantile(0.75)": "quantile(q=0.75)",
}


def pixels(raster):
    """float64 values, NaN where the raster has none."""
    row, column = np.mgrid[0 : raster["height"], 0 : raster["width"]].astype(np.int64)
    value = (3 * column * column + 5 * row * row + 7 * column * row + 13 * column + 17 * row) % 1009 % raster.get("modulo", 1009)
    values = value * float(raster["factor"])
    if raster["holes"]:
        away = (column - raster["width"] // 3) ** 2 + (row - raster["height"] // 2) ** 2
        values[((31 * column + 17 * row) % 11 == 0) | (away < 400)] = np.nan
    return values


def rolled(raster, values, columns):
    """The same places, seen from the other side of a world whose file ends where the grid lies."""
    gt = list(raster["geotransform"])
    gt[0] += columns * gt[1] * (1 if gt[0] < 0 else -1)
    return np.roll(values, columns, axis=1), gt


def squares(grid):
    """Columns i, rows j (from the north) of the cells that touch the bounds."""
    size, (x0, y0, x1, y1) = grid["cellSize"], grid["bounds"]
    sliver = 1e-9
    first = [math.floor(low / size + sliver) for low in (x0, y0)]
    last = [math.ceil(high / size - sliver) - 1 for high in (x1, y1)]
    return range(first[0], last[0] + 1), range(last[1], first[1] - 1, -1)


def hexagons(grid):
    """Axial (q, r) of about 120 of the cells inside the bounds."""
    size, (x0, y0, x1, y1) = grid["cellSize"], grid["bounds"]
    is_flat = grid.get("orientation") == "flat"
    (a0, a1), (b0, b1) = ((y0, y1), (x0, x1)) if is_flat else ((x0, x1), (y0, y1))
    step = size * math.sqrt(3) / 2
    inside = []
    for row in range(math.ceil((b0 + size) / step), math.floor((b1 - size) / step) + 1):
        for place in range(math.ceil((a0 + size) / size - row / 2), math.floor((a1 - size) / size - row / 2) + 1):
            inside.append((row, place) if is_flat else (place, row))
    return inside[:: max(1, len(inside) // 120)]


def hexagon_center(grid, q, r):
    size = grid["cellSize"]
    if grid.get("orientation") == "flat":
        return size * math.sqrt(3) / 2 * q, size * (r + q / 2)
    return size * (q + r / 2), size * math.sqrt(3) / 2 * r


def hexagon_corners(grid, q, r):
    x, y = hexagon_center(grid, q, r)
    turn = 0 if grid.get("orientation") == "flat" else 30
    radius = grid["cellSize"] / math.sqrt(3)
    angles = [math.radians(turn + 60 * k) for k in range(6)]
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]


class PixelMap:
    """Positions in the grid's CRS as positions in the raster's pixels."""

    def __init__(self, grid, raster, gt):
        self.transformer = Transformer.from_crs(grid["crs"], f"EPSG:{raster['epsg']}", always_xy=True)
        self.is_same = grid["crs"] == f"EPSG:{raster['epsg']}"
        self.inverse = ~Affine.from_gdal(*gt)

    def __call__(self, point):
        x, y = point if self.is_same else self.transformer.transform(*point)
        return self.inverse * (x, y)

    def edge(self, a, b):
        """Points of an edge, its end left out, as crate/src/resample/outline.rs finds them."""
        if self.is_same:
            return [self(a)]
        middle = between(a, b)
        nodes = [(a, self(a)), (middle, self(middle)), (b, self(b))]
        (u0, v0), (u1, v1) = nodes[0][1], nodes[2][1]
        is_long = abs(u1 - u0) > LONG_EDGE_PX or abs(v1 - v0) > LONG_EDGE_PX
        return [nodes[0][1], *(self.halve(*nodes) if is_long else self.refine(*nodes))]

    def refine(self, a, middle, b):
        away = deviation(a[1], middle[1], b[1])
        if away <= STRAIGHT_PX:
            return []
        if away > TOLERANCE_PX:
            return self.halve(a, middle, b)
        chord = between(a[1], b[1])
        return [tuple(c + (m - c) * 4 / 3 for c, m in zip(chord, middle[1]))]

    def halve(self, a, middle, b):
        first, second = between(a[0], middle[0]), between(middle[0], b[0])
        left = self.refine(a, (first, self(first)), middle)
        right = self.refine(middle, (second, self(second)), b)
        return [*left, middle[1], *right]

    def curve(self, a, b):
        steps = np.arange(CURVE_CHORDS) / CURVE_CHORDS
        x, y = self.transformer.transform(a[0] + (b[0] - a[0]) * steps, a[1] + (b[1] - a[1]) * steps)
        return list(zip(*(self.inverse * (x, y))))


def between(a, b):
    return (a[0] + b[0]) * 0.5, (a[1] + b[1]) * 0.5


def deviation(a, middle, b):
    along, to = (b[0] - a[0], b[1] - a[1]), (middle[0] - a[0], middle[1] - a[1])
    return abs(along[0] * to[1] - along[1] * to[0]) / math.hypot(*along)


def pixel_areas(raster, gt):
    """Square metres of each pixel."""
    row, column = np.mgrid[0 : raster["height"], 0 : raster["width"]]
    if raster["epsg"] in (4326, 3857):
        edges, width = gt[3] + np.arange(raster["height"] + 1) * gt[5], math.radians(gt[1])
        if raster["epsg"] == 3857:
            edges, width = np.degrees(np.arctan(np.sinh(edges / WGS84_A_M))), gt[1] / WGS84_A_M
        nodes, weights = np.polynomial.legendre.leggauss(12)
        top, bottom = np.radians(edges[:-1, None]), np.radians(edges[1:, None])
        latitudes = (top + bottom) / 2 + (bottom - top) / 2 * nodes
        element = WGS84_A_M**2 * (1 - WGS84_E2) * np.cos(latitudes) / (1 - WGS84_E2 * np.sin(latitudes) ** 2) ** 2
        of_row = (element * weights).sum(axis=1) / 2 * np.abs(bottom - top)[:, 0] * width
        return np.repeat(of_row[:, None], raster["width"], axis=1)
    x = gt[0] + (column + 0.5) * gt[1] + (row + 0.5) * gt[2]
    y = gt[3] + (column + 0.5) * gt[4] + (row + 0.5) * gt[5]
    projection = Proj(CRS.from_epsg(raster["epsg"]))
    longitude, latitude = projection(x, y, inverse=True)
    return abs(gt[1] * gt[5] - gt[2] * gt[4]) / projection.get_factors(longitude, latitude).areal_scale


def statistics(values, corners, edge, methods, weights=None):
    """exactextract's columns for each polygon; rows count upwards there."""
    height, width = values.shape
    source = NumPyRasterSource(values, 0, 0, width, height)
    features = []
    for number, cell in enumerate(corners):
        ring = [(u, height - v) for k, a in enumerate(cell) for u, v in edge(a, cell[(k + 1) % len(cell)])]
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        features.append({"type": "Feature", "properties": {"n": number}, "geometry": geometry})
    operations = ["count"]
    for place, method in enumerate(methods):
        operation = AREA_METHODS[method] if weights is None else f"weighted_{AREA_METHODS[method]}"
        operations.append(f"m{place}={operation}")
    weighing = {} if weights is None else {"weights": NumPyRasterSource(weights, 0, 0, width, height)}
    found = exact_extract(source, features, operations, include_cols=["n"], **weighing)
    by_number = {f["properties"]["n"]: f["properties"] for f in found}
    rows = [by_number[number] for number in range(len(corners))]
    # The name of a quantile's column ends with its number.
    names = {name.split("_")[0]: name for name in rows[0]}
    of = lambda name: [row[name] if row["count"] else math.nan for row in rows]
    return {method: of(names[f"m{place}"]) for place, method in enumerate(methods)}


def warp(grid, raster, values, gt, method, scale):
    size = grid["cellSize"]
    columns, rows = squares(grid)
    # Kernels are stretched along both axes or not at all.
    factors = [1 / max(s, 1) for s in scale] if max(scale) > 2 else [1.0, 1.0]
    options = {"XSCALE": repr(factors[0]), "YSCALE": repr(factors[1])}
    place = {"crs": f"EPSG:{raster['epsg']}", "transform": Affine.from_gdal(*gt)}
    if grid["crs"] == place["crs"]:
        out = np.full((len(rows), len(columns)), np.nan)
        target = {"dst_crs": grid["crs"], "dst_transform": Affine(size, 0, columns[0] * size, 0, -size, (rows[0] + 1) * size)}
        origin = {"src_crs": place["crs"], "src_transform": place["transform"], "src_nodata": math.nan}
        kernel = Resampling["cubic_spline" if method == "cubicspline" else method]
        reproject(values, out, resampling=kernel, dst_nodata=math.nan, warp_mem_limit=2048, **origin, **target, **options)
        return out.ravel().tolist()
    bounds = [columns[0] * size, rows[-1] * size, (columns[-1] + 1) * size, (rows[0] + 1) * size]
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/source.tif", f"{folder}/target.tif"
        described = {"width": raster["width"], "height": raster["height"], "count": 1, "dtype": "float64"}
        with rasterio.open(source, "w", driver="GTiff", nodata=math.nan, **described, **place) as file:
            file.write(values, 1)
        command = ["gdalwarp", "-q", "-r", method, "-t_srs", grid["crs"], "-ovr", "NONE", "-et", "0", "-wm", "2000"]
        command += ["-te", *map(repr, bounds), "-ts", str(len(columns)), str(len(rows)), "-ot", "Float64"]
        for name, value in options.items():
            command += ["-wo", f"{name}={value}"]
        subprocess.run([*command, source, target], check=True)
        with rasterio.open(target) as file:
            return file.read(1).ravel().tolist()


def column(values):
    """Ten digits: a hundred times finer than what is compared."""
    return [None if v is None or math.isnan(v) else float(f"{v:.10g}") for v in values]


def reference(case, raster, scale):
    values, gt = pixels(raster), raster["geotransform"]
    if "roll" in case:
        values, gt = rolled(raster, values, case["roll"])
    grid = case["grid"]
    if grid["type"] == "square":
        columns, rows = squares(grid)
        cells = [(i, j) for j in rows for i in columns]
        s = grid["cellSize"]
        corners = [[(i * s, j * s), ((i + 1) * s, j * s), ((i + 1) * s, (j + 1) * s), (i * s, (j + 1) * s)] for i, j in cells]
    else:
        cells = hexagons(grid)
        corners = [hexagon_corners(grid, q, r) for q, r in cells]
    result = {"case": case["name"], "scale": scale, "ids": [f"{a}:{b}" for a, b in cells]}
    area = [method for method in case["methods"] if method in AREA_METHODS]
    if area:
        pixel_map = PixelMap(grid, raster, gt)
        weights = pixel_areas(raster, gt) if case.get("weights") == "area" else None
        for method, numbers in statistics(values, corners, pixel_map.edge, area, weights).items():
            result[method] = column(numbers)
        if "average" in area and weights is None and not pixel_map.is_same:
            result["curve"] = column(statistics(values, corners, pixel_map.curve, ["average"])["average"])
    for method in case["methods"]:
        if method not in AREA_METHODS:
            result[method] = column(warp(grid, raster, values, gt, method, scale))
    return result


def main():
    described = json.loads((HERE / "cases.json").read_text())
    scales = json.loads((HERE / "scales.json").read_text())
    (HERE / "values").mkdir(exist_ok=True)
    gdal_version = subprocess.run(["gdalwarp", "--version"], capture_output=True, text=True, check=True).stdout.split(",")[0]
    wanted = sys.argv[1:]
    for case in described["cases"]:
        if wanted and case["name"] not in wanted:
            continue
        result = reference(case, described["rasters"][case["raster"]], scales.get(case["name"]))
        result["made_by"] = f"GDAL {rasterio.__gdal_version__}, gdalwarp of {gdal_version}, exactextract {exactextract.__version__}"
        (HERE / "values" / f"{case['name']}.json").write_text(json.dumps(result) + "\n")
        print(f"{case['name']}: {len(result['ids'])} cells", flush=True)


if __name__ == "__main__":
    main()
