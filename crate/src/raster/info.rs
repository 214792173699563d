//! What a file says of itself, as the contract's `info`.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::georeference::Gcp;
use super::nodata::Nodata;
use super::rpc::RpcValue;

/// The `info` of an open file; serializes to the contract's JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatasetInfo {
    pub width: u32,
    pub height: u32,
    pub bands: u16,
    /// NumPy's name of the type that samples are handed out in.
    pub dtype: &'static str,
    /// A number, `"nan"`, or null.
    #[serde(serialize_with = "serialize_nodata")]
    pub nodata: Nodata,
    /// `EPSG:n`, else WKT or a PROJ string, else null.
    pub crs: Option<String>,
    /// Six numbers in GDAL's order.
    pub geotransform: Option<[f64; 6]>,
    /// `[minX, minY, maxX, maxY]` in the file's CRS.
    pub bbox: Option<[f64; 4]>,
    pub tile_width: u32,
    pub tile_height: u32,
    /// GDAL's name in lower case: `none`, `deflate`, `lzw`, …
    pub compression: String,
    /// TIFF's number: 1 none, 2 horizontal differencing, 3 floating point.
    pub predictor: u16,
    /// TIFF's number: 1 samples of a pixel together, 2 bands apart.
    pub planar: u16,
    /// Most detailed first.
    pub overviews: Vec<OverviewSize>,
    /// Mask pages of the file, those of overviews included.
    pub masks: u32,
    /// GDAL's default metadata domain.
    pub metadata: BTreeMap<String, String>,
    /// The hints of GDAL's ghost area (`LAYOUT`, `BLOCK_ORDER`, …); null where the file has none.
    pub layout: Option<BTreeMap<String, String>>,
    /// Per band: GDAL's description, or null.
    pub band_descriptions: Vec<Option<String>>,
    /// Per band: factor of `unscale`.
    pub scales: Vec<f64>,
    /// Per band: summand of `unscale`.
    pub offsets: Vec<f64>,
    /// Per band: unit of the unscaled values, or null.
    pub units: Vec<Option<String>>,
    /// Per band: the items of its default metadata domain (`STATISTICS_MEAN`, …); absent where no band has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub band_metadata: Vec<BTreeMap<String, String>>,
    /// Red, green and blue, 0 to 255, of each value of a palette image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color_table: Option<Vec<[u8; 3]>>,
    /// Ground control points, where they take the place of a geotransform.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gcps: Vec<Gcp>,
    /// Rational polynomial coefficients by their names in GDAL's RPC domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpc: Option<BTreeMap<&'static str, RpcValue>>,
    /// What the file says of heights, apart from `crs`: `EPSG:n` of its vertical CRS, or its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vertical_crs: Option<String>,
}

/// Size of an overview in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OverviewSize {
    pub width: u32,
    pub height: u32,
}

fn serialize_nodata<S: Serializer>(nodata: &Nodata, serializer: S) -> Result<S::Ok, S::Error> {
    match *nodata {
        Nodata::None => serializer.serialize_none(),
        Nodata::Nan => serializer.serialize_str("nan"),
        Nodata::Float(value) if value == f64::INFINITY => serializer.serialize_str("inf"),
        Nodata::Float(value) if value == f64::NEG_INFINITY => serializer.serialize_str("-inf"),
        Nodata::Float(value) => serializer.serialize_f64(value),
        Nodata::Int(value) => serializer.serialize_i64(value),
        Nodata::UInt(value) => serializer.serialize_u64(value),
    }
}
