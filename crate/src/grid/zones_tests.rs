use serde_json::{Value, json};

use super::super::{Cell, Grid, GridDefinition, Rings};
use crate::error::{Code, Error};

fn collection(features: &[Value]) -> Value {
    json!({"type": "FeatureCollection", "features": features})
}

fn feature(geometry: &Value) -> Value {
    json!({"type": "Feature", "properties": {}, "geometry": geometry})
}

fn square(x: f64, y: f64, side: f64) -> Value {
    json!([[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]])
}

fn polygon(rings: &[Value]) -> Value {
    json!({"type": "Polygon", "coordinates": rings})
}

fn zones(features: &Value) -> Value {
    json!({"type": "zones", "features": features})
}

fn grid(value: &Value) -> Grid {
    Grid::new(&GridDefinition::from_value(value).unwrap()).unwrap()
}

fn failure(value: &Value) -> Error {
    let error = GridDefinition::from_value(value).and_then(|definition| Grid::new(&definition)).unwrap_err();
    assert!(error.hint().is_some(), "{error}");
    error
}

fn rings(grid: &Grid, zone: i64) -> Vec<Vec<(f64, f64)>> {
    let mut rings = Rings::default();
    grid.outline(Cell { row: 0, column: zone }, &mut rings);
    rings.cell(0).map(<[_]>::to_vec).collect()
}

fn ids(grid: &Grid) -> Vec<String> {
    (0..grid.chunk_count())
        .flat_map(|index| grid.chunk(index).cells().collect::<Vec<_>>())
        .map(|cell| grid.cell_id(cell))
        .collect()
}

#[test]
fn a_zones_id_is_its_own_or_a_property_or_its_position() {
    let mut features: Vec<Value> = (0..3).map(|k| feature(&polygon(&[square(f64::from(k), 0.0, 1.0)]))).collect();
    features[0]["id"] = json!("first");
    features[1]["properties"]["name"] = json!(42);
    let mut value = zones(&collection(&features));
    assert_eq!(ids(&grid(&value)), ["first", "1", "2"]);
    value["idField"] = json!("name");
    let named = grid(&value);
    assert_eq!(ids(&named), ["first", "42", "2"]);
    assert_eq!(named.parse_cell_id("42").unwrap(), Cell { row: 0, column: 1 });
    assert_eq!(named.parse_cell_id("43").unwrap_err().code(), Code::UsageGrid);
    assert_eq!(named.cell_at(1.5, 0.5), Some(Cell { row: 0, column: 1 }));
    assert_eq!(named.cell_at(-1.5, 0.5), None);
    assert_eq!(named.center(Cell { row: 0, column: 2 }), (2.5, 0.5));
}

#[test]
fn ids_that_occur_twice_are_named() {
    let mut features = vec![feature(&polygon(&[square(0.0, 0.0, 1.0)])); 3];
    features[0]["id"] = json!("a");
    features[2]["id"] = json!("a");
    let error = failure(&zones(&collection(&features)));
    assert_eq!(error.code(), Code::UsageZoneIds);
    assert_eq!(error.message(), "expected an id of its own for each zone, got twice \"a\" (features 0 and 2)");
}

#[test]
fn what_is_no_polygon_is_named_with_its_place() {
    let good = feature(&polygon(&[square(0.0, 0.0, 1.0)]));
    let of = |geometry: Value| {
        let mut bad = feature(&geometry);
        bad["id"] = json!("bad");
        failure(&zones(&collection(&[good.clone(), bad])))
    };
    let cases = [
        (json!({"type": "Point", "coordinates": [0, 0]}), "is a Point, not a Polygon or MultiPolygon"),
        (json!(null), "has no geometry"),
        (json!({"type": "Polygon"}), "has no list of coordinates"),
        (polygon(&[]), "has no polygon"),
        (
            polygon(&[json!([[0, 0], [1, 0], [1, 1], [0, 1]])]),
            "ring 0 of polygon 0 is not closed: its last position must be its first",
        ),
        (polygon(&[json!([[0, 0], [1, 0], [0, 0]])]), "ring 0 of polygon 0 has 2 different vertices, not 3"),
        (
            polygon(&[json!([[0, 0], [1, null], [1, 1], [0, 0]])]),
            "ring 0 of polygon 0 has no finite numbers at vertex 1",
        ),
        (polygon(&[json!([[0, 0], [1, 1], [2, 2], [0, 0]])]), "ring 0 of polygon 0 has no area"),
        (polygon(&[json!([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]])]), "edges cross at (1, 1)"),
        (polygon(&[square(0.0, 0.0, 1.0), square(3.0, 0.2, 0.5)]), "polygon 0 has a hole that is not in it, near ("),
    ];
    for (geometry, what) in cases {
        let error = of(geometry);
        assert_eq!(error.code(), Code::UsageZones);
        let expected = format!("1 of 2 zones are no valid polygons: feature 1 (\"bad\") {what}");
        assert!(error.message().starts_with(&expected), "{}", error.message());
    }
    let metres = of(polygon(&[square(500_000.0, 5_400_000.0, 100.0)]));
    assert!(metres.hint().unwrap().contains("EPSG:4326"), "{metres}");
    for features in [json!({"type": "Nonsense"}), json!(5), collection(&[])] {
        assert_eq!(failure(&zones(&features)).code(), Code::UsageGrid);
    }
}

#[test]
fn what_can_be_mended_is_when_asked() {
    let mended = |geometry: &Value| {
        let mut value = zones(&collection(&[feature(geometry)]));
        value["repair"] = json!(true);
        rings(&grid(&value), 0)
    };
    let area = |rings: &[Vec<(f64, f64)>]| {
        rings.iter().map(|ring| super::super::polygon::doubled_area(ring)).sum::<f64>() / 2.0
    };
    let bow_tie = mended(&polygon(&[json!([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]])]));
    assert_eq!(bow_tie.len(), 2);
    assert!((area(&bow_tie) - 2.0).abs() < 1e-12, "{bow_tie:?}");
    let unclosed = mended(&polygon(&[json!([[0, 0], [1, 0], [1, 1], [0, 1]])]));
    assert!((area(&unclosed) - 1.0).abs() < 1e-12);
    let overlapping =
        json!({"type": "MultiPolygon", "coordinates": [[square(0.0, 0.0, 2.0)], [square(1.0, 1.0, 2.0)]]});
    assert!((area(&mended(&overlapping)) - 7.0).abs() < 1e-12);
    let hole_over_the_edge = polygon(&[square(0.0, 0.0, 2.0), square(1.0, 1.0, 2.0)]);
    assert!((area(&mended(&hole_over_the_edge)) - 3.0).abs() < 1e-12);
    assert!(mended(&json!(null)).is_empty());
    let value = json!({"type":"zones","repair":true,"features":collection(&[feature(&json!({"type":"Point","coordinates":[0,0]}))])});
    assert_eq!(failure(&value).code(), Code::UsageZones);
}

#[test]
fn rings_are_turned_the_right_way() {
    let mut hole = square(1.0, 1.0, 1.0);
    let outer: Value = square(0.0, 0.0, 4.0).as_array().unwrap().iter().rev().cloned().collect();
    for _ in 0..2 {
        let grid = grid(&zones(&collection(&[feature(&polygon(&[outer.clone(), hole.clone()]))])));
        let rings = rings(&grid, 0);
        let areas: Vec<f64> = rings.iter().map(|ring| super::super::polygon::doubled_area(ring) / 2.0).collect();
        assert_eq!(areas, [16.0, -1.0]);
        hole = hole.as_array().unwrap().iter().rev().cloned().collect();
    }
}

#[test]
fn the_crs_is_the_definitions_else_the_collections() {
    let mut features = collection(&[feature(&polygon(&[square(500_000.0, 5_400_000.0, 100.0)]))]);
    features["crs"] = json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32632"}});
    assert_eq!(grid(&zones(&features)).crs().name(), "EPSG:32632");
    let mut value = zones(&features);
    value["crs"] = json!("EPSG:25832");
    assert_eq!(grid(&value).crs().name(), "EPSG:25832");
    value["crs"] = json!("EPSG:1");
    assert_eq!(failure(&value).code(), Code::CrsUnknown);
}

#[test]
fn equal_zones_have_equal_keys_whatever_else_they_say() {
    let plain = feature(&polygon(&[square(0.0, 0.0, 1.0)]));
    let mut named = plain.clone();
    named["properties"]["population"] = json!(5);
    let key = |features: &[Value]| grid(&zones(&collection(features))).key();
    assert_eq!(key(std::slice::from_ref(&plain)), key(&[named]));
    assert_ne!(key(std::slice::from_ref(&plain)), key(&[feature(&polygon(&[square(0.0, 0.0, 1.5)]))]));
    let again = grid(&zones(&collection(std::slice::from_ref(&plain))));
    assert_eq!(grid(&again.definition().to_value()).key(), again.key());
    assert!(again.key().len() < 200, "{}", again.key());
    // One feature, and a bare geometry.
    assert_eq!(grid(&zones(&plain)).key(), again.key());
    assert_eq!(grid(&zones(&polygon(&[square(0.0, 0.0, 1.0)]))).key(), again.key());
}

#[test]
fn chunks_hold_all_zones_once_and_not_too_many_vertices() {
    let small: Vec<Value> =
        (0..40_000).map(|k| feature(&polygon(&[square(f64::from(k % 300), f64::from(k / 2000), 0.5)]))).collect();
    let many = grid(&zones(&collection(&small)));
    assert_eq!((many.cell_count(), many.chunk_count()), (40_000, 3));
    assert_eq!(ids(&many), (0..40_000).map(|k| k.to_string()).collect::<Vec<_>>());
    assert!(many.chunk(3).runs.is_empty());
    let circle = |x: f64| -> Value {
        let mut ring: Vec<Value> = (0..20_000)
            .map(|k| f64::from(k) / 20_000.0 * std::f64::consts::TAU)
            .map(|angle| json!([x + 0.4 * angle.cos(), 0.4 * angle.sin()]))
            .collect();
        ring.push(ring[0].clone());
        feature(&polygon(&[json!(ring)]))
    };
    let large = grid(&zones(&collection(&[circle(0.0), circle(1.0), circle(2.0), circle(3.0), circle(4.0)])));
    let sizes: Vec<usize> = (0..large.chunk_count()).map(|index| large.chunk(index).cell_count()).collect();
    assert_eq!(sizes, [3, 2]);
}
