//! One line as the columns where its colour changes.

use super::bits::Bits;
use super::codes::{Codes, Colour, Mode};

/// Columns where the colour changes: the first to black, the next to white, and so on. They never fall.
#[derive(Debug)]
pub struct Line {
    columns: u32,
    changes: Vec<u32>,
}

impl Line {
    /// A white line.
    pub const fn new(columns: u32) -> Self {
        Self { columns, changes: Vec::new() }
    }

    /// Reads a line of runs; `None` where a code is none, or the runs don't end where the line does.
    pub fn read_runs(&mut self, codes: &Codes, bits: &mut Bits<'_>) -> Option<()> {
        self.changes.clear();
        let (mut column, mut colour) = (0_u32, Colour::White);
        while column < self.columns {
            column = column.checked_add(codes.read_run(colour, bits)?)?;
            self.push(column)?;
            colour = colour.other();
        }
        Some(())
    }

    /// Reads a line that refers to `reference`; `None` as [`read_runs`](Self::read_runs).
    pub fn read_modes(&mut self, codes: &Codes, reference: &Self, bits: &mut Bits<'_>) -> Option<()> {
        self.changes.clear();
        let mut colour = Colour::White;
        // The column reached; the line begins before its first one, so that a change there counts as ahead.
        let mut column: Option<u32> = None;
        // The first change of the reference ahead of the column.
        let mut ahead = 0_usize;
        while column.unwrap_or(0) < self.columns {
            while column.is_some_and(|column| reference.changes.get(ahead).is_some_and(|&change| change <= column)) {
                ahead = ahead.checked_add(1)?;
            }
            // Of the other colour than the one that is being drawn.
            let first = if (ahead & 1 == 0) == (colour == Colour::White) { ahead } else { ahead.checked_add(1)? };
            match codes.read_mode(bits)? {
                Mode::Pass => column = Some(reference.change(first.checked_add(1)?)),
                Mode::Horizontal => {
                    let mut reached = column.unwrap_or(0);
                    for colour in [colour, colour.other()] {
                        reached = reached.checked_add(codes.read_run(colour, bits)?)?;
                        self.push(reached)?;
                    }
                    column = Some(reached);
                }
                Mode::Vertical(offset) => {
                    let change = reference.change(first).checked_add_signed(offset.into())?;
                    if change < column.unwrap_or(0) {
                        return None;
                    }
                    self.push(change)?;
                    column = Some(change);
                    colour = colour.other();
                }
            }
        }
        Some(())
    }

    /// Draws the black runs into a white row.
    pub fn paint(&self, row: &mut [u8]) {
        row.fill(0);
        for run in self.changes.chunks(2) {
            let [start, rest @ ..] = run else { continue };
            let end = rest.first().copied().unwrap_or(self.columns).min(self.columns);
            paint_run(row, *start, end);
        }
    }

    fn change(&self, index: usize) -> u32 {
        self.changes.get(index).copied().unwrap_or(self.columns)
    }

    /// Keeps a change of colour. A line beyond its columns is damaged, and so is one of more changes than it has columns.
    fn push(&mut self, column: u32) -> Option<()> {
        let most = usize::try_from(self.columns).ok()?.saturating_add(2);
        if column > self.columns || self.changes.len() >= most {
            return None;
        }
        self.changes.push(column);
        Some(())
    }
}

/// Sets the bits from column `start` to before `end`.
fn paint_run(row: &mut [u8], start: u32, end: u32) {
    if start >= end {
        return;
    }
    let (Ok(first), Ok(last)) = (usize::try_from(start >> 3), usize::try_from(end >> 3)) else { return };
    // Bits from `start` on in its byte, and those before `end` in its own.
    let (from, to) = (0xff_u8 >> (start & 7), !(0xff_u8 >> (end & 7)));
    if first == last {
        if let Some(byte) = row.get_mut(first) {
            *byte |= from & to;
        }
        return;
    }
    if let Some(byte) = row.get_mut(first) {
        *byte |= from;
    }
    if let Some(whole) = row.get_mut(first.saturating_add(1)..last) {
        whole.fill(0xff);
    }
    if let Some(byte) = row.get_mut(last) {
        *byte |= to;
    }
}
