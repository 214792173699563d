//! The texts that name a CRS: codes, URNs, PROJ strings, WKT.

use super::{crs_table, crs_wkt};
use crate::error::{Code, Error, Result};

/// What a text turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CrsText {
    Code {
        authority: &'static str,
        code: u32,
    },
    /// A PROJ string, trimmed.
    Proj(String),
}

/// Reads a text; `crs.unknown` where it is none of the forms that [`super::Crs::parse`] lists.
pub(super) fn parse(text: &str) -> Result<CrsText> {
    let text = text.trim();
    if !text.contains('[') && (text.contains("+proj=") || text.contains("+init=")) {
        return Ok(proj_string(text));
    }
    if text.contains('[') {
        let wkt = text.strip_prefix(ESRI_PREFIX).unwrap_or(text);
        return match wkt_code(wkt) {
            Some((authority, code)) => Ok(CrsText::Code { authority, code }),
            None => crs_wkt::definition(wkt, crs_table::geodetic).map(CrsText::Proj),
        };
    }
    code_of(text)
        .map(|(authority, code)| CrsText::Code { authority, code })
        .ok_or_else(|| unknown(&format!("\"{}\"", text.chars().take(80).collect::<String>())))
}

/// The code in a citation: as `EPSG:n`, or in the WKT after `ESRI PE String =`.
pub(super) fn code_in_citation(citation: &str) -> Option<(&'static str, u32)> {
    if citation.contains('[') {
        return wkt_code(citation);
    }
    citation.split(['|', ' ', ',', ';', '(', ')']).find_map(|word| word.contains(':').then(|| code_of(word)).flatten())
}

fn unknown(got: &str) -> Error {
    Error::new(Code::CrsUnknown, format!("expected EPSG:n, ESRI:n, a PROJ string or WKT, got {got}"))
        .with_hint("EPSG:4326 is longitude and latitude; look codes up at epsg.org")
}

fn proj_string(text: &str) -> CrsText {
    let init = text.split_whitespace().find_map(|word| word.strip_prefix("+init="));
    match init.and_then(code_of) {
        Some((authority, code)) => CrsText::Code { authority, code },
        None => CrsText::Proj(text.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// `EPSG:n`, `urn:ogc:def:crs:EPSG::n`, `http://www.opengis.net/def/crs/EPSG/0/n`, `CRS84`, a bare number.
fn code_of(text: &str) -> Option<(&'static str, u32)> {
    let mut words = text.split([':', '/']).filter(|word| !word.is_empty());
    let last = words.next_back()?;
    if last.eq_ignore_ascii_case("CRS84") {
        return Some(("EPSG", 4326));
    }
    let code = last.parse().ok()?;
    let Some(before) = words.next_back() else { return Some(("EPSG", code)) };
    // A URN may put a version between authority and code; in a URL it is 0.
    authority_of(before).or_else(|| words.next_back().and_then(authority_of)).map(|authority| (authority, code))
}

fn authority_of(text: &str) -> Option<&'static str> {
    ["EPSG", "ESRI"].into_iter().find(|known| known.eq_ignore_ascii_case(text))
}

/// The code of the first horizontal CRS in a WKT: its own `AUTHORITY` or `ID` node, not one of its parts'.
fn wkt_code(text: &str) -> Option<(&'static str, u32)> {
    const CRS_NODES: [&str; 9] =
        ["PROJCS", "PROJCRS", "PROJECTEDCRS", "GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS", "GEOCCS"];
    let mut crs_depth = None;
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(at) = rest.find(['[', '(', ']', ')', '"']) {
        let (before, after) = rest.split_at(at);
        rest = after.get(1..)?;
        match after.as_bytes().first()? {
            b'"' => rest = rest.split_once('"')?.1,
            b']' | b')' => {
                depth = depth.checked_sub(1)?;
                if crs_depth == Some(depth) {
                    return None;
                }
            }
            _ => {
                let keyword = before.rsplit([',', '=']).next().unwrap_or_default().trim().to_ascii_uppercase();
                if crs_depth.is_none() && CRS_NODES.contains(&keyword.as_str()) {
                    crs_depth = Some(depth);
                } else if crs_depth.map(|crs| crs + 1) == Some(depth) && (keyword == "AUTHORITY" || keyword == "ID") {
                    return id_node(rest);
                }
                depth += 1;
            }
        }
    }
    None
}

/// `"EPSG",n…` or `"EPSG","n"…`.
fn id_node(text: &str) -> Option<(&'static str, u32)> {
    let mut parts = text.split([',', ']', ')']).map(|part| part.trim().trim_matches('"'));
    let authority = authority_of(parts.next()?)?;
    Some((authority, parts.next()?.parse().ok()?))
}

/// What ArcGIS writes before the WKT in a citation.
const ESRI_PREFIX: &str = "ESRI PE String = ";

#[cfg(test)]
#[path = "crs_text_tests.rs"]
mod tests;
