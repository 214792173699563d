//! Registered sources.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::open::Opened;
use super::workspace::{Target, Workspace};
use crate::error::{Code, Error, Result};
use crate::geo::{Bounds, Crs, Transformer, transform_bounds};
use crate::source::RangeReader;
use crate::store::id::short_id;
use crate::store::{self, ProcessingStatus, SourceKind, SourceRecord, SpatialExtent};

/// What the user says of a source.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RegisterOptions {
    /// Unique in the workspace; the last part of the location where it is absent.
    pub name: Option<String>,
    pub dataset: Option<String>,
    pub variable: Option<String>,
    pub units: Option<String>,
    pub description: Option<String>,
    /// Any JSON.
    pub metadata: Value,
    /// Where it is absent, a palette makes a source categorical.
    pub kind: Option<SourceKind>,
}

impl Workspace {
    /// Stores a source after opening it. Registering the same location under the same name again opens it anew and
    /// keeps its id. `usage.name_taken` where the name is another source's; errors of opening as they are.
    pub async fn register(&self, target: &Target, options: RegisterOptions) -> Result<SourceRecord> {
        let records = store::sources::list(self.store.as_ref()).await?;
        let (location, opened) = match target {
            Target::Ref(location) => {
                self.opened.forget(&location.clone());
                (location.clone(), self.open_location(location).await?)
            }
            Target::Reader(reader) => self.open_reader(reader, options.name.as_deref(), &records).await?,
        };
        let name = options.name.clone().unwrap_or_else(|| free_name(&records, &location));
        if name.trim().is_empty() {
            return Err(Error::new(Code::UsageOption, "expected a name, got an empty one"));
        }
        let before = records.into_iter().find(|record| record.name == name && record.location == location);
        let record = self.new_record(name, location, options, &opened, before.as_ref());
        if before.is_some() {
            store::sources::put(self.store.as_ref(), &record).await?;
        } else {
            store::sources::insert(self.store.as_ref(), &record).await?;
        }
        Ok(record)
    }

    /// Every source, by name.
    pub async fn sources(&self) -> Result<Vec<SourceRecord>> {
        store::sources::list(self.store.as_ref()).await
    }

    /// The source of an id, a name or a registered location; `usage.unknown_source` names near ones.
    pub async fn source(&self, wanted: &str) -> Result<SourceRecord> {
        self.record(wanted).await
    }

    /// Removes a source with its tile index, its stored results and the stored bytes of its file.
    pub async fn remove_source(&self, wanted: &str) -> Result<()> {
        let record = self.record(wanted).await?;
        store::sources::remove(self.store.as_ref(), &record.id).await?;
        let others = self.sources().await?;
        if others.iter().all(|other| other.location != record.location) {
            self.detach_reader(&record.location);
        }
        if others.iter().all(|other| other.fingerprint != record.fingerprint) {
            self.forget_blocks(&record.fingerprint).await;
        }
        Ok(())
    }

    /// Gives a stored source its bytes again: a file that the user chose anew.
    pub async fn attach(&self, wanted: &str, reader: Rc<dyn RangeReader>) -> Result<()> {
        let record = self.record(wanted).await?;
        self.attach_reader(&record.location, reader);
        Ok(())
    }

    /// Opens what the host gave, at a location of its own: files are told apart by more than their names. One that is
    /// stored already keeps its location, as does what is registered anew under a source's name.
    async fn open_reader(
        &self,
        reader: &Rc<dyn RangeReader>,
        name: Option<&str>,
        records: &[SourceRecord],
    ) -> Result<(String, Opened)> {
        let place = reader.location();
        if place.contains("://") {
            return self.open_attached(place.to_owned(), reader).await;
        }
        let first = format!("file:{place}");
        // A path names one file, whatever it holds.
        if place.contains(['/', '\\']) {
            return self.open_attached(first, reader).await;
        }
        let alike = || records.iter().filter(|record| is_numbered(&record.location, &first));
        if let Some(record) = alike().find(|record| Some(record.name.as_str()) == name) {
            return self.open_attached(record.location.clone(), reader).await;
        }
        let is_taken = |location: &str| alike().any(|record| record.location == location) || self.is_attached(location);
        let location = numbered(&first, is_taken);
        let (location, opened) = self.open_attached(location, reader).await?;
        match alike().find(|record| record.fingerprint == opened.fingerprint) {
            Some(record) => {
                self.detach_reader(&location);
                self.open_attached(record.location.clone(), reader).await
            }
            None => Ok((location, opened)),
        }
    }

    async fn open_attached(&self, location: String, reader: &Rc<dyn RangeReader>) -> Result<(String, Opened)> {
        self.attach_reader(&location, Rc::clone(reader));
        match self.open_location(&location).await {
            Ok(opened) => Ok((location, opened)),
            Err(error) => {
                self.detach_reader(&location);
                Err(error)
            }
        }
    }

    fn new_record(
        &self,
        name: String,
        location: String,
        options: RegisterOptions,
        opened: &Opened,
        before: Option<&SourceRecord>,
    ) -> SourceRecord {
        let now = self.now_ms();
        let record = SourceRecord {
            id: before.map_or_else(|| short_id("s", &[&name, &location]), |before| before.id.clone()),
            name,
            location,
            fingerprint: String::new(),
            etag: None,
            dataset: options.dataset,
            variable: options.variable,
            units: options.units,
            description: options.description,
            metadata: options.metadata,
            width: 0,
            height: 0,
            bands: 0,
            data_type: String::new(),
            nodata_value: Value::Null,
            pixel_size: None,
            pixel_size_degrees: None,
            crs: None,
            spatial_extent: None,
            kind: options.kind.unwrap_or(if opened.dataset.info().color_table.is_some() {
                SourceKind::Categorical
            } else {
                SourceKind::Continuous
            }),
            processing_status: before
                .filter(|before| before.fingerprint == opened.fingerprint)
                .map_or(ProcessingStatus::Registered, |before| before.processing_status),
            active: true,
            created: before.map_or(now, |before| before.created),
            updated: now,
            cache_hits: before.map_or(0, |before| before.cache_hits),
            cache_misses: before.map_or(0, |before| before.cache_misses),
            cache_bytes_served: before.map_or(0, |before| before.cache_bytes_served),
        };
        describe(record, opened)
    }
}

/// The record with what the open file says of itself.
pub(super) fn describe(mut record: SourceRecord, opened: &Opened) -> SourceRecord {
    let info = opened.dataset.info();
    record.fingerprint.clone_from(&opened.fingerprint);
    record.etag.clone_from(&opened.etag);
    record.width = info.width;
    record.height = info.height;
    record.bands = u32::from(info.bands);
    record.data_type = info.dtype.to_owned();
    record.nodata_value = json!(info).get("nodata").cloned().unwrap_or_default();
    record.crs.clone_from(&info.crs);
    let pixel_size = info.geotransform.map(|numbers| crate::geo::GeoTransform(numbers).pixel_size());
    record.pixel_size = pixel_size;
    record.spatial_extent = opened.dataset.crs().ok().zip(info.bbox).and_then(|(crs, bbox)| extent(&crs, bbox));
    record.pixel_size_degrees = record.spatial_extent.as_ref().map(|extent| {
        let [west, south, east, north] = extent.bounds;
        let width = if east >= west { east - west } else { east - west + 360.0 };
        let across = width / f64::from(info.width.max(1));
        let down = (north - south) / f64::from(info.height.max(1));
        (across * down).abs().sqrt()
    });
    record
}

/// Where a raster lies, in its CRS and in degrees; `None` where it can't be said.
fn extent(crs: &Crs, bbox: [f64; 4]) -> Option<SpatialExtent> {
    let [min_x, min_y, max_x, max_y] = bbox;
    let geographic = Crs::from_epsg(4326).ok()?;
    let transformer = Transformer::new(crs, &geographic).ok()?;
    let bounds = transform_bounds(&transformer, Bounds::new(min_x, min_y, max_x, max_y)).ok()?;
    let degrees = [bounds.min_x, bounds.min_y, bounds.max_x, bounds.max_y];
    degrees.iter().all(|number| number.is_finite()).then(|| SpatialExtent::new(bbox, degrees))
}

/// The last part of a location, with a number where another source has that name.
fn free_name(records: &[SourceRecord], location: &str) -> String {
    let path = location.split(['?', '#']).next().unwrap_or(location);
    let last = path.trim_end_matches('/').rsplit(['/', '\\', ':']).next().filter(|last| !last.is_empty());
    let name = last.unwrap_or(location).to_owned();
    numbered(&name, |name| records.iter().any(|record| record.name == name && record.location != location))
}

/// `text`, or `text (2)` and so on: the first that is not taken.
fn numbered(text: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = text.to_owned();
    let mut number = 2_u32;
    while is_taken(&free) {
        free = format!("{text} ({number})");
        number = number.saturating_add(1);
    }
    free
}

/// Whether [`numbered`] may make `text` of `first`.
fn is_numbered(text: &str, first: &str) -> bool {
    let number = |rest: &str| rest.strip_prefix(" (")?.strip_suffix(')')?.parse::<u32>().ok();
    text.strip_prefix(first).is_some_and(|rest| rest.is_empty() || number(rest).is_some())
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
