use futures_util::FutureExt;
use futures_util::future::join_all;

use super::*;

#[test]
fn permits_go_round_in_the_order_of_asking() {
    let limiter = Limiter::new(1);
    let first = limiter.acquire().now_or_never().unwrap();
    let (mut second, mut third) = (limiter.acquire(), limiter.acquire());
    assert!((&mut second).now_or_never().is_none());
    assert!((&mut third).now_or_never().is_none());
    drop(first);
    assert!((&mut third).now_or_never().is_none(), "the second asked before");
    let permit = (&mut second).now_or_never().unwrap();
    drop(permit);
    assert!((&mut third).now_or_never().is_some());
}

#[test]
fn who_stops_waiting_is_passed_over() {
    let limiter = Limiter::new(1);
    let first = limiter.acquire().now_or_never().unwrap();
    let (mut second, mut third) = (limiter.acquire(), limiter.acquire());
    let _ = (&mut second).now_or_never();
    let _ = (&mut third).now_or_never();
    drop(second);
    drop(first);
    assert!((&mut third).now_or_never().is_some());
}

#[test]
fn never_more_than_allowed_and_all_finish() {
    let limiter = Limiter::new(3);
    let (now, most) = (Cell::new(0), Cell::new(0));
    let jobs = (0..20).map(|job| {
        let (limiter, now, most) = (&limiter, &now, &most);
        async move {
            let _permit = limiter.acquire().await;
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
