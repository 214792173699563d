use super::{CrsText, code_in_citation, parse};
use crate::error::Code;

fn code(text: &str) -> (&'static str, u32) {
    match parse(text).unwrap() {
        CrsText::Code { authority, code } => (authority, code),
        CrsText::Proj(definition) => panic!("{definition}"),
    }
}

#[test]
fn codes_in_all_their_spellings() {
    for text in [
        "EPSG:6933",
        " epsg:6933 ",
        "urn:ogc:def:crs:EPSG::6933",
        "urn:ogc:def:crs:EPSG:10.088:6933",
        "http://www.opengis.net/def/crs/EPSG/0/6933",
        "+init=epsg:6933 +no_defs",
        "6933",
    ] {
        assert_eq!(code(text), ("EPSG", 6933), "{text}");
    }
    assert_eq!(code("ESRI:54009"), ("ESRI", 54009));
    for text in ["OGC:CRS84", "CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84", "http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
    {
        assert_eq!(code(text), ("EPSG", 4326), "{text}");
    }
}

#[test]
fn a_proj_string_is_tidied() {
    assert_eq!(
        parse(" +proj=moll\n +lon_0=10  +datum=WGS84 ").unwrap(),
        CrsText::Proj("+proj=moll +lon_0=10 +datum=WGS84".to_owned())
    );
}

#[test]
fn wkt_gives_its_own_code_not_a_parts() {
    let wkt1 = r#"PROJCS["WGS 84 / UTM zone 33N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,
        AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],
        AUTHORITY["EPSG","4326"]],PROJECTION["Transverse_Mercator"],PARAMETER["central_meridian",15],
        UNIT["metre",1],AUTHORITY["EPSG","32633"]]"#;
    assert_eq!(code(wkt1), ("EPSG", 32633));
    let wkt2 = r#"PROJCRS["a (b) [c]",BASEGEOGCRS["WGS 84",ID["EPSG",4326]],CONVERSION["x",ID["EPSG",16033]],
        CS[Cartesian,2],AXIS["(E)",east,ORDER[1]],ID["EPSG",32633]]"#;
    assert_eq!(code(wkt2), ("EPSG", 32633));
    let compound = r#"COMPD_CS["both",PROJCS["p",GEOGCS["g",AUTHORITY["EPSG","4258"]],AUTHORITY["EPSG","25832"]],
        VERT_CS["v",AUTHORITY["EPSG","5783"]],AUTHORITY["EPSG","5555"]]"#;
    assert_eq!(code(compound), ("EPSG", 25832));
    let bound = r#"BOUNDCRS[SOURCECRS[GEOGCRS["g",ID["EPSG",4267]]],TARGETCRS[GEOGCRS["t",ID["EPSG",4326]]]]"#;
    assert_eq!(code(bound), ("EPSG", 4267));
}

#[test]
fn other_texts_are_unknown() {
    for text in [
        "",
        "EPSG:",
        "EPSG:x",
        "IAU:49900",
        "somewhere",
        "EPSG:-1",
        "EPSG:99999999999",
        r#"PROJCS["no projection",GEOGCS["WGS 84",AUTHORITY["EPSG","4326"]]]"#,
        "PROJCS[\"unclosed",
        "]]]",
        "[",
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.code(), Code::CrsUnknown, "{text}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn citations_may_hold_a_code() {
    assert_eq!(code_in_citation("WGS 84 / World (EPSG:6933)"), Some(("EPSG", 6933)));
    assert_eq!(code_in_citation("PCS Name = EPSG:3035|"), Some(("EPSG", 3035)));
    assert_eq!(
        code_in_citation("ESRI PE String = PROJCS[\"x\",GEOGCS[\"y\"],AUTHORITY[\"ESRI\",\"54009\"]]"),
        Some(("ESRI", 54009))
    );
    assert_eq!(code_in_citation("WGS 84 / UTM zone 33N"), None);
}
