use super::*;

fn level(width: u32, height: u32) -> Level {
    Level {
        width,
        height,
        block_width: 256,
        block_height: 256,
        blocks_across: width.div_ceil(256),
        blocks_down: height.div_ceil(256),
    }
}

#[test]
fn overview_is_the_most_reduced_below_the_wanted_factor() {
    let levels = [level(1000, 800), level(500, 400), level(250, 200), level(125, 100)];
    assert_eq!(overview_for(&levels, 1.0, false), 0);
    assert_eq!(overview_for(&levels, 1.85, false), 0);
    assert_eq!(overview_for(&levels, 1.85, true), 1);
    assert_eq!(overview_for(&levels, 1.95, false), 1);
    assert_eq!(overview_for(&levels, 4.0, false), 2);
    assert_eq!(overview_for(&levels, 1e9, false), 3);
    assert_eq!(overview_for(&[], 4.0, false), 0);
}

#[test]
fn blocks_of_a_window_are_clipped_and_row_major() {
    let level = level(600, 300);
    let ids: Vec<_> =
        level.blocks_of(Window { left: 255, top: 0, right: 257, bottom: 9999 }).map(|id| (id.col, id.row)).collect();
    assert_eq!(ids, [(0, 0), (1, 0), (0, 1), (1, 1)]);
    assert_eq!(level.blocks_of(Window { left: 600, top: 0, right: 700, bottom: 10 }).count(), 0);
    let edge = level.block_window(BlockId { col: 2, row: 1 });
    assert_eq!(edge, Window { left: 512, top: 256, right: 600, bottom: 300 });
    assert!(level.block_window(BlockId { col: 3, row: 0 }).is_empty());
}
