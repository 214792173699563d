use super::*;

fn reduce<T: Sample>(method: Overviews, source: &[T], width: u32, nodata: Option<T>) -> Vec<T> {
    let height = source.len() as u32 / width;
    let (columns, lines) = (Axis::new(width, width / 2), Axis::new(height, height / 2));
    (0..lines.target_px())
        .flat_map(|row| reduce_row(method, (&columns, &lines), row, (source, 0), (1, nodata)))
        .collect()
}

#[test]
fn four_pixels_make_one_and_nodata_is_left_out() {
    let source = [1, 2, -1, -1, 3, 4, -1, 7];
    assert_eq!(reduce(Overviews::Average, &source, 4, Some(-1)), [3, 7]);
    assert_eq!(reduce(Overviews::Average, &[-1i16; 8], 4, Some(-1)), [-1, -1]);
    assert_eq!(reduce(Overviews::Nearest, &source, 4, Some(-1)), [1, -1]);
}

#[test]
fn odd_sizes_share_their_middle_pixel_by_overlap() {
    let source = [1.0f64, 2.0, 1.0, 8.0, 8.0, 1.0, 2.0, 1.0, 8.0, 8.0];
    // 5 → 2 columns: 2½ source pixels each.
    assert_eq!(reduce(Overviews::Average, &source, 5, None), [3.5 / 2.5, 16.5 / 2.5]);
}

#[test]
fn a_mean_never_becomes_nodata() {
    assert_eq!(reduce(Overviews::Average, &[-5i8, 5, -5, 5], 2, Some(0)), [1]);
}

#[test]
fn spans_tile_the_source() {
    for source in 1..60u32 {
        let axis = Axis::new(source, (source / 2).max(1));
        let total: u64 = (0..axis.target_px()).map(|t| axis.span(t).map(|s| axis.weight(t, s)).sum::<u64>()).sum();
        assert_eq!(total, axis.source_units * axis.target_px());
        assert!((0..axis.target_px()).all(|t| axis.span(t).contains(&axis.nearest(t))));
    }
}
