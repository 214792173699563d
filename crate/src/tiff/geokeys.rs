//! The GeoKey directory of a GeoTIFF.

use std::collections::BTreeMap;

/// Value of one key.
#[derive(Debug, Clone, PartialEq)]
pub enum GeoKeyValue {
    Short(u16),
    Doubles(Vec<f64>),
    Ascii(String),
}

/// Keys by number. Entries that point outside their tables are left out: the rest is still worth reading.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GeoKeys(BTreeMap<u16, GeoKeyValue>);

impl GeoKeys {
    pub const MODEL_TYPE: u16 = 1024;
    pub const RASTER_TYPE: u16 = 1025;
    pub const CITATION: u16 = 1026;
    pub const GEOGRAPHIC_TYPE: u16 = 2048;
    pub const GEOG_CITATION: u16 = 2049;
    pub const GEODETIC_DATUM: u16 = 2050;
    pub const GEOG_PRIME_MERIDIAN: u16 = 2051;
    pub const GEOG_ANGULAR_UNITS: u16 = 2054;
    pub const GEOG_ANGULAR_UNIT_SIZE: u16 = 2055;
    pub const GEOG_ELLIPSOID: u16 = 2056;
    pub const GEOG_SEMI_MAJOR_AXIS: u16 = 2057;
    pub const GEOG_SEMI_MINOR_AXIS: u16 = 2058;
    pub const GEOG_INV_FLATTENING: u16 = 2059;
    pub const GEOG_PRIME_MERIDIAN_LONG: u16 = 2061;
    pub const GEOG_TO_WGS84: u16 = 2062;
    pub const PROJECTED_TYPE: u16 = 3072;
    pub const PROJECTED_CITATION: u16 = 3073;
    pub const PROJECTION: u16 = 3074;
    pub const PROJ_COORD_TRANS: u16 = 3075;
    pub const PROJ_LINEAR_UNITS: u16 = 3076;
    pub const PROJ_LINEAR_UNIT_SIZE: u16 = 3077;
    pub const PROJ_STD_PARALLEL1: u16 = 3078;
    pub const PROJ_STD_PARALLEL2: u16 = 3079;
    pub const PROJ_NAT_ORIGIN_LONG: u16 = 3080;
    pub const PROJ_NAT_ORIGIN_LAT: u16 = 3081;
    pub const PROJ_FALSE_EASTING: u16 = 3082;
    pub const PROJ_FALSE_NORTHING: u16 = 3083;
    pub const PROJ_FALSE_ORIGIN_LONG: u16 = 3084;
    pub const PROJ_FALSE_ORIGIN_LAT: u16 = 3085;
    pub const PROJ_FALSE_ORIGIN_EASTING: u16 = 3086;
    pub const PROJ_FALSE_ORIGIN_NORTHING: u16 = 3087;
    pub const PROJ_CENTER_LONG: u16 = 3088;
    pub const PROJ_CENTER_LAT: u16 = 3089;
    pub const PROJ_CENTER_EASTING: u16 = 3090;
    pub const PROJ_CENTER_NORTHING: u16 = 3091;
    pub const PROJ_SCALE_AT_NAT_ORIGIN: u16 = 3092;
    pub const PROJ_SCALE_AT_CENTER: u16 = 3093;
    pub const PROJ_AZIMUTH_ANGLE: u16 = 3094;
    pub const PROJ_STRAIGHT_VERT_POLE_LONG: u16 = 3095;
    pub const PROJ_RECTIFIED_GRID_ANGLE: u16 = 3096;
    pub const VERTICAL_TYPE: u16 = 4096;
    pub const VERTICAL_CITATION: u16 = 4097;

    /// Value of [`GeoKeys::RASTER_TYPE`] for samples that are points at the pixel's corner.
    pub const PIXEL_IS_POINT: u16 = 2;
    /// "User-defined" in every key that takes a code.
    pub const USER_DEFINED: u16 = 32767;

    /// Keys from the values of tags 34735, 34736 and 34737.
    #[must_use]
    pub fn parse(directory: &[u64], doubles: &[f64], ascii: &str) -> Self {
        let mut keys = BTreeMap::new();
        let Some(count) = directory.get(3) else { return Self::default() };
        let count = usize::try_from(*count).unwrap_or(usize::MAX);
        for entry in directory.get(4..).unwrap_or_default().chunks_exact(4).take(count) {
            let &[key, table, len, value] = entry else { continue };
            let (Ok(key), Ok(len), Ok(value)) = (u16::try_from(key), usize::try_from(len), usize::try_from(value))
            else {
                continue;
            };
            let range = || value..value.saturating_add(len);
            let parsed = match table {
                0 => u16::try_from(value).ok().map(GeoKeyValue::Short),
                34735 => directory.get(value).and_then(|&value| u16::try_from(value).ok()).map(GeoKeyValue::Short),
                34736 => doubles.get(range()).map(|values| GeoKeyValue::Doubles(values.to_vec())),
                34737 => {
                    let text: String = ascii.chars().skip(value).take(len).collect();
                    Some(GeoKeyValue::Ascii(text.trim_end_matches(['|', '\0']).to_owned()))
                }
                _ => None,
            };
            if let Some(parsed) = parsed {
                keys.entry(key).or_insert(parsed);
            }
        }
        Self(keys)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn short(&self, key: u16) -> Option<u16> {
        match self.0.get(&key)? {
            GeoKeyValue::Short(value) => Some(*value),
            _ => None,
        }
    }

    /// The key's code where it is one: neither undefined (0) nor user-defined.
    #[must_use]
    pub fn code(&self, key: u16) -> Option<u16> {
        self.short(key).filter(|&code| code != 0 && code != Self::USER_DEFINED)
    }

    /// The first number of a key.
    #[must_use]
    pub fn double(&self, key: u16) -> Option<f64> {
        self.doubles(key)?.first().copied()
    }

    #[must_use]
    pub fn doubles(&self, key: u16) -> Option<&[f64]> {
        match self.0.get(&key)? {
            GeoKeyValue::Doubles(values) => Some(values),
            _ => None,
        }
    }

    #[must_use]
    pub fn ascii(&self, key: u16) -> Option<&str> {
        match self.0.get(&key)? {
            GeoKeyValue::Ascii(text) => Some(text),
            _ => None,
        }
    }

    /// Whether coordinates refer to the centres of pixels.
    #[must_use]
    pub fn is_pixel_point(&self) -> bool {
        self.short(Self::RASTER_TYPE) == Some(Self::PIXEL_IS_POINT)
    }
}

#[cfg(test)]
#[path = "geokeys_tests.rs"]
mod tests;
