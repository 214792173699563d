"""Square metres of each pixel of a raster."""
import math

import numpy as np
from pyproj import CRS, Proj

WGS84_A_M, WGS84_E2 = 6378137.0, 0.0066943799901413165


def pixel_areas(raster):
    """In longitude and latitude and in Web Mercator, whose latitudes are those of WGS 84 too, the integral of the ellipsoid's
    surface element; elsewhere the surface element at the pixel's centre, by PROJ's inverse around it. Both on WGS 84's
    ellipsoid."""
    gt, code = raster.geotransform, CRS.from_user_input(raster.crs).to_epsg()
    if code in (4326, 3857):
        edges, width = gt[3] + np.arange(raster.height + 1) * gt[5], math.radians(gt[1])
        if code == 3857:
            edges, width = np.degrees(np.arctan(np.sinh(edges / WGS84_A_M))), gt[1] / WGS84_A_M
        nodes, weights = np.polynomial.legendre.leggauss(12)
        top, bottom = np.radians(edges[:-1, None]), np.radians(edges[1:, None])
        latitudes = (top + bottom) / 2 + (bottom - top) / 2 * nodes
        of_row = (element(latitudes) * weights).sum(axis=1) / 2 * np.abs(bottom - top)[:, 0] * width
        return np.repeat(of_row[:, None], raster.width, axis=1)
    row, column = np.mgrid[0 : raster.height, 0 : raster.width]
    projection = Proj(CRS.from_user_input(raster.crs))

    def place(du, dv):
        u, v = column + 0.5 + du, row + 0.5 + dv
        longitude, latitude = projection(gt[0] + u * gt[1] + v * gt[2], gt[3] + u * gt[4] + v * gt[5], inverse=True)
        return np.radians(longitude), np.radians(latitude)

    def derivatives(du, dv):
        """Of longitude and latitude along an axis, with an error of the fourth power of the step."""
        a, b, c, d = (place(du * step, dv * step) for step in (-1.0, -0.5, 0.5, 1.0))
        return [(8 * (c[k] - b[k]) - (d[k] - a[k])) / 6 for k in (0, 1)]

    (lon_u, lat_u), (lon_v, lat_v) = derivatives(1, 0), derivatives(0, 1)
    return element(place(0, 0)[1]) * np.abs(lon_u * lat_v - lon_v * lat_u)


def element(latitude):
    """Square metres of a square radian."""
    return WGS84_A_M**2 * (1 - WGS84_E2) * np.cos(latitude) / (1 - WGS84_E2 * np.sin(latitude) ** 2) ** 2
