//! Progress of an answer's parts, as one that never goes back.

use std::cell::RefCell;

use super::super::cancel::Cancellation;
use super::*;

#[derive(Default)]
struct Listener {
    cancel: Cancellation,
    heard: RefCell<Vec<Progress>>,
}

impl Caller for Listener {
    fn cancel(&self) -> &Cancellation {
        &self.cancel
    }

    fn progress(&self, progress: Progress) {
        self.heard.borrow_mut().push(progress);
    }
}

fn said(phase: Phase, done: u64, total: u64, bytes: u64) -> Progress {
    Progress { phase, done, total, bytes }
}

#[test]
fn runs_add_up_in_cells_and_planning_never_comes_back() {
    let listener = Listener::default();
    let tally = Tally::new(&listener, 100);
    tally.finish(10, 0);
    tally.tell(40, said(Phase::Plan, 1, 2, 0));
    tally.tell(40, said(Phase::Resample, 0, 8, 5));
    tally.tell(40, said(Phase::Resample, 4, 8, 9));
    tally.finish(40, 9);
    tally.tell(50, said(Phase::Plan, 3, 4, 0));
    tally.tell(50, said(Phase::Resample, 1, 2, 3));
    tally.tell(50, said(Phase::Resample, 1, 2, 3));
    let heard: Vec<_> = listener.heard.take().iter().map(|p| (p.phase, p.done, p.total, p.bytes)).collect();
    let expected = [
        (Phase::Plan, 30, 100, 0),
        (Phase::Resample, 10, 100, 5),
        (Phase::Resample, 30, 100, 9),
        (Phase::Resample, 50, 100, 9),
        (Phase::Resample, 75, 100, 12),
    ];
    assert_eq!(heard, expected);
}

#[test]
fn runs_at_once_are_planning_until_one_works() {
    let mut together = Together::new([30, 10]);
    assert_eq!(together.hear(0, said(Phase::Plan, 1, 2, 0)), said(Phase::Plan, 15, 40, 0));
    assert_eq!(together.hear(1, said(Phase::Resample, 1, 2, 7)), said(Phase::Resample, 5, 40, 7));
    assert_eq!(together.hear(0, said(Phase::Resample, 6, 6, 1)), said(Phase::Resample, 35, 40, 8));
}
