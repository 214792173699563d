//! The codes of ITU-T T.4 and T.6.

use std::sync::LazyLock;

use super::bits::Bits;

/// Zeros before the 1 of an end-of-line code; no other code begins with as many.
pub const END_OF_LINE_ZEROS: usize = 11;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    White,
    Black,
}

/// How a piece of a line refers to the line before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The colour goes on beyond the next two changes of the line before.
    Pass,
    /// Two runs follow.
    Horizontal,
    /// The colour changes at the next change of the line before, or so many columns to the right of it.
    Vertical(i8),
}

/// Runs by their codes: entry `bits` of a table is the run whose code begins the 13 bits, and the code's length.
#[derive(Debug)]
pub struct Codes {
    white: Vec<Entry>,
    black: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    run: u16,
    /// 0: no code.
    len: u8,
}

impl Colour {
    pub const fn other(self) -> Self {
        match self {
            Self::White => Self::Black,
            Self::Black => Self::White,
        }
    }
}

impl Codes {
    pub fn shared() -> &'static Self {
        static CODES: LazyLock<Codes> =
            LazyLock::new(|| Codes { white: table(&WHITE, &WHITE_MAKE_UP), black: table(&BLACK, &BLACK_MAKE_UP) });
        &CODES
    }

    /// A run's length: codes of multiples of 64, then one below 64. `None` where a code is none.
    pub fn read_run(&self, colour: Colour, bits: &mut Bits<'_>) -> Option<u32> {
        let table = match colour {
            Colour::White => &self.white,
            Colour::Black => &self.black,
        };
        let mut run = 0_u32;
        loop {
            let entry = table.get(bits.peek(LONGEST))?;
            if entry.len == 0 {
                return None;
            }
            bits.skip(entry.len.into())?;
            run = run.checked_add(entry.run.into())?;
            if entry.run < 64 {
                return Some(run);
            }
        }
    }

    /// `None` where the code is none, an extension (uncompressed pixels: nothing writes them) or the end of the block.
    #[expect(clippy::unused_self, reason = "modes are few enough to need no table")]
    pub fn read_mode(&self, bits: &mut Bits<'_>) -> Option<Mode> {
        let next = bits.peek(7);
        let (mode, len) = match next {
            0b100_0000.. => (Mode::Vertical(0), 1),
            0b011_0000.. => (Mode::Vertical(1), 3),
            0b010_0000.. => (Mode::Vertical(-1), 3),
            0b001_0000.. => (Mode::Horizontal, 3),
            0b000_1000.. => (Mode::Pass, 4),
            0b000_0110.. => (Mode::Vertical(2), 6),
            0b000_0100.. => (Mode::Vertical(-2), 6),
            0b000_0011 => (Mode::Vertical(3), 7),
            0b000_0010 => (Mode::Vertical(-3), 7),
            _ => return None,
        };
        bits.skip(len)?;
        Some(mode)
    }
}

fn table(short: &[u16], make_up: &[u16]) -> Vec<Entry> {
    let mut table = vec![Entry::default(); 1 << LONGEST_BITS];
    let runs = (0..64_u16).zip(short).chain((64..=1728).step_by(64).zip(make_up));
    for (run, &code) in runs.chain((1792..=2560).step_by(64).zip(&LONG_MAKE_UP)) {
        let len = code.checked_ilog2().unwrap_or(0);
        let unused = LONGEST_BITS.saturating_sub(len);
        // Without the 1 that marks where the code begins.
        let first = (usize::from(code) << unused) & MASK;
        for entry in table.iter_mut().skip(first).take(1 << unused) {
            *entry = Entry { run, len: u8::try_from(len).unwrap_or(0) };
        }
    }
    table
}

/// Bits of the longest code.
const LONGEST: usize = 13;
const LONGEST_BITS: u32 = 13;
const MASK: usize = 0x1fff;

// A code is written behind a 1, which marks where it begins.

/// White runs of 0 to 63.
const WHITE: [u16; 64] = [
    0x135, 0x47, 0x17, 0x18, 0x1b, 0x1c, 0x1e, 0x1f, 0x33, 0x34, 0x27, 0x28, 0x48, 0x43, 0x74, 0x75, 0x6a, 0x6b, 0xa7,
    0x8c, 0x88, 0x97, 0x83, 0x84, 0xa8, 0xab, 0x93, 0xa4, 0x98, 0x102, 0x103, 0x11a, 0x11b, 0x112, 0x113, 0x114, 0x115,
    0x116, 0x117, 0x128, 0x129, 0x12a, 0x12b, 0x12c, 0x12d, 0x104, 0x105, 0x10a, 0x10b, 0x152, 0x153, 0x154, 0x155,
    0x124, 0x125, 0x158, 0x159, 0x15a, 0x15b, 0x14a, 0x14b, 0x132, 0x133, 0x134,
];

/// White runs of 64, 128, … 1728.
const WHITE_MAKE_UP: [u16; 27] = [
    0x3b, 0x32, 0x57, 0xb7, 0x136, 0x137, 0x164, 0x165, 0x168, 0x167, 0x2cc, 0x2cd, 0x2d2, 0x2d3, 0x2d4, 0x2d5, 0x2d6,
    0x2d7, 0x2d8, 0x2d9, 0x2da, 0x2db, 0x298, 0x299, 0x29a, 0x58, 0x29b,
];

/// Black runs of 0 to 63.
const BLACK: [u16; 64] = [
    0x437, 0xa, 0x7, 0x6, 0xb, 0x13, 0x12, 0x23, 0x45, 0x44, 0x84, 0x85, 0x87, 0x104, 0x107, 0x218, 0x417, 0x418,
    0x408, 0x867, 0x868, 0x86c, 0x837, 0x828, 0x817, 0x818, 0x10ca, 0x10cb, 0x10cc, 0x10cd, 0x1068, 0x1069, 0x106a,
    0x106b, 0x10d2, 0x10d3, 0x10d4, 0x10d5, 0x10d6, 0x10d7, 0x106c, 0x106d, 0x10da, 0x10db, 0x1054, 0x1055, 0x1056,
    0x1057, 0x1064, 0x1065, 0x1052, 0x1053, 0x1024, 0x1037, 0x1038, 0x1027, 0x1028, 0x1058, 0x1059, 0x102b, 0x102c,
    0x105a, 0x1066, 0x1067,
];

/// Black runs of 64, 128, … 1728.
const BLACK_MAKE_UP: [u16; 27] = [
    0x40f, 0x10c8, 0x10c9, 0x105b, 0x1033, 0x1034, 0x1035, 0x206c, 0x206d, 0x204a, 0x204b, 0x204c, 0x204d, 0x2072,
    0x2073, 0x2074, 0x2075, 0x2076, 0x2077, 0x2052, 0x2053, 0x2054, 0x2055, 0x205a, 0x205b, 0x2064, 0x2065,
];

/// Runs of 1792, 1856, … 2560 of either colour.
const LONG_MAKE_UP: [u16; 13] =
    [0x808, 0x80c, 0x80d, 0x1012, 0x1013, 0x1014, 0x1015, 0x1016, 0x1017, 0x101c, 0x101d, 0x101e, 0x101f];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_leave_out_only_what_begins_with_eight_zeros() {
        for table in [&Codes::shared().white, &Codes::shared().black] {
            for (bits, entry) in table.iter().enumerate() {
                assert_eq!(entry.len == 0, bits >> 5 == 0, "{bits:013b}");
            }
            let mut runs: Vec<u16> = table.iter().filter(|entry| entry.len > 0).map(|entry| entry.run).collect();
            runs.sort_unstable();
            runs.dedup();
            assert_eq!(runs.len(), 64 + 27 + 13);
        }
    }
}
