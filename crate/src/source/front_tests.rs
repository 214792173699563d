use super::super::{CountingSource, MemorySource};
use super::*;

#[test]
fn what_is_held_is_not_read_again() {
    let inner = Rc::new(CountingSource::new(MemorySource::new("ten", (0..10).collect())));
    let front = FrontSource::new(inner.clone(), vec![0, 1, 2, 3].into());
    let read = |range| pollster::block_on(front.read(range)).unwrap().to_vec();
    assert_eq!(read(1..4), [1, 2, 3]);
    assert!(inner.ranges().is_empty());
    assert_eq!(read(3..6), [3, 4, 5]);
    assert_eq!(inner.ranges().len(), 1);

    let inner = Rc::new(CountingSource::new(MemorySource::new("four", vec![0, 1, 2, 3])));
    let whole = FrontSource::new(inner.clone(), vec![0, 1, 2, 3].into());
    assert_eq!(pollster::block_on(whole.read(2..99)).unwrap().to_vec(), [2, 3]);
    assert!(pollster::block_on(whole.read(50..99)).unwrap().to_vec().is_empty());
    assert!(inner.ranges().is_empty());
}
