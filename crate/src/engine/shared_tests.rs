use std::rc::Rc;
use std::task::Poll;

use futures_util::future::{join, poll_fn};

use super::*;

/// Counts makings; the first `failing` fail. Each takes a few turns of the executor.
fn maker(made: &Rc<Cell<u32>>, failing: u32) -> impl FnOnce() -> Making<u32> + use<> {
    let made = Rc::clone(made);
    move || {
        async move {
            let number = made.get() + 1;
            made.set(number);
            turns(3).await;
            if number <= failing { Err(Error::new(Code::SourceNetwork, number.to_string())) } else { Ok(number) }
        }
        .boxed_local()
    }
}

async fn turns(mut left: u32) {
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn a_value_is_made_once() {
    let (shared, made) = (Shared::default(), Rc::default());
    pollster::block_on(async {
        let both = join(shared.get("a", maker(&made, 0)), shared.get("a", maker(&made, 0))).await;
        assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 1));
        assert_eq!(shared.get("a", maker(&made, 0)).await.unwrap(), 1);
        assert_eq!(shared.get("b", maker(&made, 0)).await.unwrap(), 2);
        shared.forget(&"a");
        assert_eq!(shared.get("a", maker(&made, 0)).await.unwrap(), 3);
    });
}

#[test]
fn who_waits_together_fails_together_and_the_next_tries_anew() {
    let (shared, made) = (Shared::default(), Rc::default());
    pollster::block_on(async {
        let both = join(shared.get("a", maker(&made, 1)), shared.get("a", maker(&made, 1))).await;
        assert_eq!((both.0.unwrap_err().message(), both.1.unwrap_err().message()), ("1", "1"));
        assert_eq!(shared.get("a", maker(&made, 1)).await.unwrap(), 2);
    });
}

#[test]
fn one_who_leaves_breaks_no_other() {
    let (shared, made) = (Shared::default(), Rc::default());
    let mut first = Box::pin(shared.get("a", maker(&made, 0)));
    let mut second = Box::pin(shared.get("a", maker(&made, 0)));
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert_eq!(pollster::block_on(second).unwrap(), 1);
    assert_eq!(made.get(), 1, "not made anew");
}

#[test]
fn what_all_have_left_ends() {
    let (shared, made) = (Shared::default(), Rc::default());
    let mut only = Box::pin(shared.get("a", maker(&made, 0)));
    assert!((&mut only).now_or_never().is_none());
    drop(only);
    assert_eq!(pollster::block_on(shared.get("a", maker(&made, 0))).unwrap(), 2);
}

#[test]
fn what_is_forgotten_while_it_is_made_is_not_kept() {
    let (shared, made) = (Shared::default(), Rc::default());
    let mut early = Box::pin(shared.get("a", maker(&made, 0)));
    assert!((&mut early).now_or_never().is_none());
    shared.forget(&"a");
    assert_eq!(pollster::block_on(early).unwrap(), 1);
    assert_eq!(pollster::block_on(shared.get("a", maker(&made, 0))).unwrap(), 2);
}
