//! A request for numbers, in the words of the interface, and what its stored answer is found by.

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::error::{Code, Error, Result};
use crate::grid::Grid;
use crate::num;
use crate::resample::{LevelChoice, Method, Request, Weights};
use crate::store::cache;

/// Options of `resample` and `explain`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResampleOptions {
    /// Names of methods; the source's default where there is none.
    #[serde(deserialize_with = "one_or_many")]
    pub method: Vec<String>,
    pub band: Bands,
    pub overview: Overview,
    pub unscale: bool,
    pub weights: Weights,
    /// Neither looks into the stored results nor adds to them.
    pub no_cache: bool,
    /// Gives the outlines of the cells; where it is absent, of grids that are not large.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlines: Option<bool>,
    /// First of the grid's chunks that are wanted, and one past the last; all where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunks: Option<(u64, u64)>,
    /// Windows of the full resolution where no band that is asked for has a value: what an engine that has the tile index
    /// tells its helpers. Not heard where results are stored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub empty: Vec<[u32; 4]>,
}

/// Bands, 1-based: one, or several that are answered in one pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bands(pub Vec<u32>);

/// Which resolution is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overview {
    /// Full resolution.
    #[default]
    None,
    /// The one that fits the cells.
    Auto,
    /// This level; 0 is full resolution.
    Level(u32),
}

impl Default for ResampleOptions {
    fn default() -> Self {
        Self {
            method: Vec::new(),
            band: Bands::default(),
            overview: Overview::None,
            unscale: false,
            weights: Weights::None,
            no_cache: false,
            outlines: None,
            chunks: None,
            empty: Vec::new(),
        }
    }
}

impl ResampleOptions {
    /// The request in the terms of `resample`. `usage.method`, `usage.band`, `usage.option` where it makes no sense.
    pub(super) fn request(&self, default_method: &str) -> Result<Request> {
        let mut methods = Vec::new();
        let names = if self.method.is_empty() { vec![default_method.to_owned()] } else { self.method.clone() };
        for name in &names {
            let method = Method::parse(name)?;
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        let level = match self.overview {
            Overview::None | Overview::Level(0) => LevelChoice::Full,
            Overview::Auto => LevelChoice::Auto,
            Overview::Level(level) => LevelChoice::Level(level as usize),
        };
        Ok(Request { methods, bands0: self.band.bands0()?, level, unscale: self.unscale, weights: self.weights })
    }

    /// The chunks that are wanted. `usage.option` where the grid has not got them.
    pub(super) fn wanted(&self, grid: &Grid) -> Result<Range<u64>> {
        let count = grid.chunk_count();
        match self.chunks {
            None => Ok(0..count),
            Some((start, end)) if start <= end && end <= count => Ok(start..end),
            Some((start, end)) => Err(Error::new(
                Code::UsageOption,
                format!("expected chunks [first, end] of the grid's {count}, got [{start}, {end}]"),
            )),
        }
    }

    /// What the numbers depend on besides source, band, grid and method.
    pub(super) fn key(&self, methods: &[Method]) -> Value {
        let level = match self.overview {
            Overview::None | Overview::Level(0) => json!("none"),
            // The choice by the cells' size is another for `nearest`, see `Plan`.
            Overview::Auto if methods.iter().all(|method| *method == Method::Nearest) => json!("auto-nearest"),
            Overview::Auto => json!("auto"),
            Overview::Level(level) => json!(level),
        };
        let mut key = json!({"overview": level, "unscale": self.unscale});
        if let (Weights::Area, Value::Object(key)) = (self.weights, &mut key) {
            key.insert("weights".to_owned(), json!(self.weights));
        }
        key
    }
}

impl Bands {
    /// Indices of the bands, each once; `usage.band` for 0, for what no file has, and where there is none.
    fn bands0(&self) -> Result<Vec<u16>> {
        let mut bands0 = Vec::with_capacity(self.0.len());
        for &band in &self.0 {
            let band0 = band0(band)?;
            if !bands0.contains(&band0) {
                bands0.push(band0);
            }
        }
        if bands0.is_empty() {
            return Err(Error::new(Code::UsageBand, "expected at least one band, got none"));
        }
        Ok(bands0)
    }
}

impl Default for Bands {
    fn default() -> Self {
        Self(vec![1])
    }
}

impl Serialize for Bands {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => only.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Bands {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            One(u32),
            Many(Vec<u32>),
        }
        Ok(match Raw::deserialize(deserializer)? {
            Raw::One(band) => Self(vec![band]),
            Raw::Many(bands) => Self(bands),
        })
    }
}

/// A request for the numbers of one version of a source on a grid.
pub(super) struct Question<'a> {
    /// What the stored answer of each band is found by.
    pub ids: Vec<String>,
    pub source_id: &'a str,
    pub fingerprint: String,
    pub grid: &'a Grid,
    pub options: &'a ResampleOptions,
    pub request: Request,
}

impl<'a> Question<'a> {
    pub fn new(
        source_id: &'a str,
        fingerprint: String,
        grid: &'a Grid,
        options: &'a ResampleOptions,
        request: Request,
    ) -> Self {
        let key = options.key(&request.methods);
        let id = |&band0: &u16| cache::request_id(&fingerprint, u32::from(band0) + 1, &grid.key(), &key);
        let ids = request.bands0.iter().map(id).collect();
        Self { ids, source_id, fingerprint, grid, options, request }
    }

    /// Number of cells in a range of the grid's chunks.
    pub fn cells_of(&self, chunks: &Range<u64>) -> u64 {
        if *chunks == (0..self.grid.chunk_count()) {
            return self.grid.cell_count();
        }
        chunks.clone().map(|index| num::to_u64(self.grid.chunk(index).cell_count())).fold(0, u64::saturating_add)
    }
}

/// Index of a 1-based band; `usage.band` for 0 and what no file has.
pub(super) fn band0(band: u32) -> Result<u16> {
    band.checked_sub(1)
        .and_then(|band| u16::try_from(band).ok())
        .ok_or_else(|| Error::new(Code::UsageBand, format!("expected a band from 1, got {band}")))
}

/// Whether one confidence belongs to both: every statistic of covered pixels has the same, a kernel has its own.
pub(super) fn shares_confidence(a: Method, b: Method) -> bool {
    a == b || (!a.is_point() && !b.is_point())
}

impl<'de> Deserialize<'de> for Overview {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Level(u32),
            Name(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Level(level) => Ok(Self::Level(level)),
            Raw::Name(name) if name == "none" => Ok(Self::None),
            Raw::Name(name) if name == "auto" => Ok(Self::Auto),
            Raw::Name(name) => {
                Err(serde::de::Error::custom(format!("expected overview \"none\", \"auto\" or a level, got {name:?}")))
            }
        }
    }
}

impl Serialize for Overview {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Auto => serializer.serialize_str("auto"),
            Self::Level(level) => serializer.serialize_u32(*level),
        }
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Raw {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Option::<Raw>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Raw::One(name)) => vec![name],
        Some(Raw::Many(names)) => names,
    })
}
