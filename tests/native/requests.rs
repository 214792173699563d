//! How few reads opening and windows cost.

use std::path::PathBuf;
use std::rc::Rc;

use cogrid::Limits;
use cogrid::raster::{BlockId, BlockRange, Dataset, Window};
use cogrid::source::{CountingSource, FileSource, MemorySource, MergePolicy, RangeReader, merge};
use cogrid::tiff::write::{CogOptions, CogWriter, MemorySpool};

use crate::shared_data;

#[test]
fn a_cog_opens_in_one_request_and_each_block_is_read_once() {
    let Some(root) = shared_data::root() else { return };
    let path = root.join("dev/real/etopo5_global_i16_point_deflate_p2_cog.tif");
    let source = Rc::new(CountingSource::new(FileSource::open(path).unwrap()));
    let reader: Rc<dyn RangeReader> = source.clone();
    pollster::block_on(async {
        let dataset = Dataset::open(reader, Limits::default()).await.unwrap();
        assert_eq!(source.ranges(), std::slice::from_ref(&(0..32 << 10)));
        source.reset();
        let window = Window { left: 500, top: 500, right: 1100, bottom: 600 };
        let blocks: Vec<_> = dataset.level(0).unwrap().blocks_of(window).collect();
        let ranges = dataset.locate(0, 0, &blocks).await.unwrap();
        assert_eq!(source.ranges(), [], "the block arrays came with the header");
        dataset.read_window(0, &[0], window).await.unwrap();
        let wanted: u64 = ranges.iter().flatten().map(|range| range.own().end - range.own().start).sum();
        let read: u64 = source.ranges().iter().map(|range| range.end - range.start).sum();
        assert!(read <= wanted + blocks.len() as u64 * 8, "wanted {wanted}, read {read}");
        assert_eq!(source.ranges().len(), 2, "two rows of three neighbours: {:?}", source.ranges());
    });
}

/// What the demo asks for: a window, all of it, cells here and there, a strip across. A job so small that 5 % of it is
/// less than the gap that pays for a request may read one such gap in vain.
#[test]
fn what_is_read_in_vain_stays_below_5_percent_and_no_block_is_read_twice() {
    let mut files: Vec<(String, Rc<dyn RangeReader>)> =
        vec![("synthetic".to_owned(), Rc::new(MemorySource::new("synthetic", synthetic())))];
    // The sample's large sibling, where `npm run sample:large` has made it.
    let large = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../build/samples/large.tif"));
    let etopo = shared_data::root().map(|root| root.join("dev/real/etopo5_global_i16_point_deflate_p2_cog.tif"));
    for path in etopo.into_iter().chain(Some(large).filter(|path| path.is_file())) {
        files
            .push((path.file_name().unwrap().to_string_lossy().into_owned(), Rc::new(FileSource::open(path).unwrap())));
    }
    for (name, file) in files {
        pollster::block_on(async {
            let dataset = Dataset::open(file, Limits::default()).await.unwrap();
            let level = *dataset.level(0).unwrap();
            let (across, down) = (level.blocks_across, level.blocks_down);
            let all = || (0..down).flat_map(|row| (0..across).map(move |col| BlockId { col, row }));
            let near = |from: u32, to: u32, at: u32, of: u32| from * of <= at * 10 && at * 10 < to * of;
            let jobs: [(&str, Vec<BlockId>); 4] = [
                ("all", all().collect()),
                ("a window", all().filter(|id| near(3, 6, id.col, across) && near(2, 7, id.row, down)).collect()),
                ("here and there", all().filter(|id| (id.col * 7 + id.row * 5) % 4 == 0).collect()),
                ("a strip across", all().filter(|id| id.col * down / across.max(1) == id.row).collect()),
            ];
            for (job, blocks) in jobs {
                let located = dataset.locate(0, 0, &blocks).await.unwrap();
                let ranges: Vec<_> = located.iter().flatten().map(BlockRange::read).collect();
                let policy = MergePolicy::default();
                let reads = merge(&ranges, &policy);
                let wanted: u64 = ranges.iter().map(|range| range.end - range.start).sum();
                let read: u64 = reads.iter().map(|read| read.range.end - read.range.start).sum();
                let vain = (read - wanted) as f64 / wanted.max(1) as f64 * 100.0;
                eprintln!(
                    "{name}, {job}: {} blocks in {} reads, {wanted} bytes, {vain:.2} % in vain",
                    ranges.len(),
                    reads.len()
                );
                let allowed = (wanted / 20).max(policy.merge_gap_bytes);
                assert!(read - wanted <= allowed, "{name}, {job}: {vain} % in vain");
                assert!(reads.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "{name}, {job}");
                assert!(
                    reads.iter().all(|read| read.range.end - read.range.start <= policy.max_range_bytes),
                    "{name}, {job}"
                );
                assert!(reads.len() <= ranges.len(), "{name}, {job}");
            }
        });
    }
}

/// GDAL's COGs put the mask of a block behind it, so one read serves both; the block arrays say where, the hints of the
/// ghost area are not needed for that.
#[test]
fn a_mask_that_follows_each_block_is_read_along() {
    let window = Window { left: 100, top: 300, right: 300, bottom: 301 };
    let mut seen = Vec::new();
    for is_interleaved in [true, false] {
        let (file, pair_bytes) = masked(is_interleaved);
        let source = Rc::new(CountingSource::new(MemorySource::new("masked", file)));
        let reader: Rc<dyn RangeReader> = source.clone();
        let (reads, bytes) = pollster::block_on(async {
            let dataset = Dataset::open(reader, Limits::default()).await.unwrap();
            assert_eq!((dataset.info().masks, source.ranges().len()), (1, 1));
            source.reset();
            let read = dataset.read_masked_window(0, &[0], window).await.unwrap();
            let validity = read.validity.expect("a mask");
            let expected: Vec<bool> = (window.left..window.right).map(|column| column % 8 < 5).collect();
            assert_eq!(validity, expected);
            let ranges = source.ranges();
            (ranges.len(), ranges.iter().map(|range| range.end - range.start).sum::<u64>())
        });
        // Three blocks side by side, each with its mask; in vain at most what stands around blocks.
        assert!(bytes <= 3 * pair_bytes, "{bytes} bytes, a block and its mask have {pair_bytes}");
        seen.push(reads);
    }
    assert_eq!(seen, [1, 2], "reads with masks behind their blocks, and apart");
}

/// 1024 × 512 bytes in blocks of 128 × 128 with a mask of one bit, each block with its length before it and its last bytes
/// again behind it, laid out as GDAL's COG driver does. Of eight columns five are valid. Gives the bytes of a block, its
/// mask and what stands around them.
fn masked(is_interleaved: bool) -> (Vec<u8>, u64) {
    const ACROSS: u32 = 8;
    const COUNT: u32 = 32;
    let block: Vec<u8> = (0..128 * 128_u32).map(|at| at as u8).collect();
    let mask = vec![0b1111_1000_u8; 128 * 16];
    let mut hints = String::from("LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n");
    hints.push_str("BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n ");
    hints.push_str(&format!("MASK_INTERLEAVED_WITH_IMAGERY={}\n", if is_interleaved { "YES" } else { "NO" }));
    let ghost = format!("GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n{hints}", hints.len());
    let directory = |bits: u16, subfile: u32, arrays_at: u32, next: u32| {
        let (short, long) = (3_u16, 4_u16);
        let fields: [(u16, u16, u32, u32); 11] = [
            (254, long, 1, subfile),
            (256, long, 1, ACROSS * 128),
            (257, long, 1, COUNT / ACROSS * 128),
            (258, short, 1, bits.into()),
            (259, short, 1, 1),
            (262, short, 1, if subfile == 4 { 4 } else { 1 }),
            (277, short, 1, 1),
            (322, short, 1, 128),
            (323, short, 1, 128),
            (324, long, COUNT, arrays_at),
            (325, long, COUNT, arrays_at + 4 * COUNT),
        ];
        let mut bytes = (fields.len() as u16).to_le_bytes().to_vec();
        for (tag, kind, count, value) in fields {
            bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        }
        bytes.extend(next.to_le_bytes());
        bytes
    };
    let directory_bytes = directory(8, 0, 0, 0).len() as u32;
    let first = (8 + ghost.len() as u32).next_multiple_of(2);
    let (image_arrays, second) = (first + directory_bytes, first + directory_bytes + 8 * COUNT);
    let mask_arrays = second + directory_bytes;
    let mut data = Vec::new();
    // Beyond what is read with the header, so that each block costs a read.
    let data_at = 64 << 10;
    let mut place = |bytes: &[u8]| {
        data.extend((bytes.len() as u32).to_le_bytes());
        let at = data_at + data.len() as u32;
        data.extend(bytes);
        data.extend(&bytes[bytes.len() - 4..]);
        at
    };
    let (mut blocks, mut masks) = (Vec::new(), Vec::new());
    for _ in 0..COUNT {
        blocks.push(place(&block));
        if is_interleaved {
            masks.push(place(&mask));
        }
    }
    for _ in masks.len()..COUNT as usize {
        masks.push(place(&mask));
    }
    let array = |offsets: &[u32], bytes: &[u8]| {
        let lens = vec![bytes.len() as u32; offsets.len()];
        [offsets, &lens].concat().iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()
    };
    let mut file = [b"II*\0".to_vec(), first.to_le_bytes().to_vec(), ghost.into_bytes()].concat();
    file.resize(first as usize, 0);
    file.extend(directory(8, 0, image_arrays, second));
    file.extend(array(&blocks, &block));
    file.extend(directory(1, 4, mask_arrays, 0));
    file.extend(array(&masks, &mask));
    file.resize(data_at as usize, 0);
    file.extend(&data);
    (file, (block.len() + mask.len() + 16) as u64)
}

/// 4096 × 2048 pixels that deflate to blocks of very different sizes, many of them absent.
fn synthetic() -> Vec<u8> {
    let (width, height) = (4096_u32, 2048_u32);
    let options =
        CogOptions { block_size_px: 128, nodata: Some(-1), is_sparse: true, ..CogOptions::<i16>::new(width, height) };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap();
    for y in 0..height {
        let sample = |x: u32| {
            let (block_x, block_y) = (x / 128, y / 128);
            match (block_x * 31 + block_y * 17) % 5 {
                0 => -1,
                1 => 7,
                roughness => ((x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> (18 + roughness)) as i16,
            }
        };
        writer.push_rows(&(0..width).map(sample).collect::<Vec<_>>()).unwrap();
    }
    writer.finish_in_memory().unwrap()
}
