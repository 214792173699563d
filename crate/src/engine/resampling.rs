//! Numbers of a raster on a grid: what is stored is served, the rest computed and stored.

use serde::Serialize;
use serde_json::Value;

use super::answer::Answer;
use super::cancel::Cancellation;
use super::open::Opened;
use super::outbox::Outbox;
use super::question::{Question, ResampleOptions};
use super::recorder::Recorder;
use super::workspace::{Subject, Target, Workspace, is_out_of_reach};
use crate::error::{Code, Error, Result};
use crate::grid::{Chunk, Grid, GridDefinition};
use crate::resample::{Method, Options, Plan, Progress};
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
    pub columns: Vec<(Method, Vec<f64>)>,
    /// Of the first method.
    pub confidence: Vec<f64>,
    /// Longitude and latitude of every vertex, cell after cell, where they were asked for.
    pub outlines: Option<Vec<f64>>,
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
    /// 1-based.
    pub band: u32,
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
        let started_ms = self.host.now_ms();
        let grid = self.grid_of(grid).await?;
        let subject = self.subject(target).await?;
        let request = options.request(self.default_method(&subject))?;
        let opened = cancel.race(self.open_subject(&subject)).await;
        let fingerprint = match (&opened, &subject.record) {
            (Ok(opened), _) => opened.fingerprint.clone(),
            (Err(error), Some(record)) if is_out_of_reach(error) && !options.no_cache => record.fingerprint.clone(),
            (Err(_), _) => return Err(opened.err().unwrap_or_else(cancelled)),
        };
        let question = Question::new(&subject.id, fingerprint, &grid, options, request);
        let mut answer = cancel.race(self.stored_answer(&question)).await?;
        let mut provenance = Provenance {
            source: subject.location.clone(),
            etag: opened.as_ref().ok().and_then(|opened| opened.etag.clone()),
            fingerprint: question.fingerprint.clone(),
            level: answer.read.map_or(0, |(level, _)| level),
            scale: answer.read.map_or((1.0, 1.0), |(_, scale)| scale),
            methods: question.request.methods.clone(),
            band: options.band,
            blocks: 0,
            ranges: 0,
            bytes: 0,
            cache_hits: answer.served.len() as u64,
            cache_misses: 0,
            cells: grid.cell_count(),
            duration_ms: 0.0,
            notes: Vec::new(),
        };
        if answer.missing().is_empty() {
            if let Err(error) = opened {
                provenance
                    .notes
                    .push(format!("served from storage, the file could not be checked: {}", error.message()));
            }
        } else {
            let outcome = self.compute(&opened?, &question, &mut answer, &mut provenance, cancel, on_progress).await;
            self.watch(&subject.location, outcome)?;
        }
        self.count_access(&answer.served).await;
        let mut chunks: Vec<ResultChunk> = answer.chunks.into_iter().flatten().collect();
        if options.outlines.unwrap_or(grid.cell_count() <= OUTLINED_CELLS) {
            super::outlines::add(&grid, &mut chunks)?;
        }
        provenance.duration_ms = self.host.now_ms() - started_ms;
        Ok(ResultData { grid, chunks, provenance })
    }

    /// What `resample` would read, before anything but the file's directories is fetched.
    pub async fn explain(&self, target: &Target, grid: &GridInput, options: &ResampleOptions) -> Result<Explained> {
        let grid = self.grid_of(grid).await?;
        let subject = self.subject(target).await?;
        let request = options.request(self.default_method(&subject))?;
        let opened = self.open_subject(&subject).await?;
        let question = Question::new(&subject.id, opened.fingerprint.clone(), &grid, options, request);
        let answer = self.stored_answer(&question).await?;
        let run_options = self.run_options(None);
        let plan = Plan::new(&opened.dataset, &grid, &question.request, &run_options, &mut |_| Ok(())).await;
        let plan = self.watch(&subject.location, plan)?;
        let stored_chunks = answer.chunks.iter().flatten().count() as u64;
        Ok(Explained { plan, stored_chunks })
    }

    pub(super) async fn grid_of(&self, input: &GridInput) -> Result<Grid> {
        let definition = match input {
            GridInput::Definition(definition) => GridDefinition::from_value(definition)?,
            GridInput::Ref(wanted) => GridDefinition::from_value(&self.grid(wanted).await?.definition)?,
        };
        Grid::new(&definition)
    }

    fn default_method(&self, subject: &Subject) -> &str {
        let methods = &self.config.resampling_methods;
        match subject.record.as_ref().map(|record| record.kind) {
            Some(SourceKind::Categorical) => &methods.categorical,
            _ => &methods.continuous,
        }
    }

    fn run_options(&self, chunks: Option<std::ops::Range<u64>>) -> Options {
        let (merge, memory_limit_bytes) = (self.config.merge_policy(), self.config.memory_limit_bytes());
        Options { merge, memory_limit_bytes, chunks }
    }

    async fn stored_answer(&self, question: &Question<'_>) -> Result<Answer> {
        if question.options.no_cache {
            return Ok(Answer::empty(question));
        }
        Ok(Answer::stored(self.store.as_ref(), question).await.unwrap_or_else(|error| {
            self.warn(format!("stored results could not be looked up: {}", error.message()));
            Answer::empty(question)
        }))
    }

    /// Computes what is missing and stores it meanwhile.
    async fn compute(
        &self,
        opened: &Opened,
        question: &Question<'_>,
        answer: &mut Answer,
        provenance: &mut Provenance,
        cancel: &Cancellation,
        on_progress: &dyn Fn(Progress),
    ) -> Result<()> {
        for chunks in answer.missing() {
            let run_options = self.run_options(Some(chunks));
            let before = (provenance.blocks, provenance.bytes);
            let mut on_plan = |progress: Progress| {
                if cancel.is_cancelled() {
                    return Err(cancelled());
                }
                on_progress(Progress { bytes: before.1, ..progress });
                Ok(())
            };
            let planning = Plan::new(&opened.dataset, question.grid, &question.request, &run_options, &mut on_plan);
            let plan = cancel.race(planning).await?;
            let outbox = Outbox::default();
            let mut recorder = Recorder {
                question,
                host: self.host.clone(),
                outbox: &outbox,
                level: u32::try_from(plan.level).unwrap_or(u32::MAX),
                scale: plan.scale,
                cancel,
                on_progress,
                before,
                chunks: Vec::new(),
            };
            let run = async {
                let summary = cancel.race(plan.run(&opened.dataset, question.grid, &mut recorder)).await;
                outbox.close();
                summary
            };
            let (summary, delivery) = futures_util::future::join(run, outbox.deliver(self.store.as_ref())).await;
            if let Err(error) = delivery {
                self.warn(format!("the result could not be stored: {}", error.message()));
            }
            let fresh = recorder.chunks;
            let summary = summary?;
            provenance.level = u32::try_from(summary.level).unwrap_or(u32::MAX);
            provenance.scale = summary.scale;
            provenance.blocks = provenance.blocks.saturating_add(summary.blocks);
            provenance.ranges = provenance.ranges.saturating_add(summary.ranges);
            provenance.bytes = provenance.bytes.saturating_add(summary.bytes);
            provenance.cache_misses =
                provenance.cache_misses.saturating_add((fresh.len() * question.request.methods.len()) as u64);
            provenance.notes.extend(summary.notes);
            for chunk in fresh {
                answer.fill(chunk);
            }
        }
        Ok(())
    }

    async fn count_access(&self, rows: &[String]) {
        if rows.is_empty() {
            return;
        }
        if let Err(error) = cache::touch(self.store.as_ref(), rows, self.now_ms()).await {
            self.warn(format!("the access of stored results could not be noted: {}", error.message()));
        }
    }
}

/// Grids of up to this many cells come with outlines unless they are refused.
const OUTLINED_CELLS: u64 = 100_000;

fn cancelled() -> Error {
    Error::new(Code::Cancelled, "the call was cancelled")
}
