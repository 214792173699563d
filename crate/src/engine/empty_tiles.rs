//! Parts of a source that the tile index knows to hold nothing.

use std::collections::HashMap;

use serde_json::Value;

use super::question::Question;
use super::workspace::Workspace;
use crate::raster::Window;
use crate::store;

impl Workspace {
    /// The tiles without a valid pixel in any band of the question, of the file's version that is asked about. None where
    /// the source has no tile index: it only spares reads.
    pub(super) async fn empty_windows(&self, question: &Question<'_>) -> Vec<Window> {
        if question.options.no_cache && !question.options.empty.is_empty() {
            return question.options.empty.iter().map(|&window| window_of(window)).collect();
        }
        let tiles = match store::tiles::list(self.store.as_ref(), question.source_id).await {
            Ok(tiles) => tiles,
            Err(error) => {
                self.warn(format!("the tile index could not be looked up: {}", error.message()));
                return Vec::new();
            }
        };
        let mut bands: HashMap<[u32; 4], usize> = HashMap::new();
        for tile in tiles {
            let band0 = u16::try_from(tile.band.saturating_sub(1)).unwrap_or(u16::MAX);
            let is_asked = tile.fingerprint == question.fingerprint && question.request.bands0.contains(&band0);
            let count = tile.tile_stats.as_ref().and_then(|stats| stats.get("valid_count")).and_then(Value::as_f64);
            if is_asked && count == Some(0.0) {
                *bands.entry(tile.window).or_default() += 1;
            }
        }
        let all = question.request.bands0.len();
        let mut empty: Vec<[u32; 4]> = bands.into_iter().filter(|(_, count)| *count == all).map(|(at, _)| at).collect();
        empty.sort_unstable();
        empty.into_iter().map(window_of).collect()
    }
}

fn window_of([left, top, right, bottom]: [u32; 4]) -> Window {
    Window { left, top, right, bottom }
}

#[cfg(test)]
#[path = "empty_tiles_tests.rs"]
mod tests;
