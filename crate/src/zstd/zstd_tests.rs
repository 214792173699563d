use proptest::prelude::*;

use super::*;

/// The bytes 0 to 9 as one raw block in a frame of known size.
const RAW: [u8; 19] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 10, 0x51, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/// 100 times 7: one block that repeats a byte.
const REPEATED: [u8; 10] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 100, 0x23, 0x03, 0, 7];

fn decode(encoded: &[u8], most: usize) -> Result<Vec<u8>, Damage> {
    let mut out = vec![0; most];
    let len = super::decode(encoded, &mut out)?;
    out.truncate(len);
    Ok(out)
}

#[test]
fn frames_one_after_another() {
    let stream = [&RAW[..], &REPEATED].concat();
    let out = decode(&stream, 110).unwrap();
    assert_eq!(out[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(out[10..], [7; 100]);
}

#[test]
fn what_is_no_frame_behind_them_is_left_alone() {
    let skipped = [&[0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9][..], &RAW].concat();
    // With a checksum, a dictionary's number and a window: 4 + 1 + 1 + 1 + (3 + 1) + 4 bytes.
    let sum = checksum::checksum(&[7; 100]).to_le_bytes();
    let all = [&[0x28, 0xb5, 0x2f, 0xfd, 0x05, 0, 0, 0x23, 0x03, 0, 7][..], &sum].concat();
    for (frame, len) in [(&RAW[..], 10), (&REPEATED, 100), (&skipped, 10), (&all, 100)] {
        for rest in [&b""[..], b"r", b"rest"] {
            assert_eq!(decode(&[frame, rest].concat(), 200).map(|out| out.len()), Ok(len), "{frame:?} {rest:?}");
        }
        assert_eq!(decode(&[frame, &RAW[..4]].concat(), 200), Err(Damage::Short));
    }
    assert_eq!(decode(b"no frame", 8), Err(Damage::Magic));
}

#[test]
fn more_than_the_block_holds_is_refused() {
    assert_eq!(decode(&REPEATED, 99), Err(Damage::TooLong));
    assert_eq!(decode(&REPEATED, 200).unwrap().len(), 100);
}

#[test]
fn a_claim_of_terabytes_is_refused() {
    // A single segment of 2⁴⁰ bytes.
    let bomb = [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 0x03, 0, 0, 7];
    assert_eq!(decode(&bomb, 64), Err(Damage::TooLong));
}

#[test]
fn what_is_cut_short_is_an_error() {
    for len in 1..RAW.len() {
        assert!(decode(&RAW[..len], 10).is_err(), "{len} bytes");
    }
}

/// Two symbols of one bit in four streams, of which the last is empty: 0, 1 three times.
#[test]
fn the_last_of_four_streams_may_be_empty() {
    let header = [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0x85, 0, 0];
    let literals = [0x66, 0, 0x03, 0x80, 0x10, 1, 0, 1, 0, 1, 0, 0x05, 0x05, 0x05, 0x01];
    let frame = [&header[..], &literals, &[0]].concat();
    assert_eq!(decode(&frame, 6), Ok(vec![0, 1, 0, 1, 0, 1]));
    assert_eq!(zstd::bulk::decompress(&frame, 6).unwrap(), [0, 1, 0, 1, 0, 1]);
}

/// XXH64 with seed 0, as its authors print it.
#[test]
fn checksums_are_those_of_xxhash() {
    assert_eq!(checksum::checksum(b""), 0x51d8_e999);
    assert_eq!(checksum::checksum(b"a"), 0xa98c_6e5b);
    assert_eq!(checksum::checksum(b"abc"), 0xad77_0999);
}

/// Bytes as rasters have them, by kind: noise of few values, runs, words that change little, text that repeats, noise.
fn content() -> impl Strategy<Value = Vec<u8>> {
    (0..6_u32, prop::sample::select(vec![0_usize, 1, 7, 40, 300, 5_000, 70_000, 200_000, 400_000]), any::<u64>())
        .prop_map(|(kind, len, seed)| {
            let mut state = seed | 1;
            let mut random = move || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
            };
            let mut bytes: Vec<u8> = Vec::with_capacity(len);
            while bytes.len() < len {
                let number = random();
                match kind {
                    0 => bytes.push((number % 7 * (number >> 8 & 3)) as u8),
                    1 => bytes.extend(std::iter::repeat_n(number as u8, (number >> 8) as usize % 60 + 1)),
                    2 => bytes.extend(((number % 13) as u16).to_le_bytes()),
                    3 => {
                        let (back, run) = ((number >> 8) as usize % 3000 + 1, (number >> 40) as usize % 40 + 1);
                        let start = bytes.len().saturating_sub(back);
                        (0..run).for_each(|k| bytes.push(bytes.get(start + k).map_or(number as u8, |&byte| byte)));
                    }
                    4 => {
                        let offset = (number >> 8) as usize % 17 + 1;
                        bytes.push(number as u8);
                        (0..number as usize % 90).for_each(|_| bytes.push(bytes[bytes.len().saturating_sub(offset)]));
                    }
                    _ => bytes.push(number as u8),
                }
            }
            bytes.truncate(len);
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_was_compressed_comes_back(
        bytes in content(),
        level in prop::sample::select(vec![-5, 1, 3, 5, 9, 15, 19]),
        has_checksum: bool,
    ) {
        let mut encoder = zstd::bulk::Compressor::new(level).unwrap();
        encoder.include_checksum(has_checksum).unwrap();
        let frame = encoder.compress(&bytes).unwrap();
        // With room to spare, and to the last byte.
        prop_assert_eq!(&decode(&frame, bytes.len() + 1000).unwrap(), &bytes);
        prop_assert_eq!(&decode(&frame, bytes.len()).unwrap(), &bytes);
        if !bytes.is_empty() {
            prop_assert!(decode(&frame, bytes.len() - 1).is_err());
        }
    }

    /// Where the reference too decodes what is damaged, it gives the same.
    #[test]
    fn damage_is_an_error_or_what_another_decoder_makes_of_it(
        bytes in content(),
        level in prop::sample::select(vec![1, 9, 19]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut frame = zstd::bulk::compress(&bytes, level).unwrap();
        for (index, value) in changes {
            let at = index.index(frame.len());
            frame[at] = value;
        }
        if let Some(cut) = cut {
            frame.truncate(cut.index(frame.len()));
        }
        let most = bytes.len() + 100;
        if let (Ok(ours), Ok(theirs)) = (decode(&frame, most), zstd::bulk::decompress(&frame, most)) {
            prop_assert_eq!(ours, theirs);
        }
    }
}
