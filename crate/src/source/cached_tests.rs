use std::task::Poll;

use futures_util::future::{join, poll_fn};

use super::super::{CountingSource, MemorySource};
use super::*;

/// Each read takes a few turns; the first `failing` fail.
struct Slow {
    inner: CountingSource<MemorySource>,
    failing: Cell<u32>,
}

impl Slow {
    fn new(len: u8, failing: u32) -> Rc<Self> {
        let inner = CountingSource::new(MemorySource::new("slow", (0..len).collect()));
        Rc::new(Self { inner, failing: Cell::new(failing) })
    }
}

impl RangeReader for Slow {
    fn location(&self) -> &str {
        self.inner.location()
    }

    fn read_for(&self, range: Range<u64>, _: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        async move {
            let bytes = self.inner.read(range).await;
            let mut turns = 3;
            poll_fn(|context| {
                if turns == 0 {
                    return Poll::Ready(());
                }
                turns -= 1;
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
            if self.failing.get() > 0 {
                self.failing.set(self.failing.get() - 1);
                return Err(Error::new(Code::SourceNetwork, "gone"));
            }
            bytes
        }
        .boxed_local()
    }

    fn identity(&self) -> Identity {
        Identity::default()
    }
}

fn cached(inner: &Rc<Slow>, budget_bytes: u64) -> CachedSource {
    CachedSource::new(Rc::clone(inner) as Rc<dyn RangeReader>, RangeCache::new(budget_bytes))
}

#[test]
fn no_byte_is_read_twice() {
    let inner = Slow::new(100, 0);
    let source = cached(&inner, 10_000);
    let read = |range| pollster::block_on(source.read(range)).unwrap().to_vec();
    assert_eq!(read(10..20), (10..20).collect::<Vec<u8>>());
    assert_eq!(read(12..15), [12, 13, 14]);
    assert_eq!(read(5..25), (5..25).collect::<Vec<u8>>());
    assert_eq!(inner.inner.ranges(), [10..20, 5..10, 20..25]);
    assert_eq!(read(95..200), [95, 96, 97, 98, 99], "clipped where the file ends");
    assert_eq!(read(300..400), [0_u8; 0]);
    inner.inner.reset();
    let (early, late) = pollster::block_on(join(source.read(30..40), source.read(35..45)));
    assert_eq!((early.unwrap(), late.unwrap()), ((30..40).collect(), (35..45).collect()));
    assert_eq!(inner.inner.ranges(), [30..40, 40..45], "what is under way is waited for");
}

#[test]
fn without_a_budget_reads_are_still_shared() {
    let inner = Slow::new(100, 0);
    let source = cached(&inner, 0);
    let (early, late) = pollster::block_on(join(source.read(0..10), source.read(2..4)));
    assert_eq!((early.unwrap().len(), late.unwrap()), (10, Bytes::from_static(&[2, 3])));
    assert_eq!(inner.inner.ranges().len(), 1);
    pollster::block_on(source.read(2..4)).unwrap().to_vec();
    assert_eq!(inner.inner.ranges().len(), 2);
}

#[test]
fn a_failure_is_told_to_all_who_wait_and_kept_for_no_one() {
    let inner = Slow::new(100, 1);
    let source = cached(&inner, 10_000);
    let mut idle = Box::pin(source.read(0..10));
    assert!((&mut idle).now_or_never().is_none());
    let error = pollster::block_on(source.read(5..8)).unwrap_err();
    assert_eq!(error.code(), Code::SourceNetwork);
    // The first is still there with its failed read; who asks now is not given that.
    assert_eq!(pollster::block_on(source.read(5..8)).unwrap().to_vec(), [5, 6, 7]);
    assert_eq!(pollster::block_on(idle).unwrap_err().code(), Code::SourceNetwork);
}

#[test]
fn who_leaves_breaks_no_other_and_what_all_leave_ends() {
    let inner = Slow::new(100, 0);
    let source = cached(&inner, 10_000);
    let mut first = Box::pin(source.read(0..10));
    let mut second = Box::pin(source.read(0..10));
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert_eq!(pollster::block_on(second).unwrap().len(), 10);
    assert_eq!(inner.inner.ranges().len(), 1);

    let mut only = Box::pin(source.read(50..60));
    assert!((&mut only).now_or_never().is_none());
    drop(only);
    assert_eq!(source.cache.held_bytes(), 10, "what was given up is not kept");
    assert_eq!(pollster::block_on(source.read(50..60)).unwrap().to_vec().len(), 10);
    assert_eq!(inner.inner.ranges().len(), 3);
}

#[test]
fn a_file_that_is_closed_leaves_nothing() {
    let inner = Slow::new(100, 0);
    let cache = RangeCache::new(1000);
    let source = CachedSource::new(inner.clone(), Rc::clone(&cache));
    pollster::block_on(source.read(0..10)).unwrap().to_vec();
    assert_eq!(cache.held_bytes(), 10);
    drop(source);
    assert_eq!(cache.held_bytes(), 0);
}
