use super::{Table, codes, definition};
use crate::geo::Crs;

#[test]
fn rows_are_those_that_the_script_wrote() {
    assert_eq!(codes().count(), 8885);
    assert!(codes().is_sorted());
    for code in [4326, 3857, 6933].into_iter().chain(32601..=32660).chain(32701..=32760) {
        let known = definition("EPSG", code);
        assert_eq!(known.as_deref(), super::TABLE.definition("EPSG", code), "{code}");
        assert!(known.is_some(), "{code}");
    }
    assert_eq!(definition("EPSG", 32733).as_deref(), Some("+proj=utm +zone=33 +datum=WGS84 +south"));
    assert_eq!(definition("ESRI", 54009).as_deref(), Some("+proj=moll +datum=WGS84"));
    assert_eq!(definition("EPSG", 1), None);
    // In grads: the PROJ string does not say so.
    assert_eq!(definition("EPSG", 4807), None);
    assert_eq!(definition("ESRI", 4326), None);
}

#[test]
fn all_but_the_rarest_projections_can_be_computed() {
    let mut failures = std::collections::BTreeMap::<String, usize>::new();
    for (authority, code) in codes() {
        if let Err(error) = Crs::parse(&format!("{authority}:{code}")) {
            let definition = definition(authority, code).unwrap();
            let name = definition.split_whitespace().next().unwrap();
            *failures.entry(format!("{name}: {error}").replace(&format!("{authority}:{code}"), "n")).or_default() += 1;
        }
    }
    let failed: usize = failures.values().sum();
    assert!(failed <= 200, "{failed}: {failures:#?}");
}

#[test]
fn other_bytes_make_no_table() {
    assert!(Table::decoded(b"").is_none());
    // An empty frame.
    assert!(Table::decoded(&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00]).is_none());
    let mut broken = include_bytes!("epsg.bin").to_vec();
    broken.truncate(broken.len() / 2);
    assert!(Table::decoded(&broken).is_none());
}
