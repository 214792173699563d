//! Tiny files that GDAL wrote with each compression: GDAL's samples, and no panic whatever happens to their bytes.

use std::rc::Rc;

use cogrid::raster::{BlockId, Dataset, Samples, Window};
use cogrid::source::MemorySource;
use cogrid::{ErrorKind, Limits, Result};

use crate::codec_files::files;
use crate::corpus::sha256;

#[test]
fn each_compression_gives_the_samples_that_gdal_gives() {
    let mut wrong = Vec::new();
    let mut bands = 0;
    for made in files() {
        for (band0, expected) in made.bands_sha256.iter().enumerate() {
            bands += 1;
            match read(&made.name, made.bytes.clone(), band0 as u16) {
                Ok(samples) if sha256(&samples) == *expected => {}
                Ok(_) => wrong.push(format!("{} band {}: samples differ", made.name, band0 + 1)),
                Err(error) => wrong.push(format!("{} band {}: {error}", made.name, band0 + 1)),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {bands} bands:\n{}", wrong.len(), wrong.join("\n"));
    assert!(bands > 60);
}

/// A writer that puts a shorter block in the place of a longer one leaves the old one's end behind it, and its frame says
/// so much.
#[test]
fn what_is_left_of_a_longer_block_changes_nothing() {
    let mut wrong = Vec::new();
    for made in files() {
        let outcome: Result<bool> = pollster::block_on(async {
            let source = MemorySource::new(&made.name, made.bytes.clone());
            let dataset = Dataset::open(Rc::new(source), Limits::default()).await?;
            let id = BlockId { col: 0, row: 0 };
            let Some(range) = dataset.locate(0, 0, &[id]).await?.remove(0) else { return Ok(true) };
            let bytes = dataset.source().read(range.own().clone()).await?;
            let left = &bytes[bytes.len() / 3..];
            let decoder = dataset.decoder(0, 0)?;
            let (plain, other) = (decoder.decode(id, &bytes)?, decoder.decode(id, &[&bytes, left].concat())?);
            // NaN is not equal to itself, its bits are.
            Ok((sha256(&plain.samples), plain.validity) == (sha256(&other.samples), other.validity))
        });
        match outcome {
            Ok(true) => {}
            Ok(false) => wrong.push(format!("{}: samples differ", made.name)),
            Err(error) => wrong.push(format!("{}: {error}", made.name)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_cut_short_anywhere_give_a_result_or_a_clean_error() {
    for made in files() {
        for len in (0..made.bytes.len()).step_by(7) {
            check(&made.name, made.bytes[..len].to_vec(), || format!("cut to {len}"));
        }
    }
}

#[test]
fn damaged_blocks_give_a_result_or_a_clean_error() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |end: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % end.max(1)
    };
    for made in files() {
        for round in 0..60 {
            let mut bytes = made.bytes.clone();
            for _ in 0..1 + below(6) {
                let position = below(bytes.len());
                bytes[position] = match below(3) {
                    0 => 0xff,
                    1 => bytes[position] ^ (1 << below(8)),
                    _ => below(256) as u8,
                };
            }
            check(&made.name, bytes, || format!("round {round}"));
        }
    }
}

fn check(name: &str, bytes: Vec<u8>, what: impl Fn() -> String) {
    if let Err(error) = read(name, bytes, 0) {
        assert_ne!(error.kind(), ErrorKind::Bug, "{name}, {}: {error}", what());
    }
}

fn read(name: &str, bytes: Vec<u8>, band0: u16) -> Result<Samples> {
    let limits = Limits { max_decoded_block_bytes: 16 << 20, max_window_bytes: 16 << 20, ..Limits::default() };
    pollster::block_on(async {
        let dataset = Dataset::open(Rc::new(MemorySource::new(name, bytes)), limits).await?;
        let size = *dataset.level(0)?;
        let window = Window { left: 0, top: 0, right: size.width.min(11_000), bottom: size.height.min(512) };
        Ok(dataset.read_window(0, &[band0], window).await?.samples)
    })
}
