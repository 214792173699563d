//! Which ranges to ask for: neighbours are fetched together where the gap costs less than a request.

use std::ops::Range;

/// When two ranges become one read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergePolicy {
    /// Greatest gap between two ranges that is fetched rather than skipped.
    pub merge_gap_bytes: u64,
    /// Greatest length of a merged read; a range that is longer alone is read alone.
    pub max_range_bytes: u64,
}

impl Default for MergePolicy {
    /// 32 KiB gaps (about what a round trip of 20 ms carries at 13 Mbit/s), 16 MiB reads.
    fn default() -> Self {
        Self { merge_gap_bytes: 32 << 10, max_range_bytes: 16 << 20 }
    }
}

/// One read and the ranges it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedRange {
    pub range: Range<u64>,
    /// Indices into the ranges that were merged, by position in the file.
    pub members: Vec<usize>,
}

impl MergedRange {
    /// The part of this read's `bytes` that `member` asked for; shorter where the file ended early.
    #[must_use]
    pub fn part<'a>(&self, bytes: &'a [u8], member: &Range<u64>) -> &'a [u8] {
        let position = |offset: u64| {
            usize::try_from(offset.saturating_sub(self.range.start)).unwrap_or(usize::MAX).min(bytes.len())
        };
        bytes.get(position(member.start)..position(member.end)).unwrap_or_default()
    }
}

/// Reads that cover every non-empty range, in the order of the file. No byte is asked for twice unless a cap forces
/// overlapping ranges apart, and no read is longer than the cap unless one range alone is.
#[must_use]
pub fn merge(ranges: &[Range<u64>], policy: &MergePolicy) -> Vec<MergedRange> {
    let mut order: Vec<(usize, &Range<u64>)> =
        ranges.iter().enumerate().filter(|(_, range)| range.start < range.end).collect();
    order.sort_by_key(|(index, range)| (range.start, range.end, *index));
    let mut merged: Vec<MergedRange> = Vec::new();
    for (index, range) in order {
        if let Some(last) = merged.last_mut() {
            let end = last.range.end.max(range.end);
            let near = range.start <= last.range.end.saturating_add(policy.merge_gap_bytes);
            let adds_nothing = range.end <= last.range.end;
            if near && (adds_nothing || end.saturating_sub(last.range.start) <= policy.max_range_bytes) {
                last.range.end = end;
                last.members.push(index);
                continue;
            }
        }
        merged.push(MergedRange { range: range.clone(), members: vec![index] });
    }
    merged
}

#[cfg(test)]
#[path = "planner_tests.rs"]
mod tests;
