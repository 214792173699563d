use super::*;

const KERNELS: [Kernel; 4] = [Kernel::Triangle, Kernel::CatmullRom, Kernel::Spline, Kernel::Lanczos];

fn taps(kernel: Kernel, position: f64, stretch: f64) -> (i64, Vec<f64>) {
    let mut weights = Vec::new();
    kernel.weights(position, stretch, &mut weights);
    (kernel.first_tap(position, stretch), weights)
}

fn close(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-15, "{got} {expected}");
    }
}

#[test]
fn unstretched_weights_are_the_text_books() {
    assert_eq!(taps(Kernel::Box, 3.999, 1.0), (3, vec![1.0]));
    assert_eq!(taps(Kernel::Box, 4.0 - 1e-11, 1.0), (4, vec![1.0]));
    let (first, weights) = taps(Kernel::Triangle, 3.25, 1.0);
    assert_eq!(first, 2);
    close(&weights, &[0.25, 0.75]);
    let (first, weights) = taps(Kernel::CatmullRom, 4.0, 1.0);
    assert_eq!(first, 2);
    close(&weights, &[-0.0625, 0.5625, 0.5625, -0.0625]);
    let (first, weights) = taps(Kernel::Spline, 0.5, 1.0);
    assert_eq!(first, -1);
    close(&weights, &[1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0, 0.0]);
    let (first, weights) = taps(Kernel::Lanczos, 10.5, 1.0);
    assert_eq!(first, 8);
    close(&weights, &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn kernels_widen_above_two_pixels_a_cell() {
    assert_eq!(Kernel::Triangle.stretch((2.0, 2.0)), (1.0, 1.0));
    assert_eq!(Kernel::Triangle.stretch((2.5, 1.5)), (2.5, 1.5));
    assert_eq!(Kernel::Triangle.stretch((0.5, 3.0)), (1.0, 3.0));
    assert_eq!(Kernel::Box.stretch((9.0, 9.0)), (1.0, 1.0));
    let (first, weights) = taps(Kernel::Triangle, 6.0, 3.0);
    assert_eq!(first, 3);
    close(&weights, &[1.0 / 6.0, 0.5, 5.0 / 6.0, 5.0 / 6.0, 0.5, 1.0 / 6.0]);
}

#[test]
fn weights_are_the_kernel_at_each_pixels_distance() {
    for kernel in KERNELS {
        for stretch in [1.0, 2.3, 7.0] {
            for step in 0..50 {
                let position = 100.0 + f64::from(step) * 0.137;
                let (first, weights) = taps(kernel, position, stretch);
                let mut sum = 0.0;
                for (tap, weight) in weights.iter().enumerate() {
                    let centre = (first + tap as i64) as f64 + 0.5;
                    let naive = kernel.weight((centre - position) / stretch);
                    assert!((weight - naive).abs() < 1e-12);
                    sum += weight;
                }
                // Nothing that has weight lies beyond the taps.
                let outside: f64 = (0..500)
                    .filter(|tap| *tap < first || *tap >= first + weights.len() as i64)
                    .map(|tap| kernel.weight((tap as f64 + 0.5 - position) / stretch).abs())
                    .sum();
                assert!(outside < 1e-12);
                if matches!(kernel, Kernel::Triangle | Kernel::CatmullRom | Kernel::Spline) && stretch == 1.0 {
                    assert!((sum - 1.0).abs() < 1e-12, "{kernel:?} {sum}");
                }
            }
        }
    }
}
