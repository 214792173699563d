use proptest::prelude::*;

use super::super::test_support::naive_area;
use super::*;

const PLAIN: (f64, f64) = (1.0, 0.0);

fn fold(pixels: &[(f64, f64)]) -> Frequencies {
    let mut list = FrequencyList::default();
    for &(value, coverage) in pixels {
        list.pixel(value, coverage, || 1.0);
    }
    list.finish()
}

fn quantile(frequencies: &Frequencies, q: f64) -> f64 {
    frequencies.value(Method::parse(&format!("quantile({q})")).expect("a quantile"), PLAIN)
}

#[test]
fn nothing_has_no_value() {
    for method in [Method::Mode, Method::Minority, Method::Variety, Method::Median] {
        assert!(Frequencies::default().value(method, PLAIN).is_nan(), "{method}");
    }
}

#[test]
fn equal_weights_give_the_usual_quantiles() {
    // R: quantile(c(1, 2, 4, 8, 16), c(0, .1, .25, .5, .9, 1)).
    let frequencies = fold(&[(4.0, 1.0), (1.0, 1.0), (16.0, 1.0), (2.0, 1.0), (8.0, 1.0)]);
    for (q, expected) in [(0.0, 1.0), (0.1, 1.4), (0.25, 2.0), (0.5, 4.0), (0.9, 12.8), (1.0, 16.0)] {
        assert!((quantile(&frequencies, q) - expected).abs() < 1e-12, "{q}: {}", quantile(&frequencies, q));
    }
    assert_eq!(frequencies.value(Method::Median, PLAIN), 4.0);
}

#[test]
fn weights_move_quantiles_along_the_line_between_values() {
    // Values 1 and 2 stand at 0 and at 0.25 + 1 × 1: a place of 0.5 × 1.25 is half way.
    let frequencies = fold(&[(1.0, 1.0), (2.0, 0.25)]);
    assert_eq!(quantile(&frequencies, 0.5), 1.5);
    // Of three, the heavy one in the middle takes the line to itself: stands 0, 8 × 1 + 2 × 1 = 10, 2 × 1 + 2 × 9 = 20.
    let frequencies = fold(&[(1.0, 1.0), (2.0, 8.0), (5.0, 1.0)]);
    assert_eq!(quantile(&frequencies, 0.25), 1.5);
    assert_eq!(quantile(&frequencies, 0.75), 3.5);
    // A single value is every quantile.
    assert_eq!(quantile(&fold(&[(7.0, 0.1)]), 0.9), 7.0);
}

#[test]
fn among_equal_weights_mode_takes_the_greatest_and_minority_the_least() {
    let frequencies = fold(&[(3.0, 0.5), (1.0, 1.0), (3.0, 0.5), (2.0, 0.25), (0.0, 0.25)]);
    let value = |method, unscale| frequencies.value(method, unscale);
    assert_eq!(value(Method::Mode, PLAIN), 3.0);
    assert_eq!(value(Method::Minority, PLAIN), 0.0);
    assert_eq!(value(Method::Variety, PLAIN), 4.0);
    // Turned round, 1 becomes the greatest of the frequent and 2 the least of the rare.
    assert_eq!(value(Method::Mode, (-1.0, 10.0)), 9.0);
    assert_eq!(value(Method::Minority, (-1.0, 10.0)), 8.0);
    assert_eq!(value(Method::Variety, (-1.0, 10.0)), 4.0);
}

#[test]
fn rounding_breaks_no_tie() {
    let tenths: Vec<_> = (0..10).map(|_| (1.0, 0.1)).collect();
    let pixels: Vec<_> = tenths.into_iter().chain([(0.0, 1.0)]).collect();
    assert_eq!(fold(&pixels).value(Method::Mode, PLAIN), 1.0);
    assert_eq!(fold(&pixels).value(Method::Minority, PLAIN), 0.0);
}

#[test]
fn minus_zero_is_zero() {
    let frequencies = fold(&[(-0.0, 1.0), (1.0, 1.5), (0.0, 1.0)]);
    assert_eq!(frequencies.value(Method::Variety, PLAIN), 2.0);
    assert_eq!(frequencies.value(Method::Mode, PLAIN).to_bits(), 0.0_f64.to_bits());
}

#[test]
fn many_values_are_put_together_on_the_way() {
    let mut list = FrequencyList::default();
    for index in 0..100_000_u32 {
        list.pixel(f64::from(index * 7919 % 300), 1.0, || 1.0);
        assert!(list.entries.len() <= LEAST_UNSORTED + 2 * 300 + 1);
    }
    let frequencies = list.finish();
    assert_eq!(frequencies.value(Method::Variety, PLAIN), 300.0);
    assert_eq!(frequencies.coverage(), 100_000.0);
}

proptest! {
    /// Values of a raster with few classes, or with none alike.
    #[test]
    fn parts_merge_to_the_whole(
        pixels in prop_oneof![
            proptest::collection::vec(((-5..5_i32).prop_map(f64::from), 0.001..1.0_f64), 1..80),
            proptest::collection::vec((-1e4..1e4_f64, 0.001..1.0_f64), 1..80),
        ],
        cuts in (0..80_usize, 0..80_usize),
        q in 0.0..1.0_f64,
        scale in prop_oneof![-3.0..-0.1_f64, 0.1..3.0_f64],
        offset in -10.0..10.0_f64,
    ) {
        let (first, second) = (cuts.0.min(cuts.1).min(pixels.len()), cuts.0.max(cuts.1).min(pixels.len()));
        let mut merged = fold(&pixels[..first]);
        merged.merge(fold(&pixels[first..second]));
        merged.merge(fold(&pixels[second..]));
        let unscaled: Vec<_> = pixels.iter().map(|pixel| (pixel.0 * scale + offset, pixel.1, 1.0)).collect();
        let quantile = Method::parse(&format!("quantile({q})")).expect("a quantile");
        for method in [Method::Mode, Method::Minority, Method::Variety, Method::Median, quantile] {
            let expected = naive_area(&unscaled, method);
            let got = merged.value(method, (scale, offset));
            prop_assert!((got - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{}: {} {}", method, got, expected);
        }
    }
}
