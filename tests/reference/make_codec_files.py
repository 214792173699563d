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
import struct
import warnings
from pathlib import Path

import numpy as np
import rasterio
import tifffile
from PIL import Image
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
    yield "deflate cmyk", "uint8", 4, {"compress": "deflate", "photometric": "cmyk", "interleave": "pixel", **TILES}
    yield "jpeg cmyk strips", "uint8", 4, {"compress": "jpeg", "photometric": "cmyk", "interleave": "pixel", "blockysize": 16}
    yield "lzw cmyk u16", "uint16", 4, {"compress": "lzw", "photometric": "cmyk", "interleave": "pixel", **TILES}
    yield "webp lossless rgb", "uint8", 3, {"compress": "webp", "webp_lossless": True, "interleave": "pixel", **TILES}
    yield "webp lossless rgba", "uint8", 4, {"compress": "webp", "webp_lossless": True, "interleave": "pixel", **TILES}
    yield "webp rgb", "uint8", 3, {"compress": "webp", "webp_level": 75, "interleave": "pixel", **TILES}
    yield "webp rgba strips", "uint8", 4, {"compress": "webp", "webp_level": 75, "interleave": "pixel", **STRIPS}
    for compress in ("ccittrle", "ccittfax3", "ccittfax4"):
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


FAX = [("ccittrle", "tiff_ccitt", None), ("ccittfax3", "group3", 0), ("ccittfax3 two-dimensional", "group3", 1),
       ("ccittfax3 whole bytes", "group3", 4), ("ccittfax3 two-dimensional whole bytes", "group3", 5),
       ("ccittfax4", "group4", None)]


def every_run():
    """White and black runs of each length that has a code, at the start of a line and within."""
    lengths = [*range(64), *range(64, 2561, 64), 2561, 5200]
    out = np.zeros((len(lengths), 11000), np.uint8)
    for row, length in zip(out, lengths):
        row[length:2 * length] = 1
        row[2 * length + 5:2 * length + 8] = 1
    return out


def make_fax(compression, options, bits, rows):
    """What rasterio can't ask of libtiff but Pillow can: T4Options."""
    file = io.BytesIO()
    info = {278: rows} | ({} if options is None else {292: options})
    Image.fromarray(bits.astype(bool)).save(file, "TIFF", compression=compression, tiffinfo=info)
    return read_back(file.getvalue())


def make_ycbcr(across, down, coefficients=None, reference=None):
    """Uncompressed strips of 8 rows in units of `across` × `down` lumas and two chromas."""
    luma, blue, red = (plane.astype(np.uint8) for plane in samples("uint8", 3))
    strips = []
    for top in range(0, HEIGHT, 8):
        rows = min(8, HEIGHT - top)
        strip = bytearray()
        for y in range(top, top + rows, down):
            for x in range(0, WIDTH, across):
                strip += bytes(luma[min(y + j, HEIGHT - 1), min(x + i, WIDTH - 1)]
                               for j in range(down) for i in range(across))
                strip += bytes([int(blue[y, x]) * 2 % 256, int(red[y, x]) * 3 % 256])
        strips.append(bytes(strip))
    rational = lambda values: b"".join(struct.pack("<II", round(value * 1000), 1000) for value in values)
    fields = [(256, 3, 1, struct.pack("<H", WIDTH)), (257, 3, 1, struct.pack("<H", HEIGHT)),
              (258, 3, 3, struct.pack("<3H", 8, 8, 8)), (259, 3, 1, struct.pack("<H", 1)), (262, 3, 1, struct.pack("<H", 6)),
              (273, 4, len(strips), None), (277, 3, 1, struct.pack("<H", 3)), (278, 3, 1, struct.pack("<H", 8)),
              (279, 4, len(strips), struct.pack(f"<{len(strips)}I", *map(len, strips)))]
    if coefficients:
        fields.append((529, 5, 3, rational(coefficients)))
    fields.append((530, 3, 2, struct.pack("<2H", across, down)))
    if reference:
        fields.append((532, 5, 6, rational(reference)))
    data_at = 8 + 2 + 12 * len(fields) + 4
    sizes = np.cumsum([0, *map(len, strips)])
    offsets = struct.pack(f"<{len(strips)}I", *(data_at + int(size) for size in sizes[:-1]))
    entries, tail, tail_at = b"", b"", data_at + int(sizes[-1])
    for tag, kind, count, value in fields:
        value = offsets if tag == 273 else value
        entries += struct.pack("<HHI", tag, kind, count)
        if len(value) <= 4:
            entries += value.ljust(4, b"\0")
        else:
            entries += struct.pack("<I", tail_at + len(tail))
            tail += value
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(fields)) + entries + bytes(4)
    return read_back(head + b"".join(strips) + tail)


def read_back(encoded):
    with MemoryFile(encoded) as memory, memory.open() as file:
        return encoded, [sha256(band) for band in file.read()]


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
def keep(name, encoded, hashes):
    made.append({"name": name, "sha256": hashes, "file": base64.b64encode(encoded).decode()})


small = samples("uint8", 1)[0] % 7 < 3
for name, compression, options in FAX:
    keep(f"{name}, Pillow", *make_fax(compression, options, small, 8))
    keep(f"{name}, runs of every length", *make_fax(compression, options, every_run(), 200))
for across in (1, 2, 4):
    for down in (1, 2, 4):
        # libtiff has no routine for the two that are taller than wide by that much.
        if (across, down) not in ((1, 4), (2, 4)):
            keep(f"ycbcr {across} × {down}", *make_ycbcr(across, down))
keep("ycbcr of video", *make_ycbcr(2, 2, reference=(16, 235, 128, 240, 128, 240)))
keep("ycbcr with coefficients of its own", *make_ycbcr(2, 1, (0.2125, 0.7154, 0.0721)))
out = {"gdal": rasterio.__gdal_version__, "files": made}
path = Path(__file__).with_name("codec_files.json")
path.write_text(json.dumps(out, indent=1) + "\n")
print(len(made), "files,", path.stat().st_size, "bytes")
