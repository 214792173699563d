use super::transform_bounds;
use crate::error::Code;
use crate::geo::{Bounds, Crs, Transformer};

fn moved(from: &str, to: &str, bounds: [f64; 4]) -> crate::Result<Bounds> {
    let transformer = Transformer::new(&Crs::parse(from).unwrap(), &Crs::parse(to).unwrap()).unwrap();
    transform_bounds(&transformer, bounds.into())
}

#[track_caller]
fn assert_near(got: Bounds, expected: [f64; 4], tolerance: f64) {
    let got = <[f64; 4]>::from(got);
    let is_near = got.iter().zip(&expected).all(|(got, expected)| (got - expected).abs() <= tolerance);
    assert!(is_near, "got {got:?}, expected {expected:?}");
}

#[test]
fn the_world_on_a_cylinder() {
    let world = [-180.0, -90.0, 180.0, 90.0];
    let (x, y) = (17_367_530.445_161_372, 7_342_230.136_498_678);
    assert_near(moved("EPSG:4326", "EPSG:6933", world).unwrap(), [-x, -y, x, y], 1e-3);
    let square = 20_037_508.342_789_244;
    assert_near(moved("EPSG:4326", "EPSG:3857", world).unwrap(), [-square, -square, square, square], 1e-3);
    assert_near(moved("EPSG:6933", "EPSG:4326", [-x, -y, x, y]).unwrap(), world, 1e-4);
    assert_near(
        moved("EPSG:3857", "EPSG:4326", [-square, -square, square, square]).unwrap(),
        [-180.0, -85.051_128_78, 180.0, 85.051_128_78],
        1e-6,
    );
    assert_eq!(
        moved("EPSG:4326", "EPSG:4326", [0.0, -90.0, 360.0, 90.0]).unwrap(),
        Bounds::new(0.0, -90.0, 360.0, 90.0)
    );
}

#[test]
fn edges_bulge_between_their_ends() {
    // The top of Europe's box in EPSG:3035 lies on its middle meridian, not at a corner. pyproj's transform_bounds with
    // 2001 points an edge.
    let got = moved("EPSG:4326", "EPSG:3035", [-10.0, 35.0, 30.0, 60.0]).unwrap();
    assert_near(got, EUROPE, 0.5);
    let got = moved("EPSG:4326", "EPSG:32633", [12.0, 40.0, 18.0, 50.0]).unwrap();
    assert_near(got, ZONE_33, 0.5);
}

#[test]
fn a_pole_inside_takes_all_longitudes() {
    let got = moved("EPSG:3413", "EPSG:4326", [-1e6, -1e6, 1e6, 1e6]).unwrap();
    assert_eq!((got.min_x, got.max_x, got.max_y), (-180.0, 180.0, 90.0));
    assert!(got.min_y > 76.0 && got.min_y < 78.0, "{got:?}");
    let cap = moved("EPSG:4326", "EPSG:3031", [-180.0, -90.0, 180.0, -60.0]).unwrap();
    assert!((cap.max_x - cap.max_y).abs() < 1.0 && (cap.min_x + cap.max_x).abs() < 1.0, "{cap:?}");
}

#[test]
fn the_antimeridian_is_kept() {
    let fiji = moved("EPSG:32701", "EPSG:4326", [1e5, 7.9e6, 9e5, 8.2e6]).unwrap();
    assert!(fiji.crosses_antimeridian() && fiji.min_x > 178.0 && fiji.max_x < -172.0, "{fiji:?}");
    let pacific = moved("EPSG:4326", "EPSG:3832", [170.0, -20.0, -170.0, -10.0]).unwrap();
    assert!(pacific.min_x < pacific.max_x && pacific.width() < 3e6, "{pacific:?}");
}

#[test]
fn bounds_without_a_place_are_an_error() {
    let error = moved("EPSG:4326", "EPSG:3857", [0.0, 87.0, 10.0, 90.0]).unwrap_err();
    assert_eq!(error.code(), Code::CrsOutside);
    let error = moved("ESRI:54009", "EPSG:4326", [17.9e6, 8.9e6, 18e6, 9e6]).unwrap_err();
    assert_eq!(error.code(), Code::CrsOutside);
    assert!(error.message().contains("ESRI:54009") && error.message().contains("EPSG:4326"), "{error}");
}

const EUROPE: [f64; 4] = [2498538.0, 1327857.734, 6143462.0, 4256803.185];
const ZONE_33: [f64; 4] = [243900.352, 4427757.219, 756099.648, 5542944.019];
