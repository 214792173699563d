//! What is computed for a cell.

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
}

impl Method {
    /// Every method, in the order in which messages list them.
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
    ];

    /// The method called `name` (`mean` is `average`); `usage.method` lists the names.
    pub fn parse(name: &str) -> Result<Self> {
        let wanted = name.trim().to_ascii_lowercase();
        if wanted == "mean" {
            return Ok(Self::Average);
        }
        if let Some(&method) = Self::ALL.iter().find(|method| method.as_str() == wanted) {
            return Ok(method);
        }
        let names: Vec<&str> = Self::ALL.iter().map(|method| method.as_str()).collect();
        let planned = wanted.split('(').next().is_some_and(|word| PLANNED.contains(&word.trim()));
        let message = if planned {
            format!("method \"{wanted}\" is not available in this version")
        } else {
            format!("expected a method, got \"{name}\"")
        };
        Err(Error::new(Code::UsageMethod, message).with_hint(format!("use one of {}", names.join(", "))))
    }

    /// The name in requests, columns and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
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
        }
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
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).map_err(serde::de::Error::custom)
    }
}

/// Names that the field knows and this version does not compute.
const PLANNED: &[&str] = &["mode", "majority", "minority", "variety", "median", "quantile"];

#[cfg(test)]
#[path = "method_tests.rs"]
mod tests;
