//! A grid as users write it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};
use crate::geo::Bounds;

/// The JSON of a grid: `{"type":"square","crs":"EPSG:6933","cellSize":5000,"bounds":[…],"boundsCrs":"EPSG:4326"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", try_from = "Value")]
pub enum GridDefinition {
    Square(SquareDefinition),
    Hexagon(HexagonDefinition),
    H3(H3Definition),
    Zones(ZonesDefinition),
}

/// Squares of a lattice that is aligned to the CRS's origin or a given one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SquareDefinition {
    /// CRS of the lattice, as [`crate::geo::Crs::parse`] takes it.
    pub crs: String,
    /// Side of a cell, in CRS units.
    pub cell_size: f64,
    /// All cells that touch these bounds are in the grid.
    pub bounds: Bounds,
    /// CRS of the bounds; the grid's where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds_crs: Option<String>,
    /// Where the cell `0:0` has its lower left corner; the CRS's origin where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<[f64; 2]>,
}

/// Regular hexagons, aligned to the CRS's origin or a given one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HexagonDefinition {
    /// CRS of the lattice, as [`crate::geo::Crs::parse`] takes it.
    pub crs: String,
    /// Distance between opposite edges, in CRS units.
    pub cell_size: f64,
    /// All cells that touch these bounds are in the grid.
    pub bounds: Bounds,
    /// CRS of the bounds; the grid's where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds_crs: Option<String>,
    /// Where the cell `0:0` has its centre; the CRS's origin where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<[f64; 2]>,
    pub orientation: Orientation,
}

/// H3 cells of one resolution.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct H3Definition {
    /// 0 (cells of 4 million km²) to 15 (of 1 m²).
    pub resolution: u8,
    /// All cells whose centre lies in here are in the grid. Bounds or a polygon are given, or both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// CRS of the bounds; longitude and latitude where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds_crs: Option<String>,
    /// GeoJSON polygons in longitude and latitude, as [`ZonesDefinition::features`]: cells whose centre lies in any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polygon: Option<Value>,
}

/// Polygons of the user's.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ZonesDefinition {
    /// A GeoJSON FeatureCollection of polygons and multipolygons, a Feature, or a geometry.
    pub features: Value,
    /// CRS of the polygons; that of the collection's `crs` member, else longitude and latitude, where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// The property that is the id of a feature that has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_field: Option<String>,
    /// Whether polygons that are none are mended; an error names them else.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repair: bool,
}

/// Which way a hexagon's corners point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Orientation {
    /// A corner to the north: rows of constant `r` run west to east.
    #[default]
    Pointy,
    /// An edge to the north: columns of constant `q` run south to north.
    Flat,
}

impl GridDefinition {
    /// Reads a grid's JSON text; `usage.grid` where it is not JSON or a field is wrong, `usage.grid_type` where the
    /// type is not one of those that exist.
    pub fn from_json(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).map_err(|cause| {
            Error::new(Code::UsageGrid, format!("expected a grid as JSON, got text that is none: {cause}"))
                .with_hint(EXAMPLE)
        })?;
        Self::from_value(&value)
    }

    /// Reads a grid's JSON value; errors as for [`GridDefinition::from_json`].
    pub fn from_value(value: &Value) -> Result<Self> {
        let Value::Object(fields) = value else {
            return Err(Error::new(Code::UsageGrid, "expected a grid as a JSON object").with_hint(EXAMPLE));
        };
        let fields = Fields(fields);
        match fields.text("type")? {
            Some("square") => Ok(Self::Square(SquareDefinition {
                crs: fields.crs()?,
                cell_size: fields.cell_size()?,
                bounds: fields.bounds()?,
                bounds_crs: fields.text("boundsCrs")?.map(str::to_owned),
                origin: fields.numbers("origin")?,
            }))
            .and_then(|definition| fields.known(&SQUARE_FIELDS).map(|()| definition)),
            Some("hexagon") => Ok(Self::Hexagon(HexagonDefinition {
                crs: fields.crs()?,
                cell_size: fields.cell_size()?,
                bounds: fields.bounds()?,
                bounds_crs: fields.text("boundsCrs")?.map(str::to_owned),
                origin: fields.numbers("origin")?,
                orientation: fields.orientation()?,
            }))
            .and_then(|definition| fields.known(&HEXAGON_FIELDS).map(|()| definition)),
            Some("h3") => Ok(Self::H3(H3Definition {
                resolution: fields.resolution()?,
                bounds: fields.numbers::<4>("bounds")?.map(Bounds::from),
                bounds_crs: fields.text("boundsCrs")?.map(str::to_owned),
                polygon: fields.present("polygon").cloned(),
            }))
            .and_then(|definition| fields.known(&H3_FIELDS).map(|()| definition)),
            Some("zones") => Ok(Self::Zones(ZonesDefinition {
                features: fields.present("features").cloned().ok_or_else(|| absent("features", "GeoJSON polygons"))?,
                crs: fields.text("crs")?.map(str::to_owned),
                id_field: fields.text("idField")?.map(str::to_owned),
                repair: fields.flag("repair")?,
            }))
            .and_then(|definition| fields.known(&ZONES_FIELDS).map(|()| definition)),
            Some(other) => Err(unknown_type(&format!("\"{other}\""))),
            None => Err(unknown_type("no \"type\"")),
        }
    }

    /// The same as a JSON value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        // A struct of texts and numbers always has a JSON form; a number that is not finite becomes null.
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

impl TryFrom<Value> for GridDefinition {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        Self::from_value(&value)
    }
}

/// The fields of a grid's JSON, read with errors that name the field.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn present(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<&'a str>> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, "a text", other)),
        }
    }

    fn crs(&self) -> Result<String> {
        self.text("crs")?.map(str::to_owned).ok_or_else(|| absent("crs", "a CRS such as \"EPSG:6933\""))
    }

    fn cell_size(&self) -> Result<f64> {
        let value = self.present("cellSize").ok_or_else(|| absent("cellSize", "a number of CRS units"))?;
        value.as_f64().ok_or_else(|| wrong("cellSize", "a number of CRS units", value))
    }

    fn bounds(&self) -> Result<Bounds> {
        self.numbers::<4>("bounds")?.map(Bounds::from).ok_or_else(|| absent("bounds", "[minX, minY, maxX, maxY]"))
    }

    fn numbers<const N: usize>(&self, name: &str) -> Result<Option<[f64; N]>> {
        let Some(value) = self.present(name) else { return Ok(None) };
        let numbers: Option<Vec<f64>> = value.as_array().and_then(|list| list.iter().map(Value::as_f64).collect());
        let numbers = numbers.and_then(|list| <[f64; N]>::try_from(list).ok());
        numbers.map(Some).ok_or_else(|| wrong(name, &format!("a list of {N} numbers"), value))
    }

    fn orientation(&self) -> Result<Orientation> {
        match self.text("orientation")? {
            None | Some("pointy") => Ok(Orientation::Pointy),
            Some("flat") => Ok(Orientation::Flat),
            Some(other) => Err(wrong("orientation", "\"pointy\" or \"flat\"", &Value::from(other))),
        }
    }

    fn resolution(&self) -> Result<u8> {
        let value = self.present("resolution").ok_or_else(|| absent("resolution", RESOLUTIONS))?;
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=15.0).contains(number));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 0 to 15")]
        number.map(|number| number as u8).ok_or_else(|| wrong("resolution", RESOLUTIONS, value))
    }

    fn flag(&self, name: &str) -> Result<bool> {
        match self.present(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(wrong(name, "true or false", other)),
        }
    }

    /// `usage.grid` where a field is not one of these: a misspelt option would else be dropped in silence.
    fn known(&self, names: &[&str]) -> Result<()> {
        match self.0.keys().find(|key| !names.contains(&key.as_str()) && !LABEL_FIELDS.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let message = format!("grid has no field \"{key}\"; it has {}", names.join(", "));
                Err(Error::new(Code::UsageGrid, message).with_hint("remove the field or mend its spelling"))
            }
        }
    }
}

fn unknown_type(got: &str) -> Error {
    Error::new(Code::UsageGridType, format!("expected grid type square, hexagon, h3 or zones, got {got}"))
        .with_hint(EXAMPLE)
}

fn absent(name: &str, expected: &str) -> Error {
    Error::new(Code::UsageGrid, format!("expected \"{name}\" to be {expected}, got none")).with_hint(EXAMPLE)
}

fn wrong(name: &str, expected: &str, got: &Value) -> Error {
    let got: String = got.to_string().chars().take(80).collect();
    Error::new(Code::UsageGrid, format!("expected \"{name}\" to be {expected}, got {got}")).with_hint(EXAMPLE)
}

const SQUARE_FIELDS: [&str; 6] = ["type", "crs", "cellSize", "bounds", "boundsCrs", "origin"];
const HEXAGON_FIELDS: [&str; 7] = ["type", "crs", "cellSize", "bounds", "boundsCrs", "origin", "orientation"];
const H3_FIELDS: [&str; 5] = ["type", "resolution", "bounds", "boundsCrs", "polygon"];
const ZONES_FIELDS: [&str; 5] = ["type", "features", "crs", "idField", "repair"];
const RESOLUTIONS: &str = "a whole number from 0 to 15";
/// What a stored grid may carry besides its rule.
const LABEL_FIELDS: [&str; 3] = ["id", "name", "description"];
const EXAMPLE: &str = "for example {\"type\":\"square\",\"crs\":\"EPSG:6933\",\"cellSize\":5000,\
    \"bounds\":[-10,35,30,60],\"boundsCrs\":\"EPSG:4326\"}";

#[cfg(test)]
#[path = "definition_tests.rs"]
mod tests;
