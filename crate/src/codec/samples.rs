//! Decoded numbers in their own type.

use bytemuck::Pod;

use crate::tiff::SampleType;

/// Decoded samples, one variant a type. [`with_samples!`](crate::codec::with_samples) gives the typed vector.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    /// Real and imaginary parts.
    CF32(Vec<[f32; 2]>),
    CF64(Vec<[f64; 2]>),
}

/// What a block decodes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// All that the block stores: padding and, where bands lie together, all bands.
    pub samples: Samples,
    /// Per stored pixel whether it is valid, where the codec itself keeps a mask (LERC); `None`: all are.
    pub validity: Option<Vec<bool>>,
}

/// A Rust number that samples decode to.
pub trait Sample: Pod + PartialEq + Send + Sync + 'static {
    const TYPE: SampleType;

    /// The value as `f64`; 64-bit integers beyond 2⁵³ round to the nearest, a complex number has none and gives NaN.
    fn to_f64(self) -> f64;

    /// Whether the value (of a complex number: either part) is NaN; never for integers.
    fn is_nan(self) -> bool;

    /// The samples as this type, `None` where they are of another.
    fn of(samples: &Samples) -> Option<&[Self]>;

    fn of_mut(samples: &mut Samples) -> Option<&mut Vec<Self>>;

    fn into_samples(values: Vec<Self>) -> Samples;
}

/// Evaluates an expression with `$values` bound to the typed vector inside `$samples`.
///
/// ```ignore
/// let sum = with_samples!(&block.samples, values => values.iter().map(|value| value.to_f64()).sum::<f64>());
/// ```
#[macro_export]
macro_rules! with_samples {
    ($samples:expr, $values:ident => $body:expr) => {
        match $samples {
            $crate::codec::Samples::U8($values) => $body,
            $crate::codec::Samples::U16($values) => $body,
            $crate::codec::Samples::U32($values) => $body,
            $crate::codec::Samples::U64($values) => $body,
            $crate::codec::Samples::I8($values) => $body,
            $crate::codec::Samples::I16($values) => $body,
            $crate::codec::Samples::I32($values) => $body,
            $crate::codec::Samples::I64($values) => $body,
            $crate::codec::Samples::F32($values) => $body,
            $crate::codec::Samples::F64($values) => $body,
            $crate::codec::Samples::CF32($values) => $body,
            $crate::codec::Samples::CF64($values) => $body,
        }
    };
}
pub use with_samples;

/// As [`with_samples!`](crate::codec::with_samples), without code for complex numbers: these give `$other`.
#[macro_export]
macro_rules! with_real_samples {
    ($samples:expr, $values:ident => $body:expr, else $other:expr) => {
        match $samples {
            $crate::codec::Samples::U8($values) => $body,
            $crate::codec::Samples::U16($values) => $body,
            $crate::codec::Samples::U32($values) => $body,
            $crate::codec::Samples::U64($values) => $body,
            $crate::codec::Samples::I8($values) => $body,
            $crate::codec::Samples::I16($values) => $body,
            $crate::codec::Samples::I32($values) => $body,
            $crate::codec::Samples::I64($values) => $body,
            $crate::codec::Samples::F32($values) => $body,
            $crate::codec::Samples::F64($values) => $body,
            $crate::codec::Samples::CF32(_) | $crate::codec::Samples::CF64(_) => $other,
        }
    };
}
pub use with_real_samples;

/// Evaluates an expression with `$t` bound to the Rust type that samples of `$sample_type` decode to.
macro_rules! with_type {
    ($sample_type:expr, $t:ident => $body:expr) => {
        match $sample_type {
            $crate::tiff::SampleType::U8 => {
                type $t = u8;
                $body
            }
            $crate::tiff::SampleType::U16 => {
                type $t = u16;
                $body
            }
            $crate::tiff::SampleType::U32 => {
                type $t = u32;
                $body
            }
            $crate::tiff::SampleType::U64 => {
                type $t = u64;
                $body
            }
            $crate::tiff::SampleType::I8 => {
                type $t = i8;
                $body
            }
            $crate::tiff::SampleType::I16 => {
                type $t = i16;
                $body
            }
            $crate::tiff::SampleType::I32 => {
                type $t = i32;
                $body
            }
            $crate::tiff::SampleType::I64 => {
                type $t = i64;
                $body
            }
            $crate::tiff::SampleType::F16 | $crate::tiff::SampleType::F24 | $crate::tiff::SampleType::F32 => {
                type $t = f32;
                $body
            }
            $crate::tiff::SampleType::F64 => {
                type $t = f64;
                $body
            }
            $crate::tiff::SampleType::CI16 | $crate::tiff::SampleType::CF32 => {
                type $t = [f32; 2];
                $body
            }
            $crate::tiff::SampleType::CI32 | $crate::tiff::SampleType::CF64 => {
                type $t = [f64; 2];
                $body
            }
        }
    };
}
pub(crate) use with_type;

impl Samples {
    /// `len` zeros of the type that `sample_type` decodes to.
    #[must_use]
    pub fn zeros(sample_type: SampleType, len: usize) -> Self {
        with_type!(sample_type, T => <T as Sample>::into_samples(vec![T::default(); len]))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        with_samples!(self, values => values.len())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The decoded type, see [`SampleType::decoded`].
    #[must_use]
    pub fn sample_type(&self) -> SampleType {
        fn type_of<T: Sample>(_: &[T]) -> SampleType {
            T::TYPE
        }
        with_samples!(self, values => type_of(values))
    }

    /// Sample `index` as `f64`, see [`Sample::to_f64`].
    #[must_use]
    pub fn to_f64(&self, index: usize) -> Option<f64> {
        with_samples!(self, values => values.get(index).map(|value| value.to_f64()))
    }

    /// The samples' memory, in the machine's byte order.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        with_samples!(self, values => bytemuck::cast_slice(values))
    }

    pub(crate) fn as_bytes_mut(&mut self) -> &mut [u8] {
        with_samples!(self, values => bytemuck::cast_slice_mut(values))
    }
}

macro_rules! sample {
    ($($t:ty, $variant:ident, $to_f64:expr, $is_nan:expr;)*) => {$(
        impl Sample for $t {
            const TYPE: SampleType = SampleType::$variant;

            #[inline]
            fn to_f64(self) -> f64 {
                let to_f64: fn($t) -> f64 = $to_f64;
                to_f64(self)
            }

            #[inline]
            fn is_nan(self) -> bool {
                let is_nan: fn($t) -> bool = $is_nan;
                is_nan(self)
            }

            fn of(samples: &Samples) -> Option<&[Self]> {
                match samples {
                    Samples::$variant(values) => Some(values),
                    _ => None,
                }
            }

            fn of_mut(samples: &mut Samples) -> Option<&mut Vec<Self>> {
                match samples {
                    Samples::$variant(values) => Some(values),
                    _ => None,
                }
            }

            fn into_samples(values: Vec<Self>) -> Samples {
                Samples::$variant(values)
            }
        }
    )*};
}

sample! {
    u8, U8, |value| value as f64, |_| false;
    u16, U16, |value| value as f64, |_| false;
    u32, U32, |value| value as f64, |_| false;
    u64, U64, |value| value as f64, |_| false;
    i8, I8, |value| value as f64, |_| false;
    i16, I16, |value| value as f64, |_| false;
    i32, I32, |value| value as f64, |_| false;
    i64, I64, |value| value as f64, |_| false;
    f32, F32, |value| value as f64, f32::is_nan;
    f64, F64, |value| value, f64::is_nan;
    [f32; 2], CF32, |_| f64::NAN, |[re, im]| re.is_nan() | im.is_nan();
    [f64; 2], CF64, |_| f64::NAN, |[re, im]| re.is_nan() | im.is_nan();
}
