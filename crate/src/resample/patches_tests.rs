use super::*;
use crate::geo::{Crs, GeoTransform};

const PIXEL_DEG: f64 = 1.0 / 60.0;

/// Of places in a raster of 21 600 columns, which reach to 180° from the origin: 2^-52 times 21 600, twice.
const BOUND_PX: f64 = 9.7e-12;

/// From a CRS to a raster of the world in degrees.
fn map(grid: &str) -> PixelMap {
    let raster = Crs::from_epsg(4326).expect("a known CRS");
    let geotransform = GeoTransform([-180.0, PIXEL_DEG, 0.0, 90.0, 0.0, -PIXEL_DEG]);
    PixelMap::new(&Crs::parse(grid).expect("a known CRS"), &raster, &geotransform, (21_600, 10_800)).expect("a way")
}

/// Points around (x, y), in an order that jumps from patch to patch.
fn points((x, y): Point, reach: f64) -> Vec<Point> {
    let share = |index: i32, step: f64| (f64::from(index) * step).fract() * 2.0 - 1.0;
    (0..4000).map(|k| (x + share(k, 0.618_034) * reach, y + share(k, 0.754_878) * reach)).collect()
}

fn placed(patches: &mut Patches<'_>, points: &[Point]) -> Vec<Point> {
    let mut places = points.to_vec();
    patches.map(&mut places);
    places
}

/// The largest distance from the formulas, where points have places; the others have none either way.
fn error_px(map: &PixelMap, points: &[Point], places: &[Point]) -> f64 {
    let mut exact = points.to_vec();
    map.map(&mut exact);
    let error = |(a, b): (&Point, &Point)| {
        assert_eq!(PixelMap::is_place(*a), PixelMap::is_place(*b), "{a:?} {b:?}");
        let columns = a.0 - b.0;
        if PixelMap::is_place(*a) { columns.abs().max((a.1 - b.1).abs()) } else { 0.0 }
    };
    exact.iter().zip(places).map(error).fold(0.0, f64::max)
}

#[test]
fn polynomials_keep_to_the_formulas() {
    for (name, x, y) in [
        ("EPSG:3035", 4.3e6, 3.2e6),
        ("EPSG:32632", 5e5, 5.5e6),
        ("EPSG:32733", 5e5, 7.5e6),
        ("EPSG:6933", 1e6, 5.5e6),
        ("EPSG:3857", 1e6, 5.5e6),
        ("EPSG:5070", 1e5, 1.5e6),
        ("EPSG:3413", 1e6, 1.5e6),
        ("EPSG:3031", 1e6, 1.5e6),
        ("EPSG:2154", 7e5, 6.6e6),
        ("EPSG:27700", 4e5, 3e5),
        ("EPSG:8857", 1e6, 3e6),
        ("ESRI:54009", 1e6, 3e6),
        ("ESRI:54030", 1e6, 3e6),
    ] {
        let map = map(name);
        for spacing in [30.0, 1000.0, 5000.0] {
            let points = points((x, y), spacing * 256.0);
            let mut patches = Patches::new(&map, Some(spacing));
            let error = error_px(&map, &points, &placed(&mut patches, &points));
            // Between the places that are looked at a polynomial may be a little further away.
            assert!(error <= 2.0 * BOUND_PX, "{name}, {spacing}: {error:.1e}");
            // Robinson's curves change their law every 5°.
            let polynomials = patches.polynomials.len();
            assert!(polynomials > 20, "{name}, {spacing}: {polynomials} of {} patches", patches.found.len());
        }
    }
}

#[test]
fn formulas_serve_poles_cuts_and_the_ends_of_the_world() {
    for (name, center, spacing) in [
        // A pole in the middle of a patch, on its corner, and the antimeridian's ray from it.
        ("EPSG:3413", (3.0e4, 2.0e4), 1e3),
        ("EPSG:3413", (0.0, 0.0), 1e3),
        ("EPSG:3413", (-1.5e6, 1.5e6), 5e3),
        // Where the ellipse of Mollweide's and the oval of Equal Earth's world end.
        ("ESRI:54009", (1.2e7, 6e6), 2e4),
        ("EPSG:8857", (1.4e7, 5.5e6), 2e4),
        // Beyond 180°, and the pole's line.
        ("EPSG:6933", (1.73e7, 7.3e6), 5e3),
        ("EPSG:32601", (2.0e5, 7e6), 2e3),
        ("EPSG:3857", (2.0e7, 2e7), 5e3),
    ] {
        let map = map(name);
        let points = points(center, spacing * 150.0);
        let mut patches = Patches::new(&map, Some(spacing));
        let places = placed(&mut patches, &points);
        let error = error_px(&map, &points, &places);
        assert!(error <= 2.0 * BOUND_PX, "{name}, {center:?}: {error:.1e}");
        assert!(patches.polynomials.len() < patches.found.len(), "{name}, {center:?}: none went through the formulas");
    }
}

#[test]
fn a_place_depends_on_its_point_alone() {
    let map = map("EPSG:3035");
    let points = points((4.3e6, 4.6e6), 1e6);
    let all = placed(&mut Patches::new(&map, Some(2000.0)), &points);
    let mut backwards = Patches::new(&map, Some(2000.0));
    for (point, place) in points.iter().zip(&all).rev() {
        assert_eq!(placed(&mut backwards, &[*point]), [*place]);
    }
    for (point, place) in points.iter().zip(&all).step_by(97) {
        assert_eq!(placed(&mut Patches::new(&map, Some(2000.0)), &[*point]), [*place]);
    }
}

#[test]
fn patches_too_large_are_halved() {
    let map = map("EPSG:3035");
    let points = points((4.3e6, 3.2e6), 1e6);
    let mut patches = Patches::new(&map, Some(5000.0));
    placed(&mut patches, &points);
    let sizes = |halvings: u32| patches.found.keys().filter(|key| key.0 == halvings).count();
    assert!(sizes(0) < 100 && sizes(1) + sizes(2) > 100, "{} {} {}", sizes(0), sizes(1), sizes(2));
    let mut larger = Patches::new(&map, Some(100_000.0));
    assert_eq!(error_px(&map, &points, &placed(&mut larger, &points)), 0.0, "beyond halving all are formulas'");
    assert!(larger.polynomials.is_empty());
}

#[test]
fn points_that_are_nowhere_stay_so() {
    let map = map("EPSG:3035");
    let nowhere = [(f64::NAN, 3e6), (4e6, f64::NAN), (f64::INFINITY, 3e6), (4e6, f64::NEG_INFINITY), (1e300, 1e300)];
    for place in placed(&mut Patches::new(&map, Some(1000.0)), &nowhere) {
        assert!(!PixelMap::is_place(place), "{place:?}");
    }
}

#[test]
fn without_a_spacing_and_where_nothing_bends_all_is_formulas() {
    let bent = map("EPSG:3035");
    let points = points((4.3e6, 3.2e6), 1e5);
    assert_eq!(error_px(&bent, &points, &placed(&mut Patches::new(&bent, None), &points)), 0.0);
    let straight = map("EPSG:4326");
    let degrees: Vec<Point> = points.iter().map(|&(x, y)| (x * 1e-5, y * 1e-5)).collect();
    let mut patches = Patches::new(&straight, Some(0.01));
    assert_eq!(error_px(&straight, &degrees, &placed(&mut patches, &degrees)), 0.0);
    assert!(patches.found.is_empty());
}
