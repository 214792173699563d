//! Sixteen bytes that are worked on at once: SIMD in wasm. Elsewhere it takes `unsafe`, so the same is done byte by byte.

#[cfg(target_arch = "wasm32")]
use core::arch::wasm32::{
    i8x16_shuffle as shuffle, i8x16_swizzle, u8x16_add, u16x8_add, u32x4_shuffle, u64x2_shuffle, u64x2_splat,
    v128 as Word,
};
#[cfg(not(target_arch = "wasm32"))]
use std::array::from_fn;

#[cfg(not(target_arch = "wasm32"))]
type Word = [u8; 16];

/// Sixteen bytes.
#[derive(Debug, Clone, Copy)]
pub struct Lanes(Word);

#[cfg(target_arch = "wasm32")]
impl Lanes {
    pub fn zero() -> Self {
        Self(u64x2_splat(0))
    }

    /// The sums of bytes, or of numbers of two bytes, each for itself.
    pub fn add<const NUMBER_BYTES: usize>(self, other: Self) -> Self {
        match NUMBER_BYTES {
            2 => Self(u16x8_add(self.0, other.0)),
            _ => Self(u8x16_add(self.0, other.0)),
        }
    }

    /// The first eight bytes of both, and the last eight, in turn.
    pub fn interleave(self, other: Self) -> (Self, Self) {
        let first = shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(self.0, other.0);
        let last = shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(self.0, other.0);
        (Self(first), Self(last))
    }

    /// Every byte `BYTES` (1, 2, 4 or 8) further back, zeros before them.
    pub fn moved<const BYTES: usize>(self) -> Self {
        let (zero, word) = (u64x2_splat(0), self.0);
        // Sixteen neighbours of both: engines know these for one instruction, other zeros would take a table.
        Self(match BYTES {
            1 => shuffle::<15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30>(zero, word),
            2 => shuffle::<14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29>(zero, word),
            4 => u32x4_shuffle::<3, 4, 5, 6>(zero, word),
            _ => u64x2_shuffle::<1, 2>(zero, word),
        })
    }

    /// The bytes at these places, all below 16.
    pub fn picked(self, places: Self) -> Self {
        Self(i8x16_swizzle(self.0, places.0))
    }

    /// The last `BYTES` (1, 2, 4 or 8) bytes, again and again.
    pub fn last<const BYTES: usize>(self) -> Self {
        let word = self.0;
        Self(match BYTES {
            1 => shuffle::<15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15>(word, word),
            2 => shuffle::<14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15>(word, word),
            4 => u32x4_shuffle::<3, 3, 3, 3>(word, word),
            _ => u64x2_shuffle::<1, 1>(word, word),
        })
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Lanes {
    pub fn zero() -> Self {
        Self([0; 16])
    }

    /// The sums of bytes, or of numbers of two bytes, each for itself.
    pub fn add<const NUMBER_BYTES: usize>(self, other: Self) -> Self {
        match NUMBER_BYTES {
            2 => {
                let (a, b): ([u16; 8], [u16; 8]) = (bytemuck::cast(self.0), bytemuck::cast(other.0));
                let sums: [u16; 8] = from_fn(|k| at(&a, k).wrapping_add(at(&b, k)));
                Self(bytemuck::cast(sums))
            }
            _ => Self(from_fn(|k| at(&self.0, k).wrapping_add(at(&other.0, k)))),
        }
    }

    /// The first eight bytes of both, and the last eight, in turn.
    pub fn interleave(self, other: Self) -> (Self, Self) {
        let pairs: [[u8; 2]; 16] = from_fn(|k| [at(&self.0, k), at(&other.0, k)]);
        let [first, last] = bytemuck::cast::<_, [Word; 2]>(pairs);
        (Self(first), Self(last))
    }

    /// Every byte `BYTES` (1, 2, 4 or 8) further back, zeros before them.
    pub fn moved<const BYTES: usize>(self) -> Self {
        Self(from_fn(|k| k.checked_sub(BYTES).map_or(0, |k| at(&self.0, k))))
    }

    /// The bytes at these places, all below 16.
    pub fn picked(self, places: Self) -> Self {
        Self(from_fn(|k| at(&self.0, at(&places.0, k).into())))
    }

    /// The last `BYTES` (1, 2, 4 or 8) bytes, again and again.
    pub fn last<const BYTES: usize>(self) -> Self {
        let (_, last) = self.0.split_last_chunk::<BYTES>().unwrap_or((&[], &[0; BYTES]));
        Self(from_fn(|k| at(last, k.checked_rem(BYTES).unwrap_or(0))))
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn at<T: Copy + Default>(numbers: &[T], index: usize) -> T {
    numbers.get(index).copied().unwrap_or_default()
}

impl From<[u8; 16]> for Lanes {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytemuck::cast(bytes))
    }
}

impl From<Lanes> for [u8; 16] {
    fn from(lanes: Lanes) -> Self {
        bytemuck::cast(lanes.0)
    }
}
