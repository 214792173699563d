use proptest::prelude::*;

use super::*;

fn square(x: f64, y: f64, side: f64) -> Vec<Point> {
    vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
}

fn reversed(mut ring: Vec<Point>) -> Vec<Point> {
    ring.reverse();
    ring
}

#[test]
fn what_touches_is_no_fault() {
    let touching_itself = vec![(0.0, 0.0), (2.0, 2.0), (4.0, 0.0), (4.0, 4.0), (2.0, 2.0), (0.0, 4.0)];
    let hole_at_the_edge = vec![square(0.0, 0.0, 4.0), reversed(square(0.0, 1.0, 2.0))];
    let side_by_side = vec![vec![square(0.0, 0.0, 1.0)], vec![square(1.0, 0.0, 1.0)], vec![square(1.0, 1.0, 1.0)]];
    let island_in_a_hole =
        vec![vec![square(0.0, 0.0, 9.0), reversed(square(1.0, 1.0, 7.0))], vec![square(2.0, 2.0, 2.0)]];
    for polygons in [vec![vec![touching_itself]], vec![hole_at_the_edge], side_by_side, island_in_a_hole] {
        assert_eq!(fault(&polygons), None);
    }
}

#[test]
fn rounding_is_no_crossing() {
    // A vertex on another edge, as far as numbers go.
    let third = 1.0 / 3.0;
    let ring = vec![(0.0, 0.0), (3.0, 1.0), (3.0, 3.0), (1.0, third), (0.0, 3.0)];
    assert_eq!(fault(&[vec![ring]]), None);
}

#[test]
fn what_crosses_is_named() {
    let bow_tie = vec![(0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)];
    assert_eq!(fault(&[vec![bow_tie]]).as_deref(), Some("edges cross at (1, 1)"));
    let hole_outside = vec![square(0.0, 0.0, 4.0), reversed(square(5.0, 1.0, 2.0))];
    assert!(fault(&[hole_outside]).is_some_and(|what| what.contains("polygon 0")));
    let hole_in_a_hole = vec![square(0.0, 0.0, 9.0), reversed(square(1.0, 1.0, 7.0)), reversed(square(2.0, 2.0, 2.0))];
    assert!(fault(&[hole_in_a_hole]).is_some());
    let twice = vec![vec![square(0.0, 0.0, 4.0)], vec![square(0.0, 0.0, 4.0)]];
    assert!(fault(&twice).is_some_and(|what| what.contains("overlaps")));
    // Overlapping squares whose edges only touch and lie on each other.
    let overlapping = vec![vec![square(0.0, 0.0, 2.0)], vec![square(1.0, 0.0, 2.0)]];
    assert!(fault(&overlapping).is_some());
    let nested = vec![vec![square(0.0, 0.0, 9.0)], vec![square(1.0, 1.0, 1.0)]];
    assert!(fault(&nested).is_some());
}

fn crossing_by_pairs(lines: &[(Point, Point)]) -> bool {
    lines.iter().enumerate().any(|(k, one)| lines[..k].iter().any(|other| meet(*one, *other, 1e-12).is_some()))
}

proptest! {
    #[test]
    fn crossings_are_found_as_by_all_pairs(
        points in proptest::collection::vec((0.0..1.0_f64, 0.0..1.0_f64, -0.15..0.15_f64, -0.15..0.15_f64), 1..80),
    ) {
        let lines: Vec<(Point, Point)> = points.iter().map(|&(x, y, dx, dy)| ((x, y), (x + dx, y + dy))).collect();
        prop_assert_eq!(crossing(&lines, 1e-12).is_some(), crossing_by_pairs(&lines));
    }
}

#[test]
fn many_edges_are_checked_in_linear_work() {
    // A comb whose teeth are long, and a rough circle: quadratic work would not end in a test.
    let teeth = 100_000;
    let mut comb: Vec<Point> = (0..teeth).map(|k| (f64::from(k), if k % 2 == 0 { 0.0 } else { 1e5 })).collect();
    comb.extend([(f64::from(teeth), -1.0), (0.0, -1.0)]);
    comb.reverse();
    assert_eq!(fault(&[vec![comb]]), None);
    let circle: Vec<Point> = (0..teeth)
        .map(|k| (f64::from(k) / f64::from(teeth) * std::f64::consts::TAU, 1.0 + 1e-4 * f64::from(k % 7)))
        .map(|(angle, radius)| (radius * angle.cos(), radius * angle.sin()))
        .collect();
    assert_eq!(fault(&[vec![circle]]), None);
}
