//! Scans of baseline and extended sequential frames: each block is decoded whole and transformed at once.

use super::damaged;
use super::frame::Frame;
use super::huffman::{Bits, HuffmanTable};
use super::idct;
use super::picture::Plane;
use super::segments::{EntropyCoded, ScanComponent, ZIGZAG};
use crate::error::Result;

/// Reads a scan into the planes of its components.
pub fn read_scan(
    frame: &Frame,
    members: &[ScanComponent<'_>],
    quantization: &[[u16; 64]],
    data: &EntropyCoded,
    restart_interval: usize,
    planes: &mut [&mut Plane],
) -> Result<()> {
    let mut coders = Vec::with_capacity(members.len());
    for (member, quantization) in members.iter().zip(quantization) {
        let (Some(dc), Some(ac)) = (member.dc, member.ac) else {
            return Err(damaged("a component's Huffman table is missing"));
        };
        coders.push(Coder { dc, ac, quantization, predicted: 0 });
    }
    visit(frame, members, data, restart_interval, |bits, step| match step {
        Step::Restart => {
            coders.iter_mut().for_each(|coder| coder.predicted = 0);
            Ok(())
        }
        Step::Block { member, column, row } => {
            if let (Some(coder), Some(plane)) = (coders.get_mut(member), planes.get_mut(member)) {
                coder.block(bits, plane, column, row)?;
            }
            Ok(())
        }
    })
}

/// What a walk over a scan meets.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Restart,
    /// Block (`column`, `row`) of the plane of component `member` of the scan.
    Block {
        member: usize,
        column: usize,
        row: usize,
    },
}

/// Walks over the blocks of a scan in the order of the stream.
pub fn visit(
    frame: &Frame,
    members: &[ScanComponent<'_>],
    data: &EntropyCoded,
    restart_interval: usize,
    mut each: impl FnMut(&mut Bits<'_>, Step) -> Result<()>,
) -> Result<()> {
    let short = || damaged("the scan ends early");
    // A scan of one component is that component's blocks row by row, without the padding to whole MCUs.
    let single = match members {
        [member] => Some(member.component),
        _ => None,
    };
    let (across, down) = match single {
        Some(component) => (component.own_blocks_across, component.own_blocks_down),
        None => (frame.mcus_across, frame.mcus_down),
    };
    let mut interval = 0_usize;
    let mut bits = Bits::new(data.interval(0).ok_or_else(short)?);
    let mut left = restart_interval;
    for row in 0..down {
        for column in 0..across {
            if restart_interval > 0 && left == 0 {
                if bits.is_overrun() {
                    return Err(short());
                }
                interval = interval.saturating_add(1);
                bits = Bits::new(data.interval(interval).ok_or_else(short)?);
                each(&mut bits, Step::Restart)?;
                left = restart_interval;
            }
            left = left.wrapping_sub(1);
            if single.is_some() {
                each(&mut bits, Step::Block { member: 0, column, row })?;
                continue;
            }
            for (member, scanned) in members.iter().enumerate() {
                let component = scanned.component;
                for y in 0..component.down {
                    for x in 0..component.across {
                        let column = column.saturating_mul(component.across).saturating_add(x);
                        let row = row.saturating_mul(component.down).saturating_add(y);
                        each(&mut bits, Step::Block { member, column, row })?;
                    }
                }
            }
        }
        if bits.is_overrun() {
            return Err(short());
        }
    }
    Ok(())
}

struct Coder<'a> {
    dc: &'a HuffmanTable,
    ac: &'a HuffmanTable,
    quantization: &'a [u16; 64],
    predicted: i32,
}

impl Coder<'_> {
    #[inline]
    fn block(&mut self, bits: &mut Bits<'_>, plane: &mut Plane, column: usize, row: usize) -> Result<()> {
        bits.refill();
        let size = u32::from(self.dc.symbol(bits)?);
        if size > 15 {
            return Err(damaged("a DC difference is out of range"));
        }
        self.predicted = self.predicted.wrapping_add(bits.value(size));
        let dc = self.predicted.wrapping_mul(i32::from(self.quantization.first().copied().unwrap_or(0)));

        let mut coefficients = [[0_i32; 8]; 8];
        let flat = coefficients.as_flattened_mut();
        let mut place = 1_usize;
        let mut is_flat = true;
        while place < 64 {
            bits.refill_for_one();
            let (run, value) = match self.ac.run_and_value(bits) {
                Some(found) => found,
                None => {
                    let symbol = self.ac.symbol(bits)?;
                    let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
                    if size == 0 {
                        if run < 15 {
                            break;
                        }
                        place = place.saturating_add(16);
                        continue;
                    }
                    (run, bits.value(size))
                }
            };
            place = place.saturating_add(run);
            let (Some(&at), Some(&factor)) = (ZIGZAG.get(place), self.quantization.get(place)) else {
                return Err(damaged("a block has more than 64 coefficients"));
            };
            if let Some(coefficient) = flat.get_mut(usize::from(at)) {
                *coefficient = value.wrapping_mul(i32::from(factor));
            }
            is_flat = false;
            place = place.saturating_add(1);
        }
        if is_flat {
            plane.fill_block(column, row, idct::flat(dc));
            return Ok(());
        }
        if let Some(first) = flat.first_mut() {
            *first = dc;
        }
        plane.put_block(column, row, &idct::inverse(&coefficients));
        Ok(())
    }
}
