//! Where a raster lies: geotransform and CRS from a page's tags.

use serde::Serialize;

use super::geokey_projection;
use crate::error::{Code, Error, Result};
use crate::geo::{Crs, GeoKeyCrs, GeoTransform, UserDefinedProjection};
use crate::limits::Limits;
use crate::tiff::{FileBytes, GeoKeys, Ifd, Step, tags};

/// What a file says of its place.
#[derive(Debug, Clone)]
pub(super) struct Georeference {
    pub keys: GeoKeys,
    pub geotransform: Option<GeoTransform>,
    /// Tiepoints that are ground control points, not the corner of a grid.
    pub gcps: Vec<Gcp>,
    pub crs: Option<Crs>,
}

/// A place of the image and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gcp {
    /// Column and row, the upper left corner of the first pixel being 0, 0.
    pub pixel: f64,
    pub line: f64,
    /// In the file's CRS.
    pub x: f64,
    pub y: f64,
    pub z: f64,
}

impl Georeference {
    pub fn parse(ifd: &Ifd, bytes: &FileBytes, limits: &Limits) -> Step<Self> {
        let directory = ifd.uints(tags::GEO_KEY_DIRECTORY, bytes, limits)?.unwrap_or_default();
        let doubles = ifd.floats(tags::GEO_DOUBLE_PARAMS, bytes, limits)?.unwrap_or_default();
        let ascii = ifd.text(tags::GEO_ASCII_PARAMS, bytes, limits)?.unwrap_or_default();
        let keys = GeoKeys::parse(&directory, &doubles, &ascii);

        let scale = ifd.floats(tags::MODEL_PIXEL_SCALE, bytes, limits)?.unwrap_or_default();
        let tiepoints = ifd.floats(tags::MODEL_TIEPOINT, bytes, limits)?.unwrap_or_default();
        let matrix = ifd.floats(tags::MODEL_TRANSFORMATION, bytes, limits)?.unwrap_or_default();
        let geotransform = geotransform(&scale, &tiepoints, &matrix, keys.is_pixel_point());
        let gcps = if geotransform.is_none() { gcps(&tiepoints, keys.is_pixel_point()) } else { Vec::new() };
        let crs = crs(&keys).ok();
        Ok(Self { keys, geotransform, gcps, crs })
    }

    /// The CRS; `crs.missing`, `crs.unknown` or `crs.unsupported` naming what the file says.
    pub fn crs(&self) -> Result<Crs> {
        match &self.crs {
            Some(crs) => Ok(crs.clone()),
            None => crs(&self.keys),
        }
    }

    /// `EPSG:n` as the file says it, known or not; else the CRS's name; else the text of the citation that is WKT.
    pub fn crs_name(&self) -> Option<String> {
        if let Some(code) = epsg_code(&self.keys)
            && self.crs.as_ref().is_none_or(|crs| crs.name().starts_with("EPSG:"))
        {
            return Some(format!("EPSG:{code}"));
        }
        self.crs.as_ref().map(|crs| crs.name().to_owned()).or_else(|| wkt_in_citation(&self.keys))
    }

    /// The vertical CRS as the file says it: `EPSG:n`, else its name.
    pub fn vertical_crs(&self) -> Option<String> {
        let code = self.keys.code(GeoKeys::VERTICAL_TYPE).map(|code| format!("EPSG:{code}"));
        code.or_else(|| self.keys.ascii(GeoKeys::VERTICAL_CITATION).filter(|text| !text.is_empty()).map(str::to_owned))
    }

    pub fn geotransform(&self) -> Result<GeoTransform> {
        if let Some(geotransform) = self.geotransform {
            return Ok(geotransform);
        }
        if !self.gcps.is_empty() {
            return Err(Error::new(
                Code::GeoGcpsUnsupported,
                format!("the raster is placed by {} ground control points, not by a geotransform", self.gcps.len()),
            )
            .with_hint("warp it first: gdalwarp -t_srs EPSG:4326 IN OUT"));
        }
        Err(Error::new(Code::GeoNotReferenced, "the raster does not say where it lies")
            .with_hint("give it a geotransform, for example with gdal_edit.py -a_ullr"))
    }
}

/// Points lie at pixels' centres in a file of points (GDAL's rule).
fn gcps(tiepoints: &[f64], is_point: bool) -> Vec<Gcp> {
    let shift = if is_point { 0.5 } else { 0.0 };
    let (points, _) = tiepoints.as_chunks::<6>();
    points.iter().map(|&[pixel, line, _, x, y, z]| Gcp { pixel: pixel + shift, line: line + shift, x, y, z }).collect()
}

/// GDAL's rules: scale and tiepoint where usable, else the matrix; points move the origin by half a pixel.
fn geotransform(scale: &[f64], tiepoints: &[f64], matrix: &[f64], is_point: bool) -> Option<GeoTransform> {
    let [mut x0, xu, xv, mut y0, yu, yv] = match (scale, tiepoints, matrix) {
        (&[sx, sy, ..], &[u, v, _, x, y, _, ..], _) if is_usable(sx) && is_usable(sy) => {
            // A negative scale still means rows that run south, as GDAL reads it.
            let (xu, yv) = (sx, -sy.abs());
            [x - u * xu, xu, 0.0, y - v * yv, 0.0, yv]
        }
        (_, _, &[xu, xv, _, x0, yu, yv, _, y0, ..]) => [x0, xu, xv, y0, yu, yv],
        _ => return None,
    };
    if is_point {
        x0 -= (xu + xv) * 0.5;
        y0 -= (yu + yv) * 0.5;
    }
    let numbers = [x0, xu, xv, y0, yu, yv];
    numbers.iter().all(|number| number.is_finite()).then_some(GeoTransform(numbers))
}

fn is_usable(scale: f64) -> bool {
    scale != 0.0 && scale.is_finite()
}

const MODEL_PROJECTED: u16 = 1;
const MODEL_GEOGRAPHIC: u16 = 2;

/// Which kind of CRS the keys mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Model {
    Projected,
    Geographic,
    /// Neither: only a citation can tell (GDAL writes projections so that GeoTIFF has no keys for).
    UserDefined,
}

fn model(keys: &GeoKeys) -> Model {
    match keys.short(GeoKeys::MODEL_TYPE) {
        Some(MODEL_GEOGRAPHIC) => Model::Geographic,
        Some(MODEL_PROJECTED) => Model::Projected,
        _ if keys.short(GeoKeys::PROJECTED_TYPE).is_some_and(|code| code != 0) => Model::Projected,
        Some(GeoKeys::USER_DEFINED) => Model::UserDefined,
        _ => Model::Geographic,
    }
}

fn epsg_code(keys: &GeoKeys) -> Option<u16> {
    if is_web_mercator(keys) {
        return Some(3857);
    }
    match model(keys) {
        Model::Projected => keys.code(GeoKeys::PROJECTED_TYPE),
        Model::Geographic => keys.code(GeoKeys::GEOGRAPHIC_TYPE),
        Model::UserDefined => None,
    }
}

/// Two spellings of Web Mercator without its code: ArcGIS's name, and the code of its projection method.
fn is_web_mercator(keys: &GeoKeys) -> bool {
    const METHOD: u16 = 3856;
    let is_named = keys
        .ascii(GeoKeys::PROJECTED_CITATION)
        .is_some_and(|text| text.contains("WGS_1984_Web_Mercator_Auxiliary_Sphere"));
    keys.code(GeoKeys::PROJECTED_TYPE).is_none() && (is_named || keys.code(GeoKeys::PROJECTION) == Some(METHOD))
}

fn crs(keys: &GeoKeys) -> Result<Crs> {
    if is_web_mercator(keys) {
        return Crs::from_epsg(3857);
    }
    let model = model(keys);
    let code = |key| keys.code(key).map(u32::from);
    let projected_code = code(GeoKeys::PROJECTED_TYPE).filter(|_| model == Model::Projected);
    let is_spelled_out = projected_code.is_none() && model != Model::UserDefined;
    if is_spelled_out
        && let Some(definition) = geokey_projection::definition(keys, model == Model::Projected)
        && let Ok(crs) = Crs::parse(&definition)
    {
        return Ok(crs);
    }
    let user_defined = code(GeoKeys::PROJ_COORD_TRANS)
        .filter(|_| projected_code.is_none() && model == Model::Projected)
        .map(|method| UserDefinedProjection { method, parameters: geokey_projection::parameters(keys) });
    let crs = Crs::from_geokeys(&GeoKeyCrs {
        projected_code,
        geographic_code: code(GeoKeys::GEOGRAPHIC_TYPE).filter(|_| model != Model::UserDefined),
        citation: citation(keys).map(str::to_owned),
        is_projected: model == Model::Projected && projected_code.is_none(),
        user_defined,
    })?;
    in_units(crs, keys)
}

/// The citation that says most: WKT, else the first there is.
fn citation(keys: &GeoKeys) -> Option<&str> {
    let all = || {
        [GeoKeys::PROJECTED_CITATION, GeoKeys::CITATION, GeoKeys::GEOG_CITATION]
            .iter()
            .filter_map(|&key| keys.ascii(key).filter(|text| !text.is_empty()))
    };
    all().find(|text| text.contains('[')).or_else(|| all().next())
}

/// The CRS in the unit that the keys name, where that is another than the code's own.
fn in_units(crs: Crs, keys: &GeoKeys) -> Result<Crs> {
    let unknown = |what: &str, unit: Option<u16>| {
        let unit = unit.unwrap_or(GeoKeys::USER_DEFINED);
        Error::new(Code::CrsUnsupported, format!("the file's {what} are in unit {unit}, which is not known here"))
            .with_hint("transform the data to another CRS first, for example with gdalwarp -t_srs EPSG:4326")
    };
    let Some(own) = crs.metres_per_unit() else {
        return match geokey_projection::degrees_per_unit(keys) {
            Some(1.0) => Ok(crs),
            _ => Err(unknown("longitudes", keys.short(GeoKeys::GEOG_ANGULAR_UNITS))),
        };
    };
    if keys.code(GeoKeys::PROJ_LINEAR_UNITS).is_none() && keys.double(GeoKeys::PROJ_LINEAR_UNIT_SIZE).is_none() {
        return Ok(crs);
    }
    let metres = geokey_projection::metres_per_unit(keys)
        .ok_or_else(|| unknown("coordinates", keys.short(GeoKeys::PROJ_LINEAR_UNITS)))?;
    if (metres / own - 1.0).abs() < 1e-9 { Ok(crs) } else { crs.with_unit(metres) }
}

fn wkt_in_citation(keys: &GeoKeys) -> Option<String> {
    [GeoKeys::PROJECTED_CITATION, GeoKeys::CITATION, GeoKeys::GEOG_CITATION].iter().find_map(|&key| {
        let text = keys.ascii(key)?;
        let wkt = text.strip_prefix("ESRI PE String = ").unwrap_or(text);
        ["PROJCS[", "GEOGCS[", "PROJCRS[", "GEOGCRS["]
            .iter()
            .any(|start| wkt.starts_with(start))
            .then(|| wkt.to_owned())
    })
}

#[cfg(test)]
#[path = "georeference_tests.rs"]
mod tests;
