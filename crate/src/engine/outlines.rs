//! Outlines of cells in longitude and latitude, for maps and GeoJSON.

use super::resampling::ResultChunk;
use crate::error::Result;
use crate::geo::{Crs, Transformer, transform_outline};
use crate::grid::{Chunk, Grid};
use crate::par;

/// Fills in the outlines of each chunk: longitude, latitude of every vertex, cell after cell, the first not repeated.
/// A cell across the antimeridian keeps its shape: its longitudes run on beyond ±180. One that reaches over the edge
/// of the world (beyond a pole of the grid's projection) is cut off there.
pub(super) fn add(grid: &Grid, chunks: &mut [ResultChunk]) -> Result<()> {
    let transformer = Transformer::new(grid.crs(), &Crs::from_epsg(4326)?)?;
    let patches: Vec<&Chunk> = chunks.iter().map(|chunk| &chunk.chunk).collect();
    let outlines = par::map(patches, |patch| outlines(grid, patch, &transformer));
    for (chunk, outlines) in chunks.iter_mut().zip(outlines) {
        chunk.outlines = Some(outlines);
    }
    Ok(())
}

fn outlines(grid: &Grid, chunk: &Chunk, transformer: &Transformer) -> Vec<f64> {
    let vertices = grid.vertices_per_cell();
    let mut points = Vec::with_capacity(chunk.cell_count().saturating_mul(vertices));
    for cell in chunk.cells() {
        grid.outline(cell, &mut points);
    }
    transformer.transform(&mut points);
    for (cell, corners) in chunk.cells().zip(points.chunks_mut(vertices)) {
        if corners.iter().any(|corner| corner.0.is_nan()) {
            let mut outline = Vec::with_capacity(vertices);
            grid.outline(cell, &mut outline);
            transform_outline(transformer, &mut outline, grid.center(cell));
            corners.copy_from_slice(&outline);
        }
        let Some(&(first, _)) = corners.first() else { continue };
        for (longitude, _) in corners {
            *longitude -= 360.0 * ((*longitude - first) / 360.0).round();
        }
    }
    points.iter().flat_map(|&(longitude, latitude)| [longitude, latitude]).collect()
}
