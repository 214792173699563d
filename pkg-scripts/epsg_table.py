#!/usr/bin/env python3
"""Makes crate/src/geo/epsg.bin, the table of EPSG and ESRI codes, from the database that pyproj brings.

    python3 pkg-scripts/epsg_table.py

Needs pyproj; run it again to take in a newer database and look at the diff of the numbers it prints. Every projected
and geographic 2D CRS that a PROJ string describes whole is kept, deprecated ones too: files carry them. `+towgs84` is the shift
that PROJ itself would choose within the CRS's area of use among those that need no grid file.

Format, text compressed by zstd: a line with the number of rows; a line of keys; then one column after the other, a line a
row: the authority (E = EPSG, S = ESRI) and the distance to the previous code, then each key's value, empty where the
row has none, "!" for a key without a value, "=" where it equals that of the previous row with a value.
"""

import collections
import concurrent.futures
import functools
import math
import pathlib
import re
import sqlite3
import sys
import warnings

import pyproj
import zstandard
from pyproj.transformer import TransformerGroup

warnings.simplefilter("ignore")
OUTPUT = pathlib.Path(__file__).parent.parent / "crate/src/geo/epsg.bin"
AUTHORITIES = {"EPSG": "E", "ESRI": "S"}
DROPPED_KEYS = {"type", "no_defs", "wktext", "vunits", "geoidgrids"}
# PROJ writes these although they are what a projection has without them.
DEFAULTS = {"lat_0": "0", "lon_0": "0", "x_0": "0", "y_0": "0", "k": "1", "k_0": "1", "units": "m"}
# Shifts of nothing, and the datums that proj4rs knows by name without a grid file.
NAMED_DATUMS = {"WGS84", "NAD83"}


def codes():
    database = pathlib.Path(pyproj.datadir.get_data_dir()) / "proj.db"
    rows = sqlite3.connect(database).execute(
        "select auth_name, code from projected_crs union "
        "select auth_name, code from geodetic_crs where type = 'geographic 2D'"
    )
    return sorted((authority, int(code)) for authority, code in rows if authority in AUTHORITIES and str(code).isdigit())


def parameters(crs):
    """Ordered words of the PROJ string, or None where there is none."""
    text = crs.to_proj4()
    words = collections.OrderedDict()
    for word in text.split():
        key, _, value = word.lstrip("+").partition("=")
        words[key] = value if value else "!"
    return words if "proj" in words else None


def shift(crs):
    """`towgs84` of a CRS: PROJ's choice without grids. None where PROJ knows no shift."""
    base = crs.geodetic_crs
    area = crs.area_of_use
    bounds = (area.west, area.south, area.east, area.north) if area else None
    return cached_shift(base.to_wkt(), bounds)


@functools.cache
def cached_shift(base_wkt, bounds):
    interest = None
    if bounds and bounds[0] <= bounds[2]:
        interest = pyproj.aoi.AreaOfInterest(*bounds)
    group = TransformerGroup(pyproj.CRS.from_wkt(base_wkt), "EPSG:4326", always_xy=True, area_of_interest=interest)
    for transformer in group.transformers:
        steps = transformer.to_proj4() or transformer.definition
        if "ballpark" in transformer.description.lower():
            continue
        if re.search(r"\+proj=(deformation|hgridshift|gridshift|vgridshift|tinshift|molodensky)", steps):
            continue
        total = [0.0] * 7
        for step in re.split(r"\+step", steps):
            if not re.search(r"\+proj=(helmert|molobadekas)", step):
                continue
            value = lambda key: float((re.search(rf"\+{key}=(\S+)", step) or [0, 0])[1])
            sign = -1.0 if "+inv" in step.split() else 1.0
            turn = -1.0 if "+convention=coordinate_frame" in step else 1.0
            found = [value("x"), value("y"), value("z"), turn * value("rx"), turn * value("ry"), turn * value("rz"), value("s")]
            if "molobadekas" in step:
                found[:3] = about_the_centre(found, [value("px"), value("py"), value("pz")])
            total = [a + sign * b for a, b in zip(total, found)]
        numbers = total if any(total[3:]) else total[:3]
        return ",".join(f"{number:.12g}" for number in numbers)
    return None


def about_the_centre(helmert, pivot):
    """Translation of the Helmert shift that equals a Molodensky-Badekas one, which turns about a pivot."""
    x, y, z, *turns, parts_per_million = helmert
    rx, ry, rz = (math.radians(turn / 3600) for turn in turns)
    px, py, pz = pivot
    scale = 1 + parts_per_million * 1e-6
    turned = (px - rz * py + ry * pz, rz * px + py - rx * pz, -ry * px + rx * py + pz)
    return [shift + before - scale * after for shift, before, after in zip((x, y, z), pivot, turned)]


def is_plain(crs, words):
    """Whether the PROJ string says all: degrees, and axes to the east and north unless it names others."""
    axes = crs.axis_info
    if crs.is_geographic:
        return not any(axis.unit_name == "grad" for axis in axes)
    # The datum's shift would act on the sphere that R_A makes of the ellipsoid.
    if "R_A" in words and "towgs84" in words:
        return False
    return "axis" in words or not any(axis.direction == "west" for axis in axes)


def row(authority_and_code):
    authority, code = authority_and_code
    try:
        crs = pyproj.CRS.from_authority(authority, code)
        words = parameters(crs)
        if words is None:
            return None
        if words.get("nadgrids") == "@null" and words.get("a") == words.get("b") == "6378137":
            # PROJ's old way to say Web Mercator: the sphere's formulas on WGS 84's latitudes.
            for key in ("a", "b", "nadgrids", "lat_ts"):
                words.pop(key, None)
            words.update(proj="webmerc", datum="WGS84")
        datum = words.get("datum")
        if datum not in NAMED_DATUMS:
            words.pop("datum", None)
            words.pop("towgs84", None)
            words.pop("nadgrids", None)
            if datum:
                words["ellps"] = {"NAD27": "clrk66"}.get(datum) or ellipsoid_name(crs)
            if "R" not in words and (found := shift(crs)) is not None:
                words["towgs84"] = found
        if words.get("ellps") == "WGS84" and words.get("towgs84") == "0,0,0":
            del words["ellps"], words["towgs84"]
            words["datum"] = "WGS84"
        for key in list(words):
            if key in DROPPED_KEYS or DEFAULTS.get(key) == words[key]:
                del words[key]
        return (authority, code, words) if is_plain(crs, words) else None
    except pyproj.exceptions.CRSError:
        return None


def ellipsoid_name(crs):
    sys.exit(f"{crs.to_string()}: give the ellipsoid of its datum a name here")


def encoded(rows):
    """The table as text and compressed."""
    frequency = collections.Counter(key for _, _, words in rows for key in words)
    keys = sorted(frequency, key=lambda key: (key != "proj", -frequency[key], key))
    lines = [str(len(rows)), " ".join(keys)]
    previous = {}
    for authority, code, _ in rows:
        lines.append(f"{AUTHORITIES[authority]}{code - previous.get(authority, 0)}")
        previous[authority] = code
    for key in keys:
        last = None
        for _, _, words in rows:
            value = words.get(key)
            lines.append("" if value is None else "=" if value == last else value)
            last = value if value is not None else last
    text = "\n".join(lines) + "\n"
    return text, zstandard.ZstdCompressor(level=22).compress(text.encode())


def main():
    wanted = codes()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        rows = [found for found in pool.map(row, wanted, chunksize=64) if found]
    text, packed = encoded(rows)
    OUTPUT.write_bytes(packed)
    print(f"PROJ {pyproj.proj_version_str}: {len(rows)} of {len(wanted)} codes, "
          f"{len(text)} bytes as text, {len(packed)} compressed")


if __name__ == "__main__":
    main()
