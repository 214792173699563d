use super::{Crs, GeoKeyCrs, UserDefinedProjection};
use crate::error::Code;

#[test]
fn a_crs_is_known_by_its_code() {
    let crs = Crs::from_epsg(6933).unwrap();
    assert_eq!(crs.name(), "EPSG:6933");
    assert_eq!(crs.metres_per_unit(), Some(1.0));
    assert!(!crs.is_geographic());
    assert_eq!(crs, Crs::parse("urn:ogc:def:crs:EPSG::6933").unwrap());
    assert_ne!(crs, Crs::parse("EPSG:6931").unwrap());
    assert_eq!(serde_json::to_string(&crs).unwrap(), "\"EPSG:6933\"");
    assert_eq!(serde_json::from_str::<Crs>("\"EPSG:6933\"").unwrap(), crs);
    assert!(serde_json::from_str::<Crs>("\"EPSG:1\"").is_err());
}

#[test]
fn degrees_and_feet_are_told_apart() {
    let geographic = Crs::parse("EPSG:4269").unwrap();
    assert!(geographic.is_geographic());
    assert_eq!(geographic.metres_per_unit(), None);
    let feet = Crs::parse("EPSG:2229").unwrap();
    assert!((feet.metres_per_unit().unwrap() - 1200.0 / 3937.0).abs() < 1e-12);
    assert_eq!(feet.ellipsoid_m().0, 6_378_137.0);
}

#[test]
fn a_proj_string_is_its_own_name() {
    let text = "+proj=laea +lat_0=5 +lon_0=20 +datum=WGS84";
    let crs = Crs::parse(text).unwrap();
    assert_eq!(crs.name(), text);
    assert_eq!(Crs::parse(crs.name()).unwrap(), crs);
}

#[test]
fn what_cannot_be_computed_says_so() {
    for (text, code) in [
        ("EPSG:1", Code::CrsUnknown),
        ("+proj=healpix", Code::CrsUnsupported),
        ("+proj=geocent +datum=WGS84", Code::CrsUnsupported),
        ("+proj=utm +zone=99", Code::CrsUnsupported),
        ("+proj=tmerc +nadgrids=missing.gsb", Code::CrsUnsupported),
    ] {
        let error = Crs::parse(text).unwrap_err();
        assert_eq!(error.code(), code, "{text}: {error}");
        assert!(error.message().contains(text) && error.hint().is_some(), "{error}");
    }
}

#[test]
fn geokeys_name_a_crs() {
    let keys = |projected_code, geographic_code, citation: &str| GeoKeyCrs {
        projected_code,
        geographic_code,
        citation: (!citation.is_empty()).then(|| citation.to_owned()),
        ..GeoKeyCrs::default()
    };
    let name = |keys: &GeoKeyCrs| Crs::from_geokeys(keys).map(|crs| crs.name().to_owned());
    assert_eq!(name(&keys(Some(32633), Some(4326), "")).unwrap(), "EPSG:32633");
    assert_eq!(name(&keys(None, Some(4326), "WGS 84")).unwrap(), "EPSG:4326");
    assert_eq!(name(&keys(Some(54009), None, "")).unwrap(), "ESRI:54009");
    let error = name(&keys(Some(64000), None, "")).unwrap_err();
    assert_eq!(error.message(), "EPSG:64000 is not in the table of coordinate reference systems");
    assert_eq!(name(&keys(None, None, "")).unwrap_err().code(), Code::CrsMissing);
    let error = name(&keys(None, None, "My local grid")).unwrap_err();
    assert_eq!(error.code(), Code::CrsUnknown);
    assert!(error.message().contains("My local grid"));
}

#[test]
fn a_user_defined_projection_is_named_by_what_was_found() {
    let mut keys = GeoKeyCrs {
        geographic_code: Some(4326),
        is_projected: true,
        user_defined: Some(UserDefinedProjection { method: 10, parameters: vec![(3080, 5.0)] }),
        ..GeoKeyCrs::default()
    };
    let error = Crs::from_geokeys(&keys).unwrap_err();
    assert_eq!(error.code(), Code::CrsUnknown);
    assert!(error.message().ends_with("a user-defined projection (method 10)"), "{error}");
    keys.citation = Some("PCS Name = ESRI:54009".to_owned());
    assert_eq!(Crs::from_geokeys(&keys).unwrap().name(), "ESRI:54009");
}

#[test]
fn characters_that_no_proj_string_has_are_refused() {
    for text in ["+proj=laea +lat_0=52 +lon_0=\u{fffd}'", "+proj=laea +lat_0=52° +lon_0=10", "+proj=longlat +title=é"]
    {
        assert_eq!(Crs::parse(text).unwrap_err().code(), Code::CrsUnsupported, "{text}");
    }
}
