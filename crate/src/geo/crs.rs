//! A coordinate reference system that coordinates can be moved to and from.

use std::fmt;
use std::sync::Arc;

use proj4rs::Proj;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::crs_table;
use super::crs_text::{self, CrsText};
use crate::error::{Code, Error, Result};

/// A CRS, cheap to clone. Two are equal when they have the same code or, without codes, the same definition.
#[derive(Clone)]
pub struct Crs(Arc<Repr>);

struct Repr {
    name: String,
    definition: String,
    projection: Proj,
}

/// What a file's GeoKeys say about its CRS (GeoTIFF 1.1, requirement classes 7–8). Codes 0 (undefined) and
/// 32767 (user-defined) are `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GeoKeyCrs {
    /// `ProjectedCRSGeoKey` (3072).
    pub projected_code: Option<u32>,
    /// `GeodeticCRSGeoKey` (2048).
    pub geographic_code: Option<u32>,
    /// `PCSCitationGeoKey`, else `GTCitationGeoKey`, else `GeogCitationGeoKey`.
    pub citation: Option<String>,
    /// Whether the model is projected (`GTModelTypeGeoKey` = 1) although no code says which projection.
    pub is_projected: bool,
    /// Method and parameters of a user-defined projection.
    pub user_defined: Option<UserDefinedProjection>,
}

/// A projection given by parameters instead of a code.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserDefinedProjection {
    /// `ProjMethodGeoKey` (3075).
    pub method: u32,
    /// GeoKey numbers (3078 …) and their values, as in the file.
    pub parameters: Vec<(u16, f64)>,
}

impl Crs {
    /// The CRS of an EPSG code; `crs.unknown` where the table lacks it, `crs.unsupported` where its projection can't
    /// be computed.
    pub fn from_epsg(code: u32) -> Result<Self> {
        Self::from_code("EPSG", code)
    }

    /// The CRS that a text names: `EPSG:n`, `ESRI:n`, `OGC:CRS84`, a URN or URL of these, a PROJ string, or WKT
    /// (1 or 2): its code, or what it spells out. `crs.unknown` and `crs.unsupported` as for [`Crs::from_epsg`].
    pub fn parse(text: &str) -> Result<Self> {
        match crs_text::parse(text)? {
            CrsText::Code { authority, code } => Self::from_code(authority, code),
            CrsText::Proj(definition) => Self::from_definition(definition.clone(), definition),
        }
    }

    /// The CRS of a file's GeoKeys: the projected code, else the geographic code, else a code in the citation.
    /// `crs.missing` where the keys say nothing, `crs.unknown` naming what they say.
    pub fn from_geokeys(keys: &GeoKeyCrs) -> Result<Self> {
        let citation = keys.citation.as_deref().unwrap_or_default();
        if keys.projected_code.is_none()
            && (keys.is_projected || keys.geographic_code.is_none())
            && citation.contains('[')
        {
            return Self::parse(citation);
        }
        if let Some(code) = keys.projected_code {
            // ESRI's codes start at 37001; writers put those that fit the key's 16 bits straight in.
            return Self::from_epsg(code).or_else(|error| Self::from_code("ESRI", code).map_err(|_| error));
        }
        if keys.is_projected || keys.user_defined.is_some() {
            return crs_text::code_in_citation(citation).map_or_else(
                || Err(unknown_projection(keys, citation)),
                |(authority, code)| Self::from_code(authority, code),
            );
        }
        match (keys.geographic_code, crs_text::code_in_citation(citation)) {
            (Some(code), _) => Self::from_epsg(code),
            (None, Some((authority, code))) => Self::from_code(authority, code),
            (None, None) if citation.is_empty() => {
                Err(Error::new(Code::CrsMissing, "the file names no coordinate reference system")
                    .with_hint("write one into the file, for example with gdal_edit.py -a_srs EPSG:4326 FILE"))
            }
            (None, None) => Err(unknown_projection(keys, citation)),
        }
    }

    /// The same CRS with coordinates in a unit of `metres`, named by its definition.
    pub fn with_unit(&self, metres: f64) -> Result<Self> {
        let words = self.0.definition.split(' ');
        let kept: Vec<&str> =
            words.filter(|word| !word.starts_with("+units=") && !word.starts_with("+to_meter=")).collect();
        let definition = format!("{} +to_meter={metres}", kept.join(" "));
        Self::from_definition(definition.clone(), definition)
    }

    /// Datum, ellipsoid and meridian of an EPSG code's CRS as parts of a PROJ string; `None` for an unknown code.
    #[must_use]
    pub fn geodetic_of_epsg(code: u32) -> Option<String> {
        crs_table::geodetic(code)
    }

    /// `EPSG:n` or `ESRI:n`, else the PROJ string: a text that [`Crs::parse`] takes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The PROJ string that coordinates are computed with.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.0.definition
    }

    /// Whether coordinates are longitude and latitude in degrees.
    #[must_use]
    pub fn is_geographic(&self) -> bool {
        self.0.projection.is_latlong()
    }

    /// Metres in one unit of the CRS; `None` for a geographic one, whose unit is the degree.
    #[must_use]
    pub fn metres_per_unit(&self) -> Option<f64> {
        (!self.is_geographic()).then(|| self.0.projection.to_meter())
    }

    /// Semi-major and semi-minor axis of the ellipsoid, in metres.
    #[must_use]
    pub fn ellipsoid_m(&self) -> (f64, f64) {
        self.0.projection.ellipse_parameters()
    }

    pub(super) fn projection(&self) -> &Proj {
        &self.0.projection
    }

    fn from_code(authority: &'static str, code: u32) -> Result<Self> {
        let name = format!("{authority}:{code}");
        match crs_table::definition(authority, code) {
            Some(definition) => Self::from_definition(name, definition.into_owned()),
            None => {
                Err(Error::new(Code::CrsUnknown, format!("{name} is not in the table of coordinate reference systems"))
                    .with_hint("check the code, or give the CRS as a PROJ string (+proj=…)"))
            }
        }
    }

    fn from_definition(name: String, definition: String) -> Result<Self> {
        // The library cuts angles in the middle of other characters, and panics.
        if !definition.is_ascii() {
            return Err(Error::new(Code::CrsUnsupported, format!("{name} can't be computed: it is not all ASCII"))
                .with_hint("write angles as decimal degrees, without degree signs"));
        }
        let projection = Proj::from_proj_string(&definition).map_err(|cause| {
            let named = if name == definition { name.clone() } else { format!("{name} ({definition})") };
            Error::new(Code::CrsUnsupported, format!("{named} can't be computed: {cause}"))
                .with_hint("transform the data to another CRS first, for example with gdalwarp -t_srs EPSG:4326")
        })?;
        if projection.is_geocent() {
            return Err(Error::new(Code::CrsUnsupported, format!("{name} is geocentric: it has no map coordinates"))
                .with_hint("choose a geographic or projected CRS"));
        }
        Ok(Self(Arc::new(Repr { name, definition, projection })))
    }
}

impl PartialEq for Crs {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name || self.0.definition == other.0.definition
    }
}

impl Eq for Crs {}

impl fmt::Debug for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Crs").field(&self.0.name).finish()
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name)
    }
}

impl Serialize for Crs {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.name)
    }
}

impl<'de> Deserialize<'de> for Crs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn unknown_projection(keys: &GeoKeyCrs, citation: &str) -> Error {
    let found = match (&keys.user_defined, citation) {
        (Some(projection), "") => format!("a user-defined projection (method {})", projection.method),
        (Some(projection), _) => format!("a user-defined projection (method {}, \"{citation}\")", projection.method),
        (None, "") => "a projected CRS without a code".to_owned(),
        (None, _) => format!("\"{citation}\" without a code"),
    };
    Error::new(Code::CrsUnknown, format!("expected an EPSG or ESRI code in the GeoKeys, got {found}"))
        .with_hint("write the code into the file, for example with gdal_edit.py -a_srs EPSG:n FILE")
}

#[cfg(test)]
#[path = "crs_tests.rs"]
mod tests;
