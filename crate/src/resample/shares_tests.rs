//! Shares are whole, in order and about equal.

use super::*;

fn sums(costs: &[f64], ranges: &[Range<u64>]) -> Vec<f64> {
    ranges.iter().map(|range| costs[range.start as usize - 5..range.end as usize - 5].iter().sum()).collect()
}

#[test]
fn equal_chunks_make_equal_shares() {
    assert_eq!(cut(5..11, &[1.0; 6], 3), [5..7, 7..9, 9..11]);
    assert_eq!(cut(5..12, &[1.0; 7], 2), [5..9, 9..12]);
    assert_eq!(cut(5..6, &[9.0], 4), std::slice::from_ref(&(5..6)));
    assert_eq!(cut(5..5, &[], 4), std::slice::from_ref(&(5..5)));
}

#[test]
fn shares_follow_the_cost() {
    let costs = [0.0, 0.0, 0.0, 0.0, 6.0, 6.0, 6.0, 6.0];
    let ranges = cut(5..13, &costs, 2);
    assert_eq!(ranges, [5..11, 11..13]);
    assert_eq!(sums(&costs, &ranges), [12.0, 12.0]);
    // One chunk that is most of the work takes a share of its own, and no share is empty.
    let costs = [1.0, 1.0, 100.0, 1.0, 1.0];
    let ranges = cut(5..10, &costs, 3);
    assert!(ranges.iter().all(|range| !range.is_empty()), "{ranges:?}");
    assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (5, 10));
    assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "{ranges:?}");
}

#[test]
fn engines_are_started_for_large_requests_only() {
    let shares = |count, running, millions: f64| Team { count, running }.share_count(millions * 1e6);
    assert_eq!([shares(4, 4, 3.0), shares(4, 4, 8.0), shares(4, 4, 100.0)], [1, 2, 4]);
    assert_eq!([shares(4, 0, 8.0), shares(4, 0, 31.0), shares(4, 0, 32.0), shares(4, 0, 100.0)], [1, 1, 2, 4]);
    // Those that run are enough until others are worth their start.
    assert_eq!([shares(4, 2, 8.0), shares(4, 2, 40.0), shares(4, 2, 48.0)], [2, 2, 3]);
    assert_eq!([shares(1, 1, 100.0), shares(0, 0, 100.0)], [1, 1]);
}

#[test]
fn only_pixels_under_the_chunk_count() {
    let crs = crate::geo::Crs::from_epsg(4326).unwrap();
    let degrees = crate::geo::GeoTransform([-180.0, 0.1, 0.0, 90.0, 0.0, -0.1]);
    let map = PixelMap::new(&crs, &crs, &degrees, (3600, 1800)).unwrap();
    let pixels = |min_x, min_y, max_x, max_y| pixels_under(&map, Bounds { min_x, min_y, max_x, max_y }).round();
    assert_eq!(pixels(0.0, 0.0, 10.0, 10.0), 10_000.0);
    assert_eq!(pixels(0.0, 85.0, 10.0, 95.0), 5_000.0);
    // Across the seam of the world.
    assert_eq!(pixels(175.0, 0.0, 185.0, 10.0), 10_000.0);
    let europe = crate::geo::GeoTransform([0.0, 0.1, 0.0, 60.0, 0.0, -0.1]);
    let map = PixelMap::new(&crs, &crs, &europe, (100, 100)).unwrap();
    assert_eq!(pixels_under(&map, Bounds { min_x: -50.0, min_y: 0.0, max_x: -40.0, max_y: 10.0 }), 0.0);
}
