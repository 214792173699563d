use super::*;

fn areas(crs: &str, geotransform: [f64; 6]) -> PixelAreas {
    PixelAreas::new(&Crs::parse(crs).expect("a CRS"), &GeoTransform(geotransform)).expect("areas")
}

fn window(left: u32, top: u32, right: u32, bottom: u32) -> Window {
    Window { left, top, right, bottom }
}

#[track_caller]
fn assert_close(got: f64, expected: f64, tolerance: f64) {
    assert!((got / expected - 1.0).abs() <= tolerance, "got {got}, expected {expected}");
}

/// The area of WGS 84 (Karney 2013: 2π(a² + b²·atanh(e)/e)), and of parts of it by Simpson's rule over M·N·cos φ.
#[test]
fn pixels_in_longitude_and_latitude_add_up_to_the_ellipsoid() {
    let areas = areas("EPSG:4326", [-180.0, 0.5, 0.0, 90.0, 0.0, -0.5]);
    let BlockAreas::Rows(rows) = areas.of(window(0, 0, 720, 360)) else {
        panic!("expected a row's pixels to be alike")
    };
    assert_close(rows.iter().sum::<f64>() * 720.0, 510_065_621_724_088.44, 1e-14);
    let (a, e2) = (6_378_137.0_f64, 0.006_694_379_990_141_317);
    let density = |lat_deg: f64| {
        let (sin, cos) = lat_deg.to_radians().sin_cos();
        a * a * (1.0 - e2) * cos / (1.0 - e2 * sin * sin).powi(2)
    };
    for (row, &area) in rows.iter().enumerate() {
        let (top, middle, bottom) = (90.0 - row as f64 * 0.5, 89.75 - row as f64 * 0.5, 89.5 - row as f64 * 0.5);
        let simpson = (density(top) + 4.0 * density(middle) + density(bottom)) / 6.0;
        assert_close(area, simpson * 0.5_f64.to_radians() * 0.5_f64.to_radians(), 1e-9);
    }
}

#[test]
fn a_second_of_arc_keeps_its_digits() {
    let second = 1.0 / 3600.0;
    let areas = areas("EPSG:4326", [0.0, second, 0.0, 47.0, 0.0, -second]);
    let BlockAreas::Rows(rows) = areas.of(window(0, 0, 10, 3600)) else {
        panic!("expected a row's pixels to be alike")
    };
    let whole = Ellipsoid::new(6_378_137.0, 6_356_752.314_245_179).quadrangle_m2(second, 47.0, 46.0);
    assert_close(rows.iter().sum(), whole, 1e-12);
}

#[test]
fn what_lies_beyond_a_pole_has_no_area() {
    let areas = areas("EPSG:4326", [-180.0, 1.0, 0.0, 92.0, 0.0, -1.0]);
    let areas = areas.of(window(0, 0, 4, 4));
    assert_eq!((areas.at(0, 0), areas.at(1, 3)), (0.0, 0.0));
    assert!(areas.at(2, 0) > 0.0);
}

/// Equal-area maps: every pixel is as large as it says, at the pole too.
#[test]
fn an_equal_area_map_has_equal_pixels() {
    let cases = [
        ("EPSG:6933", [-1e7, 900.0, 0.0, 7e6, 0.0, -1100.0]),
        ("EPSG:6933", [-1e7, 25_000.0, 0.0, 7e6, 0.0, -25_000.0]),
        ("EPSG:3035", [2_500_000.0, 100_000.0, 0.0, 5_500_000.0, 0.0, -100_000.0]),
        ("EPSG:3035", [4_000_000.0, 30.0, 10.0, 3_000_000.0, 10.0, -30.0]),
        ("EPSG:3408", [-450_000.0, 30_000.0, 0.0, 450_000.0, 0.0, -30_000.0]),
    ];
    for (crs, geotransform) in cases {
        let [_, xu, xv, _, yu, yv] = geotransform;
        let areas = areas(crs, geotransform).of(window(0, 0, 33, 30));
        for (row, col) in [(0, 0), (7, 21), (15, 15), (29, 32)] {
            assert_close(areas.at(row, col), (xu * yv - xv * yu).abs(), 2e-8);
        }
    }
}

/// Web Mercator: the pixel between two meridians and two parallels, which it is.
#[test]
fn a_mercator_pixel_is_a_quadrangle_of_the_ellipsoid() {
    for (size, count) in [(1000.0, 64), (30_000.0, 64), (400_000.0, 20)] {
        let areas = areas("EPSG:3857", [0.0, size, 0.0, 8_400_000.0, 0.0, -size]).of(window(0, 0, count, count));
        let lat_deg = |row: usize| ((8_400_000.0 - row as f64 * size) / 6_378_137.0).sinh().atan().to_degrees();
        let ellipsoid = Ellipsoid::new(6_378_137.0, 6_356_752.314_245_179);
        let width_deg = (size / 6_378_137.0_f64).to_degrees();
        for row in [0, 1, 7, 19] {
            let expected = ellipsoid.quadrangle_m2(width_deg, lat_deg(row), lat_deg(row + 1));
            assert_close(areas.at(row, row), expected, if size > 100_000.0 { 1e-6 } else { 2e-8 });
        }
    }
}

#[test]
fn interpolated_areas_are_the_computed_ones() {
    let areas = areas("EPSG:32632", [500_000.0, 100.0, 0.0, 5_400_000.0, 0.0, -100.0]);
    let block = areas.of(window(512, 1024, 1024, 1536));
    for (row, col) in [(0, 0), (1, 511), (255, 300), (511, 511)] {
        let alone = areas.of(window(512 + col, 1024 + row, 513 + col, 1025 + row));
        assert_close(block.at(row as usize, col as usize), alone.at(0, 0), 1e-9);
    }
}

#[test]
fn beyond_the_edge_of_the_map_there_is_no_area() {
    // Mollweide's world is an ellipse: its corners are no place.
    let areas = areas("ESRI:54009", [-18_000_000.0, 1_000_000.0, 0.0, 9_000_000.0, 0.0, -1_000_000.0]);
    let areas = areas.of(window(0, 0, 36, 18));
    assert_eq!(areas.at(0, 0), 0.0);
    assert_close(areas.at(9, 18), 1e12, 1e-4);
}
