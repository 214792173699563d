#!/usr/bin/env python3
"""Makes file_crs.json: places of the shared rasters with projected CRSs, as GDAL reads these and PROJ computes them.

    python3 tests/reference/file_crs.py DATA        (rasterio, pyproj; DATA is the folder that holds manifest.json)

For each file a few pixel positions (column, row) and the longitude and latitude there in the file's own datum, so that
no datum shift takes part. Files whose CRS GDAL doesn't know are left out.
"""

import json
import pathlib
import sys
import warnings

import pyproj
import rasterio

warnings.simplefilter("ignore")
ROOT = pathlib.Path(sys.argv[1])
PARTS = [(0.03, 0.04), (0.93, 0.11), (0.5, 0.5), (0.21, 0.87), (0.98, 0.96)]


def places(path):
    with rasterio.open(path) as raster:
        if raster.crs is None or raster.transform == rasterio.Affine.identity():
            return None
        crs = pyproj.CRS.from_wkt(raster.crs.to_wkt())
        if crs.is_compound:
            crs = crs.sub_crs_list[0]
        if not crs.is_projected:
            return None
        to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        rows = []
        for part_u, part_v in PARTS:
            u, v = round(part_u * raster.width, 2), round(part_v * raster.height, 2)
            x, y = raster.transform * (u, v)
            longitude, latitude = to_degrees.transform(x, y)
            if abs(longitude) <= 360 and abs(latitude) <= 90:
                rows.append([u, v, round(longitude, 11), round(latitude, 11)])
        return rows or None


def main():
    manifest = json.loads((ROOT / "manifest.json").read_text())
    found = {}
    for entry in manifest["files"]:
        if entry["file"].startswith("dev/malformed"):
            continue
        try:
            rows = places(ROOT / entry["file"])
        except (rasterio.errors.RasterioError, pyproj.exceptions.ProjError) as error:
            print(entry["file"], error, file=sys.stderr)
            continue
        if rows:
            found[entry["file"]] = rows
    lines = ",\n".join(f"{json.dumps(file)}: {json.dumps(rows)}" for file, rows in sorted(found.items()))
    pathlib.Path(__file__).with_name("file_crs.json").write_text("{\n" + lines + "\n}\n")


main()
