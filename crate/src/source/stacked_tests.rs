use super::super::MemorySource;
use super::*;

#[test]
fn each_file_answers_for_its_own_positions() {
    let memory = |bytes: &[u8]| -> Rc<dyn RangeReader> { Rc::new(MemorySource::new("x", bytes.to_vec())) };
    let stacked = StackedSource::new(memory(&b"first"[..]), vec![memory(&b"second"[..]), memory(&b"third"[..])]);
    let read = |from: u64, to: u64| pollster::block_on(stacked.read(from..to));
    assert_eq!(read(1, 3).unwrap(), &b"ir"[..]);
    let base = StackedSource::base(1);
    assert_eq!(read(base, base + 3).unwrap(), &b"sec"[..]);
    assert_eq!(read(base + 4, base + 99).unwrap(), &b"nd"[..]);
    let base = StackedSource::base(2);
    assert_eq!(read(base + 1, base + 5).unwrap(), &b"hird"[..]);
    assert_eq!(read(StackedSource::base(3), StackedSource::base(3) + 1).unwrap_err().code(), Code::Bug);
    assert_eq!(stacked.identity().len_bytes, Some(5));
}
