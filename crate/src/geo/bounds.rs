//! A box in a CRS.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};

/// Lower left and upper right corner, in a CRS that is named next to it. In a geographic CRS `min_x > max_x` means
/// that the box crosses the antimeridian. In JSON `[minX, minY, maxX, maxY]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
pub struct Bounds {
    pub min_x: f64,
    pub min_y: f64,
    pub max_x: f64,
    pub max_y: f64,
}

impl Bounds {
    #[must_use]
    pub const fn new(min_x: f64, min_y: f64, max_x: f64, max_y: f64) -> Self {
        Self { min_x, min_y, max_x, max_y }
    }

    /// The smallest box around the points; not finite where there is none.
    #[must_use]
    pub fn around(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let empty = Self::new(f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
        points.into_iter().fold(empty, |mut bounds, (x, y)| {
            bounds.min_x = bounds.min_x.min(x);
            bounds.min_y = bounds.min_y.min(y);
            bounds.max_x = bounds.max_x.max(x);
            bounds.max_y = bounds.max_y.max(y);
            bounds
        })
    }

    /// These bounds, when they are a box; else `usage.bounds`. `is_geographic` allows `min_x > max_x`.
    pub fn checked(self, is_geographic: bool) -> Result<Self> {
        let numbers = [self.min_x, self.min_y, self.max_x, self.max_y];
        let refuse = |why: &str| {
            Err(Error::new(
                Code::UsageBounds,
                format!("expected bounds [minX, minY, maxX, maxY], got {numbers:?}: {why}"),
            )
            .with_hint("give the lower left corner, then the upper right one; longitude before latitude"))
        };
        if numbers.iter().any(|number| !number.is_finite()) {
            return refuse("every number must be finite");
        }
        if self.min_y > self.max_y {
            return refuse("minY is greater than maxY");
        }
        if self.min_x > self.max_x && !is_geographic {
            return refuse("minX is greater than maxX, which only a geographic CRS allows");
        }
        Ok(self)
    }

    /// Whether the box crosses the antimeridian, read as bounds in a geographic CRS.
    #[must_use]
    pub fn crosses_antimeridian(&self) -> bool {
        self.min_x > self.max_x
    }

    /// One box, or the two on either side of the antimeridian; west-to-east along the box.
    #[must_use]
    pub fn split_at_antimeridian(self) -> Vec<Self> {
        if !self.crosses_antimeridian() {
            return vec![self];
        }
        vec![Self { max_x: 180.0, ..self }, Self { min_x: -180.0, ..self }]
    }

    /// Extent along x, in CRS units; across the antimeridian where the box crosses it.
    #[must_use]
    pub fn width(&self) -> f64 {
        if self.crosses_antimeridian() { self.max_x - self.min_x + 360.0 } else { self.max_x - self.min_x }
    }

    /// Extent along y, in CRS units.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.max_y - self.min_y
    }

    /// The smallest box around both; neither crosses the antimeridian.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self::around([
            (self.min_x, self.min_y),
            (self.max_x, self.max_y),
            (other.min_x, other.min_y),
            (other.max_x, other.max_y),
        ])
    }

    /// Whether the point lies in the box, edges included; neither side crosses the antimeridian.
    #[must_use]
    pub fn contains(&self, x: f64, y: f64) -> bool {
        x >= self.min_x && x <= self.max_x && y >= self.min_y && y <= self.max_y
    }
}

impl From<[f64; 4]> for Bounds {
    fn from([min_x, min_y, max_x, max_y]: [f64; 4]) -> Self {
        Self::new(min_x, min_y, max_x, max_y)
    }
}

impl From<Bounds> for [f64; 4] {
    fn from(bounds: Bounds) -> Self {
        [bounds.min_x, bounds.min_y, bounds.max_x, bounds.max_y]
    }
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod tests;
