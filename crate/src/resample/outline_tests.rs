use super::super::test_support::{Raster, assert_near, dense_outline, grid};
use super::*;
use crate::resample::Method;

/// A raster of 1° around the Earth.
fn world() -> Raster {
    let mut raster = Raster::noisy(3, "EPSG:4326", [-180.0, 1.0, 0.0, 90.0, 0.0, -1.0], (360, 180), (64, 64));
    raster.values.iter_mut().for_each(|value| *value = 1.0);
    raster
}

#[test]
fn curved_edges_keep_their_area() {
    let raster = Raster::noisy(3, "EPSG:4326", [0.0, 0.05, 0.0, 62.0, 0.0, -0.05], (300, 240), (64, 64));
    for size in [20_000, 100_000, 400_000] {
        let grid = grid(&format!(
            r#"{{"type":"hexagon","crs":"EPSG:3035","cellSize":{size},"bounds":[4,52,12,60],"boundsCrs":"EPSG:4326"}}"#
        ));
        let map = raster.map(&grid);
        for cell in grid.chunk(0).cells().take(40) {
            let mut rings = Rings::default();
            grid.outline(cell, &mut rings);
            let outlines = Outlines::new(&map, &raster.level, &rings, |_| grid.center(cell));
            let dense = doubled_area(&dense_outline(&map, &grid, cell, 2000)).abs() * 0.5;
            assert_near(outlines.area(0) / dense, 1.0, 2e-8, "area");
        }
    }
}

#[test]
fn cells_around_and_at_a_pole_cover_all_of_it() {
    // The lattice of EPSG:3413 has a corner at the pole; moved by half a cell it has a centre there.
    for origin in ["[0,0]", "[-250000,-250000]", "[-123456,-34567]"] {
        let json = format!(
            r#"{{"type":"square","crs":"EPSG:3413","cellSize":500000,"bounds":[-3500000,-3500000,3500000,3500000],"origin":{origin}}}"#
        );
        let got = world().resample(&grid(&json), &[Method::Count], false);
        let mut cap = 0.0;
        for got in &got {
            assert_near(got.confidence, 1.0, 1e-6, &format!("confidence of {:?}", got.cell));
            cap += got.values[0];
        }
        // The square around the pole holds the cap north of 62° and little more.
        let whole = 360.0 * 28.0;
        assert!(cap > whole && cap < whole * 1.5, "{cap}");
    }
}

#[test]
fn cells_over_a_projected_seam_take_both_sides() {
    let side = 20_037_508.342_789_244;
    let pixel = side / 64.0;
    let mut raster = Raster::noisy(3, "EPSG:3857", [-side, pixel, 0.0, side, 0.0, -pixel], (128, 128), (32, 32));
    raster.values.iter_mut().for_each(|value| *value = 1.0);
    for kind in ["square", "hexagon"] {
        let json = format!(r#"{{"type":"{kind}","crs":"EPSG:4326","cellSize":7,"bounds":[160,-60,200,60]}}"#);
        for got in raster.resample(&grid(&json), &[Method::Count], false) {
            assert_near(got.confidence, 1.0, 1e-9, &format!("{kind} {:?}", got.cell));
            assert!(got.values[0] > 1.0 && got.values[0] < 40.0, "{kind} {:?} {}", got.cell, got.values[0]);
        }
    }
}

#[test]
fn a_cell_without_a_place_has_no_points() {
    let raster = world();
    let grid = grid(
        r#"{"type":"square","crs":"ESRI:54009","cellSize":3000000,"bounds":[-18000000,-9000000,18000000,9000000]}"#,
    );
    let got = raster.resample(&grid, &[Method::Average], false);
    // The corners of the box lie outside the ellipse of Mollweide's Earth.
    assert!(got.iter().any(|got| got.values[0].is_nan() && got.confidence == 0.0));
    assert!(got.iter().any(|got| got.values[0] == 1.0));
}
