use proptest::prelude::*;

use super::*;
use crate::raster::Nodata;

const PLAIN: (f64, f64) = (1.0, 0.0);

fn fold<P: Partial>(pixels: &[(f64, f64)]) -> P::Statistic {
    let mut partial = P::default();
    for &(value, coverage) in pixels {
        partial.pixel(value, coverage, || 1.0);
    }
    partial.finish()
}

fn naive(pixels: &[(f64, f64)], method: Method) -> f64 {
    let count: f64 = pixels.iter().map(|pixel| pixel.1).sum();
    let sum: f64 = pixels.iter().map(|pixel| pixel.0 * pixel.1).sum();
    let mean = sum / count;
    match method {
        Method::Count => count,
        Method::Sum => sum,
        Method::Average => mean,
        Method::Variance => pixels.iter().map(|pixel| pixel.1 * (pixel.0 - mean).powi(2)).sum::<f64>() / count,
        Method::Stdev => naive(pixels, Method::Variance).sqrt(),
        Method::Rms => (pixels.iter().map(|pixel| pixel.1 * pixel.0 * pixel.0).sum::<f64>() / count).sqrt(),
        Method::Min => pixels.iter().map(|pixel| pixel.0).fold(f64::INFINITY, f64::min),
        Method::Max => pixels.iter().map(|pixel| pixel.0).fold(f64::NEG_INFINITY, f64::max),
        _ => f64::NAN,
    }
}

#[test]
fn exactextracts_check_values() {
    // Its README: coverage 0.5, 0, 1, 0.25 of the values 1 to 4.
    let moments = fold::<ShiftedMoments>(&[(1.0, 0.5), (3.0, 1.0), (4.0, 0.25)]);
    let value = |method: Method| moments.value(method, PLAIN);
    assert_eq!(value(Method::Count), 1.75);
    assert_eq!(value(Method::Sum), 4.5);
    assert!((value(Method::Average) - 18.0 / 7.0).abs() < 1e-15);
    assert!((value(Method::Stdev) - 1.05).abs() < 0.005);
    assert!((value(Method::Variance) - 1.10).abs() < 0.005);
}

#[test]
fn nothing_has_no_value() {
    for &method in Method::ALL.iter().filter(|method| !method.is_point() && !method.needs_frequencies()) {
        assert!(Moments::default().value(method, PLAIN).is_nan());
        assert!(Sums::default().value(method, PLAIN).is_nan());
    }
    assert!(TapSums::default().value(PLAIN).is_nan());
}

#[test]
fn a_large_offset_does_not_eat_the_variance() {
    let pixels: Vec<_> = (0..1000).map(|index| (1e9 + f64::from(index % 2), 1.0)).collect();
    let mut merged = fold::<ShiftedMoments>(&pixels[..300]);
    merged.merge(fold::<ShiftedMoments>(&pixels[300..]));
    assert!((merged.value(Method::Variance, PLAIN) - 0.25).abs() < 1e-9);
}

#[test]
fn invalid_samples_of_a_span_count_nothing() {
    let samples: Vec<i32> = (0..37).map(|index| if index % 5 == 0 { -1 } else { index }).collect();
    let validity = Validity::new(Nodata::Int(-1));
    let valid: Vec<_> = samples.iter().filter(|&&sample| sample >= 0).map(|&sample| (f64::from(sample), 1.0)).collect();
    let mut sums = Sums::default();
    sums.span(&samples, &validity, 1.0, |_| 1.0);
    assert_eq!(sums.finish(), fold::<Sums>(&valid));
    let mut moments = ShiftedMoments::default();
    moments.span(&samples, &validity, 0.5, |_| 1.0);
    assert_eq!(moments.finish().value(Method::Max, PLAIN), 36.0);
    let floats = [1.0, f32::NAN, 3.0];
    let mut sums = Sums::default();
    sums.span(&floats, &Validity::new(Nodata::None), 1.0, |_| 1.0);
    assert_eq!(sums.finish().value(Method::Average, PLAIN), 2.0);
}

proptest! {
    #[test]
    fn parts_merge_to_the_whole(
        pixels in proptest::collection::vec((-1e4..1e4_f64, 0.001..1.0_f64), 1..60),
        cut in 0..60_usize,
        scale in prop_oneof![-3.0..-0.1_f64, 0.1..3.0_f64],
        offset in -10.0..10.0_f64,
    ) {
        let cut = cut.min(pixels.len());
        let mut merged = fold::<ShiftedMoments>(&pixels[..cut]);
        merged.merge(fold::<ShiftedMoments>(&pixels[cut..]));
        let mut sums = fold::<Sums>(&pixels[..cut]);
        sums.merge(fold::<Sums>(&pixels[cut..]));
        let unscaled: Vec<_> = pixels.iter().map(|pixel| (pixel.0 * scale + offset, pixel.1)).collect();
        for &method in Method::ALL.iter().filter(|method| !method.is_point() && !method.needs_frequencies()) {
            let expected = naive(&unscaled, method);
            let tolerance = 1e-9 * expected.abs().max(1.0);
            let got = merged.value(method, (scale, offset));
            prop_assert!((got - expected).abs() < tolerance, "{}: {} {}", method, got, expected);
            if !method.needs_moments() {
                prop_assert!((sums.value(method, (scale, offset)) - expected).abs() < tolerance);
            }
        }
    }
}
