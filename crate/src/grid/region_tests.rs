use proptest::prelude::*;

use super::*;
use crate::geo::Crs;

/// A point of a disc: `share` of the way to its edge in a direction.
fn point_of(disc: Disc, direction: f64, share: f64) -> Point {
    let (lon, lat) = (disc.center.0.to_radians(), disc.center.1.to_radians());
    let distance = (disc.reach * share).to_radians();
    let sine = lat.sin() * distance.cos() + lat.cos() * distance.sin() * direction.cos();
    let turn = (direction.sin() * distance.sin() * lat.cos()).atan2(distance.cos() - lat.sin() * sine);
    let lon = (lon + turn).to_degrees();
    ((lon + 180.0).rem_euclid(360.0) - 180.0, sine.clamp(-1.0, 1.0).asin().to_degrees())
}

fn regions() -> Vec<Region> {
    let box_of = |bounds: [f64; 4]| Region::Box(bounds.into());
    let ring = |points: &[(f64, f64)]| Region::of_polygons(&[vec![points.to_vec()]]);
    let projected = |code: &str, bounds: [f64; 4]| {
        let (crs, wgs84) = (Crs::parse(code).unwrap(), Crs::from_epsg(4326).unwrap());
        let bounds: Bounds = bounds.into();
        let around = super::super::lattice_grid::boxes_in(&wgs84, &crs, bounds).unwrap();
        Region::Projected { around, to: Box::new(Transformer::new(&wgs84, &crs).unwrap()), bounds }
    };
    vec![
        box_of([-180.0, -90.0, 180.0, 90.0]),
        box_of([-20.0, 30.0, 40.0, 70.0]),
        box_of([160.0, -50.0, -150.0, 20.0]),
        box_of([150.0, -10.0, 200.0, 10.0]),
        box_of([-180.0, 60.0, 180.0, 90.0]),
        ring(&[(0.0, 0.0), (60.0, 10.0), (20.0, 50.0)]),
        ring(&[(170.0, -20.0), (200.0, -10.0), (190.0, 30.0)]),
        ring(&[(-180.0, 70.0), (0.0, 60.0), (180.0, 70.0), (180.0, 90.0), (-180.0, 90.0)]),
        projected("EPSG:3035", [2.5e6, 1.5e6, 6.0e6, 5.0e6]),
        projected("EPSG:3413", [-2.0e6, -2.0e6, 2.0e6, 2.0e6]),
        projected("EPSG:32760", [2e5, 5e6, 9e5, 8e6]),
    ]
}

proptest! {
    #[test]
    fn a_share_is_never_wrong(
        which in 0..11_usize, lon in -180.0..180.0_f64, lat in -89.9..89.9_f64, reach in 0.01..12.0_f64,
        points in proptest::collection::vec((0.0..6.3_f64, 0.0..1.0_f64), 30),
    ) {
        let region = &regions()[which];
        let disc = Disc { center: (lon, lat), reach };
        let share = region.share(disc);
        for (direction, share_of_reach) in points {
            let point = point_of(disc, direction, share_of_reach);
            match share {
                Share::All => prop_assert!(region.contains(point), "{which} {disc:?} {point:?}"),
                Share::None => prop_assert!(!region.contains(point), "{which} {disc:?} {point:?}"),
                Share::Some => {}
            }
        }
    }
}

#[test]
fn most_discs_are_decided() {
    for (which, region) in regions().iter().enumerate() {
        let mut undecided = 0;
        for lon in (-180..180).step_by(4) {
            for lat in (-88..=88).step_by(4) {
                let disc = Disc { center: (f64::from(lon), f64::from(lat)), reach: 0.3 };
                undecided += usize::from(region.share(disc) == Share::Some);
            }
        }
        assert!(undecided < 200, "{which}: {undecided} of 4050");
    }
}
