#!/usr/bin/env python3
"""Tiny GeoTIFFs that GDAL writes with each compression, and what GDAL reads back, into codec_files.json.

  python3 -m venv venv && venv/bin/pip install -r tests/reference/requirements.txt
  venv/bin/python tests/reference/make_codec_files.py

Edge blocks everywhere: 37 × 21 pixels in tiles of 16 × 16, or in strips of 8 rows. Of YCbCr JPEG it is what tifffile reads
by libjpeg-turbo, as most builds of GDAL do: rasterio's wheel has IJG's libjpeg 9, which enlarges chroma in another way."""
import base64
import hashlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import rasterio
import tifffile
from rasterio.io import MemoryFile

WIDTH, HEIGHT = 37, 21
TILES = {"tiled": True, "blockxsize": 16, "blockysize": 16}
STRIPS = {"blockysize": 8}


def samples(dtype, bands, nan=False):
    """Slopes with some noise; repeatable."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    noise = (x * 7919 + y * 104729) % 5
    planes = [(x * (3 + band) + y * 5 + noise + 20 * band) for band in range(bands)]
    out = np.stack(planes).astype(np.float64)
    if np.dtype(dtype).kind == "f":
        out = out / 7 - 4
    if np.dtype(dtype).kind == "i":
        out = out - 100
    if np.dtype(dtype).itemsize == 1:
        out = np.clip(out, np.iinfo(dtype).min, np.iinfo(dtype).max)
    out = out.astype(dtype)
    if nan:
        out[:, 5:12, 10:20] = np.nan
        out[0, 3, 3] = np.nan
    return out


def files():
    for compress in ("deflate", "lzw", "zstd", "lzma"):
        yield f"{compress} u8", "uint8", 1, {"compress": compress, **TILES}
        yield f"{compress} i16 predictor 2", "int16", 1, {"compress": compress, "predictor": 2, **TILES}
        yield f"{compress} f32 predictor 3 strips", "float32", 2, {"compress": compress, "predictor": 3, **STRIPS}
    yield "zstd f64 predictor 3 big-endian", "float64", 1, {"compress": "zstd", "predictor": 3, "endianness": "BIG", **TILES}
    yield "zstd u16 predictor 2 pixels big-endian", "uint16", 3, {
        "compress": "zstd", "predictor": 2, "interleave": "pixel", "endianness": "BIG", **TILES}
    for dtype in ("uint8", "int8", "int16", "uint16", "int32", "uint32", "float32", "float64"):
        yield f"lerc {dtype}", dtype, 1, {"compress": "lerc", **TILES}
    yield "lerc f32 lossy", "float32", 1, {"compress": "lerc", "max_z_error": 0.01, **TILES}
    for compress in ("lerc", "lerc_deflate", "lerc_zstd"):
        yield f"{compress} f32 with NaN", "float32 nan", 1, {"compress": compress, **TILES}
        yield f"{compress} u16 strips of pixels", "uint16", 3, {"compress": compress, "interleave": "pixel", **STRIPS}
    yield "lerc f32 bands of pixels with NaN", "float32 nan", 2, {"compress": "lerc", "interleave": "pixel", **TILES}
    yield "lerc f64 bands apart with NaN", "float64 nan", 2, {"compress": "lerc", "interleave": "band", **TILES}
    yield "lerc u8 with alpha", "uint8 alpha", 4, {"compress": "lerc", "interleave": "pixel", "alpha": "YES", **TILES}
    for quality in (50, 90, 100):
        yield f"jpeg grey {quality}", "uint8", 1, {"compress": "jpeg", "jpeg_quality": quality, **TILES}
        yield f"jpeg ycbcr {quality}", "uint8", 3, {
            "compress": "jpeg", "photometric": "ycbcr", "interleave": "pixel", "jpeg_quality": quality, **TILES}
    yield "jpeg ycbcr strips", "uint8", 3, {"compress": "jpeg", "photometric": "ycbcr", "interleave": "pixel", "blockysize": 16}
    yield "jpeg rgb", "uint8", 3, {"compress": "jpeg", "photometric": "rgb", "interleave": "pixel", **TILES}
    yield "jpeg bands apart, no shared tables", "uint8", 3, {"compress": "jpeg", "interleave": "band", "jpegtablesmode": 0, **TILES}
    yield "jpeg grey and alpha", "uint8", 2, {"compress": "jpeg", "interleave": "pixel", **TILES}
    yield "jpeg four bands", "uint8", 4, {"compress": "jpeg", "interleave": "pixel", "photometric": "rgb", **TILES}
    yield "webp lossless rgb", "uint8", 3, {"compress": "webp", "webp_lossless": True, "interleave": "pixel", **TILES}
    yield "webp lossless rgba", "uint8", 4, {"compress": "webp", "webp_lossless": True, "interleave": "pixel", **TILES}
    yield "webp rgb", "uint8", 3, {"compress": "webp", "webp_level": 75, "interleave": "pixel", **TILES}
    yield "webp rgba strips", "uint8", 4, {"compress": "webp", "webp_level": 75, "interleave": "pixel", **STRIPS}


    for compress in ("ccittfax3", "ccittfax4"):
        yield compress, "uint8 bits", 1, {"compress": compress, "nbits": 1, **STRIPS}
    yield "ccittfax4 tiles", "uint8 bits", 1, {"compress": "ccittfax4", "nbits": 1, **TILES}


def make(dtype, bands, options):
    dtype, *more = dtype.split()
    data = samples(dtype, bands, nan="nan" in more)
    if "bits" in more:
        data = (data % 7 < 3).astype(np.uint8)
    if "alpha" in more:
        data[3] = np.where(data[0] > 60, 255, 0)
    profile = {"driver": "GTiff", "width": WIDTH, "height": HEIGHT, "count": bands, "dtype": dtype}
    with MemoryFile() as memory:
        with memory.open(**profile, **options) as file:
            file.write(data)
        encoded = memory.read()
        with memory.open() as file:
            decoded = file.read()
    if options.get("photometric") == "ycbcr":
        decoded = np.moveaxis(tifffile.imread(io.BytesIO(encoded)), -1, 0)
    hashes = [sha256(band) for band in decoded]
    return encoded, hashes


def make_jxl(dtype, bands):
    """JPEG XL, lossless, which rasterio's wheel has not: written by tifffile, so what it wrote is what must come back."""
    data = samples(dtype, bands)
    if dtype == "float32":
        data = (data - data.min()) / (data.max() - data.min())
    pixels = data[0] if bands == 1 else np.moveaxis(data, 0, -1)
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, tile=(16, 16), compression="jpegxl", compressionargs={"lossless": True},
                     photometric="minisblack" if bands < 3 else "rgb", planarconfig=None if bands == 1 else "contig",
                     metadata=None)
    assert np.array_equal(tifffile.imread(io.BytesIO(file.getvalue())), pixels), "lossless"
    return file.getvalue(), [sha256(band) for band in data]


def sha256(band):
    little = np.ascontiguousarray(band).astype(band.dtype.newbyteorder("<"))
    return hashlib.sha256(little.tobytes()).hexdigest()


warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning)
made = []
for name, dtype, bands, options in files():
    encoded, hashes = make(dtype, bands, options)
    made.append({"name": name, "sha256": hashes, "file": base64.b64encode(encoded).decode()})
for dtype, bands in (("uint8", 1), ("uint16", 1), ("uint8", 3), ("uint8", 4), ("float32", 1)):
    encoded, hashes = make_jxl(dtype, bands)
    made.append({"name": f"jxl {dtype} {bands}", "sha256": hashes, "file": base64.b64encode(encoded).decode()})
out = {"gdal": rasterio.__gdal_version__, "files": made}
path = Path(__file__).with_name("codec_files.json")
path.write_text(json.dumps(out, indent=1) + "\n")
print(len(made), "files,", path.stat().st_size, "bytes")
