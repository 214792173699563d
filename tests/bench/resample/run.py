#!/usr/bin/env python3
"""CPU seconds, wall seconds and peak memory of our jobs and of the peers' on the same local file, in the same run, and their
ratios beside the bars that we set ourselves.

  npm run build && npm run sample:large                       # dist/, build/samples/large.tif
  cargo build --profile native -p cogrid-bench
  tests/bench/resample/setup.sh                               # the peers, into build/bench and node_modules beside it
  build/bench/venv/bin/python tests/bench/resample/run.py [--runs 3] [--file F] [--only OURS…] [JOB…]

Each run is a process of its own; the figures are medians. Reading is included; start-up (of interpreters and engines, the
reading of the peers' polygons) is not. A peer that is not there is left out and named."""
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

import polygons
from polygons import H3, H3_BOUNDS, H3_RESOLUTION, HEXAGONS, WINDOW, WORLD

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BENCH = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "native" / "cogrid-bench"
NODE = ROOT / "node_modules" / ".bin" / "node"
SHAPES = ROOT / "build" / "bench" / "polygons"


def ours(file, grid, methods):
    """Our builds on one job."""
    grid = grid if isinstance(grid, str) else json.dumps(grid)
    native = [BENCH, "resample", file, grid, methods]
    return {
        "cogrid native, 1 thread": (native, {"RAYON_NUM_THREADS": "1"}),
        "cogrid native, 2 threads": (native, {"RAYON_NUM_THREADS": "2"}),
        "cogrid wasm, Node": ([NODE, HERE / "wasm.mjs", file, grid, methods], {}),
        "cogrid wasm, Chromium, 1 thread": ([NODE, HERE / "chromium.mjs", "1", file, grid, methods], {}),
        "cogrid wasm, Chromium, 2 threads": ([NODE, HERE / "chromium.mjs", "2", file, grid, methods], {}),
    }


def gdalwarp(file, grid, method, out, *more):
    x0, y0, x1, y1 = grid["bounds"]
    size = grid["cellSize"]
    snapped = [size * (x0 // size), size * (y0 // size), -size * (-x1 // size), -size * (-y1 // size)]
    command = ["gdalwarp", "-q", "-overwrite", "-r", method, "-t_srs", grid["crs"], "-ovr", "NONE"]
    command += ["-te", *map(repr, snapped), "-tr", repr(size), repr(size), *more, file, out]
    return command, {}


def python(peer, file, argument):
    return [sys.executable, HERE / "peers.py", peer, file, argument], {}


def node(peer, file, argument):
    return [NODE, HERE / "peers.mjs", peer, file, argument], {}


def jobs(file, out, url):
    shape = lambda name: str(SHAPES / f"{name}.geojson")
    zones = lambda name: str(SHAPES / f"{name}.grid.json")
    exact = lambda name: {
        f"exactextract {strategy}": python(f"exactextract {strategy}", file, shape(name))
        for strategy in ("feature-sequential", "raster-sequential")
    }
    loop = lambda method: {f"geotiff.js and a loop, {method}": node(f"geotiff.js {method}", file, json.dumps(WINDOW))}
    return {
        "world": {
            **ours(file, WORLD, "average"),
            "gdalwarp": gdalwarp(file, WORLD, "average", out),
            # The more memory a warp may take, the fewer blocks it reads twice.
            "gdalwarp -wm 500": gdalwarp(file, WORLD, "average", out, "-wm", "500"),
        },
        "window average": {
            **ours(file, WINDOW, "average"),
            "gdalwarp": gdalwarp(file, WINDOW, "average", out),
            **loop("average"),
        },
        "window bilinear": {
            **ours(file, WINDOW, "bilinear"),
            "gdalwarp": gdalwarp(file, WINDOW, "bilinear", out),
            **loop("bilinear"),
        },
        "hexagons": {**ours(file, HEXAGONS, "average"), **exact("hexagons")},
        "200 polygons": {
            **ours(file, zones("hexagons200"), "average"),
            **exact("hexagons200"),
            "rasterstats": python("rasterstats", file, shape("hexagons200")),
            "geoblaze": node("geoblaze", url, shape("hexagons200")),
        },
        "h3": {
            **ours(file, H3, "average"),
            "h3ronpy": python(f"h3ronpy {H3_RESOLUTION}", file, json.dumps(H3_BOUNDS)),
            **exact("h3"),
        },
    }


# (job, our build, peers of which the best counts, what is compared, at most this much of it)
BARS = [
    ("world", "cogrid wasm, Node", "gdalwarp", "cpu", 1.3),
    ("world", "cogrid wasm, Chromium, 2 threads", "gdalwarp", "wall", 1.0),
    ("window average", "cogrid wasm, Node", "gdalwarp", "cpu", 1.5),
    ("window bilinear", "cogrid wasm, Node", "gdalwarp", "cpu", 1.5),
    ("hexagons", "cogrid wasm, Node", "exactextract", "cpu", 1 / 2),
    ("hexagons", "cogrid native, 1 thread", "exactextract", "cpu", 1 / 3),
    ("h3", "cogrid wasm, Node", "h3ronpy", "cpu", 1.0),
    ("200 polygons", "cogrid wasm, Node", "geoblaze", "cpu", 1 / 15),
    ("window average", "cogrid wasm, Node", "geotiff.js", "cpu", 1 / 5),
    ("window bilinear", "cogrid wasm, Node", "geotiff.js", "cpu", 1 / 5),
]


def scaling(file):
    """Jobs of which one quantity grows tenfold: cells on the same pixels, pixels under as many cells, vertices of a polygon."""
    square = lambda size, half: {"type": "square", "crs": "EPSG:6933", "cellSize": size, "bounds": [1e6 - half, -half, 1e6 + half, half]}
    grids = {f"cells of {size / 1000:g} km, 2000 km square": square(size, 1e6) for size in (40000, 12649, 4000, 1265, 400)}
    grids |= {f"10 000 cells of {size / 1000:g} km": square(size, size * 50) for size in (5000, 15811, 50000)}
    grids |= {f"hexagons of {size / 1000:g} km, 2000 km square": {**square(size, 1e6), "type": "hexagon"} for size in (40000, 12649, 4000, 1265)}
    grids |= {f"one polygon of {n} vertices": str(SHAPES / f"star{n}.grid.json") for n in (10, 100, 1000, 10000)}
    for name, grid in grids.items():
        yield name, ours(file, grid, "average")["cogrid native, 1 thread"]


def measure(command, env):
    """A run: wall and CPU seconds without start-up, peak MB, and what came out. `None` where it failed."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as text:
        child = subprocess.Popen(list(map(str, command)), stdout=text, env={**os.environ, **env})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        wall = time.perf_counter() - start
        text.seek(0)
        # Libraries print lines of their own before.
        line = text.read().strip().rpartition("\n")[2]
    if status != 0:
        return None
    told = json.loads(line) if line.startswith("{") else {"text": line}
    cpu = usage.ru_utime + usage.ru_stime
    return {
        "wall": told.get("wall", wall - told.get("startup_wall", 0)),
        "cpu": told.get("cpu", cpu - told.get("startup", 0)),
        "peak": told.get("peak", usage.ru_maxrss / 1024),
        "text": told["text"],
    }


def median(command, env, runs):
    """The medians of several runs; `None` where one failed."""
    found = [measure(command, env) for _ in range(runs)]
    if None in found:
        return None
    # What starting a command costs is known for those that can be asked for nothing but their version.
    idle = measure([command[0], "--version"], {}) if command[0] in ("gdalwarp", BENCH) else None
    middle = {key: statistics.median(run[key] for run in found) for key in ("wall", "cpu", "peak")}
    for key in ("wall", "cpu"):
        middle[key] = max(0.0, middle[key] - (idle[key] if idle else 0))
    return {**middle, "text": found[-1]["text"]}


def is_there(command):
    program = str(command[0])
    return Path(program).exists() or shutil.which(program) is not None


def tell(peer, run, reference):
    ratio = run["cpu"] / reference if reference else 1.0
    print(f"  {peer:34} wall {run['wall']:7.2f} s  CPU {run['cpu']:7.2f} s ({ratio:5.2f} ×)  peak {run['peak']:5.0f} MB  {run['text']}", flush=True)


def tell_bars(found):
    print("\nbars")
    for job, build, peer, key, most in BARS:
        peers = [run[key] for name, run in found.get(job, {}).items() if name.startswith(peer)]
        run = found.get(job, {}).get(build)
        if run and peers:
            ratio = run[key] / min(peers)
            print(f"  {job:16} {build:34} {key} {ratio:6.3f} × {peer} (at most {most:.3f}): {'held' if ratio <= most else 'MISSED'}")


def serve(file):
    """A range server over the raster's folder, for peers that read over HTTP; its process and the raster's URL."""
    code = f"import {{ startRangeServer }} from {json.dumps((ROOT / 'tests/server/range-server.mjs').as_uri())};"
    code += f"console.log((await startRangeServer({{ folder: {json.dumps(str(Path(file).parent))} }})).url)"
    server = subprocess.Popen([NODE, "--input-type=module", "-e", code], stdout=subprocess.PIPE, text=True)
    return server, f"{server.stdout.readline().strip()}/{Path(file).name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--file", default=str(ROOT / "build" / "samples" / "large.tif"))
    parser.add_argument("--only", nargs="*", default=[], help="builds and peers whose names begin so")
    parser.add_argument("job", nargs="*", help="jobs, or `scaling`; default: all")
    options = parser.parse_args()
    polygons.write(SHAPES)
    found = {}
    server, url = serve(options.file)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for job, peers in jobs(options.file, f"{folder}/out.tif", url).items():
                if options.job and job not in options.job:
                    continue
                print(f"\n{job}")
                found[job] = {}
                for peer, (command, env) in peers.items():
                    if options.only and not peer.startswith(tuple(options.only)):
                        continue
                    run = median(command, env, options.runs) if is_there(command) else None
                    if run is None:
                        print(f"  {peer:34} not there")
                        continue
                    found[job][peer] = run
                    tell(peer, run, next(iter(found[job].values()))["cpu"])
    finally:
        server.terminate()
    tell_bars(found)
    if not options.job or "scaling" in options.job:
        print("\nscaling")
        for name, (command, env) in scaling(options.file):
            run = median(command, env, options.runs)
            print(f"  {name:40} not there" if run is None else f"  {name:40} CPU {run['cpu'] * 1000:8.1f} ms  peak {run['peak']:5.0f} MB  {run['text']}", flush=True)


if __name__ == "__main__":
    main()
