//! How fast blocks decode, natively and single-threaded:
//! `cargo run --profile native --example decode_speed [FILE…]`, MB/s of decoded bytes.
//!
//! Without files, 512 × 512 blocks that our own writer makes; with files, all blocks of their full resolution.

use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cogrid::raster::{BlockId, Dataset, Window};
use cogrid::source::{FileSource, MemorySource, RangeReader};
use cogrid::tiff::write::{CogOptions, CogWriter, MemorySpool, Predictor, Sample};
use cogrid::{Limits, Result};

fn main() -> Result<()> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    for file in &files {
        measure(file, Rc::new(FileSource::open(file)?))?;
    }
    if files.is_empty() {
        // Terrain in centimetres: smooth slopes with noise in the last digits.
        let height = |column: u32, row: u32| {
            let (x, y) = (f64::from(column) / 90.0, f64::from(row) / 70.0);
            let noise = f64::from((column.wrapping_mul(2_654_435_761) ^ row.wrapping_mul(40_503)) >> 24) / 2.0;
            ((x.sin() * 40_000.0 + (y * 1.7).cos() * 30_000.0 + (x * y).sin() * 9_000.0) + noise).round() / 100.0
        };
        synthetic("f32, deflate, predictor 3", Predictor::FloatingPoint, |column, row| height(column, row) as f32)?;
        synthetic("i32, deflate, predictor 2", Predictor::Horizontal, |column, row| height(column, row) as i32 * 10)?;
        synthetic("u16, deflate, predictor 2", Predictor::Horizontal, |column, row| {
            (height(column, row) + 1000.0) as u16
        })?;
        synthetic("u8, deflate, no predictor", Predictor::None, |column, row| (height(column, row) / 50.0) as u8)?;
    }
    Ok(())
}

fn synthetic<T: Sample>(name: &str, predictor: Predictor, value: impl Fn(u32, u32) -> T) -> Result<()> {
    let mut writer =
        CogWriter::new(CogOptions { predictor, ..CogOptions::new(1024, 1024) }, |_| Ok(MemorySpool::default()))?;
    for row in 0..1024 {
        let samples: Vec<T> = (0..1024).map(|column| value(column, row)).collect();
        writer.push_rows(&samples)?;
    }
    measure(name, Rc::new(MemorySource::new(name, writer.finish_in_memory()?)))
}

fn measure(name: &str, source: Rc<dyn RangeReader>) -> Result<()> {
    let dataset = pollster::block_on(Dataset::open(Rc::clone(&source), Limits::default()))?;
    let level = *dataset.level(0)?;
    let ids: Vec<BlockId> =
        level.blocks_of(Window { left: 0, top: 0, right: level.width, bottom: level.height }).collect();
    let ranges = pollster::block_on(dataset.locate(0, 0, &ids))?;
    let mut blocks = Vec::new();
    for (id, range) in ids.into_iter().zip(ranges) {
        if let Some(range) = range {
            blocks.push((id, pollster::block_on(source.read(range.own().clone()))?));
        }
    }
    let decoder = dataset.decoder(0, 0)?;
    let sample_bytes = dataset.sample_type().decoded().bytes();
    let pixels: usize = level.block_width as usize * level.block_height as usize * blocks.len();
    let decoded =
        pixels * sample_bytes * usize::from(if dataset.info().planar == 1 { dataset.band_count() } else { 1 });
    let encoded: usize = blocks.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut best = Duration::MAX;
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(2) {
        let round = Instant::now();
        for (id, bytes) in &blocks {
            black_box(decoder.decode(*id, bytes)?);
        }
        best = best.min(round.elapsed());
    }
    let megabytes = decoded as f64 / 1e6;
    println!(
        "{name}: {:.0} MB/s ({} blocks, {megabytes:.1} MB from {:.1} MB, best of {:.1} s)",
        megabytes / best.as_secs_f64(),
        blocks.len(),
        encoded as f64 / 1e6,
        started.elapsed().as_secs_f64(),
    );
    Ok(())
}
