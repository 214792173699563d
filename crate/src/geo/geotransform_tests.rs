use super::GeoTransform;
use crate::geo::Bounds;

#[test]
fn north_up_by_hand() {
    let transform = GeoTransform::north_up(-180.0, 90.0, 0.5, 0.25);
    assert_eq!(transform.apply(2.0, 4.0), (-179.0, 89.0));
    assert_eq!(transform.inverse().unwrap().apply(-179.0, 89.0), (2.0, 4.0));
    assert_eq!(transform.bounds(720.0, 720.0), Bounds::new(-180.0, -90.0, 180.0, 90.0));
    assert_eq!(transform.scaled(2.0, 4.0).pixel_size(), (1.0, 1.0));
    assert!(transform.is_axis_aligned());
}

#[test]
fn rotation_and_shear_are_kept() {
    let transform = GeoTransform([100.0, 3.0, 1.0, 200.0, 0.5, -2.0]);
    let back = transform.inverse().unwrap();
    for (u, v) in [(0.0, 0.0), (10.0, 20.0), (-3.5, 7.25)] {
        let (x, y) = transform.apply(u, v);
        let (u_back, v_back) = back.apply(x, y);
        assert!((u_back - u).abs() < 1e-12 && (v_back - v).abs() < 1e-12);
    }
    assert!(!transform.is_axis_aligned());
    assert_eq!(transform.bounds(10.0, 10.0), Bounds::new(100.0, 180.0, 140.0, 205.0));
}

#[test]
fn a_flat_transform_has_no_inverse() {
    for numbers in [
        [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        [0.0, 1.0, 2.0, 0.0, 2.0, 4.0],
        [f64::NAN, 1.0, 0.0, 0.0, 0.0, -1.0],
        [0.0, f64::INFINITY, 0.0, 0.0, 0.0, -1.0],
        [0.0, f64::MIN_POSITIVE / 4.0, 0.0, 0.0, 0.0, -1.0],
    ] {
        assert!(GeoTransform(numbers).inverse().is_none(), "{numbers:?}");
    }
    assert!(GeoTransform::north_up(0.0, 0.0, 1e-9, 1e-9).inverse().is_some());
}
