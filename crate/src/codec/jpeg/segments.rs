//! The stream of segments: tables, the frame header, scans.

use super::frame::{Component, Frame};
use super::huffman::HuffmanTable;
use super::picture::{Picture, Plane};
use super::progressive::Coefficients;
use super::{Expected, damaged, progressive, sequential};
use crate::error::Result;

/// By position in the stream of coefficients: place in the block, row by row.
pub const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// What the segments so far have defined.
#[derive(Debug)]
pub struct Decoder {
    expected: Expected,
    /// In the order of the stream.
    quantization: [Option<[u16; 64]>; 4],
    dc: [Option<Box<HuffmanTable>>; 4],
    ac: [Option<Box<HuffmanTable>>; 4],
    /// MCUs from one restart to the next; 0 = none.
    restart_interval: usize,
    image: Option<Image>,
}

/// A frame under way.
#[derive(Debug)]
struct Image {
    frame: Frame,
    planes: Vec<Plane>,
    /// Of progressive frames, a block each.
    coefficients: Vec<Coefficients>,
    /// The quantisation table of each component, as it was at the component's first scan.
    quantization: Vec<Option<[u16; 64]>>,
    scans: u32,
}

/// A component's part in a scan.
#[derive(Debug)]
pub struct ScanComponent<'a> {
    pub component: &'a Component,
    pub dc: Option<&'a HuffmanTable>,
    pub ac: Option<&'a HuffmanTable>,
}

/// What `SOS` says of coefficients.
#[derive(Debug, Clone, Copy)]
pub struct Spectrum {
    pub first: usize,
    pub last: usize,
    /// Bits of the coefficients that came before; 0 in the first scan.
    pub high: u32,
    /// Bits still to come.
    pub low: u32,
}

/// Scans of one image beyond this many are an attack on time: a real one has about ten.
const MOST_SCANS: u32 = 200;

impl Decoder {
    pub fn new(expected: Expected) -> Self {
        Self {
            expected,
            quantization: [None; 4],
            dc: [const { None }; 4],
            ac: [const { None }; 4],
            restart_interval: 0,
            image: None,
        }
    }

    /// Reads a stream to its end. What follows the image is not looked at.
    pub fn read(&mut self, stream: &[u8]) -> Result<()> {
        let mut rest = stream;
        loop {
            // Between segments there may be fill bytes, and what a broken writer left.
            let Some(start) = rest.iter().position(|&byte| byte == 0xff) else { return Ok(()) };
            rest = rest.get(start..).unwrap_or_default();
            let Some(at) = rest.iter().position(|&byte| byte != 0xff) else { return Ok(()) };
            let marker = rest.get(at).copied().unwrap_or(0);
            rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
            match marker {
                0 | 1 | 0xd0..=0xd8 => continue,
                0xd9 => return Ok(()),
                _ => {}
            }
            let short = || damaged("a segment is cut short");
            let (length, body) = rest.split_first_chunk::<2>().ok_or_else(short)?;
            let length = usize::from(u16::from_be_bytes(*length)).checked_sub(2).ok_or_else(short)?;
            let (segment, after) = body.split_at_checked(length).ok_or_else(short)?;
            rest = after;
            match marker {
                0xdb => self.read_quantization(segment)?,
                0xc4 => self.read_huffman(segment)?,
                0xdd => {
                    let interval = segment.first_chunk::<2>().ok_or_else(short)?;
                    self.restart_interval = usize::from(u16::from_be_bytes(*interval));
                }
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                    if self.image.is_some() {
                        return Err(damaged("there are two frames"));
                    }
                    self.image = Some(Image::new(Frame::parse(marker, segment, self.expected)?));
                }
                0xda => rest = self.read_scan(segment, after)?,
                _ => {}
            }
        }
    }

    /// The image, all scans read.
    pub fn finish(self) -> Result<Picture> {
        let Some(mut image) = self.image else { return Err(damaged("there is no image")) };
        if image.quantization.iter().any(Option::is_none) {
            return Err(damaged("a component has no scan"));
        }
        if image.frame.is_progressive {
            let parts = image.frame.components.iter().zip(&image.coefficients).zip(&image.quantization);
            for (((component, coefficients), quantization), plane) in parts.zip(&mut image.planes) {
                if let Some(quantization) = quantization {
                    progressive::transform(component, coefficients, quantization, plane);
                }
            }
        }
        Ok(Picture { frame: image.frame, planes: image.planes })
    }

    fn read_quantization(&mut self, segment: &[u8]) -> Result<()> {
        let short = || damaged("a quantisation table is cut short");
        let mut rest = segment;
        while let Some((&head, after)) = rest.split_first() {
            let mut table = [0_u16; 64];
            let size = if head >> 4 == 0 { 64 } else { 128 };
            let (values, after) = after.split_at_checked(size).ok_or_else(short)?;
            rest = after;
            if size == 64 {
                for (to, &from) in table.iter_mut().zip(values) {
                    *to = u16::from(from);
                }
            } else {
                for (to, &from) in table.iter_mut().zip(values.as_chunks::<2>().0) {
                    *to = u16::from_be_bytes(from);
                }
            }
            let slot = self.quantization.get_mut(usize::from(head & 15));
            *slot.ok_or_else(|| damaged("a quantisation table is not numbered 0 to 3"))? = Some(table);
        }
        Ok(())
    }

    fn read_huffman(&mut self, segment: &[u8]) -> Result<()> {
        let short = || damaged("a Huffman table is cut short");
        let mut rest = segment;
        while let Some((&head, after)) = rest.split_first() {
            let (counts, after) = after.split_first_chunk::<16>().ok_or_else(short)?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, after) = after.split_at_checked(total).ok_or_else(short)?;
            rest = after;
            let tables = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let slot = tables.get_mut(usize::from(head & 15));
            let slot = slot.ok_or_else(|| damaged("a Huffman table is not numbered 0 to 3"))?;
            *slot = Some(Box::new(HuffmanTable::new(counts, symbols)?));
        }
        Ok(())
    }

    /// Reads a scan, its header in `segment`; gives what follows it.
    fn read_scan<'a>(&mut self, segment: &[u8], after: &'a [u8]) -> Result<&'a [u8]> {
        let Some(image) = &mut self.image else { return Err(damaged("a scan comes before its frame")) };
        let short = || damaged("a scan header is cut short");
        let (&count, rest) = segment.split_first().ok_or_else(short)?;
        let (selectors, rest) = rest.split_at_checked(usize::from(count).saturating_mul(2)).ok_or_else(short)?;
        let &[first, last, bits] = rest.first_chunk::<3>().ok_or_else(short)?;
        image.scans = image.scans.saturating_add(1);
        if image.scans > MOST_SCANS {
            return Err(damaged("there are too many scans"));
        }
        let spectrum = Spectrum {
            first: usize::from(first),
            last: usize::from(last),
            high: u32::from(bits >> 4),
            low: u32::from(bits & 15),
        };
        let mut places = Vec::with_capacity(4);
        let mut members = Vec::with_capacity(4);
        for &[id, tables] in selectors.as_chunks::<2>().0 {
            let place = image.frame.components.iter().position(|component| component.id == id);
            let place = place.filter(|place| !places.contains(place));
            let place = place.ok_or_else(|| damaged("a scan names no component of the frame"))?;
            places.push(place);
            let component = image.frame.components.get(place).ok_or_else(short)?;
            if let Some(slot) = image.quantization.get_mut(place)
                && slot.is_none()
            {
                *slot = self.quantization.get(usize::from(component.quantization)).copied().flatten();
                if slot.is_none() {
                    return Err(damaged("a component's quantisation table is missing"));
                }
            }
            members.push(ScanComponent {
                component,
                dc: self.dc.get(usize::from(tables >> 4)).and_then(|table| table.as_deref()),
                ac: self.ac.get(usize::from(tables & 15)).and_then(|table| table.as_deref()),
            });
        }
        if members.is_empty() {
            return Err(damaged("a scan has no component"));
        }
        let (data, after) = EntropyCoded::split(after);
        if image.frame.is_progressive {
            let mut coefficients = pick(&mut image.coefficients, &places);
            progressive::read_scan(&image.frame, &members, spectrum, &data, self.restart_interval, &mut coefficients)?;
        } else {
            let tables: Vec<[u16; 64]> =
                places.iter().filter_map(|&place| image.quantization.get(place).copied().flatten()).collect();
            let mut planes = pick(&mut image.planes, &places);
            sequential::read_scan(&image.frame, &members, &tables, &data, self.restart_interval, &mut planes)?;
        }
        Ok(after)
    }
}

impl Image {
    fn new(frame: Frame) -> Self {
        let count = frame.components.len();
        let planes = frame.components.iter().map(Plane::new).collect();
        let coefficients = if frame.is_progressive {
            frame.components.iter().map(|component| vec![[0; 64]; component.block_count()]).collect()
        } else {
            Vec::new()
        };
        Self { frame, planes, coefficients, quantization: vec![None; count], scans: 0 }
    }
}

/// Mutable references to the items at `places`, in the order of `places`.
fn pick<'a, T>(items: &'a mut [T], places: &[usize]) -> Vec<&'a mut T> {
    let mut slots: Vec<Option<&mut T>> = items.iter_mut().map(Some).collect();
    places.iter().filter_map(|&place| slots.get_mut(place).and_then(Option::take)).collect()
}

/// The entropy-coded bytes of a scan without their stuffing, cut at restarts.
#[derive(Debug)]
pub struct EntropyCoded {
    bytes: Vec<u8>,
    /// Where each interval ends.
    ends: Vec<usize>,
}

impl EntropyCoded {
    /// The scan at the front of `bytes`, and what follows it.
    fn split(bytes: &[u8]) -> (Self, &[u8]) {
        let mut data = Vec::with_capacity(bytes.len());
        let mut ends = Vec::new();
        let mut rest = bytes;
        loop {
            let plain = plain_len(rest);
            let (run, after) = rest.split_at_checked(plain).unwrap_or((rest, &[]));
            data.extend_from_slice(run);
            rest = match after {
                [0xff, 0, after @ ..] => {
                    data.push(0xff);
                    after
                }
                [0xff, 0xd0..=0xd7, after @ ..] => {
                    ends.push(data.len());
                    after
                }
                [0xff, 0xff, ..] => after.get(1..).unwrap_or_default(),
                other => {
                    ends.push(data.len());
                    return (Self { bytes: data, ends }, other);
                }
            };
        }
    }

    /// The bytes of restart interval `index`; `None` beyond the last.
    pub fn interval(&self, index: usize) -> Option<&[u8]> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(index)?)
    }
}

/// Bytes before the first 0xff.
fn plain_len(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let has_ff = |word: &&[u8; 8]| {
        let inverse = !u64::from_ne_bytes(**word);
        inverse.wrapping_sub(0x0101_0101_0101_0101) & !inverse & 0x8080_8080_8080_8080 != 0
    };
    let whole = words.iter().take_while(|word| !has_ff(word)).count().saturating_mul(8);
    let rest = bytes.get(whole..).unwrap_or_default();
    whole.saturating_add(rest.iter().take_while(|&&byte| byte != 0xff).count())
}
