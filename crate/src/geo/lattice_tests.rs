use proptest::prelude::*;

use super::Lattice;
use crate::geo::{Bounds, Crs, Transformer};

fn transformer(from: &str, to: &str) -> Transformer {
    Transformer::new(&Crs::parse(from).unwrap(), &Crs::parse(to).unwrap()).unwrap()
}

/// CRSs with an area in their units where a lattice makes sense.
const AREAS: [(&str, [f64; 4]); 7] = [
    ("EPSG:3035", [2.5e6, 1.5e6, 6.0e6, 5.0e6]),
    ("EPSG:32633", [2e5, 3e6, 8e5, 7e6]),
    ("EPSG:5070", [-2.0e6, 3.0e5, 2.0e6, 3.0e6]),
    ("EPSG:8857", [-8.0e6, -5.0e6, 8.0e6, 5.0e6]),
    ("ESRI:54009", [-6.0e6, -6.0e6, 6.0e6, 6.0e6]),
    ("EPSG:3031", [5.0e5, 5.0e5, 3.0e6, 3.0e6]),
    ("EPSG:28992", [0.0, 3.0e5, 2.8e5, 6.2e5]),
];

proptest! {
    #[test]
    fn points_are_within_the_bound_of_the_exact_ones(
        which in 0..AREAS.len(), log_error in -8.0..-1.0_f64, u in 0.0..0.9_f64, v in 0.0..0.9_f64,
        size in 0.01..1.0_f64, at in proptest::collection::vec((0.0..=1.0_f64, 0.0..=1.0_f64), 200),
    ) {
        let (name, [min_x, min_y, max_x, max_y]) = AREAS[which];
        let exact = transformer(name, "EPSG:4326");
        let (x, y) = (min_x + u * (max_x - min_x), min_y + v * (max_y - min_y));
        let area = Bounds::new(x, y, x + size * (max_x - x), y + size * (max_y - y));
        let max_error = 10.0_f64.powf(log_error);
        if let Some(lattice) = Lattice::new(&exact, area, max_error, 129 * 129) {
            let mut near: Vec<_> = at.iter().map(|(u, v)| (area.min_x + u * area.width(), area.min_y + v * area.height())).collect();
            let mut true_places = near.clone();
            exact.transform(&mut true_places);
            lattice.transform(&mut near);
            for (near, place) in near.iter().zip(&true_places) {
                let error = (near.0 - place.0).abs().max((near.1 - place.1).abs());
                prop_assert!(error <= max_error, "{name} {area:?}: {error} > {max_error}");
            }
        } else {
            prop_assert!(max_error < 1e-4, "{name} {area:?} {max_error}");
        }
    }
}

#[test]
fn a_chunk_of_25_km_cells_needs_few_nodes() {
    let exact = transformer("EPSG:3035", "EPSG:4326");
    // A thousandth of a pixel of 1/60°.
    let lattice = Lattice::new(&exact, Bounds::new(2.5e6, 1.5e6, 5.7e6, 4.7e6), 1e-3 / 60.0, 129 * 129).unwrap();
    assert!(lattice.nodes.len() <= 65 * 65, "{}", lattice.nodes.len());
}

#[test]
fn what_no_cubic_follows_has_no_lattice() {
    let whole = |from: &str, to: &str, area: [f64; 4]| Lattice::new(&transformer(from, to), area.into(), 1e-5, 65 * 65);
    // The antimeridian, a pole, places outside the projection.
    assert!(whole("EPSG:3832", "EPSG:4326", [0.0, 0.0, 6e6, 6e6]).is_none());
    assert!(whole("EPSG:3413", "EPSG:4326", [-1e6, -1e6, 1.2e6, 1.2e6]).is_none());
    assert!(whole("ESRI:54009", "EPSG:4326", [-18e6, -9e6, 18e6, 9e6]).is_none());
}

#[test]
fn outside_its_area_it_knows_nothing() {
    let exact = transformer("EPSG:3035", "EPSG:4326");
    let lattice = Lattice::new(&exact, Bounds::new(4e6, 3e6, 4.1e6, 3.1e6), 1e-6, 10_000).unwrap();
    let mut points = [(4e6, 3e6), (4.1e6, 3.1e6), (3.9e6, 3e6), (f64::NAN, 3e6)];
    lattice.transform(&mut points);
    assert!(points[..2].iter().all(|point| point.0.is_finite()));
    assert!(points[2..].iter().all(|point| point.0.is_nan()));
}
