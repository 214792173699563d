use serde_json::json;

use super::{GridDefinition, Orientation};
use crate::error::Code;
use crate::geo::Bounds;

fn failure(value: serde_json::Value) -> (Code, String) {
    let error = GridDefinition::from_value(&value).unwrap_err();
    assert!(error.hint().is_some(), "{error}");
    (error.code(), error.message().to_owned())
}

#[test]
fn the_contracts_json_is_read_and_written() {
    let text = r#"{"type":"square","crs":"EPSG:6933","cellSize":5000.0,"bounds":[-10.0,35.0,30.0,60.0],"boundsCrs":"EPSG:4326"}"#;
    let definition = GridDefinition::from_json(text).unwrap();
    let GridDefinition::Square(square) = &definition else { panic!("{definition:?}") };
    assert_eq!(square.cell_size, 5000.0);
    assert_eq!(square.bounds, Bounds::new(-10.0, 35.0, 30.0, 60.0));
    assert_eq!(definition.to_value(), serde_json::from_str::<serde_json::Value>(text).unwrap());
    assert_eq!(serde_json::from_str::<GridDefinition>(text).unwrap(), definition);
}

#[test]
fn hexagons_are_pointy_unless_they_are_flat() {
    let of = |orientation| json!({"type":"hexagon","crs":"EPSG:3035","cellSize":10,"bounds":[0,0,1,1],"orientation":orientation});
    for (orientation, expected) in
        [(json!(null), Orientation::Pointy), (json!("pointy"), Orientation::Pointy), (json!("flat"), Orientation::Flat)]
    {
        let GridDefinition::Hexagon(hexagon) = GridDefinition::from_value(&of(orientation)).unwrap() else { panic!() };
        assert_eq!(hexagon.orientation, expected);
    }
    assert_eq!(failure(of(json!("round"))).1, "expected \"orientation\" to be \"pointy\" or \"flat\", got \"round\"");
}

#[test]
fn an_unknown_type_lists_those_that_exist() {
    assert_eq!(
        failure(json!({"type":"triangle"})),
        (Code::UsageGridType, "expected grid type square, hexagon, h3 or zones, got \"triangle\"".to_owned())
    );
    assert_eq!(failure(json!({"crs":"EPSG:4326"})).0, Code::UsageGridType);
}

#[test]
fn a_wrong_field_is_named() {
    let good = json!({"type":"square","crs":"EPSG:6933","cellSize":5000,"bounds":[0,0,1,1]});
    for (field, value, expected) in [
        ("crs", json!(6933), "expected \"crs\" to be a text, got 6933"),
        ("crs", json!(null), "expected \"crs\" to be a CRS such as \"EPSG:6933\", got none"),
        ("cellSize", json!("5 km"), "expected \"cellSize\" to be a number of CRS units, got \"5 km\""),
        ("bounds", json!([0, 0, 1]), "expected \"bounds\" to be a list of 4 numbers, got [0,0,1]"),
        ("bounds", json!([0, 0, 1, null]), "expected \"bounds\" to be a list of 4 numbers, got [0,0,1,null]"),
        ("origin", json!([0]), "expected \"origin\" to be a list of 2 numbers, got [0]"),
    ] {
        let mut value_with = good.clone();
        value_with[field] = value;
        assert_eq!(failure(value_with), (Code::UsageGrid, expected.to_owned()));
    }
    let mut misspelt = good.clone();
    misspelt["cell_size"] = json!(10);
    assert!(failure(misspelt).1.starts_with("grid has no field \"cell_size\""));
    let mut labelled = good;
    labelled["name"] = json!("mine");
    assert!(GridDefinition::from_value(&labelled).is_ok());
    assert_eq!(GridDefinition::from_json("{").unwrap_err().code(), Code::UsageGrid);
    assert_eq!(failure(json!([1])).0, Code::UsageGrid);
}

#[test]
fn h3_and_zones_are_read_and_written() {
    let h3 = json!({"type":"h3","resolution":5,"bounds":[-10.0,35.0,30.0,60.0]});
    let definition = GridDefinition::from_value(&h3).unwrap();
    let GridDefinition::H3(of) = &definition else { panic!("{definition:?}") };
    assert_eq!((of.resolution, of.bounds), (5, Some(Bounds::new(-10.0, 35.0, 30.0, 60.0))));
    assert_eq!(definition.to_value(), h3);
    let zones =
        json!({"type":"zones","features":{"type":"FeatureCollection","features":[]},"idField":"name","repair":true});
    let definition = GridDefinition::from_value(&zones).unwrap();
    let GridDefinition::Zones(of) = &definition else { panic!("{definition:?}") };
    assert_eq!((of.id_field.as_deref(), of.repair, of.crs.as_deref()), (Some("name"), true, None));
    assert_eq!(definition.to_value(), zones);
}

#[test]
fn a_resolution_is_a_whole_number_from_0_to_15() {
    for wrong in [json!(16), json!(-1), json!(2.5), json!("5"), json!(null)] {
        let (code, message) = failure(json!({"type":"h3","resolution":wrong,"bounds":[0,0,1,1]}));
        assert_eq!(code, Code::UsageGrid);
        assert!(message.contains("\"resolution\" to be a whole number from 0 to 15"), "{message}");
    }
    assert_eq!(failure(json!({"type":"zones"})).0, Code::UsageGrid);
    assert_eq!(failure(json!({"type":"zones","features":{},"repair":"yes"})).0, Code::UsageGrid);
    assert_eq!(failure(json!({"type":"h3","resolution":5,"bounds":[0,0,1,1],"crs":"EPSG:4326"})).0, Code::UsageGrid);
}
