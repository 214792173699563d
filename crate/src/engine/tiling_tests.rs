use super::*;

fn level(width: u32, height: u32, block_width: u32, block_height: u32) -> Level {
    Level {
        width,
        height,
        block_width,
        block_height,
        blocks_across: width.div_ceil(block_width),
        blocks_down: height.div_ceil(block_height),
    }
}

fn shape(width: u32, height: u32, block_width: u32, block_height: u32, size_px: u32) -> (u32, u32, u32, u32) {
    let shape = TileShape::new(&level(width, height, block_width, block_height), size_px);
    (shape.blocks_across, shape.blocks_down, shape.across, shape.down)
}

#[test]
fn tiles_are_whole_blocks_of_about_the_size() {
    assert_eq!(shape(21_600, 10_800, 512, 512, 1000), (2, 2, 22, 11));
    assert_eq!(shape(21_600, 10_800, 256, 256, 1000), (4, 4, 22, 11));
    assert_eq!(shape(4096, 4096, 2048, 2048, 1000), (1, 1, 2, 2));
    assert_eq!(shape(300, 200, 512, 512, 1000), (1, 1, 1, 1));
    // Strips as wide as the file: the area counts.
    assert_eq!(shape(21_600, 10_800, 21_600, 1, 1000), (1, 46, 1, 235));
    assert_eq!(shape(900, 10_800, 900, 16, 1000), (1, 63, 1, 11));
}

#[test]
fn tiles_cover_every_block_once() {
    for (width, height, block_width, block_height, size_px) in
        [(5000, 3000, 512, 512, 1000), (70_000, 300, 70_000, 1, 1000), (33, 17, 16, 16, 1), (5000, 3000, 128, 64, 999)]
    {
        let level = level(width, height, block_width, block_height);
        let shape = TileShape::new(&level, size_px);
        let mut seen = HashSet::new();
        for row in 0..shape.down {
            for col in 0..shape.across {
                for id in level.blocks_of(shape.window(&level, col, row)) {
                    assert!(seen.insert((id.row, id.col)), "block {id:?} is in two tiles");
                }
            }
        }
        assert_eq!(seen.len(), (level.blocks_across * level.blocks_down) as usize);
    }
}
