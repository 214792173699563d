//! Where a raster lies: geotransform and CRS from a page's tags.

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
    pub gcp_count: usize,
    pub crs: Option<Crs>,
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
        let gcp_count = if geotransform.is_none() { tiepoints.len() / 6 } else { 0 };
        let crs = crs(&keys).ok();
        Ok(Self { keys, geotransform, gcp_count, crs })
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

    pub fn geotransform(&self) -> Result<GeoTransform> {
        if let Some(geotransform) = self.geotransform {
            return Ok(geotransform);
        }
        if self.gcp_count > 0 {
            return Err(Error::new(
                Code::GeoGcpsUnsupported,
                format!("the raster is placed by {} ground control points, not by a geotransform", self.gcp_count),
            )
            .with_hint("warp it first: gdalwarp -t_srs EPSG:4326 IN OUT"));
        }
        Err(Error::new(Code::GeoNotReferenced, "the raster does not say where it lies")
            .with_hint("give it a geotransform, for example with gdal_edit.py -a_ullr"))
    }
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

fn epsg_code(keys: &GeoKeys) -> Option<u16> {
    if is_web_mercator(keys) {
        return Some(3857);
    }
    let projected = keys.code(GeoKeys::PROJECTED_TYPE);
    let is_projected = keys.short(GeoKeys::MODEL_TYPE) == Some(MODEL_PROJECTED)
        || keys.short(GeoKeys::PROJECTED_TYPE) == Some(GeoKeys::USER_DEFINED);
    match projected {
        Some(code) if keys.short(GeoKeys::MODEL_TYPE) != Some(MODEL_GEOGRAPHIC) => Some(code),
        _ if is_projected => None,
        _ => keys.code(GeoKeys::GEOGRAPHIC_TYPE),
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
    let is_projected = keys.short(GeoKeys::MODEL_TYPE) == Some(MODEL_PROJECTED)
        || keys.short(GeoKeys::PROJECTED_TYPE) == Some(GeoKeys::USER_DEFINED);
    let code = |key| keys.code(key).map(u32::from);
    let is_geographic = keys.short(GeoKeys::MODEL_TYPE) == Some(MODEL_GEOGRAPHIC);
    let projected_code = if is_geographic { None } else { code(GeoKeys::PROJECTED_TYPE) };
    let citation = [GeoKeys::PROJECTED_CITATION, GeoKeys::CITATION, GeoKeys::GEOG_CITATION]
        .iter()
        .find_map(|&key| keys.ascii(key).filter(|text| !text.is_empty()));
    if projected_code.is_none()
        && let Some(definition) = geokey_projection::definition(keys, is_projected)
        && let Ok(crs) = Crs::parse(&definition)
    {
        return Ok(crs);
    }
    let user_defined = code(GeoKeys::PROJ_COORD_TRANS)
        .filter(|_| is_projected && projected_code.is_none())
        .map(|method| UserDefinedProjection { method, parameters: geokey_projection::parameters(keys) });
    Crs::from_geokeys(&GeoKeyCrs {
        projected_code,
        geographic_code: code(GeoKeys::GEOGRAPHIC_TYPE),
        citation: citation.map(str::to_owned),
        is_projected: is_projected && projected_code.is_none(),
        user_defined,
    })
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
