#!/usr/bin/env python3
"""Makes zones.json: polygons with holes, parts, overlaps and slivers, and what exactextract gives for them.

    python3 tests/reference/zones.py        (exactextract 0.3, numpy)

The raster is made by a formula of column and row that tests/native/zones.rs repeats: 360 × 180 pixels of 1°, from −180 or, for
the zones over the antimeridian, from 0; holes of nodata. exactextract gets each polygon in the plane of longitude and
latitude, those over the antimeridian with longitudes from 0 to 360."""
import json
import math
import random
from pathlib import Path

import numpy as np
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

OPERATIONS = {"count": "count", "sum": "sum", "average": "mean", "min": "min", "max": "max", "stdev": "stdev"}


def pixels(west):
    row, column = np.mgrid[0:180, 0:360].astype(np.int64)
    # The same places from either west.
    column = (column + (0 if west == -180 else 180)) % 360
    values = ((3 * column * column + 5 * row * row + 7 * column * row + 13 * column + 17 * row) % 1009).astype(float)
    values[(31 * column + 17 * row) % 11 == 0] = np.nan
    return values


def star(x, y, low, high, points):
    """A ring around a place, counter-clockwise, six digits."""
    angles = [2 * math.pi * k / points for k in range(points)]
    radii = [random.uniform(low, high) for _ in angles]
    ring = [[round(x + r * math.cos(a), 6), round(y + r * math.sin(a), 6)] for a, r in zip(angles, radii)]
    return [*ring, ring[0]]


def box(x, y, width, height):
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def zones():
    """Id, geometry; longitudes beyond 180 where it lies over the antimeridian."""
    yield "star", polygon(star(10.3, 20.7, 4, 9, 40))
    yield "ring", polygon(star(-40, 10, 12, 18, 60), star(-40, 10, 3, 9, 30)[::-1])
    yield "two holes", polygon(box(30.25, -20.5, 20.5, 10.75), box(32.1, -18, 4, 4)[::-1], box(40, -17.3, 6.6, 5)[::-1])
    parts = [[star(x, y, 1, 3, 12)] for x, y in ((60, 30), (70, 30), (70, 40), (65.2, 35.9))]
    yield "parts", {"type": "MultiPolygon", "coordinates": parts}
    yield "island in a lake", {"type": "MultiPolygon", "coordinates": [[box(100, 0, 20, 20), box(104, 4, 12, 12)[::-1]], [box(107.5, 7.5, 5, 5)]]}
    yield "overlaps the star", polygon(star(14, 22, 3, 8, 25))
    yield "sliver", polygon([[-100, 40.3], [-60, 40.300001], [-60, 40.300003], [-100, 40.3]])
    yield "speck", polygon(box(5.001, 5.001, 0.00001, 0.00001))
    yield "detailed", polygon(star(-90, -30, 20, 28, 3000))
    yield "touches itself", polygon([[140, 0], [145, 5], [150, 0], [150, 10], [145, 5], [140, 10], [140, 0]])
    yield "over the antimeridian", polygon(star(179.5, -15, 5, 14, 80), star(180.2, -15, 1, 4, 20)[::-1])
    yield "beyond it", polygon(star(186, 50, 2, 4, 20))


def main():
    random.seed(20261124)
    features = []
    for name, geometry in zones():
        west = 0 if max(longitudes(geometry["coordinates"])) > 180 else -180
        source = NumPyRasterSource(pixels(west), west, -90, west + 360, 90)
        feature = {"type": "Feature", "properties": {}, "geometry": geometry}
        found = exact_extract(source, [feature], list(OPERATIONS.values()))[0]["properties"]
        values = {ours: found[theirs] for ours, theirs in OPERATIONS.items()}
        features.append({"type": "Feature", "id": name, "properties": values, "geometry": geometry})
    path = Path(__file__).with_name("zones.json")
    lines = ",\n".join(json.dumps(feature) for feature in features)
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n')
    print(f"{len(features)} zones, {path.stat().st_size} bytes")


def longitudes(coordinates):
    """Of anything that holds positions."""
    if isinstance(coordinates[0], (int, float)):
        return [coordinates[0]]
    return [lon for part in coordinates for lon in longitudes(part)]


if __name__ == "__main__":
    main()
