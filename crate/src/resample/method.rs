//! What is computed for a cell.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Code, Error, Result};

/// A rule that makes one number of the pixels at or under a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// The pixel at the cell's centre.
    Nearest,
    /// 2 × 2 pixels around the centre.
    Bilinear,
    /// Catmull-Rom on 4 × 4 pixels.
    Cubic,
    /// B-spline on 4 × 4 pixels.
    CubicSpline,
    /// Lanczos of radius 3 on 6 × 6 pixels.
    Lanczos,
    /// Mean of the covered pixels.
    Average,
    /// Covered pixels, fractions added.
    Count,
    Sum,
    Min,
    Max,
    /// Population variance.
    Variance,
    /// Population standard deviation.
    Stdev,
    /// Root of the mean square.
    Rms,
    /// The value that covers most.
    Mode,
    /// The value that covers least.
    Minority,
    /// Number of different values.
    Variety,
    /// The weighted quantile of ½.
    Median,
    Quantile(Probability),
}

/// A number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Probability(u64);

impl Probability {
    /// `None` outside 0–1.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        // The sum makes −0 a plain 0, so that equal numbers have equal bits.
        (0.0..=1.0).contains(&value).then(|| Self((value + 0.0).to_bits()))
    }

    #[must_use]
    pub const fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl Method {
    /// Every method but the quantiles, in the order in which messages list them.
    pub const ALL: &'static [Self] = &[
        Self::Nearest,
        Self::Bilinear,
        Self::Cubic,
        Self::CubicSpline,
        Self::Lanczos,
        Self::Average,
        Self::Count,
        Self::Sum,
        Self::Min,
        Self::Max,
        Self::Variance,
        Self::Stdev,
        Self::Rms,
        Self::Mode,
        Self::Minority,
        Self::Variety,
        Self::Median,
    ];

    /// The method called `name` (`mean` is `average`, `majority` is `mode`); `usage.method` lists the names.
    pub fn parse(name: &str) -> Result<Self> {
        let wanted = name.trim().to_ascii_lowercase();
        match wanted.as_str() {
            "mean" => return Ok(Self::Average),
            "majority" => return Ok(Self::Mode),
            _ => {}
        }
        if let Some(&method) = Self::ALL.iter().find(|method| method.name() == wanted) {
            return Ok(method);
        }
        let inner = wanted.strip_prefix("quantile").map(|rest| rest.trim()).and_then(|rest| {
            let number = rest.strip_prefix('(')?.strip_suffix(')')?.trim();
            // exactextract's spelling is quantile(q=0.25).
            Some(number.strip_prefix('q').and_then(|rest| rest.trim_start().strip_prefix('=')).unwrap_or(number).trim())
        });
        if let Some(q) = inner.and_then(|number| number.parse().ok()).and_then(Probability::new) {
            return Ok(Self::Quantile(q));
        }
        let message = if wanted.starts_with("quantile") {
            format!("expected a quantile from 0 to 1 such as quantile(0.25), got \"{name}\"")
        } else {
            format!("expected a method, got \"{name}\"")
        };
        let names: Vec<_> = Self::ALL.iter().map(|method| method.name()).collect();
        Err(Error::new(Code::UsageMethod, message).with_hint(format!("use one of {}, quantile(q)", names.join(", "))))
    }

    /// The name in requests, columns and files.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Cubic => "cubic",
            Self::CubicSpline => "cubicspline",
            Self::Lanczos => "lanczos",
            Self::Average => "average",
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Variance => "variance",
            Self::Stdev => "stdev",
            Self::Rms => "rms",
            Self::Mode => "mode",
            Self::Minority => "minority",
            Self::Variety => "variety",
            Self::Median => "median",
            Self::Quantile(q) => return Cow::Owned(format!("quantile({})", q.get())),
        })
    }

    /// Whether it takes the value at the cell's centre; else it is a statistic over the covered pixels.
    #[must_use]
    pub const fn is_point(self) -> bool {
        matches!(self, Self::Nearest | Self::Bilinear | Self::Cubic | Self::CubicSpline | Self::Lanczos)
    }

    /// Whether it needs more of the covered pixels than their number and sum.
    #[must_use]
    pub(crate) const fn needs_moments(self) -> bool {
        matches!(self, Self::Min | Self::Max | Self::Variance | Self::Stdev | Self::Rms)
    }

    /// Whether it needs every value among the covered pixels and how much of it there is.
    #[must_use]
    pub(crate) const fn needs_frequencies(self) -> bool {
        matches!(self, Self::Mode | Self::Minority | Self::Variety | Self::Median | Self::Quantile(_))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[path = "method_tests.rs"]
mod tests;
