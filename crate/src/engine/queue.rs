//! The workspace's queue: adding work, looking at it, retrying and cancelling it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::claims::Unfinished;
use super::question::ResampleOptions;
use super::tiling::TileOptions;
use super::validation::ValidationOptions;
use super::workspace::{Target, Workspace};
use crate::error::{Code, Error, Result};
use crate::grid::{Grid, GridDefinition};
use crate::queue::{NewTask, Task, TaskStatus, TaskType, task_id, turn_range};
use crate::store::{Fields, Row, Table, Write};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnqueueOptions {
    /// `raster_tiling`, `resampling` or `validation`.
    #[serde(rename = "type")]
    pub queue_type: String,
    /// Id, name or location.
    pub source: String,
    /// A stored grid's name or id, or a grid's JSON; `resampling` needs one.
    #[serde(default)]
    pub grid: Value,
    /// Larger ones come first.
    #[serde(default)]
    pub priority: i32,
    /// Tasks that must be done before.
    #[serde(default)]
    pub depends_on: Vec<String>,
    pub max_retries: Option<u32>,
    /// Options of the work: `method`, `band`, `overview`, … of `resample`, `tileSize` of `raster_tiling`.
    #[serde(default)]
    pub parameters: Value,
}

/// Which tasks are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskFilter {
    #[serde(rename = "type")]
    pub queue_type: Option<TaskType>,
    pub status: Option<TaskStatus>,
}

/// The queue at a glance.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueSummary {
    pub summary: Vec<TaskCount>,
    pub failed: Vec<Task>,
    /// Since the oldest task that is not done was added.
    pub oldest_age_ms: Option<i64>,
}

/// How many tasks of a type have a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskCount {
    pub queue_type: TaskType,
    pub status: TaskStatus,
    pub task_count: u64,
}

const TABLE: Table = Table::ProcessingQueue;

impl Workspace {
    /// Adds a task. A resampling waits for the tiling of its source where one is in the queue.
    ///
    /// `usage.task` for what makes no sense, `usage.unknown_source`, `usage.unknown_grid`, `usage.unknown_task` for
    /// what is not there: better now than when the task's turn comes.
    pub async fn enqueue(&self, options: &EnqueueOptions) -> Result<Task> {
        let queue_type = TaskType::parse(&options.queue_type).ok_or_else(|| {
            let names: Vec<&str> = TaskType::ALL.into_iter().map(TaskType::as_str).collect();
            usage(format!("expected a task type of {}, got {:?}", names.join(", "), options.queue_type))
        })?;
        let subject = self.subject(&Target::Ref(options.source.clone())).await?;
        self.check_parameters(queue_type, options, &subject).await?;
        let grid = self.grid_of_task(queue_type, &options.grid).await?;
        let parameters =
            if options.parameters.is_null() { Value::Object(Fields::new()) } else { options.parameters.clone() };
        let mut depends_on = options.depends_on.clone();
        if queue_type == TaskType::Resampling {
            depends_on
                .extend(self.tilings_of(&subject.id).await?.into_iter().filter(|id| !options.depends_on.contains(id)));
        }
        loop {
            let mut writes = Vec::new();
            let waits_for = match self.dependency(&depends_on).await? {
                None => None,
                Some(dependency) => {
                    let id = dependency.id.clone();
                    writes.extend(touch(&dependency)?);
                    Some(id)
                }
            };
            let task = Task::new(NewTask {
                id: task_id(self.now_ms(), self.next_number(), self.host.nonce()),
                queue_type,
                source: subject.id.clone(),
                grid: grid.clone(),
                parameters: parameters.clone(),
                priority: options.priority,
                origin: origin_of(&subject.location),
                max_retries: options.max_retries.unwrap_or(self.config.task_retries),
                depends_on: depends_on.clone(),
                waits_for,
                created: self.now_ms(),
            });
            writes.push(Write::Insert(TABLE, Row::from_record(&task)?));
            match self.store.write(writes).await {
                Ok(()) => return Ok(task),
                // The dependency went on meanwhile, or another process was given the same id.
                Err(error) if matches!(error.code(), Code::StoreChanged | Code::StoreConflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Tasks, oldest first.
    pub async fn tasks(&self, filter: &TaskFilter) -> Result<Vec<Task>> {
        let by_status = filter.status.map(|status| ("status", status.as_str().to_owned()));
        let rows = self.store.list(TABLE, by_status).await?;
        let tasks = rows.iter().map(|row| row.record(TABLE));
        let wanted = |task: &Task| filter.queue_type.is_none_or(|wanted| task.queue_type == wanted);
        tasks.filter(|task| task.as_ref().map_or(true, wanted)).collect()
    }

    /// The task of an id; `usage.unknown_task` where there is none.
    pub async fn task(&self, id: &str) -> Result<Task> {
        self.stored_task(id).await?.ok_or_else(|| unknown(id))
    }

    /// How many tasks of each type and status there are, those that failed, and how long the oldest waits.
    pub async fn queue_summary(&self) -> Result<QueueSummary> {
        let tasks = self.tasks(&TaskFilter::default()).await?;
        let mut counts: BTreeMap<(TaskType, TaskStatus), u64> = BTreeMap::new();
        for task in &tasks {
            *counts.entry((task.queue_type, task.status)).or_default() += 1;
        }
        let count = |((queue_type, status), task_count)| TaskCount { queue_type, status, task_count };
        let oldest = tasks.iter().filter(|task| !task.status.is_final()).map(|task| task.created).min();
        Ok(QueueSummary {
            summary: counts.into_iter().map(count).collect(),
            oldest_age_ms: oldest.map(|created| self.now_ms().saturating_sub(created).max(0)),
            failed: tasks.into_iter().filter(|task| task.status == TaskStatus::Failed).collect(),
        })
    }

    /// Lets failed and cancelled tasks run again, with those that they wait for; every failed one where no id is given.
    /// A task that waits after an error runs at once. `usage.task` for one that runs or is done.
    pub async fn retry_tasks(&self, ids: &[String]) -> Result<Vec<Task>> {
        let mut wanted = ids.to_vec();
        if ids.is_empty() {
            wanted = self.scan_tasks(turn_range("failed"), u32::MAX).await?.into_iter().map(|task| task.id).collect();
        }
        let mut retried: Vec<Task> = Vec::new();
        while let Some(id) = wanted.pop() {
            if retried.iter().any(|task| task.id == id) {
                continue;
            }
            let task = self.task(&id).await?;
            let after = match task.status {
                TaskStatus::Failed | TaskStatus::Cancelled => match self.first_unfinished(&task.depends_on).await? {
                    Unfinished::None => task.retried(None),
                    Unfinished::Waits(dependency) => {
                        let next = task.retried(Some(dependency.id.clone()));
                        let touched = dependency.touched();
                        match self.swap_all(vec![(*dependency, touched), (task, next.clone())]).await? {
                            true => retried.push(next),
                            false => wanted.push(id),
                        }
                        continue;
                    }
                    Unfinished::Failed(dependency) => {
                        wanted.extend([id, dependency]);
                        continue;
                    }
                },
                TaskStatus::Pending if task.not_before.is_some() => task.ready(),
                TaskStatus::Pending if ids.is_empty() || task.waits_for.is_some() => continue,
                TaskStatus::Pending => {
                    retried.push(task);
                    continue;
                }
                status if ids.contains(&id) => {
                    return Err(usage(format!(
                        "the task {id} is {}, only failed and cancelled ones are retried",
                        status.as_str()
                    )));
                }
                _ => continue,
            };
            if self.swap(&task, &after).await? {
                retried.push(after);
            } else {
                wanted.push(id);
            }
        }
        Ok(retried)
    }

    /// Cancels tasks and those that wait for them; a running one is stopped. `usage.task` for one that has ended.
    pub async fn cancel_tasks(&self, ids: &[String]) -> Result<Vec<Task>> {
        let mut cancelled = Vec::new();
        for id in ids {
            loop {
                let task = self.task(id).await?;
                if task.status == TaskStatus::Cancelled {
                    cancelled.push(task);
                    break;
                }
                if task.status.is_final() {
                    return Err(usage(format!("the task {id} is {} already", task.status.as_str())));
                }
                let after = task.cancelled(self.now_ms());
                if self.end(task, after.clone()).await? {
                    cancelled.push(after);
                    break;
                }
            }
            self.stop_run(id);
        }
        Ok(cancelled)
    }

    /// Removes tasks that ended before `days_old` days; returns how many.
    pub async fn clean_queue(&self, days_old: f64) -> Result<usize> {
        let before = self.now_ms().saturating_sub((days_old * DAY_MS) as i64);
        let ended = self.tasks(&TaskFilter::default()).await?.into_iter().filter(|task| {
            matches!(task.status, TaskStatus::Done | TaskStatus::Cancelled)
                && task.finished.is_some_and(|at| at < before)
        });
        let writes: Vec<Write> = ended.map(|task| Write::Delete(TABLE, task.id)).collect();
        let count = writes.len();
        self.store.write(writes).await?;
        Ok(count)
    }

    async fn check_parameters(
        &self,
        queue_type: TaskType,
        options: &EnqueueOptions,
        subject: &super::workspace::Subject,
    ) -> Result<()> {
        let parameters = &options.parameters;
        match queue_type {
            TaskType::Resampling => {
                let parsed: ResampleOptions = parameters_of(parameters)?;
                parsed.request(self.default_method(subject, None))?;
                if parsed.no_cache {
                    return Err(usage("a resampling task without the cache would leave nothing behind"));
                }
            }
            TaskType::RasterTiling => _ = parameters_of::<TileOptions>(parameters)?,
            TaskType::Validation => _ = parameters_of::<ValidationOptions>(parameters)?,
        }
        Ok(())
    }

    /// The grid as the task keeps it: the id of a stored one, else its normal definition.
    async fn grid_of_task(&self, queue_type: TaskType, grid: &Value) -> Result<Value> {
        match (queue_type, grid) {
            (TaskType::Resampling, Value::Null) => Err(usage("a resampling task needs a grid")),
            (TaskType::Resampling, Value::String(wanted)) => Ok(self.grid(wanted).await?.id.into()),
            (TaskType::Resampling, definition) => {
                Ok(Grid::new(&GridDefinition::from_value(definition)?)?.definition().to_value())
            }
            (_, Value::Null) => Ok(Value::Null),
            (queue_type, _) => Err(usage(format!("a {} task has no grid", queue_type.as_str()))),
        }
    }

    /// The first of these tasks that is not done yet.
    async fn dependency(&self, ids: &[String]) -> Result<Option<Task>> {
        for id in ids {
            self.task(id).await?;
        }
        match self.first_unfinished(ids).await? {
            Unfinished::None => Ok(None),
            Unfinished::Waits(task) => Ok(Some(*task)),
            Unfinished::Failed(id) => {
                Err(usage(format!("it depends on the task {id}, which did not succeed"))
                    .with_hint("retry that task first"))
            }
        }
    }

    async fn tilings_of(&self, source: &str) -> Result<Vec<String>> {
        let rows = self.store.list(TABLE, Some(("source", source.to_owned()))).await?;
        let tasks: Vec<Task> = rows.iter().map(|row| row.record(TABLE)).collect::<Result<_>>()?;
        let is_awaited = |task: &Task| task.queue_type == TaskType::RasterTiling && !task.status.is_final();
        Ok(tasks.into_iter().filter(is_awaited).map(|task| task.id).collect())
    }
}

/// Options of a task's work; `usage.task` where they are not what the work takes.
pub(super) fn parameters_of<T: serde::de::DeserializeOwned + Default>(parameters: &Value) -> Result<T> {
    if parameters.is_null() {
        return Ok(T::default());
    }
    T::deserialize(parameters).map_err(|cause| usage(format!("the task's options are not understood: {cause}")))
}

/// The writes that make another's change of a task fail, and change nothing else.
fn touch(task: &Task) -> Result<[Write; 2]> {
    let expect = Fields::from_iter([("revision".to_owned(), task.revision.into())]);
    Ok([
        Write::Require { table: TABLE, id: task.id.clone(), expect },
        Write::Put(TABLE, Row::from_record(&task.touched())?),
    ])
}

/// Scheme, host and port of a URL; `file` for what is no URL.
fn origin_of(location: &str) -> String {
    match location.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or_default()),
        None => "file".to_owned(),
    }
}

fn usage(message: impl Into<String>) -> Error {
    Error::new(Code::UsageTask, message)
}

fn unknown(id: &str) -> Error {
    Error::new(Code::UsageUnknownTask, format!("there is no task {id:?}")).with_hint("list them with queue-status")
}

const DAY_MS: f64 = 86_400_000.0;
