//! GDAL's default metadata domain and what it says of each band.

use std::collections::BTreeMap;

use crate::limits::Limits;
use crate::tiff::{FileBytes, GdalMetadata, GeoKeys, Ifd, Step, tags};

/// Text tags that GDAL shows as metadata.
const TEXT_TAGS: [(u16, &str); 7] = [
    (tags::DOCUMENT_NAME, "TIFFTAG_DOCUMENTNAME"),
    (tags::IMAGE_DESCRIPTION, "TIFFTAG_IMAGEDESCRIPTION"),
    (tags::SOFTWARE, "TIFFTAG_SOFTWARE"),
    (tags::DATE_TIME, "TIFFTAG_DATETIME"),
    (tags::ARTIST, "TIFFTAG_ARTIST"),
    (tags::HOST_COMPUTER, "TIFFTAG_HOSTCOMPUTER"),
    (tags::COPYRIGHT, "TIFFTAG_COPYRIGHT"),
];

/// Metadata of a file, read whole.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub items: BTreeMap<String, String>,
    pub gdal: GdalMetadata,
}

impl Metadata {
    pub fn parse(ifd: &Ifd, keys: &GeoKeys, bytes: &FileBytes, limits: &Limits) -> Step<Self> {
        let xml = ifd.text(tags::GDAL_METADATA, bytes, limits)?.unwrap_or_default();
        let gdal = GdalMetadata::parse(&xml);
        let mut items = BTreeMap::new();
        if !keys.is_empty() {
            let kind = if keys.is_pixel_point() { "Point" } else { "Area" };
            items.insert("AREA_OR_POINT".to_owned(), kind.to_owned());
        }
        for (tag, name) in TEXT_TAGS {
            if let Some(text) = ifd.text(tag, bytes, limits)? {
                items.insert(name.to_owned(), text);
            }
        }
        for (tag, name) in [(tags::X_RESOLUTION, "TIFFTAG_XRESOLUTION"), (tags::Y_RESOLUTION, "TIFFTAG_YRESOLUTION")] {
            if let Some(value) = ifd.floats(tag, bytes, limits)?.and_then(|values| values.first().copied()) {
                items.insert(name.to_owned(), value.to_string());
            }
        }
        if let Some(unit) = ifd.uint(tags::RESOLUTION_UNIT, bytes, limits)? {
            let name = match unit {
                1 => "1 (unitless)".to_owned(),
                2 => "2 (pixels/inch)".to_owned(),
                3 => "3 (pixels/cm)".to_owned(),
                other => other.to_string(),
            };
            items.insert("TIFFTAG_RESOLUTIONUNIT".to_owned(), name);
        }
        items.extend(gdal.default_domain().map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(Self { items, gdal })
    }

    /// (scale, offset) of a band; (1, 0) where the file says nothing.
    pub fn unscale(&self, band0: u16) -> (f64, f64) {
        let number = |role, default| {
            let value = self.gdal.role(band0, role).and_then(|text| text.trim().parse::<f64>().ok());
            value.filter(|value| value.is_finite()).unwrap_or(default)
        };
        (number("scale", 1.0), number("offset", 0.0))
    }

    /// GDAL's default metadata domain of a band.
    pub fn band_items(&self, band0: u16) -> BTreeMap<String, String> {
        self.gdal.band_domain(band0).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub fn text(&self, band0: u16, role: &str) -> Option<String> {
        self.gdal.role(band0, role).filter(|text| !text.is_empty()).map(str::to_owned)
    }
}
