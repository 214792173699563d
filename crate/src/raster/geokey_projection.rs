//! User-defined projections of GeoKeys as PROJ strings.

use crate::geo::Crs;
use crate::tiff::GeoKeys;

/// The PROJ string of a CRS that the keys spell out instead of naming its code; `None` where they don't, or use what
/// is not known here. `is_projected` as the model type says.
pub(super) fn definition(keys: &GeoKeys, is_projected: bool) -> Option<String> {
    if !is_projected {
        // A geographic CRS of its own: only worth spelling out where no code says it shorter.
        if keys.code(GeoKeys::GEOGRAPHIC_TYPE).is_some() || keys.short(GeoKeys::GEOGRAPHIC_TYPE).is_none() {
            return None;
        }
        // Coordinates in another unit than degrees can't be taken as they are.
        if degrees_per_unit(keys) != Some(1.0) {
            return None;
        }
        return Some(format!("+proj=longlat {} +no_defs", geodetic(keys)?));
    }
    let body = utm(keys).or_else(|| projection(keys))?;
    Some(format!("{body} {}{} +no_defs", geodetic(keys)?, units(keys)?))
}

/// UTM by the code of its zone: 16001–16060 in the north, 16101–16160 in the south.
fn utm(keys: &GeoKeys) -> Option<String> {
    let code = keys.code(GeoKeys::PROJECTION)?;
    match code {
        16001..=16060 => Some(format!("+proj=utm +zone={}", code.checked_sub(16000)?)),
        16101..=16160 => Some(format!("+proj=utm +zone={} +south", code.checked_sub(16100)?)),
        _ => None,
    }
}

/// Numbers of the projection's keys, for messages.
pub(super) fn parameters(keys: &GeoKeys) -> Vec<(u16, f64)> {
    (GeoKeys::PROJ_LINEAR_UNIT_SIZE..=GeoKeys::PROJ_RECTIFIED_GRID_ANGLE)
        .filter_map(|key| Some((key, keys.double(key)?)))
        .collect()
}

fn projection(keys: &GeoKeys) -> Option<String> {
    use GeoKeys as K;
    // Writers differ in which of several keys of the same meaning they use.
    let first = |wanted: &[u16]| wanted.iter().find_map(|&key| keys.double(key)).unwrap_or(0.0);
    let degrees = degrees_per_unit(keys)?;
    let angle = |value: f64| if degrees == 1.0 { value } else { value * degrees };
    let lon = angle(first(&[
        K::PROJ_NAT_ORIGIN_LONG,
        K::PROJ_CENTER_LONG,
        K::PROJ_FALSE_ORIGIN_LONG,
        K::PROJ_STRAIGHT_VERT_POLE_LONG,
    ]));
    let lat = angle(first(&[K::PROJ_NAT_ORIGIN_LAT, K::PROJ_CENTER_LAT, K::PROJ_FALSE_ORIGIN_LAT]));
    let parallel1 = keys.double(K::PROJ_STD_PARALLEL1).map(angle);
    let parallel2 = keys.double(K::PROJ_STD_PARALLEL2).map(angle);
    let scale = [K::PROJ_SCALE_AT_NAT_ORIGIN, K::PROJ_SCALE_AT_CENTER]
        .iter()
        .find_map(|&key| keys.double(key))
        .filter(|&scale| scale != 0.0)
        .unwrap_or(1.0);
    // False coordinates are in the CRS's unit; PROJ wants metres.
    let metres = metres_per_unit(keys)?;
    let x = first(&[K::PROJ_FALSE_EASTING, K::PROJ_FALSE_ORIGIN_EASTING, K::PROJ_CENTER_EASTING]) * metres;
    let y = first(&[K::PROJ_FALSE_NORTHING, K::PROJ_FALSE_ORIGIN_NORTHING, K::PROJ_CENTER_NORTHING]) * metres;
    let one = parallel1.unwrap_or(0.0);
    let two = parallel2.unwrap_or(one);
    let azimuth = angle(first(&[K::PROJ_AZIMUTH_ANGLE]));
    let rectified = keys.double(K::PROJ_RECTIFIED_GRID_ANGLE).map_or(azimuth, angle);
    let body = match keys.code(K::PROJ_COORD_TRANS)? {
        1 => format!("+proj=tmerc +lat_0={lat} +lon_0={lon} +k={scale}"),
        // Hotine's oblique Mercator: false coordinates are those of the natural origin (3), or of the centre.
        code @ (3 | 9815) => {
            let offset = if code == 3 { "+no_uoff " } else { "" };
            format!("+proj=omerc {offset}+lat_0={lat} +lonc={lon} +alpha={azimuth} +gamma={rectified} +k={scale}")
        }
        7 if parallel1.is_some() => format!("+proj=merc +lat_ts={one} +lon_0={lon}"),
        7 => format!("+proj=merc +lon_0={lon} +k={scale}"),
        8 => format!("+proj=lcc +lat_0={lat} +lon_0={lon} +lat_1={one} +lat_2={two}"),
        9 => format!("+proj=lcc +lat_1={lat} +lat_0={lat} +lon_0={lon} +k_0={scale}"),
        10 => format!("+proj=laea +lat_0={lat} +lon_0={lon}"),
        11 => format!("+proj=aea +lat_0={lat} +lon_0={lon} +lat_1={one} +lat_2={two}"),
        12 => format!("+proj=aeqd +lat_0={lat} +lon_0={lon}"),
        13 => format!("+proj=eqdc +lat_0={lat} +lon_0={lon} +lat_1={one} +lat_2={two}"),
        14 => format!("+proj=stere +lat_0={lat} +lon_0={lon} +k={scale}"),
        // The latitude is that of true scale; the pole is the one on its side.
        15 => {
            let pole = if lat < 0.0 { -90 } else { 90 };
            format!("+proj=stere +lat_0={pole} +lat_ts={lat} +lon_0={lon} +k={scale}")
        }
        16 => format!("+proj=sterea +lat_0={lat} +lon_0={lon} +k={scale}"),
        17 => format!("+proj=eqc +lat_ts={one} +lat_0={lat} +lon_0={lon}"),
        18 => format!("+proj=cass +lat_0={lat} +lon_0={lon}"),
        19 => format!("+proj=gnom +lat_0={lat} +lon_0={lon}"),
        20 => format!("+proj=mill +lon_0={lon}"),
        21 => format!("+proj=ortho +lat_0={lat} +lon_0={lon}"),
        22 => format!("+proj=poly +lat_0={lat} +lon_0={lon}"),
        23 => format!("+proj=robin +lon_0={lon}"),
        24 => format!("+proj=sinu +lon_0={lon}"),
        // To the south and west. As PROJ, not with false coordinates: whether these are subtracted is told in two ways.
        27 if x == 0.0 && y == 0.0 => format!("+proj=tmerc +axis=wsu +lat_0={lat} +lon_0={lon} +k={scale}"),
        28 => format!("+proj=cea +lat_ts={one} +lon_0={lon}"),
        _ => return None,
    };
    Some(format!("{body} +x_0={x} +y_0={y}"))
}

/// Datum or ellipsoid.
fn geodetic(keys: &GeoKeys) -> Option<String> {
    let towgs84 = keys
        .doubles(GeoKeys::GEOG_TO_WGS84)
        .filter(|values| values.len() == 3 || values.len() == 7)
        .map(|values| values.iter().map(f64::to_string).collect::<Vec<_>>().join(","));
    // A datum's code is that of its usual geographic CRS, 2000 more.
    let datum = keys.code(GeoKeys::GEODETIC_DATUM).filter(|code| (6001..=6999).contains(code));
    let geographic = keys.code(GeoKeys::GEOGRAPHIC_TYPE).or_else(|| datum?.checked_sub(2000));
    let known = geographic.and_then(|code| Crs::geodetic_of_epsg(u32::from(code)));
    if let (Some(known), None) = (known, &towgs84) {
        return Some(known);
    }
    let ellipsoid = match keys.code(GeoKeys::GEOG_ELLIPSOID) {
        Some(7030) => "+ellps=WGS84".to_owned(),
        Some(7019) => "+ellps=GRS80".to_owned(),
        Some(7008) => "+ellps=clrk66".to_owned(),
        Some(7004) => "+ellps=bessel".to_owned(),
        Some(7022) => "+ellps=intl".to_owned(),
        Some(7024) => "+ellps=krass".to_owned(),
        Some(7001) => "+ellps=airy".to_owned(),
        Some(7012) => "+ellps=clrk80".to_owned(),
        Some(7043) => "+ellps=WGS72".to_owned(),
        _ => {
            let major = keys.double(GeoKeys::GEOG_SEMI_MAJOR_AXIS).filter(|major| *major > 0.0)?;
            match (keys.double(GeoKeys::GEOG_INV_FLATTENING), keys.double(GeoKeys::GEOG_SEMI_MINOR_AXIS)) {
                (Some(inverse), _) if inverse != 0.0 => format!("+a={major} +rf={inverse}"),
                (Some(_), _) => format!("+R={major}"),
                (None, Some(minor)) if minor != major => format!("+a={major} +b={minor}"),
                _ => format!("+R={major}"),
            }
        }
    };
    let meridian = keys
        .double(GeoKeys::GEOG_PRIME_MERIDIAN_LONG)
        .filter(|longitude| *longitude != 0.0)
        .zip(degrees_per_unit(keys))
        .map(|(longitude, degrees)| format!(" +pm={}", if degrees == 1.0 { longitude } else { longitude * degrees }))
        .unwrap_or_default();
    Some(match towgs84 {
        Some(shift) => format!("{ellipsoid} +towgs84={shift}{meridian}"),
        None => format!("{ellipsoid}{meridian}"),
    })
}

fn units(keys: &GeoKeys) -> Option<String> {
    let metres = metres_per_unit(keys)?;
    Some(if metres == 1.0 { " +units=m".to_owned() } else { format!(" +to_meter={metres}") })
}

/// Metres in one unit of the file's coordinates; `None` for a unit that is not known here.
pub(super) fn metres_per_unit(keys: &GeoKeys) -> Option<f64> {
    Some(match keys.short(GeoKeys::PROJ_LINEAR_UNITS) {
        None | Some(0 | 9001) => 1.0,
        Some(9002) => 0.3048,
        Some(9003) => 1200.0 / 3937.0,
        // Clarke's, Sears', Benoit's, Indian and British feet, yards, links and chains; fathoms and miles.
        Some(9005) => 0.304_797_265_4,
        Some(9014) => 1.8288,
        Some(9030) => 1852.0,
        Some(9031) => 1.000_013_596_5,
        Some(9036) => 1000.0,
        Some(9037) => 0.914_391_796_2,
        Some(9039) => 0.201_166_194_964,
        Some(9040) => 0.914_398_414_616_028_7,
        Some(9041) => 0.304_799_471_538_676_2,
        Some(9042) => 20.116_765_121_552_63,
        Some(9043) => 0.201_167_651_215_526_3,
        Some(9060) => 0.914_391_462_5,
        Some(9062) => 20.116_782_494_375_87,
        Some(9080) => 0.304_799_510_248_146_94,
        Some(9084) => 0.914_398_530_744_440_8,
        Some(9093) => 1609.344,
        Some(9094) => 0.304_799_710_181_508_8,
        Some(9095) => 0.304_800_749_1,
        Some(9096) => 0.9144,
        Some(9097) => 20.1168,
        Some(9098) => 0.201_168,
        Some(GeoKeys::USER_DEFINED) => {
            return keys.double(GeoKeys::PROJ_LINEAR_UNIT_SIZE).filter(|size| *size > 0.0 && size.is_finite());
        }
        Some(_) => return None,
    })
}

/// Degrees in one unit of the file's angles; `None` for a unit that is not known here.
pub(super) fn degrees_per_unit(keys: &GeoKeys) -> Option<f64> {
    Some(match keys.short(GeoKeys::GEOG_ANGULAR_UNITS) {
        None | Some(0 | 9102 | 9122) => 1.0,
        Some(9101) => 1_f64.to_degrees(),
        Some(9103) => 1.0 / 60.0,
        Some(9104) => 1.0 / 3600.0,
        Some(9105 | 9106) => 0.9,
        Some(GeoKeys::USER_DEFINED) => {
            let degrees = keys.double(GeoKeys::GEOG_ANGULAR_UNIT_SIZE)?.to_degrees();
            return Some(if (degrees - 1.0).abs() < 1e-9 { 1.0 } else { degrees }).filter(|degrees| *degrees > 0.0);
        }
        Some(_) => return None,
    })
}

#[cfg(test)]
#[path = "geokey_projection_tests.rs"]
mod tests;
