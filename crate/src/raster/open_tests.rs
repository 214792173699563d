use std::rc::Rc;

use super::super::test_support::{TinyPage, TinyTiff, Value};
use super::super::{BlockId, Dataset, Samples, Window};
use super::*;
use crate::source::{CountingSource, MemorySource};
use crate::tiff::tags;

fn counted(file: Vec<u8>) -> (Rc<CountingSource<MemorySource>>, Dataset) {
    let source = Rc::new(CountingSource::new(MemorySource::new("tiny.tif", file)));
    let dataset = pollster::block_on(Dataset::open(source.clone(), Limits::default())).unwrap();
    (source, dataset)
}

fn bytes_of(source: &CountingSource<MemorySource>) -> u64 {
    source.ranges().iter().map(|range| range.end - range.start).sum()
}

#[test]
fn a_file_of_a_million_blocks_opens_with_little_and_reads_slices() {
    // 1000 × 1000 tiles of 16 × 16, all left out but three: 16 MB of block arrays.
    let mut blocks = vec![Vec::new(); 1_000_000];
    for (index, value) in [(0, 1), (500_500, 2), (999_999, 3)] {
        blocks[index] = vec![value; 256];
    }
    let page = TinyPage::tiles((16_000, 16_000), (16, 16), &[8], blocks);
    for directories_last in [false, true] {
        let file = TinyTiff { is_big_tiff: true, directories_last, ..TinyTiff::new(vec![page.clone()]) }.bytes();
        assert!(file.len() > 16_000_000);
        let (source, dataset) = counted(file);
        assert!(source.ranges().len() <= 3, "{:?}", source.ranges());
        assert!(bytes_of(&source) < 200_000, "{}", bytes_of(&source));
        for (col, row, value) in [(999, 999, 3), (500, 500, 2), (0, 0, 1), (1, 0, 0)] {
            source.reset();
            let window = dataset.level(0).unwrap().block_window(BlockId { col, row });
            let window = Window { right: window.left + 1, bottom: window.top + 1, ..window };
            let read = pollster::block_on(dataset.read_window(0, &[0], window)).unwrap();
            assert_eq!(read.samples, Samples::U8(vec![value]));
            assert!(source.ranges().len() <= 3, "{:?}", source.ranges());
            assert!(bytes_of(&source) < 100_000, "{}", bytes_of(&source));
        }
    }
}

#[test]
fn directories_at_the_end_cost_a_request_more() {
    // Larger than the first read, so that the end is not in it.
    let rows = |count: u32| (0..count).map(|_| vec![7_u8; 40_000]).collect::<Vec<_>>();
    let image = TinyPage::strips((200, 400), 200, &[8], rows(2));
    let overview = TinyPage::strips((100, 200), 200, &[8], vec![vec![7; 20_000]]).subfile(1);
    for (is_big_endian, is_big_tiff) in [(false, false), (true, false), (false, true), (true, true)] {
        let pages = vec![image.clone(), overview.clone()];
        let file = TinyTiff { is_big_endian, is_big_tiff, directories_last: true, pages }.bytes();
        let (source, dataset) = counted(file);
        assert_eq!(dataset.level_count(), 2);
        assert!(source.ranges().len() <= 3, "{:?}", source.ranges());
        let window = Window { left: 3, top: 250, right: 4, bottom: 251 };
        let read = pollster::block_on(dataset.read_window(0, &[0], window)).unwrap();
        assert_eq!(read.samples, Samples::U8(vec![7]));
    }
}

#[test]
fn overviews_may_hang_below_the_image() {
    let sub = |size, value| TinyPage::strips(size, 8, &[8], vec![vec![value; (size.0 * size.1) as usize]]).subfile(1);
    let image =
        TinyPage { subs: vec![sub((4, 4), 2), sub((2, 2), 3)], ..TinyPage::strips((8, 8), 8, &[8], vec![vec![1; 64]]) };
    // A second page of its own is no overview.
    let other = TinyPage::strips((4, 4), 4, &[8], vec![vec![9; 16]]);
    let (_, dataset) = counted(TinyTiff::new(vec![image, other]).bytes());
    let sizes: Vec<_> = dataset.info().overviews.iter().map(|overview| overview.width).collect();
    assert_eq!(sizes, [4, 2]);
    let read =
        pollster::block_on(dataset.read_window(2, &[0], Window { left: 0, top: 0, right: 1, bottom: 1 })).unwrap();
    assert_eq!(read.samples, Samples::U8(vec![3]));
}

#[test]
fn blocks_may_be_larger_than_the_image_and_bands_apart() {
    let tile = |value: u8| vec![value; 256];
    let page = TinyPage::tiles((3, 2), (16, 16), &[8, 8], vec![tile(4), tile(5)])
        .with(tags::PLANAR_CONFIGURATION, Value::Short(vec![2]));
    let (_, dataset) = counted(TinyTiff::new(vec![page]).bytes());
    let read =
        pollster::block_on(dataset.read_window(0, &[1, 0], Window { left: 0, top: 0, right: 3, bottom: 2 })).unwrap();
    assert_eq!(read.samples, Samples::U8([[5; 6], [4; 6]].concat()));
}

#[test]
fn claims_beyond_the_limits_are_refused_before_anything_is_allocated() {
    let code = |file: Vec<u8>, limits: Limits| {
        let source = Rc::new(MemorySource::new("bomb.tif", file));
        let outcome = pollster::block_on(async {
            let dataset = Dataset::open(source, limits).await?;
            dataset.read_window(0, &[0], Window { left: 0, top: 0, right: 1, bottom: 1 }).await
        });
        outcome.map(|_| ()).unwrap_err().code()
    };
    let limits = Limits::default();
    // 2³² blocks and more of one pixel.
    let many = TinyPage::tiles((0x7fff_ffff, 0x7fff_ffff), (1, 1), &[8], vec![vec![1]]);
    assert_eq!(code(TinyTiff::new(vec![many]).bytes(), limits), Code::LimitExceeded);
    // One strip of 2 GiB × 2 GiB.
    let giant = TinyPage::strips((0x7fff_ffff, 0x7fff_ffff), 0x7fff_ffff, &[8], vec![vec![1]]);
    assert_eq!(code(TinyTiff::new(vec![giant]).bytes(), limits), Code::LimitExceeded);
    // A value of 4 GiB in a tag that is read whole.
    let mut file = TinyTiff::new(vec![
        TinyPage::strips((1, 1), 1, &[8], vec![vec![1]]).with(tags::GDAL_NODATA, Value::Long(vec![1, 2])),
    ])
    .bytes();
    let entry = file.windows(2).position(|pair| pair == tags::GDAL_NODATA.to_le_bytes()).unwrap();
    file[entry + 4..entry + 8].fill(0xff);
    assert_eq!(code(file, limits), Code::LimitExceeded);
    // More directories than allowed; a chain that bites its tail.
    let page = TinyPage::strips((1, 1), 1, &[8], vec![vec![1]]);
    let few = Limits { max_ifds: 2, ..limits };
    let (_, dataset) = counted(TinyTiff::new(vec![page.clone(); 3]).bytes());
    assert_eq!(dataset.warnings(), <[String; 0]>::default());
    let source = Rc::new(MemorySource::new("long.tif", TinyTiff::new(vec![page.clone(); 3]).bytes()));
    let warned = pollster::block_on(Dataset::open(source, few)).unwrap();
    assert!(warned.warnings()[0].contains("directories"), "{:?}", warned.warnings());
    let mut tail = TinyTiff::new(vec![page]).bytes();
    let fields = u16::from_le_bytes([tail[8], tail[9]]);
    let next = 10 + 12 * usize::from(fields);
    tail[next..next + 4].copy_from_slice(&8_u32.to_le_bytes());
    let source = Rc::new(MemorySource::new("tail.tif", tail));
    let warned = pollster::block_on(Dataset::open(source, limits)).unwrap();
    assert!(warned.warnings()[0].contains("comes back to itself"), "{:?}", warned.warnings());
}

#[test]
fn encoded_blocks_that_claim_much_are_stopped_by_their_own_size() {
    // 1 GiB of zeros claimed by a strip of a few bytes: deflate, LZW, PackBits.
    for compression in [8, 5, 32773] {
        let page = TinyPage::strips((32_768, 32_768), 32_768, &[8], vec![vec![0x78, 0x9c, 3, 0, 0, 0, 0, 1]])
            .with(tags::COMPRESSION, Value::Short(vec![compression]));
        let (_, dataset) = counted(TinyTiff::new(vec![page]).bytes());
        let window = Window { left: 0, top: 0, right: 1, bottom: 1 };
        let error = pollster::block_on(dataset.read_window(0, &[0], window)).unwrap_err();
        assert!(matches!(error.code(), Code::LimitExceeded | Code::FormatBlock), "{error}");
    }
}
