//! Tasks in the store: every change is kept only where nobody changed the task meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::log::Level;
use super::workspace::Workspace;
use crate::error::{Code, Error, Result};
use crate::queue::{
    HEADS_PER_LANE, Outcome, Task, TaskError, TaskStatus, TaskType, Turn, lane_end, lease_range, order_of_claims,
    priority_of, ready_range, turn_range, waiting_range,
};
use crate::store::{Fields, Row, Table, Write};

const TABLE: Table = Table::ProcessingQueue;

/// What a worker gets when it asks for work.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Claim {
    Task(Box<Task>),
    /// Nothing now; something may come within this time by itself: a wait that ends, a lease that runs out.
    Wait {
        wait_ms: i64,
    },
    /// Nothing, and nothing will come unless somebody adds it.
    Nothing,
}

impl Workspace {
    /// The task that is now this worker's, of these types.
    pub(super) async fn claim(&self, worker: &str, types: &[TaskType]) -> Result<Claim> {
        loop {
            let running = self.running_tasks().await?;
            self.promote().await?;
            let heads = self.heads(types).await?;
            if heads.is_empty() {
                return self.wait(&running, types).await;
            }
            for task in order_of_claims(heads, &running) {
                let claimed = task.claimed(worker, &self.config.queue_policy(), self.now_ms());
                if self.swap(&task, &claimed).await? {
                    return Ok(Claim::Task(Box::new(claimed)));
                }
            }
            // Every head went to others: they got on, so this ends.
        }
    }

    /// Keeps `after` where the task is still as `before`; false where another changed it meanwhile.
    pub(super) async fn swap(&self, before: &Task, after: &Task) -> Result<bool> {
        self.swap_all(vec![(before.clone(), after.clone())]).await
    }

    /// As [`Workspace::swap`], for all of the tasks or none.
    pub(super) async fn swap_all(&self, changes: Vec<(Task, Task)>) -> Result<bool> {
        let mut writes = Vec::with_capacity(changes.len().saturating_mul(2));
        for (before, after) in &changes {
            let expect = Fields::from_iter([("revision".to_owned(), before.revision.into())]);
            writes.push(Write::Require { table: TABLE, id: before.id.clone(), expect });
            writes.push(Write::Put(TABLE, Row::from_record(after)?));
        }
        match self.store.write(writes).await {
            Ok(()) => Ok(true),
            Err(error) if error.code() == Code::StoreChanged => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes the end of the run of `task`, and what follows for the tasks that wait for it; false where the run is not
    /// this worker's any more.
    pub(super) async fn end_run(&self, task: &Task, outcome: &Outcome) -> Result<Option<Task>> {
        let worker = task.worker_id.clone().unwrap_or_default();
        loop {
            let current = self.stored_task(&task.id).await?.filter(|found| found.is_run_of(&worker, task.started));
            let Some(current) = current else { return Ok(None) };
            let ended = current.ended(outcome.clone(), &self.config.queue_policy(), self.now_ms());
            if self.end(current, ended.clone()).await? {
                return Ok(Some(ended));
            }
        }
    }

    /// Changes a task, and with one that has ended those that wait for it.
    pub(super) async fn end(&self, before: Task, after: Task) -> Result<bool> {
        let mut changes = vec![(before, after)];
        let mut awaited: BTreeMap<String, Task> = BTreeMap::new();
        let mut at = 0;
        while let Some((_, ended)) = changes.get(at).cloned() {
            at += 1;
            if !ended.status.is_final() {
                continue;
            }
            for waiting in self.scan_tasks(waiting_range(&ended.id), MOST_AT_ONCE).await? {
                let follows = self.follows(&waiting, &ended, &mut awaited).await?;
                changes.push((waiting, follows));
            }
        }
        // A task that another one now waits for must not end unseen meanwhile.
        for (id, task) in awaited {
            if changes.iter().all(|(before, _)| before.id != id) {
                let touched = task.touched();
                changes.push((task, touched));
            }
        }
        self.swap_all(changes).await
    }

    /// What becomes of a task that waited for `ended`; the task that it waits for next goes to `awaited`.
    async fn follows(&self, waiting: &Task, ended: &Task, awaited: &mut BTreeMap<String, Task>) -> Result<Task> {
        match ended.status {
            TaskStatus::Cancelled => Ok(waiting.cancelled(self.now_ms())),
            TaskStatus::Failed => Ok(waiting.failed(dependency_failed(&ended.id), self.now_ms())),
            _ => {
                let others: Vec<String> = waiting.depends_on.iter().filter(|id| **id != ended.id).cloned().collect();
                match self.first_unfinished(&others).await? {
                    Unfinished::None => Ok(waiting.waiting_for(None)),
                    Unfinished::Waits(dependency) => {
                        let id = dependency.id.clone();
                        awaited.insert(id.clone(), *dependency);
                        Ok(waiting.waiting_for(Some(id)))
                    }
                    Unfinished::Failed(id) => Ok(waiting.failed(dependency_failed(&id), self.now_ms())),
                }
            }
        }
    }

    /// The first of these tasks that is not done. One that is not there any more was done and cleaned up.
    pub(super) async fn first_unfinished(&self, ids: &[String]) -> Result<Unfinished> {
        for row in self.store.get(TABLE, ids.to_vec()).await?.iter().flatten() {
            let task: Task = row.record(TABLE)?;
            match task.status {
                TaskStatus::Done => {}
                TaskStatus::Failed | TaskStatus::Cancelled => return Ok(Unfinished::Failed(task.id)),
                TaskStatus::Pending | TaskStatus::Running => return Ok(Unfinished::Waits(Box::new(task))),
            }
        }
        Ok(Unfinished::None)
    }

    pub(super) async fn stored_task(&self, id: &str) -> Result<Option<Task>> {
        let rows = self.store.get(TABLE, vec![id.to_owned()]).await?;
        rows.first().and_then(Option::as_ref).map(|row| row.record(TABLE)).transpose()
    }

    /// Tasks by their turns.
    pub(super) async fn scan_tasks(&self, turns: Range<String>, limit: u32) -> Result<Vec<Task>> {
        self.store.scan(TABLE, "turn", turns, limit).await?.iter().map(|row| row.record(TABLE)).collect()
    }

    /// Frees the tasks of workers that are known to be dead, before their leases run out. Returns how many.
    pub async fn release_workers(&self, workers: &[String]) -> Result<usize> {
        let mut freed = 0;
        for task in self.scan_tasks(lease_range(), MOST_AT_ONCE).await? {
            let is_theirs = task.worker_id.as_ref().is_some_and(|worker| workers.contains(worker));
            if is_theirs && self.lose(&task).await? {
                freed += 1;
            }
        }
        Ok(freed)
    }

    /// Workers that have tasks.
    pub async fn queue_workers(&self) -> Result<Vec<String>> {
        let running = self.scan_tasks(lease_range(), MOST_AT_ONCE).await?;
        let workers: BTreeSet<String> = running.into_iter().filter_map(|task| task.worker_id).collect();
        Ok(workers.into_iter().collect())
    }

    /// The tasks that workers have, after those of dead ones were freed.
    async fn running_tasks(&self) -> Result<Vec<Task>> {
        let now = self.now_ms();
        let mut running = self.scan_tasks(lease_range(), MOST_AT_ONCE).await?;
        let mut kept = Vec::with_capacity(running.len());
        for task in running.drain(..) {
            if task.is_lease_over(now) {
                self.lose(&task).await?;
            } else {
                kept.push(task);
            }
        }
        Ok(kept)
    }

    /// Makes ready what waited long enough.
    async fn promote(&self) -> Result<()> {
        let (now, policy) = (self.now_ms(), self.config.queue_policy());
        let later = turn_range("later");
        let due = later.start..later_turn(now.saturating_add(1));
        // Waits that end later than any wait can were written by a clock that has been set back.
        let beyond = later_turn(now.saturating_add(policy.max_retry_delay_ms.saturating_mul(2)))..later.end;
        for turns in [due, beyond] {
            for task in self.scan_tasks(turns, MOST_AT_ONCE).await? {
                if task.is_wait_over(&policy, now) {
                    self.swap(&task, &task.ready()).await?;
                }
            }
        }
        Ok(())
    }

    async fn lose(&self, task: &Task) -> Result<bool> {
        let worker = task.worker_id.as_deref().unwrap_or_default();
        self.log("queue", Level::Warn, || format!("{} of worker {worker}, which died, is free again", task.id));
        self.end(task.clone(), task.lost(&self.config.queue_policy(), self.now_ms())).await
    }

    /// The first tasks of each lane of the highest priority that has any of these types.
    async fn heads(&self, types: &[TaskType]) -> Result<Vec<Task>> {
        let mut heads: Vec<Task> = Vec::new();
        let mut turns = ready_range();
        loop {
            let found = self.scan_tasks(turns.clone(), HEADS_PER_LANE).await?;
            let Some(first) = found.first() else { return Ok(heads) };
            let (priority, end) = (priority_of(&first.turn).to_owned(), lane_end(&first.turn));
            if heads.first().is_some_and(|head| priority_of(&head.turn) != priority) {
                return Ok(heads);
            }
            let in_lane = found.into_iter().filter(|task| task.turn < end && types.contains(&task.queue_type));
            heads.extend(in_lane);
            turns.start = end;
        }
    }

    /// How long a worker that found nothing should wait.
    async fn wait(&self, running: &[Task], types: &[TaskType]) -> Result<Claim> {
        let now = self.now_ms();
        let later = self.scan_tasks(turn_range("later"), MOST_AT_ONCE).await?;
        let ends_of_waits =
            later.iter().filter(|task| types.contains(&task.queue_type)).filter_map(|task| task.not_before);
        // What others run may come back, and what waits for it may become ready.
        let ends_of_leases = running.iter().filter_map(|task| task.lease_until);
        let waiting = self.scan_tasks(turn_range("waits"), MOST_AT_ONCE).await?;
        let matters = running.iter().chain(&waiting).any(|task| types.contains(&task.queue_type));
        let next = ends_of_waits.chain(ends_of_leases.filter(|_| matters)).min();
        Ok(next.map_or(Claim::Nothing, |next| Claim::Wait {
            wait_ms: next.saturating_sub(now).clamp(1, self.config.queue_policy().lease_ms.max(1)),
        }))
    }
}

/// Whether a task's dependencies are done.
pub(super) enum Unfinished {
    None,
    Waits(Box<Task>),
    Failed(String),
}

pub(super) fn dependency_failed(id: &str) -> TaskError {
    TaskError {
        code: Code::QueueDependencyFailed.as_str().to_owned(),
        message: format!("the task {id}, which must be done before, failed"),
        hint: Some("mend what made it fail and retry both".to_owned()),
    }
}

/// An error as a task keeps it, and whether trying again may help.
pub(super) fn task_error(error: &Error) -> (TaskError, bool) {
    let task_error = TaskError {
        code: error.code().as_str().to_owned(),
        message: error
            .to_string()
            .split_once(": ")
            .map_or_else(|| error.message().to_owned(), |(_, text)| text.to_owned()),
        hint: error.hint().map(str::to_owned),
    };
    let lasts = error.code() == Code::SourceNotFound || is_refused(error.status());
    (task_error, error.kind() == crate::ErrorKind::Host && !lasts)
}

fn later_turn(time_ms: i64) -> String {
    Turn::Later { not_before: time_ms, id: String::new() }.text()
}

/// Whether a server's answer will be the same again.
fn is_refused(status: Option<u16>) -> bool {
    status.is_some_and(|status| (400..500).contains(&status) && !matches!(status, 408 | 425 | 429))
}

/// More tasks than ever run or wait at once are looked at in parts.
const MOST_AT_ONCE: u32 = 1000;

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
