use serde_json::{Value, json};

use super::*;

fn task(id: &str, queue_type: TaskType, origin: &str, priority: i32) -> Task {
    Task::new(NewTask {
        id: id.to_owned(),
        queue_type,
        source: "s".to_owned(),
        grid: Value::Null,
        parameters: json!({}),
        priority,
        origin: origin.to_owned(),
        max_retries: 2,
        depends_on: Vec::new(),
        waits_for: None,
        created: 0,
    })
}

fn resampling(id: &str, origin: &str, priority: i32) -> Task {
    task(id, TaskType::Resampling, origin, priority)
}

fn network() -> TaskError {
    TaskError { code: "source.network".to_owned(), message: "reset".to_owned(), hint: None }
}

fn passing() -> Outcome {
    Outcome::Failed { error: network(), is_passing: true }
}

#[test]
fn turns_sort_by_priority_then_lane_then_age() {
    let mut tasks = [
        resampling("t3", "https://a.org", 0),
        resampling("t2", "https://b.org", 0),
        resampling("t1", "https://a.org", 0),
        resampling("t5", "https://b.org", 7),
        resampling("t4", "https://a.org", -7),
        task("t6", TaskType::RasterTiling, "https://b.org", 0),
    ];
    tasks.sort_by(|a, b| a.turn.cmp(&b.turn));
    let ids: Vec<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["t5", "t6", "t1", "t3", "t2", "t4"]);
    let turns: Vec<&str> = tasks.iter().map(|task| task.turn.as_str()).collect();
    assert!(turns.iter().all(|turn| ready_range().contains(&(*turn).to_owned())));
    // A jump to the end of a lane lands before the next one.
    assert!(turns[3] < lane_end(turns[2]).as_str() && lane_end(turns[2]).as_str() < turns[4]);
    assert_eq!(priority_of(turns[1]), priority_of(turns[4]));
    assert_ne!(priority_of(turns[0]), priority_of(turns[1]));
}

#[test]
fn the_extremes_of_priorities_and_times_keep_their_order() {
    let (least, most) = (resampling("a", "o", i32::MIN), resampling("a", "o", i32::MAX));
    assert!(most.turn < least.turn);
    let [early, late] = [9, 10].map(|until| Turn::Lease { until, id: "a".to_owned() }.text());
    assert!(early < late);
    assert_eq!(Turn::Lease { until: -5, id: "a".to_owned() }.text(), "lease:000000000000000:a");
}

#[test]
fn ids_sort_by_time_and_number() {
    let ids = [task_id(1_700_000_000_000, 1, 9), task_id(1_700_000_000_000, 2, 3), task_id(1_700_000_000_001, 0, 1)];
    assert!(ids.is_sorted());
}

#[test]
fn an_origin_that_is_busy_waits_for_others() {
    let policy = Policy::default();
    let running = vec![resampling("r1", "https://a.org", 0).claimed("w", &policy, 0)];
    let heads = vec![
        resampling("t1", "https://a.org", 0),
        resampling("t2", "https://b.org", 0),
        resampling("t3", "https://b.org", 0),
        resampling("t4", "https://a.org", 5),
    ];
    let order: Vec<String> = order_of_claims(heads, &running).into_iter().map(|task| task.id).collect();
    assert_eq!(order, ["t4", "t2", "t3", "t1"]);
}

#[test]
fn a_run_passes_through_its_states() {
    let policy = Policy::default();
    let added = resampling("t", "o", 0);
    let running = added.claimed("w", &policy, 1000);
    assert_eq!((running.status, running.lease_until, running.revision), (TaskStatus::Running, Some(31_000), 1));
    assert!(
        running.is_run_of("w", Some(1000)) && !running.is_run_of("v", Some(1000)) && !running.is_run_of("w", Some(1))
    );
    let renewed = running.renewed(0.5, &policy, 9000);
    assert_eq!((renewed.lease_until, renewed.progress, renewed.revision), (Some(39_000), 0.5, 2));
    let done = renewed.ended(Outcome::Done(json!({"cells": 3})), &policy, 9500);
    assert_eq!((done.status, done.finished, done.progress), (TaskStatus::Done, Some(9500), 1.0));
    assert_eq!((done.worker_id.clone(), done.lease_until), (None, None));
    assert!(turn_range("done").contains(&done.turn));
    assert_eq!(done.cancelled(9600), done);
    let released = renewed.ended(Outcome::Released, &policy, 9500);
    assert_eq!((released.status, released.retry_count, &released.turn), (TaskStatus::Pending, 0, &added.turn));
}

#[test]
fn failures_are_retried_ever_later_and_then_stay() {
    let policy = Policy::default();
    let mut task = resampling("t", "o", 0);
    let mut waits_ms = Vec::new();
    for _ in 0..2 {
        task = task.claimed("w", &policy, 0).ended(passing(), &policy, 0);
        assert_eq!(task.status, TaskStatus::Pending);
        assert!(turn_range("later").contains(&task.turn));
        let wait_ms = task.not_before.unwrap();
        assert!(!task.is_wait_over(&policy, wait_ms - 1) && task.is_wait_over(&policy, wait_ms));
        waits_ms.push(wait_ms);
        task = task.ready();
    }
    assert!((1600..=2400).contains(&waits_ms[0]) && (3200..=4800).contains(&waits_ms[1]), "{waits_ms:?}");
    task = task.claimed("w", &policy, 0).ended(passing(), &policy, 5);
    assert_eq!((task.status, task.error.clone(), task.finished), (TaskStatus::Failed, Some(network()), Some(5)));
    let again = task.retried(None);
    assert_eq!((again.status, again.retry_count, again.error.clone()), (TaskStatus::Pending, 0, None));
    let lasting = Outcome::Failed { error: network(), is_passing: false };
    assert_eq!(again.claimed("w", &policy, 0).ended(lasting, &policy, 0).status, TaskStatus::Failed);
}

#[test]
fn waits_are_never_endless() {
    let policy = Policy::default();
    for retry in [1, 2, 9, 31, u32::MAX] {
        for salt in [0, 1, 1000, u64::MAX] {
            let wait_ms = policy.backoff_ms(retry, salt);
            assert!((1600..=policy.max_retry_delay_ms * 6 / 5).contains(&wait_ms), "{retry} {salt}: {wait_ms}");
        }
    }
}

#[test]
fn a_clock_that_is_set_back_holds_no_task() {
    let policy = Policy::default();
    let hour_ms = 3_600_000;
    let running = resampling("t", "o", 0).claimed("w", &policy, hour_ms);
    assert!(!running.is_lease_over(hour_ms) && running.is_lease_over(hour_ms + policy.lease_ms));
    assert!(running.is_lease_over(0), "a lease of an hour was never given");
    assert!(!running.is_lease_over(hour_ms - policy.lease_ms / 2), "a clock that is a little off is nothing");
    let failed = running.ended(passing(), &policy, hour_ms);
    assert!(failed.is_wait_over(&policy, 0));
}

#[test]
fn a_task_that_kills_its_workers_ends() {
    let policy = Policy { max_lost: 2, ..Policy::default() };
    let mut task = resampling("t", "o", 0);
    for _ in 0..2 {
        task = task.claimed("w", &policy, 0).lost(&policy, 0);
        assert_eq!((task.status, task.retry_count), (TaskStatus::Pending, 0));
    }
    let revision = task.revision;
    task = task.claimed("w", &policy, 0).lost(&policy, 9);
    assert_eq!((task.status, task.finished, task.revision), (TaskStatus::Failed, Some(9), revision + 2));
    assert_eq!(task.error.unwrap().code, "queue.worker_lost");
}

#[test]
fn names_of_types_and_statuses_are_those_that_are_stored() {
    for kind in TaskType::ALL {
        assert_eq!(json!(kind), json!(kind.as_str()));
        assert_eq!(TaskType::parse(kind.as_str()), Some(kind));
    }
    for status in TaskStatus::ALL {
        assert_eq!(json!(status), json!(status.as_str()));
    }
}
