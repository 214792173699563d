#!/usr/bin/env python3
"""CPU seconds, wall seconds and peak memory of our jobs and of the peers' on the same local file, in the same run.

  npm run sample:large                                        # build/samples/large.tif
  cargo build --profile native -p cogrid-bench
  venv/bin/python tests/bench/run.py [--runs 3] [--file build/samples/large.tif] [JOB…]

The venv (tests/reference/requirements.txt) is needed for exactextract only; gdalwarp comes from PATH. A missing peer is
left out and named. Each job is a process of its own; the figures are medians. Ours runs with one thread and with two."""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BENCH = TARGET / "native" / "cogrid-bench"

# The world in 25 km squares; the peers' window of 640 000 squares of 5 km; 10 000 hexagons of 25 km around 9° east.
WORLD = {"type": "square", "crs": "EPSG:6933", "cellSize": 25000, "bounds": [-17367500, -7314500, 17367500, 7314500]}
WINDOW = {"type": "square", "crs": "EPSG:6933", "cellSize": 5000, "bounds": [-1000000, -2000000, 3000000, 2000000]}
HEXAGONS = {"type": "hexagon", "crs": "EPSG:6933", "cellSize": 25000, "bounds": [-240000, -1075000, 2240000, 1075000]}


def ours(threads, *words):
    return [str(BENCH), *words], {"RAYON_NUM_THREADS": str(threads)}


def gdalwarp(file, grid, method, out):
    x0, y0, x1, y1 = grid["bounds"]
    size = grid["cellSize"]
    snapped = [size * (x0 // size), size * (y0 // size), -size * (-x1 // size), -size * (-y1 // size)]
    command = ["gdalwarp", "-q", "-overwrite", "-r", method, "-t_srs", grid["crs"], "-ovr", "NONE", "-ot", "Float64"]
    command += ["-te", *map(repr, snapped), "-tr", repr(size), repr(size), "-wm", "500", "-dstnodata", "nan", file, out]
    return command, {}


def exactextract(file, strategy, out):
    return [sys.executable, str(Path(__file__).with_name("hexagons.py")), file, json.dumps(HEXAGONS), strategy], {}


def jobs(file, out):
    world, window, hexagons = map(json.dumps, (WORLD, WINDOW, HEXAGONS))
    return {
        "open": {"cogrid": ours(1, "open", file)},
        "decode": {"cogrid 1 thread": ours(1, "decode", file), "cogrid 2 threads": ours(2, "decode", file)},
        "world average 25 km": {
            "cogrid 1 thread": ours(1, "resample", file, world, "average"),
            "cogrid 2 threads": ours(2, "resample", file, world, "average"),
            "gdalwarp": gdalwarp(file, WORLD, "average", out),
        },
        "window average 5 km": {
            "cogrid 1 thread": ours(1, "resample", file, window, "average"),
            "cogrid 2 threads": ours(2, "resample", file, window, "average"),
            "gdalwarp": gdalwarp(file, WINDOW, "average", out),
        },
        "window bilinear 5 km": {
            "cogrid 1 thread": ours(1, "resample", file, window, "bilinear"),
            "cogrid 2 threads": ours(2, "resample", file, window, "bilinear"),
            "gdalwarp": gdalwarp(file, WINDOW, "bilinear", out),
        },
        "hexagons average 25 km": {
            "cogrid 1 thread": ours(1, "resample", file, hexagons, "average"),
            "cogrid 2 threads": ours(2, "resample", file, hexagons, "average"),
            "exactextract feature-sequential": exactextract(file, "feature-sequential", out),
            "exactextract raster-sequential": exactextract(file, "raster-sequential", out),
        },
    }


def measure(command, env):
    """(wall s, CPU s, peak MB, last line of output, CPU s that it says were start-up)"""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as text:
        child = subprocess.Popen(command, stdout=text, env={**os.environ, **env})
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        text.seek(0)
        line = text.read().strip()
    if status != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    told = json.loads(line) if line.startswith("{") else {"text": line, "startup": 0.0}
    cpu = usage.ru_utime + usage.ru_stime - told["startup"]
    return wall, cpu, usage.ru_maxrss / 1024, told["text"]


def is_there(peer):
    if peer.startswith("gdalwarp"):
        return shutil.which("gdalwarp") is not None
    if peer.startswith("exactextract"):
        return subprocess.run([sys.executable, "-c", "import exactextract"], capture_output=True).returncode == 0
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--file", default=str(ROOT / "build" / "samples" / "large.tif"))
    parser.add_argument("job", nargs="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for job, peers in jobs(options.file, f"{folder}/out.tif").items():
            if options.job and job not in options.job:
                continue
            print(f"\n{job}")
            best = None
            for peer, (command, env) in peers.items():
                if not is_there(peer):
                    print(f"  {peer:32} not installed")
                    continue
                runs = [measure(command, env) for _ in range(options.runs)]
                wall, cpu, peak = (statistics.median(run[k] for run in runs) for k in range(3))
                best = cpu if best is None else best
                ratio = cpu / best if best else 1.0
                print(f"  {peer:32} wall {wall:7.2f} s  CPU {cpu:7.2f} s ({ratio:5.2f} × ours)  peak {peak:6.0f} MB  {runs[-1][3]}", flush=True)


if __name__ == "__main__":
    main()
