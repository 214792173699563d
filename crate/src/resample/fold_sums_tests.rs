use super::super::method::Method;
use super::super::test_support::*;

/// Alone, these methods are folded by sums; with `min` beside them, by moments and pixel by pixel.
const SUMS: [Method; 3] = [Method::Average, Method::Count, Method::Sum];

fn assert_equals_pixel_by_pixel(raster: &Raster, definition: &str) {
    let grid = grid(definition);
    let by_sums = raster.resample(&grid, &SUMS, false);
    let by_pixels = raster.resample(&grid, &[SUMS[0], SUMS[1], SUMS[2], Method::Min], false);
    assert_eq!(by_sums.len(), by_pixels.len());
    for (sums, pixels) in by_sums.iter().zip(&by_pixels) {
        for (method, (&sum, &pixel)) in SUMS.iter().zip(sums.values.iter().zip(&pixels.values)) {
            assert_near(sum, pixel, 1e-12, &format!("{method} of {:?} in {definition}", sums.cell));
        }
        assert_near(sums.confidence, pixels.confidence, 1e-12, "confidence");
    }
    assert!(by_sums.iter().any(|got| !got.values[0].is_nan()), "no cell has a value: {definition}");
}

#[test]
fn equals_the_fold_by_pixels_at_any_size() {
    let raster = Raster::noisy(5, "EPSG:32632", [500_000.0, 30.0, 0.0, 5_400_000.0, 0.0, -20.0], (53, 41), (16, 12));
    for size in [3.0, 7.5, 20.0, 30.0, 37.0, 61.0, 240.0, 5000.0] {
        let bounds = "[499930,5399100,501700,5400050]";
        let json = format!(r#"{{"type":"square","crs":"EPSG:32632","cellSize":{size},"bounds":{bounds}}}"#);
        assert_equals_pixel_by_pixel(&raster, &json);
    }
}

#[test]
fn equals_it_across_the_antimeridian_and_in_cylindrical_projections() {
    let raster = Raster::noisy(6, "EPSG:4326", [-180.0, 2.5, 0.0, 90.0, 0.0, -2.5], (144, 72), (144, 16));
    for json in [
        r#"{"type":"square","crs":"EPSG:4326","cellSize":3.1,"bounds":[170,-12,190,12]}"#,
        r#"{"type":"square","crs":"EPSG:6933","cellSize":400000,"bounds":[-17367000,-7300000,17367000,7300000]}"#,
    ] {
        assert_equals_pixel_by_pixel(&raster, json);
    }
}

#[test]
fn a_tiny_raster_by_hand() {
    // 3 × 2 pixels of 1 m; the cell of 2 m from (0.5, 0) covers half, all and half of three columns over two rows.
    let mut raster = Raster::noisy(1, "EPSG:32632", [0.0, 1.0, 0.0, 2.0, 0.0, -1.0], (3, 2), (3, 2));
    raster.values = vec![1.0, 2.0, 4.0, 8.0, NODATA, 16.0];
    let grid = grid(r#"{"type":"square","crs":"EPSG:32632","cellSize":2,"origin":[0.5,0],"bounds":[0.6,0.1,2.4,1.9]}"#);
    let got = raster.resample(&grid, &SUMS, false);
    assert_eq!(got.len(), 1);
    // 0.5 (1 + 8) + 2 + 0.5 (4 + 16) over coverage 0.5·2 + 1 + 0.5·2.
    assert_eq!(got[0].values, vec![16.5 / 3.0, 3.0, 16.5]);
    assert_eq!(got[0].confidence, 0.75);
}
