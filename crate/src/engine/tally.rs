//! How far an answer is, in cells, whatever its parts are told in.

use std::cell::Cell;

use super::caller::Caller;
use crate::resample::{Phase, Progress};

/// Adds up the runs of an answer and tells its caller.
pub(super) struct Tally<'a> {
    caller: &'a dyn Caller,
    /// Cells of the whole answer.
    total: u64,
    /// Cells and bytes of what is finished.
    before: Cell<(u64, u64)>,
    /// What the caller heard last.
    told: Cell<Option<Progress>>,
}

impl<'a> Tally<'a> {
    pub fn new(caller: &'a dyn Caller, total: u64) -> Self {
        Self { caller, total, before: Cell::default(), told: Cell::default() }
    }

    /// Notes what is finished: a run, or cells that were stored.
    pub fn finish(&self, cells: u64, bytes: u64) {
        let (done, read) = self.before.get();
        self.before.set((done.saturating_add(cells).min(self.total), read.saturating_add(bytes)));
    }

    /// Tells how far a run of `cells` cells is, whatever `progress` counts in.
    pub fn tell(&self, cells: u64, progress: Progress) {
        let (done, bytes) = self.before.get();
        let told = self.told.get();
        let has_begun = told.is_some_and(|told| told.phase == Phase::Resample);
        let phase = if has_begun { Phase::Resample } else { progress.phase };
        let part = if phase == progress.phase { share(cells, progress.done, progress.total) } else { 0 };
        let mut now = Progress {
            phase,
            done: done.saturating_add(part).min(self.total),
            total: self.total,
            bytes: bytes.saturating_add(progress.bytes),
        };
        if let Some(told) = told {
            now.bytes = now.bytes.max(told.bytes);
            if told.phase == now.phase {
                now.done = now.done.max(told.done);
            }
        }
        if told != Some(now) {
            self.told.set(Some(now));
            self.caller.progress(now);
        }
    }
}

/// `cells` × `done` / `total`.
fn share(cells: u64, done: u64, total: u64) -> u64 {
    let part = u128::from(cells) * u128::from(done.min(total)) / u128::from(total.max(1));
    u64::try_from(part).unwrap_or(cells)
}

/// How far runs that go on at once are, as one.
pub(super) struct Together {
    /// Cells of each run, and what it said last.
    runs: Vec<(u64, Option<Progress>)>,
}

impl Together {
    pub fn new(cells: impl IntoIterator<Item = u64>) -> Self {
        Self { runs: cells.into_iter().map(|cells| (cells, None)).collect() }
    }

    /// Takes what a run said; gives how far all of them are, in cells.
    pub fn hear(&mut self, run: usize, progress: Progress) -> Progress {
        if let Some((_, said)) = self.runs.get_mut(run) {
            *said = Some(progress);
        }
        let said = || self.runs.iter().filter_map(|(cells, said)| said.map(|said| (*cells, said)));
        let is_working = said().any(|(_, said)| said.phase == Phase::Resample);
        let phase = if is_working { Phase::Resample } else { Phase::Plan };
        let done =
            said().filter(|(_, said)| said.phase == phase).map(|(cells, said)| share(cells, said.done, said.total));
        Progress {
            phase,
            done: done.fold(0, u64::saturating_add),
            total: self.cells(),
            bytes: said().map(|(_, said)| said.bytes).fold(0, u64::saturating_add),
        }
    }

    /// Of all runs.
    pub fn cells(&self) -> u64 {
        self.runs.iter().map(|(cells, _)| *cells).fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
