#!/usr/bin/env python3
"""Makes crs_points.json: places in many CRSs as PROJ computes them, that crate/src/geo is compared with.

    python3 tests/reference/crs_points.py        (pyproj; no grid files, no network)

Points are spread over each CRS's area of use, its corners among them, from a fixed seed. Datum shifts are those that
PROJ prefers for the whole area of use among those that need no grid file; by default it would choose again for each
point. Each row: longitude, latitude, x, y, and the longitude and latitude that PROJ makes of x and y again.
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
CODES = [
    "EPSG:3857", "EPSG:32633", "EPSG:32733", "EPSG:3035", "EPSG:5070", "EPSG:6933", "EPSG:8857", "EPSG:3031",
    "EPSG:3413", "EPSG:2154", "ESRI:54009", "ESRI:54030", "EPSG:27700", "EPSG:28992", "EPSG:2056", "EPSG:4087",
    "EPSG:3395", "EPSG:3577", "EPSG:2193", "EPSG:3347", "EPSG:3832", "EPSG:4269", "EPSG:4258", "EPSG:31467",
    "EPSG:5514", "EPSG:2053", "EPSG:2229", "EPSG:27572", "EPSG:3408", "EPSG:6931", "EPSG:3978", "ESRI:54008",
    "ESRI:54034", "ESRI:102003", "EPSG:32661", "EPSG:3006", "EPSG:3067", "EPSG:25832",
    "EPSG:3375", "EPSG:3078", "EPSG:29873",
]
POINTS = 24


def main():
    random.seed(20260101)
    references = []
    for name in CODES:
        crs = pyproj.CRS(name)
        area = crs.area_of_use
        west, south, east, north = (round(number, 3) for number in (area.west, area.south, area.east, area.north))
        if east < west:
            east += 360
        interest = AreaOfInterest(area.west, area.south, area.east, area.north) if area.west < area.east else None
        to = TransformerGroup("EPSG:4326", crs, always_xy=True, area_of_interest=interest).transformers[0]
        points = [(west, south), (east, south), (east, north), (west, north)]
        if name == "ESRI:54009":
            # Nearer to a pole PROJ stops iterating up to 113 m away from what its equation says.
            points = [(179.9, 89.99), (-120, 89.5), (60, -89.2), (10, 89.8), (0, 89)]
        while len(points) < POINTS:
            points.append((round(random.uniform(west, east), 6), round(random.uniform(south, north), 6)))
        rows = []
        for lon, lat in points:
            lon = lon - 360 if lon > 180 else lon
            x, y = to.transform(lon, lat)
            if abs(x) < 1e12 and abs(y) < 1e12:
                rows.append([lon, lat, x, y, *to.transform(x, y, direction="INVERSE")])
        references.append({"crs": name, "points": rows})
    path = pathlib.Path(__file__).with_name("crs_points.json")
    lines = ",\n".join(json.dumps(reference) for reference in references)
    path.write_text(f"[\n{lines}\n]\n")
    print(f"PROJ {pyproj.proj_version_str}: {len(references)} CRSs, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
