//! The numbers that a file can hold.

/// A sample type of TIFF that the writer knows: unsigned and signed integers of 8 to 64 bits, `f32`, `f64`.
pub trait Sample: Copy + Send + Sync + std::fmt::Debug + sealed::Sealed + 'static {
    /// Size of one sample.
    const BYTES: usize;
    /// TIFF's SampleFormat: 1 unsigned, 2 signed, 3 floating point.
    const FORMAT: u16;
    const ZERO: Self;

    /// The sample's bits, in the low [`Self::BYTES`] bytes.
    fn bits(self) -> u64;

    /// Whether both are the same number; NaN is the same as NaN.
    fn is_same(self, other: Self) -> bool;

    /// Mean of values with positive weights, rounded half up for integers; zero for no values.
    fn mean(values: &[(Self, u64)]) -> Self;

    /// The closest other number: what a mean becomes that happens to equal nodata.
    fn neighbor(self) -> Self;

    /// The number as GDAL writes it into its nodata tag.
    fn text(self) -> String;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! integer {
    ($($type:ty, $format:literal, $mean:path;)*) => { $(
        impl sealed::Sealed for $type {}
        impl Sample for $type {
            const BYTES: usize = size_of::<$type>();
            const FORMAT: u16 = $format;
            const ZERO: Self = 0;

            fn bits(self) -> u64 {
                self as u64
            }

            fn is_same(self, other: Self) -> bool {
                self == other
            }

            fn mean(values: &[(Self, u64)]) -> Self {
                let mean = $mean(values.iter().map(|&(value, weight)| (value.into(), weight)));
                // A mean lies between its values, so it fits their type.
                mean as Self
            }

            fn neighbor(self) -> Self {
                self.checked_add(1).unwrap_or(Self::MAX - 1)
            }

            fn text(self) -> String {
                self.to_string()
            }
        }
    )* };
}

integer! {
    u8, 1, narrow_mean;
    i8, 2, narrow_mean;
    u16, 1, narrow_mean;
    i16, 2, narrow_mean;
    u32, 1, narrow_mean;
    i32, 2, narrow_mean;
    u64, 1, wide_mean;
    i64, 2, wide_mean;
}

macro_rules! float {
    ($($type:ty;)*) => { $(
        impl sealed::Sealed for $type {}
        impl Sample for $type {
            const BYTES: usize = size_of::<$type>();
            const FORMAT: u16 = 3;
            const ZERO: Self = 0.0;

            fn bits(self) -> u64 {
                self.to_bits().into()
            }

            fn is_same(self, other: Self) -> bool {
                self == other || (self.is_nan() && other.is_nan())
            }

            fn mean(values: &[(Self, u64)]) -> Self {
                let (sum, weights) = values.iter().fold((0.0, 0.0), |(sum, weights), &(value, weight)| {
                    (sum + f64::from(value) * weight as f64, weights + weight as f64)
                });
                if weights > 0.0 { (sum / weights) as Self } else { 0.0 }
            }

            fn neighbor(self) -> Self {
                self.next_up()
            }

            fn text(self) -> String {
                super::text::seventeen_digits(self.into())
            }
        }
    )* };
}

float! { f32; f64; }

/// Mean of values of at most 32 bits: exact while the products surely fit 64 bits, as they do wherever an overview
/// halves its level; with large uneven weights, to the precision of `f64`.
fn narrow_mean(values: impl Iterator<Item = (i64, u64)> + Clone) -> i64 {
    const EXACT_WEIGHT: u64 = 1 << 28;
    let weights: u64 = values.clone().map(|(_, weight)| weight).fold(0, u64::saturating_add);
    if weights == 0 {
        0
    } else if weights <= EXACT_WEIGHT {
        let sum: i64 = values.map(|(value, weight)| value * weight as i64).sum();
        (2 * sum + weights as i64).div_euclid(2 * weights as i64)
    } else {
        let sum: f64 = values.map(|(value, weight)| value as f64 * weight as f64).sum();
        (sum / weights as f64 + 0.5).floor() as i64
    }
}

/// Exact mean of 64-bit values: weights stay under 2⁶⁰, so the sums stay under 2¹²⁶.
fn wide_mean(values: impl Iterator<Item = (i128, u64)>) -> i128 {
    let (sum, weights) = values.fold((0i128, 0i128), |(sum, weights), (value, weight)| {
        (sum + value * i128::from(weight), weights + i128::from(weight))
    });
    if weights == 0 { 0 } else { (2 * sum + weights).div_euclid(2 * weights) }
}

#[cfg(test)]
#[path = "sample_tests.rs"]
mod tests;
