//! Literals and matches in turn (RFC 8878, section 3.1.1.3.2).

use super::Damage;
use super::bits::{FRONT_BYTES, FrontedBits};
use super::copies::{Literals, Sequence, put};
use super::steps::{Kind, Table};

/// What of a block's sequences the next block needs.
pub struct Sequences {
    literals: Table,
    offsets: Table,
    matches: Table,
    /// The last three offsets.
    recent: [u32; 3],
    /// Memory for a block's codes.
    stream: Vec<u8>,
}

impl Default for Sequences {
    fn default() -> Self {
        Self {
            literals: Table::new(Kind::Literals),
            offsets: Table::new(Kind::Offset),
            matches: Table::new(Kind::Match),
            recent: [1, 4, 8],
            stream: vec![0; FRONT_BYTES],
        }
    }
}

impl Sequences {
    /// As at the start of a frame.
    pub fn reset(&mut self) {
        for table in [&mut self.literals, &mut self.offsets, &mut self.matches] {
            table.accuracy_log = None;
        }
        self.recent = [1, 4, 8];
    }

    /// Puts the literals and the matches that `section` tells to `out` from `written` on; gives how far that then is
    /// written. `out` starts with the frame's first byte and ends where it or the block must.
    #[inline(never)]
    pub fn execute(
        &mut self,
        section: &[u8],
        literals: Literals<'_>,
        out: &mut [u8],
        written: usize,
    ) -> Result<usize, Damage> {
        let (count, rest) = count(section).ok_or(Damage::Short)?;
        let (mut used, mut written) = (0, written);
        if count == 0 {
            if !rest.is_empty() {
                return Err(Damage::Stream);
            }
        } else {
            let (&modes, rest) = rest.split_first().ok_or(Damage::Short)?;
            if modes & 3 != 0 {
                return Err(Damage::Table);
            }
            let rest = self.literals.read(modes >> 6, rest)?;
            let rest = self.offsets.read(modes >> 4, rest)?;
            let rest = self.matches.read(modes >> 2, rest)?;
            let mut stream = std::mem::take(&mut self.stream);
            stream.truncate(FRONT_BYTES);
            stream.extend_from_slice(rest);
            let ran = self.run(count, &stream, literals, out, written);
            self.stream = stream;
            (used, written) = ran?;
        }
        literals.put(used, literals.len.saturating_sub(used), out, written)
    }

    /// Gives how many literals were used and how far `out` is written.
    #[inline(never)]
    fn run(
        &mut self,
        count: u32,
        stream: &[u8],
        literals: Literals<'_>,
        out: &mut [u8],
        mut written: usize,
    ) -> Result<(usize, usize), Damage> {
        let log = |table: &Table| table.accuracy_log.ok_or(Damage::Table);
        let logs = [log(&self.literals)?, log(&self.offsets)?, log(&self.matches)?];
        let mut bits = FrontedBits::new(stream).ok_or(Damage::Stream)?;
        let (word, mut avail) = bits.word(stream).ok_or(Damage::Stream)?;
        let [mut literal_state, mut offset_state, mut match_state] = logs.map(|log| bits.read(word, &mut avail, log));
        let [mut first, mut second, mut third] = self.recent;
        let mut used = 0_usize;
        for to_come in (0..count).rev() {
            let (mut word, mut avail) = bits.word(stream).ok_or(Damage::Stream)?;
            let offset_step = self.offsets.at(offset_state);
            let match_step = self.matches.at(match_state);
            let literal_step = self.literals.at(literal_state);
            let extra = offset_step.extra_bits();
            let base = offset_step.base();
            avail = avail.wrapping_sub(extra);
            bits.skip(extra);
            let value = base.wrapping_add(word.wrapping_shr(avail) as u32 & base.wrapping_sub(1));
            let mut match_len = match_step.base();
            let mut literal_len = literal_step.base();
            // Rare, and each read is a shift by a variable, of which wasm engines make several instructions.
            if (match_step.extra_bits() | literal_step.extra_bits()) != 0 {
                (word, avail) = bits.word(stream).ok_or(Damage::Stream)?;
                match_len = match_len.wrapping_add(bits.read(word, &mut avail, match_step.extra_bits()));
                literal_len = literal_len.wrapping_add(bits.read(word, &mut avail, literal_step.extra_bits()));
                (word, avail) = bits.word(stream).ok_or(Damage::Stream)?;
            }
            if value > 3 {
                (first, second, third) = (value.wrapping_sub(3), first, second);
            } else {
                match value.wrapping_add(u32::from(literal_len == 0)) {
                    1 => {}
                    2 => (first, second) = (second, first),
                    3 => (first, second, third) = (third, first, second),
                    _ => (first, second, third) = (first.wrapping_sub(1), first, second),
                }
            }
            if to_come > 0 {
                let literal_left = avail.wrapping_sub(literal_step.state_bits());
                let match_left = literal_left.wrapping_sub(match_step.state_bits());
                let offset_left = match_left.wrapping_sub(offset_step.state_bits());
                literal_state = literal_step.next(word, literal_left);
                match_state = match_step.next(word, match_left);
                offset_state = offset_step.next(word, offset_left);
                bits.skip(avail.wrapping_sub(offset_left));
            }

            let sequence =
                Sequence { literal_len: literal_len as usize, match_len: match_len as usize, offset: first as usize };
            written = put(sequence, literals, used, out, written)?;
            used = used.wrapping_add(sequence.literal_len);
        }
        if bits.left() != 0 {
            return Err(Damage::Stream);
        }
        self.recent = [first, second, third];
        Ok((used, written))
    }
}

/// The number of sequences, and what follows it.
fn count(section: &[u8]) -> Option<(u32, &[u8])> {
    let (&first, rest) = section.split_first()?;
    let (extra, rest) = match first {
        0..=127 => return Some((first.into(), rest)),
        128..=254 => rest.split_at_checked(1)?,
        255 => rest.split_at_checked(2)?,
    };
    let count = match *extra {
        [low] => (u32::from(first).wrapping_sub(128) << 8) | u32::from(low),
        [low, high] => u32::from(u16::from_le_bytes([low, high])).wrapping_add(0x7f00),
        _ => return None,
    };
    Some((count, rest))
}
