//! How a task passes from state to state. Each function gives the task as it is afterwards.

use serde_json::Value;

use crate::error::Code;

use super::policy::Policy;
use super::task::{Task, TaskError, TaskStatus};
use super::turn::Turn;

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Done(Value),
    /// `is_passing`: whether trying again may help.
    Failed {
        error: TaskError,
        is_passing: bool,
    },
    /// The worker stops; nothing is wrong with the task.
    Released,
}

impl Task {
    /// The task in the hands of a worker.
    #[must_use]
    pub fn claimed(&self, worker: &str, policy: &Policy, now_ms: i64) -> Self {
        self.changed(|task| {
            task.status = TaskStatus::Running;
            task.worker_id = Some(worker.to_owned());
            task.lease_ms = Some(policy.lease_ms);
            task.lease_until = Some(now_ms.saturating_add(policy.lease_ms));
            task.started = Some(now_ms);
            task.progress = 0.0;
        })
    }

    /// The same run with a new lease.
    #[must_use]
    pub fn renewed(&self, progress: f64, policy: &Policy, now_ms: i64) -> Self {
        self.changed(|task| {
            task.lease_until = Some(now_ms.saturating_add(policy.lease_ms));
            task.progress = progress.clamp(0.0, 1.0);
        })
    }

    /// The task after its run.
    #[must_use]
    pub fn ended(&self, outcome: Outcome, policy: &Policy, now_ms: i64) -> Self {
        match outcome {
            Outcome::Done(result) => self.changed(|task| {
                task.finish(TaskStatus::Done, now_ms);
                task.progress = 1.0;
                task.result = result;
                task.error = None;
            }),
            Outcome::Released => self.changed(Self::unclaim),
            Outcome::Failed { error, is_passing } => {
                let retries = self.retry_count.saturating_add(1);
                if is_passing && retries <= self.max_retries {
                    let wait_ms = policy.backoff_ms(retries, self.salt());
                    return self.changed(|task| {
                        task.unclaim();
                        task.retry_count = retries;
                        task.not_before = Some(now_ms.saturating_add(wait_ms));
                        task.error = Some(error);
                    });
                }
                self.failed(error, now_ms)
            }
        }
    }

    /// The task that will not be tried again by itself.
    #[must_use]
    pub fn failed(&self, error: TaskError, now_ms: i64) -> Self {
        self.changed(|task| {
            task.finish(TaskStatus::Failed, now_ms);
            task.error = Some(error);
        })
    }

    /// The task after its worker died: it is ready again at once, unless it may be what kills workers.
    #[must_use]
    pub fn lost(&self, policy: &Policy, now_ms: i64) -> Self {
        let lost = self.lost_count.saturating_add(1);
        if lost > policy.max_lost {
            let error = TaskError {
                code: Code::QueueWorkerLost.as_str().to_owned(),
                message: format!("the workers that ran it died, {lost} times"),
                hint: Some("look at what the task needs (memory, the file) before retrying it".to_owned()),
            };
            return self.changed(|task| task.lost_count = lost).failed(error, now_ms).at_revision(self);
        }
        self.changed(|task| {
            task.unclaim();
            task.lost_count = lost;
        })
    }

    /// The task whose wait is over.
    #[must_use]
    pub fn ready(&self) -> Self {
        self.changed(|task| task.not_before = None)
    }

    /// The task when its dependency is done: `next` is the first that is not.
    #[must_use]
    pub fn waiting_for(&self, next: Option<String>) -> Self {
        self.changed(|task| task.waits_for = next)
    }

    /// The task that is not wanted any more; one that has ended stays as it is.
    #[must_use]
    pub fn cancelled(&self, now_ms: i64) -> Self {
        if self.status.is_final() {
            return self.clone();
        }
        self.changed(|task| task.finish(TaskStatus::Cancelled, now_ms))
    }

    /// A failed or cancelled task as if it had just been added; `next` is the first dependency that is not done.
    #[must_use]
    pub fn retried(&self, next: Option<String>) -> Self {
        self.changed(|task| {
            task.unclaim();
            task.retry_count = 0;
            task.lost_count = 0;
            task.error = None;
            task.result = Value::Null;
            task.finished = None;
            task.waits_for = next;
        })
    }

    /// The same task at a new revision: what makes another's change of it fail.
    #[must_use]
    pub fn touched(&self) -> Self {
        self.changed(|_| {})
    }

    /// Whether the worker has not renewed in time. A lease that reaches further than any lease is given for was written
    /// by a clock that has been set back since: it says nothing.
    #[must_use]
    pub fn is_lease_over(&self, now_ms: i64) -> bool {
        let (Some(until), Some(lease_ms)) = (self.lease_until, self.lease_ms) else { return true };
        until <= now_ms || until.saturating_sub(now_ms) > lease_ms.saturating_mul(2)
    }

    /// Whether a task that failed may be tried again; as with leases, a wait that is longer than any is none.
    #[must_use]
    pub fn is_wait_over(&self, policy: &Policy, now_ms: i64) -> bool {
        let Some(not_before) = self.not_before else { return true };
        let longest_ms = policy.max_retry_delay_ms.saturating_mul(2);
        not_before <= now_ms || not_before.saturating_sub(now_ms) > longest_ms
    }

    fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut task = self.clone();
        change(&mut task);
        task.at_revision(self)
    }

    /// One revision after `before`, at its turn.
    fn at_revision(mut self, before: &Self) -> Self {
        self.revision = before.revision.saturating_add(1);
        self.turn = Turn::of(&self).text();
        self
    }

    fn unclaim(&mut self) {
        self.status = TaskStatus::Pending;
        self.worker_id = None;
        self.lease_until = None;
        self.lease_ms = None;
        self.not_before = None;
        self.progress = 0.0;
    }

    fn finish(&mut self, status: TaskStatus, now_ms: i64) {
        self.unclaim();
        self.status = status;
        self.waits_for = None;
        self.finished = Some(now_ms);
    }

    /// A number that is another for each task and retry.
    fn salt(&self) -> u64 {
        let start = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(self.retry_count);
        self.id.bytes().fold(start, |salt, byte| (salt ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }
}
