use std::rc::Rc;

use serde_json::Value as Json;

use super::super::Dataset;
use super::super::test_support::{TinyPage, TinyTiff, Value};
use super::*;
use crate::Limits;
use crate::error::Code;
use crate::geo::Transformer;
use crate::source::MemorySource;
use crate::tiff::tags;

/// A file with these keys, each a number and a short or doubles.
fn with_keys(keys: &[(u16, Json)]) -> Dataset {
    let (mut words, mut doubles) = (vec![1, 1, 0, keys.len() as u16], Vec::new());
    for (key, value) in keys {
        match value {
            Json::Array(values) => {
                words.extend([*key, tags::GEO_DOUBLE_PARAMS, values.len() as u16, doubles.len() as u16]);
                doubles.extend(values.iter().map(|value| value.as_f64().expect("a number")));
            }
            value => words.extend([*key, 0, 1, value.as_u64().expect("a short") as u16]),
        }
    }
    let page = TinyPage::strips((1, 1), 1, &[8], vec![vec![1]])
        .with(tags::GEO_KEY_DIRECTORY, Value::Short(words))
        .with(tags::GEO_DOUBLE_PARAMS, Value::Double(doubles));
    let source = Rc::new(MemorySource::new("keys.tif", TinyTiff::new(vec![page]).bytes()));
    pollster::block_on(Dataset::open(source, Limits::default())).expect("a file")
}

/// A CRS as GDAL spells it out, and where PROJ puts places in it: longitude, latitude, x, y.
#[derive(serde::Deserialize)]
struct Reference {
    name: String,
    keys: Vec<(u16, Json)>,
    points: Vec<[f64; 4]>,
}

fn references() -> Vec<Reference> {
    serde_json::from_str(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/reference/geokey_crs.json")))
        .expect("JSON")
}

#[test]
fn projections_that_gdal_spells_out_are_where_proj_says() {
    let references = references();
    assert!(references.len() >= 10);
    for Reference { name, keys, points } in references {
        let dataset = with_keys(&keys);
        let crs = dataset.crs().unwrap_or_else(|error| panic!("{name}: {error}"));
        let datum = crs.definition().split(' ').filter(|word| {
            ["+datum=", "+ellps=", "+a=", "+b=", "+rf=", "+R=", "+towgs84="].iter().any(|key| word.starts_with(key))
        });
        let degrees = format!("+proj=longlat {}", datum.collect::<Vec<_>>().join(" "));
        let degrees = Crs::parse(&degrees).expect("a datum");
        let (to, back) = (Transformer::new(&degrees, &crs).unwrap(), Transformer::new(&crs, &degrees).unwrap());
        assert!(points.len() >= 8);
        for [lon, lat, x, y] in points {
            let (ours_x, ours_y) = to.transform_point(lon, lat);
            assert!((ours_x - x).hypot(ours_y - y) < 1e-4, "{name}: {lon} {lat} at {ours_x} {ours_y}, not {x} {y}");
            let (ours_lon, ours_lat) = back.transform_point(x, y);
            assert!((ours_lon - lon).hypot(ours_lat - lat) < 1e-9, "{name}: {x} {y} at {ours_lon} {ours_lat}");
        }
    }
}

#[test]
fn false_coordinates_to_the_south_are_refused_by_name() {
    let Reference { mut keys, .. } =
        references().into_iter().find(|case| case.name.starts_with("Lo29,")).expect("a case");
    let easting = keys.iter_mut().find(|(key, _)| *key == GeoKeys::PROJ_FALSE_EASTING).expect("a key");
    easting.1 = serde_json::json!([1000.0]);
    let error = with_keys(&keys).crs().unwrap_err();
    assert_eq!(error.code(), Code::CrsUnknown);
    assert!(error.message().contains("27"), "{error}");
}
