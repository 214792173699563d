use proptest::prelude::*;

use super::super::test_support::clip_to_pixel;
use super::*;

/// Coverage by clipping the polygon to each pixel (Sutherland–Hodgman).
fn naive(rings: &[Vec<Point>], left: f64, top: f64, width: usize, height: usize) -> Vec<f64> {
    let mut coverage = Vec::new();
    for row in 0..height {
        for col in 0..width {
            let (u, v) = (left + col as f64, top + row as f64);
            let area: f64 = rings.iter().map(|ring| doubled_area(&clip_to_pixel(ring, u, v)) * 0.5).sum();
            coverage.push(area.abs());
        }
    }
    coverage
}

struct Collect {
    width: usize,
    coverage: Vec<f64>,
    visited: Vec<(usize, usize)>,
}

impl CoverageFold for Collect {
    fn pixel(&mut self, row: usize, col: usize, coverage: f64) {
        self.coverage[row * self.width + col] += coverage;
        self.visited.push((row, col));
    }

    fn span(&mut self, row: usize, cols: Range<usize>, coverage: f64) {
        for col in cols {
            self.pixel(row, col, coverage);
        }
    }
}

fn rasterize_with(
    rasterizer: &mut Rasterizer,
    rings: &[Vec<Point>],
    left: f64,
    top: f64,
    width: usize,
    height: usize,
) -> Collect {
    let points: Vec<Point> = rings.iter().flatten().copied().collect();
    let orientation = doubled_area(&rings[0]).signum();
    let polygon = Polygon { bounds: PixelBounds::of(&points), orientation, threshold: 1e-10 };
    let mut collect = Collect { width, coverage: vec![0.0; width * height], visited: Vec::new() };
    let rings = rings.iter().map(Vec::as_slice);
    rasterizer.fold(rings, &polygon, &Clip { left, top, width, height }, &mut collect);
    collect
}

fn rasterize(ring: &[Point], width: usize, height: usize) -> Vec<f64> {
    rasterize_with(&mut Rasterizer::default(), &[ring.to_vec()], 0.0, 0.0, width, height).coverage
}

fn assert_close(got: &[f64], expected: &[f64], tolerance: f64) {
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((got - expected).abs() <= tolerance, "pixel {index}: {got}, expected {expected}");
    }
}

#[test]
fn three_by_three_literals() {
    let square = [(0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)];
    let expected = [0.25, 0.5, 0.25, 0.5, 1.0, 0.5, 0.25, 0.5, 0.25];
    assert_close(&rasterize(&square, 3, 3), &expected, 1e-15);
    let reversed: Vec<Point> = square.iter().rev().copied().collect();
    assert_close(&rasterize(&reversed, 3, 3), &expected, 1e-15);
    let diamond = [(1.5, 0.0), (3.0, 1.5), (1.5, 3.0), (0.0, 1.5)];
    let expected = [0.125, 0.75, 0.125, 0.75, 1.0, 0.75, 0.125, 0.75, 0.125];
    assert_close(&rasterize(&diamond, 3, 3), &expected, 1e-15);
    let larger = [(-5.0, -7.0), (9.0, -7.0), (9.0, 12.0), (-5.0, 12.0)];
    assert_close(&rasterize(&larger, 3, 3), &[1.0; 9], 1e-15);
    let inside_one = [(1.25, 1.25), (1.75, 1.25), (1.75, 1.75)];
    assert_close(&rasterize(&inside_one, 3, 3), &[0.0, 0.0, 0.0, 0.0, 0.125, 0.0, 0.0, 0.0, 0.0], 1e-15);
}

#[test]
fn a_hole_is_left_out() {
    let outer = vec![(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)];
    let hole = vec![(1.5, 1.5), (1.5, 2.5), (2.5, 2.5), (2.5, 1.5)];
    let got = rasterize_with(&mut Rasterizer::default(), &[outer, hole], 0.0, 0.0, 4, 4);
    let expected = [1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.75, 1.0, 1.0, 0.75, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0];
    assert_close(&got.coverage, &expected, 1e-15);
}

#[test]
fn pixels_beside_a_shared_border_are_not_touched() {
    let square = [(1.0, 1.0), (2.0 + 1e-13, 1.0), (2.0 + 1e-13, 2.0 - 1e-13), (1.0, 2.0 - 1e-13)];
    let got = rasterize_with(&mut Rasterizer::default(), &[square.to_vec()], 0.0, 0.0, 4, 4);
    assert_eq!(got.visited, [(1, 1)]);
}

#[test]
fn a_block_far_from_the_origin_keeps_its_digits() {
    let at = |u: f64, v: f64| (u + 21_000.0, v + 10_000.0);
    let ring = vec![at(0.3, 0.2), at(7.9, 1.4), at(5.5, 6.7), at(1.1, 5.3)];
    let got = rasterize_with(&mut Rasterizer::default(), std::slice::from_ref(&ring), 20_998.0, 9_999.0, 12, 10);
    assert_close(&got.coverage, &naive(&[ring], 20_998.0, 9_999.0, 12, 10), 1e-11);
}

#[test]
fn bands_of_a_tall_block_join() {
    // Wider than a band's memory allows in one piece.
    let ring = vec![(3.3, 5.1), (299.2, 40.7), (250.9, 699.5), (20.2, 500.4)];
    let (width, height) = (300, 700);
    let got = rasterize_with(&mut Rasterizer::default(), std::slice::from_ref(&ring), 0.0, 0.0, width, height);
    assert_close(&got.coverage, &naive(std::slice::from_ref(&ring), 0.0, 0.0, width, height), 1e-12);
    let area = doubled_area(&ring).abs() * 0.5;
    assert!((got.coverage.iter().sum::<f64>() - area).abs() < 1e-8);
}

#[test]
fn coordinates_that_are_no_numbers_cover_nothing() {
    let ring = [(0.0, 0.0), (f64::NAN, 1.0), (2.0, f64::INFINITY)];
    assert_eq!(rasterize(&ring, 3, 3).iter().filter(|coverage| !coverage.is_finite()).count(), 0);
}

/// A star-shaped ring: simple, any number of vertices, often concave.
fn star() -> impl Strategy<Value = Vec<Point>> {
    let centre = (-3.0..15.0_f64, -3.0..15.0_f64);
    (centre, proptest::collection::vec(0.05..9.0_f64, 3..20), 0.0..6.3_f64).prop_map(|((u, v), radii, turn)| {
        let step = std::f64::consts::TAU / radii.len() as f64;
        radii
            .iter()
            .enumerate()
            .map(|(index, radius)| {
                let angle = turn + step * index as f64;
                (u + radius * angle.cos(), v + radius * angle.sin())
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn equals_clipping_every_pixel(ring in star(), left in -2.0..6.0_f64, top in -2.0..6.0_f64, reverse: bool) {
        let mut ring = ring;
        if reverse {
            ring.reverse();
        }
        let mut rasterizer = Rasterizer::default();
        let expected = naive(std::slice::from_ref(&ring), left, top, 12, 11);
        // Twice, so that the second finds what the first left behind.
        for _ in 0..2 {
            let got = rasterize_with(&mut rasterizer, std::slice::from_ref(&ring), left, top, 12, 11);
            // Pixels covered by less than the threshold are left out.
            for (got, expected) in got.coverage.iter().zip(&expected) {
                prop_assert!((got - expected).abs() < 1e-12 || (*got == 0.0 && *expected < 1.1e-10), "{} {}", got, expected);
            }
        }
    }

    #[test]
    fn vertices_on_pixel_corners_are_exact(corners in proptest::collection::vec((0..8_i32, 0..8_i32), 3..5)) {
        let ring: Vec<Point> = corners.iter().map(|&(u, v)| (f64::from(u), f64::from(v))).collect();
        let is_simple = ring.len() == 3;
        prop_assume!(is_simple && doubled_area(&ring) != 0.0);
        let expected = naive(std::slice::from_ref(&ring), 0.0, 0.0, 8, 8);
        let got = rasterize(&ring, 8, 8);
        for (got, expected) in got.iter().zip(&expected) {
            prop_assert!((got - expected).abs() < 1e-13);
        }
    }
}
