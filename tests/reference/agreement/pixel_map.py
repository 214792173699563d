"""Positions in a grid's CRS as positions in a raster's pixels, and the outlines of cells there."""
import math

import numpy as np
from pyproj import CRS, Transformer
from rasterio.transform import Affine

STRAIGHT_PX = 1e-7
TOLERANCE_PX = 3e-4
LONG_EDGE_PX = 16.0
CURVE_CHORDS = 256


class PixelMap:
    def __init__(self, grid_crs, raster):
        self.transformer = Transformer.from_crs(grid_crs, raster.crs, always_xy=True)
        self.is_same = grid_crs == raster.crs
        self.inverse = ~Affine.from_gdal(*raster.geotransform)
        gt, is_geographic = raster.geotransform, CRS.from_user_input(raster.crs).is_geographic
        # Columns of a whole turn; rasters of the cases go all around or nowhere near it.
        self.turn = raster.width if is_geographic and abs(360 / gt[1] - raster.width) < 0.05 else None
        self.poles = [self.inverse * (0, lat) for lat in (90, -90)] if is_geographic else None

    def __call__(self, point):
        x, y = point if self.is_same else self.transformer.transform(*point)
        return self.inverse * (x, y)

    def near(self, point, other):
        """The same place as `point`, at most half a turn from `other`."""
        if not self.turn:
            return point
        return point[0] - self.turn * round((point[0] - other[0]) / self.turn), point[1]

    def ring(self, corners, chords=False):
        """A cell's outline: edges as crate/src/resample/outline.rs bends them, or cut into many chords."""
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
            x, y = self.transformer.transform(x, y)
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
