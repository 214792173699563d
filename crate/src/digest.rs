//! Digests of content: the same content has the same one on every machine.

/// A 128-bit multiply-and-xor digest (FNV's constants, eight bytes a step); not for secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(u128);

impl Default for Digest {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Digest {
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::default().and(bytes)
    }

    /// The digest of what came before and `bytes`; where a part ends matters.
    ///
    /// Kept out of its callers: wasm engines optimise whole functions, and one that opens a file is run once.
    #[must_use]
    #[inline(never)]
    pub fn and(self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks();
        let mut digest = words.iter().fold(self, |digest, &word| digest.step(u64::from_le_bytes(word)));
        if !rest.is_empty() {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(rest) {
                *to = *from;
            }
            digest = digest.step(u64::from_le_bytes(word));
        }
        digest.step(crate::num::to_u64(bytes.len()))
    }

    /// 32 hexadecimal digits.
    #[must_use]
    pub fn hex(self) -> String {
        format!("{:032x}", self.0)
    }

    fn step(self, word: u64) -> Self {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        let mixed = (self.0 ^ u128::from(word)).wrapping_mul(PRIME);
        Self(mixed ^ (mixed >> 67))
    }
}
