//! What is fuzzed: each target takes any bytes, and must neither panic, nor hang, nor take more memory than its limits
//! allow, nor blame itself (`bug`).

use std::rc::Rc;

use cogrid::geo::{Crs, Transformer};
use cogrid::raster::{BlockId, Dataset, Window};
use cogrid::source::MemorySource;
use cogrid::tiff::{ByteOrder, tags};
use cogrid::{Error, ErrorKind, Limits};

use super::container::{Values, tiff};

/// A target by its name.
pub type Target = fn(&[u8]);

/// Every target.
pub const ALL: [(&str, Target); 4] =
    [("header", header), ("geokeys", geokeys), ("codec", codec), ("open_read", open_read)];

/// What a target may allocate at once, in bytes.
pub const MAX_ALLOCATED_BYTES: usize = 96 << 20;

/// Header, directories, tags, block arrays: all of a file but its pixels.
pub fn header(data: &[u8]) {
    let outcome = pollster::block_on(async {
        let dataset = open(data.to_vec()).await?;
        let _ = (dataset.info(), dataset.warnings(), dataset.crs(), dataset.geotransform());
        for index in 0..dataset.level_count() {
            let level = *dataset.level(index)?;
            let _ = dataset.level_geotransform(index);
            let (right, bottom) = (level.blocks_across.saturating_sub(1), level.blocks_down.saturating_sub(1));
            let blocks = [(0, 0), (right, 0), (right / 2, bottom / 2), (right, bottom)];
            let blocks = blocks.map(|(col, row)| BlockId { col, row });
            dataset.locate(index, dataset.band_count().saturating_sub(1), &blocks).await?;
        }
        Ok(())
    });
    settle(outcome);
}

/// GeoKeys, WKT and PROJ texts to a CRS, and coordinates through it.
pub fn geokeys(data: &[u8]) {
    let mut input = Input(data);
    let order = if input.byte() & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let keys: Vec<u16> = (0..usize::from(input.byte())).map(|_| input.short()).collect();
    let doubles: Vec<f64> = (0..usize::from(input.byte() & 31)).map(|_| input.double()).collect();
    let ascii = String::from_utf8_lossy(input.0).replace('\0', "|");
    settle(Crs::parse(&ascii).and_then(|crs| through(&crs)));
    let file = tiff(
        order,
        &[
            (tags::IMAGE_WIDTH, Values::Longs(&[3])),
            (tags::IMAGE_LENGTH, Values::Longs(&[2])),
            (tags::BITS_PER_SAMPLE, Values::Shorts(&[8])),
            (tags::ROWS_PER_STRIP, Values::Shorts(&[2])),
            (tags::MODEL_PIXEL_SCALE, Values::Doubles(&[1.0, 1.0, 0.0])),
            (tags::MODEL_TIEPOINT, Values::Doubles(doubles.get(..6).unwrap_or(&[0.0; 6]))),
            (tags::GEO_KEY_DIRECTORY, Values::Shorts(&keys)),
            (tags::GEO_DOUBLE_PARAMS, Values::Doubles(&doubles)),
            (tags::GEO_ASCII_PARAMS, Values::Text(&ascii)),
        ],
        tags::STRIP_OFFSETS,
        tags::STRIP_BYTE_COUNTS,
        &[1, 2, 3, 4, 5, 6],
    );
    settle(pollster::block_on(async {
        let dataset = open(file).await?;
        through(&dataset.crs()?)
    }));
}

/// One block of any compression, predictor, sample type, size and band layout.
pub fn codec(data: &[u8]) {
    let mut input = Input(data);
    let compression = COMPRESSIONS[usize::from(input.byte()) % COMPRESSIONS.len()];
    let flags = input.byte();
    let (format, bits) = SAMPLE_TYPES[usize::from(input.byte()) % SAMPLE_TYPES.len()];
    let (across, down) = (side(input.byte()), side(input.byte()));
    let bands = u16::from(input.byte() % 5) + 1;
    let predictor = u16::from(input.byte() % 4);
    let photometric = PHOTOMETRICS[usize::from(input.byte()) % PHOTOMETRICS.len()];
    let coding = input.byte();
    let table_words = usize::from(input.byte());
    let tables = input.bytes(table_words * 4);
    let order = if flags & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let is_tiled = flags & 2 == 0;
    // Blocks larger than the image, and images that end within a block.
    let (width, height) =
        if flags & 4 == 0 { (across, down) } else { (across.div_ceil(2) + 1, down.saturating_sub(1).max(1)) };
    let bits = vec![bits; usize::from(bands)];
    let formats = vec![format; usize::from(bands)];
    let (width, height, across, down) = ([width], [height], [across], [down]);
    let fixed = [[compression], [photometric], [1 + u16::from(flags & 8 != 0)], [bands], [predictor]];
    let mut fields = vec![
        (tags::IMAGE_WIDTH, Values::Longs(&width)),
        (tags::IMAGE_LENGTH, Values::Longs(&height)),
        (tags::BITS_PER_SAMPLE, Values::Shorts(&bits)),
        (tags::COMPRESSION, Values::Shorts(&fixed[0])),
        (tags::PHOTOMETRIC_INTERPRETATION, Values::Shorts(&fixed[1])),
        (tags::FILL_ORDER, Values::Shorts(&fixed[2])),
        (tags::SAMPLES_PER_PIXEL, Values::Shorts(&fixed[3])),
        (tags::PREDICTOR, Values::Shorts(&fixed[4])),
        (tags::SAMPLE_FORMAT, Values::Shorts(&formats)),
    ];
    if is_tiled {
        fields.push((tags::TILE_WIDTH, Values::Longs(&across)));
        fields.push((tags::TILE_LENGTH, Values::Longs(&down)));
    } else {
        fields.push((tags::ROWS_PER_STRIP, Values::Longs(&down)));
    }
    if !tables.is_empty() {
        fields.push((tags::JPEG_TABLES, Values::Bytes(tables)));
    }
    // What a scheme is told beside the block: LERC's inner compression, Group 3's options, YCbCr's subsampling.
    let inner = [4, u32::from(coding & 3)];
    let options = [u32::from(coding & 7)];
    let subsampling = [1 << ((coding >> 3) & 3), 1 << ((coding >> 5) & 3)];
    fields.push((tags::LERC_PARAMETERS, Values::Longs(&inner)));
    fields.push((tags::T4_OPTIONS, Values::Longs(&options)));
    fields.push((tags::YCBCR_SUBSAMPLING, Values::Shorts(&subsampling)));
    let pointers = if is_tiled {
        (tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS)
    } else {
        (tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS)
    };
    let file = tiff(order, &fields, pointers.0, pointers.1, input.0);
    settle(pollster::block_on(read_corner(file)));
}

/// A whole file: opened, then a corner of every level read.
pub fn open_read(data: &[u8]) {
    settle(pollster::block_on(read_corner(data.to_vec())));
}

async fn read_corner(file: Vec<u8>) -> Result<(), Error> {
    let dataset = open(file).await?;
    let mut bands0: Vec<u16> = vec![0, dataset.band_count().saturating_sub(1)];
    bands0.dedup();
    for index in 0..dataset.level_count().min(3) {
        let level = *dataset.level(index)?;
        let window = Window { left: 0, top: 0, right: level.width.min(300), bottom: level.height.min(300) };
        let read = dataset.read_window(index, &bands0, window).await?;
        let expected = bands0.len() * window.width() as usize * window.height() as usize;
        assert_eq!(read.samples.len(), expected, "a window's samples");
    }
    Ok(())
}

async fn open(file: Vec<u8>) -> Result<Dataset, Error> {
    Dataset::open(Rc::new(MemorySource::new("fuzz", file)), LIMITS).await
}

/// There and back through degrees.
fn through(crs: &Crs) -> Result<(), Error> {
    let degrees = Crs::from_epsg(4326)?;
    let mut points = [(0.0, 0.0), (500_000.0, 4_000_000.0), (-1e9, f64::NAN), (f64::INFINITY, 1.0), (11.0, 48.0)];
    Transformer::new(crs, &degrees)?.transform(&mut points);
    Transformer::new(&degrees, crs)?.transform(&mut points);
    Ok(())
}

/// An error is an answer, but not one that says that the fault is ours.
fn settle<T>(outcome: Result<T, Error>) {
    if let Err(error) = outcome {
        assert_ne!(error.kind(), ErrorKind::Bug, "{error}");
    }
}

/// Mostly the sides of real blocks, some odd ones.
fn side(byte: u8) -> u32 {
    if byte < 32 { 16 * (u32::from(byte) + 1) } else { u32::from(byte) - 31 }
}

/// Bytes front to back; zeros beyond the end.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (front, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        front
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let bytes = self.bytes(N);
        array[..bytes.len()].copy_from_slice(bytes);
        array
    }

    fn byte(&mut self) -> u8 {
        u8::from_le_bytes(self.array())
    }

    fn short(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    fn double(&mut self) -> f64 {
        f64::from_le_bytes(self.array())
    }
}

/// Small enough that a bomb shows.
const LIMITS: Limits = Limits {
    max_ifds: 64,
    max_tags: 512,
    max_tag_bytes: 1 << 20,
    max_blocks: 1 << 24,
    max_encoded_block_bytes: 8 << 20,
    max_decoded_block_bytes: 8 << 20,
    max_window_bytes: 8 << 20,
};

/// Every number that means a compression to any reader, and one that doesn't.
pub const COMPRESSIONS: [u16; 19] =
    [1, 8, 5, 32773, 32946, 50000, 34887, 34925, 7, 50001, 50002, 52546, 2, 3, 4, 6, 34712, 32771, 999];
/// (format, bits)
pub const SAMPLE_TYPES: [(u16, u16); 20] = [
    (1, 8),
    (1, 16),
    (1, 32),
    (1, 64),
    (2, 8),
    (2, 16),
    (2, 32),
    (2, 64),
    (3, 16),
    (3, 32),
    (3, 64),
    (1, 1),
    (1, 2),
    (1, 4),
    (1, 12),
    (1, 24),
    (3, 24),
    (5, 32),
    (6, 64),
    (6, 128),
];
pub const PHOTOMETRICS: [u16; 6] = [1, 0, 2, 6, 3, 5];
