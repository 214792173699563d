//! TIFFs of a few bytes, spelled out: what no writer writes and readers meet all the same.

use crate::tiff::tags;

/// A file of some pages.
#[derive(Debug, Clone)]
pub struct TinyTiff {
    pub is_big_endian: bool,
    pub is_big_tiff: bool,
    /// Directories after the blocks instead of before them.
    pub directories_last: bool,
    pub pages: Vec<TinyPage>,
}

/// A page: its fields and its blocks, in the order of the block arrays; an empty block is sparse.
#[derive(Debug, Clone, Default)]
pub struct TinyPage {
    pub fields: Vec<(u16, Value)>,
    pub blocks: Vec<Vec<u8>>,
    pub is_tiled: bool,
    /// Pages that are only reached through this one's `SubIFDs`.
    pub subs: Vec<TinyPage>,
}

/// Values of a field.
#[derive(Debug, Clone)]
pub enum Value {
    Short(Vec<u16>),
    Long(Vec<u32>),
    Long8(Vec<u64>),
    Double(Vec<f64>),
}

impl TinyTiff {
    /// Little-endian classic TIFF, directories first.
    pub fn new(pages: Vec<TinyPage>) -> Self {
        Self { is_big_endian: false, is_big_tiff: false, directories_last: false, pages }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let header: u64 = if self.is_big_tiff { 16 } else { 8 };
        let all: Vec<&TinyPage> = self.pages.iter().flat_map(|page| std::iter::once(page).chain(&page.subs)).collect();
        let sizes: Vec<u64> =
            all.iter().map(|page| self.directory(page, 0, 0, &vec![0; page.blocks.len()], &[]).len() as u64).collect();
        let directories: u64 = sizes.iter().sum();
        let data: u64 = all.iter().flat_map(|page| &page.blocks).map(|block| block.len() as u64).sum();
        let (mut directory_at, mut block_at) =
            if self.directories_last { (header + data, header) } else { (header, header + directories) };
        let first = directory_at;
        let mut positions = Vec::new();
        for size in &sizes {
            positions.push(directory_at);
            directory_at += size;
        }
        let (mut tables, mut blocks) = (Vec::new(), Vec::new());
        let mut index = 0;
        for (number, top) in self.pages.iter().enumerate() {
            let after = index + 1 + top.subs.len();
            let next = if number + 1 < self.pages.len() { positions[after] } else { 0 };
            for at in index..after {
                let page = all[at];
                let offsets: Vec<u64> = page
                    .blocks
                    .iter()
                    .map(|block| {
                        let offset = if block.is_empty() { 0 } else { block_at };
                        block_at += block.len() as u64;
                        blocks.extend_from_slice(block);
                        offset
                    })
                    .collect();
                let is_top = at == index;
                let subs = if is_top { &positions[index + 1..after] } else { &[] };
                tables.extend(self.directory(page, positions[at], if is_top { next } else { 0 }, &offsets, subs));
            }
            index = after;
        }
        let mut file = if self.is_big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        if self.is_big_tiff {
            file.extend(self.number(43, 2));
            file.extend(self.number(8, 2));
            file.extend(self.number(0, 2));
            file.extend(self.number(first, 8));
        } else {
            file.extend(self.number(42, 2));
            file.extend(self.number(first, 4));
        }
        let (front, back) = if self.directories_last { (blocks, tables) } else { (tables, blocks) };
        file.extend(front);
        file.extend(back);
        file
    }

    /// A directory at `at` with its values behind it.
    fn directory(&self, page: &TinyPage, at: u64, next: u64, offsets: &[u64], subs: &[u64]) -> Vec<u8> {
        let counts: Vec<u64> = page.blocks.iter().map(|block| block.len() as u64).collect();
        let array = |values: &[u64]| {
            if self.is_big_tiff {
                Value::Long8(values.to_vec())
            } else {
                Value::Long(values.iter().map(|&value| value as u32).collect())
            }
        };
        let mut fields = page.fields.clone();
        let (offset_tag, count_tag) = if page.is_tiled {
            (tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS)
        } else {
            (tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS)
        };
        if !page.blocks.is_empty() {
            fields.push((offset_tag, array(offsets)));
            fields.push((count_tag, array(&counts)));
        }
        if !page.subs.is_empty() {
            let subs = if subs.is_empty() { vec![0; page.subs.len()] } else { subs.to_vec() };
            fields.push((tags::SUB_IFDS, array(&subs)));
        }
        fields.sort_by_key(|field| field.0);
        let (field_size, word) = if self.is_big_tiff { (20, 8) } else { (12, 4) };
        let count_size = if self.is_big_tiff { 8 } else { 2 };
        let mut table = self.number(fields.len() as u64, count_size);
        let mut values = Vec::new();
        let values_at = at + (count_size + field_size * fields.len() + word) as u64;
        for (tag, value) in &fields {
            let (kind, count, mut bytes) = self.encode(value);
            table.extend(self.number(u64::from(*tag), 2));
            table.extend(self.number(kind, 2));
            table.extend(self.number(count, word));
            if bytes.len() <= word {
                bytes.resize(word, 0);
                table.extend(bytes);
            } else {
                table.extend(self.number(values_at + values.len() as u64, word));
                values.extend(bytes);
            }
        }
        table.extend(self.number(next, word));
        table.extend(values);
        table
    }

    fn encode(&self, value: &Value) -> (u64, u64, Vec<u8>) {
        match value {
            Value::Short(values) => {
                (3, values.len() as u64, values.iter().flat_map(|&value| self.number(value.into(), 2)).collect())
            }
            Value::Long(values) => {
                (4, values.len() as u64, values.iter().flat_map(|&value| self.number(value.into(), 4)).collect())
            }
            Value::Long8(values) => {
                (16, values.len() as u64, values.iter().flat_map(|&value| self.number(value, 8)).collect())
            }
            Value::Double(values) => {
                (12, values.len() as u64, values.iter().flat_map(|&value| self.number(value.to_bits(), 8)).collect())
            }
        }
    }

    fn number(&self, value: u64, size: usize) -> Vec<u8> {
        if self.is_big_endian { value.to_be_bytes()[8 - size..].to_vec() } else { value.to_le_bytes()[..size].to_vec() }
    }
}

impl TinyPage {
    /// Strips of `rows` rows of uncompressed samples.
    pub fn strips((width, height): (u32, u32), rows: u32, bits: &[u16], blocks: Vec<Vec<u8>>) -> Self {
        Self { blocks, ..Self::of((width, height), bits) }.with(tags::ROWS_PER_STRIP, Value::Long(vec![rows]))
    }

    /// Tiles of uncompressed samples.
    pub fn tiles(size: (u32, u32), (width, height): (u32, u32), bits: &[u16], blocks: Vec<Vec<u8>>) -> Self {
        Self { blocks, is_tiled: true, ..Self::of(size, bits) }
            .with(tags::TILE_WIDTH, Value::Long(vec![width]))
            .with(tags::TILE_LENGTH, Value::Long(vec![height]))
    }

    fn of((width, height): (u32, u32), bits: &[u16]) -> Self {
        Self::default()
            .with(tags::IMAGE_WIDTH, Value::Long(vec![width]))
            .with(tags::IMAGE_LENGTH, Value::Long(vec![height]))
            .with(tags::BITS_PER_SAMPLE, Value::Short(bits.to_vec()))
            .with(tags::SAMPLES_PER_PIXEL, Value::Short(vec![bits.len() as u16]))
            .with(tags::COMPRESSION, Value::Short(vec![1]))
    }

    /// The page with a field more.
    #[must_use]
    pub fn with(mut self, tag: u16, value: Value) -> Self {
        self.fields.retain(|field| field.0 != tag);
        self.fields.push((tag, value));
        self
    }

    /// The page as a mask (4), an overview (1), or the mask of one (5).
    #[must_use]
    pub fn subfile(self, flags: u32) -> Self {
        self.with(tags::NEW_SUBFILE_TYPE, Value::Long(vec![flags]))
    }
}
