//! The value that means "nothing here", in the file's own sample type.

use crate::codec::{Sample, Samples};
use crate::tiff::SampleType;

/// A nodata value that samples of the file's type can take. What no sample can equal (`-9999` in a `uint8` file) is
/// [`Nodata::None`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Nodata {
    None,
    /// NaN, of a float file. NaN samples are invalid whatever the nodata is.
    Nan,
    /// Of a float file; exact in the file's type: for `float32` the nearest `f32`, widened.
    Float(f64),
    /// Of a signed integer file.
    Int(i64),
    /// Of an unsigned integer file.
    UInt(u64),
}

/// A sample type that [`Nodata`] can be compared with.
pub trait NodataSample: Sample {
    /// The nodata value as a sample; `None` where no sample equals it (NaN included: test that with
    /// [`Sample::is_nan`]).
    fn nodata(nodata: Nodata) -> Option<Self>;
}

impl Nodata {
    /// Parses GDAL's text (`-9999`, `nan`, `3.4e+38`) in the file's type, as GDAL does.
    #[must_use]
    pub fn parse(text: &str, sample_type: SampleType) -> Self {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        match sample_type {
            SampleType::U8 => Self::unsigned(text, u64::from(u8::MAX)),
            SampleType::U16 => Self::unsigned(text, u64::from(u16::MAX)),
            SampleType::U32 => Self::unsigned(text, u64::from(u32::MAX)),
            SampleType::U64 => Self::unsigned(text, u64::MAX),
            SampleType::I8 => Self::signed(text, i64::from(i8::MIN), i64::from(i8::MAX)),
            SampleType::I16 => Self::signed(text, i64::from(i16::MIN), i64::from(i16::MAX)),
            SampleType::I32 => Self::signed(text, i64::from(i32::MIN), i64::from(i32::MAX)),
            SampleType::I64 => Self::signed(text, i64::MIN, i64::MAX),
            SampleType::F16 | SampleType::F24 | SampleType::F32 | SampleType::CF32 => {
                Self::float(text, |value| f64::from(to_f32(value)))
            }
            SampleType::F64 | SampleType::CF64 | SampleType::CI16 | SampleType::CI32 => {
                Self::float(text, |value| value)
            }
        }
    }

    /// Whether `sample` is a value: not nodata and not NaN.
    #[must_use]
    pub fn is_valid<T: NodataSample>(self, sample: T) -> bool {
        !sample.is_nan() && T::nodata(self) != Some(sample)
    }

    /// The value as `f64`, `None` where there is none.
    #[must_use]
    pub fn to_f64(self) -> Option<f64> {
        match self {
            Self::None => None,
            Self::Nan => Some(f64::NAN),
            Self::Float(value) => Some(value),
            Self::Int(value) => Some(value as f64),
            Self::UInt(value) => Some(value as f64),
        }
    }

    /// `len` samples that are all nodata, or 0 where there is no nodata: what a sparse block holds.
    #[must_use]
    pub fn samples(self, sample_type: SampleType, len: usize) -> Samples {
        fn fill<T: NodataSample>(nodata: Nodata, values: &mut [T], nan: Option<T>) {
            if let Some(value) = T::nodata(nodata).or(nan) {
                values.fill(value);
            }
        }
        let mut samples = Samples::zeros(sample_type, len);
        let is_nan = matches!(self, Self::Nan);
        match &mut samples {
            Samples::F32(values) => fill(self, values, is_nan.then_some(f32::NAN)),
            Samples::F64(values) => fill(self, values, is_nan.then_some(f64::NAN)),
            Samples::U8(values) => fill(self, values, None),
            Samples::U16(values) => fill(self, values, None),
            Samples::U32(values) => fill(self, values, None),
            Samples::U64(values) => fill(self, values, None),
            Samples::I8(values) => fill(self, values, None),
            Samples::I16(values) => fill(self, values, None),
            Samples::I32(values) => fill(self, values, None),
            Samples::I64(values) => fill(self, values, None),
            // GDAL fills the real part.
            Samples::CF32(values) => values.fill([self.to_f64().unwrap_or(0.0) as f32, 0.0]),
            Samples::CF64(values) => values.fill([self.to_f64().unwrap_or(0.0), 0.0]),
        }
        samples
    }

    fn unsigned(text: &str, max: u64) -> Self {
        let exact = text.parse::<u64>().ok();
        // "65535.0" and "1e3" are whole numbers too.
        let value = exact.or_else(|| {
            let value = text.parse::<f64>().ok()?;
            (value.fract() == 0.0 && (0.0..18_446_744_073_709_551_616.0).contains(&value)).then_some(value as u64)
        });
        value.filter(|&value| value <= max).map_or(Self::None, Self::UInt)
    }

    fn signed(text: &str, min: i64, max: i64) -> Self {
        let exact = text.parse::<i64>().ok();
        let value = exact.or_else(|| {
            let value = text.parse::<f64>().ok()?;
            let range = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;
            (value.fract() == 0.0 && range.contains(&value)).then_some(value as i64)
        });
        value.filter(|&value| (min..=max).contains(&value)).map_or(Self::None, Self::Int)
    }

    fn float(text: &str, narrow: impl Fn(f64) -> f64) -> Self {
        // GDAL takes C's spellings of NaN and infinity; Rust's parser knows all but "-nan" and MSVC's "1.#QNAN".
        let lower = text.to_ascii_lowercase();
        if lower.trim_start_matches(['-', '+']).starts_with("nan") || lower.contains("#qnan") || lower.contains("#ind")
        {
            return Self::Nan;
        }
        match lower.parse::<f64>() {
            Ok(value) if value.is_nan() => Self::Nan,
            Ok(value) => Self::Float(narrow(value)),
            Err(_) => Self::None,
        }
    }
}

/// `value` as `f32`; what is printed a hair beyond the greatest `f32` means that one (GDAL's rule), not infinity.
fn to_f32(value: f64) -> f32 {
    let max = f64::from(f32::MAX);
    if value.is_finite() && value.abs() > max && value.abs() <= max * (1.0 + 1e-10) {
        return f32::MAX.copysign(value as f32);
    }
    value as f32
}

macro_rules! nodata_sample {
    ($($t:ty, $variant:ident;)*) => {$(
        impl NodataSample for $t {
            #[inline]
            fn nodata(nodata: Nodata) -> Option<Self> {
                match nodata {
                    Nodata::$variant(value) => Self::try_from(value).ok(),
                    _ => None,
                }
            }
        }
    )*};
}

nodata_sample! {
    u8, UInt;
    u16, UInt;
    u32, UInt;
    u64, UInt;
    i8, Int;
    i16, Int;
    i32, Int;
    i64, Int;
    f64, Float;
}

impl NodataSample for f32 {
    #[inline]
    fn nodata(nodata: Nodata) -> Option<Self> {
        match nodata {
            Nodata::Float(value) => Some(value as Self),
            _ => None,
        }
    }
}

macro_rules! complex_sample {
    ($($part:ty),*) => {$(
        impl NodataSample for [$part; 2] {
            /// Complex numbers are read, not judged.
            #[inline]
            fn nodata(_: Nodata) -> Option<Self> {
                None
            }
        }
    )*};
}

complex_sample! { f32, f64 }

#[cfg(test)]
#[path = "nodata_tests.rs"]
mod tests;
