#!/usr/bin/env python3
"""Makes zones/shapes.json: polygons with holes, parts, overlaps and slivers.

    python3 tests/reference/zones.py"""
import json
import math
import random
from pathlib import Path


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
    lines = [json.dumps({"type": "Feature", "id": name, "properties": {}, "geometry": geometry}) for name, geometry in zones()]
    path = Path(__file__).with_name("zones") / "shapes.json"
    features = ",\n".join(lines)
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{features}\n]}}\n')
    print(f"{len(lines)} zones, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
