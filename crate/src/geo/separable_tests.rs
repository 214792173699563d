use crate::geo::{Crs, Transformer};

fn transformer(from: &str, to: &str) -> Transformer {
    Transformer::new(&Crs::parse(from).unwrap(), &Crs::parse(to).unwrap()).unwrap()
}

#[test]
fn each_axis_has_the_bits_of_the_whole() {
    let lons = [-180.0, -77.7, 0.0, 1e-9, 123.456, 180.0];
    let lats = [-90.0, -80.0, -33.3, 0.0, 12.5, 66.6, 85.0, 90.0];
    for name in ["EPSG:3857", "EPSG:6933", "EPSG:4087", "EPSG:3395", "EPSG:3832", "ESRI:54034", "ESRI:54003"] {
        let there = transformer("EPSG:4326", name);
        let back = transformer(name, "EPSG:4326");
        let web = transformer(name, "EPSG:3857");
        let mut places: Vec<_> = lons.iter().flat_map(|&lon| lats.map(|lat| (lon, lat))).collect();
        there.transform(&mut places);
        let place = |position: usize| places.get(position).copied().unwrap();
        let xs: Vec<f64> = (0..lons.len()).map(|col| place(col * lats.len() + 3).0).collect();
        let ys: Vec<f64> = (0..lats.len()).map(|row| place(2 * lats.len() + row).1).collect();
        for (transformer, xs, ys) in
            [(&there, lons.to_vec(), lats.to_vec()), (&back, xs.clone(), ys.clone()), (&web, xs, ys)]
        {
            let separable = transformer.separable().unwrap_or_else(|| panic!("{name}"));
            let (mut across, mut along) = (xs.clone(), ys.clone());
            separable.transform_x(&mut across);
            separable.transform_y(&mut along);
            for (x, x_moved) in xs.iter().zip(&across) {
                for (y, y_moved) in ys.iter().zip(&along) {
                    let (exact_x, exact_y) = transformer.transform_point(*x, *y);
                    let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() || b.is_nan();
                    assert!(same(exact_x, *x_moved) && same(exact_y, *y_moved), "{name} {x} {y}");
                }
            }
        }
    }
}

#[test]
fn what_bends_or_shifts_is_not_separable() {
    for (from, to) in [
        ("EPSG:4326", "EPSG:32633"),
        ("EPSG:4326", "EPSG:8857"),
        ("EPSG:3035", "EPSG:4326"),
        ("EPSG:4267", "EPSG:3857"),
        ("EPSG:4326", "ESRI:54009"),
    ] {
        assert!(transformer(from, to).separable().is_none(), "{from} {to}");
    }
    assert!(transformer("EPSG:32633", "EPSG:32633").separable().is_some());
}
