#!/usr/bin/env python3
"""Makes geokey_crs.json: projections that GDAL spells out in GeoKeys, and places in them as PROJ computes these.

    python3 tests/reference/geokey_crs.py        (rasterio, pyproj)

Codes are taken off the CRSs, so that GDAL writes parameters. Each entry: the numeric keys and their doubles as they stand
in the file, and for some places longitude and latitude (in the file's own datum, so that no shift takes part), x and y, by
what GDAL reads from the file again.
"""

import json
import pathlib
import random
import struct
import warnings

import pyproj
import rasterio
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

warnings.simplefilter("ignore")
OBLIQUE = "+proj=omerc +lat_0=40 +lonc=-75 +k=0.9999 +x_0=1000 +y_0=2000"
# Name, CRS, and the places' corner and size in degrees.
CASES = [
    ("Kertau RSO, variant A", "EPSG:3375", (99, 1, 6, 6)),
    ("Michigan, variant A", "EPSG:3078", (-90, 41, 8, 7)),
    ("Borneo RSO, variant B", "EPSG:29873", (109, 0, 10, 7)),
    ("Hungary, variant B by an azimuth of 90°", "EPSG:23700", (16, 45, 7, 4)),
    ("variant B without another angle", f"{OBLIQUE} +alpha=30 +ellps=GRS80", (-80, 35, 10, 10)),
    ("variant A with another angle", f"{OBLIQUE} +alpha=30 +gamma=28 +no_uoff +ellps=GRS80", (-80, 35, 10, 10)),
    ("variant A in feet", f"{OBLIQUE} +alpha=-36 +no_uoff +ellps=clrk66 +units=us-ft", (-80, 35, 10, 10)),
    ("variant B in the south", OBLIQUE.replace("=40", "=-30") + " +alpha=20 +ellps=intl", (-80, -35, 10, 10)),
    ("Lo29, to the south", "EPSG:2053", (27, -35, 4, 10)),
    ("Lo29 with other numbers", "EPSG:2053", (27, -35, 4, 10)),
]
# In the order of the method's parameters: latitude, longitude, scale. PROJ takes no false coordinates with it.
OTHER_NUMBERS = {"Lo29 with other numbers": [-20, 29, 0.9996]}
PLACES = 8


def without_codes(value):
    if isinstance(value, dict):
        return {key: without_codes(part) for key, part in value.items() if key != "id"}
    return [without_codes(part) for part in value] if isinstance(value, list) else value


def geokeys(data):
    """Numeric keys of a little-endian file of one directory: numbers and values, those in doubles as lists."""
    directory = struct.unpack_from("<I", data, 4)[0]
    tags = {}
    for entry in range(struct.unpack_from("<H", data, directory)[0]):
        tag, _, count, value = struct.unpack_from("<HHII", data, directory + 2 + 12 * entry)
        tags[tag] = (count, value)
    count, at = tags[34735]
    words = struct.unpack_from(f"<{count}H", data, at)
    doubles = struct.unpack_from(f"<{tags[34736][0]}d", data, tags[34736][1]) if 34736 in tags else ()
    keys = []
    for key, where, count, value in zip(words[4::4], words[5::4], words[6::4], words[7::4]):
        if where == 0:
            keys.append([key, value])
        elif where == 34736:
            keys.append([key, list(doubles[value : value + count])])
    return keys


def main():
    random.seed(20261125)
    lines = []
    for name, text, (west, south, width, height) in CASES:
        spelled_out = without_codes(pyproj.CRS(text).to_json_dict()) | {"name": name}
        for parameter, number in zip(spelled_out["conversion"]["parameters"], OTHER_NUMBERS.get(name, [])):
            parameter["value"] = number
        crs = pyproj.CRS.from_json_dict(spelled_out)
        with MemoryFile() as memory:
            grid = from_origin(0, 0, 1, 1)
            with memory.open(driver="GTiff", width=1, height=1, count=1, dtype="uint8", crs=crs.to_wkt(), transform=grid):
                pass
            keys = geokeys(memory.read())
            with memory.open() as raster:
                read = pyproj.CRS.from_wkt(raster.crs.to_wkt())
        to = pyproj.Transformer.from_crs(read.geodetic_crs, read, always_xy=True)
        points = []
        for _ in range(PLACES):
            lon, lat = round(west + random.random() * width, 6), round(south + random.random() * height, 6)
            points.append([lon, lat, *to.transform(lon, lat)])
        lines.append(json.dumps({"name": name, "keys": keys, "points": points}, ensure_ascii=False))
    path = pathlib.Path(__file__).with_name("geokey_crs.json")
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"GDAL {rasterio.__gdal_version__}, PROJ {pyproj.proj_version_str}: {len(lines)} CRSs")


if __name__ == "__main__":
    main()
