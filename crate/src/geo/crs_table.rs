//! Definitions of EPSG and ESRI codes.

/// The PROJ string of a code, or `None` where the table lacks it.
pub(super) fn definition(authority: &str, code: u32) -> Option<String> {
    let definition = match (authority, code) {
        ("EPSG", 4326) => "+proj=longlat +datum=WGS84",
        ("EPSG", 3857) => "+proj=webmerc +datum=WGS84",
        ("EPSG", 6933) => "+proj=cea +lat_ts=30 +lon_0=0 +x_0=0 +y_0=0 +datum=WGS84",
        ("EPSG", 3035) => "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +towgs84=0,0,0",
        ("ESRI", 54009) => "+proj=moll +lon_0=0 +x_0=0 +y_0=0 +datum=WGS84",
        ("EPSG", 32601..=32660) => return Some(format!("+proj=utm +zone={} +datum=WGS84", code - 32600)),
        ("EPSG", 32701..=32760) => return Some(format!("+proj=utm +zone={} +south +datum=WGS84", code - 32700)),
        _ => return None,
    };
    Some(definition.to_owned())
}
