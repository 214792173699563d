use serde::Deserialize;

use super::{Transformer, wrap_deg};
use crate::error::Code;
use crate::geo::Crs;

#[derive(Deserialize)]
struct Reference {
    crs: String,
    /// Longitude, latitude, x, y, and what PROJ makes of x and y.
    points: Vec<[f64; 6]>,
}

fn transformer(from: &str, to: &str) -> Transformer {
    Transformer::new(&Crs::parse(from).unwrap(), &Crs::parse(to).unwrap()).unwrap()
}

fn references() -> Vec<Reference> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/reference/crs_points.json"));
    serde_json::from_str(text).unwrap()
}

#[test]
fn places_are_where_proj_has_them() {
    let mut report = Vec::new();
    let mut worst = 0.0_f64;
    for Reference { crs, points } in references() {
        let (there, back) = (transformer("EPSG:4326", &crs), transformer(&crs, "EPSG:4326"));
        let metres = there.to().metres_per_unit().unwrap_or(METRES_PER_DEGREE);
        let (mut worst_there, mut worst_back) = (0.0_f64, 0.0_f64);
        let infinite_if_nan = |error: f64| if error.is_nan() { f64::INFINITY } else { error };
        for [lon, lat, x, y, lon_back, lat_back] in points {
            let got = there.transform_point(lon, lat);
            worst_there = worst_there.max(infinite_if_nan((got.0 - x).hypot(got.1 - y) * metres));
            let got = back.transform_point(x, y);
            let east = wrap_deg(got.0 - lon_back).abs() * lat.to_radians().cos();
            let error = infinite_if_nan(east.hypot(got.1 - lat_back) * METRES_PER_DEGREE);
            // Pseudocylindrical maps are flat at the poles: a nanometre in y is a metre in latitude.
            let slack = if lat.abs() == 90.0 { 1e-3 } else { 1.0 };
            // PROJ's series for authalic latitudes is that far off on the way back; ours returns to 1e-7.
            let known = if AUTHALIC.contains(&crs.as_str()) { 2e-3 } else { 0.0 };
            worst_back = worst_back.max(error * slack - known);
        }
        worst = worst.max(worst_there).max(worst_back);
        report.push(format!("{crs}: {worst_there:.1e} m there, {worst_back:.1e} m back"));
    }
    assert!(worst <= 1e-3, "{report:#?}");
}

#[test]
fn identity_changes_no_bit() {
    let same = transformer("EPSG:4326", "+proj=longlat +datum=WGS84");
    assert!(same.is_identity());
    assert_eq!(same.transform_point(190.1, 95.0), (190.1, 95.0));
}

#[test]
fn web_mercator_is_written_out() {
    let there = transformer("EPSG:4326", "EPSG:3857");
    let (x, y) = there.transform_point(180.0, 85.051_128_779_806_6);
    assert!((x - 20_037_508.342_789_244).abs() < 1e-8 && (y - x).abs() < 1e-6, "{x} {y}");
    let back = there.inverse().unwrap();
    let (lon, lat) = back.transform_point(x, y);
    assert!((lon - 180.0).abs() < 1e-11 && (lat - 85.051_128_779_806_6).abs() < 1e-11);
    assert!(there.transform_point(0.0, 91.0).0.is_nan());
    assert_eq!(there.transform_point(190.0, 0.0).0, there.transform_point(-170.0, 0.0).0);
}

#[test]
fn a_point_without_a_place_is_nan_and_spares_its_neighbours() {
    let there = transformer("EPSG:4326", "EPSG:6933");
    let mut points = [(0.0, 0.0), (0.0, 120.0), (f64::NAN, 1.0), (10.0, f64::INFINITY), (10.0, 45.0)];
    there.transform(&mut points);
    assert_eq!(points[0], (0.0, 0.0));
    assert!(points[1..4].iter().all(|point| point.0.is_nan() && point.1.is_nan()), "{points:?}");
    assert!((points[4].0 - 964_862.802_508_964).abs() < 1e-3, "{points:?}");
    let back = transformer("ESRI:54009", "EPSG:4326");
    assert!(back.transform_point(-18e6, 8e6).0.is_nan());
}

#[test]
fn absurd_numbers_end() {
    for crs in references().into_iter().map(|reference| reference.crs) {
        let back = transformer(&crs, "EPSG:4326");
        let there = transformer("EPSG:4326", &crs);
        for number in [1e9, -1e20, 1e300, f64::MAX] {
            for transformer in [&there, &back] {
                let _ = transformer.transform_point(number, 1.0);
                let _ = transformer.transform_point(1.0, number);
                let _ = transformer.transform_point(number, number);
            }
        }
    }
}

#[test]
fn the_error_names_both_sides() {
    let wgs84 = Crs::parse("EPSG:4326").unwrap();
    assert!(Transformer::new(&wgs84, &wgs84).unwrap().is_identity());
    let error = Crs::parse("+proj=ob_tran +o_proj=moll").unwrap_err();
    assert_eq!(error.code(), Code::CrsUnsupported);
}

#[test]
fn any_thread_may_use_it() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    shared(&transformer("EPSG:3035", "ESRI:54009"));
}

#[test]
fn a_pole_of_a_cylinder_is_a_place() {
    for crs in ["EPSG:6933", "ESRI:54034", "EPSG:4087", "EPSG:8857", "ESRI:54030", "ESRI:54009"] {
        let (there, back) = (transformer("EPSG:4326", crs), transformer(crs, "EPSG:4326"));
        for lat in [-90.0, 90.0] {
            let (x, y) = there.transform_point(-17.0, lat);
            assert!((back.transform_point(x, y).1 - lat).abs() < 1e-4, "{crs} {lat}: {x} {y}");
        }
        let (x, y) = there.transform_point(180.0, 12.0);
        assert!((wrap_deg(back.transform_point(x, y).0 - 180.0)).abs() < 1e-9, "{crs}");
    }
}

const METRES_PER_DEGREE: f64 = 111_320.0;
const AUTHALIC: [&str; 5] = ["EPSG:3035", "EPSG:6933", "EPSG:8857", "EPSG:6931", "ESRI:54034"];

#[derive(Deserialize)]
struct Pair {
    grid: String,
    raster: String,
    /// x and y on the grid, x and y on the raster as PROJ has them.
    places: Vec<[f64; 4]>,
}

#[test]
fn a_grids_places_are_within_a_hundredth_of_a_pixel_on_any_raster() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/reference/crs_pairs.json"));
    let mut report = Vec::new();
    for Pair { grid, raster, places } in serde_json::from_str::<Vec<Pair>>(text).unwrap() {
        let there = transformer(&grid, &raster);
        // Pixels of a metre: finer than any raster of so large an area.
        let pixels_per_unit = there.to().metres_per_unit().unwrap_or(METRES_PER_DEGREE);
        let error = |[gx, gy, rx, ry]: [f64; 4]| {
            let (x, y) = there.transform_point(gx, gy);
            let across = if there.to().is_geographic() { wrap_deg(x - rx) } else { x - rx };
            across.hypot(y - ry) * pixels_per_unit
        };
        let worst =
            places.into_iter().map(error).fold(0.0_f64, |a, b| if b.is_nan() { f64::INFINITY } else { a.max(b) });
        report.push((worst, format!("{grid} to {raster}: {worst:.1e} px")));
    }
    assert!(report.len() >= 21 && report.iter().all(|pair| pair.0 <= 0.01), "{report:#?}");
}
