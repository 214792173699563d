#!/usr/bin/env python3
"""Values that GDAL's warper, exactextract and a brute-force twin give for cases.json, written to values/.

  python3 -m venv venv && venv/bin/pip install -r tests/reference/requirements.txt
  cargo test -p cogrid --test native -- --ignored agreement::write_scales     # tests/reference/agreement/scales.json
  venv/bin/python tests/reference/agreement/make_references.py [CASE…]
  COGRID_WRITE=1 cargo test -p cogrid --test native -- agreement     # the tables in docs/PARITY.md

Rasters are made by a formula of column and row that the Rust tests repeat, or are real ones that lie beside the repository
(`shared`, left out where they are absent) or are made by the build (`sample`). None is committed. Of each case some cells are
kept, at equal steps.

Squares, point methods (`gdal`): GDAL's warper on float64 with the exact transformation, in one chunk, without overviews.
XSCALE and YSCALE are pinned to the scale that the engine reports (scales.json), and to 1 where it is at most 2 along both
axes, where GDAL 3.13 does not stretch kernels but older ones do. Within one CRS it is rasterio's GDAL; between CRSs it is the
gdalwarp command (3.6: its lanczos differs from later ones), as rasterio approximates transformations by up to an eighth of a
pixel whatever its tolerance. It is not asked about sea_ice: it moves the Hughes ellipsoid's datum otherwise than PROJ 9. All grids, point methods (`points`): the definitions in f64, see twin.py.

Area methods: in the raster's pixel space, by exactextract (`exactextract`, whose fractions are f32) and by intersecting every
pixel with the cell in f64 (`twin`). An edge is straight in the grid's CRS, so it is a curve in the raster's: both take the
curve as the engine does (halved until it bends by less than 3e-4 pixel, then two chords with the curve's area), which leaves
the same polygon. `curve` is exactextract's mean with 256 chords an edge and shows what that costs."""
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import exactextract
import numpy as np
import rasterio
from rasterio.transform import Affine
from rasterio.warp import Resampling, reproject

import twin
from cells import cells_of
from pixel_map import PixelMap

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SHARED = Path(os.environ.get("COGRID_SHARED_DATA", ROOT.parent / "shared" / "data"))
POINT_METHODS = ["nearest", "bilinear", "cubic", "cubicspline", "lanczos"]
# Name in our requests → operation of exactextract. rms has none there.
AREA_METHODS = {
    "average": "mean",
    "count": "count",
    "sum": "sum",
    "min": "min",
    "max": "max",
    "variance": "variance",
    "stdev": "stdev",
    "mode": "mode",
    "minority": "minority",
    "variety": "variety",
    "median": "median",
    "quantile(0.25)": "quantile(q=0.25)",
}
AREA_CELLS, POINT_CELLS = 20, 45


class Raster:
    """float64 values, NaN where the raster has none, their geotransform and CRS."""

    def __init__(self, described):
        self.crs = described["crs"]
        if "file" in described:
            self.read(described)
        else:
            self.make(described)
        self.height, self.width = self.values.shape

    def read(self, described):
        folder = {"shared": SHARED, "sample": ROOT / "dist" / "app" / "samples"}[described["from"]]
        with rasterio.open(folder / described["file"]) as file:
            masked = file.read(described.get("band", 1), masked=True)
            self.values = np.where(np.ma.getmaskarray(masked), np.nan, masked.data.astype(np.float64))
            self.geotransform = list(file.transform.to_gdal())

    def make(self, described):
        row, column = np.mgrid[0 : described["height"], 0 : described["width"]].astype(np.int64)
        value = (3 * column * column + 5 * row * row + 7 * column * row + 13 * column + 17 * row) % described.get("modulus", 1009)
        self.values = value * float(described["factor"])
        self.geotransform = list(described["geotransform"])
        if described["holes"]:
            away = (column - described["width"] // 3) ** 2 + (row - described["height"] // 2) ** 2
            self.values[((31 * column + 17 * row) % 11 == 0) | (away < 400)] = np.nan

    def rolled(self, columns):
        """The same places, seen from the other side of a world whose file ends where the grid lies."""
        gt = list(self.geotransform)
        gt[0] += columns * gt[1] * (1 if gt[0] < 0 else -1)
        return np.roll(self.values, columns, axis=1), gt


def some(items, count):
    return items[:: max(1, math.ceil(len(items) / count))]


def exact(raster, rings, operations):
    """exactextract's columns; its rows count upwards. A world is laid out three times side by side, so that no ring wraps."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    values = raster.values
    height, width = values.shape
    if raster.turn:
        values = np.tile(values, (1, 3))
    source = NumPyRasterSource(values, 0, 0, values.shape[1], height)
    features = []
    for number, ring in enumerate(rings):
        shift = (width - width * math.floor(min(u for u, _ in ring) / width)) if raster.turn else 0
        points = [(u + shift, height - v) for u, v in ring]
        geometry = {"type": "Polygon", "coordinates": [[*points, points[0]]]}
        features.append({"type": "Feature", "properties": {"n": number}, "geometry": geometry})
    # Its names of columns may not hold brackets.
    wanted = ["whole=count", *(f"column{k}={operation}" for k, operation in enumerate(operations.values()))]
    found = exact_extract(source, features, wanted, include_cols=["n"])
    by_number = {f["properties"]["n"]: f["properties"] for f in found}
    rows = [by_number[number] for number in range(len(rings))]
    # A quantile's column says which one: column11_25.
    key = lambda k: next(key for key in rows[0] if key == f"column{k}" or key.startswith(f"column{k}_"))
    return {name: [row[key(k)] if row["whole"] else math.nan for row in rows] for k, name in enumerate(operations)}


def warp(raster, values, gt, grid, lattice, method, scale):
    """All the squares of a grid: `lattice` holds its columns and its rows from the north."""
    size, (ox, oy) = grid["cellSize"], grid.get("origin", [0, 0])
    columns, rows = lattice
    # Kernels are stretched along both axes or not at all.
    factors = [1 / max(s, 1) for s in scale] if max(scale) > 2 else [1.0, 1.0]
    options = {"XSCALE": repr(factors[0]), "YSCALE": repr(factors[1])}
    place = {"crs": raster.crs, "transform": Affine.from_gdal(*gt)}
    left, top = ox + columns[0] * size, oy + (rows[0] + 1) * size
    if grid["crs"] == raster.crs:
        out = np.full((len(rows), len(columns)), np.nan)
        target = {"dst_crs": grid["crs"], "dst_transform": Affine(size, 0, left, 0, -size, top)}
        origin = {"src_crs": place["crs"], "src_transform": place["transform"], "src_nodata": math.nan}
        kernel = Resampling["cubic_spline" if method == "cubicspline" else method]
        reproject(values, out, resampling=kernel, dst_nodata=math.nan, warp_mem_limit=2048, **origin, **target, **options)
        return out
    bounds = [left, oy + rows[-1] * size, ox + (columns[-1] + 1) * size, top]
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/source.tif", f"{folder}/target.tif"
        described = {"width": raster.width, "height": raster.height, "count": 1, "dtype": "float64"}
        # The command knows codes better than the library that came with Python.
        with rasterio.open(source, "w", driver="GTiff", nodata=math.nan, transform=place["transform"], **described) as file:
            file.write(values, 1)
        command = ["gdalwarp", "-q", "-r", method, "-s_srs", raster.crs, "-t_srs", grid["crs"], "-ovr", "NONE", "-et", "0", "-wm", "2000"]
        command += ["-te", *map(repr, bounds), "-ts", str(len(columns)), str(len(rows)), "-ot", "Float64"]
        for name, value in options.items():
            command += ["-wo", f"{name}={value}"]
        subprocess.run([*command, source, target], check=True)
        with rasterio.open(target) as file:
            return file.read(1)


def column(values, digits):
    return [None if v is None or math.isnan(v) else float(f"{v:.{digits}g}") for v in values]


def reference(case, raster, scale):
    grid = case["grid"]
    cells = cells_of(grid)
    pixel_map = PixelMap(grid.get("crs", "EPSG:4326"), raster)
    raster.turn = pixel_map.turn
    result = {"case": case["name"]}
    points = some(cells.all(), POINT_CELLS)
    methods = case.get("points", POINT_METHODS)
    if grid["type"] == "square" and methods:
        values, gt = raster.rolled(case["roll"]) if "roll" in case else (raster.values, raster.geotransform)
        columns, rows = cells.lattice()
        result["gdal"] = {"ids": [cells.id(cell) for cell in points]}
        for method in methods:
            out = warp(raster, values, gt, grid, (columns, rows), method, scale)
            result["gdal"][method] = column((out[rows.index(j), i - columns[0]] for i, j in points), 10)
    centres = [pixel_map(cells.centre(cell)) for cell in points]
    result["points"] = {"ids": [cells.id(cell) for cell in points]}
    for method in POINT_METHODS:
        found = [twin.point(raster, u, v, method, scale) for u, v in centres]
        result["points"][method] = column((value for value, _ in found), 13)
        if method == "nearest" or method == "bilinear":
            result["points"][f"confidence of {method}"] = column((confidence for _, confidence in found), 13)
    areas = some(cells.all(), AREA_CELLS)
    corners = [cells.corners(cell) for cell in areas]
    rings = [pixel_map.ring(ring) for ring in corners]
    ids = [cells.id(cell) for cell in areas]
    found = exact(raster, rings, AREA_METHODS)
    result["exactextract"] = {"ids": ids, **{name: column(values, 9) for name, values in found.items()}}
    found = [twin.area(raster, ring) for ring in rings]
    result["twin"] = {"ids": ids, **{name: column((row[name] for row in found), 13) for name in found[0] if name != "tied"}}
    # Two values that share a cell evenly, or a pixel that it hardly touches: rounding decides.
    for k, row in enumerate(found):
        for name in row["tied"]:
            result["exactextract"][name][k] = "tied"
            if name in ("mode", "minority") and "mode" in row["tied"]:
                result["twin"][name][k] = "tied"
    if not pixel_map.is_same:
        curves = [pixel_map.ring(ring, chords=True) for ring in corners]
        result["curve"] = {"ids": ids, "average": column(exact(raster, curves, {"average": "mean"})["average"], 9)}
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
        result = reference(case, Raster(described["rasters"][case["raster"]]), scales[case["name"]])
        result["made_by"] = f"GDAL {rasterio.__gdal_version__}, gdalwarp of {gdal_version}, exactextract {exactextract.__version__}"
        (HERE / "values" / f"{case['name']}.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
        print(f"{case['name']}: {len(result['exactextract']['ids'])} areas, {len(result['points']['ids'])} points", flush=True)


if __name__ == "__main__":
    main()
