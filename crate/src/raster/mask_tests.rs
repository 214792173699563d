use std::rc::Rc;

use super::super::test_support::{TinyPage, TinyTiff, Value};
use super::super::{Block, Dataset, Nodata, Samples};
use super::*;
use crate::limits::Limits;
use crate::source::{CountingSource, MemorySource};
use crate::tiff::tags;

fn open(file: &TinyTiff) -> Dataset {
    let source = Rc::new(MemorySource::new("tiny.tif", file.bytes()));
    pollster::block_on(Dataset::open(source, Limits::default())).unwrap()
}

/// 4 × 3 bytes: 1 to 12.
fn image() -> TinyPage {
    TinyPage::strips((4, 3), 3, &[8], vec![(1..=12).collect()])
}

/// Rows of the samples, 0 where they are not valid.
fn valid(dataset: &Dataset, level: usize, bands0: &[u16], window: Window) -> Vec<u8> {
    let read = pollster::block_on(dataset.read_masked_window(level, bands0, window)).unwrap();
    let Samples::U8(samples) = read.samples else { panic!("bytes") };
    let validity = read.validity.unwrap_or_else(|| vec![true; samples.len()]);
    samples.into_iter().zip(validity).map(|(sample, is_valid)| if is_valid { sample } else { 0 }).collect()
}

const ALL: Window = Window { left: 0, top: 0, right: 4, bottom: 3 };

#[test]
fn a_mask_of_bits_in_strips_of_another_height() {
    // 1010, 0110 | 1111
    let mask = TinyPage::strips((4, 3), 2, &[1], vec![vec![0b1010_0000, 0b0110_0000], vec![0b1111_0000]]).subfile(4);
    let dataset = open(&TinyTiff::new(vec![image(), mask]));
    assert_eq!(dataset.info().masks, 1);
    assert_eq!(dataset.level_count(), 1);
    assert_eq!(valid(&dataset, 0, &[0], ALL), [1, 0, 3, 0, 0, 6, 7, 0, 9, 10, 11, 12]);
    let window = Window { left: 1, top: 1, right: 3, bottom: 3 };
    assert_eq!(valid(&dataset, 0, &[0], window), [6, 7, 10, 11]);
    // Samples as stored are not touched.
    let raw = pollster::block_on(dataset.read_window(0, &[0], ALL)).unwrap();
    assert_eq!((raw.samples, raw.validity), (Samples::U8((1..=12).collect()), None));
}

#[test]
fn a_mask_of_bytes_in_tiles_with_a_sparse_one() {
    let left: Vec<u8> = (0..256).map(|at| if at == 17 { 0 } else { 200 }).collect();
    // 18 × 1 pixels: the second tile of the mask, and so its pixels, is left out.
    let image = TinyPage::strips((18, 2), 1, &[8], vec![(1..=18).collect(), (21..=38).collect()]);
    let mask = TinyPage::tiles((18, 2), (16, 16), &[8], vec![left, Vec::new()]).subfile(4);
    let window = Window { left: 0, top: 0, right: 18, bottom: 2 };
    let got = valid(&open(&TinyTiff::new(vec![image, mask])), 0, &[0], window);
    let expected = |row: u8, column: u8| {
        if column >= 16 || (row, column) == (1, 1) { 0 } else { row * 20 + column + 1 }
    };
    let expected: Vec<u8> = (0..2).flat_map(|row| (0..18).map(move |column| expected(row, column))).collect();
    assert_eq!(got, expected);
}

#[test]
fn each_level_has_the_mask_of_its_size() {
    let overview = TinyPage::strips((2, 2), 2, &[8], vec![vec![1, 2, 3, 4]]).subfile(1);
    let mask = TinyPage::strips((4, 3), 3, &[1], vec![vec![0xf0, 0x70, 0xf0]]).subfile(4);
    let reduced = TinyPage::strips((2, 2), 2, &[1], vec![vec![0x80, 0x40]]).subfile(5);
    let dataset = open(&TinyTiff::new(vec![image(), mask, overview, reduced]));
    assert_eq!((dataset.level_count(), dataset.info().masks), (2, 2));
    assert_eq!(valid(&dataset, 0, &[0], ALL), [1, 2, 3, 4, 0, 6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(valid(&dataset, 1, &[0], Window { left: 0, top: 0, right: 2, bottom: 2 }), [1, 0, 0, 4]);
}

#[test]
fn a_mask_of_each_band() {
    let image = TinyPage::strips((2, 1), 1, &[8, 8], vec![vec![1, 2, 3, 4]]);
    let mask = TinyPage::strips((2, 1), 1, &[8, 8], vec![vec![255, 0, 0, 255]]).subfile(4);
    let dataset = open(&TinyTiff::new(vec![image, mask]));
    assert_eq!(valid(&dataset, 0, &[0, 1], Window { left: 0, top: 0, right: 2, bottom: 1 }), [1, 0, 0, 4]);
}

#[test]
fn alpha_masks_the_other_bands_together_and_apart() {
    let together = TinyPage::strips((2, 2), 1, &[8, 8, 8], vec![vec![1, 5, 255, 2, 6, 0], vec![3, 7, 1, 4, 8, 0]])
        .with(tags::EXTRA_SAMPLES, Value::Short(vec![0, 2]));
    let planes = vec![vec![1, 2], vec![3, 4], vec![5, 6], vec![7, 8], vec![255, 0], vec![1, 0]];
    let apart = TinyPage::strips((2, 2), 1, &[8, 8, 8], planes)
        .with(tags::EXTRA_SAMPLES, Value::Short(vec![0, 1]))
        .with(tags::PLANAR_CONFIGURATION, Value::Short(vec![2]));
    let window = Window { left: 0, top: 0, right: 2, bottom: 2 };
    for page in [together, apart] {
        let dataset = open(&TinyTiff::new(vec![page]));
        assert_eq!(valid(&dataset, 0, &[1, 0], window), [5, 0, 7, 0, 1, 0, 3, 0]);
        assert_eq!(valid(&dataset, 0, &[2], window), [255, 0, 1, 0], "alpha is not masked by itself");
        assert!(dataset.may_be_masked(0, 0).unwrap() && !dataset.may_be_masked(0, 2).unwrap());
    }
    let unspecified = TinyPage::strips((1, 1), 1, &[8, 8], vec![vec![7, 0]]);
    let dataset = open(&TinyTiff::new(vec![unspecified.with(tags::EXTRA_SAMPLES, Value::Short(vec![0]))]));
    assert_eq!(valid(&dataset, 0, &[0], Window { left: 0, top: 0, right: 1, bottom: 1 }), [7]);
}

#[test]
fn sparse_blocks_of_an_image_with_alpha_are_invalid() {
    let page = TinyPage::strips((2, 2), 1, &[8, 8], vec![Vec::new(), vec![3, 255, 4, 255]])
        .with(tags::EXTRA_SAMPLES, Value::Short(vec![1]));
    let dataset = open(&TinyTiff::new(vec![page]));
    let window = Window { left: 0, top: 0, right: 2, bottom: 2 };
    assert_eq!(valid(&dataset, 0, &[0], window), [0, 0, 3, 4]);
    let read = pollster::block_on(dataset.read_masked_window(0, &[0], window)).unwrap();
    assert_eq!(read.validity, Some(vec![false, false, true, true]));
}

#[test]
fn a_mask_beside_its_image_costs_no_read_more() {
    // Larger than what is read at opening, image and mask block by block next to each other.
    let (side, blocks) = (256_u32, 4);
    let tile = |value: u8| vec![value; (side * side) as usize];
    let image = TinyPage::tiles((side * blocks, side), (side, side), &[8], (1..=4).map(tile).collect());
    let mask = TinyPage::tiles((side * blocks, side), (side, side), &[8], vec![tile(1), tile(0), tile(1), tile(1)]);
    let file = TinyTiff::new(vec![image, mask.subfile(4)]).bytes();
    let source = Rc::new(CountingSource::new(MemorySource::new("tiny.tif", file)));
    let dataset = pollster::block_on(Dataset::open(source.clone(), Limits::default())).unwrap();
    let before = source.ranges().len();
    let window = Window { left: 0, top: 0, right: side * blocks, bottom: 1 };
    let values = valid(&dataset, 0, &[0], window);
    assert_eq!(source.ranges().len(), before + 1);
    assert_eq!([values[0], values[256], values[512], values[1023]], [1, 0, 3, 4]);
}

#[test]
fn a_masked_block_becomes_floats_with_nan() {
    let block =
        Block { samples: Samples::I16(vec![1, -9, 3]), validity: Some(vec![true, true, false]), width: 3, height: 1 };
    let Samples::F32(values) = block.clone().nan_filled(Nodata::Int(-9)).samples else { panic!("floats") };
    assert!(values[0] == 1.0 && values[1].is_nan() && values[2].is_nan());
    let plain = Block { validity: None, ..block };
    assert_eq!(plain.clone().nan_filled(Nodata::Int(-9)), plain);
    let long = Block { samples: Samples::U32(vec![u32::MAX; 3]), validity: Some(vec![true, false, true]), ..plain };
    let Samples::F64(values) = long.nan_filled(Nodata::None).samples else { panic!("doubles") };
    assert!(values[0] == f64::from(u32::MAX) && values[1].is_nan());
}
