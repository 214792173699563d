use super::*;

fn crs(name: &str) -> Crs {
    Crs::parse(name).expect("a known CRS")
}

fn map(grid: &str, raster: &str, geotransform: [f64; 6], size: (u32, u32)) -> PixelMap {
    PixelMap::new(&crs(grid), &crs(raster), &GeoTransform(geotransform), size).expect("a transformation")
}

#[test]
fn degrees_and_cylinders_turn_and_others_do_not() {
    let degrees = map("EPSG:4326", "EPSG:4326", [0.0, 0.5, 0.0, 90.0, 0.0, -0.5], (720, 360));
    assert_eq!(degrees.turn(), Some(720.0));
    assert_eq!(degrees.size(), (720, 360));
    // A header's rounded pixel size.
    let rounded = map("EPSG:4326", "EPSG:4326", [0.0, 0.016_666_67, 0.0, 90.0, 0.0, -0.016_666_67], (21_600, 10_800));
    assert_eq!(rounded.turn(), map("EPSG:4326", "EPSG:4326", rounded_pixel(), (21_600, 10_800)).turn());
    let repeated = map("EPSG:4326", "EPSG:4326", [0.0, 0.5, 0.0, 90.0, 0.0, -0.5], (721, 361));
    assert_eq!(repeated.size(), (720, 361));
    let side = 20_037_508.342_789_244;
    let mercator = map("EPSG:4326", "EPSG:3857", [-side, side / 128.0, 0.0, side, 0.0, -side / 128.0], (256, 256));
    assert_eq!(mercator.turn(), Some(256.0));
    let equal_area = map("EPSG:4326", "EPSG:6933", [-17_367_530.45, 1000.0, 0.0, 7e6, 0.0, -1000.0], (100, 100));
    assert!(equal_area.turn().is_some_and(|turn| (turn - 34_735.06).abs() < 0.01));
    assert_eq!(map("EPSG:4326", "EPSG:32632", [0.0, 30.0, 0.0, 0.0, 0.0, -30.0], (9, 9)).turn(), None);
    let rotated = map("EPSG:4326", "EPSG:4326", [0.0, 0.5, 0.1, 90.0, 0.1, -0.5], (720, 360));
    assert_eq!(rotated.turn(), None);
}

fn rounded_pixel() -> [f64; 6] {
    [0.0, 1.0 / 60.0, 0.0, 90.0, 0.0, -1.0 / 60.0]
}

#[test]
fn columns_are_unwrapped_and_shifted() {
    let map = map("EPSG:4326", "EPSG:4326", [-180.0, 1.0, 0.0, 90.0, 0.0, -1.0], (360, 180));
    assert_eq!(map.unwrap(2.0, 358.0), 362.0);
    assert_eq!(map.unwrap(358.0, 2.0), -2.0);
    assert_eq!(-10.0 + map.first_turn(-10.0), 350.0);
    let shifts =
        |left: f64, right: f64| map.shifts(&PixelBounds { left, top: 0.0, right, bottom: 1.0 }).collect::<Vec<_>>();
    assert_eq!(shifts(10.0, 20.0), [0.0]);
    assert_eq!(shifts(350.0, 370.0), [0.0, -360.0]);
}

#[test]
fn axes_give_the_maps_bits() {
    let map = map("EPSG:6933", "EPSG:4326", [-180.0, 0.1, 0.0, 90.0, 0.0, -0.1], (3600, 1800));
    let axes = map.axes().expect("both are cylindrical");
    for step in 0..50 {
        let (x, y) = (f64::from(step) * 31_234.5 - 5e5, f64::from(step) * 99_321.7 - 3e6);
        let mut point = [(x, y)];
        map.map(&mut point);
        let (mut xs, mut ys) = ([x], [y]);
        axes.map_x(&mut xs);
        axes.map_y(&mut ys);
        assert_eq!((xs[0], ys[0]), point[0]);
    }
}

#[test]
fn a_missing_transformation_names_both_sides() {
    let flat = GeoTransform([0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let error = PixelMap::new(&crs("EPSG:4326"), &crs("EPSG:4326"), &flat, (1, 1)).expect_err("no pixel area");
    assert_eq!(error.code().as_str(), "geo.geotransform");
}
