#!/usr/bin/env python3
"""Values that GDAL's warper, exactextract and a brute-force twin give for cases.json, written to values/.

  python3 -m venv venv && venv/bin/pip install -r tests/reference/requirements.txt
  cargo test -p cogrid --test native -- --ignored reference::write_scales     # tests/reference/scales.json
  venv/bin/python tests/reference/make_references.py [CASE…]
  COGRID_WRITE=1 cargo test -p cogrid --test native -- reference     # the tables in docs/PARITY.md

Rasters are made by a formula of column and row that the Rust tests repeat, or are real ones that lie beside the repository
(`shared`, left out where they are absent) or are made by the build (`sample`). None is committed. Of each case some cells are
kept, at equal steps. No value is edited by hand: where one is no reference, this script writes a text in its place that says why
(REASONS).

Squares, point methods (`gdal`): GDAL's warper on float64 with the exact transformation, in one chunk, without overviews, see
gdal_warp.py. XSCALE and YSCALE are pinned to the scale that the engine reports (scales.json), and to 1 where it is at most 2
along both axes, where GDAL 3.13 does not stretch kernels but older ones do. All grids, point methods (`points`): the
definitions in f64, see twin.py.

Area methods: in the raster's pixel space, by exactextract (`exactextract`, whose fractions are f32) and by intersecting every
pixel with the cell in f64 (`twin`). An edge is straight in the grid's CRS, so it is a curve in the raster's: both take the
curve as the engine does (halved until it bends by less than 3e-4 pixel, then two chords with the curve's area), which leaves
the same polygon. `curve` is the twin with 256 chords an edge and shows what that costs. Places are PROJ's, see pixel_map.py.

Weights by area: exactextract's weighted operations over a raster of weights, see pixel_areas.py."""
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

import gdal_warp
import twin
from cells import cells_of
from pixel_areas import pixel_areas
from pixel_map import PixelMap

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
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
    "quantile(0.1)": "quantile(q=0.1)",
    "quantile(0.75)": "quantile(q=0.75)",
}
# exactextract weighs with a raster of weights in these only.
WEIGHTED_METHODS = {method: f"weighted_{AREA_METHODS[method]}" for method in ("average", "sum", "variance", "stdev")}
CURVE_METHODS = ["average", "count", "sum"]
AREA_CELLS, POINT_CELLS = 40, 100
# Why a value is no reference.
REASONS = {
    "tie": "two values share the cell evenly: rounding decides which one it is",
    "sliver": "a pixel is touched by less than 1e-6 of it: rounding decides whether it is",
    "fractions": "a standard deviation that the rounding of f32 fractions may move by more than is compared",
    "spline": "GDAL does not clip its B-spline beyond +2: stretched, far pixels get a small negative weight",
    "line": "a centre at a pixel's centre: GDAL's stretched Lanczos takes that column or row alone, its plain one leaves out the outermost",
    "half": "GDAL's Lanczos gives nothing where about half of its pixels are invalid",
    "centre": "GDAL gives nothing where the pixel under the centre is invalid; we do where another pixel under the kernel is valid",
}


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
        path = {"shared": SHARED, "sample": ROOT / "dist" / "app" / "samples"}[described["from"]] / described["file"]
        with rasterio.open(path) as file:
            self.geotransform = list(file.transform.to_gdal())
            is_jpeg = file.compression is not None and file.compression.name == "jpeg"
            if not is_jpeg:
                self.take(file)
        if is_jpeg:
            # Python's wheel has another libjpeg than GDAL's packages.
            with tempfile.TemporaryDirectory() as folder:
                copy = f"{folder}/copy.tif"
                subprocess.run(["gdal_translate", "-q", "-b", "1", "-b", "mask", str(path), copy], check=True)
                with rasterio.open(copy) as file:
                    values, mask = file.read()
                self.values = np.where(mask == 0, np.nan, values.astype(np.float64))

    def take(self, file):
        masked = file.read(1, masked=True)
        self.values = np.where(np.ma.getmaskarray(masked), np.nan, masked.data.astype(np.float64))

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


def exact(raster, outlines, operations, weights=None):
    """exactextract's columns; its rows count upwards. A world is laid out three times side by side, so that no ring wraps."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    height, width = raster.height, raster.width

    def source(values):
        values = np.tile(values, (1, 3)) if raster.turn else values
        return NumPyRasterSource(values, 0, 0, values.shape[1], height)

    features = []
    for number, polygons in enumerate(outlines):
        left = min(u for rings in polygons for u, _ in rings[0])
        shift = (width - width * math.floor(left / width)) if raster.turn else 0
        place = lambda ring: [(u + shift, height - v) for u, v in [*ring, ring[0]]]
        geometry = {"type": "MultiPolygon", "coordinates": [[place(ring) for ring in rings] for rings in polygons]}
        features.append({"type": "Feature", "properties": {"n": number}, "geometry": geometry})
    # Its names of columns may not hold brackets.
    wanted = ["whole=count", *(f"column{k}={operation}" for k, operation in enumerate(operations.values()))]
    weighing = {} if weights is None else {"weights": source(weights)}
    found = exact_extract(source(raster.values), features, wanted, include_cols=["n"], **weighing)
    by_number = {f["properties"]["n"]: f["properties"] for f in found}
    rows = [by_number[number] for number in range(len(outlines))]
    # A quantile's column says which one: column11_25.
    key = lambda k: next(key for key in rows[0] if key == f"column{k}" or key.startswith(f"column{k}_"))
    return {name: [row[key(k)] if row["whole"] else math.nan for row in rows] for k, name in enumerate(operations)}


def warp(raster, values, gt, grid, lattice, method, scale):
    """All the squares of a grid: `lattice` holds its columns and its rows from the north."""
    size, (ox, oy) = grid["cellSize"], grid.get("origin", [0, 0])
    columns, rows = lattice
    left, bottom = ox + columns[0] * size, oy + rows[-1] * size
    right, top = ox + (columns[-1] + 1) * size, oy + (rows[0] + 1) * size
    # Kernels are stretched along both axes or not at all.
    factors = [1 / max(s, 1) for s in scale] if is_stretched(scale) else [1.0, 1.0]
    arguments = ["-q", "-r", method, "-s_srs", raster.crs, "-t_srs", grid["crs"], "-ovr", "NONE", "-et", "0", "-wm", "2000"]
    arguments += ["-te", *map(repr, (left, bottom, right, top)), "-ts", len(columns), len(rows), "-ot", "Float64"]
    arguments += ["-wo", f"XSCALE={factors[0]!r}", "-wo", f"YSCALE={factors[1]!r}"]
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/source.tif", f"{folder}/target.tif"
        described = {"width": raster.width, "height": raster.height, "count": 1, "dtype": "float64"}
        with rasterio.open(source, "w", driver="GTiff", nodata=math.nan, transform=Affine.from_gdal(*gt), **described) as file:
            file.write(values, 1)
        gdal_warp.warp(source, target, arguments)
        with rasterio.open(target) as file:
            return file.read(1)


def is_stretched(scale):
    return max(scale) > 2


def column(values, digits):
    is_none = lambda value: value is None or not isinstance(value, str) and math.isnan(value)
    return [None if is_none(v) else v if isinstance(v, str) else float(f"{v:.{digits}g}") for v in values]


def gdal(case, raster, cells, points, centres, scale):
    grid = case["grid"]
    values, gt = raster.rolled(case["roll"]) if "roll" in case else (raster.values, raster.geotransform)
    columns, rows = cells.lattice()
    found = {"ids": [cells.id(cell) for cell in points]}
    for method in POINT_METHODS:
        out = warp(raster, values, gt, grid, (columns, rows), method, scale)
        found[method] = column((out[rows.index(j), i - columns[0]] for i, j in points), 13)
        if method != "nearest":
            known = zip(found[method], found["nearest"], centres)
            found[method] = [why_not(raster, method, scale, *each) or each[0] for each in known]
    return found


def why_not(raster, method, scale, value, nearest, centre):
    """Why a value of GDAL's is no reference."""
    if nearest is None:
        return "centre"
    if method == "cubicspline" and is_stretched(scale):
        return "spline"
    near = [abs(place % 1 - 0.5) for place in centre]
    if method == "lanczos" and (min(near) < 1e-6 if is_stretched(scale) else max(near) < 0.01):
        return "line"
    if method == "lanczos" and value is None and twin.valid_share(raster, *centre, method, scale) < 0.5:
        return "half"
    return None


def areas(case, raster, cells, pixel_map):
    chosen = some(cells.all(), AREA_CELLS)
    ids, outlines = [cells.id(cell) for cell in chosen], [cells.outline(cell) for cell in chosen]
    placed = [pixel_map.outline(outline) for outline in outlines]
    weights = pixel_areas(raster) if case.get("weights") == "area" else None
    rows = [twin.area(raster, outline, weights) for outline in placed]
    by_exactextract = exact(raster, placed, AREA_METHODS if weights is None else WEIGHTED_METHODS, weights)
    result = {"exactextract": {"ids": ids, **{name: column(values, 9) for name, values in by_exactextract.items()}}}
    result["twin"] = {"ids": ids, **{name: column((row[name] for row in rows), 13) for name in [*twin.STATISTICS, "confidence"]}}
    deviations = [row["stdev"] for row in rows if not math.isnan(row["stdev"])]
    for k, row in enumerate(rows):
        theirs = result["exactextract"]
        for name in row["ties"]:
            result["twin"][name][k] = "tie"
        for name in [name for name in row["ties"] + row["slivers"] if name in theirs]:
            theirs[name][k] = "tie" if name in row["ties"] else "sliver"
        if row["stdev_error"] > 0.5e-6 * max(row["stdev"], 0.25 * max(deviations, default=0)):
            theirs["stdev"][k] = "fractions"
    if not pixel_map.is_same:
        curves = [twin.area(raster, pixel_map.outline(outline, chords=True), weights) for outline in outlines]
        result["curve"] = {"ids": ids, **{name: column((row[name] for row in curves), 13) for name in CURVE_METHODS}}
    return result


def points(case, raster, cells, pixel_map, scale):
    chosen = some(cells.all(), POINT_CELLS)
    centres = [pixel_map(cells.centre(cell)) for cell in chosen]
    is_square = case["grid"]["type"] == "square"
    result = {"gdal": gdal(case, raster, cells, chosen, centres, scale)} if is_square else {}
    columns = result["points"] = {"ids": [cells.id(cell) for cell in chosen]}
    for method in POINT_METHODS:
        found = [twin.point(raster, u, v, method, scale) for u, v in centres]
        columns[method] = column((value for value, _ in found), 13)
        if method == "nearest" or method == "bilinear":
            columns[f"confidence of {method}"] = column((confidence for _, confidence in found), 13)
    return result


def reference(case, raster, scale):
    grid = case["grid"]
    if isinstance(grid.get("features"), str):
        grid["features"] = json.loads((HERE / grid["features"]).read_text())
    cells, pixel_map = cells_of(grid), PixelMap(grid.get("crs", "EPSG:4326"), raster)
    raster.turn = pixel_map.turn
    return {"case": case["name"], **areas(case, raster, cells, pixel_map), **points(case, raster, cells, pixel_map, scale)}


def main():
    described = json.loads((HERE / "cases.json").read_text())
    scales = json.loads((HERE / "scales.json").read_text())
    (HERE / "values").mkdir(exist_ok=True)
    wanted = sys.argv[1:]
    for case in described["cases"]:
        if wanted and case["name"] not in wanted:
            continue
        result = reference(case, Raster(described["rasters"][case["raster"]]), scales[case["name"]])
        result["made_by"] = f"GDAL {gdal_warp.VERSION}, exactextract {exactextract.__version__}"
        (HERE / "values" / f"{case['name']}.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
        print(f"{case['name']}: {len(result['exactextract']['ids'])} areas, {len(result['points']['ids'])} points", flush=True)


if __name__ == "__main__":
    main()
