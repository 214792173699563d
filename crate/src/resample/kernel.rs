//! Weights of the point methods along one axis. Kernels are separable: a pixel's weight is the product of its two.

use std::f64::consts::PI;

/// The weight function of a point method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// One pixel, weight 1.
    Box,
    /// Bilinear, radius 1.
    Triangle,
    /// Catmull-Rom (a = −0.5), radius 2.
    CatmullRom,
    /// Cubic B-spline, radius 2.
    Spline,
    /// Lanczos, radius 3.
    Lanczos,
}

/// Pixels along one axis that a kernel reaches from a position, and their weights.
#[derive(Debug, Clone, Copy)]
pub struct Taps<'a> {
    /// Index of the first pixel; may lie outside the raster.
    pub first: i64,
    pub weights: &'a [f64],
}

impl Kernel {
    /// Greatest distance from the centre that has weight, in pixels, of the kernel as it is.
    #[must_use]
    pub const fn radius(self) -> u32 {
        match self {
            Self::Box => 0,
            Self::Triangle => 1,
            Self::CatmullRom | Self::Spline => 2,
            Self::Lanczos => 3,
        }
    }

    /// The factors by which a kernel widens along columns and rows for `scale` pixels per cell. GDAL 3.13's rule: as it
    /// is while both scales are at most 2, else widened by the scale along each axis that has one above 1.
    #[must_use]
    pub fn stretch(self, scale: (f64, f64)) -> (f64, f64) {
        // Nearest takes one pixel whatever the scale.
        if scale.0.max(scale.1) > 2.0 && self != Self::Box { (scale.0.max(1.0), scale.1.max(1.0)) } else { (1.0, 1.0) }
    }

    /// Pixels that [`Kernel::weights`] gives for `stretch`.
    #[must_use]
    pub fn tap_count(self, stretch: f64) -> usize {
        match self {
            Self::Box => 1,
            _ => 2 * (f64::from(self.radius()) * stretch).ceil() as usize,
        }
    }

    /// Index of the first pixel that the kernel reaches from `position`.
    #[must_use]
    pub fn first_tap(self, position: f64, stretch: f64) -> i64 {
        match self {
            // A centre that rounding put a hair before its pixel belongs to it, as in GDAL.
            Self::Box => (position + CENTRE_ROUNDING).floor() as i64,
            _ => (position - 0.5).floor() as i64 + 1 - (self.tap_count(stretch) / 2) as i64,
        }
    }

    /// Puts the weights of [`Kernel::tap_count`] pixels, from [`Kernel::first_tap`] on, at the end of `weights`.
    pub fn weights(self, position: f64, stretch: f64, weights: &mut Vec<f64>) {
        if self == Self::Box {
            weights.push(1.0);
            return;
        }
        // The distance is taken within the pixel: far from the raster's corner `position - tap` would lose digits.
        let centre = position - 0.5;
        let fraction = centre - centre.floor();
        let before = (self.tap_count(stretch) / 2) as f64 - 1.0;
        let distances = (0..self.tap_count(stretch)).map(|tap| (tap as f64 - before - fraction) / stretch);
        weights.extend(distances.map(|distance| self.weight(distance)));
    }

    /// The weight at `distance` from the centre.
    #[must_use]
    pub fn weight(self, distance: f64) -> f64 {
        let x = distance.abs();
        match self {
            Self::Box => f64::from(u8::from(x <= 0.5)),
            Self::Triangle => (1.0 - x).max(0.0),
            Self::CatmullRom if x <= 1.0 => x * x * (1.5 * x - 2.5) + 1.0,
            Self::CatmullRom if x <= 2.0 => x * (x * (2.5 - 0.5 * x) - 4.0) + 2.0,
            Self::Spline if x <= 1.0 => (x * x * (3.0 * x - 6.0) + 4.0) / 6.0,
            Self::Spline if x <= 2.0 => {
                let y = 2.0 - x;
                y * y * y / 6.0
            }
            Self::Lanczos if x == 0.0 => 1.0,
            Self::Lanczos if x < 3.0 => 3.0 * (PI * x).sin() * (PI * x / 3.0).sin() / (PI * PI * x * x),
            Self::CatmullRom | Self::Spline | Self::Lanczos => 0.0,
        }
    }
}

/// GDAL's tolerance of nearest, in pixels.
const CENTRE_ROUNDING: f64 = 1e-10;

#[cfg(test)]
#[path = "kernel_tests.rs"]
mod tests;
