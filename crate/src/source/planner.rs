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

/// What reading costs: a read takes its latency, and its bytes at the bandwidth; so many go on at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadCosts {
    pub latency_ms: f64,
    /// Of all reads together.
    pub bandwidth_bytes_per_ms: f64,
    pub at_once: f64,
}

impl ReadCosts {
    /// The gap that takes as long to fetch as the read that it saves: latencies of reads at once overlap, their bytes
    /// share the line.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    pub fn worthwhile_gap_bytes(&self) -> u64 {
        let saved_ms = self.latency_ms / self.at_once.max(1.0);
        // A cast saturates; nonsense is no gap.
        (saved_ms * self.bandwidth_bytes_per_ms).max(0.0) as u64
    }
}

impl Default for ReadCosts {
    /// A round trip of 40 ms on a line of 40 Mbit/s, six at once: gaps up to 33 kB are fetched.
    fn default() -> Self {
        Self { latency_ms: 40.0, bandwidth_bytes_per_ms: 5000.0, at_once: 6.0 }
    }
}

impl Default for MergePolicy {
    /// What [`ReadCosts`] make of it, and 16 MiB reads.
    fn default() -> Self {
        Self { merge_gap_bytes: ReadCosts::default().worthwhile_gap_bytes(), max_range_bytes: 16 << 20 }
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
/// overlapping ranges apart, and no read is longer than the cap unless one range alone is. Gaps are fetched from the
/// smallest up, while all of them together stay within 5 % of what is wanted, or one gap's worth where that is more.
#[must_use]
pub fn merge(ranges: &[Range<u64>], policy: &MergePolicy) -> Vec<MergedRange> {
    let mut order: Vec<(usize, &Range<u64>)> =
        ranges.iter().enumerate().filter(|(_, range)| range.start < range.end).collect();
    order.sort_by_key(|(index, range)| (range.start, range.end, *index));
    let widest = affordable_gap(&order, policy);
    let mut merged: Vec<MergedRange> = Vec::new();
    for (index, range) in order {
        if let Some(last) = merged.last_mut() {
            let end = last.range.end.max(range.end);
            let gap = range.start.saturating_sub(last.range.end);
            let adds_nothing = range.end <= last.range.end;
            if widest.allows(range.start, gap)
                && (adds_nothing || end.saturating_sub(last.range.start) <= policy.max_range_bytes)
            {
                last.range.end = end;
                last.members.push(index);
                continue;
            }
        }
        merged.push(MergedRange { range: range.clone(), members: vec![index] });
    }
    merged
}

/// Which gaps are fetched: all that are narrower, and those as wide up to a position.
struct Widest {
    gap_bytes: u64,
    last_start: u64,
}

impl Widest {
    /// Whether the gap before `start` is fetched.
    fn allows(&self, start: u64, gap_bytes: u64) -> bool {
        gap_bytes == 0 || gap_bytes < self.gap_bytes || (gap_bytes == self.gap_bytes && start <= self.last_start)
    }
}

/// The widest gap that can be afforded, when narrower ones and those of its width before it are fetched too.
fn affordable_gap(sorted: &[(usize, &Range<u64>)], policy: &MergePolicy) -> Widest {
    let (mut wanted, mut end) = (0_u64, 0_u64);
    let mut gaps = Vec::new();
    for (_, range) in sorted {
        if range.start > end && wanted > 0 {
            let gap = range.start.saturating_sub(end);
            if gap <= policy.merge_gap_bytes {
                gaps.push((gap, range.start));
            }
        }
        let start = range.start.max(end);
        wanted = wanted.saturating_add(range.end.saturating_sub(start));
        end = end.max(range.end);
    }
    gaps.sort_unstable();
    let mut left = (wanted / OVERFETCH_PART).max(policy.merge_gap_bytes);
    let mut widest = Widest { gap_bytes: 0, last_start: 0 };
    for (gap_bytes, last_start) in gaps {
        match left.checked_sub(gap_bytes) {
            Some(rest) => left = rest,
            None => break,
        }
        widest = Widest { gap_bytes, last_start };
    }
    widest
}

/// One part in so many of what is wanted may be fetched in vain.
const OVERFETCH_PART: u64 = 20;

#[cfg(test)]
#[path = "planner_tests.rs"]
mod tests;
