//! Scans of progressive frames: each adds bits to coefficients that are transformed when all scans are read.

use super::damaged;
use super::frame::{Component, Frame};
use super::huffman::{Bits, HuffmanTable};
use super::idct;
use super::picture::Plane;
use super::segments::{EntropyCoded, ScanComponent, Spectrum, ZIGZAG};
use super::sequential::{Step, visit};
use crate::error::Result;

/// The coefficients of a component, a block each, in the order of the stream.
pub type Coefficients = Vec<[i16; 64]>;

/// Reads a scan into the coefficients of its components.
pub fn read_scan(
    frame: &Frame,
    members: &[ScanComponent<'_>],
    spectrum: Spectrum,
    data: &EntropyCoded,
    restart_interval: usize,
    coefficients: &mut [&mut Coefficients],
) -> Result<()> {
    let Spectrum { first, last, high, low } = spectrum;
    let is_dc = first == 0;
    let is_valid = last < 64 && first <= last && low <= 13 && (!is_dc || last == 0) && (is_dc || members.len() == 1);
    if !is_valid || (high != 0 && high.saturating_sub(1) != low) {
        return Err(damaged("a progressive scan has no valid range"));
    }
    let mut predicted = [0_i32; 4];
    let mut ends = 0_u32;
    visit(frame, members, data, restart_interval, |bits, step| {
        let (member, column, row) = match step {
            Step::Restart => {
                predicted = [0; 4];
                ends = 0;
                return Ok(());
            }
            Step::Block { member, column, row } => (member, column, row),
        };
        let Some(scanned) = members.get(member) else { return Ok(()) };
        let place = row.saturating_mul(scanned.component.blocks_across).saturating_add(column);
        let block = coefficients.get_mut(member).and_then(|blocks| blocks.get_mut(place));
        let Some(block) = block else { return Ok(()) };
        let missing = || damaged("a component's Huffman table is missing");
        match (is_dc, high) {
            (true, 0) => {
                let Some(predicted) = predicted.get_mut(member) else { return Ok(()) };
                dc_first(bits, scanned.dc.ok_or_else(missing)?, predicted, low, block)
            }
            (true, _) => {
                if bits.bit()
                    && let Some(dc) = block.first_mut()
                {
                    *dc |= 1 << low;
                }
                Ok(())
            }
            (false, 0) => ac_first(bits, scanned.ac.ok_or_else(missing)?, spectrum, &mut ends, block),
            (false, _) => ac_refine(bits, scanned.ac.ok_or_else(missing)?, spectrum, &mut ends, block),
        }
    })
}

/// Dequantises and transforms the coefficients of a component.
pub fn transform(component: &Component, coefficients: &Coefficients, quantization: &[u16; 64], plane: &mut Plane) {
    for (row, blocks) in coefficients.chunks(component.blocks_across.max(1)).enumerate() {
        for (column, block) in blocks.iter().enumerate() {
            let mut dequantised = [[0_i32; 8]; 8];
            let flat = dequantised.as_flattened_mut();
            for ((&value, &factor), &at) in block.iter().zip(quantization).zip(&ZIGZAG) {
                if let Some(to) = flat.get_mut(usize::from(at)) {
                    *to = i32::from(value).wrapping_mul(i32::from(factor));
                }
            }
            plane.put_block(column, row, &idct::inverse(&dequantised));
        }
    }
}

fn dc_first(
    bits: &mut Bits<'_>,
    table: &HuffmanTable,
    predicted: &mut i32,
    low: u32,
    block: &mut [i16; 64],
) -> Result<()> {
    bits.refill();
    let size = u32::from(table.symbol(bits)?);
    if size > 15 {
        return Err(damaged("a DC difference is out of range"));
    }
    *predicted = predicted.wrapping_add(bits.value(size));
    if let Some(dc) = block.first_mut() {
        *dc = (*predicted << low) as i16;
    }
    Ok(())
}

fn ac_first(
    bits: &mut Bits<'_>,
    table: &HuffmanTable,
    spectrum: Spectrum,
    ends: &mut u32,
    block: &mut [i16; 64],
) -> Result<()> {
    if *ends > 0 {
        *ends = ends.saturating_sub(1);
        return Ok(());
    }
    let mut place = spectrum.first;
    while place <= spectrum.last {
        bits.refill_for_one();
        let symbol = table.symbol(bits)?;
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if run < 15 {
                *ends = (1_u32 << run).saturating_sub(1).saturating_add(bits.raw(run));
                return Ok(());
            }
            place = place.saturating_add(16);
            continue;
        }
        place = place.saturating_add(run as usize);
        let value = bits.value(size) << spectrum.low;
        let coefficient = block.get_mut(place).filter(|_| place <= spectrum.last);
        *coefficient.ok_or_else(|| damaged("a block has more coefficients than its scan"))? = value as i16;
        place = place.saturating_add(1);
    }
    Ok(())
}

fn ac_refine(
    bits: &mut Bits<'_>,
    table: &HuffmanTable,
    spectrum: Spectrum,
    ends: &mut u32,
    block: &mut [i16; 64],
) -> Result<()> {
    let one = 1_i16 << spectrum.low;
    let mut place = spectrum.first;
    if *ends == 0 {
        while place <= spectrum.last {
            bits.refill();
            let symbol = table.symbol(bits)?;
            let (mut run, size) = (u32::from(symbol >> 4), symbol & 15);
            let mut value = 0;
            if size == 0 {
                if run < 15 {
                    *ends = (1_u32 << run).saturating_add(bits.raw(run));
                    break;
                }
            } else {
                value = if bits.bit() { one } else { one.wrapping_neg() };
            }
            // Known coefficients get their bit; zeros count against the run.
            while place <= spectrum.last {
                let Some(coefficient) = block.get_mut(place) else { break };
                place = place.saturating_add(1);
                if *coefficient != 0 {
                    refine(bits, coefficient, one);
                } else if run == 0 {
                    *coefficient = value;
                    break;
                } else {
                    run = run.saturating_sub(1);
                }
            }
        }
    }
    if *ends > 0 {
        let rest = block.get_mut(place..=spectrum.last).unwrap_or_default();
        for coefficient in rest.iter_mut().filter(|coefficient| **coefficient != 0) {
            refine(bits, coefficient, one);
        }
        *ends = ends.saturating_sub(1);
    }
    Ok(())
}

#[inline]
fn refine(bits: &mut Bits<'_>, coefficient: &mut i16, one: i16) {
    if bits.bit() && *coefficient & one == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient > 0 { one } else { one.wrapping_neg() });
    }
}
