use super::*;

#[test]
fn parts_merge_to_the_whole() {
    let values: Vec<f64> = (0..1000_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 8)).collect();
    let whole = Moments::of(&values).finish();
    let parts = values.chunks(37).map(Moments::of).fold(Moments::default(), Moments::merge).finish();
    assert_eq!((parts.min, parts.max, parts.count), (whole.min, whole.max, whole.count));
    let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() / b.unwrap() - 1.0).abs() < 1e-13;
    assert!(close(parts.mean, whole.mean) && close(parts.stdev, whole.stdev));
}

#[test]
fn nothing_valid_gives_only_a_count() {
    let none = Statistics { min: None, max: None, mean: None, stdev: None, count: 0 };
    assert_eq!(Moments::of(&[f64::NAN]).finish(), none);
    assert_eq!(Moments::of(&[f64::NAN, 2.0]).merge(Moments::of(&[])).finish().mean, Some(2.0));
}

#[test]
fn batches_cover_every_block_once() {
    for (width, height, block_width, block_height) in
        [(5000, 5000, 512, 512), (70_000, 300, 70_000, 1), (200_000, 600, 512, 512), (7, 5, 16, 16)]
    {
        let (width, height, block_width, block_height): (u32, u32, u32, u32) =
            (width, height, block_width, block_height);
        let blocks_across = width.div_ceil(block_width);
        let blocks_down = height.div_ceil(block_height);
        let level = Level { width, height, block_width, block_height, blocks_across, blocks_down };
        let blocks: Vec<BlockId> = batches(&level).into_iter().flat_map(|batch| level.blocks_of(batch)).collect();
        assert_eq!(blocks.len(), (blocks_across * blocks_down) as usize);
        let unique: std::collections::HashSet<_> = blocks.iter().map(|id| (id.row, id.col)).collect();
        assert_eq!(unique.len(), blocks.len());
    }
}
