//! Header, structural metadata, directories and block arrays: everything before the blocks.

use super::options::{CogOptions, CrsCode};
use super::sample::Sample;
use super::spool::Spool;
use super::text;
use crate::error::{Code, Error, Result};
use crate::num;

/// GDAL's announcement of the layout. The space at the end leaves room for its `NO` to become `YES`.
const STRUCTURE: &str = "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
    BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";
/// Leader and trailer of a block.
const FRAME_BYTES: u64 = 8;

/// One level's blocks, in row-major order.
#[derive(Debug)]
pub(super) struct LevelIndex {
    pub(super) width_px: u32,
    pub(super) height_px: u32,
    /// Stored size of each block; 0 = left out.
    block_bytes: Vec<u32>,
}

impl LevelIndex {
    pub(super) fn new(width_px: u32, height_px: u32) -> Self {
        Self { width_px, height_px, block_bytes: Vec::new() }
    }

    /// Appends a block with its leader and trailer.
    pub(super) fn push(&mut self, block: &[u8], spool: &mut impl Spool) -> Result<()> {
        let len = u32::try_from(block.len())
            .map_err(|_| Error::new(Code::LimitExceeded, "encoded block: 4 GiB or more".to_owned()))?;
        self.block_bytes.push(len);
        if block.is_empty() {
            return Ok(());
        }
        spool.append(&len.to_le_bytes())?;
        spool.append(block)?;
        let mut trailer = [0; 4];
        for (to, from) in trailer.iter_mut().rev().zip(block.iter().rev()) {
            *to = *from;
        }
        spool.append(&trailer)
    }

    fn spooled_bytes(&self) -> u64 {
        self.block_bytes.iter().filter(|len| **len > 0).map(|len| u64::from(*len) + FRAME_BYTES).sum()
    }

    /// Position of each block's first byte when the level starts at `start`; 0 = left out.
    fn offsets(&self, start: u64) -> Vec<u64> {
        let mut at = start;
        let mut offsets = Vec::with_capacity(self.block_bytes.len());
        for len in &self.block_bytes {
            if *len == 0 {
                offsets.push(0);
            } else {
                offsets.push(at + FRAME_BYTES / 2);
                at += u64::from(*len) + FRAME_BYTES;
            }
        }
        offsets
    }
}

/// Everything before the blocks, and the length of the whole file. `levels` start with the full resolution.
pub(super) fn header<T: Sample>(options: &CogOptions<T>, levels: &[&LevelIndex]) -> Result<(Vec<u8>, u64)> {
    let spooled: u64 = levels.iter().map(|level| level.spooled_bytes()).sum();
    for is_big in [options.is_big_tiff, true] {
        // Sizes do not depend on the offsets, so a first pass tells where the blocks begin.
        let len_bytes = num::to_u64(encode(options, levels, is_big, 0)?.len());
        if is_big || len_bytes + spooled <= u64::from(u32::MAX) {
            return Ok((encode(options, levels, is_big, len_bytes)?, len_bytes + spooled));
        }
    }
    Err(Error::new(Code::Bug, "no TIFF variant fits".to_owned()))
}

fn encode<T: Sample>(
    options: &CogOptions<T>,
    levels: &[&LevelIndex],
    is_big: bool,
    blocks_start: u64,
) -> Result<Vec<u8>> {
    let format = Format { is_big };
    let mut starts = Vec::with_capacity(levels.len());
    let mut at = blocks_start;
    for level in levels.iter().rev() {
        starts.push(at);
        at += level.spooled_bytes();
    }
    let directories: Vec<Vec<Entry>> = levels
        .iter()
        .zip(starts.iter().rev())
        .enumerate()
        .map(|(number, (level, start))| entries(options, level, number, *start, format))
        .collect();
    let mut out = format.file_header();
    out.extend(format!("GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n{STRUCTURE}", STRUCTURE.len()).as_bytes());
    align(&mut out);
    // Block arrays come after all directories: readers that fetch them in slices need only the directories.
    let mut arrays_at = num::to_u64(out.len());
    for entries in &directories {
        arrays_at += format.directory_bytes(entries);
    }
    let mut arrays = Vec::new();
    for (number, entries) in directories.iter().enumerate() {
        let is_last = number + 1 == directories.len();
        format.put_directory(entries, is_last, &mut out, (&mut arrays, arrays_at))?;
    }
    out.append(&mut arrays);
    Ok(out)
}

/// One directory entry, its value in file order.
struct Entry {
    tag: u16,
    field_type: FieldType,
    value: Vec<u8>,
}

#[derive(Clone, Copy)]
enum FieldType {
    Ascii = 2,
    Short = 3,
    Long = 4,
    Double = 12,
    Long8 = 16,
}

impl FieldType {
    const fn size_bytes(self) -> usize {
        match self {
            Self::Ascii => 1,
            Self::Short => 2,
            Self::Long => 4,
            Self::Double | Self::Long8 => 8,
        }
    }
}

impl Entry {
    fn short(tag: u16, values: &[u16]) -> Self {
        Self { tag, field_type: FieldType::Short, value: values.iter().flat_map(|v| v.to_le_bytes()).collect() }
    }

    fn long(tag: u16, values: &[u32]) -> Self {
        Self { tag, field_type: FieldType::Long, value: values.iter().flat_map(|v| v.to_le_bytes()).collect() }
    }

    fn double(tag: u16, values: &[f64]) -> Self {
        Self { tag, field_type: FieldType::Double, value: values.iter().flat_map(|v| v.to_le_bytes()).collect() }
    }

    fn ascii(tag: u16, text: &str) -> Self {
        let value = text.bytes().filter(|byte| *byte != 0).chain([0]).collect();
        Self { tag, field_type: FieldType::Ascii, value }
    }

    /// File positions: 4 bytes each in classic TIFF, where the caller has made sure that they fit, else 8.
    fn offsets(tag: u16, values: &[u64], format: Format) -> Self {
        if format.is_big {
            let value = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            return Self { tag, field_type: FieldType::Long8, value };
        }
        Self::long(tag, &values.iter().map(|v| *v as u32).collect::<Vec<_>>())
    }

    fn is_block_array(&self) -> bool {
        matches!(self.tag, 324 | 325)
    }
}

/// The entries of one level, sorted by tag.
fn entries<T: Sample>(
    options: &CogOptions<T>,
    level: &LevelIndex,
    number: usize,
    start: u64,
    format: Format,
) -> Vec<Entry> {
    let bands = usize::from(options.bands);
    let per_band = |value: u16| vec![value; bands];
    let mut entries = Vec::with_capacity(20);
    if number > 0 {
        entries.push(Entry::long(254, &[1]));
    }
    entries.extend([
        Entry::long(256, &[level.width_px]),
        Entry::long(257, &[level.height_px]),
        Entry::short(258, &per_band(8 * T::BYTES as u16)),
        Entry::short(259, &[if options.deflate.is_some() { 8 } else { 1 }]),
        Entry::short(262, &[1]),
        Entry::short(277, &[options.bands]),
        Entry::short(284, &[1]),
    ]);
    if options.deflate.is_some() {
        entries.push(Entry::short(317, &[options.predictor as u16]));
    }
    entries.extend([
        Entry::long(322, &[options.block_size_px]),
        Entry::long(323, &[options.block_size_px]),
        Entry::offsets(324, &level.offsets(start), format),
        Entry::long(325, &level.block_bytes),
    ]);
    if bands > 1 {
        entries.push(Entry::short(338, &vec![0; bands - 1]));
    }
    entries.push(Entry::short(339, &per_band(T::FORMAT)));
    if number == 0 {
        entries.extend(georeference(options));
        entries.extend(text::gdal_metadata(&options.band_texts).map(|document| Entry::ascii(42112, &document)));
    }
    entries.extend(options.nodata.map(|nodata| Entry::ascii(42113, &nodata.text())));
    entries
}

/// Scale and tiepoint where the image is north-up, else the matrix; and the GeoKeys.
fn georeference<T>(options: &CogOptions<T>) -> Vec<Entry> {
    let Some(georeference) = options.georeference else { return Vec::new() };
    let [x, dx, rx, y, ry, dy] = georeference.geotransform;
    let mut entries = if rx == 0.0 && ry == 0.0 && dx > 0.0 && dy < 0.0 {
        vec![Entry::double(33550, &[dx, -dy, 0.0]), Entry::double(33922, &[0.0, 0.0, 0.0, x, y, 0.0])]
    } else {
        let matrix = [dx, rx, 0.0, x, ry, dy, 0.0, y, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        vec![Entry::double(34264, &matrix)]
    };
    let (model, key, code) = match georeference.crs {
        Some(CrsCode::Projected(code)) => (1, 3072, code),
        Some(CrsCode::Geographic(code)) => (2, 2048, code),
        None => return entries,
    };
    // Version 1.1.0 … three keys: model, pixel is area, the code.
    entries.push(Entry::short(34735, &[1, 1, 0, 3, 1024, 0, 1, model, 1025, 0, 1, 1, key, 0, 1, code]));
    entries
}

/// Classic TIFF or BigTIFF.
#[derive(Clone, Copy)]
struct Format {
    is_big: bool,
}

impl Format {
    /// Byte order, version and the first directory's position, which the structural metadata's length fixes.
    fn file_header(self) -> Vec<u8> {
        let title_bytes = "GDAL_STRUCTURAL_METADATA_SIZE=000000 bytes\n".len();
        let start = if self.is_big { 16 } else { 8 };
        let first = num::to_u64((start + title_bytes + STRUCTURE.len()).next_multiple_of(2));
        let mut out = b"II".to_vec();
        if self.is_big {
            out.extend([43, 0, 8, 0, 0, 0]);
        } else {
            out.extend([42, 0]);
        }
        self.put_position(first, &mut out);
        out
    }

    fn put_position(self, position: u64, out: &mut Vec<u8>) {
        let bytes = position.to_le_bytes();
        out.extend(bytes.iter().take(self.position_bytes()));
    }

    const fn position_bytes(self) -> usize {
        if self.is_big { 8 } else { 4 }
    }

    /// Length of a directory without the values that do not fit into its entries.
    fn table_bytes(self, entries: &[Entry]) -> u64 {
        let (count, entry) = if self.is_big { (8, 20) } else { (2, 12) };
        num::to_u64(count + entries.len() * entry + self.position_bytes())
    }

    /// Length of a directory and of the values behind it, but for the block arrays.
    fn directory_bytes(self, entries: &[Entry]) -> u64 {
        let outside = |entry: &&Entry| entry.value.len() > self.position_bytes() && !entry.is_block_array();
        let values = entries.iter().filter(outside).map(|entry| entry.value.len().next_multiple_of(2)).sum();
        self.table_bytes(entries) + num::to_u64(values)
    }

    fn put_directory(
        self,
        entries: &[Entry],
        is_last: bool,
        out: &mut Vec<u8>,
        (arrays, arrays_at): (&mut Vec<u8>, u64),
    ) -> Result<()> {
        let end = num::to_u64(out.len()) + self.directory_bytes(entries);
        let mut values = Vec::new();
        let values_at = num::to_u64(out.len()) + self.table_bytes(entries);
        let count = num::to_u64(entries.len()).to_le_bytes();
        out.extend(count.iter().take(if self.is_big { 8 } else { 2 }));
        for entry in entries {
            out.extend(entry.tag.to_le_bytes());
            out.extend((entry.field_type as u16).to_le_bytes());
            self.put_position(num::to_u64(entry.value.len() / entry.field_type.size_bytes()), out);
            if entry.value.len() <= self.position_bytes() {
                out.extend(&entry.value);
                out.extend(std::iter::repeat_n(0, self.position_bytes() - entry.value.len()));
                continue;
            }
            let (part, part_at) =
                if entry.is_block_array() { (&mut *arrays, arrays_at) } else { (&mut values, values_at) };
            self.put_position(num::sum(part_at, num::to_u64(part.len()))?, out);
            part.extend(&entry.value);
            align(part);
        }
        self.put_position(if is_last { 0 } else { end }, out);
        out.append(&mut values);
        Ok(())
    }
}

fn align(bytes: &mut Vec<u8>) {
    if !bytes.len().is_multiple_of(2) {
        bytes.push(0);
    }
}
