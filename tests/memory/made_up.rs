//! Files of any size that are made when they are read: one real block stands in for all.

use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use cogrid::raster::{BlockId, Dataset};
use cogrid::source::{Identity, MemorySource, RangeReader, Urgency};
use cogrid::tiff::write::{CogOptions, CogWriter, Deflate, MemorySpool, Overviews, Predictor};
use cogrid::{Limits, Result};
use futures_util::future::{FutureExt, LocalBoxFuture, ready};

/// A tiled TIFF of `i32` samples, deflate with predictor 2, blocks of 512 × 512, −9999 = nodata.
pub struct MadeUp {
    header: Vec<u8>,
    block: Vec<u8>,
    len_bytes: u64,
}

impl MadeUp {
    /// The whole Earth in longitude and latitude, every block there.
    pub fn world(width: u32, height: u32) -> Self {
        let pixel = 360.0 / f64::from(width);
        Self::new(width, height, (2, 4326), [pixel, -180.0, 90.0], |_| true)
    }

    /// Pixels of a metre in Web Mercator; of 16 blocks one is there.
    pub fn sparse(width: u32, height: u32) -> Self {
        let there = |(col, row): (u32, u32)| col % 4 == 1 && row % 4 == 2;
        Self::new(width, height, (1, 3857), [1.0, 0.0, f64::from(height)], there)
    }

    fn new(
        width: u32,
        height: u32,
        (model, code): (u16, u16),
        [pixel, x, y]: [f64; 3],
        is_there: impl Fn((u32, u32)) -> bool,
    ) -> Self {
        let block = block();
        let (across, down) = (width.div_ceil(512), height.div_ceil(512));
        let count = across * down;
        let key_code = if model == 2 { 2048 } else { 3072 };
        let keys: [u16; 16] = [1, 1, 0, 3, 1024, 0, 1, model, 1025, 0, 1, 1, key_code, 0, 1, code];
        let shorts = |values: &[u16]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let doubles = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        // The array of offsets is filled in when it is known where blocks begin.
        let fields: Vec<(u16, u16, u32, Vec<u8>)> = vec![
            (256, 4, 1, width.to_le_bytes().to_vec()),
            (257, 4, 1, height.to_le_bytes().to_vec()),
            (258, 3, 1, shorts(&[32, 0])),
            (259, 3, 1, shorts(&[8, 0])),
            (262, 3, 1, shorts(&[1, 0])),
            (277, 3, 1, shorts(&[1, 0])),
            (317, 3, 1, shorts(&[2, 0])),
            (322, 4, 1, 512_u32.to_le_bytes().to_vec()),
            (323, 4, 1, 512_u32.to_le_bytes().to_vec()),
            (324, 4, count, vec![0; count as usize * 4]),
            (325, 4, count, vec![0; count as usize * 4]),
            (339, 3, 1, shorts(&[2, 0])),
            (33550, 12, 3, doubles(&[pixel, pixel, 0.0])),
            (33922, 12, 6, doubles(&[0.0, 0.0, 0.0, x, y, 0.0])),
            (34735, 3, 16, shorts(&keys)),
            (42113, 2, 6, b"-9999\0".to_vec()),
        ];
        let mut header = b"II*\0\x08\0\0\0".to_vec();
        header.extend((fields.len() as u16).to_le_bytes());
        let mut values = Vec::new();
        let values_at = header.len() + fields.len() * 12 + 4;
        let mut places = [0; 2];
        for (tag, kind, count, bytes) in &fields {
            header.extend(tag.to_le_bytes());
            header.extend(kind.to_le_bytes());
            header.extend(count.to_le_bytes());
            if bytes.len() <= 4 {
                header.extend(bytes);
                continue;
            }
            let at = values_at + values.len();
            if let 324 | 325 = tag {
                places[usize::from(*tag - 324)] = at;
            }
            header.extend((at as u32).to_le_bytes());
            values.extend(bytes);
            values.resize(values.len().next_multiple_of(8), 0);
        }
        header.extend([0; 4]);
        header.extend(values);
        let mut offset = header.len();
        for index in 0..count {
            if is_there((index % across, index / across)) {
                let at = index as usize * 4;
                header[places[0] + at..places[0] + at + 4].copy_from_slice(&(offset as u32).to_le_bytes());
                header[places[1] + at..places[1] + at + 4].copy_from_slice(&(block.len() as u32).to_le_bytes());
                offset += block.len();
            }
        }
        assert!(u32::try_from(offset).is_ok(), "offsets of a classic TIFF have 32 bits");
        Self { header, block, len_bytes: offset as u64 }
    }
}

/// An encoded block of 512 × 512 samples that differ from pixel to pixel, some of them nodata.
fn block() -> Vec<u8> {
    let options = CogOptions {
        block_size_px: 512,
        nodata: Some(-9999),
        deflate: Some(Deflate { level: 1 }),
        predictor: Predictor::Horizontal,
        overviews: Overviews::None,
        ..CogOptions::<i32>::new(512, 512)
    };
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).expect("options");
    let sample = |index: i32| if index % 97 == 0 { -9999 } else { index.wrapping_mul(7919) % 5003 };
    writer.push_rows(&(0..512 * 512).map(sample).collect::<Vec<_>>()).expect("rows");
    let file = writer.finish_in_memory().expect("a file");
    let source = Rc::new(MemorySource::new("block", file.clone()));
    let dataset = pollster::block_on(Dataset::open(source, Limits::default())).expect("our own file");
    let ranges = pollster::block_on(dataset.locate(0, 0, &[BlockId { col: 0, row: 0 }])).expect("a place");
    let range = ranges[0].as_ref().expect("a block").own();
    file[range.start as usize..range.end as usize].to_vec()
}

impl RangeReader for MadeUp {
    fn location(&self) -> &str {
        "made-up.tif"
    }

    fn read_for(&self, range: Range<u64>, _: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        let range = range.start as usize..range.end.min(self.len_bytes) as usize;
        let mut bytes = Vec::with_capacity(range.len());
        bytes.extend_from_slice(self.header.get(range.start..range.end.min(self.header.len())).unwrap_or_default());
        while bytes.len() < range.len() {
            let at = (range.start + bytes.len() - self.header.len()) % self.block.len();
            let end = self.block.len().min(at + range.len() - bytes.len());
            bytes.extend_from_slice(&self.block[at..end]);
        }
        ready(Ok(bytes.into())).boxed_local()
    }

    fn identity(&self) -> Identity {
        Identity { len_bytes: Some(self.len_bytes), ..Identity::default() }
    }
}
