use super::*;

#[test]
fn an_edge_takes_the_shorter_way_around_the_earth() {
    let ring = vec![(170.0, 0.0), (-170.0, 0.0), (-170.0, 10.0), (170.0, 10.0)];
    assert_eq!(unrolled(ring), [(170.0, 0.0), (190.0, 0.0), (190.0, 10.0), (170.0, 10.0)]);
    let beyond = vec![(170.0, 0.0), (190.0, 0.0), (190.0, 10.0), (170.0, 10.0)];
    assert_eq!(unrolled(beyond.clone()), beyond);
}

#[test]
fn the_whole_world_and_antarctica_stay_as_they_are() {
    let world = vec![(-180.0, -90.0), (180.0, -90.0), (180.0, 90.0), (-180.0, 90.0)];
    assert_eq!(unrolled(world.clone()), world);
    let antarctica =
        vec![(-180.0, -90.0), (180.0, -90.0), (180.0, -80.0), (60.0, -70.0), (-60.0, -65.0), (-180.0, -80.0)];
    assert_eq!(unrolled(antarctica.clone()), antarctica);
}

#[test]
fn a_ring_around_a_pole_is_closed_along_it() {
    for turned in [false, true] {
        let mut ring = vec![(-90.0, 80.0), (0.0, 70.0), (90.0, 80.0), (170.0, 70.0), (-170.0, 70.0)];
        if turned {
            ring.reverse();
        }
        let mut closed = unrolled(ring);
        assert_eq!(closed.first(), Some(&(-180.0, 70.0)));
        assert_eq!(closed[closed.len() - 3..], [(180.0, 70.0), (180.0, 90.0), (-180.0, 90.0)]);
        assert!(closed.iter().all(|point| point.0.abs() <= 180.0));
        assert!(doubled_area(&closed) > 0.0);
        // The area under the ring's longitudes: trapezoids from the pole.
        let expected = [
            (70.0, 70.0, 10.0),
            (70.0, 80.0, 80.0),
            (80.0, 70.0, 90.0),
            (70.0, 80.0, 90.0),
            (80.0, 70.0, 80.0),
            (70.0, 70.0, 10.0),
        ];
        let area: f64 = expected.iter().map(|(a, b, width)| (90.0 - (a + b) / 2.0) * width).sum();
        assert!((doubled_area(&closed) / 2.0 - area).abs() < 1e-9, "{}", doubled_area(&closed) / 2.0);
        closed.dedup();
        assert!(closed.len() >= 8);
    }
}

#[test]
fn parts_gather_around_the_largest() {
    let square = |x: f64, y: f64, side: f64| vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side)];
    let mut polygons = vec![vec![square(170.0, 0.0, 10.0), square(-188.0, 2.0, 1.0)], vec![square(-180.0, 0.0, 5.0)]];
    gather(&mut polygons);
    assert_eq!(polygons[1][0][0], (180.0, 0.0));
    assert_eq!(polygons[0][1][0], (172.0, 2.0));
    assert_eq!(polygons[0][0][0], (170.0, 0.0));
}

#[test]
fn a_hole_over_the_ends_of_a_ring_around_the_earth_is_cut_there() {
    let cap = vec![(-180.0, 60.0), (180.0, 60.0), (180.0, 90.0), (-180.0, 90.0)];
    let hole = [(170.0, 70.0), (170.0, 80.0), (190.0, 80.0), (190.0, 70.0)];
    let inside = vec![(10.0, 70.0), (10.0, 80.0), (20.0, 80.0), (20.0, 70.0)];
    for turns in [-360.0, 0.0, 360.0] {
        let hole = hole.iter().map(|&(x, y)| (x + turns, y)).collect();
        let mut polygons = vec![vec![cap.clone(), hole, inside.clone()]];
        gather(&mut polygons);
        cut_holes(&mut polygons);
        let rings = &polygons[0];
        assert_eq!(rings.len(), 4);
        assert_eq!((rings[0].clone(), rings[3].clone()), (cap.clone(), inside.clone()));
        let mut parts = [extent(&rings[1]), extent(&rings[2])];
        parts.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(parts, [(-180.0, -170.0), (170.0, 180.0)]);
        let areas = rings[1..3].iter().map(|ring| doubled_area(ring)).sum::<f64>();
        assert!((areas + 2.0 * 200.0).abs() < 1e-9, "{areas}: holes run clockwise");
    }
}

#[test]
fn the_centroid_leaves_holes_out() {
    let outer = vec![(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)];
    let hole = vec![(2.0, 1.0), (2.0, 3.0), (4.0, 3.0), (4.0, 1.0)];
    let (x, y) = centroid([outer.as_slice(), hole.as_slice()].into_iter());
    // (2 · 16 − 3 · 4) / 12, and by symmetry 2.
    assert!((x - 5.0 / 3.0).abs() < 1e-14 && (y - 2.0).abs() < 1e-14, "{x} {y}");
    assert!(centroid([].into_iter()).0.is_nan());
}
