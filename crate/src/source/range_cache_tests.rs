use proptest::prelude::*;

use super::*;

fn held(bytes: &[u8]) -> Piece {
    Piece::Held(Bytes::copy_from_slice(bytes))
}

#[test]
fn ranges_fall_into_what_is_held_and_what_is_not() {
    let cache = RangeCache::new(1000);
    let file = cache.add_file();
    assert_eq!(cache.pieces(file, &(5..9)), [Piece::Missing(5..9)]);
    cache.insert(file, 10, &Bytes::from_static(&[10, 11, 12]));
    assert_eq!(cache.pieces(file, &(11..12)), [held(&[11])]);
    assert_eq!(cache.pieces(file, &(8..15)), [Piece::Missing(8..10), held(&[10, 11, 12]), Piece::Missing(13..15)]);
    // What is known already is not kept twice.
    cache.insert(file, 9, &Bytes::from_static(&[9, 10, 11, 12, 13]));
    assert_eq!(cache.held_bytes(), 5);
    assert_eq!(cache.pieces(file, &(9..14)), [held(&[9]), held(&[10, 11, 12]), held(&[13])]);
    assert_eq!(cache.pieces(file, &(4..4)), []);
}

#[test]
fn files_are_kept_apart_and_forgotten_whole() {
    let cache = RangeCache::new(1000);
    let (one, other) = (cache.add_file(), cache.add_file());
    cache.insert(one, 0, &Bytes::from_static(&[1, 1]));
    cache.insert(other, 0, &Bytes::from_static(&[2, 2]));
    assert_eq!(cache.pieces(other, &(0..2)), [held(&[2, 2])]);
    cache.forget(other);
    assert_eq!(cache.pieces(other, &(0..2)), [Piece::Missing(0..2)]);
    assert_eq!((cache.pieces(one, &(0..2)), cache.held_bytes()), (vec![held(&[1, 1])], 2));
}

#[test]
fn the_longest_unused_goes_first() {
    let cache = RangeCache::new(12);
    let file = cache.add_file();
    for start in [0, 10, 20, 30] {
        cache.insert(file, start, &Bytes::from_static(&[7; 3]));
    }
    let _ = cache.pieces(file, &(0..1));
    cache.insert(file, 40, &Bytes::from_static(&[7; 3]));
    let is_held = |start: u64| matches!(cache.pieces(file, &(start..start + 3))[..], [Piece::Held(_)]);
    assert!(!is_held(10), "read before, but not used since");
    assert!([0, 20, 30, 40].into_iter().all(is_held));
    assert_eq!(cache.held_bytes(), 12);
}

#[test]
fn one_read_does_not_drive_out_all_others() {
    let cache = RangeCache::new(40);
    let file = cache.add_file();
    cache.insert(file, 0, &Bytes::from_static(&[1; 10]));
    cache.insert(file, 100, &Bytes::from_static(&[1; 11]));
    assert_eq!(cache.held_bytes(), 10);
    let nothing = RangeCache::new(0);
    nothing.insert(file, 0, &Bytes::from_static(&[1]));
    assert_eq!(nothing.held_bytes(), 0);
}

#[test]
fn a_piece_that_is_used_again_does_not_keep_its_read() {
    let cache = RangeCache::new(100 << 20);
    let file = cache.add_file();
    let read = Bytes::from(vec![7; 3 * PIECE_BYTES]);
    cache.insert(file, 0, &read);
    assert!(!read.is_unique(), "kept without a copy");
    for piece in 0..3 {
        let start = num::to_u64(piece * PIECE_BYTES);
        assert_eq!(cache.pieces(file, &(start..start + 1)), [held(&[7])]);
    }
    assert!(read.is_unique(), "every piece has memory of its own");
    assert_eq!(cache.held_bytes(), num::to_u64(read.len()));
    // A read that is one piece is kept as it is.
    let short = Bytes::from(vec![8; 10]);
    cache.insert(file, 10 << 20, &short);
    assert_eq!(cache.pieces(file, &(10 << 20..(10 << 20) + 10)), [held(&[8; 10])]);
    assert!(!short.is_unique());
}

proptest! {
    /// Whatever was read and dropped: pieces are in order and without gaps, and what is held is what the file has.
    #[test]
    fn pieces_are_the_file(reads in prop::collection::vec((0_u64..200, 0_u64..40), 1..60), budget in 0_u64..300) {
        let byte = |position: u64| (position * 7 % 251) as u8;
        let cache = RangeCache::new(budget);
        let file = cache.add_file();
        for (start, len) in reads {
            let range = start..start + len;
            let mut position = start;
            for piece in cache.pieces(file, &range) {
                match piece {
                    Piece::Missing(missing) => {
                        prop_assert_eq!(missing.start, position);
                        prop_assert!(missing.end > missing.start);
                        position = missing.end;
                    }
                    Piece::Held(bytes) => {
                        for value in &bytes {
                            prop_assert_eq!(*value, byte(position));
                            position += 1;
                        }
                    }
                }
            }
            prop_assert_eq!(position, range.end);
            let bytes: Bytes = range.clone().map(byte).collect();
            cache.insert(file, start, &bytes);
            prop_assert!(cache.held_bytes() <= budget);
        }
    }
}
