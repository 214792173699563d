//! A task: the row of `processing_queue`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::turn::Turn;

/// A piece of work and how far it is. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Ascending with the time at which it was added.
    pub id: String,
    pub queue_type: TaskType,
    /// Id of the source; its location where it is not registered.
    pub source: String,
    /// A stored grid's name or id, or a grid's JSON; null where the work has none.
    pub grid: Value,
    /// Options of the work.
    pub parameters: Value,
    /// Larger ones come first.
    pub priority: i32,
    pub status: TaskStatus,
    /// Where the source's bytes come from: no origin keeps all workers while others wait.
    pub origin: String,
    /// Sorts tasks by when they may be claimed; follows from the other columns.
    pub turn: String,
    /// Counts the changes of this row.
    pub revision: u64,
    /// Who runs it.
    pub worker_id: Option<String>,
    /// The worker is taken for dead after this, unless it renews.
    pub lease_until: Option<i64>,
    pub lease_ms: Option<i64>,
    /// Not to be tried again before this.
    pub not_before: Option<i64>,
    /// Runs that ended with an error that may pass.
    pub retry_count: u32,
    pub max_retries: u32,
    /// Runs whose worker died.
    pub lost_count: u32,
    /// 0–1.
    pub progress: f64,
    /// Why the last run ended badly.
    pub error: Option<TaskError>,
    /// What the work says of what it did.
    pub result: Value,
    /// Tasks that must be done before.
    pub depends_on: Vec<String>,
    /// The first of them that is not done.
    pub waits_for: Option<String>,
    pub created: i64,
    /// Start of the last run.
    pub started: Option<i64>,
    pub finished: Option<i64>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskType {
    /// Builds the tile index of a source.
    RasterTiling,
    /// Puts a source's values on a grid.
    Resampling,
    /// Reads a source again and compares it with what is stored of it.
    Validation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    Pending,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// An error as a task keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskError {
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
}

/// What a task is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    pub id: String,
    pub queue_type: TaskType,
    pub source: String,
    pub grid: Value,
    pub parameters: Value,
    pub priority: i32,
    pub origin: String,
    pub max_retries: u32,
    pub depends_on: Vec<String>,
    /// The first dependency that is not done.
    pub waits_for: Option<String>,
    pub created: i64,
}

impl TaskType {
    pub const ALL: [Self; 3] = [Self::RasterTiling, Self::Resampling, Self::Validation];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RasterTiling => "raster_tiling",
            Self::Resampling => "resampling",
            Self::Validation => "validation",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl TaskStatus {
    pub const ALL: [Self; 5] = [Self::Pending, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

impl Task {
    /// A task that was just added.
    #[must_use]
    pub fn new(new: NewTask) -> Self {
        let mut task = Self {
            id: new.id,
            queue_type: new.queue_type,
            source: new.source,
            grid: new.grid,
            parameters: new.parameters,
            priority: new.priority,
            status: TaskStatus::Pending,
            origin: new.origin,
            turn: String::new(),
            revision: 0,
            worker_id: None,
            lease_until: None,
            lease_ms: None,
            not_before: None,
            retry_count: 0,
            max_retries: new.max_retries,
            lost_count: 0,
            progress: 0.0,
            error: None,
            result: Value::Null,
            depends_on: new.depends_on,
            waits_for: new.waits_for,
            created: new.created,
            started: None,
            finished: None,
        };
        task.turn = Turn::of(&task).text();
        task
    }

    /// Whether a run that this worker began at `started` is still this task's run.
    #[must_use]
    pub fn is_run_of(&self, worker: &str, started: Option<i64>) -> bool {
        self.status == TaskStatus::Running && self.worker_id.as_deref() == Some(worker) && self.started == started
    }
}

/// An id that sorts by time, then by `count`; `nonce` tells processes apart.
#[must_use]
pub fn task_id(now_ms: i64, count: u32, nonce: u32) -> String {
    format!("t_{:011x}{:04x}{:06x}", now_ms.max(0), count & 0xffff, nonce & 0x00ff_ffff)
}
