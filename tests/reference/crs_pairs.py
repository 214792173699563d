#!/usr/bin/env python3
"""Makes crs_pairs.json: places of a grid's CRS as PROJ has them in a raster's, that crate/src/geo is compared with.

    python3 tests/reference/crs_pairs.py        (pyproj; no grid files, no network)

Each pair is a grid's CRS, a raster's, and places in both: x and y of the grid, x and y of the raster. Places are spread over a box
that both hold, by way of longitude and latitude, each leg as crs_points.py takes it. Longitudes of a grid in degrees run from
0 to 360.
"""

import json
import pathlib
import random
import warnings

import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.transformer import TransformerGroup

warnings.simplefilter("ignore")
pyproj.network.set_network_enabled(False)
WORLD, EUROPE, AMERICA = (-179, -84, 179, 84), (5, 45, 18, 58), (-120, 25, -70, 48)
NORTH, SOUTH, CHANNEL = (-180, 60, 180, 89.9), (-180, -89.9, 180, -60), (-5, 48, 1.5, 52)
PAIRS = [
    ("EPSG:4326", "EPSG:3857", WORLD), ("EPSG:3857", "EPSG:6933", WORLD), ("EPSG:32633", "EPSG:3035", EUROPE),
    ("EPSG:3035", "EPSG:32632", EUROPE), ("EPSG:32733", "EPSG:6933", (12, -60, 18, -1)), ("EPSG:6933", "EPSG:32733", (12, -60, 18, -1)),
    ("EPSG:5070", "EPSG:3857", AMERICA), ("EPSG:6933", "EPSG:5070", AMERICA), ("EPSG:6933", "ESRI:54009", WORLD),
    ("EPSG:8857", "EPSG:3857", WORLD), ("ESRI:54009", "EPSG:8857", WORLD), ("ESRI:54030", "EPSG:4326", WORLD),
    ("EPSG:4326", "ESRI:54030", WORLD), ("EPSG:3031", "EPSG:4326", SOUTH), ("EPSG:4326", "EPSG:3031", SOUTH),
    ("EPSG:3413", "EPSG:8857", NORTH), ("EPSG:4326", "EPSG:3413", NORTH), ("EPSG:27700", "EPSG:2154", CHANNEL),
    ("EPSG:2154", "EPSG:27700", CHANNEL), ("EPSG:27700", "EPSG:4326", (-7, 50, 1.7, 60)), ("EPSG:2154", "EPSG:3035", (-4, 42, 8, 51)),
]
POINTS = 12


def leg(code, box):
    area = AreaOfInterest(*box) if box[2] - box[0] < 180 else None
    return TransformerGroup("EPSG:4326", pyproj.CRS(code), always_xy=True, area_of_interest=area).transformers[0]


def main():
    random.seed(20261124)
    pairs = []
    for grid, raster, box in PAIRS:
        # The whole of a CRS's own area decides how it is reached, as in crs_points.py.
        legs = []
        for code in (grid, raster):
            area = pyproj.CRS(code).area_of_use
            legs.append(leg(code, (area.west, area.south, area.east, area.north)))
        rows = []
        west, south, east, north = box
        while len(rows) < POINTS:
            lon, lat = round(random.uniform(west, east), 5), round(random.uniform(south, north), 5)
            (gx, gy), (rx, ry) = (leg.transform(lon, lat) for leg in legs)
            if grid == "EPSG:4326":
                gx %= 360
            rows.append([gx, gy, rx, ry])
        pairs.append({"grid": grid, "raster": raster, "places": rows})
    path = pathlib.Path(__file__).with_name("crs_pairs.json")
    lines = ",\n".join(json.dumps(pair) for pair in pairs)
    path.write_text(f"[\n{lines}\n]\n")
    print(f"PROJ {pyproj.proj_version_str}: {len(pairs)} pairs, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
