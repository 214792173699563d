use super::Bounds;
use crate::error::Code;

#[test]
fn json_is_four_numbers() {
    let bounds: Bounds = serde_json::from_str("[-10,35,30,60.5]").unwrap();
    assert_eq!(bounds, Bounds::new(-10.0, 35.0, 30.0, 60.5));
    assert_eq!(serde_json::to_string(&bounds).unwrap(), "[-10.0,35.0,30.0,60.5]");
}

#[test]
fn across_the_antimeridian_there_are_two_boxes() {
    let bounds = Bounds::new(170.0, -10.0, -165.0, 5.0);
    assert!(bounds.crosses_antimeridian());
    assert_eq!((bounds.width(), bounds.height()), (25.0, 15.0));
    assert_eq!(
        bounds.split_at_antimeridian(),
        [Bounds::new(170.0, -10.0, 180.0, 5.0), Bounds::new(-180.0, -10.0, -165.0, 5.0)]
    );
    let plain = Bounds::new(0.0, 0.0, 1.0, 1.0);
    assert_eq!(plain.split_at_antimeridian(), [plain]);
}

#[test]
fn what_is_no_box_is_refused() {
    assert!(Bounds::new(10.0, 0.0, -10.0, 1.0).checked(true).is_ok());
    for (bounds, is_geographic) in [
        (Bounds::new(10.0, 0.0, -10.0, 1.0), false),
        (Bounds::new(0.0, 1.0, 1.0, 0.0), true),
        (Bounds::new(f64::NAN, 0.0, 1.0, 1.0), true),
        (Bounds::new(0.0, 0.0, f64::INFINITY, 1.0), false),
    ] {
        let error = bounds.checked(is_geographic).unwrap_err();
        assert_eq!(error.code(), Code::UsageBounds);
        assert!(error.hint().is_some());
    }
}

#[test]
fn boxes_join_and_hold_points() {
    let both = Bounds::new(0.0, 0.0, 1.0, 1.0).union(Bounds::new(3.0, -1.0, 4.0, 0.5));
    assert_eq!(both, Bounds::new(0.0, -1.0, 4.0, 1.0));
    assert!(both.contains(0.0, 1.0) && !both.contains(4.1, 0.0));
}
