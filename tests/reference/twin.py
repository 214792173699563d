"""The definitions, by brute force and in f64: every pixel is intersected with the cell; every kernel weight is its formula."""
import math
from collections import defaultdict

import numpy as np
import shapely


def covered(raster, polygons):
    """Row, column and fraction covered of the valid pixels under polygons in pixel space, those that these hardly touch too, and
    the polygons' area."""
    polygon = shapely.make_valid(shapely.MultiPolygon([(rings[0], rings[1:]) for rings in polygons]))
    left, top, right, bottom = polygon.bounds
    columns = np.arange(math.floor(left), math.ceil(right))
    rows = np.arange(max(0, math.floor(top)), min(raster.height, math.ceil(bottom)))
    if not raster.turn:
        columns = columns[(columns >= 0) & (columns < raster.width)]
    column, row = (grid.ravel() for grid in np.meshgrid(columns, rows))
    boxes = shapely.box(column, row, column + 1, row + 1)
    shapely.prepare(polygon)
    fractions = np.where(shapely.contains_properly(polygon, boxes), 1.0, 0.0)
    part = (fractions == 0) & shapely.intersects(polygon, boxes)
    fractions[part] = shapely.area(shapely.intersection(polygon, boxes[part]))
    column = column % raster.width
    keep = (part | (fractions > 0)) & ~np.isnan(raster.values[row, column])
    return row[keep], column[keep], fractions[keep], polygon.area


def area(raster, polygons, weights=None):
    """Every area method of one cell, and which of them others may see otherwise, and why."""
    row, column, c, whole = covered(raster, polygons)
    x, w = raster.values[row, column], 1.0 if weights is None else weights[row, column]
    # What rounding leaves of a common border is none; others may think otherwise.
    is_more = c > 1e-10 * min(1, whole)
    slivers = SLIVERS if np.any(c <= 1e-6 * min(1, whole)) else []
    x, w, c = x[is_more], (w * np.ones_like(x))[is_more], c[is_more]
    if len(x) == 0:
        return {**dict.fromkeys(STATISTICS, math.nan), "confidence": 0.0, "stdev_error": 0.0, "slivers": slivers, "ties": []}
    cw = c * w
    covered_px, weight, total = math.fsum(c), math.fsum(cw), math.fsum(cw * x)
    mean = total / weight
    variance = math.fsum(cw * (x - mean) ** 2) / weight
    shares = defaultdict(list)
    for value, part in zip(x.tolist(), cw.tolist()):
        shares[value].append(part)
    shares = {value: math.fsum(parts) for value, parts in shares.items()}
    most, least = max(shares.values()), min(shares.values())
    near = lambda share: [value for value, other in shares.items() if abs(other - share) <= 1e-6 * weight / covered_px]
    # Whole pixels tie exactly, everywhere.
    is_exact = lambda share: weights is None and not any(shares[value] % 1 for value in near(share))
    is_tied = lambda share: len(near(share)) > 1 and not is_exact(share)
    return {
        "average": mean,
        "count": covered_px,
        "sum": total,
        "min": float(x.min()),
        "max": float(x.max()),
        "variance": variance,
        "stdev": math.sqrt(variance),
        "rms": math.sqrt(math.fsum(cw * x * x) / weight),
        "mode": max(near(most)),
        "minority": min(near(least)),
        "variety": float(len(shares)),
        "median": quantile(shares, 0.5),
        "quantile(0.25)": quantile(shares, 0.25),
        "quantile(0.1)": quantile(shares, 0.1),
        "quantile(0.75)": quantile(shares, 0.75),
        "confidence": min(1.0, covered_px / whole),
        "stdev_error": F32_ERROR * math.fsum(np.abs((x - mean) ** 2 - variance)[c < 1]) / covered_px / (2 * math.sqrt(variance) or 1.0),
        "slivers": slivers,
        "ties": [name for name, share in (("mode", most), ("minority", least)) if is_tied(share)],
    }


STATISTICS = [
    "average", "count", "sum", "min", "max", "variance", "stdev", "rms", "mode", "minority", "variety",
    "median", "quantile(0.25)", "quantile(0.1)", "quantile(0.75)",
]
# Half a digit of a fraction that is next to 1.
F32_ERROR = 3e-8
# Methods that a pixel of no area changes.
SLIVERS = ["min", "max", "minority", "variety", "median", "quantile(0.25)", "quantile(0.1)", "quantile(0.75)"]


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
    if method == "cubic" and stretch_of(scale) == [1.0, 1.0]:
        whole = [sample(raster, math.floor(u - 0.5) + i, math.floor(v - 0.5) + j) for i in range(-1, 3) for j in range(-1, 3)]
        if any(map(math.isnan, whole)):
            return point(raster, u, v, "bilinear", scale)
    total = valid = signed = weighted = 0.0
    for weight, value in taps(raster, u, v, method, scale):
        total += abs(weight)
        if not math.isnan(value):
            valid += abs(weight)
            signed += weight
            weighted += weight * value
    if signed < 1e-6:
        return math.nan, 0.0
    return weighted / signed, min(1.0, valid / total)


def valid_share(raster, u, v, method, scale):
    """How many of the pixels under a kernel are valid, 0 to 1."""
    values = [value for _, value in taps(raster, u, v, method, scale)]
    return sum(not math.isnan(value) for value in values) / len(values)


def stretch_of(scale):
    return [max(1.0, s) for s in scale] if max(scale) > 2 else [1.0, 1.0]


def taps(raster, u, v, method, scale):
    """Weight and value, NaN where there is none, of each pixel under a kernel."""
    radius, weight = KERNELS[method]
    axes = []
    for position, factor in zip((u, v), stretch_of(scale)):
        reach = range(math.floor(position - 0.5 - radius * factor) - 1, math.ceil(position - 0.5 + radius * factor) + 2)
        axes.append([(k, weight(abs(k + 0.5 - position) / factor)) for k in reach])
    both = ((i, j, wu * wv) for j, wv in axes[1] for i, wu in axes[0])
    return [(w, sample(raster, i, j)) for i, j, w in both if w]


def sample(raster, column, row):
    if raster.turn:
        column %= raster.width
    if not (0 <= column < raster.width and 0 <= row < raster.height):
        return math.nan
    return float(raster.values[row, column])
