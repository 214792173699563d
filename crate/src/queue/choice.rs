//! Which of the tasks that are ready comes first.

use std::collections::HashMap;

use super::task::Task;

/// Heads of a lane that are looked at: more than one, so that workers that choose at once don't all miss but one.
pub const HEADS_PER_LANE: u32 = 4;

/// The order in which a worker tries to claim: highest priority, then the origin with the fewest running tasks, then
/// the oldest. `heads` are the first tasks of every lane, `running` those that any worker has.
#[must_use]
pub fn order_of_claims(mut heads: Vec<Task>, running: &[Task]) -> Vec<Task> {
    let mut load: HashMap<&str, usize> = HashMap::new();
    for task in running {
        *load.entry(task.origin.as_str()).or_default() += 1;
    }
    let load_of = |task: &Task| load.get(task.origin.as_str()).copied().unwrap_or_default();
    heads.sort_by(|a, b| {
        b.priority.cmp(&a.priority).then_with(|| load_of(a).cmp(&load_of(b))).then_with(|| a.id.cmp(&b.id))
    });
    heads
}
