//! The inverse cosine transform of libjpeg's `jidctint`: 13-bit constants, two passes. Loeffler, Ligtenberg and Moschytz,
//! "Practical fast 1-D DCT algorithms with 11 multiplications", ICASSP 1989.

use std::num::Wrapping;

type Number = Wrapping<i32>;

const CONST_BITS: usize = 13;
const PASS1_BITS: usize = 2;

const F0_298: Number = Wrapping(2446);
const F0_390: Number = Wrapping(3196);
const F0_541: Number = Wrapping(4433);
const F0_765: Number = Wrapping(6270);
const F0_899: Number = Wrapping(7373);
const F1_175: Number = Wrapping(9633);
const F1_501: Number = Wrapping(12299);
const F1_847: Number = Wrapping(15137);
const F1_961: Number = Wrapping(16069);
const F2_053: Number = Wrapping(16819);
const F2_562: Number = Wrapping(20995);
const F3_072: Number = Wrapping(25172);

/// Dequantised coefficients, rows of eight.
pub type Coefficients = [[i32; 8]; 8];

/// The samples of a block.
pub fn inverse(coefficients: &Coefficients) -> [[u8; 8]; 8] {
    let mut pass = *coefficients;
    columns::<{ CONST_BITS - PASS1_BITS }>(&mut pass);
    let mut pass = transposed(&pass);
    columns::<{ CONST_BITS + PASS1_BITS + 3 }>(&mut pass);
    let pass = transposed(&pass);
    pass.map(|row| row.map(|value| value.saturating_add(128).clamp(0, 255) as u8))
}

/// The one sample that a block of only a DC coefficient is made of.
pub fn flat(dc: i32) -> u8 {
    (dc.wrapping_add(4) >> 3).saturating_add(128).clamp(0, 255) as u8
}

/// One pass over all columns side by side: the loop's body is one column, so that it becomes SIMD.
#[inline]
fn columns<const SHIFT: usize>(rows: &mut Coefficients) {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let lanes = r0.iter_mut().zip(r1).zip(r2).zip(r3).zip(r4).zip(r5).zip(r6).zip(r7);
    for (((((((c0, c1), c2), c3), c4), c5), c6), c7) in lanes {
        let out = column::<SHIFT>([*c0, *c1, *c2, *c3, *c4, *c5, *c6, *c7].map(Wrapping));
        [*c0, *c1, *c2, *c3, *c4, *c5, *c6, *c7] = out;
    }
}

#[inline(always)]
fn column<const SHIFT: usize>([c0, c1, c2, c3, c4, c5, c6, c7]: [Number; 8]) -> [i32; 8] {
    let half = Wrapping(1_i32 << SHIFT.saturating_sub(1));
    let descale = |value: Number| ((value + half) >> SHIFT).0;

    let z1 = (c2 + c6) * F0_541;
    let even2 = z1 - c6 * F1_847;
    let even3 = z1 + c2 * F0_765;
    let even0 = (c0 + c4) << CONST_BITS;
    let even1 = (c0 - c4) << CONST_BITS;
    let (t10, t13) = (even0 + even3, even0 - even3);
    let (t11, t12) = (even1 + even2, even1 - even2);

    let (z1, z2, z3, z4) = (c7 + c1, c5 + c3, c7 + c3, c5 + c1);
    let z5 = (z3 + z4) * F1_175;
    let (z1, z2) = (-z1 * F0_899, -z2 * F2_562);
    let (z3, z4) = (z5 - z3 * F1_961, z5 - z4 * F0_390);
    let odd0 = c7 * F0_298 + z1 + z3;
    let odd1 = c5 * F2_053 + z2 + z4;
    let odd2 = c3 * F3_072 + z2 + z3;
    let odd3 = c1 * F1_501 + z1 + z4;

    [
        descale(t10 + odd3),
        descale(t11 + odd2),
        descale(t12 + odd1),
        descale(t13 + odd0),
        descale(t13 - odd0),
        descale(t12 - odd1),
        descale(t11 - odd2),
        descale(t10 - odd3),
    ]
}

#[inline]
fn transposed(rows: &Coefficients) -> Coefficients {
    let mut out = [[0; 8]; 8];
    for (column, row) in rows.iter().enumerate() {
        for (to, &value) in out.iter_mut().zip(row) {
            if let Some(to) = to.get_mut(column) {
                *to = value;
            }
        }
    }
    out
}
