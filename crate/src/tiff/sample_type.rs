//! How a file stores one number.

use std::fmt;

/// Type of a stored sample. Some are handed out as another, see [`SampleType::decoded`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleType {
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F16,
    /// 1 bit sign, 7 exponent, 16 mantissa.
    F24,
    F32,
    F64,
    /// Complex numbers: a real and an imaginary part of the type that follows the C.
    CI16,
    CI32,
    CF32,
    CF64,
}

impl SampleType {
    /// GDAL's name: `Byte`, `Int8`, `UInt16`, … `Float64`.
    #[must_use]
    pub const fn gdal_name(self) -> &'static str {
        match self {
            Self::U8 => "Byte",
            Self::U16 => "UInt16",
            Self::U32 => "UInt32",
            Self::U64 => "UInt64",
            Self::I8 => "Int8",
            Self::I16 => "Int16",
            Self::I32 => "Int32",
            Self::I64 => "Int64",
            Self::F16 => "Float16",
            Self::F24 => "Float24",
            Self::F32 => "Float32",
            Self::F64 => "Float64",
            Self::CI16 => "CInt16",
            Self::CI32 => "CInt32",
            Self::CF32 => "CFloat32",
            Self::CF64 => "CFloat64",
        }
    }

    /// NumPy's name of the type that holds every value: `uint8`, `int16`, … `complex128`.
    #[must_use]
    pub const fn numpy_name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::F16 => "float16",
            Self::F24 | Self::F32 => "float32",
            Self::F64 => "float64",
            Self::CI16 | Self::CF32 => "complex64",
            Self::CI32 | Self::CF64 => "complex128",
        }
    }

    /// Bytes of one sample.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::F24 => 3,
            Self::U32 | Self::I32 | Self::F32 | Self::CI16 => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::CI32 | Self::CF32 => 8,
            Self::CF64 => 16,
        }
    }

    /// Type of the samples that decoding gives: this one; `F32` for shorter floats, and complex floats for complex
    /// integers.
    #[must_use]
    pub const fn decoded(self) -> Self {
        match self {
            Self::F16 | Self::F24 => Self::F32,
            Self::CI16 => Self::CF32,
            Self::CI32 => Self::CF64,
            other => other,
        }
    }

    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::F24 | Self::F32 | Self::F64)
    }

    #[must_use]
    pub const fn is_complex(self) -> bool {
        matches!(self, Self::CI16 | Self::CI32 | Self::CF32 | Self::CF64)
    }

    /// Bytes of the numbers that byte order turns round: a sample, or a part of a complex one.
    #[must_use]
    pub const fn part_bytes(self) -> usize {
        if self.is_complex() { self.bytes() / 2 } else { self.bytes() }
    }
}

impl fmt::Display for SampleType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.numpy_name())
    }
}
