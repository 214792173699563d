//! One task from claim to end.

use std::cell::Cell;
use std::pin::pin;

use futures_util::future::{Either, pending, select};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::caller::{Caller, Waiting};
use super::cancel::Cancellation;
use super::claims::{Claim, task_error};
use super::log::Level;
use super::queue::parameters_of;
use super::resampling::GridInput;
use super::workspace::{Target, Workspace};
use crate::error::{Code, Error, Result};
use crate::queue::{Outcome, Task, TaskType};
use crate::resample::Progress;

/// Who asks for work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkerOptions {
    /// Unique among all workers of the workspace.
    pub worker: String,
    /// What it does; everything where it is empty.
    pub types: Vec<TaskType>,
}

/// What a worker did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskRun {
    /// The task as it is after the run; `None` where there was none to claim.
    pub task: Option<Task>,
    /// Whether the run was this worker's to its end: else another one has the task.
    pub is_ours: bool,
    /// Where there was none: something may come within this time by itself. `None` where nothing will.
    pub wait_ms: Option<i64>,
}

impl Workspace {
    /// Claims a task and works on it to its end, renewing its lease meanwhile; `caller`'s helpers may compute. Errors of
    /// the work go into the task; `cancelled` gives the task back.
    pub async fn run_task(&self, options: &WorkerOptions, caller: &dyn Caller) -> Result<TaskRun> {
        let cancel = caller.cancel();
        if options.worker.is_empty() {
            return Err(Error::new(Code::UsageTask, "expected a worker's name, got an empty one"));
        }
        if cancel.is_cancelled() {
            return Err(Error::new(Code::Cancelled, "the call was cancelled"));
        }
        let types = if options.types.is_empty() { &TaskType::ALL[..] } else { &options.types };
        let task = match self.claim(&options.worker, types).await? {
            Claim::Task(task) => *task,
            Claim::Wait { wait_ms } => return Ok(TaskRun { task: None, is_ours: false, wait_ms: Some(wait_ms) }),
            Claim::Nothing => return Ok(TaskRun { task: None, is_ours: false, wait_ms: None }),
        };
        self.log("queue", Level::Info, || {
            format!("{} {} starts in {}", task.queue_type.as_str(), task.id, options.worker)
        });
        let stop = self.begin_run(&task.id);
        let outcome = self.work(&task, caller, &stop).await;
        self.forget_run(&task.id);
        let ended = match outcome {
            Some(outcome) => self.end_run(&task, &outcome).await?,
            None => None,
        };
        let is_ours = ended.is_some();
        let after = match ended {
            Some(ended) => Some(ended),
            None => self.stored_task(&task.id).await?,
        };
        self.log("queue", Level::Info, || {
            let status = after.as_ref().map_or("gone", |task| task.status.as_str());
            format!("{} {} is {status}{}", task.queue_type.as_str(), task.id, if is_ours { "" } else { ", by another" })
        });
        if cancel.is_cancelled() {
            return Err(Error::new(Code::Cancelled, "the call was cancelled"));
        }
        Ok(TaskRun { task: after, is_ours, wait_ms: None })
    }

    /// How the run ended; `None` where the task is not this worker's any more.
    async fn work(&self, task: &Task, caller: &dyn Caller, stop: &Cancellation) -> Option<Outcome> {
        let cancel = caller.cancel();
        let progress = Cell::new(0.0);
        let note = |news: Progress| {
            if news.total > 0 && news.phase == crate::resample::Phase::Resample {
                progress.set(news.done as f64 / news.total as f64);
            }
            caller.progress(news);
        };
        // Stopped, not dropped: work that stops puts what it changed in order.
        let note = |news: Progress| {
            if cancel.is_cancelled() {
                stop.cancel();
            }
            note(news);
        };
        let stopping = async {
            let _ = cancel.race(pending::<Result<()>>()).await;
            stop.cancel();
            pending::<()>().await;
        };
        let waiting = Waiting { cancel: stop, on_progress: &note, helpers: caller.helpers() };
        let work = pin!(self.carry_out(task, &waiting));
        let lease = pin!(self.keep_lease(task, &progress));
        let outcome = match select(work, select(lease, pin!(stopping))).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => return None,
        };
        match outcome {
            Ok(result) => Some(Outcome::Done(result)),
            Err(_) if cancel.is_cancelled() => Some(Outcome::Released),
            // Cancelled from here: the row says so already.
            Err(_) if stop.is_cancelled() => None,
            Err(error) => {
                self.log("queue", Level::Warn, || format!("{} failed: {error}", task.id));
                let (error, is_passing) = task_error(&error);
                Some(Outcome::Failed { error, is_passing })
            }
        }
    }

    /// Renews the lease until the task is not this worker's any more: cancelled, or taken for lost.
    async fn keep_lease(&self, task: &Task, progress: &Cell<f64>) {
        let policy = self.config.queue_policy();
        let worker = task.worker_id.as_deref().unwrap_or_default();
        let look_ms = (policy.lease_ms / 6).clamp(10, 1000);
        let renew_ms = (policy.lease_ms / 4).min(2000);
        let mut renewed_ms = self.now_ms();
        loop {
            self.host.sleep(u32::try_from(look_ms).unwrap_or(1000)).await;
            // A store that fails now and then costs the lease only when it fails for long.
            let Ok(stored) = self.stored_task(&task.id).await else { continue };
            let Some(stored) = stored.filter(|stored| stored.is_run_of(worker, task.started)) else { return };
            let now = self.now_ms();
            if (0..renew_ms).contains(&now.saturating_sub(renewed_ms)) {
                continue;
            }
            if self.swap(&stored, &stored.renewed(progress.get(), &policy, now)).await.unwrap_or(false) {
                renewed_ms = now;
            }
        }
    }

    /// Does what the task says; gives what is worth keeping of it.
    async fn carry_out(&self, task: &Task, waiting: &Waiting<'_>) -> Result<Value> {
        let Waiting { cancel: stop, on_progress, .. } = *waiting;
        let target = Target::Ref(task.source.clone());
        match task.queue_type {
            TaskType::RasterTiling => {
                let tiles = self.tile(&target, &parameters_of(&task.parameters)?, stop, on_progress).await?;
                Ok(json!(tiles))
            }
            TaskType::Resampling => {
                let grid = match &task.grid {
                    Value::String(id) => GridInput::Ref(id.clone()),
                    definition => GridInput::Definition(definition.clone()),
                };
                let mut options: super::ResampleOptions = parameters_of(&task.parameters)?;
                options.outlines = Some(false);
                let result = self.resample_for(&target, &grid, &options, waiting).await?;
                let provenance = result.provenance;
                // A task's result is what is stored: one that is not is no result.
                if !provenance.is_kept {
                    return Err(Error::new(Code::StoreQuota, "the result could not be stored")
                        .with_hint("free space, or raise cacheLimitMb"));
                }
                Ok(json!({
                    "cells": provenance.cells, "methods": provenance.methods, "blocks": provenance.blocks,
                    "bytes": provenance.bytes, "cacheHits": provenance.cache_hits, "cacheMisses": provenance.cache_misses,
                }))
            }
            TaskType::Validation => {
                Ok(json!(self.validate(&target, &parameters_of(&task.parameters)?, stop, on_progress).await?))
            }
        }
    }
}
