//! Outlines of cells in longitude and latitude, for maps and GeoJSON.

use super::resampling::ResultChunk;
use crate::error::Result;
use crate::geo::{Crs, Transformer, transform_outline};
use crate::grid::{Chunk, Grid, Rings};
use crate::par;

/// Fills in the outlines of each chunk, in degrees. A cell across the antimeridian keeps its shape: its longitudes run
/// on beyond ±180. One that reaches over the edge of the world (beyond a pole of the grid's projection) is cut off
/// there.
pub(super) fn add(grid: &Grid, chunks: &mut [ResultChunk]) -> Result<()> {
    let transformer = Transformer::new(grid.crs(), &Crs::from_epsg(4326)?)?;
    let patches: Vec<&Chunk> = chunks.iter().map(|chunk| &chunk.chunk).collect();
    let outlines = par::map(patches, |patch| outlines(grid, patch, &transformer));
    for (chunk, outlines) in chunks.iter_mut().zip(outlines) {
        chunk.outlines = Some(outlines);
    }
    Ok(())
}

fn outlines(grid: &Grid, chunk: &Chunk, transformer: &Transformer) -> Rings {
    let mut rings = Rings::default();
    for cell in chunk.cells() {
        grid.outline(cell, &mut rings);
    }
    if transformer.is_identity() && grid.vertices_per_cell().is_none() {
        return rings;
    }
    let sources = rings.vertices.clone();
    transformer.transform(&mut rings.vertices);
    let (mut start, mut first_ring) = (0, 0);
    for (cell, &ring_end) in chunk.cells().zip(&rings.cell_ends) {
        let ends = rings.ring_ends.get(first_ring..ring_end).unwrap_or_default();
        let end = ends.last().copied().unwrap_or(start);
        if let Some(corners) = rings.vertices.get_mut(start..end) {
            if corners.iter().any(|corner| corner.0.is_nan()) {
                corners.copy_from_slice(sources.get(start..end).unwrap_or_default());
                transform_outline(transformer, corners, grid.center(cell));
            }
            join(corners, start, ends);
        }
        (start, first_ring) = (end, ring_end);
    }
    rings
}

/// Takes the jumps over the antimeridian out of a cell's rings: vertices near the one before, rings near the first.
fn join(corners: &mut [(f64, f64)], start: usize, ends: &[usize]) {
    let Some(&(first, _)) = corners.first() else { return };
    let mut from = 0;
    for end in ends {
        let end = end.saturating_sub(start);
        let mut before = first;
        for (longitude, _) in corners.get_mut(from..end).unwrap_or_default() {
            *longitude -= 360.0 * ((*longitude - before) / 360.0).round();
            before = *longitude;
        }
        from = end;
    }
}

#[cfg(test)]
#[path = "outlines_tests.rs"]
mod tests;
