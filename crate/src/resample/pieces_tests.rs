use std::ops::Range;

use super::super::coverage::{Clip, CoverageFold, PixelBounds, Polygon, Rasterizer, doubled_area};
use super::super::test_support::noise;
use super::*;

/// Coverage of every pixel of a raster.
struct Canvas {
    origin: (u32, u32),
    width: usize,
    pixels: Vec<f64>,
}

impl CoverageFold for Canvas {
    fn pixel(&mut self, row: usize, col: usize, coverage: f64) {
        self.pixels[(row + self.origin.1 as usize) * self.width + col + self.origin.0 as usize] += coverage;
    }

    fn span(&mut self, row: usize, cols: Range<usize>, coverage: f64) {
        cols.for_each(|col| self.pixel(row, col, coverage));
    }
}

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

/// A star of many points around the middle, a hole in it, beyond the raster on all sides.
fn star(points: usize, seed: u64) -> Vec<Vec<Point>> {
    let mut next = noise(seed);
    let ring = |scale: f64, sign: f64, next: &mut dyn FnMut() -> f64| -> Vec<Point> {
        let angle = |k: usize| sign * k as f64 / points as f64 * std::f64::consts::TAU;
        let at = |k: usize, radius: f64| (50.0 + radius * angle(k).cos(), 40.0 + radius * angle(k).sin());
        (0..points).map(|k| at(k, scale * (0.3 + 0.7 * next()))).collect()
    };
    vec![ring(75.0, 1.0, &mut next), ring(20.0, -1.0, &mut next)]
}

#[test]
fn pieces_cover_what_the_polygon_does() {
    for (seed, block) in [(1, (16, 16)), (2, (100, 1)), (3, (7, 33)), (4, (128, 128))] {
        let level = level(100, 80, block.0, block.1);
        let rings = star(200, seed);
        let polygon = Polygon {
            bounds: PixelBounds { left: -1e3, top: -1e3, right: 1e3, bottom: 1e3 },
            orientation: doubled_area(&rings[0]).signum(),
            threshold: 0.0,
        };
        let mut whole = Canvas { origin: (0, 0), width: 100, pixels: vec![0.0; 8000] };
        let clip = Clip { left: 0.0, top: 0.0, width: 100, height: 80 };
        Rasterizer::default().fold(rings.iter().map(Vec::as_slice), &polygon, &clip, &mut whole);
        let mut pieces = Vec::new();
        Cutter { level: &level, size: (100, 80) }.cut(rings, &mut pieces);
        let mut cut = Canvas { origin: (0, 0), width: 100, pixels: vec![0.0; 8000] };
        for piece in &pieces {
            let window = level.block_window(piece.block);
            cut.origin = (window.left, window.top);
            let clip = Clip {
                left: f64::from(window.left),
                top: f64::from(window.top),
                width: window.width() as usize,
                height: window.height() as usize,
            };
            Rasterizer::default().fold(piece.rings.iter().map(Vec::as_slice), &polygon, &clip, &mut cut);
        }
        for (at, (whole, cut)) in whole.pixels.iter().zip(&cut.pixels).enumerate() {
            assert!((whole - cut).abs() < 1e-11, "pixel {} {}: {whole} {cut}", at % 100, at / 100);
        }
        assert!(whole.pixels.contains(&1.0), "some pixel is covered wholly");
    }
}

#[test]
fn blocks_that_a_polygon_misses_have_no_piece() {
    let level = level(1000, 1000, 100, 100);
    // A triangle in the lower left half.
    let mut pieces = Vec::new();
    Cutter { level: &level, size: (1000, 1000) }
        .cut(vec![vec![(0.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)]], &mut pieces);
    let mut blocks: Vec<(u32, u32)> = pieces.iter().map(|piece| (piece.block.row, piece.block.col)).collect();
    blocks.sort_unstable();
    let expected: Vec<(u32, u32)> = (0..10).flat_map(|row| (0..=row).map(move |col| (row, col))).collect();
    assert_eq!(blocks, expected);
}

#[test]
fn the_pieces_of_a_long_outline_are_not_much_longer() {
    let level = level(6400, 6400, 64, 64);
    let points = 100_000;
    let ring: Vec<Point> = (0..points)
        .map(|k| {
            let angle = k as f64 / points as f64 * std::f64::consts::TAU;
            let radius = 3000.0 + 100.0 * (k % 2) as f64;
            (3200.0 + radius * angle.cos(), 3200.0 + radius * angle.sin())
        })
        .collect();
    let mut pieces = Vec::new();
    Cutter { level: &level, size: (6400, 6400) }.cut(vec![ring], &mut pieces);
    let length: usize = pieces.iter().flat_map(|piece| &piece.rings).map(Vec::len).sum();
    // Teeth of 100 pixels meet two or three blocks each, and have an end in each.
    assert!(length < 7 * points, "{length} points in {} pieces", pieces.len());
}
