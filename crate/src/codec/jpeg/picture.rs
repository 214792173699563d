//! Planes of components to rows of pixels: upsampling and colour, as libjpeg-turbo does them.

use std::borrow::Cow;

use super::frame::{BLOCK, Component, Frame};

/// The samples of one component, whole blocks.
#[derive(Debug)]
pub struct Plane {
    samples: Vec<u8>,
    stride: usize,
}

/// A decoded image.
#[derive(Debug)]
pub struct Picture {
    pub frame: Frame,
    pub planes: Vec<Plane>,
}

impl Plane {
    pub fn new(component: &Component) -> Self {
        let stride = component.blocks_across.saturating_mul(BLOCK);
        let samples = vec![0; stride.saturating_mul(component.blocks_down).saturating_mul(BLOCK)];
        Self { samples, stride }
    }

    #[inline]
    pub fn put_block(&mut self, column: usize, row: usize, block: &[[u8; 8]; 8]) {
        for (to, from) in self.block_rows(column, row).zip(block) {
            *to = *from;
        }
    }

    #[inline]
    pub fn fill_block(&mut self, column: usize, row: usize, sample: u8) {
        for to in self.block_rows(column, row) {
            *to = [sample; 8];
        }
    }

    #[inline]
    fn block_rows(&mut self, column: usize, row: usize) -> impl Iterator<Item = &mut [u8; 8]> {
        let start = row.wrapping_mul(BLOCK).wrapping_mul(self.stride);
        let rows = self.samples.get_mut(start..).unwrap_or_default();
        let left = column.wrapping_mul(BLOCK);
        rows.chunks_exact_mut(self.stride.max(1))
            .take(BLOCK)
            .filter_map(move |row| row.get_mut(left..).and_then(|row| row.first_chunk_mut::<8>()))
    }

    fn row(&self, row: usize, width: usize) -> &[u8] {
        let start = row.saturating_mul(self.stride);
        self.samples.get(start..start.saturating_add(width)).unwrap_or_default()
    }
}

impl Picture {
    /// Writes whole rows into `out` until either ends; with `is_ycbcr` three components become RGB.
    pub fn write(&self, is_ycbcr: bool, out: &mut [u8]) {
        let bands = self.planes.len();
        let row_samples = self.frame.width.saturating_mul(bands).max(1);
        let mut scratch = vec![Scratch::default(); bands];
        for (y, pixels) in out.chunks_exact_mut(row_samples).take(self.frame.height).enumerate() {
            let rows: Vec<Cow<'_, [u8]>> = self
                .frame
                .components
                .iter()
                .zip(&self.planes)
                .zip(&mut scratch)
                .map(|((component, plane), scratch)| self.upsampled(component, plane, y, scratch))
                .collect();
            match &rows[..] {
                [only] => pixels.copy_from_slice(only.get(..pixels.len()).unwrap_or_default()),
                [luma, blue, red] if is_ycbcr => write_rgb(luma, blue, red, pixels),
                [a, b, c] => {
                    for (((pixel, &a), &b), &c) in
                        pixels.as_chunks_mut::<3>().0.iter_mut().zip(&**a).zip(&**b).zip(&**c)
                    {
                        *pixel = [a, b, c];
                    }
                }
                rows => {
                    for (band, row) in rows.iter().enumerate() {
                        let places = pixels.iter_mut().skip(band).step_by(bands.max(1));
                        for (to, &from) in places.zip(&**row) {
                            *to = from;
                        }
                    }
                }
            }
        }
    }

    /// Row `y` of the image of one component.
    fn upsampled<'a>(
        &self,
        component: &Component,
        plane: &'a Plane,
        y: usize,
        scratch: &'a mut Scratch,
    ) -> Cow<'a, [u8]> {
        let (most_across, most_down) = (self.frame.most_across, self.frame.most_down);
        let row = y.saturating_mul(component.down).checked_div(most_down).unwrap_or(0);
        let own = plane.row(row, component.width);
        let across_doubles = component.across.saturating_mul(2) == most_across;
        let down_doubles = component.down.saturating_mul(2) == most_down;
        let (is_across_whole, is_down_whole) = (component.across == most_across, component.down == most_down);
        // The neighbour that a doubled row leans on; the image's edge leans on itself.
        let neighbour = || {
            let row = if y & 1 == 0 { row.saturating_sub(1) } else { row.saturating_add(1) };
            plane.row(row.min(component.height.saturating_sub(1)), component.width)
        };
        if is_across_whole && is_down_whole {
            return Cow::Borrowed(own);
        }
        let Scratch { sums, samples } = scratch;
        samples.clear();
        if is_across_whole && down_doubles {
            let bias = if y & 1 == 0 { 1 } else { 2 };
            samples.extend(own.iter().zip(neighbour()).map(|(&own, &other)| {
                let sum = u16::from(own).wrapping_mul(3).wrapping_add(u16::from(other)).wrapping_add(bias);
                (sum >> 2) as u8
            }));
        } else if across_doubles && component.width > 2 && (is_down_whole || down_doubles) {
            sums.clear();
            sums.push(0);
            if down_doubles {
                let sum = |(&own, &other): (&u8, &u8)| u16::from(own).wrapping_mul(3).wrapping_add(u16::from(other));
                sums.extend(own.iter().zip(neighbour()).map(sum));
                pad(sums);
                double::<4, 8, 7>(sums, samples);
            } else {
                sums.extend(own.iter().map(|&sample| u16::from(sample)));
                pad(sums);
                double::<2, 1, 2>(sums, samples);
            }
        } else {
            // Other ratios repeat samples.
            let times = most_across.checked_div(component.across).unwrap_or(1).max(1);
            samples.extend(own.iter().flat_map(|&sample| std::iter::repeat_n(sample, times)));
        }
        Cow::Borrowed(samples)
    }
}

/// Memory of one component's row, kept from row to row.
#[derive(Debug, Clone, Default)]
struct Scratch {
    sums: Vec<u16>,
    samples: Vec<u8>,
}

/// Repeats the first and the last sum beyond the ends; the first place is already there.
fn pad(sums: &mut Vec<u16>) {
    let (first, last) = (sums.get(1).copied().unwrap_or(0), sums.last().copied().unwrap_or(0));
    if let Some(slot) = sums.first_mut() {
        *slot = first;
    }
    sums.push(last);
}

/// Two samples from each sum, at a quarter to the left and to the right: three parts of it, one of the neighbour.
fn double<const SHIFT: u32, const LEFT_BIAS: u16, const RIGHT_BIAS: u16>(sums: &[u16], samples: &mut Vec<u8>) {
    let count = sums.len().saturating_sub(2);
    samples.resize(count.saturating_mul(2), 0);
    let (left, own, right) = (sums, sums.get(1..).unwrap_or_default(), sums.get(2..).unwrap_or_default());
    let pairs = samples.as_chunks_mut::<2>().0;
    for (((pair, &left), &own), &right) in pairs.iter_mut().zip(left).zip(own).zip(right) {
        let own = own.wrapping_mul(3);
        *pair = [
            (own.wrapping_add(left).wrapping_add(LEFT_BIAS) >> SHIFT) as u8,
            (own.wrapping_add(right).wrapping_add(RIGHT_BIAS) >> SHIFT) as u8,
        ];
    }
}

/// One row of RGB: JFIF's equations with 16 fractional bits.
fn write_rgb(luma: &[u8], blue: &[u8], red: &[u8], pixels: &mut [u8]) {
    let pixels = pixels.as_chunks_mut::<3>().0;
    for (((pixel, &luma), &blue), &red) in pixels.iter_mut().zip(luma).zip(blue).zip(red) {
        let y = i32::from(luma);
        let (b, r) = (i32::from(blue).wrapping_sub(128), i32::from(red).wrapping_sub(128));
        let add = |sum: i32| y.wrapping_add(sum.wrapping_add(1 << 15) >> 16).clamp(0, 255) as u8;
        *pixel = [
            add(r.wrapping_mul(91_881)),
            add(b.wrapping_mul(-22_554).wrapping_sub(r.wrapping_mul(46_802))),
            add(b.wrapping_mul(116_130)),
        ];
    }
}
