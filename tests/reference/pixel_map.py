"""Positions in a grid's CRS as positions in a raster's pixels, and the outlines of cells there."""
import math

import numpy as np
from pyproj import CRS, Transformer
from rasterio.transform import Affine

STRAIGHT_PX = 1e-7
TOLERANCE_PX = 3e-4
LONG_EDGE_PX = 16.0
CURVE_CHORDS = 256


# Projections whose inverse PROJ sums up or iterates to a part of a millimetre or two; its forward formulas are exact.
EQUAL_AREA = ("Lambert Azimuthal Equal Area", "Lambert Cylindrical Equal Area", "Albers Equal Area", "Equal Earth")
NEWTON_STEP_DEG = 1e-5


class PixelMap:
    def __init__(self, grid_crs, raster):
        self.is_same = grid_crs == raster.crs
        crs = CRS.from_user_input(grid_crs)
        transformer = lambda a, b: Transformer.from_crs(a, b, always_xy=True).transform
        operation = crs.coordinate_operation
        self.from_degrees = None
        if not self.is_same and operation is not None and operation.method_name.startswith(EQUAL_AREA):
            degrees = crs.geodetic_crs
            self.from_degrees, self.to_degrees = transformer(degrees, grid_crs), transformer(grid_crs, degrees)
            self.transform = transformer(degrees, raster.crs)
        else:
            self.transform = transformer(grid_crs, raster.crs)
        self.inverse = ~Affine.from_gdal(*raster.geotransform)
        gt, is_geographic = raster.geotransform, CRS.from_user_input(raster.crs).is_geographic
        # Columns of a whole turn; rasters of the cases go all around or nowhere near it.
        self.turn = raster.width if is_geographic and abs(360 / gt[1] - raster.width) < 0.05 else None
        self.poles = [self.inverse * (0, lat) for lat in (90, -90)] if is_geographic else None

    def __call__(self, point):
        return self.inverse * (point if self.is_same else self.raster_place(*point))

    def raster_place(self, x, y):
        """Places in the raster's CRS, of numbers or of arrays."""
        if self.from_degrees is None:
            return self.transform(x, y)
        lon, lat = self.to_degrees(x, y)
        for _ in range(3):
            # Newton's step, with the derivatives along both axes.
            (x0, y0), h = self.from_degrees(lon, lat), NEWTON_STEP_DEG
            (xa, ya), (xb, yb) = self.from_degrees(lon + h, lat), self.from_degrees(lon, lat + h)
            a, b, c, d = (xa - x0) / h, (xb - x0) / h, (ya - y0) / h, (yb - y0) / h
            determinant = a * d - b * c
            lon, lat = lon + (d * (x - x0) - b * (y - y0)) / determinant, lat + (a * (y - y0) - c * (x - x0)) / determinant
        return self.transform(lon, lat)

    def near(self, point, other):
        """The same place as `point`, at most half a turn from `other`."""
        if not self.turn:
            return point
        return point[0] - self.turn * round((point[0] - other[0]) / self.turn), point[1]

    def outline(self, polygons, chords=False):
        """A cell's outline in pixel space."""
        placed = []
        for rings in polygons:
            outer = self.ring(rings[0], chords)
            middle = lambda ring: (min(u for u, _ in ring) + max(u for u, _ in ring)) / 2
            holes = [self.ring(ring, chords) for ring in rings[1:]]
            # A hole lies in its outer ring, whatever turn it was reached in.
            shifts = [self.near((middle(hole), 0), (middle(outer), 0))[0] - middle(hole) for hole in holes]
            placed.append([outer, *([(u + shift, v) for u, v in hole] for hole, shift in zip(holes, shifts))])
        return placed

    def ring(self, corners, chords=False):
        """Edges as crate/src/resample/bend.rs bends them, or cut into many chords."""
        first = from_ = (corners[0], self(corners[0]))
        points = []
        for corner in [*corners[1:], corners[0]]:
            middle = between(from_[0], corner)
            middle = (middle, self.near(self(middle), from_[1]))
            to = (corner, self.near(self(corner), middle[1]))
            points += self.chords(from_, to) if chords else self.edge(from_, middle, to)
            from_ = to
        last, first = from_[1], first[1]
        if self.turn and abs(last[0] - first[0]) > self.turn / 2:
            # Once around the Earth: the cell holds a pole.
            mean = sum(v for _, v in points) / len(points)
            pole = min((v for _, v in self.poles), key=lambda v: abs(v - mean))
            points += [last, (last[0], pole), (first[0], pole)]
        return points

    def edge(self, a, middle, b):
        if self.is_same:
            return [a[1]]
        (u0, v0), (u1, v1) = a[1], b[1]
        is_long = abs(u1 - u0) > LONG_EDGE_PX or abs(v1 - v0) > LONG_EDGE_PX
        return [a[1], *(self.halve(a, middle, b) if is_long else self.refine(a, middle, b))]

    def refine(self, a, middle, b):
        away = deviation(a[1], middle[1], b[1])
        if away <= STRAIGHT_PX:
            return []
        if away > TOLERANCE_PX:
            return self.halve(a, middle, b)
        chord = between(a[1], b[1])
        return [tuple(c + (m - c) * 4 / 3 for c, m in zip(chord, middle[1]))]

    def halve(self, a, middle, b):
        first, second = between(a[0], middle[0]), between(middle[0], b[0])
        first, second = (first, self.near(self(first), a[1])), (second, self.near(self(second), middle[1]))
        return [*self.refine(a, first, middle), middle[1], *self.refine(middle, second, b)]

    def chords(self, a, b):
        steps = np.arange(CURVE_CHORDS) / CURVE_CHORDS
        x, y = a[0][0] + (b[0][0] - a[0][0]) * steps, a[0][1] + (b[0][1] - a[0][1]) * steps
        if not self.is_same:
            x, y = self.raster_place(x, y)
        points, before = [], a[1]
        for point in zip(*(self.inverse * (x, y))):
            before = self.near(point, before)
            points.append(before)
        return points


def between(a, b):
    return (a[0] + b[0]) * 0.5, (a[1] + b[1]) * 0.5


def deviation(a, middle, b):
    along, to = (b[0] - a[0], b[1] - a[1]), (middle[0] - a[0], middle[1] - a[1])
    return abs(along[0] * to[1] - along[1] * to[0]) / math.hypot(*along)
