use std::collections::HashMap;

use super::super::coverage::Point;
use super::super::fold_point::whole_turn;
use super::super::geometry::{Centres, Needs};
use super::super::pixel_area::PixelAreas;
use super::super::test_support::*;
use super::*;

const AREA: [Method; 12] = [
    Method::Average,
    Method::Count,
    Method::Sum,
    Method::Min,
    Method::Max,
    Method::Variance,
    Method::Stdev,
    Method::Rms,
    Method::Mode,
    Method::Minority,
    Method::Variety,
    Method::Median,
];
const POINT: [Method; 5] = [Method::Nearest, Method::Bilinear, Method::Cubic, Method::CubicSpline, Method::Lanczos];

/// A raster in metres, 53 × 41 pixels of 30 m × 20 m, blocks of 16 × 12.
fn utm(seed: u64) -> Raster {
    Raster::noisy(seed, "EPSG:32632", [500_000.0, 30.0, 0.0, 5_400_000.0, 0.0, -20.0], (53, 41), (16, 12))
}

fn utm_grid(kind: &str, size: f64) -> crate::grid::Grid {
    // Beyond the raster on all sides.
    grid(&format!(
        r#"{{"type":"{kind}","crs":"EPSG:32632","cellSize":{size},"bounds":[499930,5399100,501700,5400050]}}"#
    ))
}

/// Every area method against clipping, every point method against its formula.
fn check(raster: &Raster, grid: &crate::grid::Grid, general: bool, pieces: usize, tolerance: f64) {
    let map = raster.map(grid);
    let turn = whole_turn(&map);
    let scale = super::super::scale::pixels_per_cell(grid, &map);
    let (area, point) = (raster.resample(grid, &AREA, general), raster.resample(grid, &POINT, general));
    assert_eq!(area.len(), grid.cell_count() as usize);
    for got in &area {
        // Signed: what holes take away is subtracted.
        let mut pixels: HashMap<(i64, i64), f64> = HashMap::new();
        let mut area = 0.0;
        let mut turned = 0.0;
        for ring in dense_outlines(&map, grid, got.cell, pieces) {
            let near = if turned == 0.0 { ring[0].0 } else { turned };
            turned = near;
            let ring: Vec<_> = ring.into_iter().map(|(u, v)| (map.unwrap(u, near), v)).collect();
            let doubled = crate::resample::coverage::doubled_area(&ring);
            area += doubled * 0.5;
            for (col, row, coverage) in covered(&ring) {
                *pixels.entry((col, row)).or_default() += coverage * doubled.signum();
            }
        }
        let area = area.abs();
        let pixels: Vec<(f64, f64, f64)> = pixels
            .into_iter()
            .filter(|(_, coverage)| coverage.abs() > 1e-9 * area.min(1.0))
            .filter_map(|((col, row), coverage)| {
                Some((raster.at(turn.map_or(col, |turn| col.rem_euclid(turn)), row)?, coverage.abs(), 1.0))
            })
            .collect();
        for (&method, &value) in AREA.iter().zip(&got.values) {
            // A sliver that only chords have may be another value.
            if tolerance > 1e-6 && method.needs_frequencies() {
                continue;
            }
            assert_near(value, naive_area(&pixels, method), tolerance, &format!("{method} of {:?}", got.cell));
        }
        let backed: f64 = pixels.iter().map(|pixel| pixel.1).sum();
        assert_near(got.confidence, (backed / area).min(1.0), tolerance, "confidence");
    }
    for got in &point {
        let mut centre = [grid.center(got.cell)];
        map.map(&mut centre);
        for (position, (&method, &value)) in POINT.iter().zip(&got.values).enumerate() {
            let (expected, confidence) = naive_point(raster, method, centre[0], scale, turn);
            assert_near(value, expected, 1e-9, &format!("{method} of {:?}", got.cell));
            if position == 0 {
                assert_near(got.confidence, confidence, 1e-9, "confidence");
            }
        }
    }
}

#[test]
fn squares_equal_brute_force_at_any_size() {
    for (seed, size) in [(1, 7.0), (2, 37.0), (3, 61.0), (4, 240.0), (5, 3000.0)] {
        let grid = utm_grid("square", size);
        check(&utm(seed), &grid, false, 1, 1e-9);
        check(&utm(seed), &grid, true, 1, 1e-9);
    }
}

#[test]
fn classes_equal_brute_force() {
    for (seed, size) in [(1, 7.0), (2, 61.0), (4, 240.0), (5, 3000.0)] {
        check(&utm(seed).classified(6.0), &utm_grid("square", size), false, 1, 1e-9);
        check(&utm(seed).classified(6.0), &utm_grid("hexagon", size), false, 1, 1e-9);
    }
}

/// Pixels of 5°, so that areas differ a lot, in longitude and latitude and in a projection.
#[test]
fn weighted_by_area_equals_brute_force() {
    let quantile = Method::parse("quantile(0.3)").expect("a method");
    let methods: Vec<Method> = AREA.into_iter().chain([quantile]).collect();
    let world = Raster::noisy(3, "EPSG:4326", [-180.0, 5.0, 0.0, 90.0, 0.0, -5.0], (72, 36), (16, 16));
    let mercator =
        Raster::noisy(4, "EPSG:3857", [0.0, 250_000.0, 0.0, 15_000_000.0, 0.0, -250_000.0], (40, 50), (16, 16));
    let cases = [
        (&world, r#"{"type":"square","crs":"EPSG:4326","cellSize":13,"bounds":[-170,-90,170,90]}"#),
        (&world, r#"{"type":"hexagon","crs":"EPSG:4326","cellSize":17,"bounds":[-170,-60,170,60]}"#),
        (&mercator, r#"{"type":"square","crs":"EPSG:3857","cellSize":700000,"bounds":[0,3000000,9000000,14000000]}"#),
    ];
    for (raster, json) in cases {
        let grid = grid(json);
        let map = raster.map(&grid);
        let areas = PixelAreas::new(&raster.crs, &raster.geotransform).expect("areas");
        let (width, height) = (raster.level.width, raster.level.height);
        let every = areas.of(Window { left: 0, top: 0, right: width, bottom: height });
        for got in raster.weighted(&grid, &methods, false, Some(areas.clone())) {
            let pixels: Vec<(f64, f64, f64)> = covered(&dense_outline(&map, &grid, got.cell, 1))
                .into_iter()
                .filter_map(|(col, row, coverage)| {
                    let col = if raster.crs.is_geographic() { col.rem_euclid(72) } else { col };
                    Some((raster.at(col, row)?, coverage, every.at(row as usize, col as usize)))
                })
                .collect();
            for (&method, &value) in methods.iter().zip(&got.values) {
                assert_near(value, naive_area(&pixels, method), 1e-9, &format!("{method} of {:?}", got.cell));
            }
        }
    }
}

#[test]
fn hexagons_equal_brute_force_at_any_size() {
    for (seed, size) in [(1, 9.0), (2, 47.0), (3, 130.0), (4, 800.0)] {
        check(&utm(seed), &utm_grid("hexagon", size), false, 1, 1e-9);
    }
}

#[test]
fn rotated_pixels_are_not_flattened() {
    let turned = [500_000.0, 25.0, 8.0, 5_400_000.0, 7.0, -22.0];
    let raster = Raster::noisy(9, "EPSG:32632", turned, (40, 40), (16, 16));
    for kind in ["square", "hexagon"] {
        check(&raster, &utm_grid(kind, 90.0), false, 1, 1e-9);
    }
}

#[test]
fn rectangles_give_the_general_paths_numbers() {
    let raster = Raster::noisy(7, "EPSG:4326", [-20.0, 0.25, 0.0, 60.0, 0.0, -0.25], (120, 100), (32, 32));
    let json =
        r#"{"type":"square","crs":"EPSG:6933","cellSize":43000,"bounds":[-21,34,11,61],"boundsCrs":"EPSG:4326"}"#;
    let grid = grid(json);
    let methods: Vec<Method> = AREA.iter().chain(&POINT).copied().collect();
    let (fast, general) = (raster.resample(&grid, &methods, false), raster.resample(&grid, &methods, true));
    assert!(matches!(
        Geometry::new(
            &grid,
            &raster.map(&grid),
            &raster.level,
            &grid.chunk(0).runs,
            Needs { shapes: true, centres: true }
        ),
        Geometry { shapes: Some(Shapes::Rectangles(_)), centres: Some(Centres::Lattice { .. }) }
    ));
    for (fast, general) in fast.iter().zip(&general) {
        assert_eq!(fast.cell, general.cell);
        // The general path's places are within twice the formulas' rounding, and a cell has four sides of one or two.
        assert_near(fast.confidence, general.confidence, 1e-10, "confidence");
        for ((&method, &fast), &general) in methods.iter().zip(&fast.values).zip(&general.values) {
            // A sum's rounding is that of its largest terms; the others' is relative to the values, about 100.
            assert_near(fast / 100.0, general / 100.0, 1e-10, &method.name());
        }
    }
}

#[test]
fn curved_edges_are_followed() {
    let raster = Raster::noisy(11, "EPSG:4326", [0.0, 0.1, 0.0, 62.0, 0.0, -0.1], (150, 120), (64, 64));
    for kind in ["square", "hexagon"] {
        let json = format!(
            r#"{{"type":"{kind}","crs":"EPSG:3035","cellSize":150000,"bounds":[1,51,14,61],"boundsCrs":"EPSG:4326"}}"#
        );
        // Chords within 0.001 pixel of the curve, values about 100.
        check(&raster, &grid(&json), false, 64, 2e-3);
    }
}

#[test]
fn a_cell_on_the_seam_takes_pixels_from_both_sides() {
    for west in [-180.0, 0.0] {
        let raster = Raster::noisy(13, "EPSG:4326", [west, 5.0, 0.0, 90.0, 0.0, -5.0], (72, 36), (16, 16));
        let json = r#"{"type":"square","crs":"EPSG:4326","cellSize":7,"bounds":[165,-60,195,60],"origin":[1,1]}"#;
        check(&raster, &grid(json), false, 1, 1e-9);
        check(&raster, &grid(json), true, 1, 1e-9);
        let json = r#"{"type":"hexagon","crs":"EPSG:4326","cellSize":9,"bounds":[-15,-60,15,60]}"#;
        check(&raster, &grid(json), false, 1, 1e-9);
    }
}

#[test]
fn a_column_that_repeats_the_first_counts_once() {
    let mut raster = Raster::noisy(17, "EPSG:4326", [-180.0, 10.0, 0.0, 90.0, 0.0, -10.0], (37, 18), (16, 16));
    raster.values.iter_mut().for_each(|value| *value = 1.0);
    let json = r#"{"type":"square","crs":"EPSG:4326","cellSize":40,"bounds":[160,-40,200,40],"origin":[0,0]}"#;
    for got in raster.resample(&grid(json), &[Method::Sum], false) {
        assert_near(got.values[0], 16.0, 1e-12, "sum");
        assert_near(got.confidence, 1.0, 1e-12, "confidence");
    }
}

/// Hexagons and squares in another CRS that hold a whole raster: shared edges, curved or not, are shared exactly.
#[test]
fn the_sum_over_a_partition_is_the_rasters() {
    let world = Raster::noisy(19, "EPSG:4326", [-180.0, 2.0, 0.0, 90.0, 0.0, -2.0], (180, 90), (64, 32));
    let europe = Raster::noisy(29, "EPSG:4326", [0.0, 0.1, 0.0, 62.0, 0.0, -0.1], (150, 120), (64, 64));
    let cases = [
        (&world, r#"{"type":"square","crs":"EPSG:4326","cellSize":7.5,"bounds":[-180,-90,180,90]}"#),
        // The last rows reach over the poles of the projection, and are cut off there.
        (
            &world,
            r#"{"type":"square","crs":"EPSG:6933","cellSize":868376.522258075,"bounds":[-179.9,-90,179.9,90],"boundsCrs":"EPSG:4326"}"#,
        ),
        (
            &europe,
            r#"{"type":"square","crs":"EPSG:3035","cellSize":70000,"bounds":[-4,48,20,64],"boundsCrs":"EPSG:4326"}"#,
        ),
        (
            &europe,
            r#"{"type":"hexagon","crs":"EPSG:3035","cellSize":90000,"bounds":[-4,48,20,64],"boundsCrs":"EPSG:4326"}"#,
        ),
        (
            &europe,
            r#"{"type":"hexagon","crs":"EPSG:6933","cellSize":13000,"bounds":[-2,48,18,64],"boundsCrs":"EPSG:4326"}"#,
        ),
        (
            &europe,
            r#"{"type":"square","crs":"EPSG:3857","cellSize":3000,"bounds":[-1,49,16,63],"boundsCrs":"EPSG:4326"}"#,
        ),
    ];
    for (raster, json) in cases {
        let total: f64 = raster.values.iter().filter(|&&value| value != NODATA).sum();
        for general in [false, true] {
            let got = raster.resample(&grid(json), &[Method::Sum], general);
            let sum: f64 = got.iter().map(|got| got.values[0]).filter(|value| !value.is_nan()).sum();
            assert_near(sum, total, 1e-9, json);
        }
        // The same of values per square metre.
        let areas = PixelAreas::new(&raster.crs, &raster.geotransform).expect("areas");
        let (right, bottom) = (raster.level.width, raster.level.height);
        let every = areas.of(Window { left: 0, top: 0, right, bottom });
        let place = |index: usize| (index / right as usize, index % right as usize);
        let valid = raster.values.iter().enumerate().filter(|(_, value)| **value != NODATA);
        let total: f64 = valid.map(|(index, value)| value * every.at(place(index).0, place(index).1)).sum();
        let got = raster.weighted(&grid(json), &[Method::Sum], false, Some(areas));
        let sum: f64 = got.iter().map(|got| got.values[0]).filter(|value| !value.is_nan()).sum();
        assert_near(sum, total, 1e-9, json);
    }
}

/// Polygons as zones of a CRS; each is its rings.
fn zones(crs: &str, polygons: &[Vec<Vec<Point>>]) -> crate::grid::Grid {
    let closed =
        |ring: &Vec<Point>| -> Vec<[f64; 2]> { ring.iter().chain(ring.first()).map(|&(x, y)| [x, y]).collect() };
    let feature = |rings: &Vec<Vec<Point>>| {
        let rings: Vec<_> = rings.iter().map(closed).collect();
        serde_json::json!({"type":"Feature","geometry":{"type":"Polygon","coordinates":rings}})
    };
    let features: Vec<_> = polygons.iter().map(feature).collect();
    let collection = serde_json::json!({"type":"FeatureCollection","features":features});
    grid(&serde_json::json!({"type":"zones","crs":crs,"features":collection}).to_string())
}

/// A star with a star-shaped hole.
fn star(seed: u64, (x, y): Point, radius: f64, points: usize) -> Vec<Vec<Point>> {
    let mut next = noise(seed);
    let mut ring = |low: f64, high: f64| -> Vec<Point> {
        let angle = |k: usize| k as f64 / points as f64 * std::f64::consts::TAU;
        let mut at = |k: usize| {
            let radius = radius * (low + (high - low) * next());
            (x + radius * angle(k).cos(), y + radius * angle(k).sin())
        };
        (0..points).map(&mut at).collect()
    };
    vec![ring(0.5, 1.0), ring(0.1, 0.4)]
}

#[test]
fn zones_with_holes_equal_brute_force_at_any_size() {
    for (seed, radius, points) in [(1, 8.0, 5), (2, 60.0, 9), (3, 300.0, 40), (4, 900.0, 200)] {
        let polygons: Vec<_> =
            (0..6).map(|k| star(seed * 10 + k, (500_100.0 + 280.0 * k as f64, 5_399_600.0), radius, points)).collect();
        check(&utm(seed), &zones("EPSG:32632", &polygons), false, 1, 1e-9);
    }
}

#[test]
fn zones_of_another_crs_are_followed() {
    let raster = Raster::noisy(11, "EPSG:3035", [4e6, 2000.0, 0.0, 3.4e6, 0.0, -2000.0], (120, 100), (32, 32));
    let polygons: Vec<_> = (0..4).map(|k| star(k, (9.0 + 0.8 * k as f64, 51.5), 1.1, 30)).collect();
    check(&raster, &zones("EPSG:4326", &polygons), false, 64, 2e-3);
}

#[test]
fn zones_over_the_seam_take_pixels_from_both_sides() {
    for west in [-180.0, 0.0] {
        let raster = Raster::noisy(13, "EPSG:4326", [west, 5.0, 0.0, 90.0, 0.0, -5.0], (72, 36), (16, 16));
        let polygons =
            [star(1, (179.0, 10.0), 21.0, 9), star(2, (-1.0, -20.0), 30.0, 70), star(3, (181.0, 40.0), 40.0, 99)];
        check(&raster, &zones("EPSG:4326", &polygons), false, 1, 1e-9);
    }
}

#[test]
fn a_sliver_has_a_value_and_is_backed() {
    let raster = utm(5);
    let at = |x: f64, y: f64, width: f64, height: f64| {
        vec![vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)]]
    };
    let polygons = [
        at(500_601.0, 5_399_701.0, 0.001, 0.001),
        at(500_010.0, 5_399_590.0, 1500.0, 1e-6),
        at(500_629.999, 5_399_650.0, 0.002, 1e-3),
    ];
    let mut sound = raster.clone();
    sound.values.iter_mut().for_each(|value| *value = if *value == NODATA { 0.0 } else { *value });
    for (got, polygon) in
        sound.resample(&zones("EPSG:32632", &polygons), &[Method::Average], false).iter().zip(&polygons)
    {
        assert!((got.confidence - 1.0).abs() < 1e-4, "{polygon:?}: {got:?}");
        assert!(got.values[0].is_finite());
    }
    let first = sound.resample(&zones("EPSG:32632", &polygons[..1]), &[Method::Average], false);
    assert_near(first[0].values[0], sound.at(20, 14).unwrap(), 1e-12, "the pixel that holds it");
}

#[test]
fn overlapping_zones_each_get_their_own() {
    let square = vec![vec![
        (500_100.0, 5_399_500.0),
        (500_400.0, 5_399_500.0),
        (500_400.0, 5_399_800.0),
        (500_100.0, 5_399_800.0),
    ]];
    let raster = utm(6);
    let alone = raster.resample(&zones("EPSG:32632", std::slice::from_ref(&square)), &AREA, false);
    let shifted: Vec<Vec<Point>> = square.iter().map(|ring| ring.iter().map(|p| (p.0 + 70.0, p.1)).collect()).collect();
    let together = raster.resample(&zones("EPSG:32632", &[square, shifted]), &AREA, false);
    assert_eq!(together[0].values, alone[0].values);
    assert_ne!(together[1].values, alone[0].values);
}

#[test]
fn h3_cells_equal_brute_force() {
    let world = Raster::noisy(21, "EPSG:4326", [-180.0, 2.0, 0.0, 90.0, 0.0, -2.0], (180, 90), (64, 32));
    check(&world, &grid(r#"{"type":"h3","resolution":2,"bounds":[-30,-60,60,60]}"#), false, 1, 1e-9);
    // Across the antimeridian, and cells smaller than a pixel.
    check(&world, &grid(r#"{"type":"h3","resolution":1,"bounds":[150,-50,-150,50]}"#), false, 1, 1e-9);
    check(&world, &grid(r#"{"type":"h3","resolution":4,"bounds":[177,-20,-177,-10]}"#), false, 1, 1e-9);
    let europe = Raster::noisy(22, "EPSG:3035", [4e6, 2000.0, 0.0, 3.4e6, 0.0, -2000.0], (120, 100), (32, 32));
    check(&europe, &grid(r#"{"type":"h3","resolution":4,"bounds":[8,50,14,54]}"#), false, 64, 2e-3);
}

#[test]
fn h3_cells_and_zones_are_partitions_too() {
    let world = Raster::noisy(19, "EPSG:4326", [-180.0, 2.0, 0.0, 90.0, 0.0, -2.0], (180, 90), (64, 32));
    let east = Raster::noisy(20, "EPSG:4326", [0.0, 2.0, 0.0, 90.0, 0.0, -2.0], (180, 90), (64, 32));
    let mercator = Raster::noisy(21, "EPSG:3857", [-2e7, 1e5, 0.0, 1e7, 0.0, -1e5], (400, 200), (64, 64));
    let total = |raster: &Raster| raster.values.iter().filter(|&&value| value != NODATA).sum::<f64>();
    for raster in [&world, &east, &mercator] {
        for resolution in 0..=3 {
            let json = format!(r#"{{"type":"h3","resolution":{resolution},"bounds":[-180,-90,180,90]}}"#);
            let got = raster.resample(&grid(&json), &[Method::Sum], false);
            let sum: f64 = got.iter().map(|got| got.values[0]).filter(|value| !value.is_nan()).sum();
            assert_near(sum, total(raster), 1e-9, &json);
        }
    }
    // The plane around the raster in triangles that share a wild outline, and what that leaves.
    let outline = star(9, (5.0, 5.0), 60.0, 300).swap_remove(0);
    let world_ring = vec![(-180.0, -90.0), (180.0, -90.0), (180.0, 90.0), (-180.0, 90.0)];
    let zones = zones("EPSG:4326", &[vec![outline.clone()], vec![world_ring, outline]]);
    for raster in [
        Raster::noisy(23, "EPSG:4326", [-90.0, 1.0, 0.0, 80.0, 0.0, -1.0], (180, 160), (16, 16)),
        Raster::noisy(24, "EPSG:6933", [-9e6, 1e5, 0.0, 6e6, 0.0, -1e5], (180, 120), (32, 32)),
    ] {
        let got = raster.resample(&zones, &[Method::Sum], false);
        assert_near(got[0].values[0] + got[1].values[0], total(&raster), 1e-9, "an outline's two sides");
    }
}
