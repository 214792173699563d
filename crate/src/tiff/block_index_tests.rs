use super::super::{ByteOrder, Header};
use super::*;
use crate::limits::Limits;

/// A directory of `count` tiles whose arrays start at 1000 (offsets, LONG8) and at 10 000 000 (counts, LONG).
fn index(count: u32) -> (BlockIndex, FileBytes) {
    let mut bytes = b"MM\0\x2b\0\x08\0\0\0\0\0\0\0\0\0\x10".to_vec();
    bytes.extend(2_u64.to_be_bytes());
    for (tag, field_type, offset) in [(tags::TILE_OFFSETS, 16_u16, 1000_u64), (tags::TILE_BYTE_COUNTS, 4, 10_000_000)] {
        bytes.extend(tag.to_be_bytes());
        bytes.extend(field_type.to_be_bytes());
        bytes.extend(u64::from(count).to_be_bytes());
        bytes.extend(offset.to_be_bytes());
    }
    bytes.extend([0; 8]);
    let mut file = FileBytes::new();
    file.insert(0, bytes);
    let header = Header { byte_order: ByteOrder::Big, is_big: true, first_ifd: 16 };
    let ifd = Ifd::parse(&header, 16, &file, &Limits::default()).unwrap();
    (BlockIndex::of(&ifd, true), file)
}

#[test]
fn only_the_slices_that_are_needed_are_asked_for() {
    let (index, file) = index(1_000_000);
    let mut slices = ArraySlices::default();
    let missing = index.missing_slices(&[0, 1, 2047, 2048], &file, &slices).unwrap();
    let slice = SLICE_BYTES;
    assert_eq!(missing, [1000..1000 + slice, 1000 + slice..1000 + 2 * slice, 10_000_000..10_000_000 + slice]);
    let offsets: Vec<u8> = (0..2048_u64).flat_map(|block| (block * 100).to_be_bytes()).collect();
    let counts: Vec<u8> = (0..4096_u32).flat_map(|block| (block % 3).to_be_bytes()).collect();
    slices.insert(1000, offsets);
    slices.insert(10_000_000, counts);
    assert!(index.missing_slices(&[0, 2047], &file, &slices).unwrap().is_empty());
    assert_eq!(index.locate(2, &file, &slices).unwrap(), Some((200, Some(2))));
    assert_eq!(index.locate(0, &file, &slices).unwrap(), None, "offset 0 is sparse");
    assert_eq!(index.locate(3, &file, &slices).unwrap(), None, "byte count 0 is sparse");
    assert!(matches!(index.locate(2048, &file, &slices), Err(Stop::NeedMore(_))));
}

#[test]
fn arrays_that_end_early_are_errors() {
    let (index, file) = index(10);
    let mut slices = ArraySlices::default();
    assert_eq!(index.missing_slices(&[9], &file, &slices).unwrap(), [1000..1080, 10_000_000..10_000_040]);
    slices.insert(1000, vec![0; 16]);
    let Err(Stop::Failed(error)) = index.locate(9, &file, &slices) else { panic!("expected a failure") };
    assert_eq!(error.code(), Code::FormatTruncated);
    let Err(Stop::Failed(error)) = index.locate(10, &file, &slices) else { panic!("expected a failure") };
    assert_eq!(error.code(), Code::FormatBlockIndex);
}
