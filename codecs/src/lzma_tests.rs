use std::io::Write;
use std::num::NonZeroU64;

use lzma_rust2::{CheckType, FilterType, XzOptions, XzWriter};

use super::*;

/// Dictionaries of 8 MiB, as most writers have them.
fn encoded(bytes: &[u8], change: impl FnOnce(&mut XzOptions)) -> Vec<u8> {
    let mut options = XzOptions::with_preset(6);
    options.set_check_sum_type(CheckType::None);
    change(&mut options);
    let mut writer = XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Slopes with some noise, and copies of what lies far back.
fn samples() -> Vec<u8> {
    let noise = |k: usize| (k / 7 + k.wrapping_mul(2_654_435_761) % 5) as u8;
    (0..100_000).map(|k| noise(if k > 70_000 { k - 70_000 } else { k })).collect()
}

#[test]
fn streams_of_every_make_come_back() {
    let samples = samples();
    let makes: [(&str, Vec<u8>); 6] = [
        ("plain", encoded(&samples, |_| {})),
        ("crc32", encoded(&samples, |options| options.set_check_sum_type(CheckType::Crc32))),
        ("sha256", encoded(&samples, |options| options.set_check_sum_type(CheckType::Sha256))),
        ("delta", encoded(&samples, |options| options.prepend_pre_filter(FilterType::Delta, 4))),
        ("blocks", encoded(&samples, |options| options.lzma_options.dict_size = 4096)),
        (
            "blocks with checks",
            encoded(&samples, |options| {
                options.set_check_sum_type(CheckType::Crc64);
                options.lzma_options.dict_size = 4096;
                options.set_block_size(NonZeroU64::new(30_001));
            }),
        ),
    ];
    for (make, stream) in makes {
        let mut out = vec![0; samples.len()];
        assert_eq!(decode(&stream, &mut out), Ok(samples.len()), "{make}");
        assert!(out == samples, "{make}");
        // Less than the stream holds, and more.
        for len in [1, 5000, 90_000] {
            let mut front = vec![0; len];
            assert_eq!(decode(&stream, &mut front), Ok(len), "{make}");
            assert!(front == samples[..len], "{make}, {len} bytes");
        }
        assert_eq!(decode(&stream, &mut vec![0; samples.len() + 1]), Ok(samples.len()), "{make}");
    }
}

#[test]
fn what_is_damaged_is_an_error() {
    let mut out = [0; 100_000];
    assert!(decode(b"not an xz stream", &mut out).is_err());
    assert!(decode(&[], &mut out).is_err());
    let stream = encoded(&samples(), |_| {});
    for len in [11, 12, 20, 100, stream.len() / 2] {
        assert!(decode(&stream[..len], &mut out).is_err(), "cut to {len}");
    }
    // Headers have checksums.
    for at in 0..24 {
        let mut damaged = stream.clone();
        damaged[at] ^= 4;
        assert!(decode(&damaged, &mut out).is_err(), "byte {at}");
    }
}

#[test]
fn blocks_without_end_are_refused() {
    // One of no bytes: a dictionary of 8 MiB, then the end of its data and padding.
    let mut stream = encoded(&[1], |_| {});
    let header = stream[12..24].to_vec();
    stream.truncate(12);
    for _ in 0..100 {
        stream.extend(&header);
        stream.extend([0; 4]);
    }
    let error = decode(&stream, &mut [0; 8]).unwrap_err();
    assert!(error.contains("blocks"), "{error}");
}
