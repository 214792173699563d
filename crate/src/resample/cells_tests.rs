use super::super::fold_point::whole_turn;
use super::super::geometry::Centres;
use super::super::test_support::*;
use super::*;

const AREA: [Method; 8] = [
    Method::Average,
    Method::Count,
    Method::Sum,
    Method::Min,
    Method::Max,
    Method::Variance,
    Method::Stdev,
    Method::Rms,
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
        let ring = dense_outline(&map, grid, got.cell, pieces);
        let near = ring[0].0;
        let ring: Vec<_> = ring.into_iter().map(|(u, v)| (map.unwrap(u, near), v)).collect();
        let pixels: Vec<(f64, f64)> = covered(&ring)
            .into_iter()
            .filter_map(|(col, row, coverage)| {
                Some((raster.at(turn.map_or(col, |turn| col.rem_euclid(turn)), row)?, coverage))
            })
            .collect();
        for (&method, &value) in AREA.iter().zip(&got.values) {
            assert_near(value, naive_area(&pixels, method), tolerance, &format!("{method} of {:?}", got.cell));
        }
        let area = crate::resample::coverage::doubled_area(&ring).abs() * 0.5;
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
        Geometry::new(&grid, &raster.map(&grid), &grid.chunk(0).runs, Needs { shapes: true, centres: true }),
        Geometry { shapes: Some(Shapes::Rectangles(_)), centres: Some(Centres::Lattice { .. }) }
    ));
    for (fast, general) in fast.iter().zip(&general) {
        assert_eq!(fast.cell, general.cell);
        assert_near(fast.confidence, general.confidence, 1e-12, "confidence");
        for ((&method, &fast), &general) in methods.iter().zip(&fast.values).zip(&general.values) {
            // A sum's rounding is that of its largest terms; the others' is relative to the values, about 100.
            assert_near(fast / 100.0, general / 100.0, 1e-12, method.as_str());
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
        let got = raster.resample(&grid(json), &[Method::Sum], false);
        let sum: f64 = got.iter().map(|got| got.values[0]).filter(|value| !value.is_nan()).sum();
        assert_near(sum, total, 1e-9, json);
    }
}
