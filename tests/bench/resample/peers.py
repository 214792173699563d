#!/usr/bin/env python3
"""One job of a Python peer, in a process of its own:  peers.py PEER RASTER POLYGONS|BOUNDS.

Prints one JSON line: `startup` and `startup_wall`, the seconds before the job began (imports, reading the polygons), and
`text`, what came out."""
import json
import math
import sys
import time

STARTED = time.perf_counter()


def main():
    peer, raster, argument = sys.argv[1:4]
    name, _, option = peer.partition(" ")
    work = {"exactextract": exactextract, "rasterstats": rasterstats, "h3ronpy": h3ronpy}[name](raster, argument, option)
    startup, startup_wall = time.process_time(), time.perf_counter() - STARTED
    means = work()
    valued = [m for m in means if m is not None and not math.isnan(m)]
    text = f"{len(means)} cells, {len(valued)} with a value, sums [{math.fsum(valued)!r}]"
    print(json.dumps({"startup": startup, "startup_wall": startup_wall, "text": text}))


def exactextract(raster, polygons, strategy):
    from exactextract import exact_extract

    features = json.load(open(polygons))["features"]
    return lambda: [f["properties"]["mean"] for f in exact_extract(raster, features, ["mean"], strategy=strategy)]


def rasterstats(raster, polygons, _option):
    from rasterstats import zonal_stats

    features = json.load(open(polygons))
    return lambda: [stats["mean"] for stats in zonal_stats(features, raster, stats=["mean"])]


def h3ronpy(raster, bounds, resolution):
    """Cells under pixel centres, then the mean of each cell's pixels: its quickest way, and not an exact one."""
    import numpy as np
    import rasterio
    from h3ronpy.vector import coordinates_to_cells
    from rasterio.windows import from_bounds

    def work():
        with rasterio.open(raster) as file:
            window = from_bounds(*json.loads(bounds), transform=file.transform).round()
            values, transform, nodata = file.read(1, window=window), file.window_transform(window), file.nodata
        rows, columns = np.nonzero(values != nodata)
        lon, lat = transform.c + (columns + 0.5) * transform.a, transform.f + (rows + 0.5) * transform.e
        cells = np.asarray(coordinates_to_cells(lat, lon, int(resolution)))
        # h3ronpy gives a cell per pixel; numpy groups them.
        _, which = np.unique(cells, return_inverse=True)
        return (np.bincount(which, values[rows, columns]) / np.bincount(which)).tolist()

    return work


if __name__ == "__main__":
    main()
