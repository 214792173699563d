//! Pixel position to CRS position.

use serde::{Deserialize, Serialize};

use super::Bounds;

/// Six numbers in GDAL's order: origin x, pixel width, row rotation, origin y, column rotation, pixel height
/// (negative where rows go south).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GeoTransform(pub [f64; 6]);

impl GeoTransform {
    /// North-up, without rotation: the outer corner of the first pixel and the pixel's size.
    #[must_use]
    pub const fn north_up(origin_x: f64, origin_y: f64, pixel_width: f64, pixel_height: f64) -> Self {
        Self([origin_x, pixel_width, 0.0, origin_y, 0.0, -pixel_height])
    }

    /// CRS position `(x, y)` of the pixel position `(u, v)`; `(0, 0)` is the outer corner of the first pixel and
    /// `(0.5, 0.5)` its centre.
    #[must_use]
    pub fn apply(&self, u: f64, v: f64) -> (f64, f64) {
        let [x0, xu, xv, y0, yu, yv] = self.0;
        (x0 + u * xu + v * xv, y0 + u * yu + v * yv)
    }

    /// The way back, CRS position to pixel position; `None` where the six numbers flatten the plane or are not finite.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        let [x0, xu, xv, y0, yu, yv] = self.0;
        if !self.is_finite() {
            return None;
        }
        if xv == 0.0 && yu == 0.0 {
            // Divided one by one: a determinant of tiny degrees would lose digits that a north-up raster keeps.
            let inverse = Self([-x0 / xu, 1.0 / xu, 0.0, -y0 / yv, 0.0, 1.0 / yv]);
            return inverse.is_finite().then_some(inverse);
        }
        let determinant = xu * yv - xv * yu;
        let largest = xu.abs().max(xv.abs()).max(yu.abs()).max(yv.abs());
        if determinant.abs() <= 1e-10 * largest * largest {
            return None;
        }
        let inverse = Self([
            (xv * y0 - x0 * yv) / determinant,
            yv / determinant,
            -xv / determinant,
            (x0 * yu - xu * y0) / determinant,
            -yu / determinant,
            xu / determinant,
        ]);
        inverse.is_finite().then_some(inverse)
    }

    /// Whether rows and columns run along the CRS's axes.
    #[must_use]
    pub fn is_axis_aligned(&self) -> bool {
        self.0[2] == 0.0 && self.0[4] == 0.0
    }

    /// Length of a pixel's sides along the row and along the column, in CRS units.
    #[must_use]
    pub fn pixel_size(&self) -> (f64, f64) {
        let [_, xu, xv, _, yu, yv] = self.0;
        (xu.hypot(yu), xv.hypot(yv))
    }

    /// The same place seen with pixels `factor_u` times as wide and `factor_v` times as high: an overview's
    /// geotransform from its full-resolution one. The outer corner stays.
    #[must_use]
    pub fn scaled(&self, factor_u: f64, factor_v: f64) -> Self {
        let [x0, xu, xv, y0, yu, yv] = self.0;
        Self([x0, xu * factor_u, xv * factor_v, y0, yu * factor_u, yv * factor_v])
    }

    /// The box around a raster of `width_px` × `height_px`, in the CRS; around all four corners where it is rotated.
    #[must_use]
    pub fn bounds(&self, width_px: f64, height_px: f64) -> Bounds {
        let corners = [(0.0, 0.0), (width_px, 0.0), (width_px, height_px), (0.0, height_px)];
        Bounds::around(corners.map(|(u, v)| self.apply(u, v)))
    }

    fn is_finite(&self) -> bool {
        self.0.iter().all(|number| number.is_finite())
    }
}

#[cfg(test)]
#[path = "geotransform_tests.rs"]
mod tests;
