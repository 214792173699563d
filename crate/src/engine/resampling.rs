//! Numbers of a raster on a grid: what is stored is served, the rest computed and stored.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;

use futures_util::FutureExt;
use serde::Serialize;
use serde_json::Value;

use super::answer::{Answer, Served};
use super::caller::{Caller, Waiting};
use super::cancel::Cancellation;
use super::columns;
use super::delivery::{Delivery, Spent};
use super::log::Level;
use super::open::Opened;
use super::outbox::Outbox;
use super::question::{Bands, Question, ResampleOptions};
use super::recorder::{PlanWatch, Recorder, RunObserver};
use super::rests::Rests;
use super::tally::Tally;
use super::workspace::{Subject, Target, Workspace, is_out_of_reach};
use crate::error::{Code, Error, Result};
use crate::grid::{Chunk, Grid, GridDefinition, Rings};
use crate::num;
use crate::raster::{Dataset, Window};
use crate::resample::{Method, Options, Plan, Progress, Shares, Summary};
use crate::store::{SourceKind, cache};

/// A stored grid by id or name, or a grid's JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum GridInput {
    Ref(String),
    Definition(Value),
}

/// The values of a grid's cells, chunk by chunk.
#[derive(Debug, Clone)]
pub struct ResultData {
    pub grid: Grid,
    pub chunks: Vec<ResultChunk>,
    pub provenance: Provenance,
}

/// The values of one chunk, in the order of its cells; NaN where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultChunk {
    pub chunk: Chunk,
    /// By name: a method's; of several bands `b2_average` and each band's `b2_confidence`.
    pub columns: Vec<(String, Vec<f64>)>,
    /// Of the first method and band.
    pub confidence: Vec<f64>,
    /// In longitude and latitude, where they were asked for.
    pub outlines: Option<Rings>,
}

/// What a result was made from, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// Location of the source.
    pub source: String,
    pub etag: Option<String>,
    pub fingerprint: String,
    /// 0 is full resolution.
    pub level: u32,
    /// Source pixels of the level per cell, along its columns and rows.
    pub scale: (f64, f64),
    pub methods: Vec<Method>,
    /// Names of the columns, but for `confidence`.
    pub columns: Vec<String>,
    pub band: Bands,
    /// Blocks decoded, reads and bytes read for this result: 0 where it came from storage.
    pub blocks: u64,
    pub ranges: u64,
    pub bytes: u64,
    /// Stored columns that were served, and columns that were computed.
    pub cache_hits: u64,
    pub cache_misses: u64,
    pub cells: u64,
    pub duration_ms: f64,
    /// What the caller should know of this result.
    pub notes: Vec<String>,
    /// Whether all of it is stored now.
    #[serde(skip)]
    pub is_kept: bool,
}

/// A plan and what of it is stored already.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    #[serde(flatten)]
    pub plan: Plan,
    /// Chunks that would be served from storage.
    pub stored_chunks: u64,
}

/// What the runs of one answer have in common.
#[derive(Clone, Copy)]
pub(super) struct Run<'r, 'a> {
    pub question: &'r Question<'r>,
    pub location: &'r str,
    pub delivery: &'r RefCell<Delivery<'a>>,
    pub caller: &'r dyn Caller,
    /// What the tile index knows to hold nothing; looked up when something is computed.
    pub empty: &'r OnceCell<Vec<Window>>,
}

impl Workspace {
    /// The values of `target` on the cells of `grid`.
    ///
    /// What is stored for this version of the file is served; the rest is computed and stored while it is computed,
    /// so that a run that was stopped goes on where it ended. A store that fails costs a warning, never a result. A
    /// file that is out of reach is no error while everything is stored.
    pub async fn resample(
        &self,
        target: &Target,
        grid: &GridInput,
        options: &ResampleOptions,
        cancel: &Cancellation,
        on_progress: &dyn Fn(Progress),
    ) -> Result<ResultData> {
        self.resample_for(target, grid, options, &Waiting { cancel, on_progress, helpers: None }).await
    }

    /// As [`Workspace::resample`], for a caller that may take chunks while others are computed, and may bring helpers.
    /// The answer of one that takes chunks has none.
    pub async fn resample_for(
        &self,
        target: &Target,
        grid: &GridInput,
        options: &ResampleOptions,
        caller: &dyn Caller,
    ) -> Result<ResultData> {
        let started_ms = self.host.now_ms();
        let cancel = caller.cancel();
        let grid = self.grid_of(grid).await?;
        let wanted = options.wanted(&grid)?;
        let subject = self.subject(target).await?;
        // What is asked wrongly is said before anything is read.
        options.request(&self.config.resampling_methods.default)?;
        let opened = cancel.race(self.open_subject(&subject)).await;
        let request = options.request(self.default_method(&subject, opened.as_ref().ok()))?;
        let fingerprint = match (&opened, &subject.record) {
            (Ok(opened), _) => opened.fingerprint.clone(),
            (Err(error), Some(record)) if is_out_of_reach(error) && !options.no_cache => record.fingerprint.clone(),
            (Err(_), _) => return Err(opened.err().unwrap_or_else(cancelled)),
        };
        let question = Question::new(&subject.id, fingerprint, &grid, options, request);
        let cells = question.cells_of(&wanted);
        let delivery = RefCell::new(Delivery {
            grid: &grid,
            caller,
            has_outlines: options.outlines.unwrap_or(grid.cell_count() <= OUTLINED_CELLS),
            answer: Answer::default(),
            provenance: Provenance {
                source: subject.location.clone(),
                etag: opened.as_ref().ok().and_then(|opened| opened.etag.clone()),
                fingerprint: question.fingerprint.clone(),
                level: 0,
                scale: (1.0, 1.0),
                methods: question.request.methods.clone(),
                columns: columns::names(&question.request.bands0, &question.request.methods),
                band: options.band.clone(),
                blocks: 0,
                ranges: 0,
                bytes: 0,
                cache_hits: 0,
                cache_misses: 0,
                cells,
                duration_ms: 0.0,
                notes: Vec::new(),
                is_kept: !options.no_cache,
            },
            chunks: Vec::new(),
        });
        let empty = OnceCell::new();
        let run = Run { question: &question, location: &subject.location, delivery: &delivery, caller, empty: &empty };
        let tally = Tally::new(caller, cells);
        if let Err(error) = &opened {
            let note = format!("served from storage, the file could not be checked: {}", error.message());
            delivery.borrow_mut().note(note);
        }
        let mut opened = Some(opened);
        for part in self.parts(wanted, &question, caller) {
            let answer = cancel.race(self.stored_answer(&question, part.clone())).await?;
            let (served, missing) = (answer.served(), answer.missing());
            let missed_before = delivery.borrow().provenance.cache_misses;
            delivery.borrow_mut().begin(answer)?;
            let absent: u64 = missing.iter().map(|run| question.cells_of(run)).sum();
            tally.finish(question.cells_of(&part).saturating_sub(absent), 0);
            for chunks in missing {
                let outcome = match &opened {
                    Some(Ok(opened)) => self.compute(opened, &run, chunks, &tally).await,
                    _ => return Err(opened.take().and_then(std::result::Result::err).unwrap_or_else(cancelled)),
                };
                self.watch(&subject.location, outcome)?;
            }
            let misses = delivery.borrow().provenance.cache_misses.saturating_sub(missed_before);
            self.count_access(&question, &served, misses).await;
            if let Some(taker) = caller.taker() {
                cancel.race(taker.room().map(Ok)).await?;
            }
        }
        let Delivery { mut chunks, mut provenance, has_outlines, .. } = delivery.into_inner();
        if has_outlines {
            super::outlines::add(&grid, &mut chunks)?;
        }
        provenance.duration_ms = self.host.now_ms() - started_ms;
        Ok(ResultData { grid, chunks, provenance })
    }

    /// What `resample` would read, before anything but the file's directories is fetched.
    pub async fn explain(&self, target: &Target, grid: &GridInput, options: &ResampleOptions) -> Result<Explained> {
        let grid = self.grid_of(grid).await?;
        let subject = self.subject(target).await?;
        let opened = self.open_subject(&subject).await?;
        let request = options.request(self.default_method(&subject, Some(&opened)))?;
        let question = Question::new(&subject.id, opened.fingerprint.clone(), &grid, options, request);
        let wanted = options.wanted(&grid)?;
        let answer = self.stored_answer(&question, wanted.clone()).await?;
        let empty = self.empty_windows(&question).await;
        let run_options = Options { empty, ..self.run_options(&opened.dataset, wanted, true) };
        let plan = Plan::new(&opened.dataset, &grid, &question.request, &run_options, &mut |_| Ok(())).await;
        let plan = self.watch(&subject.location, plan)?;
        let stored_chunks = num::to_u64(answer.known());
        Ok(Explained { plan, stored_chunks })
    }

    pub(super) async fn grid_of(&self, input: &GridInput) -> Result<Grid> {
        let record = match input {
            // What a stored result has of zones: they are among the stored grids.
            GridInput::Definition(summary) if summary.get("digest").is_some() => self.grid_of_summary(summary).await?,
            GridInput::Definition(definition) => return Grid::new(&GridDefinition::from_value(definition)?),
            GridInput::Ref(wanted) => self.grid(wanted).await?,
        };
        Grid::new(&GridDefinition::from_value(&record.definition)?)
    }

    /// The method of a request that names none. A source that is not registered is categorical where it has a palette, as
    /// it would be if it were.
    pub(super) fn default_method(&self, subject: &Subject, opened: Option<&Opened>) -> &str {
        let methods = &self.config.resampling_methods;
        let has_palette = || opened.is_some_and(|opened| opened.dataset.info().color_table.is_some());
        match subject.record.as_ref().map(|record| record.kind) {
            Some(SourceKind::Categorical) => &methods.categorical,
            Some(SourceKind::Continuous) => &methods.continuous,
            None if has_palette() => &methods.categorical,
            None => &methods.default,
        }
    }

    fn run_options(&self, dataset: &Dataset, chunks: Range<u64>, keeps_chunks: bool) -> Options {
        let merge = dataset.source().merge_policy();
        let memory_limit_bytes = self.config.memory_limit_bytes();
        Options { merge, memory_limit_bytes, chunks: Some(chunks), keeps_chunks, empty: Vec::new() }
    }

    /// The wanted chunks in parts that are answered one after the other: as few as may be, where chunks are handed
    /// out while others wait in memory small enough for that.
    fn parts(
        &self,
        wanted: Range<u64>,
        question: &Question<'_>,
        caller: &dyn Caller,
    ) -> impl Iterator<Item = Range<u64>> + use<> {
        let bands = num::to_u64(question.request.bands0.len());
        let columns = num::to_u64(question.request.methods.len()).saturating_add(1).saturating_mul(bands);
        let chunk_bytes = num::to_u64(Chunk::MAX_CELLS).saturating_mul(columns).saturating_mul(8);
        let is_held = caller.taker().is_some() && (!question.options.no_cache || caller.helpers().is_some());
        let limit_bytes = if is_held { HELD_BYTES.min(self.config.memory_limit_bytes() / 8) } else { u64::MAX };
        let step = (limit_bytes / chunk_bytes.max(1)).max(1);
        let mut start = wanted.start;
        std::iter::from_fn(move || {
            let part = start..wanted.end.min(start.saturating_add(step));
            start = part.end;
            (!part.is_empty()).then_some(part)
        })
    }

    async fn stored_answer(&self, question: &Question<'_>, chunks: Range<u64>) -> Result<Answer> {
        if question.options.no_cache {
            return Ok(Answer::empty(chunks));
        }
        Ok(Answer::stored(self.store.as_ref(), question, chunks.clone(), self.oldest_served()).await.unwrap_or_else(
            |error| {
                self.warn(format!("stored results could not be looked up: {}", error.message()));
                Answer::empty(chunks)
            },
        ))
    }

    /// Computes missing chunks and stores them meanwhile: with helpers where there are any and it is worth it.
    async fn compute(&self, opened: &Opened, run: &Run<'_, '_>, chunks: Range<u64>, tally: &Tally<'_>) -> Result<()> {
        let Run { question, delivery, caller, .. } = *run;
        if run.empty.get().is_none() {
            let empty = caller.cancel().race(self.empty_windows(question).map(Ok)).await?;
            run.empty.get_or_init(|| empty);
        }
        let empty = run.empty.get().cloned().unwrap_or_default();
        if let Some(helpers) = caller.helpers() {
            let (grid, request) = (question.grid, &question.request);
            let shares = Shares::new(&opened.dataset, grid, request, chunks.clone(), helpers.team())?;
            if shares.ranges.len() > 1 {
                let work = self.compute_with(helpers, run, &shares, tally);
                match work.await {
                    Err(error) if error.code() == Code::HostWorker => {
                        self.warn(format!("computing without helpers: {}", error.message()));
                    }
                    outcome => return outcome,
                }
            }
        }
        let cancel = caller.cancel();
        let cells = question.cells_of(&chunks);
        let run_options = Options { empty, ..self.run_options(&opened.dataset, chunks, caller.taker().is_none()) };
        let rests = Rests::new(self.host.clone());
        let mut watch = PlanWatch { caller, tally, cells, rests: &rests };
        let planning = Plan::watched(&opened.dataset, question.grid, &question.request, &run_options, &mut watch);
        let plan = cancel.race(planning).await?;
        let outbox = Outbox::default();
        let recorder = Recorder {
            question,
            host: self.host.clone(),
            outbox: &outbox,
            level: u32::try_from(plan.level).unwrap_or(u32::MAX),
            scale: plan.scale,
            delivery,
        };
        let mut observer = RunObserver { recorder, caller, tally, cells, rests: &rests };
        let work = async {
            let summary = cancel.race(plan.run(&opened.dataset, question.grid, &mut observer)).await;
            outbox.close();
            summary
        };
        let (summary, ()) = futures_util::future::join(work, self.store_from(&outbox, question, delivery)).await;
        let Summary { level, scale, blocks, ranges, bytes, notes, .. } = summary?;
        tally.finish(cells, bytes);
        delivery.borrow_mut().spend(Spent { level, scale, blocks, ranges, bytes, notes });
        Ok(())
    }

    /// Stores what comes out of `outbox`. What can't be stored costs a warning.
    pub(super) async fn store_from(&self, outbox: &Outbox, question: &Question<'_>, delivery: &RefCell<Delivery<'_>>) {
        if let Err(error) = outbox.deliver(async |entries| self.keep(entries, &question.ids).await).await {
            delivery.borrow_mut().provenance.is_kept = false;
            self.warn(format!("the result could not be stored: {}", error.message()));
        }
    }

    async fn count_access(&self, question: &Question<'_>, served: &Served, misses: u64) {
        if question.options.no_cache {
            return;
        }
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let counts = cache::AccessCounts {
            hits: count(num::to_u64(served.rows.len())),
            misses: count(misses),
            bytes_served: count(served.bytes),
        };
        let (store, now) = (self.store.as_ref(), self.now_ms());
        self.log("cache", Level::Debug, || format!("{} of {}: {counts:?}", question.ids.join(" "), question.source_id));
        if let Err(error) = cache::touch(store, &served.rows, now, question.source_id, &counts).await {
            self.warn(format!("the access of stored results could not be noted: {}", error.message()));
        }
    }
}

/// Grids of up to this many cells come with outlines unless they are refused.
const OUTLINED_CELLS: u64 = 100_000;

/// Results that may wait in memory while a caller takes them one by one.
const HELD_BYTES: u64 = 64 << 20;

fn cancelled() -> Error {
    Error::new(Code::Cancelled, "the call was cancelled")
}

#[cfg(test)]
#[path = "resampling_tests.rs"]
mod tests;
