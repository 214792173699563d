//! The rows with their types. Field names are the tables' column names.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A registered raster (table `raster_sources`). Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceRecord {
    pub id: String,
    /// Unique in the workspace.
    pub name: String,
    /// URL or path; `file:NAME` for a file whose bytes the host must give again after a restart.
    pub location: String,
    /// Version of the file's content when it was last opened.
    pub fingerprint: String,
    pub etag: Option<String>,
    pub dataset: Option<String>,
    pub variable: Option<String>,
    pub units: Option<String>,
    pub description: Option<String>,
    /// Free JSON of the user's.
    pub metadata: Value,
    pub width: u32,
    pub height: u32,
    pub bands: u32,
    /// NumPy's name of the sample type.
    pub data_type: String,
    /// Number, or `"nan"`; null where the file has none.
    pub nodata_value: Value,
    /// Pixel width and height in units of the CRS.
    pub pixel_size: Option<(f64, f64)>,
    /// Mean pixel size in degrees.
    pub pixel_size_degrees: Option<f64>,
    pub crs: Option<String>,
    pub spatial_extent: Option<SpatialExtent>,
    pub kind: SourceKind,
    pub processing_status: ProcessingStatus,
    pub active: bool,
    pub created: i64,
    pub updated: i64,
    /// Stored columns of this source that were served, columns that had to be computed, bytes that were served.
    #[serde(default, deserialize_with = "null_as_zero")]
    pub cache_hits: u64,
    #[serde(default, deserialize_with = "null_as_zero")]
    pub cache_misses: u64,
    #[serde(default, deserialize_with = "null_as_zero")]
    pub cache_bytes_served: u64,
}

/// Where a raster lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpatialExtent {
    /// `[minX, minY, maxX, maxY]` in the raster's CRS.
    pub bbox: [f64; 4],
    /// `[west, south, east, north]`, degrees; `west > east` across the antimeridian.
    pub bounds: [f64; 4],
    /// The same as a WKT polygon in degrees; east of the antimeridian longitudes run on beyond 180.
    pub wkt: String,
}

impl SpatialExtent {
    #[must_use]
    pub fn new(bbox: [f64; 4], bounds: [f64; 4]) -> Self {
        let [west, south, east, north] = bounds;
        let east = if east < west { east + 360.0 } else { east };
        let wkt = format!("POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))");
        Self { bbox, bounds, wkt }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    Continuous,
    Categorical,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessingStatus {
    Registered,
    Tiling,
    Ready,
    Failed,
    Stale,
}

/// Whole blocks of a source, about `tileSize` pixels square (table `raster_tiles`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TileRecord {
    pub id: String,
    pub source_id: String,
    pub fingerprint: String,
    /// 1-based.
    pub band: u32,
    pub tile_col: u32,
    pub tile_row: u32,
    /// `[left, top, right, bottom]` in pixels.
    pub window: [u32; 4],
    /// `[minX, minY, maxX, maxY]` in the raster's CRS.
    pub bounds: Option<[f64; 4]>,
    /// First byte and one past the last of each of its blocks.
    pub file_byte_ranges: Vec<(u64, u64)>,
    pub file_byte_offset: u64,
    pub file_byte_length: u64,
    /// min, max, mean, stdev, count of valid pixels, once computed.
    pub tile_stats: Option<Value>,
    pub created: i64,
}

/// One method's values in one chunk of a grid (table `resampling_cache`); the blob holds the columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CacheRecord {
    pub id: String,
    pub source_id: String,
    pub fingerprint: String,
    /// The same for every chunk and method of one question.
    pub request_id: String,
    /// 1-based.
    pub band: u32,
    pub grid_key: String,
    /// The grid's definition, so that a stored result can be shown without its grid being stored; of polygons a digest.
    pub grid: Value,
    pub chunk: u64,
    /// Chunks of the whole grid.
    pub chunk_count: u64,
    pub method: String,
    pub options: Value,
    /// Overview level that was read.
    pub level: u32,
    /// Source pixels per cell along each axis.
    pub scale: (f64, f64),
    pub cells: u64,
    /// Whether the blob holds this method's confidence after its values.
    pub has_confidence: bool,
    pub bytes: u64,
    pub created: i64,
    pub last_accessed: i64,
    pub access_count: i64,
}

/// A stored grid (table `grids`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GridRecord {
    pub id: String,
    /// Unique in the workspace.
    pub name: String,
    /// The same for the same rule.
    pub grid_key: String,
    /// The contract's grid JSON.
    pub definition: Value,
    pub cells: u64,
    pub created: i64,
}

/// One feature's values in one chunk of a grid (table `features`); the blob `value` holds a number a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureRecord {
    pub id: String,
    pub grid_key: String,
    /// The grid's definition, so that features can be shown without their grid being stored.
    pub grid: Value,
    pub chunk: u64,
    /// Chunks of the whole grid.
    pub chunk_count: u64,
    pub cells: u64,
    pub feature_type: String,
    pub feature_name: String,
    /// Free JSON: what the values were made from.
    pub metadata: Value,
    pub created: i64,
}

/// Columns that a row of an earlier version has not got are null.
fn null_as_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(Option::<u64>::deserialize(deserializer)?.unwrap_or_default())
}
