//! Answers that helpers compute, and answers that are taken chunk by chunk.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::json;

use super::super::test_support::{TestHost, URL, asking, bits, half, world};
use super::super::{
    Cancellation, Config, GridInput, Provenance, RegisterOptions, ResampleOptions, ResultChunk, ResultData, Taker,
    Target, TileOptions, WorkerOptions, Workspace,
};
use super::*;
use crate::engine::caller::Caller;
use crate::grid::Grid;
use crate::store::MemoryStore;

/// Some 800 000 squares: enough that sharing among three is worth it.
fn squares() -> GridInput {
    GridInput::Definition(json!({
        "type": "square", "crs": "EPSG:4326", "cellSize": 0.07, "bounds": [-75, -30, 25, 10],
    }))
}

async fn workspace(host: &Rc<TestHost>) -> Workspace {
    Workspace::open(Rc::new(MemoryStore::new()), host.clone(), Config::default()).await.unwrap()
}

/// Workspaces of their own that help, the last of them first to be started.
struct Members {
    members: Vec<Workspace>,
    next: Cell<usize>,
    /// Chunks that were computed, by index.
    computed: RefCell<Vec<u64>>,
    failure: Option<Code>,
}

impl Members {
    async fn new(host: &Rc<TestHost>, count: usize) -> Self {
        let mut members = Vec::new();
        for _ in 0..count {
            members.push(workspace(host).await);
        }
        Self { members, next: Cell::new(count), computed: RefCell::default(), failure: None }
    }
}

impl Helpers for Members {
    fn team(&self) -> crate::resample::Team {
        crate::resample::Team { count: self.members.len(), running: self.members.len() }
    }

    fn compute<'a>(&'a self, job: Job, listener: &'a dyn Listener) -> LocalBoxFuture<'a, Result<Helped>> {
        self.next.set(self.next.get().checked_sub(1).unwrap_or(self.members.len() - 1));
        let member = &self.members[self.next.get()];
        async move {
            let caller = Member { cancel: Cancellation::new(), team: self, listener };
            let grid = GridInput::Definition(job.grid.clone());
            let outcome = member.resample_for(&Target::Ref(job.location), &grid, &job.options, &caller).await;
            if let Some(code) = self.failure {
                return Err(Error::new(code, "the helper is gone"));
            }
            let Provenance { fingerprint, blocks, ranges, bytes, notes, .. } = outcome?.provenance;
            Ok(Helped { fingerprint, blocks, ranges, bytes, notes })
        }
        .boxed_local()
    }
}

struct Member<'a> {
    cancel: Cancellation,
    team: &'a Members,
    listener: &'a dyn Listener,
}

impl Caller for Member<'_> {
    fn cancel(&self) -> &Cancellation {
        &self.cancel
    }

    fn progress(&self, progress: Progress) {
        self.listener.progress(progress);
    }

    fn taker(&self) -> Option<&dyn Taker> {
        Some(self)
    }
}

impl Taker for Member<'_> {
    fn take(&self, _: &Grid, chunk: ResultChunk, _: &Provenance) -> Result<()> {
        self.team.computed.borrow_mut().push(chunk.chunk.index);
        let ResultChunk { chunk, columns, confidence, .. } = chunk;
        self.listener.chunk(ChunkColumns { chunk, bands: super::super::bands((columns, confidence))? })
    }
}

/// Notes what it hears, and takes chunks where it is told to.
#[derive(Default)]
struct Patron<'a> {
    cancel: Cancellation,
    helpers: Option<&'a Members>,
    heard: RefCell<Vec<Progress>>,
    takes: bool,
    taken: RefCell<Vec<ResultChunk>>,
    /// Chunks that had been taken whenever room was asked for.
    asked: RefCell<Vec<usize>>,
}

impl Caller for Patron<'_> {
    fn cancel(&self) -> &Cancellation {
        &self.cancel
    }

    fn progress(&self, progress: Progress) {
        self.heard.borrow_mut().push(progress);
    }

    fn taker(&self) -> Option<&dyn Taker> {
        if self.takes { Some(self) } else { None }
    }

    fn helpers(&self) -> Option<&dyn Helpers> {
        self.helpers.map(|team| team as &dyn Helpers)
    }
}

impl Taker for Patron<'_> {
    fn take(&self, _: &Grid, chunk: ResultChunk, provenance: &Provenance) -> Result<()> {
        assert_eq!(provenance.source, URL);
        self.taken.borrow_mut().push(chunk);
        Ok(())
    }

    fn room(&self) -> LocalBoxFuture<'_, ()> {
        self.asked.borrow_mut().push(self.taken.borrow().len());
        async {}.boxed_local()
    }
}

async fn ask(workspace: &Workspace, options: &ResampleOptions, patron: &Patron<'_>) -> Result<ResultData> {
    workspace.resample_for(&Target::Ref(URL.to_owned()), &squares(), options, patron).await
}

fn code_of(outcome: Result<ResultData>) -> Option<Code> {
    outcome.err().map(|error| error.code())
}

fn host() -> Rc<TestHost> {
    let host = Rc::new(TestHost::default());
    host.put(URL, world(0.0));
    host
}

#[test]
fn any_number_of_helpers_gives_the_same_bits_and_no_chunk_twice() {
    pollster::block_on(async {
        let host = host();
        let options = asking(&["average", "bilinear"]);
        let alone = ask(&workspace(&host).await, &options, &Patron::default()).await.unwrap();
        for count in [2, 3] {
            let team = Members::new(&host, count).await;
            let patron = Patron { helpers: Some(&team), ..Patron::default() };
            let workspace = workspace(&host).await;
            let helped = ask(&workspace, &options, &patron).await.unwrap();
            assert!(bits(&helped) == bits(&alone));
            let mut computed = team.computed.take();
            computed.sort_unstable();
            assert_eq!(computed, (0..alone.chunks.len() as u64).collect::<Vec<_>>());
            assert_eq!(helped.provenance.cache_misses, alone.provenance.cache_misses);
            assert_eq!((helped.provenance.level, helped.provenance.scale), (0, alone.provenance.scale));
            assert!(helped.provenance.bytes >= alone.provenance.bytes);
            let heard = patron.heard.take();
            assert!(
                heard.windows(2).all(|two| two[0].phase != two[1].phase || two[0].done <= two[1].done),
                "{heard:?}"
            );
            assert!(heard.windows(2).all(|two| two[0].bytes <= two[1].bytes), "{heard:?}");
            let last = heard.last().unwrap();
            assert_eq!((last.done, last.total), (alone.provenance.cells, alone.provenance.cells));
            // It was this workspace that stored it.
            let again = ask(&workspace, &options, &patron).await.unwrap();
            assert_eq!((again.provenance.cache_misses, again.provenance.bytes), (0, 0));
            assert!(bits(&again) == bits(&alone));
            assert!(team.computed.take().is_empty());
        }
    });
}

#[test]
fn small_requests_are_not_shared() {
    pollster::block_on(async {
        let host = host();
        let team = Members::new(&host, 2).await;
        let patron = Patron { helpers: Some(&team), ..Patron::default() };
        let grid = json!({"type": "square", "crs": "EPSG:4326", "cellSize": 1, "bounds": [0, 0, 50, 50]});
        let target = Target::Ref(URL.to_owned());
        let workspace = workspace(&host).await;
        workspace.resample_for(&target, &GridInput::Definition(grid), &asking(&["average"]), &patron).await.unwrap();
        assert!(team.computed.take().is_empty());
    });
}

#[test]
fn a_helper_that_fails_fails_the_answer_and_one_that_cannot_be_had_does_not() {
    pollster::block_on(async {
        let host = host();
        let mut team = Members::new(&host, 2).await;
        team.failure = Some(Code::Bug);
        let workspace = workspace(&host).await;
        let options = asking(&["average"]);
        let patron = Patron { helpers: Some(&team), ..Patron::default() };
        assert_eq!(code_of(ask(&workspace, &options, &patron).await), Some(Code::Bug));
        team.failure = Some(Code::HostWorker);
        let patron = Patron { helpers: Some(&team), ..Patron::default() };
        let options = ResampleOptions { no_cache: true, ..options };
        let fallen_back = ask(&workspace, &options, &patron).await.unwrap();
        let alone = ask(&workspace, &options, &Patron::default()).await.unwrap();
        assert!(bits(&fallen_back) == bits(&alone));
        assert_eq!(workspace.take_warnings().len(), 1);
    });
}

#[test]
fn helpers_with_another_version_of_the_file_end_it() {
    pollster::block_on(async {
        let (mine, theirs) = (host(), host());
        theirs.put(URL, world(7.0));
        let team = Members::new(&theirs, 2).await;
        let patron = Patron { helpers: Some(&team), ..Patron::default() };
        let outcome = ask(&workspace(&mine).await, &asking(&["average"]), &patron).await;
        assert_eq!(code_of(outcome), Some(Code::SourceChanged));
    });
}

#[test]
fn chunks_are_taken_in_order_while_others_are_computed() {
    pollster::block_on(async {
        let host = host();
        let options = asking(&["average"]);
        let whole = ask(&workspace(&host).await, &options, &Patron::default()).await.unwrap();
        let team = Members::new(&host, 2).await;
        for helpers in [None, Some(&team)] {
            let mut workspace = workspace(&host).await;
            // Several batches, and several parts when there are helpers.
            workspace.config.memory_limit_mb = 8.0;
            for is_stored in [false, true] {
                let patron = Patron { helpers, takes: true, ..Patron::default() };
                let answer = ask(&workspace, &options, &patron).await.unwrap();
                assert!(answer.chunks.is_empty());
                assert_eq!(answer.provenance.cache_misses == 0, is_stored);
                let taken = ResultData { chunks: patron.taken.take(), ..answer };
                let order: Vec<u64> = taken.chunks.iter().map(|chunk| chunk.chunk.index).collect();
                assert_eq!(order, (0..whole.chunks.len() as u64).collect::<Vec<_>>());
                assert!(bits(&taken) == bits(&whole));
                let asked = patron.asked.take();
                assert!(asked.first().is_some_and(|first| *first < order.len()), "{asked:?}");
            }
        }
    });
}

#[test]
fn a_range_of_chunks_is_that_part_of_the_whole() {
    pollster::block_on(async {
        let workspace = workspace(&host()).await;
        let options = asking(&["average"]);
        let uncached = ResampleOptions { no_cache: true, ..options.clone() };
        let whole = ask(&workspace, &uncached, &Patron::default()).await.unwrap();
        let part = ResampleOptions { chunks: Some((2, 5)), ..options };
        for _ in 0..2 {
            let got = ask(&workspace, &part, &Patron::default()).await.unwrap();
            assert!(bits(&got) == bits(&whole)[2..5]);
            let cells: u64 = got.chunks.iter().map(|chunk| chunk.chunk.cell_count() as u64).sum();
            assert_eq!(got.provenance.cells, cells);
        }
        let outside = ResampleOptions { chunks: Some((0, 1000)), ..part };
        assert_eq!(code_of(ask(&workspace, &outside, &Patron::default()).await), Some(Code::UsageOption));
    });
}

#[test]
fn helpers_are_told_what_the_tile_index_knows_to_hold_nothing() {
    pollster::block_on(async {
        let host = Rc::new(TestHost::default());
        host.put(URL, half());
        let options = ResampleOptions { no_cache: true, ..asking(&["average", "count"]) };
        let (knowing, ignorant) = (workspace(&host).await, workspace(&host).await);
        let target = Target::Ref(URL.to_owned());
        knowing.register(&target, RegisterOptions::default()).await.unwrap();
        let tiling = TileOptions { tile_size: Some(64) };
        knowing.tile(&target, &tiling, &Cancellation::new(), &|_| {}).await.unwrap();
        let mut answers = Vec::new();
        for boss in [&knowing, &ignorant] {
            let team = Members::new(&host, 3).await;
            answers.push(ask(boss, &options, &Patron { helpers: Some(&team), ..Patron::default() }).await.unwrap());
            assert!(!team.computed.borrow().is_empty());
        }
        let [with, without] = answers.as_slice() else { panic!("two answers") };
        assert_eq!(bits(with), bits(without));
        assert!(with.provenance.blocks < without.provenance.blocks);
    });
}

#[test]
fn helpers_compute_tasks_of_the_queue_too() {
    pollster::block_on(async {
        let host = host();
        let (alone, workspace) = (workspace(&host).await, workspace(&host).await);
        let GridInput::Definition(grid) = squares() else { unreachable!("a definition") };
        let task = json!({"type": "resampling", "source": URL, "grid": grid, "parameters": {"method": ["average"]}});
        workspace.enqueue(&serde_json::from_value(task).unwrap()).await.unwrap();
        let team = Members::new(&host, 2).await;
        let patron = Patron { helpers: Some(&team), ..Patron::default() };
        let worker = WorkerOptions { worker: "w".to_owned(), types: Vec::new() };
        let ran = workspace.run_task(&worker, &patron).await.unwrap();
        assert_eq!(ran.task.map(|task| task.status), Some(crate::queue::TaskStatus::Done));
        assert!(!team.computed.take().is_empty());
        let stored = ask(&workspace, &asking(&["average"]), &Patron::default()).await.unwrap();
        assert_eq!(stored.provenance.cache_misses, 0);
        let wanted = ask(&alone, &asking(&["average"]), &Patron::default()).await.unwrap();
        assert!(bits(&stored) == bits(&wanted));
    });
}
