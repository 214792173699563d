use futures_util::FutureExt;
use futures_util::future::join_all;

use super::*;

fn view(limiter: &Rc<Limiter>, permits: usize) -> Acquire {
    limiter.acquire(permits, Urgency::view())
}

#[test]
fn permits_go_round_in_the_order_of_asking() {
    let limiter = Limiter::new();
    let first = view(&limiter, 1).now_or_never().unwrap();
    let (mut second, mut third) = (view(&limiter, 1), view(&limiter, 1));
    assert!((&mut second).now_or_never().is_none());
    assert!((&mut third).now_or_never().is_none());
    drop(first);
    assert!((&mut third).now_or_never().is_none(), "the second asked before");
    let permit = (&mut second).now_or_never().unwrap();
    drop(permit);
    assert!((&mut third).now_or_never().is_some());
}

#[test]
fn a_view_goes_before_batches_that_asked_earlier() {
    let limiter = Limiter::new();
    let first = view(&limiter, 1).now_or_never().unwrap();
    let mut batch = limiter.acquire(1, Urgency::batch());
    let mut view = view(&limiter, 1);
    assert!((&mut batch).now_or_never().is_none());
    assert!((&mut view).now_or_never().is_none());
    drop(first);
    assert!((&mut batch).now_or_never().is_none());
    drop((&mut view).now_or_never().unwrap());
    assert!((&mut batch).now_or_never().is_some());
}

#[test]
fn a_batch_that_is_hurried_goes_before_others() {
    let limiter = Limiter::new();
    let _three: Vec<_> = (0..3).map(|_| limiter.acquire(4, Urgency::batch()).now_or_never().unwrap()).collect();
    let urgency = Urgency::batch();
    let (mut first, mut hurried) = (limiter.acquire(4, Urgency::batch()), limiter.acquire(4, urgency.clone()));
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut hurried).now_or_never().is_none());
    urgency.hurry();
    assert!((&mut first).now_or_never().is_none(), "the last permit is for views");
    assert!((&mut hurried).now_or_never().is_some());
}

#[test]
fn batches_leave_room_for_a_view() {
    let limiter = Limiter::new();
    let batches: Vec<_> = (0..3).map(|_| limiter.acquire(4, Urgency::batch()).now_or_never().unwrap()).collect();
    assert!(limiter.acquire(4, Urgency::batch()).now_or_never().is_none());
    assert!(view(&limiter, 4).now_or_never().is_some());
    drop(batches);
    // Of few permits none is kept back.
    let _two: Vec<_> = (0..2).map(|_| limiter.acquire(2, Urgency::batch()).now_or_never().unwrap()).collect();
}

#[test]
fn each_keeps_to_its_own_limit() {
    let limiter = Limiter::new();
    let first = view(&limiter, 1).now_or_never().unwrap();
    let mut strict = view(&limiter, 1);
    assert!((&mut strict).now_or_never().is_none());
    let loose = view(&limiter, 2).now_or_never().expect("the one before can't have it anyway");
    drop(first);
    assert!((&mut strict).now_or_never().is_none());
    drop(loose);
    assert!((&mut strict).now_or_never().is_some());
}

#[test]
fn who_stops_waiting_is_passed_over() {
    let limiter = Limiter::new();
    let first = view(&limiter, 1).now_or_never().unwrap();
    let (mut second, mut third) = (view(&limiter, 1), view(&limiter, 1));
    let _ = (&mut second).now_or_never();
    let _ = (&mut third).now_or_never();
    drop(second);
    drop(first);
    assert!((&mut third).now_or_never().is_some());
}

#[test]
fn never_more_than_allowed_and_all_finish() {
    let limiter = Limiter::new();
    let (now, most) = (Cell::new(0), Cell::new(0));
    let jobs = (0..20).map(|job| {
        let (limiter, now, most) = (&limiter, &now, &most);
        async move {
            let urgency = if job % 2 == 0 { Urgency::batch() } else { Urgency::view() };
            let _permit = limiter.acquire(3, urgency).await;
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            for _ in 0..job % 4 {
                yield_once().await;
            }
            now.set(now.get() - 1);
        }
    });
    pollster::block_on(join_all(jobs));
    assert_eq!((now.get(), most.get()), (0, 3));
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
