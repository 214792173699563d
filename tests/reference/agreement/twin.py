"""The definitions, by brute force and in f64: every pixel is intersected with the cell; every kernel weight is its formula."""
import math
from collections import defaultdict

import numpy as np
import shapely


def covered(raster, ring):
    """(value, fraction covered) of the valid pixels of a ring in pixel space, those that it hardly touches too, and the ring's
    area."""
    polygon = shapely.Polygon(ring)
    left, top, right, bottom = polygon.bounds
    columns = np.arange(math.floor(left), math.ceil(right))
    rows = np.arange(max(0, math.floor(top)), min(raster.height, math.ceil(bottom)))
    if not raster.turn:
        columns = columns[(columns >= 0) & (columns < raster.width)]
    if len(columns) == 0 or len(rows) == 0:
        return np.empty(0), np.empty(0), polygon.area
    column, row = (grid.ravel() for grid in np.meshgrid(columns, rows))
    boxes = shapely.box(column, row, column + 1, row + 1)
    shapely.prepare(polygon)
    fractions = np.where(shapely.contains_properly(polygon, boxes), 1.0, 0.0)
    part = (fractions == 0) & shapely.intersects(polygon, boxes)
    fractions[part] = shapely.area(shapely.intersection(polygon, boxes[part]))
    values = raster.values[row, column % raster.width]
    keep = (part | (fractions > 0)) & ~np.isnan(values)
    return values[keep], fractions[keep], polygon.area


def area(raster, ring):
    """Every area method of one cell, and which of them rounding decides."""
    x, c, whole = covered(raster, ring)
    # What rounding leaves of a common border is none; others may think otherwise.
    is_more = c > 1e-10 * min(1, whole)
    ends = {(values.min(), values.max()) for values in (x, x[is_more], x[c > 1e-6]) if len(values)}
    x, c = x[is_more], c[is_more]
    if len(x) == 0:
        return {**dict.fromkeys(STATISTICS, math.nan), "confidence": 0.0, "tied": [] if not ends else SLIVERS}
    count, total = math.fsum(c), math.fsum(c * x)
    mean = total / count
    variance = math.fsum(c * (x - mean) ** 2) / count
    shares = defaultdict(list)
    for value, part in zip(x.tolist(), c.tolist()):
        shares[value].append(part)
    shares = {value: math.fsum(parts) for value, parts in shares.items()}
    most, least = max(shares.values()), min(shares.values())
    near = lambda share: [value for value, other in shares.items() if abs(other - share) <= 1e-6]
    # Whole pixels tie exactly, everywhere.
    is_tied = any(len(near(share)) > 1 and any(shares[value] % 1 for value in near(share)) for share in (most, least))
    tied = (["mode", "minority"] if is_tied else []) + (SLIVERS if np.any(~is_more) or len(ends) > 1 else [])
    return {
        "average": mean,
        "count": count,
        "sum": total,
        "min": float(x.min()),
        "max": float(x.max()),
        "variance": variance,
        "stdev": math.sqrt(variance),
        "rms": math.sqrt(math.fsum(c * x * x) / count),
        "mode": max(near(most)),
        "minority": min(near(least)),
        "variety": float(len(shares)),
        "median": quantile(shares, 0.5),
        "quantile(0.25)": quantile(shares, 0.25),
        "confidence": min(1.0, count / whole),
        "tied": tied,
    }


# Methods that a pixel of no area changes.
SLIVERS = ["min", "max", "minority", "variety", "median", "quantile(0.25)"]
STATISTICS = ["average", "count", "sum", "min", "max", "variance", "stdev", "rms", "mode", "minority", "variety", "median", "quantile(0.25)"]


def quantile(shares, q):
    """exactextract's, over distinct values: s_k = k·w_k + (n − 1)·Σ_{j<k} w_j, and linear between them."""
    x = np.array(sorted(shares))
    w = np.array([shares[value] for value in x.tolist()])
    k = np.arange(len(x))
    s = k * w + (len(x) - 1) * np.concatenate([[0.0], np.cumsum(w)[:-1]])
    return float(np.interp(q * s[-1], s, x))


KERNELS = {
    "bilinear": (1, lambda x: max(0.0, 1 - x)),
    "cubic": (2, lambda x: 1.5 * x**3 - 2.5 * x**2 + 1 if x <= 1 else -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x <= 2 else 0.0),
    "cubicspline": (2, lambda x: 2 / 3 - x**2 + x**3 / 2 if x <= 1 else (2 - x) ** 3 / 6 if x <= 2 else 0.0),
    "lanczos": (3, lambda x: 1.0 if x == 0 else 3 * math.sin(math.pi * x) * math.sin(math.pi * x / 3) / (math.pi * x) ** 2 if x < 3 else 0.0),
}


def point(raster, u, v, method, scale):
    """Value and confidence of a point method at a position in pixel space."""
    if not (math.isfinite(u) and math.isfinite(v)):
        return math.nan, 0.0
    if method == "nearest":
        value = sample(raster, math.floor(u + 1e-10), math.floor(v + 1e-10))
        return value, 0.0 if math.isnan(value) else 1.0
    stretch = [max(1.0, s) for s in scale] if max(scale) > 2 else [1.0, 1.0]
    if method == "cubic" and stretch == [1.0, 1.0]:
        whole = [sample(raster, math.floor(u - 0.5) + i, math.floor(v - 0.5) + j) for i in range(-1, 3) for j in range(-1, 3)]
        if any(map(math.isnan, whole)):
            return point(raster, u, v, "bilinear", scale)
    radius, weight = KERNELS[method]
    taps = []
    for position, factor in ((u, stretch[0]), (v, stretch[1])):
        reach = range(math.floor(position - 0.5 - radius * factor) - 1, math.ceil(position - 0.5 + radius * factor) + 2)
        taps.append([(k, weight(abs(k + 0.5 - position) / factor)) for k in reach])
    total = valid = signed = weighted = 0.0
    for j, wv in taps[1]:
        for i, wu in taps[0]:
            total += abs(wu * wv)
            value = sample(raster, i, j) if wu * wv else math.nan
            if not math.isnan(value):
                valid += abs(wu * wv)
                signed += wu * wv
                weighted += wu * wv * value
    if signed < 1e-6:
        return math.nan, 0.0
    return weighted / signed, min(1.0, valid / total)


def sample(raster, column, row):
    if raster.turn:
        column %= raster.width
    if not (0 <= column < raster.width and 0 <= row < raster.height):
        return math.nan
    return float(raster.values[row, column])
