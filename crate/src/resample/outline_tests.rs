use super::super::test_support::{NODATA, Raster, assert_near, dense_outline, grid};
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
            let outlines = Outlines::new(&map, &raster.level, &rings, None, |_| grid.center(cell));
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

#[test]
fn cells_over_the_cut_of_a_world_map_take_both_sides() {
    for (crs, reach) in [("ESRI:54009", 18_040_095.7), ("EPSG:8857", 17_243_959.1), ("+proj=sinu +R=6371228", 2.002e7)]
    {
        let pixel = reach / 180.0;
        let mut raster = Raster::noisy(5, crs, [-reach, pixel, 0.0, reach / 2.0, 0.0, -pixel], (360, 180), (64, 64));
        raster.values.iter_mut().for_each(|value| *value = 1.0);
        let json = r#"{"type":"square","crs":"EPSG:4326","cellSize":7,"bounds":[150,-60,210,60]}"#;
        let got = raster.resample(&grid(json), &[Method::Count], false);
        for row in got.chunk_by(|a, b| a.cell.row == b.cell.row) {
            // Equal areas: every cell of a row has as many pixels.
            for got in row {
                assert_near(got.values[0] / row[0].values[0], 1.0, 1e-6, &format!("{crs} {:?}", got.cell));
                assert_near(got.confidence, 1.0, 1e-6, &format!("{crs} {:?}", got.cell));
            }
        }
        let json = r#"{"type":"h3","resolution":2,"bounds":[165,-60,-165,60]}"#;
        for got in raster.resample(&grid(json), &[Method::Count], false) {
            assert_near(got.confidence, 1.0, 1e-6, &format!("{crs} {:?}", got.cell));
            assert!(got.values[0] < 30.0, "{crs} {:?}: {}", got.cell, got.values[0]);
        }
    }
}

#[test]
fn what_lies_on_the_other_side_of_the_earth_takes_nothing() {
    for (crs, geotransform) in [
        ("EPSG:3035", [2.5e6, 5e4, 0.0, 5.5e6, 0.0, -5e4]),
        ("EPSG:3413", [-2e6, 5e4, 0.0, 2e6, 0.0, -5e4]),
        ("EPSG:5070", [-2e6, 5e4, 0.0, 3e6, 0.0, -5e4]),
    ] {
        let raster = Raster::noisy(6, crs, geotransform, (80, 80), (32, 32));
        let total: f64 = raster.values.iter().filter(|&&value| value != NODATA).sum();
        for json in [
            r#"{"type":"square","crs":"EPSG:4326","cellSize":10,"bounds":[-180,-90,180,90]}"#,
            r#"{"type":"h3","resolution":1,"bounds":[-180,-90,180,90]}"#,
        ] {
            let got = raster.resample(&grid(json), &[Method::Sum], false);
            let sum: f64 = got.iter().map(|got| got.values[0]).filter(|value| !value.is_nan()).sum();
            assert_near(sum, total, 1e-9, &format!("{crs} {json}"));
        }
    }
}

#[test]
fn a_ring_around_a_pole_may_have_a_hole_around_it() {
    let ring = |radius: f64, sign: f64| -> Vec<Point> {
        let angle = |k: i32| sign * f64::from(k) / 24.0 * std::f64::consts::TAU + 0.3;
        (0..24).map(|k| (radius * angle(k).cos(), radius * angle(k).sin())).collect()
    };
    let closed =
        |ring: Vec<Point>| -> Vec<[f64; 2]> { ring.iter().chain(ring.first()).map(|&(x, y)| [x, y]).collect() };
    let zones = |rings: &[Vec<Point>]| {
        let rings: Vec<_> = rings.iter().cloned().map(closed).collect();
        let features = serde_json::json!({"type":"Polygon","coordinates":rings});
        grid(&serde_json::json!({"type":"zones","crs":"EPSG:3413","features":features}).to_string())
    };
    let raster = world();
    let count = |rings: &[Vec<Point>]| raster.resample(&zones(rings), &[Method::Count], false)[0].values[0];
    let (outer, inner) = (ring(3e6, 1.0), ring(1e6, -1.0));
    let whole = count(std::slice::from_ref(&outer));
    let hole = count(&[ring(1e6, 1.0)]);
    assert!(hole > 360.0 * 8.0 && whole > 360.0 * 25.0, "{hole} {whole}");
    assert_near(count(&[outer, inner]), whole - hole, 1e-9, "the ring between them");
}

/// The whole world, in one step a side, as many files have it.
const WORLD: &str = r#"{"type":"Feature","id":"world","geometry":{"type":"Polygon","coordinates":[[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]]}}"#;

#[test]
fn a_zone_of_the_whole_world_covers_all_of_a_raster() {
    let rasters = [
        ("EPSG:3413", [-2_000_000.0, 50_000.0, 0.0, 2_000_000.0, 0.0, -50_000.0]),
        ("EPSG:3413", [500_000.0, 50_000.0, 0.0, -700_000.0, 0.0, -50_000.0]),
        ("EPSG:3031", [-2_000_000.0, 50_000.0, 0.0, 2_000_000.0, 0.0, -50_000.0]),
        ("EPSG:6931", [-2_000_000.0, 50_000.0, 0.0, 2_000_000.0, 0.0, -50_000.0]),
        ("EPSG:6932", [-2_000_000.0, 50_000.0, 0.0, 2_000_000.0, 0.0, -50_000.0]),
        ("EPSG:32632", [300_000.0, 5_000.0, 0.0, 5_600_000.0, 0.0, -5_000.0]),
        ("EPSG:32701", [300_000.0, 5_000.0, 0.0, 8_100_000.0, 0.0, -5_000.0]),
        ("EPSG:3035", [3_000_000.0, 20_000.0, 0.0, 4_000_000.0, 0.0, -20_000.0]),
        ("EPSG:27700", [100_000.0, 5_000.0, 0.0, 700_000.0, 0.0, -5_000.0]),
        ("EPSG:2154", [100_000.0, 5_000.0, 0.0, 6_700_000.0, 0.0, -5_000.0]),
        ("EPSG:5070", [-1_000_000.0, 20_000.0, 0.0, 3_000_000.0, 0.0, -20_000.0]),
        ("EPSG:3857", [-3_000_000.0, 50_000.0, 0.0, 4_000_000.0, 0.0, -50_000.0]),
        ("EPSG:6933", [-3_000_000.0, 50_000.0, 0.0, 4_000_000.0, 0.0, -50_000.0]),
        ("ESRI:54009", [-3_000_000.0, 50_000.0, 0.0, 4_000_000.0, 0.0, -50_000.0]),
    ];
    let grid = grid(&format!(r#"{{"type":"zones","features":{WORLD}}}"#));
    for (crs, geotransform) in rasters {
        let mut raster = Raster::noisy(3, crs, geotransform, (80, 80), (32, 32));
        raster.values.iter_mut().for_each(|value| *value = 1.0);
        let got = raster.resample(&grid, &[Method::Count], false);
        assert_near(got[0].values[0], 6400.0, 1e-9, crs);
        // On a polar map the far pole is at infinity: next to it the raster is as nothing.
        assert!(got[0].confidence > 0.0 && got[0].confidence < 0.1, "{crs}: {}", got[0].confidence);
    }
}

#[test]
fn a_cap_around_a_pole_may_have_a_hole_over_the_antimeridian() {
    let outer = "[[-180,60],[-90,60],[0,60],[90,60],[180,60],[180,90],[-180,90],[-180,60]]";
    // As a ring around the pole too, which is closed along it.
    let around = "[[-150,60],[-60,60],[30,60],[120,60],[-150,60]]";
    let hole = "[[170,70],[170,75],[-165,75],[-165,70],[170,70]]";
    let count = |raster: &Raster, rings: &[&str]| {
        let json = format!(r#"{{"type":"zones","features":{{"type":"Polygon","coordinates":[{}]}}}}"#, rings.join(","));
        raster.resample(&grid(&json), &[Method::Count], false)[0].values[0]
    };
    let mut polar =
        Raster::noisy(3, "EPSG:3413", [-4_000_000.0, 50_000.0, 0.0, 4_000_000.0, 0.0, -50_000.0], (160, 160), (32, 32));
    polar.values.iter_mut().for_each(|value| *value = 1.0);
    for raster in [world(), polar] {
        let whole = count(&raster, &[outer]);
        let missing = count(&raster, &[hole]);
        assert!(missing > 100.0 && whole > 10.0 * missing, "{} {whole} {missing}", raster.crs);
        for outer in [outer, around] {
            let left = count(&raster, &[outer, hole]);
            // Parallels are cut at other places.
            assert_near(left, whole - missing, 1e-5, &format!("{} with a hole", raster.crs));
        }
    }
}
