#!/usr/bin/env python3
"""exactextract's mean of a hexagon grid's cells; `startup` is the CPU time before it began (imports, making polygons)."""
import json
import math
import sys
import time

from exactextract import exact_extract
from pyproj import Transformer

file, grid, strategy = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
size, (x0, y0, x1, y1) = grid["cellSize"], grid["bounds"]
step, radius = size * math.sqrt(3) / 2, size / math.sqrt(3)
angles = [math.radians(30 + 60 * k) for k in range(6)]
corners = [(radius * math.cos(a), radius * math.sin(a)) for a in angles]
to_degrees = Transformer.from_crs(grid["crs"], "EPSG:4326", always_xy=True)
features = []
for r in range(math.ceil((y0 - radius) / step), math.floor((y1 + radius) / step) + 1):
    for q in range(math.ceil((x0 - size / 2) / size - r / 2), math.floor((x1 + size / 2) / size - r / 2) + 1):
        x, y = size * (q + r / 2), step * r
        lon, lat = to_degrees.transform([x + dx for dx, _ in corners], [y + dy for _, dy in corners])
        ring = list(zip(lon, lat))
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        features.append({"type": "Feature", "id": f"{q}:{r}", "properties": {"id": f"{q}:{r}"}, "geometry": geometry})
startup = time.process_time()
found = exact_extract(file, features, ["mean"], strategy=strategy)
means = [f["properties"]["mean"] for f in found]
valued = [m for m in means if m is not None and not math.isnan(m)]
print(json.dumps({"startup": startup, "text": f"{len(means)} cells, {len(valued)} with a value, sums [{math.fsum(valued)!r}]"}))
