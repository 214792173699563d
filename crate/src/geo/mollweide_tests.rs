use std::f64::consts::PI;

use proj4rs::Proj;

use super::{Mollweide, polar_angle};

#[test]
fn the_auxiliary_angle_solves_its_equation_everywhere() {
    for step in 0..=2000 {
        // Thick near the pole, where the equation is hard.
        let colatitude = PI / 2.0 * (f64::from(step) / 2000.0).powi(4);
        let angle = polar_angle(PI / 2.0 - colatitude);
        let wanted = 2.0 * PI * (colatitude / 2.0).sin().powi(2);
        let error = (angle - angle.sin() - wanted).abs();
        assert!(error < 1e-15 + 1e-9 * wanted, "{colatitude} {error}");
    }
    assert_eq!(polar_angle(PI / 2.0), 0.0);
    assert!((polar_angle(0.0) - PI).abs() < 1e-14);
}

#[test]
fn places_come_back_up_to_the_poles_and_the_edge() {
    let mollweide = Mollweide::new(&Proj::from_proj_string("+proj=moll +lon_0=10 +x_0=500 +datum=WGS84").unwrap());
    for lat in [-90.0, -89.999, -89.3, -45.0, 0.0, 1e-9, 60.0, 89.19, 89.99, 90.0_f64] {
        for lon in [-169.999, -100.0, 10.0, 123.0, 189.999_f64] {
            let place = mollweide.forward((lon.to_radians(), lat.to_radians()));
            let back = mollweide.inverse(place);
            let east = (lon.to_radians() - back.0 + PI).rem_euclid(2.0 * PI) - PI;
            let error_m = (east * lat.to_radians().cos()).hypot(lat.to_radians() - back.1) * 6_378_137.0;
            // Near a pole the map squeezes latitudes: y is flat there, as the square root of the distance.
            assert!(error_m < if lat.abs() > 89.99 { 0.2 } else { 1e-4 }, "{lon} {lat}: {error_m} m, {back:?}");
        }
    }
    assert!(mollweide.inverse((0.0, 9.1e6)).0.is_nan());
    assert!(mollweide.inverse((1.9e7, 0.0)).0.is_nan());
    assert!(mollweide.forward((0.0, 2.0)).0.is_nan());
}
