use super::transform_outline;
use crate::geo::{Crs, Transformer};

fn moved(crs: &str, [min_x, min_y, max_x, max_y]: [f64; 4]) -> Vec<(f64, f64)> {
    let transformer = Transformer::new(&Crs::parse(crs).unwrap(), &Crs::parse("EPSG:4326").unwrap()).unwrap();
    let mut corners = vec![(min_x, min_y), (max_x, min_y), (max_x, max_y), (min_x, max_y)];
    transform_outline(&transformer, &mut corners, (f64::midpoint(min_x, max_x), f64::midpoint(min_y, max_y)));
    corners
}

#[test]
fn a_cell_within_the_world_is_left_alone() {
    let corners = moved("EPSG:6933", [0.0, 0.0, 1e6, 1e6]);
    let transformer = Transformer::new(&Crs::parse("EPSG:6933").unwrap(), &Crs::parse("EPSG:4326").unwrap()).unwrap();
    assert_eq!(corners[2], transformer.transform_point(1e6, 1e6));
}

#[test]
fn a_cell_over_a_cylinders_pole_ends_at_the_pole() {
    for top in [7.4e6, 9e6, 1.2e7] {
        let corners = moved("EPSG:6933", [0.0, 7e6, 1e6, top]);
        assert!((corners[2].1 - 90.0).abs() < 1e-3 && (corners[3].1 - 90.0).abs() < 1e-3, "{corners:?}");
        assert!((corners[2].0 - corners[1].0).abs() < 1e-9 && (corners[3].0 - corners[0].0).abs() < 1e-9);
    }
}

#[test]
fn a_cell_over_a_world_maps_rim_ends_at_the_rim() {
    let corners = moved("ESRI:54009", [17e6, 0.0, 19e6, 2e6]);
    assert!(corners.iter().all(|corner| corner.0.is_finite() && corner.1.is_finite()), "{corners:?}");
    assert!((corners[1].0 - 180.0).abs() < 1e-6 && corners[1].1.abs() < 1e-9, "{corners:?}");
}

#[test]
fn a_cell_outside_the_world_has_no_place() {
    assert!(moved("ESRI:54009", [19e6, 8e6, 20e6, 9e6]).iter().all(|corner| corner.0.is_nan()));
}
