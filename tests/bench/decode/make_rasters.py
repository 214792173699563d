#!/usr/bin/env python3
"""Rasters that run.mjs decodes: terrain with noise and sea, in several codecs, tiles of 512 × 512.

  venv/bin/python tests/bench/decode/make_rasters.py [--size 8192] [--out build/bench]

Power-law noise from a fixed seed, so every machine makes the same samples. Needs rasterio, numpy and scipy."""
import argparse
import os
from pathlib import Path

import numpy as np
import rasterio
import scipy.fft as fft
from rasterio.transform import Affine


def spectral(size, beta, seed, damp=None):
    """Noise whose power falls with frequency^beta; mean 0, deviation 1."""
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal((size, size), dtype=np.float32)
    spectrum = fft.rfft2(noise, workers=2, overwrite_x=True)
    frequency_y = (fft.fftfreq(size).astype(np.float32) * size)[:, None]
    frequency_x = (fft.rfftfreq(size).astype(np.float32) * size)[None, :]
    for top in range(0, size, 512):
        frequency = np.hypot(frequency_y[top : top + 512], frequency_x)
        frequency[frequency == 0] = np.inf
        gain = frequency ** (-beta / 2)
        if damp:
            gain /= 1 + (damp / frequency) ** 4
        spectrum[top : top + 512] *= gain
    field = fft.irfft2(spectrum, s=(size, size), workers=2, overwrite_x=True)
    field -= field.mean()
    field /= field.std()
    return field.astype(np.float32, copy=False)


def write(path, data, nodata=None, **options):
    if path.exists():
        return
    bands = data if data.ndim == 3 else data[None]
    profile = {"driver": "GTiff", "width": data.shape[-1], "height": data.shape[-2], "count": bands.shape[0],
               "dtype": data.dtype, "nodata": nodata, "crs": "EPSG:32632", "transform": Affine(30, 0, 5e5, 0, -30, 54e5),
               "tiled": True, "blockxsize": 512, "blockysize": 512, "num_threads": 2, "BIGTIFF": "NO"}
    partial = path.with_suffix(".partial")
    with rasterio.open(partial, "w", **profile, **options) as file:
        file.write(bands)
    os.replace(partial, path)
    print(f"{path.name:24s} {path.stat().st_size / 1e6:7.1f} MB of {bands.nbytes / 1e6:.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=8192)
    parser.add_argument("--out", default="build/bench")
    arguments = parser.parse_args()
    size, out = arguments.size, Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)

    height = spectral(size, 3.6, 21)
    detail = spectral(size, 2.9, 22, damp=20)
    height = 700 + 600 * height
    height += detail * (15 + np.clip(height, 0, 3000) * 0.03)
    height += np.random.Generator(np.random.PCG64(23)).standard_normal(height.shape, dtype=np.float32) * np.float32(0.05)
    sea = height < 150
    f32 = np.where(sea, np.float32(-9999), height).astype(np.float32)
    write(out / "f32_deflate3.tif", f32, -9999, compress="deflate", predictor=3)
    write(out / "f32_zstd3.tif", f32, -9999, compress="zstd", predictor=3)
    write(out / "f32_lerc.tif", f32, -9999, compress="lerc", max_z_error=0.01)
    write(out / "f32_none.tif", f32, -9999)
    u16 = np.where(sea, 0, np.clip(np.rint(f32), 1, 65535)).astype(np.uint16)
    write(out / "u16_deflate2.tif", u16, 0, compress="deflate", predictor=2)
    write(out / "u16_lzw2.tif", u16, 0, compress="lzw", predictor=2)
    write(out / "u16_zstd2.tif", u16, 0, compress="zstd", predictor=2)
    gradient_y, gradient_x = np.gradient(f32)
    shade = np.clip(140 + 6 * (gradient_x - gradient_y), 0, 255)
    albedo = spectral(size, 2.2, 24, damp=30)
    colours = ((20, 0.85, 1), (45, 0.95, 0.8), (90, 0.7, 0.5))
    rgb = np.stack([np.where(sea, c, np.clip(shade * f + 12 * albedo * g, 0, 255)) for c, f, g in colours]).astype(np.uint8)
    write(out / "rgb_jpeg.tif", rgb, compress="jpeg", jpeg_quality=80, photometric="ycbcr", interleave="pixel")
    write(out / "rgb_webp.tif", rgb, compress="webp", webp_level=80, interleave="pixel")


main()
