//! Resolutions of a file: the full one and its overviews.

use super::block::{BlockId, Window};

/// Size and blocks of one resolution; level 0 is the full one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub width: u32,
    pub height: u32,
    pub block_width: u32,
    pub block_height: u32,
    pub blocks_across: u32,
    pub blocks_down: u32,
}

impl Level {
    /// The pixels of a block, clipped to the image; empty where the level has no such block.
    #[must_use]
    pub fn block_window(&self, id: BlockId) -> Window {
        let left = id.col.saturating_mul(self.block_width).min(self.width);
        let top = id.row.saturating_mul(self.block_height).min(self.height);
        Window {
            left,
            top,
            right: left.saturating_add(self.block_width).min(self.width),
            bottom: top.saturating_add(self.block_height).min(self.height),
        }
    }

    /// The blocks that `window` touches, in the order of the file.
    pub fn blocks_of(&self, window: Window) -> impl Iterator<Item = BlockId> + use<> {
        let window = window.intersection(Window { left: 0, top: 0, right: self.width, bottom: self.height });
        let (width, height) = (self.block_width.max(1), self.block_height.max(1));
        let cols = if window.is_empty() {
            0..0
        } else {
            window.left.checked_div(width).unwrap_or(0)..window.right.div_ceil(width)
        };
        let rows = if window.is_empty() {
            0..0
        } else {
            window.top.checked_div(height).unwrap_or(0)..window.bottom.div_ceil(height)
        };
        rows.flat_map(move |row| cols.clone().map(move |col| BlockId { col, row }))
    }

    /// The blocks that lie wholly in `window`, in the order of the file.
    pub fn blocks_within(&self, window: Window) -> impl Iterator<Item = BlockId> + use<> {
        let level = *self;
        level.blocks_of(window).filter(move |&id| {
            let block = level.block_window(id);
            block.intersection(window) == block
        })
    }
}

/// The level to read for `wanted_factor` full-resolution pixels per wanted pixel: the most reduced one whose factor is
/// below `wanted_factor` × 1.0 (1.2 for nearest) + 0.1, as GDAL does; 0 where none is.
#[must_use]
pub fn overview_for(levels: &[Level], wanted_factor: f64, nearest: bool) -> usize {
    let Some(full) = levels.first() else { return 0 };
    let threshold = if nearest { 1.2 } else { 1.0 };
    let factor = |level: &Level| {
        let across = f64::from(full.width) / f64::from(level.width.max(1));
        let down = f64::from(full.height) / f64::from(level.height.max(1));
        across.min(down)
    };
    let mut chosen = (0, 1.0);
    for (index, level) in levels.iter().enumerate().skip(1) {
        let factor = factor(level);
        if factor > chosen.1 && factor < wanted_factor * threshold + 0.1 {
            chosen = (index, factor);
        }
    }
    chosen.0
}

#[cfg(test)]
#[path = "level_tests.rs"]
mod tests;
