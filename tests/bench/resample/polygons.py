"""The grids of the jobs, and the same cells as polygons in longitude and latitude for peers that take those."""
import json
import math
from pathlib import Path

# The world in 25 km squares; a window of 640 000 squares of 5 km; 10 000 hexagons of 25 km and 10° × 10° of H3
# cells where the sample has land.
WORLD = {"type": "square", "crs": "EPSG:6933", "cellSize": 25000, "bounds": [-17367500, -7314500, 17367500, 7314500]}
WINDOW = {"type": "square", "crs": "EPSG:6933", "cellSize": 5000, "bounds": [-1000000, -2000000, 3000000, 2000000]}
HEXAGONS = {"type": "hexagon", "crs": "EPSG:6933", "cellSize": 25000, "bounds": [1200000, -275000, 3680000, 1875000]}
H3_BOUNDS, H3_RESOLUTION = [15, 5, 25, 15], 5
H3 = {"type": "h3", "resolution": H3_RESOLUTION, "bounds": H3_BOUNDS}


def hexagons(grid=HEXAGONS):
    """The grid's hexagons (pointy-top), as our grid makes them."""
    from pyproj import Transformer

    size, (x0, y0, x1, y1) = grid["cellSize"], grid["bounds"]
    step, radius = size * math.sqrt(3) / 2, size / math.sqrt(3)
    angles = [math.radians(30 + 60 * k) for k in range(6)]
    corners = [(radius * math.cos(a), radius * math.sin(a)) for a in angles]
    to_degrees = Transformer.from_crs(grid["crs"], "EPSG:4326", always_xy=True)
    features = []
    for r in range(math.ceil((y0 - radius) / step), math.floor((y1 + radius) / step) + 1):
        for q in range(math.ceil((x0 - size / 2) / size - r / 2), math.floor((x1 + size / 2) / size - r / 2) + 1):
            x, y = size * (q + r / 2), step * r
            features.append(feature(f"{q}:{r}", zip(*to_degrees.transform([x + dx for dx, _ in corners], [y + dy for _, dy in corners]))))
    return features


def h3_cells():
    import h3

    x0, y0, x1, y1 = H3_BOUNDS
    area = h3.LatLngPoly([(y0, x0), (y0, x1), (y1, x1), (y1, x0)])
    cells = sorted(h3.polygon_to_cells(area, H3_RESOLUTION))
    return [feature(cell, ((lon, lat) for lat, lon in h3.cell_to_boundary(cell))) for cell in cells]


def star(vertices):
    """A polygon of this many vertices, 20° across, whose outline wiggles: always about the same pixels."""
    ring = []
    for k in range(vertices):
        angle = 2 * math.pi * k / vertices
        radius = 9 + math.sin(7 * angle) + (0.2 if k % 2 else -0.2) * min(1, 100 / vertices)
        ring.append((10 + radius * math.cos(angle), radius * math.sin(angle)))
    return [feature(f"star {vertices}", ring)]


def feature(name, ring):
    ring = [[round(x, 9), round(y, 9)] for x, y in ring]
    return {"type": "Feature", "id": name, "properties": {"id": name}, "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}


def write(folder):
    """The files that jobs name, written to `folder`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    ten_thousand = hexagons()
    sets = {"hexagons": ten_thousand, "hexagons200": ten_thousand[::50]}
    sets |= {f"star{vertices}": star(vertices) for vertices in (10, 100, 1000, 10000)}
    try:
        sets["h3"] = h3_cells()
    except ImportError:
        pass
    for name, features in sets.items():
        collection = {"type": "FeatureCollection", "features": features}
        (folder / f"{name}.geojson").write_text(json.dumps(collection))
        (folder / f"{name}.grid.json").write_text(json.dumps({"type": "zones", "features": collection}))
