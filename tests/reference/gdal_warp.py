"""The warp that the gdalwarp command does, by the GDAL that came with rasterio: newer than those that most systems have.
rasterio's own reproject() approximates transformations by up to an eighth of a pixel whatever its tolerance."""
import ctypes
from pathlib import Path

import rasterio

[LIBRARY] = Path(rasterio.__file__).parent.with_name("rasterio.libs").glob("libgdal-*")
gdal = ctypes.CDLL(str(LIBRARY))
for name in ("GDALOpenEx", "GDALWarpAppOptionsNew", "GDALWarp"):
    getattr(gdal, name).restype = ctypes.c_void_p
gdal.CPLGetLastErrorMsg.restype = ctypes.c_char_p
VERSION = rasterio.__gdal_version__


def warp(source, target, arguments):
    """`gdalwarp ARGUMENTS SOURCE TARGET`."""
    gdal.GDALAllRegister()
    gdal.OSRSetPROJSearchPaths(strings([Path(rasterio.__file__).parent / "proj_data"]))
    # Not the CRS that EPSG has in a deprecated one's place: for 3412 that is 3976, on another ellipsoid, 46 m away.
    gdal.CPLSetConfigOption(b"OSR_USE_NON_DEPRECATED", b"NO")
    opened = ctypes.c_void_p(gdal.GDALOpenEx(str(source).encode(), 0, None, None, None))
    options = ctypes.c_void_p(gdal.GDALWarpAppOptionsNew(strings(arguments), None))
    warped = ctypes.c_void_p(gdal.GDALWarp(str(target).encode(), None, 1, (ctypes.c_void_p * 1)(opened), options, None))
    if not warped:
        raise RuntimeError(gdal.CPLGetLastErrorMsg().decode())
    gdal.GDALWarpAppOptionsFree(options)
    gdal.GDALClose(warped)
    gdal.GDALClose(opened)


def strings(values):
    """A list of C's strings."""
    return (ctypes.c_char_p * (len(values) + 1))(*(str(value).encode() for value in values), None)
