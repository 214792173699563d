use std::rc::Rc;

use super::super::executor::run;
use super::super::method::Method;
use super::super::plan::Plan;
use super::super::request::{ChunkColumns, Observer, Options, Progress, Request};
use super::super::test_support::grid;
use super::*;
use crate::limits::Limits;
use crate::source::{CountingSource, MemorySource};
use crate::tiff::write::{CogOptions, CogWriter, CrsCode, Georeference, MemorySpool};

const SIZE: u32 = 2048;

/// Blocks so small that their arrays are not read with the header.
fn cog() -> Vec<u8> {
    let geotransform = [4.0, 0.005, 0.0, 60.0, 0.0, -0.005];
    let options = CogOptions {
        block_size_px: 16,
        georeference: Some(Georeference { geotransform, crs: Some(CrsCode::Geographic(4326)) }),
        ..CogOptions::<u8>::new(SIZE, SIZE)
    };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap();
    let sample = |at: u32| (at.wrapping_mul(2_654_435_761) >> 29) as u8;
    writer.push_rows(&(0..SIZE * SIZE).map(sample).collect::<Vec<_>>()).unwrap();
    writer.finish_in_memory().unwrap()
}

#[derive(Default)]
struct Bits(Vec<u64>);

impl Observer for Bits {
    fn chunk(&mut self, chunk: ChunkColumns) -> Result<()> {
        for band in &chunk.bands {
            self.0.extend(band.columns.iter().flat_map(|(_, column)| column).map(|value| value.to_bits()));
        }
        Ok(())
    }

    fn progress(&mut self, _: Progress) {}

    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn blocks_in_frames_give_what_their_byte_counts_give_and_cost_what_was_planned() {
    let good = cog();
    let at = good.windows(10).position(|bytes| bytes == b"EDITION=NO").expect("hints") + 8;
    let counted = [&good[..at], b"YES", &good[at + 3..]].concat();
    let squares =
        grid(r#"{"type":"square","crs":"EPSG:4326","cellSize":0.07,"bounds":[5.5,51,9.5,57],"boundsCrs":"EPSG:4326"}"#);
    let request = Request::new(vec![Method::Average, Method::Stdev, Method::Nearest]);
    let resample = |file: &[u8], memory_limit_bytes: u64| {
        let source = Rc::new(CountingSource::new(MemorySource::new("framed", file.to_vec())));
        let dataset = pollster::block_on(Dataset::open(source.clone(), Limits::default())).unwrap();
        let options = Options { memory_limit_bytes, ..Options::default() };
        source.reset();
        let plan = pollster::block_on(Plan::new(&dataset, &squares, &request, &options, &mut |_| Ok(()))).unwrap();
        let arrays = source.ranges();
        source.reset();
        let bytes = plan.bytes;
        let mut bits = Bits::default();
        pollster::block_on(plan.run(&dataset, &squares, &mut bits)).unwrap();
        (bits.0, arrays, source.ranges(), bytes)
    };
    let (expected, both_arrays, ..) = resample(&counted, 1 << 30);
    assert!(expected.iter().any(|&bits| f64::from_bits(bits) > 0.0));
    for memory_limit_bytes in [1 << 30, 24 << 20] {
        let (bits, arrays, read, bytes) = resample(&good, memory_limit_bytes);
        assert_eq!(bits, expected);
        assert_eq!(read.iter().map(|range| range.end - range.start).sum::<u64>(), bytes);
        assert!(read.windows(2).all(|pair| pair[0].end <= pair[1].start), "no byte twice");
        let all = |ranges: &[std::ops::Range<u64>]| ranges.iter().map(|range| range.end - range.start).sum::<u64>();
        assert!(2 * all(&arrays) <= all(&both_arrays) + (16 << 10), "{arrays:?}, with byte counts {both_arrays:?}");
        // Leaders that lie, in the middle of the cells: the block arrays are asked, and nothing else.
        let mut edited = good.clone();
        let middle = (read[0].start + read[read.len() - 1].end) as usize / 2;
        let frame = (middle..).find(|&at| crate::tiff::Framing::block(&good[at..at + 400]).is_some()).unwrap();
        edited[frame] ^= 1;
        let (bits, _, again, _) = resample(&edited, memory_limit_bytes);
        assert_eq!(bits, expected);
        assert!(again.len() > read.len(), "byte counts were read");
        let blocks: Vec<_> = again.iter().filter(|range| range.start >= read[0].start).cloned().collect();
        assert_eq!(blocks, read);
    }
}

#[test]
fn a_run_goes_on_with_blocks_that_were_moved() {
    let good = cog();
    let squares =
        grid(r#"{"type":"square","crs":"EPSG:4326","cellSize":0.07,"bounds":[5.5,51,9.5,57],"boundsCrs":"EPSG:4326"}"#);
    let request = Request::new(vec![Method::Average]);
    let resample = |file: Vec<u8>| {
        let dataset =
            pollster::block_on(Dataset::open(Rc::new(MemorySource::new("framed", file)), Limits::default())).unwrap();
        let mut bits = Bits::default();
        pollster::block_on(run(&dataset, &squares, &request, &Options::default(), &mut bits)).unwrap();
        bits.0
    };
    let dataset =
        pollster::block_on(Dataset::open(Rc::new(MemorySource::new("framed", good.clone())), Limits::default()))
            .unwrap();
    // Two neighbours move behind the end, as the offsets say; their frames stay where they were.
    let pair = [BlockId { col: 60, row: 60 }, BlockId { col: 61, row: 60 }];
    let found = pollster::block_on(dataset.locate(0, 0, &pair)).unwrap();
    let own = [0, 1].map(|at| found[at].as_ref().unwrap().own().clone());
    let bytes = own.clone().map(|own| good[own.start as usize..own.end as usize].to_vec());
    let mut moved = good.clone();
    let mut at = moved.len() as u32;
    for (own, bytes) in own.iter().zip(&bytes) {
        let old = (own.start as u32).to_le_bytes();
        let entry = good.windows(4).position(|entry| entry == old).expect("an entry of the offsets");
        moved[entry..entry + 4].copy_from_slice(&at.to_le_bytes());
        moved.extend(bytes);
        moved[own.start as usize..own.end as usize].fill(0);
        at += bytes.len() as u32;
    }
    assert_eq!(resample(moved), resample(good));
}
