//! WKT without a code as a PROJ string: WKT 1 of GDAL and of ESRI, and WKT 2.

use crate::error::{Code, Error, Result};

/// The PROJ string of the horizontal CRS in `text`, which `geodetic_of` may know the geographic CRS of by its EPSG
/// code. `crs.unknown` where the text is no WKT of a CRS, `crs.unsupported` naming the projection that is not known.
pub(super) fn definition(text: &str, geodetic_of: impl Fn(u32) -> Option<String>) -> Result<String> {
    let root = Node::parse(text).ok_or_else(|| unreadable(text))?;
    let crs = root.find(&[PROJECTED, GEOGRAPHIC].concat()).ok_or_else(|| unreadable(text))?;
    // GDAL writes the PROJ string along where WKT 1 has no words for all of it.
    let extension = crs.all("EXTENSION").into_iter().find(|node| node.name() == Some("PROJ4"));
    if let Some(proj) = extension.and_then(|node| node.values.get(1)) {
        return Ok(proj.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if GEOGRAPHIC.contains(&crs.keyword.as_str()) {
        let degree = crs.unit(ANGLE_UNITS).unwrap_or(DEGREE);
        if !is_degree(degree) {
            return Err(unsupported(&format!("longitudes in a unit of {degree} radians")));
        }
        let geodetic = geodetic(crs, geodetic_of).ok_or_else(|| unreadable(text))?;
        return Ok(format!("+proj=longlat {geodetic} +no_defs"));
    }
    let base = crs.find(GEOGRAPHIC_AND_BASE).ok_or_else(|| unreadable(text))?;
    let geodetic = geodetic(base, geodetic_of).ok_or_else(|| unreadable(text))?;
    let metres = crs.unit(LENGTH_UNITS).filter(|metres| *metres > 0.0).unwrap_or(1.0);
    let parameters = Parameters { crs, metres, degrees: base.unit(ANGLE_UNITS).unwrap_or(DEGREE) / DEGREE };
    let method = crs.find(&["PROJECTION", "METHOD"]).and_then(Node::name).ok_or_else(|| unreadable(text))?;
    let body = projection(&normal(method), &parameters)
        .ok_or_else(|| unsupported(&format!("the projection \"{method}\" of its WKT")))?;
    let unit = if metres == 1.0 { "+units=m".to_owned() } else { format!("+to_meter={metres}") };
    Ok(format!("{body} {geodetic} {unit} +no_defs"))
}

fn projection(method: &str, p: &Parameters<'_>) -> Option<String> {
    let (lat, lon) = (p.angle(LATITUDES).unwrap_or(0.0), p.angle(LONGITUDES).unwrap_or(0.0));
    let scale = p.number(SCALES).filter(|scale| *scale != 0.0).unwrap_or(1.0);
    let (parallel1, parallel2) = (p.angle(PARALLELS_1), p.angle(PARALLELS_2));
    let one = parallel1.unwrap_or(0.0);
    let two = parallel2.unwrap_or(one);
    let place = format!("+x_0={} +y_0={}", p.length(EASTINGS).unwrap_or(0.0), p.length(NORTHINGS).unwrap_or(0.0));
    let pole = |lat: f64| if lat < 0.0 { -90 } else { 90 };
    let body = match method {
        "transverse_mercator" | "gauss_kruger" => format!("+proj=tmerc +lat_0={lat} +lon_0={lon} +k={scale}"),
        "transverse_mercator_south_orientated" if p.has_no_false_coordinates() => {
            format!("+proj=tmerc +axis=wsu +lat_0={lat} +lon_0={lon} +k={scale}")
        }
        // False coordinates are those of the natural origin, or of the centre.
        "hotine_oblique_mercator"
        | "hotine_oblique_mercator_variant_a"
        | "hotine_oblique_mercator_azimuth_natural_origin"
        | "rectified_skew_orthomorphic_natural_origin" => {
            format!("+proj=omerc +no_uoff {}", p.oblique(lat, lon, scale)?)
        }
        "hotine_oblique_mercator_azimuth_center"
        | "hotine_oblique_mercator_variant_b"
        | "rectified_skew_orthomorphic_center" => format!("+proj=omerc {}", p.oblique(lat, lon, scale)?),
        "mercator_auxiliary_sphere" | "popular_visualisation_pseudo_mercator" => format!("+proj=webmerc +lon_0={lon}"),
        "mercator" | "mercator_1sp" | "mercator_2sp" | "mercator_variant_a" | "mercator_variant_b" => match parallel1 {
            Some(parallel) => format!("+proj=merc +lat_ts={parallel} +lon_0={lon}"),
            None => format!("+proj=merc +lon_0={lon} +k={scale}"),
        },
        "lambert_conformal_conic" | "lambert_conformal_conic_2sp" | "lambert_conic_conformal_2sp"
            if parallel1.is_some() =>
        {
            format!("+proj=lcc +lat_0={lat} +lon_0={lon} +lat_1={one} +lat_2={two}")
        }
        "lambert_conformal_conic" | "lambert_conformal_conic_1sp" | "lambert_conic_conformal_1sp" => {
            format!("+proj=lcc +lat_1={lat} +lat_0={lat} +lon_0={lon} +k_0={scale}")
        }
        "albers" | "albers_conic_equal_area" | "albers_equal_area" => {
            format!("+proj=aea +lat_0={lat} +lon_0={lon} +lat_1={one} +lat_2={two}")
        }
        "lambert_azimuthal_equal_area" => format!("+proj=laea +lat_0={lat} +lon_0={lon}"),
        "azimuthal_equidistant" | "modified_azimuthal_equidistant" => format!("+proj=aeqd +lat_0={lat} +lon_0={lon}"),
        "equidistant_conic" => format!("+proj=eqdc +lat_0={lat} +lon_0={lon} +lat_1={one} +lat_2={two}"),
        "polar_stereographic_variant_b" | "stereographic_north_pole" | "stereographic_south_pole" => {
            format!("+proj=stere +lat_0={} +lat_ts={one} +lon_0={lon}", pole(one))
        }
        "polar_stereographic" | "polar_stereographic_variant_a" if lat.abs() < 90.0 => {
            format!("+proj=stere +lat_0={} +lat_ts={lat} +lon_0={lon}", pole(lat))
        }
        "polar_stereographic" | "polar_stereographic_variant_a" | "stereographic" => {
            format!("+proj=stere +lat_0={lat} +lon_0={lon} +k={scale}")
        }
        "oblique_stereographic" | "double_stereographic" => {
            format!("+proj=sterea +lat_0={lat} +lon_0={lon} +k={scale}")
        }
        "equirectangular" | "equidistant_cylindrical" | "plate_carree" | "equidistant_cylindrical_spherical" => {
            format!("+proj=eqc +lat_ts={one} +lat_0={lat} +lon_0={lon}")
        }
        "cylindrical_equal_area" | "behrmann" | "lambert_cylindrical_equal_area" => {
            let parallel = parallel1.unwrap_or(if method == "behrmann" { 30.0 } else { 0.0 });
            format!("+proj=cea +lat_ts={parallel} +lon_0={lon}")
        }
        "mollweide" => format!("+proj=moll +lon_0={lon}"),
        "robinson" => format!("+proj=robin +lon_0={lon}"),
        "sinusoidal" => format!("+proj=sinu +lon_0={lon}"),
        "equal_earth" => format!("+proj=eqearth +lon_0={lon}"),
        "miller_cylindrical" => format!("+proj=mill +lon_0={lon}"),
        "gnomonic" => format!("+proj=gnom +lat_0={lat} +lon_0={lon}"),
        "orthographic" => format!("+proj=ortho +lat_0={lat} +lon_0={lon}"),
        "cassini" | "cassini_soldner" => format!("+proj=cass +lat_0={lat} +lon_0={lon}"),
        "polyconic" | "american_polyconic" => format!("+proj=poly +lat_0={lat} +lon_0={lon}"),
        "geostationary_satellite" => {
            format!("+proj=geos +lon_0={lon} +h={}", p.length(&["satellite_height"])?)
        }
        _ => return None,
    };
    Some(format!("{body} {place}"))
}

/// Datum or ellipsoid of a geographic CRS.
fn geodetic(crs: &Node, geodetic_of: impl Fn(u32) -> Option<String>) -> Option<String> {
    let shift = crs.find(&["TOWGS84"]).map(|node| node.values.join(",")).filter(|shift| !shift.is_empty());
    let code = crs.nodes.iter().find(|node| matches!(node.keyword.as_str(), "AUTHORITY" | "ID"));
    let code = code.filter(|node| node.name() == Some("EPSG")).and_then(|node| node.values.get(1)?.parse().ok());
    if let (None, Some(known)) = (&shift, code.and_then(geodetic_of)) {
        return Some(known);
    }
    let datum = crs.find(&["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"]).and_then(Node::name).map(normal);
    let named = match datum.as_deref() {
        Some("wgs_1984" | "d_wgs_1984" | "world_geodetic_system_1984" | "world_geodetic_system_1984_ensemble") => {
            Some("+datum=WGS84")
        }
        Some("north_american_datum_1983" | "d_north_american_1983") => Some("+datum=NAD83"),
        Some("north_american_datum_1927" | "d_north_american_1927") => Some("+datum=NAD27"),
        _ => None,
    };
    let ellipsoid = crs.find(&["SPHEROID", "ELLIPSOID"])?;
    let (major, inverse) = (ellipsoid.number(1)?, ellipsoid.number(2)?);
    let body = match named {
        Some(named) if shift.is_none() => named.to_owned(),
        _ if inverse == 0.0 => format!("+R={major}"),
        _ => format!("+a={major} +rf={inverse}"),
    };
    let shift = shift.map(|shift| format!(" +towgs84={shift}")).unwrap_or_default();
    let meridian = crs.find(&["PRIMEM", "PRIMEMERIDIAN"]).and_then(|node| node.number(1)).unwrap_or(0.0);
    let meridian = if meridian == 0.0 { String::new() } else { format!(" +pm={meridian}") };
    Some(format!("{body}{shift}{meridian}"))
}

/// The numbers of a projection, in metres and degrees.
struct Parameters<'a> {
    crs: &'a Node,
    metres: f64,
    /// Degrees in one of the file's angular units.
    degrees: f64,
}

impl Parameters<'_> {
    fn node(&self, names: &[&str]) -> Option<&Node> {
        names.iter().find_map(|wanted| {
            self.crs.all("PARAMETER").into_iter().find(|node| node.name().is_some_and(|name| normal(name) == *wanted))
        })
    }

    fn number(&self, names: &[&str]) -> Option<f64> {
        self.node(names)?.number(1)
    }

    fn angle(&self, names: &[&str]) -> Option<f64> {
        let node = self.node(names)?;
        let degrees = node.unit(ANGLE_UNITS).map_or(self.degrees, |unit| unit / DEGREE);
        let value = node.number(1)?;
        Some(if (degrees - 1.0).abs() < 1e-9 { value } else { value * degrees })
    }

    /// What all kinds of Hotine's oblique Mercator have. Without an angle of its own the grid is turned by the azimuth.
    fn oblique(&self, lat: f64, lon: f64, scale: f64) -> Option<String> {
        let azimuth = self.angle(AZIMUTHS)?;
        let rectified = self.angle(RECTIFIED).unwrap_or(azimuth);
        Some(format!("+lat_0={lat} +lonc={lon} +alpha={azimuth} +gamma={rectified} +k={scale}"))
    }

    /// PROJ knows the projections to the south only so.
    fn has_no_false_coordinates(&self) -> bool {
        [EASTINGS, NORTHINGS].iter().all(|names| self.length(names).unwrap_or(0.0) == 0.0)
    }

    fn length(&self, names: &[&str]) -> Option<f64> {
        let node = self.node(names)?;
        Some(node.number(1)? * node.unit(LENGTH_UNITS).unwrap_or(self.metres))
    }
}

/// `KEYWORD[value, …, NODE[…], …]`.
#[derive(Debug, Default)]
struct Node {
    keyword: String,
    values: Vec<String>,
    nodes: Vec<Node>,
}

impl Node {
    fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim_start();
        Self::take(&mut rest, 0)
    }

    fn take(rest: &mut &str, depth: usize) -> Option<Self> {
        let (keyword, after) = rest.split_once(['[', '('])?;
        let mut node = Self { keyword: keyword.trim().to_ascii_uppercase(), ..Self::default() };
        if depth > MAX_DEPTH || node.keyword.contains([',', ']', ')', '"']) {
            return None;
        }
        *rest = after;
        loop {
            *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            let end = rest.find([',', '[', '(', ']', ')', '"'])?;
            match rest.as_bytes().get(end)? {
                b'"' => {
                    let (value, after) = rest.get(end.saturating_add(1)..)?.split_once('"')?;
                    node.values.push(value.to_owned());
                    *rest = after;
                }
                b'[' | b'(' => node.nodes.push(Self::take(rest, depth.saturating_add(1))?),
                closes => {
                    let value = rest.get(..end)?.trim();
                    if !value.is_empty() {
                        node.values.push(value.to_owned());
                    }
                    *rest = rest.get(end..)?.get(1..)?;
                    if *closes != b',' {
                        return Some(node);
                    }
                }
            }
        }
    }

    fn name(&self) -> Option<&str> {
        self.values.first().map(String::as_str)
    }

    fn number(&self, index: usize) -> Option<f64> {
        self.values.get(index)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// This node or the first below it, in the order of the text, that has one of the keywords.
    fn find(&self, keywords: &[&str]) -> Option<&Self> {
        if keywords.contains(&self.keyword.as_str()) {
            return Some(self);
        }
        self.nodes.iter().find_map(|node| node.find(keywords))
    }

    /// The nodes below it with a keyword.
    fn all(&self, keyword: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        for node in &self.nodes {
            if node.keyword == keyword {
                found.push(node);
            }
            found.extend(node.all(keyword));
        }
        found
    }

    /// Size of the unit that stands directly in this node, or in the axes of a WKT 2.
    fn unit(&self, keywords: &[&str]) -> Option<f64> {
        let of = |node: &Self| {
            node.nodes.iter().find(|unit| keywords.contains(&unit.keyword.as_str())).and_then(|unit| unit.number(1))
        };
        of(self).or_else(|| self.nodes.iter().filter(|node| node.keyword == "AXIS").find_map(of))
    }
}

/// A name as all writers would spell it.
fn normal(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace([' ', '-'], "_");
    name.replace(['(', ')'], "")
}

fn is_degree(radians: f64) -> bool {
    (radians / DEGREE - 1.0).abs() < 1e-9
}

fn unreadable(text: &str) -> Error {
    let start: String = text.chars().take(80).collect();
    Error::new(Code::CrsUnknown, format!("expected WKT of a geographic or projected CRS, got {start}…"))
        .with_hint("give its code (EPSG:n) or a PROJ string")
}

fn unsupported(what: &str) -> Error {
    Error::new(Code::CrsUnsupported, format!("the CRS uses {what}, which is not known here"))
        .with_hint("transform the data to another CRS first, for example with gdalwarp -t_srs EPSG:4326")
}

const MAX_DEPTH: usize = 16;
const DEGREE: f64 = std::f64::consts::PI / 180.0;
const PROJECTED: &[&str] = &["PROJCS", "PROJCRS", "PROJECTEDCRS"];
const GEOGRAPHIC: &[&str] = &["GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS"];
const GEOGRAPHIC_AND_BASE: &[&str] =
    &["GEOGCS", "BASEGEOGCRS", "BASEGEODCRS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS"];
const ANGLE_UNITS: &[&str] = &["UNIT", "ANGLEUNIT"];
const LENGTH_UNITS: &[&str] = &["UNIT", "LENGTHUNIT"];
const LATITUDES: &[&str] = &[
    "latitude_of_origin",
    "latitude_of_center",
    "latitude_of_centre",
    "central_parallel",
    "latitude_of_natural_origin",
    "latitude_of_false_origin",
    "latitude_of_projection_centre",
];
const LONGITUDES: &[&str] = &[
    "central_meridian",
    "longitude_of_center",
    "longitude_of_centre",
    "longitude_of_origin",
    "longitude_of_natural_origin",
    "longitude_of_false_origin",
    "straight_vertical_longitude_from_pole",
    "longitude_of_projection_centre",
];
const SCALES: &[&str] = &[
    "scale_factor",
    "scale_factor_at_natural_origin",
    "scale_factor_on_initial_line",
    "scale_factor_at_projection_centre",
];
const AZIMUTHS: &[&str] = &["azimuth", "azimuth_of_initial_line", "azimuth_at_projection_centre"];
const RECTIFIED: &[&str] = &["rectified_grid_angle", "angle_from_rectified_to_skew_grid", "xy_plane_rotation"];
const PARALLELS_1: &[&str] = &[
    "standard_parallel_1",
    "pseudo_standard_parallel_1",
    "latitude_of_1st_standard_parallel",
    "latitude_of_standard_parallel",
];
const PARALLELS_2: &[&str] = &["standard_parallel_2", "latitude_of_2nd_standard_parallel"];
const EASTINGS: &[&str] = &["false_easting", "easting_at_false_origin", "easting_at_projection_centre"];
const NORTHINGS: &[&str] = &["false_northing", "northing_at_false_origin", "northing_at_projection_centre"];

#[cfg(test)]
#[path = "crs_wkt_tests.rs"]
mod tests;
