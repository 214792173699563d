#!/usr/bin/env python3
"""Decodes all of a file with GDAL through rasterio, a row of blocks at a time; prints {wall, cpu} in seconds."""
import json
import os
import sys
import time

os.environ["GDAL_NUM_THREADS"] = sys.argv[2]
os.environ["GDAL_CACHEMAX"] = "64"
import rasterio  # noqa: E402
from rasterio.windows import Window  # noqa: E402

wall, cpu = time.perf_counter(), time.process_time()
with rasterio.open(sys.argv[1]) as file:
    step = file.block_shapes[0][0]
    for top in range(0, file.height, step):
        file.read(window=Window(0, top, file.width, min(step, file.height - top)))
print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))
