use std::ops::Range;
use std::rc::Rc;

use super::super::{Samples, Window};
use super::*;
use crate::Limits;
use crate::source::{CountingSource, MemorySource, RangeReader};
use crate::tiff::write::{CogOptions, CogWriter, MemorySpool};

/// Blocks a side; a slice holds the offsets of 32 rows of them.
const ACROSS: u32 = 128;
const COUNT: usize = (ACROSS * ACROSS) as usize;
const ARRAYS_AT: usize = 64 << 10;
const HINTS: &str = "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
    BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";

/// 2048 × 2048 bytes in blocks of 16 × 16, each of one value, PackBits; maybe a mask behind each that calls the upper
/// half valid. Block arrays are beyond what is read with the header, and too long for one read.
struct Cog {
    file: Vec<u8>,
    /// Of the image's blocks and the mask's; 0 = left out.
    offsets: [Vec<u32>; 2],
}

fn value(index: usize) -> u8 {
    (index * 7 % 251) as u8 + 1
}

/// One value 256 times; the larger the value, the more bytes.
fn packed(value: u8) -> Vec<u8> {
    let literals = usize::from(value % 16) + 1;
    let mut bytes = vec![[0, value]; literals].concat();
    let mut rest = 256 - literals;
    while rest > 0 {
        let run = rest.min(128);
        bytes.extend([(257 - run as u32) as u8, value]);
        rest -= run;
    }
    bytes
}

fn cog(hints: &str, is_masked: bool, is_left_out: impl Fn(usize) -> bool) -> Cog {
    let ghost = format!("GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n{hints}", hints.len());
    let array_bytes = 4 * COUNT;
    let array = |number: usize| (ARRAYS_AT + number * array_bytes) as u32;
    let directory = |mask: u32, next: u32| {
        let (short, long) = (3_u16, 4_u16);
        let first = 2 * mask as usize;
        let fields: [(u16, u16, u32, u32); 11] = [
            (254, long, 1, 4 * mask),
            (256, long, 1, ACROSS * 16),
            (257, long, 1, ACROSS * 16),
            (258, short, 1, 8),
            (259, short, 1, 32773),
            (262, short, 1, if mask == 1 { 4 } else { 1 }),
            (277, short, 1, 1),
            (322, short, 1, 16),
            (323, short, 1, 16),
            (324, long, COUNT as u32, array(first)),
            (325, long, COUNT as u32, array(first + 1)),
        ];
        let mut bytes = (fields.len() as u16).to_le_bytes().to_vec();
        for (tag, kind, count, value) in fields {
            bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        }
        bytes.extend(next.to_le_bytes());
        bytes
    };
    let first = (8 + ghost.len() as u32).next_multiple_of(2);
    let second = first + directory(0, 0).len() as u32;
    let mut data = Vec::new();
    let data_at = array(if is_masked { 4 } else { 2 });
    let (mut offsets, mut counts) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    let mask = vec![0x81, 255, 0x81, 0];
    for index in 0..COUNT {
        let blocks = [Some(packed(value(index))), is_masked.then(|| mask.clone())];
        for (page, block) in blocks.iter().enumerate() {
            let Some(block) = block.as_ref().filter(|_| !is_left_out(index)) else {
                offsets[page].push(0);
                counts[page].push(0);
                continue;
            };
            data.extend((block.len() as u32).to_le_bytes());
            offsets[page].push(data_at + data.len() as u32);
            counts[page].push(block.len() as u32);
            data.extend(block);
            data.extend(&block[block.len() - 4..]);
        }
    }
    let mut file = [b"II*\0".to_vec(), first.to_le_bytes().to_vec(), ghost.into_bytes()].concat();
    file.resize(first as usize, 0);
    file.extend(directory(0, if is_masked { second } else { 0 }));
    file.extend(directory(1, 0));
    file.resize(ARRAYS_AT, 0);
    for page in 0..if is_masked { 2 } else { 1 } {
        for values in [&offsets[page], &counts[page]] {
            file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
    }
    file.extend(&data);
    Cog { file, offsets }
}

fn open(file: Vec<u8>) -> (Rc<CountingSource<MemorySource>>, Dataset) {
    let source = Rc::new(CountingSource::new(MemorySource::new("framed.tif", file)));
    let reader: Rc<dyn RangeReader> = source.clone();
    let dataset = pollster::block_on(Dataset::open(reader, Limits::default())).unwrap();
    source.reset();
    (source, dataset)
}

fn window(ids: Range<u32>, row: u32) -> Window {
    Window { left: ids.start * 16, top: row * 16, right: ids.end * 16, bottom: row * 16 + 16 }
}

/// Reads and bytes that a window costs; its samples are checked.
fn cost(
    (source, dataset): &(Rc<CountingSource<MemorySource>>, Dataset),
    ids: Range<u32>,
    row: u32,
    expected: impl Fn(usize) -> u8,
) -> (usize, u64) {
    let before = source.ranges().len();
    let read = pollster::block_on(dataset.read_window(0, &[0], window(ids.clone(), row))).unwrap();
    let Samples::U8(samples) = read.samples else { panic!("bytes") };
    for (at, sample) in samples.iter().enumerate() {
        let col = ids.start as usize + at % (16 * ids.len()) / 16;
        assert_eq!(*sample, expected((row * ACROSS) as usize + col), "block {col}, {row}");
    }
    let ranges = &source.ranges()[before..];
    (ranges.len(), ranges.iter().map(|range| range.end - range.start).sum())
}

fn ids(indices: &[u32]) -> Vec<BlockId> {
    indices.iter().map(|index| BlockId { col: index % ACROSS, row: index / ACROSS }).collect()
}

#[test]
fn frames_spare_the_byte_counts() {
    let framed = open(cog(HINTS, false, |_| false).file);
    let edited = open(cog(&HINTS.replace("EDITION=NO\n ", "EDITION=YES\n"), false, |_| false).file);
    let plain = open(cog("LAYOUT=IFDS_BEFORE_DATA\n", false, |_| false).file);
    assert!(framed.1.info().layout.is_some());
    assert_eq!(edited.1.info().layout, None, "who knows what was edited");
    let slice = 16 << 10;
    for (cols, row) in [(3..4, 1), (0..128, 40), (60..61, 100)] {
        let (reads, bytes) = cost(&framed, cols.clone(), row, value);
        let without = cost(&plain, cols.clone(), row, value);
        assert_eq!(without, cost(&edited, cols.clone(), row, value));
        assert_eq!((reads, without.0), (2, 3), "offsets and blocks; counts too");
        // Around a row of blocks are a leader and a trailer more; gaps between blocks are read anyway.
        assert_eq!(bytes + slice, without.1 + 8);
        // What is known is not asked for again.
        assert_eq!(cost(&framed, cols, row, value).0, 1);
    }
}

#[test]
fn a_block_without_a_neighbour_near_is_found_by_its_byte_count() {
    // The last block of the page, and those before a gap of more than 64.
    let cog = cog(HINTS, false, |index| (1000..2000).contains(&index) || index == 3001);
    let all = [0, 1, 999, 1000, 1500, 2000, 3000, 3001, 3002, 4095, 4096, COUNT as u32 - 1];
    let framed = open(cog.file.clone());
    let located = pollster::block_on(framed.1.locate(0, 0, &ids(&all))).unwrap();
    for (&index, range) in all.iter().zip(&located) {
        let offset = u64::from(cog.offsets[0][index as usize]);
        assert_eq!(range.is_none(), offset == 0, "block {index} is left out");
        let Some(range) = range else { continue };
        let len = packed(value(index as usize)).len() as u64;
        assert_eq!(*range.own(), offset..offset + len, "block {index}");
        let is_counted = [999, COUNT as u32 - 1].contains(&index);
        assert_eq!(range.read() == *range.own(), is_counted, "block {index}");
    }
    // Where a block is doesn't depend on what was asked before.
    for order in [[999, 998, 4095], [998, 999, 4095], [4095, 998, 999]] {
        let (_, dataset) = open(cog.file.clone());
        for index in order {
            let again = pollster::block_on(dataset.locate(0, 0, &ids(&[index]))).unwrap();
            let framed = again[0].as_ref().unwrap().read() != *again[0].as_ref().unwrap().own();
            assert_eq!(framed, index != 999, "block {index} of {order:?}");
        }
    }
    cost(&framed, 100..128, 7, |index| if (1000..2000).contains(&index) { 0 } else { value(index) });
}

/// Changes block `index` as a writer does that knows nothing of frames.
type Edit = fn(&mut Cog, usize);

#[test]
fn where_frames_are_no_longer_true_the_block_arrays_decide() {
    let new = 251;
    let leader: Edit = |cog, index| cog.file[cog.offsets[0][index] as usize - 4] += 1;
    let huge: Edit = |cog, index| cog.file[cog.offsets[0][index] as usize - 1] = 0xff;
    let trailer: Edit = |cog, index| cog.file[cog.offsets[0][index] as usize + packed(value(index)).len()] ^= 1;
    let shorter: Edit = |cog, index| rewrite(cog, index, cog.offsets[0][index], &[0x81, 251, 0x81, 251]);
    let moved: Edit = |cog, index| rewrite(cog, index, cog.file.len() as u32, &packed(251));
    let moved_both: Edit = |cog, index| {
        // What stands before the block is no leader, and what follows is near.
        let at = cog.file.len() as u32;
        rewrite(cog, index, at, &packed(251));
        let next = cog.file.len() as u32;
        rewrite(cog, index + 1, next, &packed(value(index + 1)));
    };
    let cases: [(&str, Edit, u8, bool); 6] = [
        ("leader", leader, value(500), true),
        ("huge leader", huge, value(500), true),
        ("trailer", trailer, value(500), true),
        ("shorter", shorter, new, false),
        ("moved", moved, new, false),
        ("moved with its neighbour", moved_both, new, true),
    ];
    for (name, edit, now, is_noticed) in cases {
        let mut cog = cog(HINTS, false, |_| false);
        edit(&mut cog, 500);
        let expected = |index: usize| if index == 500 { now } else { value(index) };
        let edited = open(cog.file.clone());
        // A row before it, then its row, then another row of other slices.
        assert_eq!(cost(&edited, 0..20, 1, expected).0, 2, "{name}");
        cost(&edited, 100..128, 3, expected);
        let (reads, _) = cost(&edited, 0..20, 100, expected);
        assert_eq!(reads, if is_noticed { 3 } else { 2 }, "{name}: frames are not believed again");
        // Nothing but the byte counts is read for it: the block was there.
        if name == "leader" {
            let (source, dataset) = open(cog.file);
            let at = window(116..117, 3);
            pollster::block_on(dataset.read_window(0, &[0], at)).unwrap();
            let ranges = source.ranges();
            assert_eq!(ranges.len(), 3, "offsets, the block, byte counts: {ranges:?}");
        }
    }
}

/// Puts `bytes` at `offset` and enters that in the block arrays.
fn rewrite(cog: &mut Cog, index: usize, offset: u32, bytes: &[u8]) {
    let end = offset as usize + bytes.len();
    cog.file.resize(cog.file.len().max(end), 0);
    cog.file[offset as usize..end].copy_from_slice(bytes);
    for (array, value) in [offset, bytes.len() as u32].into_iter().enumerate() {
        let at = ARRAYS_AT + 4 * (array * COUNT + index);
        cog.file[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    cog.offsets[0][index] = offset;
}

#[test]
fn a_mask_between_costs_one_read_with_its_image() {
    let hints = format!("{HINTS}MASK_INTERLEAVED_WITH_IMAGERY=YES\n");
    let is_left_out = |index: usize| index % 5 == 2;
    let mut costs = Vec::new();
    for hints in [hints.as_str(), "LAYOUT=IFDS_BEFORE_DATA\n"] {
        let cog = cog(hints, true, is_left_out);
        let (source, dataset) = open(cog.file);
        let at = window(8..10, 2);
        let read = pollster::block_on(dataset.read_masked_window(0, &[0], at)).unwrap();
        let validity = read.validity.expect("a mask");
        let all = (0..32 * 16).all(|pixel| {
            let (col, row) = (pixel % 32 / 16, pixel / 32);
            let index = (2 * ACROSS + 8 + col) as usize;
            validity[pixel as usize] == (row < 8 && !is_left_out(index))
        });
        assert!(all, "the upper half of what is there");
        let ranges = source.ranges();
        costs.push((ranges.len(), ranges.iter().map(|range| range.end - range.start).sum::<u64>()));
        for index in [0, 1, 3, 4, 6, 4095, 4096] {
            let both = pollster::block_on(async {
                let id = ids(&[index]);
                (dataset.locate(0, 0, &id).await.unwrap(), dataset.locate_mask(0, 0, &id).await.unwrap())
            });
            let [image, mask] = [both.0, both.1].map(|mut found| found.remove(0).unwrap());
            for (range, page) in [(&image, 0), (&mask, 1)] {
                let offset = u64::from(cog.offsets[page][index as usize]);
                let len = if page == 0 { packed(value(index as usize)).len() as u64 } else { 4 };
                assert_eq!(*range.own(), offset..offset + len, "block {index} of page {page}");
            }
            assert_eq!(image.read() != *image.own(), hints.contains("MASK"), "block {index}");
            assert!(!hints.contains("MASK") || image.read().end == mask.read().start, "block {index}");
        }
        // Without a wish for the mask, nothing of it is read.
        let (source, dataset) = open(cog_file(hints, is_left_out));
        pollster::block_on(dataset.read_window(0, &[0], window(8..9, 2))).unwrap();
        let last = source.ranges().pop().unwrap();
        let len = packed(value((2 * ACROSS + 8) as usize)).len() as u64;
        assert!(last.end - last.start <= len + 8, "{last:?}");
    }
    // Two arrays of offsets and the blocks, instead of two more of byte counts.
    assert_eq!((costs[0].0, costs[1].0), (3, 5));
    assert!(costs[0].1 + (32 << 10) <= costs[1].1 + 8, "{costs:?}");
}

fn cog_file(hints: &str, is_left_out: impl Fn(usize) -> bool) -> Vec<u8> {
    cog(hints, true, is_left_out).file
}

#[test]
fn files_that_we_write_are_read_by_their_frames() {
    let options = CogOptions { block_size_px: 16, ..CogOptions::<u8>::new(2048, 2048) };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap();
    let sample = |at: usize| (at.wrapping_mul(2_654_435_761) >> 7) as u8;
    let samples: Vec<u8> = (0..2048 * 2048).map(sample).collect();
    writer.push_rows(&samples).unwrap();
    let file = writer.finish_in_memory().unwrap();
    let (source, dataset) = open(file);
    let at = Window { left: 1600, top: 1600, right: 1616, bottom: 1616 };
    let read = pollster::block_on(dataset.read_window(0, &[0], at)).unwrap();
    let expected = (0..256).map(|at| samples[(1600 + at / 16) * 2048 + 1600 + at % 16]).collect();
    assert_eq!(read.samples, Samples::U8(expected));
    assert_eq!(source.ranges().len(), 2, "offsets and the block: {:?}", source.ranges());
}

#[test]
fn a_limit_for_encoded_blocks_holds_for_their_frames() {
    let cog = cog(HINTS, false, |_| false);
    let limits = Limits { max_encoded_block_bytes: 20, ..Limits::default() };
    let source = Rc::new(MemorySource::new("framed.tif", cog.file));
    let dataset = pollster::block_on(Dataset::open(source, limits)).unwrap();
    let outcomes = (0..40_u32).map(|index| {
        let allowed = packed(value(index as usize)).len() <= 20;
        let got = pollster::block_on(dataset.locate(0, 0, &ids(&[index])));
        assert_eq!(got.is_ok(), allowed, "block {index}");
        allowed
    });
    assert!(outcomes.filter(|&allowed| !allowed).count() > 5);
}
