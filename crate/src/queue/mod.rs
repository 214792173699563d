//! Work that waits, as plain values: what a task is, how it passes from state to state, and whose turn it is. Knows no
//! store and no clock; the engine keeps tasks in the table `processing_queue`.
//!
//! Every change of a task raises its `revision`. A change is kept only where the stored revision is still the one that
//! it was made from, so that of any number of tabs, workers and processes one wins and the others look again.

mod choice;
mod life;
mod policy;
mod task;
mod turn;

pub use choice::{HEADS_PER_LANE, order_of_claims};
pub use life::Outcome;
pub use policy::Policy;
pub use task::{NewTask, Task, TaskError, TaskStatus, TaskType, task_id};
pub use turn::{Turn, lane_end, lane_of, lease_range, priority_of, ready_range, turn_range, waiting_range};

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
