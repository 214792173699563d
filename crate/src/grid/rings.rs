//! Outlines of cells.

/// Outlines of cells, one after another, in the grid's CRS. Outer rings run counter-clockwise and each is followed by
/// its holes, which run clockwise; no ring repeats its first vertex.
///
/// In degrees a ring never jumps: it runs on beyond ±180 where it crosses the antimeridian, and along the pole where it
/// goes around it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rings {
    pub vertices: Vec<(f64, f64)>,
    /// End of each ring among the vertices.
    pub ring_ends: Vec<usize>,
    /// End of each cell among the rings.
    pub cell_ends: Vec<usize>,
}

impl Rings {
    /// Ends the ring that the vertices after the last one make; nothing where there are none.
    pub fn end_ring(&mut self) {
        if self.vertices.len() > self.ring_ends.last().copied().unwrap_or(0) {
            self.ring_ends.push(self.vertices.len());
        }
    }

    /// Ends the cell that the rings after the last one make: one without rings has no place.
    pub fn end_cell(&mut self) {
        self.end_ring();
        self.cell_ends.push(self.ring_ends.len());
    }

    /// Takes all cells away.
    pub fn clear(&mut self) {
        self.vertices.clear();
        self.ring_ends.clear();
        self.cell_ends.clear();
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cell_ends.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cell_ends.is_empty()
    }

    /// The rings of a cell; none where there is no such cell.
    pub fn cell(&self, index: usize) -> impl Iterator<Item = &[(f64, f64)]> + Clone {
        let rings = part(&self.cell_ends, index);
        rings.map(|ring| self.vertices.get(part(&self.ring_ends, ring)).unwrap_or_default())
    }

    /// Appends a cell of other rings.
    pub(super) fn push_cell(&mut self, other: &Self, index: usize) {
        for ring in other.cell(index) {
            self.vertices.extend_from_slice(ring);
            self.end_ring();
        }
        self.end_cell();
    }
}

/// The `index`-th part of what is cut at `ends`.
fn part(ends: &[usize], index: usize) -> std::ops::Range<usize> {
    let start = index.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(index).map_or(0..0, |&end| start..end)
}
