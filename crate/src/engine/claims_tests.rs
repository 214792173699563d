//! Many workers on one queue, in any interleaving, with a clock that jumps.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::future::{FutureExt, LocalBoxFuture};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::engine::{Config, EnqueueOptions, Host, TaskFilter};
use crate::queue::{NewTask, task_id};
use crate::source::RangeReader;
use crate::store::{MemoryStore, Row, Store};

/// A memory store that lets others run before and after each of its transactions.
struct Interrupted(MemoryStore);

fn yield_once() -> impl Future<Output = ()> {
    let mut is_second = false;
    poll_fn(move |_| if std::mem::replace(&mut is_second, true) { Poll::Ready(()) } else { Poll::Pending })
}

fn interrupted<'a, T: 'a>(call: LocalBoxFuture<'a, Result<T>>) -> LocalBoxFuture<'a, Result<T>> {
    async move {
        yield_once().await;
        let answer = call.await;
        yield_once().await;
        answer
    }
    .boxed_local()
}

impl Store for Interrupted {
    fn kind(&self) -> &'static str {
        "interrupted"
    }

    fn get(&self, table: Table, ids: Vec<String>) -> LocalBoxFuture<'_, Result<Vec<Option<Row>>>> {
        let work = async move { self.0.get(table, ids).await };
        interrupted(work.boxed_local())
    }

    fn list(&self, table: Table, filter: Option<(&'static str, String)>) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        let work = async move { self.0.list(table, filter).await };
        interrupted(work.boxed_local())
    }

    fn scan(
        &self,
        table: Table,
        column: &'static str,
        texts: Range<String>,
        limit: u32,
    ) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        let work = async move { self.0.scan(table, column, texts, limit).await };
        interrupted(work.boxed_local())
    }

    fn write(&self, writes: Vec<Write>) -> LocalBoxFuture<'_, Result<()>> {
        let work = async move { self.0.write(writes).await };
        interrupted(work.boxed_local())
    }

    fn close(&self) {}
}

#[derive(Default)]
struct Clock(Cell<f64>);

impl Host for Clock {
    fn open(&self, location: &str) -> LocalBoxFuture<'_, Result<Rc<dyn RangeReader>>> {
        let error = Error::new(Code::SourceNotFound, location);
        async move { Err(error) }.boxed_local()
    }

    fn now_ms(&self) -> f64 {
        self.0.get()
    }
}

/// Random numbers that a seed repeats.
struct Dice(Cell<u64>);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        self.0.set(self.0.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
        (self.0.get() >> 33) % sides
    }
}

/// Polls the futures in random order until all are done.
fn run_all(mut futures: Vec<LocalBoxFuture<'_, ()>>, dice: &Dice) {
    let mut context = Context::from_waker(Waker::noop());
    let mut polls = 0_u32;
    while !futures.is_empty() {
        polls += 1;
        assert!(polls < 2_000_000, "the workers don't come to an end");
        let index = dice.roll(futures.len() as u64) as usize;
        if Pin::new(&mut futures[index]).poll(&mut context).is_ready() {
            drop(futures.swap_remove(index));
        }
    }
}

struct World {
    workspace: Workspace,
    clock: Rc<Clock>,
    dice: Dice,
    /// How often each task was brought to its end.
    ends: RefCell<HashMap<String, u32>>,
    /// Tasks that were started before a dependency was done.
    early: RefCell<Vec<String>>,
}

impl World {
    fn new(seed: u64) -> Self {
        let clock = Rc::new(Clock(Cell::new(1_700_000_000_000.0)));
        let store = Rc::new(Interrupted(MemoryStore::new()));
        let opening = Workspace::open(store, clock.clone(), Config::default());
        let mut slot = None;
        let dice = Dice(Cell::new(seed));
        run_all(vec![async { slot = Some(opening.await.unwrap()) }.boxed_local()], &dice);
        Self { workspace: slot.unwrap(), clock, dice, ends: RefCell::default(), early: RefCell::default() }
    }

    /// Adds a task with random dependencies on earlier ones.
    async fn add(&self, known: &RefCell<Vec<String>>) {
        let depends_on: Vec<String> = (0..self.dice.roll(3))
            .filter_map(|_| {
                let known = known.borrow();
                let count = known.len() as u64;
                if count == 0 { None } else { known.get(self.dice.roll(count) as usize).cloned() }
            })
            .collect();
        loop {
            let mut writes = Vec::new();
            let mut waits_for = None;
            match self.workspace.first_unfinished(&depends_on).await.unwrap() {
                Unfinished::None => {}
                Unfinished::Waits(task) => {
                    waits_for = Some(task.id.clone());
                    let expect = Fields::from_iter([("revision".to_owned(), task.revision.into())]);
                    writes.push(Write::Require { table: TABLE, id: task.id.clone(), expect });
                    writes.push(Write::Put(TABLE, Row::from_record(&task.touched()).unwrap()));
                }
                Unfinished::Failed(id) => panic!("{id} failed"),
            }
            let task = Task::new(NewTask {
                id: task_id(self.workspace.now_ms(), self.workspace.next_number(), 0),
                queue_type: TaskType::ALL[self.dice.roll(3) as usize],
                source: "s".to_owned(),
                grid: Value::Null,
                parameters: Value::Null,
                priority: self.dice.roll(3) as i32 - 1,
                origin: format!("https://{}.org", self.dice.roll(3)),
                max_retries: 1000,
                depends_on: depends_on.clone(),
                waits_for,
                created: 0,
            });
            writes.push(Write::Insert(TABLE, Row::from_record(&task).unwrap()));
            if self.workspace.store.write(writes).await.is_ok() {
                known.borrow_mut().push(task.id);
                return;
            }
        }
    }

    /// A worker that may be slow, die or fail, until nothing is left.
    async fn work(&self, name: String) {
        let mut incarnation = 0;
        loop {
            let worker = format!("{name}.{incarnation}");
            match self.workspace.claim(&worker, &TaskType::ALL).await.unwrap() {
                Claim::Nothing => return,
                Claim::Wait { wait_ms } => {
                    // Somebody looks at the clock again, later.
                    self.clock.0.set(self.clock.0.get() + wait_ms as f64);
                    yield_once().await;
                }
                Claim::Task(task) => {
                    if !matches!(self.workspace.first_unfinished(&task.depends_on).await.unwrap(), Unfinished::None) {
                        self.early.borrow_mut().push(task.id.clone());
                    }
                    for _ in 0..self.dice.roll(4) {
                        yield_once().await;
                        self.jump();
                        let stored = self.workspace.stored_task(&task.id).await.unwrap().unwrap();
                        if stored.is_run_of(&worker, task.started) {
                            let policy = self.workspace.config.queue_policy();
                            self.workspace
                                .swap(&stored, &stored.renewed(0.5, &policy, self.workspace.now_ms()))
                                .await
                                .unwrap();
                        }
                    }
                    let outcome = match self.dice.roll(10) {
                        0 => {
                            incarnation += 1;
                            continue;
                        }
                        1 => Outcome::Failed {
                            error: TaskError { code: "source.network".to_owned(), message: String::new(), hint: None },
                            is_passing: true,
                        },
                        2 => Outcome::Released,
                        _ => Outcome::Done(json!(worker)),
                    };
                    let ended = self.workspace.end_run(&task, &outcome).await.unwrap();
                    if let Some(ended) = ended.filter(|ended| ended.status == TaskStatus::Done) {
                        *self.ends.borrow_mut().entry(ended.id).or_default() += 1;
                    }
                }
            }
        }
    }

    /// The clock goes on, now and then far, now and then back.
    fn jump(&self) {
        let step = match self.dice.roll(20) {
            0 => -7_200_000.0,
            1 => 3_600_000.0,
            2..5 => 31_000.0,
            _ => 700.0,
        };
        self.clock.0.set((self.clock.0.get() + step).max(0.0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_task_is_done_once_whatever_happens(seed: u64, workers in 1_usize..6, tasks in 1_usize..14) {
        let world = World::new(seed);
        let known = RefCell::new(Vec::new());
        let adding = async {
            for _ in 0..tasks {
                world.add(&known).await;
            }
        };
        let mut all = vec![adding.boxed_local()];
        all.extend((0..workers).map(|worker| world.work(format!("w{worker}")).boxed_local()));
        run_all(all, &world.dice);
        // Those that came before the tasks went home: the last one clears up.
        run_all(vec![world.work("last".to_owned()).boxed_local()], &world.dice);
        let mut stored = None;
        let listing = async { stored = Some(world.workspace.tasks(&TaskFilter::default()).await.unwrap()) };
        run_all(vec![listing.boxed_local()], &world.dice);
        let stored = stored.unwrap();
        prop_assert_eq!(stored.len(), tasks);
        for task in &stored {
            let done_or_lost = task.status == TaskStatus::Done
                || task.error.as_ref().is_some_and(|error| error.code.starts_with("queue."));
            prop_assert!(done_or_lost, "{:?}", task);
            let ends = world.ends.borrow().get(&task.id).copied().unwrap_or_default();
            prop_assert_eq!(ends, u32::from(task.status == TaskStatus::Done), "{:?}", task);
        }
        prop_assert!(world.early.borrow().is_empty(), "{:?}", world.early.borrow());
    }
}

#[test]
fn what_makes_no_sense_is_refused_at_once() {
    let world = World::new(1);
    let refused = |options: Value| {
        let options: EnqueueOptions = serde_json::from_value(options).unwrap();
        let mut code = None;
        let asking = async { code = world.workspace.enqueue(&options).await.err().map(|error| error.code()) };
        run_all(vec![asking.boxed_local()], &world.dice);
        code
    };
    let source = "https://example.org/a.tif";
    let grid = json!({"type": "square", "crs": "EPSG:6933", "cellSize": 5000, "bounds": [0, 0, 50_000, 50_000]});
    assert_eq!(refused(json!({"type": "dreaming", "source": source})), Some(Code::UsageTask));
    assert_eq!(refused(json!({"type": "validation", "source": "plants"})), Some(Code::UsageUnknownSource));
    assert_eq!(refused(json!({"type": "resampling", "source": source})), Some(Code::UsageTask));
    assert_eq!(refused(json!({"type": "resampling", "source": source, "grid": "fine"})), Some(Code::UsageUnknownGrid));
    assert_eq!(refused(json!({"type": "validation", "source": source, "grid": grid})), Some(Code::UsageTask));
    let wrong_method =
        json!({"type": "resampling", "source": source, "grid": grid, "parameters": {"method": ["vote"]}});
    assert_eq!(refused(wrong_method), Some(Code::UsageMethod));
    let unknown = json!({"type": "validation", "source": source, "dependsOn": ["t_0"]});
    assert_eq!(refused(unknown), Some(Code::UsageUnknownTask));
    assert_eq!(refused(json!({"type": "resampling", "source": source, "grid": grid})), None);
}
