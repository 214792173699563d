"""The cells of a grid, by its rule. An outline is a list of polygons, each a list of rings: the outer one, then its holes."""
import math


def cells_of(grid):
    return {"square": Squares, "hexagon": Hexagons, "h3": H3, "zones": Zones}[grid["type"]](grid)


class Squares:
    def __init__(self, grid):
        self.size, self.origin = grid["cellSize"], grid.get("origin", [0, 0])
        self.bounds = grid["bounds"]

    def lattice(self):
        """Columns i, rows j (from the north) of the cells that touch the bounds."""
        (x0, y0, x1, y1), (ox, oy), sliver = self.bounds, self.origin, 1e-9
        first = [math.floor((low - o) / self.size + sliver) for low, o in ((x0, ox), (y0, oy))]
        last = [math.ceil((high - o) / self.size - sliver) - 1 for high, o in ((x1, ox), (y1, oy))]
        return list(range(first[0], last[0] + 1)), list(range(last[1], first[1] - 1, -1))

    def all(self):
        columns, rows = self.lattice()
        return [(i, j) for j in rows for i in columns]

    def outline(self, cell):
        (i, j), s, (ox, oy) = cell, self.size, self.origin
        return [[[(ox + a * s, oy + b * s) for a, b in ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))]]]

    def centre(self, cell):
        return tuple(o + (k + 0.5) * self.size for o, k in zip(self.origin, cell))

    def id(self, cell):
        return f"{cell[0]}:{cell[1]}"


class Hexagons:
    def __init__(self, grid):
        self.size, self.bounds = grid["cellSize"], grid["bounds"]
        self.is_flat = grid.get("orientation") == "flat"

    def all(self):
        """Axial (q, r) of the cells inside the bounds."""
        (x0, y0, x1, y1), size = self.bounds, self.size
        (a0, a1), (b0, b1) = ((y0, y1), (x0, x1)) if self.is_flat else ((x0, x1), (y0, y1))
        step = size * math.sqrt(3) / 2
        inside = []
        for row in range(math.ceil((b0 + size) / step), math.floor((b1 - size) / step) + 1):
            for place in range(math.ceil((a0 + size) / size - row / 2), math.floor((a1 - size) / size - row / 2) + 1):
                inside.append((row, place) if self.is_flat else (place, row))
        return inside

    def centre(self, cell):
        q, r = cell
        if self.is_flat:
            return self.size * math.sqrt(3) / 2 * q, self.size * (r + q / 2)
        return self.size * (q + r / 2), self.size * math.sqrt(3) / 2 * r

    def outline(self, cell):
        x, y = self.centre(cell)
        turn = 0 if self.is_flat else 30
        radius = self.size / math.sqrt(3)
        angles = [math.radians(turn + 60 * k) for k in range(6)]
        return [[[(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]]]

    def id(self, cell):
        return f"{cell[0]}:{cell[1]}"


class H3:
    """Outlines and centres as h3-js gives them, taken as straight in longitude and latitude."""

    def __init__(self, grid):
        import h3

        self.h3, self.resolution, self.bounds = h3, grid["resolution"], grid["bounds"]

    def all(self):
        x0, y0, x1, y1 = self.bounds
        area = self.h3.LatLngPoly([(y0, x0), (y0, x1), (y1, x1), (y1, x0)])
        return sorted(self.h3.polygon_to_cells(area, self.resolution))

    def outline(self, cell):
        corners = [(lon, lat) for lat, lon in self.h3.cell_to_boundary(cell)]
        # Corners on both sides of the antimeridian are neighbours all the same.
        return [[[(lon - 360 * round((lon - corners[0][0]) / 360), lat) for lon, lat in corners]]]

    def centre(self, cell):
        lat, lon = self.h3.cell_to_latlng(cell)
        return lon, lat

    def id(self, cell):
        return cell


class Zones:
    """Polygons and multipolygons."""

    def __init__(self, grid):
        self.features = grid["features"]["features"]

    def all(self):
        return self.features

    def outline(self, feature):
        of_polygon = lambda rings: [[tuple(point) for point in ring[:-1]] for ring in rings]
        geometry = feature["geometry"]
        several = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        return [of_polygon(polygon) for polygon in several]

    def centre(self, feature):
        import shapely.geometry

        centre = shapely.geometry.shape(feature["geometry"]).centroid
        return centre.x, centre.y

    def id(self, feature):
        return str(feature["id"])
