use std::path::PathBuf;
use std::rc::Rc;

use super::super::test_support::{TinyPage, TinyTiff};
use super::super::{Dataset, Samples, Window};
use super::*;
use crate::source::FileSource;

/// A folder of this test's own with `a.tif` and what stands beside it.
fn folder(name: &str, files: &[(&str, Vec<u8>)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cogrid-siblings-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (file, bytes) in files {
        std::fs::write(folder.join(file), bytes).unwrap();
    }
    folder
}

fn open(folder: &std::path::Path) -> Dataset {
    let source = Rc::new(FileSource::open(folder.join("a.tif")).unwrap());
    pollster::block_on(Dataset::open(source, Limits::default())).unwrap()
}

fn page(size: (u32, u32), value: u8) -> TinyPage {
    TinyPage::strips(size, size.1, &[8], vec![vec![value; (size.0 * size.1) as usize]])
}

#[test]
fn overviews_and_masks_beside_the_file_are_its_own() {
    let ovr = TinyTiff::new(vec![page((4, 4), 2).subfile(1), page((2, 2), 3).subfile(1)]);
    let mask = TinyPage::strips((8, 8), 8, &[8], vec![(0..64).map(|at| at % 2).collect()]).subfile(4);
    let files = [
        ("a.tif", TinyTiff::new(vec![page((8, 8), 1)]).bytes()),
        ("a.tif.ovr", ovr.bytes()),
        ("a.tif.msk", TinyTiff { directories_last: true, ..TinyTiff::new(vec![mask]) }.bytes()),
    ];
    let folder = folder("both", &files);
    let dataset = open(&folder);
    let sizes: Vec<_> = dataset.info().overviews.iter().map(|overview| overview.width).collect();
    assert_eq!((sizes, dataset.info().masks), (vec![4, 2], 1));
    let corner = Window { left: 0, top: 0, right: 2, bottom: 1 };
    for (level, value) in [(1, 2), (2, 3)] {
        let read = pollster::block_on(dataset.read_window(level, &[0], corner)).unwrap();
        assert_eq!(read.samples, Samples::U8(vec![value; 2]));
    }
    let read = pollster::block_on(dataset.read_masked_window(0, &[0], corner)).unwrap();
    assert_eq!((read.samples, read.validity), (Samples::U8(vec![1, 1]), Some(vec![false, true])));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_mask_beside_the_file_may_have_overviews_beside_it() {
    let mask = |side: u32, of: u32| {
        let bits = (0..side * side).map(|at| u8::from(at % of == 0)).collect();
        TinyPage::strips((side, side), side, &[8], vec![bits]).subfile(if side == 8 { 4 } else { 1 })
    };
    let files = [
        ("a.tif", TinyTiff::new(vec![page((8, 8), 1), page((4, 4), 2).subfile(1)]).bytes()),
        ("a.tif.msk", TinyTiff::new(vec![mask(8, 2)]).bytes()),
        ("a.tif.msk.ovr", TinyTiff::new(vec![mask(4, 3)]).bytes()),
    ];
    let folder = folder("mask-overview", &files);
    let dataset = open(&folder);
    assert_eq!(dataset.info().masks, 2);
    let corner = Window { left: 0, top: 0, right: 4, bottom: 1 };
    for (level, valid) in [(0, vec![true, false, true, false]), (1, vec![true, false, false, true])] {
        let read = pollster::block_on(dataset.read_masked_window(level, &[0], corner)).unwrap();
        assert_eq!(read.validity, Some(valid), "level {level}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_broken_neighbour_is_a_warning() {
    let files = [("a.tif", TinyTiff::new(vec![page((8, 8), 1)]).bytes()), ("a.tif.ovr", b"<html>".to_vec())];
    let folder = folder("broken", &files);
    let dataset = open(&folder);
    assert_eq!(dataset.level_count(), 1);
    assert!(dataset.warnings().iter().any(|warning| warning.contains(".ovr")), "{:?}", dataset.warnings());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_the_file_has_itself_goes_first() {
    let own = TinyTiff::new(vec![page((8, 8), 1), page((4, 4), 9).subfile(1)]);
    let files = [("a.tif", own.bytes()), ("a.tif.ovr", TinyTiff::new(vec![page((2, 2), 3).subfile(1)]).bytes())];
    let folder = folder("own", &files);
    let dataset = open(&folder);
    assert_eq!(dataset.info().overviews.len(), 1);
    assert_eq!(dataset.info().overviews[0].width, 4);
    std::fs::remove_dir_all(folder).unwrap();
}
