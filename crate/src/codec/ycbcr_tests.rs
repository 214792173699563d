use super::*;

const PLAIN: Ycbcr = Ycbcr {
    subsampling: [1, 1],
    coefficients: [0.299, 0.587, 0.114],
    reference_black_white: [0.0, 255.0, 128.0, 255.0, 128.0, 255.0],
};

#[test]
fn colours_are_those_of_the_definition() {
    let tables = Tables::new(&PLAIN);
    for luma in (0..=255).step_by(15) {
        for blue in (0..=255).step_by(5) {
            for red in (0..=255).step_by(5) {
                let [y, b, r] = [f64::from(luma), f64::from(blue) - 128.0, f64::from(red) - 128.0];
                let exact = [y + 1.402 * r, y - 0.344_136 * b - 0.714_136 * r, y + 1.772 * b];
                for (ours, exact) in tables.rgb(luma, blue, red).into_iter().zip(exact) {
                    // Chroma is rounded before luma is added.
                    assert!((f64::from(ours) - exact.clamp(0.0, 255.0)).abs() <= 1.0, "{luma} {blue} {red}");
                }
            }
        }
    }
}

#[test]
fn units_cover_the_pixels_that_they_say() {
    // Two units of 2 × 2 pixels side by side, of which the last column and row are padding.
    let units = [10, 20, 30, 40, 128, 128, 50, 60, 70, 80, 128, 128];
    let shape = Shape { width: 3, rows: 1, across: 2, down: 2 };
    let rgb = to_rgb(&units, shape, &Tables::new(&PLAIN)).unwrap();
    assert_eq!(rgb, [10, 10, 10, 20, 20, 20, 50, 50, 50]);
    let rgb = to_rgb(&units, Shape { width: 3, rows: 2, ..shape }, &Tables::new(&PLAIN)).unwrap();
    assert_eq!(rgb[9..], [30, 30, 30, 40, 40, 40, 70, 70, 70]);
}

#[test]
fn a_black_of_16_and_a_white_of_235_are_stretched() {
    let studio = Ycbcr { reference_black_white: [16.0, 235.0, 128.0, 240.0, 128.0, 240.0], ..PLAIN };
    let tables = Tables::new(&studio);
    assert_eq!(tables.rgb(16, 128, 128), [0, 0, 0]);
    assert_eq!(tables.rgb(235, 128, 128), [255, 255, 255]);
}
