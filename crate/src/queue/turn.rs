//! Whose turn it is, as a text: an index over it finds what may be claimed without looking at the rest.
//!
//! `ready:PRIORITY:LANE:ID`, `later:TIME:ID`, `lease:TIME:ID`, `waits:TASK:ID`, and `done:…`, `failed:…`,
//! `cancelled:…` with the time of the end. Priorities are turned round so that larger ones sort first. A lane is a type
//! and an origin: the heads of all lanes are found by as many jumps as there are lanes.

use std::ops::Range;

use super::task::{Task, TaskStatus, TaskType};

/// When a task may be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    Ready { priority: i32, lane: String, id: String },
    Later { not_before: i64, id: String },
    Lease { until: i64, id: String },
    Waits { dependency: String, id: String },
    Ended { status: TaskStatus, at: i64, id: String },
}

impl Turn {
    #[must_use]
    pub fn of(task: &Task) -> Self {
        let id = task.id.clone();
        match task.status {
            TaskStatus::Running => Self::Lease { until: task.lease_until.unwrap_or_default(), id },
            TaskStatus::Pending => match (&task.waits_for, task.not_before) {
                (Some(dependency), _) => Self::Waits { dependency: dependency.clone(), id },
                (None, Some(not_before)) => Self::Later { not_before, id },
                (None, None) => {
                    Self::Ready { priority: task.priority, lane: lane_of(task.queue_type, &task.origin), id }
                }
            },
            status => Self::Ended { status, at: task.finished.unwrap_or_default(), id },
        }
    }

    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Ready { priority, lane, id } => format!("ready:{}:{lane}:{id}", priority_text(*priority)),
            Self::Later { not_before, id } => format!("later:{}:{id}", time_text(*not_before)),
            Self::Lease { until, id } => format!("lease:{}:{id}", time_text(*until)),
            Self::Waits { dependency, id } => format!("waits:{dependency}:{id}"),
            Self::Ended { status, at, id } => format!("{}:{}:{id}", status.as_str(), time_text(*at)),
        }
    }
}

/// The lane of a type and an origin.
#[must_use]
pub fn lane_of(queue_type: TaskType, origin: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || ".-".contains(letter) { letter } else { '_' };
    format!("{}@{}", queue_type.as_str(), origin.chars().map(plain).collect::<String>())
}

/// Every turn of a kind: `ready`, `later`, `lease`, `waits`, `done`, `failed`, `cancelled`.
#[must_use]
pub fn turn_range(kind: &str) -> Range<String> {
    format!("{kind}:")..format!("{kind};")
}

/// Every turn that is ready.
#[must_use]
pub fn ready_range() -> Range<String> {
    turn_range("ready")
}

/// Every lease.
#[must_use]
pub fn lease_range() -> Range<String> {
    turn_range("lease")
}

/// The turns that wait for a task.
#[must_use]
pub fn waiting_range(dependency: &str) -> Range<String> {
    format!("waits:{dependency}:")..format!("waits:{dependency};")
}

/// The priority and lane part of a ready turn.
#[must_use]
pub fn priority_of(turn: &str) -> &str {
    turn.split(':').nth(1).unwrap_or_default()
}

/// A text beyond every turn of the lane of this ready turn, and before those of the next lane.
#[must_use]
pub fn lane_end(turn: &str) -> String {
    let parts: Vec<&str> = turn.split(':').take(3).collect();
    format!("{};", parts.join(":"))
}

fn priority_text(priority: i32) -> String {
    format!("{:010}", i64::from(i32::MAX) - i64::from(priority))
}

fn time_text(time_ms: i64) -> String {
    format!("{:015}", time_ms.max(0))
}
