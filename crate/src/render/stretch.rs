//! Which value gets which colour.

use crate::error::{Code, Error, Result};

/// A linear stretch: `min` gets the first colour, `max` the last, what lies beyond the nearer of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    min: f64,
    max: f64,
}

impl Stretch {
    /// `usage.option` unless both are numbers and `min` is not above `max`.
    pub fn new(min: f64, max: f64) -> Result<Self> {
        if min.is_finite() && max.is_finite() && min <= max {
            return Ok(Self { min, max });
        }
        Err(Error::new(Code::UsageOption, format!("expected numbers min ≤ max, got {min} and {max}")))
    }

    #[must_use]
    pub fn min(&self) -> f64 {
        self.min
    }

    #[must_use]
    pub fn max(&self) -> f64 {
        self.max
    }

    /// Where a value lies, 0 to 1; `None` for NaN. A raster of one value lies in the middle.
    #[must_use]
    pub fn position(&self, value: f64) -> Option<f64> {
        if value.is_nan() {
            return None;
        }
        let width = self.max - self.min;
        Some(if width > 0.0 { ((value - self.min) / width).clamp(0.0, 1.0) } else { 0.5 })
    }
}
