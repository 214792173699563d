//! The frame header: size and components.

use super::{Expected, damaged};
use crate::error::{Code, Error, Result};

/// Samples of a block, along one axis.
pub const BLOCK: usize = 8;

/// One colour of the image, with a plane of its own.
#[derive(Debug, Clone)]
pub struct Component {
    pub id: u8,
    /// Blocks of an MCU, across and down.
    pub across: usize,
    pub down: usize,
    /// Number of its quantisation table.
    pub quantization: u8,
    /// Samples that are part of the image.
    pub width: usize,
    pub height: usize,
    /// Blocks that are part of the image; what a scan of this component alone holds.
    pub own_blocks_across: usize,
    pub own_blocks_down: usize,
    /// Blocks of whole MCUs.
    pub blocks_across: usize,
    pub blocks_down: usize,
}

/// What `SOF` says.
#[derive(Debug, Clone)]
pub struct Frame {
    pub is_progressive: bool,
    pub width: usize,
    pub height: usize,
    /// Blocks of an MCU: the greatest of all components.
    pub most_across: usize,
    pub most_down: usize,
    pub mcus_across: usize,
    pub mcus_down: usize,
    pub components: Vec<Component>,
}

impl Frame {
    /// Reads the segment of the `SOF` marker `marker`, after its length, and holds it to the block's layout: so nothing
    /// is allocated that the layout does not allow.
    pub fn parse(marker: u8, segment: &[u8], expected: Expected) -> Result<Self> {
        let short = || damaged("the frame header is cut short");
        let (&[precision, h1, h0, w1, w0, count], rest) = segment.split_first_chunk::<6>().ok_or_else(short)?;
        let kind = match marker {
            0xc0..=0xc2 if precision == 8 => None,
            0xc0..=0xc2 => Some(format!("JPEG of {precision} bits a sample")),
            0xc3 | 0xc7 | 0xcb | 0xcf => Some("lossless JPEG".to_owned()),
            0xc5 | 0xc6 => Some("hierarchical JPEG".to_owned()),
            _ => Some("arithmetic-coded JPEG".to_owned()),
        };
        if let Some(kind) = kind {
            return Err(Error::new(Code::UnsupportedCompression, format!("blocks are {kind}"))
                .with_hint("read is Huffman-coded JPEG of 8 bits a sample; write the file again with deflate"));
        }
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        if u32::from(width) != expected.width
            || u32::from(height) < expected.needed_rows
            || u32::from(height) > expected.most_rows
        {
            return Err(damaged(&format!(
                "expected an image of {} × {} pixels, got {width} × {height}",
                expected.width, expected.needed_rows
            )));
        }
        if u16::from(count) != expected.bands || !(1..=4).contains(&count) {
            return Err(damaged(&format!("expected {} components, got {count}", expected.bands)));
        }
        let raw: Vec<[u8; 3]> = rest.as_chunks::<3>().0.iter().copied().take(usize::from(count)).collect();
        if raw.len() != usize::from(count) {
            return Err(short());
        }
        let sizes = |&[_, sampling, _]: &[u8; 3]| (usize::from(sampling >> 4), usize::from(sampling & 15));
        if raw.iter().map(sizes).any(|(across, down)| !(1..=4).contains(&across) || !(1..=4).contains(&down)) {
            return Err(damaged("a sampling factor is not 1 to 4"));
        }
        let most_across = raw.iter().map(|raw| sizes(raw).0).max().unwrap_or(1);
        let most_down = raw.iter().map(|raw| sizes(raw).1).max().unwrap_or(1);
        let is_whole = |(across, down): (usize, usize)| {
            most_across.checked_rem(across) == Some(0) && most_down.checked_rem(down) == Some(0)
        };
        if !raw.iter().map(sizes).all(is_whole) {
            return Err(damaged("a sampling factor does not divide the greatest"));
        }
        let (width, height) = (usize::from(width), usize::from(height));
        let mcus_across = width.div_ceil(BLOCK.saturating_mul(most_across));
        let mcus_down = height.div_ceil(BLOCK.saturating_mul(most_down));
        let components = raw
            .iter()
            .map(|raw| {
                let (across, down) = sizes(raw);
                let own_width = width.saturating_mul(across).div_ceil(most_across);
                let own_height = height.saturating_mul(down).div_ceil(most_down);
                let &[id, _, quantization] = raw;
                Component {
                    id,
                    across,
                    down,
                    quantization,
                    width: own_width,
                    height: own_height,
                    own_blocks_across: own_width.div_ceil(BLOCK),
                    own_blocks_down: own_height.div_ceil(BLOCK),
                    blocks_across: mcus_across.saturating_mul(across),
                    blocks_down: mcus_down.saturating_mul(down),
                }
            })
            .collect();
        let is_progressive = marker == 0xc2;
        Ok(Self { is_progressive, width, height, most_across, most_down, mcus_across, mcus_down, components })
    }
}

impl Component {
    /// Blocks of the whole plane.
    pub fn block_count(&self) -> usize {
        self.blocks_across.saturating_mul(self.blocks_down)
    }
}
