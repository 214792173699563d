use proptest::prelude::*;

use super::*;

fn held(bytes: &[u8], part: Range<usize>) -> Piece {
    Piece::Held { bytes: bytes.into(), part }
}

#[test]
fn ranges_fall_into_what_is_held_and_what_is_not() {
    let cache = RangeCache::new(1000);
    let file = cache.add_file();
    assert_eq!(cache.pieces(file, &(5..9)), [Piece::Missing(5..9)]);
    cache.insert(file, 10, &[10, 11, 12]);
    assert_eq!(cache.pieces(file, &(11..12)), [held(&[10, 11, 12], 1..2)]);
    assert_eq!(
        cache.pieces(file, &(8..15)),
        [Piece::Missing(8..10), held(&[10, 11, 12], 0..3), Piece::Missing(13..15)]
    );
    // What is known already is not kept twice.
    cache.insert(file, 9, &[9, 10, 11, 12, 13]);
    assert_eq!(cache.held_bytes(), 5);
    assert_eq!(cache.pieces(file, &(9..14)), [held(&[9], 0..1), held(&[10, 11, 12], 0..3), held(&[13], 0..1)]);
    assert_eq!(cache.pieces(file, &(4..4)), []);
}

#[test]
fn files_are_kept_apart_and_forgotten_whole() {
    let cache = RangeCache::new(1000);
    let (one, other) = (cache.add_file(), cache.add_file());
    cache.insert(one, 0, &[1, 1]);
    cache.insert(other, 0, &[2, 2]);
    assert_eq!(cache.pieces(other, &(0..2)), [held(&[2, 2], 0..2)]);
    cache.forget(other);
    assert_eq!(cache.pieces(other, &(0..2)), [Piece::Missing(0..2)]);
    assert_eq!((cache.pieces(one, &(0..2)), cache.held_bytes()), (vec![held(&[1, 1], 0..2)], 2));
}

#[test]
fn the_longest_unused_goes_first() {
    let cache = RangeCache::new(12);
    let file = cache.add_file();
    for start in [0, 10, 20, 30] {
        cache.insert(file, start, &[7; 3]);
    }
    let _ = cache.pieces(file, &(0..1));
    cache.insert(file, 40, &[7; 3]);
    let is_held = |start: u64| matches!(cache.pieces(file, &(start..start + 3))[..], [Piece::Held { .. }]);
    assert!(!is_held(10), "read before, but not used since");
    assert!([0, 20, 30, 40].into_iter().all(is_held));
    assert_eq!(cache.held_bytes(), 12);
}

#[test]
fn one_read_does_not_drive_out_all_others() {
    let cache = RangeCache::new(40);
    let file = cache.add_file();
    cache.insert(file, 0, &[1; 10]);
    cache.insert(file, 100, &[1; 11]);
    assert_eq!(cache.held_bytes(), 10);
    let nothing = RangeCache::new(0);
    nothing.insert(file, 0, &[1]);
    assert_eq!(nothing.held_bytes(), 0);
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
                    Piece::Held { bytes, part } => {
                        for value in &bytes[part] {
                            prop_assert_eq!(*value, byte(position));
                            position += 1;
                        }
                    }
                }
            }
            prop_assert_eq!(position, range.end);
            let bytes: Vec<u8> = range.clone().map(byte).collect();
            cache.insert(file, start, &bytes);
            prop_assert!(cache.held_bytes() <= budget);
        }
    }
}
