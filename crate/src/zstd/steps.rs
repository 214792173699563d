//! Tables of the codes of sequences (RFC 8878, section 3.1.1.3.2.1).

use super::Damage;
use super::fse::{Distribution, State};

/// The most that any of the tables may have.
const MOST_LOG: u32 = 9;
const TABLE_LEN: usize = 1 << MOST_LOG;

const LITERAL_PARTS: [i16; 36] =
    [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1];
const MATCH_PARTS: [i16; 53] = [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];
const OFFSET_PARTS: [i16; 29] =
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1];

/// By code: the least length that it stands for, and the number of bits that are added to it.
const LITERAL_LENGTHS: [(u32, u8); LITERAL_PARTS.len()] =
    lengths(0, &[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
const MATCH_LENGTHS: [(u32, u8); MATCH_PARTS.len()] =
    lengths(3, &[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

/// Lengths from `least` on; only the last codes, as many as `extra_bits`, stand for several.
#[expect(clippy::indexing_slicing, reason = "an index beyond the array would not compile")]
#[expect(clippy::arithmetic_side_effects, reason = "nor would a sum that overflows")]
const fn lengths<const CODES: usize>(least: u32, extra_bits: &[u8]) -> [(u32, u8); CODES] {
    let mut all = [(0, 0); CODES];
    let (mut code, mut length) = (0, least);
    while code < CODES {
        let bits = if code + extra_bits.len() < CODES { 0 } else { extra_bits[code + extra_bits.len() - CODES] };
        all[code] = (length, bits);
        length += 1 << bits;
        code += 1;
    }
    all
}

/// What a sequence's codes stand for.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Literals,
    Offset,
    Match,
}

/// A code's least value, the number of bits that are added to it, and how its state's next one is found: all in one
/// word, as all are wanted at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Step(u64);

impl Step {
    fn new(base: u32, extra_bits: u8, state: State) -> Self {
        let mask = !u64::MAX.wrapping_shl(state.bits.into());
        Self(
            u64::from(base)
                | u64::from(extra_bits) << 32
                | u64::from(state.bits) << 40
                | u64::from(state.next) << 44
                | mask << 54,
        )
    }

    #[inline(always)]
    pub fn base(self) -> u32 {
        self.0 as u32
    }

    #[inline(always)]
    pub fn extra_bits(self) -> u32 {
        (self.0 >> 32) as u32 & 31
    }

    #[inline(always)]
    pub fn state_bits(self) -> u32 {
        (self.0 >> 40) as u32 & 15
    }

    /// The next state, where `word` without its last `left` bits ends with the bits that tell it.
    #[inline(always)]
    pub fn next(self, word: u64, left: u32) -> u32 {
        let bits = word.wrapping_shr(left) as u32 & (self.0 >> 54) as u32;
        ((self.0 >> 44) as u32 & 0x3ff).wrapping_add(bits)
    }
}

/// The steps of one kind of code, as the last block had them.
pub struct Table {
    kind: Kind,
    steps: [Step; TABLE_LEN],
    /// `None` before the frame's first.
    pub accuracy_log: Option<u32>,
}

impl Table {
    pub fn new(kind: Kind) -> Self {
        Self { kind, steps: [Step::default(); TABLE_LEN], accuracy_log: None }
    }

    /// Takes up what `mode` says of this block's table; gives the bytes after its description.
    pub fn read<'a>(&mut self, mode: u8, bytes: &'a [u8]) -> Result<&'a [u8], Damage> {
        match mode & 3 {
            0 => {
                let (parts, log) = match self.kind {
                    Kind::Literals => (&LITERAL_PARTS[..], 6),
                    Kind::Offset => (&OFFSET_PARTS[..], 5),
                    Kind::Match => (&MATCH_PARTS[..], 6),
                };
                self.fill(&Distribution::of(parts, log))?;
                Ok(bytes)
            }
            1 => {
                let (&symbol, rest) = bytes.split_first().ok_or(Damage::Short)?;
                *self.steps.first_mut().ok_or(Damage::Table)? = self.step(State { symbol, ..State::default() })?;
                self.accuracy_log = Some(0);
                Ok(rest)
            }
            2 => {
                let (symbols, log) = match self.kind {
                    Kind::Literals => (LITERAL_PARTS.len(), 9),
                    Kind::Offset => (32, 8),
                    Kind::Match => (MATCH_PARTS.len(), 9),
                };
                let (distribution, len) = Distribution::read(bytes, symbols, log)?;
                self.fill(&distribution)?;
                bytes.get(len..).ok_or(Damage::Short)
            }
            _ if self.accuracy_log.is_none() => Err(Damage::Table),
            _ => Ok(bytes),
        }
    }

    #[inline(always)]
    pub fn at(&self, state: u32) -> Step {
        self.steps.get(state as usize & (TABLE_LEN - 1)).copied().unwrap_or_default()
    }

    #[inline(never)]
    fn fill(&mut self, distribution: &Distribution) -> Result<(), Damage> {
        let mut states = [State::default(); TABLE_LEN];
        let states = states.get_mut(..1 << distribution.accuracy_log).ok_or(Damage::Table)?;
        distribution.states(states)?;
        for (index, &state) in states.iter().enumerate() {
            let step = self.step(state)?;
            *self.steps.get_mut(index).ok_or(Damage::Table)? = step;
        }
        self.accuracy_log = Some(distribution.accuracy_log);
        Ok(())
    }

    fn step(&self, state: State) -> Result<Step, Damage> {
        let code = state.symbol;
        let (base, bits) = match self.kind {
            Kind::Literals => LITERAL_LENGTHS.get(usize::from(code)).copied(),
            Kind::Match => MATCH_LENGTHS.get(usize::from(code)).copied(),
            Kind::Offset => 1_u32.checked_shl(code.into()).map(|base| (base, code)),
        }
        .ok_or(Damage::Table)?;
        Ok(Step::new(base, bits, state))
    }
}
