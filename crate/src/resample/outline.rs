//! Outlines of cells in pixel space.

use super::bend::{add_nodes, bend};
use super::coverage::{PixelBounds, Point, Polygon, doubled_area};
use super::patches::Patches;
use super::pieces::{Cutter, Piece};
use super::pixel_map::{PixelMap, Seam};
use super::seam::taken_apart;
use super::sliver::{SLIVER, shrunk, threshold};
use super::surroundings::Surroundings;
use crate::grid::Rings;
use crate::raster::{BlockId, Level};

/// Outlines of consecutive cells.
#[derive(Debug, Clone, Default)]
pub struct Outlines {
    points: Vec<Point>,
    /// End of each ring among the points.
    ring_ends: Vec<usize>,
    cells: Vec<Cell>,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// End of the cell's rings; they begin where those of the cell before end.
    ring_end: usize,
    /// End of the cell's pieces among all.
    piece_end: usize,
    polygon: Polygon,
    area: f64,
}

/// One cell in pixel space.
#[derive(Debug, Clone, Copy)]
pub struct CellOutline<'a> {
    outlines: &'a Outlines,
    rings: (usize, usize),
    pieces: &'a [Piece],
    pub polygon: Polygon,
}

impl Outlines {
    /// The outlines of cells, whose rings are in the grid's CRS; `center` gives the centre of one. Their vertices and
    /// middles of edges lie about `spacing` apart, where that is known. A cell that has no place in the raster's CRS gets
    /// an outline without points.
    #[must_use]
    pub fn new(
        map: &PixelMap,
        level: &Level,
        rings: &Rings,
        spacing: Option<f64>,
        center: impl Fn(usize) -> Point,
    ) -> Self {
        let mut maker = Maker {
            map,
            level,
            patches: Patches::new(map, spacing),
            outlines: Self::default(),
            ring: Vec::new(),
            seam: None,
            surroundings: None,
        };
        maker.outlines.points.reserve(rings.vertices.len());
        maker.outlines.cells.reserve(rings.len());
        let (nodes, ends) = maker.nodes(rings);
        let mut pixels = nodes.clone();
        maker.patches.map(&mut pixels);
        let mut ring_start = 0;
        let mut start = 0;
        for (cell, &ring_end) in rings.cell_ends.iter().enumerate() {
            let end = ring_end.checked_sub(1).and_then(|last| ends.get(last)).copied().unwrap_or(start);
            let ring_ends = ends.get(ring_start..ring_end).unwrap_or_default();
            if let Some(pixels) = pixels.get_mut(start..end) {
                maker.rescue(nodes.get(start..end).unwrap_or_default(), pixels, || center(cell));
            }
            maker.add(&nodes, &pixels, start, ring_ends, || rings.cell(cell));
            (start, ring_start) = (end, ring_end);
        }
        maker.outlines
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cell's rings and how to rasterise them; none where it has no place.
    #[must_use]
    pub fn cell(&self, index: usize) -> CellOutline<'_> {
        let before = index.checked_sub(1).and_then(|before| self.cells.get(before));
        let (ring_start, piece_start) = before.map_or((0, 0), |before| (before.ring_end, before.piece_end));
        match self.cells.get(index) {
            Some(cell) => CellOutline {
                outlines: self,
                rings: (ring_start, cell.ring_end),
                pieces: self.pieces.get(piece_start..cell.piece_end).unwrap_or_default(),
                polygon: cell.polygon,
            },
            None => CellOutline { outlines: self, rings: (0, 0), pieces: &[], polygon: NOWHERE },
        }
    }

    /// Area of the cell in pixels; NaN where it has no place.
    #[must_use]
    pub fn area(&self, index: usize) -> f64 {
        self.cells.get(index).map_or(f64::NAN, |cell| cell.area)
    }

    /// Memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let of_piece = |piece: &Piece| {
            let points: usize = piece.rings.iter().map(Vec::capacity).sum();
            size_of::<Piece>() + piece.rings.capacity() * size_of::<Vec<Point>>() + points * size_of::<Point>()
        };
        self.points.capacity() * size_of::<Point>()
            + self.ring_ends.capacity() * size_of::<usize>()
            + self.cells.capacity() * size_of::<Cell>()
            + self.pieces.iter().map(of_piece).sum::<usize>()
    }

    fn ring(&self, index: usize) -> &[Point] {
        let start = index.checked_sub(1).and_then(|before| self.ring_ends.get(before)).copied().unwrap_or(0);
        self.ring_ends.get(index).and_then(|&end| self.points.get(start..end)).unwrap_or_default()
    }
}

impl<'a> CellOutline<'a> {
    /// The rings, closed implicitly; none of a cell that is cut to blocks.
    pub fn rings(&self) -> impl Iterator<Item = &'a [Point]> + Clone + use<'a> {
        let (outlines, (start, end)) = (self.outlines, self.rings);
        (start..end).map(|ring| outlines.ring(ring))
    }

    /// Whether the cell is cut to blocks.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// What of a cell that is cut lies in each block, sorted by block.
    #[must_use]
    pub fn pieces(&self) -> &'a [Piece] {
        self.pieces
    }

    /// What of a cell that is cut lies in one block.
    pub fn pieces_in(&self, block: BlockId) -> impl Iterator<Item = &'a Piece> + use<'a> {
        let first = self.pieces.partition_point(|piece| piece.block < block);
        self.pieces.iter().skip(first).take_while(move |piece| piece.block == block)
    }
}

/// Makes outlines, cell after cell.
struct Maker<'a> {
    map: &'a PixelMap,
    level: &'a Level,
    patches: Patches<'a>,
    outlines: Outlines,
    /// The ring at hand.
    ring: Vec<Point>,
    /// Looked up when the first cell needs it, as what lies around the raster.
    seam: Option<Option<Seam>>,
    surroundings: Option<Option<Surroundings>>,
}

/// A cell whose rings are being added.
struct Growing {
    first_ring: usize,
    /// Sign of the last outer ring's area, and the middle of its columns.
    outer: Option<(f64, f64)>,
    doubled: f64,
    bounds: PixelBounds,
}

impl Growing {
    fn new(first_ring: usize) -> Self {
        Self { first_ring, outer: None, doubled: 0.0, bounds: NOWHERE.bounds }
    }
}

impl Maker<'_> {
    /// The points whose places are needed, and the end of each ring among them: vertices, and the middles of edges
    /// that may be curves.
    fn nodes(&self, rings: &Rings) -> (Vec<Point>, Vec<usize>) {
        if self.map.is_affine() {
            return (rings.vertices.clone(), rings.ring_ends.clone());
        }
        let (mut nodes, mut ends) = (Vec::with_capacity(rings.vertices.len() * 2), Vec::new());
        let mut start = 0;
        for &end in &rings.ring_ends {
            add_nodes(self.map, rings.vertices.get(start..end).unwrap_or_default(), &mut nodes);
            ends.push(nodes.len());
            start = end;
        }
        (nodes, ends)
    }

    /// Pulls the nodes of a cell that have no place in to where the world ends, on their way to its centre.
    fn rescue(&self, nodes: &[Point], pixels: &mut [Point], center: impl Fn() -> Point) {
        let lost = pixels.iter().filter(|pixel| !PixelMap::is_place(**pixel)).count();
        if lost > 0 && lost < pixels.len() {
            pixels.copy_from_slice(nodes);
            self.map.map_outline(pixels, center());
            if !pixels.iter().all(|pixel| PixelMap::is_place(*pixel)) {
                pixels.fill((f64::NAN, f64::NAN));
            }
        }
    }

    /// Adds a cell, whose rings end at `ring_ends` among all nodes and begin at `start`; `rings` are the same in the
    /// grid's CRS.
    fn add<'b, R: Iterator<Item = &'b [Point]>>(
        &mut self,
        nodes: &[Point],
        pixels: &[Point],
        mut start: usize,
        ring_ends: &[usize],
        rings: impl Fn() -> R,
    ) {
        let mut cell = Growing::new(self.outlines.ring_ends.len());
        if Surroundings::is_wide(rings())
            && let Some(surroundings) = self.surroundings()
        {
            return self.add_cut(&surroundings, rings());
        }
        for &end in ring_ends {
            let (nodes, pixels) = (nodes.get(start..end), pixels.get(start..end));
            start = end;
            self.ring.clear();
            if let (Some(nodes), Some(pixels)) = (nodes, pixels)
                && pixels.iter().all(|point| point.0.is_finite() && point.1.is_finite())
            {
                if self.map.is_affine() {
                    self.ring.extend_from_slice(pixels);
                } else if !bend(&mut self.patches, nodes, pixels, &mut self.ring) && self.has_seam() {
                    return self.add_torn(&cell, rings());
                }
            }
            // Seen from the other side of the Earth a cell has the whole map in it, and outside in.
            let is_inside_out = ring_ends.len() == 1 && self.map.turn().is_none() && {
                let is_positive = doubled_area(&self.ring) > 0.0;
                !self.map.is_affine() && !self.ring.is_empty() && is_positive != self.map.keeps_orientation()
            };
            if !is_inside_out {
                self.add_ring(&mut cell);
            }
        }
        self.end_cell(&cell);
    }

    /// Adds the ring at hand to the cell.
    fn add_ring(&mut self, cell: &mut Growing) {
        let area = doubled_area(&self.ring);
        if !(area.is_finite() && area != 0.0) {
            return;
        }
        let around = PixelBounds::of(&self.ring);
        let middle = f64::midpoint(around.left, around.right);
        let shift = match cell.outer {
            // A hole lies in its outer ring, and runs against it.
            Some((sign, near)) if sign != area.signum() => self.map.unwrap(middle, near) - middle,
            _ => {
                let shift = self.map.first_turn(around.left);
                cell.outer = Some((area.signum(), middle + shift));
                shift
            }
        };
        self.outlines.points.extend(self.ring.iter().map(|point| (point.0 + shift, point.1)));
        self.outlines.ring_ends.push(self.outlines.points.len());
        cell.doubled += area;
        let shifted = PixelBounds { left: around.left + shift, right: around.right + shift, ..around };
        cell.bounds = cell.bounds.union(shifted);
    }

    fn has_seam(&mut self) -> bool {
        let map = self.map;
        self.seam.get_or_insert_with(|| map.seam()).is_some()
    }

    /// Adds a cell that lies on both sides of the meridian along which the raster's map is cut.
    fn add_torn<'b>(&mut self, begun: &Growing, rings: impl Iterator<Item = &'b [Point]>) {
        self.outlines.ring_ends.truncate(begun.first_ring);
        self.outlines.points.truncate(self.outlines.ring_ends.last().copied().unwrap_or(0));
        let mut cell = Growing::new(begun.first_ring);
        let seam = self.seam.as_ref().and_then(Option::as_ref);
        for part in seam.map_or_else(Vec::new, |seam| taken_apart(seam, rings)) {
            self.ring = part;
            self.add_ring(&mut cell);
        }
        self.end_cell(&cell);
    }

    fn surroundings(&mut self) -> Option<Surroundings> {
        let map = self.map;
        *self.surroundings.get_or_insert_with(|| map.surroundings())
    }

    /// Adds a cell that reaches far around the Earth: what lies around the raster. Its area on the map is taken to be as
    /// many times larger as that on the grid.
    fn add_cut<'b>(&mut self, surroundings: &Surroundings, rings: impl Iterator<Item = &'b [Point]>) {
        let mut cell = Growing::new(self.outlines.ring_ends.len());
        let (parts, times) = surroundings.cut(rings);
        for part in parts {
            let mut nodes = Vec::new();
            add_nodes(self.map, &part, &mut nodes);
            let mut pixels = nodes.clone();
            self.map.map(&mut pixels);
            self.ring.clear();
            if pixels.iter().all(|pixel| PixelMap::is_place(*pixel)) {
                bend(&mut self.patches, &nodes, &pixels, &mut self.ring);
                self.add_ring(&mut cell);
            }
        }
        self.end_cell(&cell);
        if let Some(cell) = self.outlines.cells.last_mut() {
            cell.area *= times;
        }
    }

    fn end_cell(&mut self, cell: &Growing) {
        let &Growing { first_ring, doubled, bounds, .. } = cell;
        let area = doubled.abs() * 0.5;
        let is_polygon = area > 0.0 && area.is_finite();
        let polygon = Polygon {
            bounds: if is_polygon { shrunk(bounds, area) } else { NOWHERE.bounds },
            orientation: doubled.signum(),
            threshold: threshold(area),
        };
        if is_polygon && self.is_large(first_ring, &polygon.bounds) {
            self.cut(first_ring, &polygon.bounds);
        }
        if !is_polygon {
            self.outlines.ring_ends.truncate(first_ring);
            self.outlines.points.truncate(self.outlines.ring_ends.last().copied().unwrap_or(0));
        }
        self.outlines.cells.push(Cell {
            ring_end: self.outlines.ring_ends.len(),
            piece_end: self.outlines.pieces.len(),
            polygon,
            area: if is_polygon { area } else { f64::NAN },
        });
    }

    /// Whether walking all of the outline in each block would cost more than cutting it.
    fn is_large(&self, first_ring: usize, bounds: &PixelBounds) -> bool {
        let start = first_ring.checked_sub(1).and_then(|ring| self.outlines.ring_ends.get(ring)).copied().unwrap_or(0);
        let across = (bounds.right - bounds.left) / f64::from(self.level.block_width.max(1));
        let down = (bounds.bottom - bounds.top) / f64::from(self.level.block_height.max(1));
        self.outlines.points.len() - start > LARGE_POINTS && across.max(1.0) * down.max(1.0) > LARGE_BLOCKS
    }

    /// Puts the cell's pieces in the place of its rings.
    fn cut(&mut self, first_ring: usize, bounds: &PixelBounds) {
        let outlines = &mut self.outlines;
        let rings: Vec<&[Point]> = (first_ring..outlines.ring_ends.len()).map(|ring| outlines.ring(ring)).collect();
        let cutter = Cutter { level: self.level, size: self.map.size() };
        let mut pieces = Vec::new();
        for shift in self.map.shifts(bounds) {
            let shifted = |ring: &&[Point]| ring.iter().map(|point| (point.0 + shift, point.1)).collect();
            cutter.cut(rings.iter().map(shifted).collect(), &mut pieces);
        }
        pieces.sort_by_key(|piece| piece.block);
        outlines.pieces.extend(pieces);
        outlines.ring_ends.truncate(first_ring);
        outlines.points.truncate(outlines.ring_ends.last().copied().unwrap_or(0));
    }
}

const NOWHERE: Polygon = Polygon {
    bounds: PixelBounds {
        left: f64::INFINITY,
        top: f64::INFINITY,
        right: f64::NEG_INFINITY,
        bottom: f64::NEG_INFINITY,
    },
    orientation: 1.0,
    threshold: SLIVER,
};

/// Outlines of more points over more blocks than these are cut to the blocks.
const LARGE_POINTS: usize = 64;
const LARGE_BLOCKS: f64 = 4.0;

#[cfg(test)]
#[path = "outline_tests.rs"]
mod tests;
