//! One entry of a directory, its value read on demand.

use super::file_bytes::{FileBytes, Step};
use super::header::ByteOrder;
use crate::error::{Code, Error};
use crate::limits::Limits;
use crate::num;

/// Type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    Byte,
    Ascii,
    Short,
    Long,
    Rational,
    SByte,
    Undefined,
    SShort,
    SLong,
    SRational,
    Float,
    Double,
    Ifd,
    Long8,
    SLong8,
    Ifd8,
    /// A type that TIFF doesn't know; the field's value can't be read.
    Unknown(u16),
}

/// One entry of a directory: where its values are and how to read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub tag: u16,
    pub field_type: FieldType,
    pub count: u64,
    /// Position of the first value in the file; inside the directory for small ones.
    pub offset: u64,
    pub byte_order: ByteOrder,
}

impl FieldType {
    #[must_use]
    pub const fn from_code(code: u16) -> Self {
        match code {
            1 => Self::Byte,
            2 => Self::Ascii,
            3 => Self::Short,
            4 => Self::Long,
            5 => Self::Rational,
            6 => Self::SByte,
            7 => Self::Undefined,
            8 => Self::SShort,
            9 => Self::SLong,
            10 => Self::SRational,
            11 => Self::Float,
            12 => Self::Double,
            13 => Self::Ifd,
            16 => Self::Long8,
            17 => Self::SLong8,
            18 => Self::Ifd8,
            other => Self::Unknown(other),
        }
    }

    /// Bytes of one value; `None` where the type is unknown.
    #[must_use]
    pub const fn bytes(self) -> Option<u64> {
        match self {
            Self::Byte | Self::Ascii | Self::SByte | Self::Undefined => Some(1),
            Self::Short | Self::SShort => Some(2),
            Self::Long | Self::SLong | Self::Float | Self::Ifd => Some(4),
            Self::Rational | Self::SRational | Self::Double | Self::Long8 | Self::SLong8 | Self::Ifd8 => Some(8),
            Self::Unknown(_) => None,
        }
    }
}

impl Field {
    /// The value's bytes as they stand in the file.
    pub fn raw<'a>(&self, bytes: &'a FileBytes, limits: &Limits) -> Step<&'a [u8]> {
        let size = self.field_type.bytes().ok_or_else(|| self.wrong_type("a TIFF type"))?;
        let len = num::product(self.count, size)?;
        Limits::check("value of a tag", len, limits.max_tag_bytes)
            .map_err(|error| error.at(|at| at.tag = Some(self.tag)))?;
        bytes.get(self.offset, len)
    }

    /// All values as unsigned integers.
    pub fn uints(&self, bytes: &FileBytes, limits: &Limits) -> Step<Vec<u64>> {
        let raw = self.raw(bytes, limits)?;
        let size = self.value_size()?;
        raw.chunks_exact(size).map(|value| Ok(self.uint_in(value)?)).collect()
    }

    /// The first value as an unsigned integer.
    pub fn uint(&self, bytes: &FileBytes, limits: &Limits) -> Step<u64> {
        Self { count: self.count.min(1), ..*self }
            .uints(bytes, limits)?
            .first()
            .copied()
            .ok_or_else(|| self.wrong_type("at least one value").into())
    }

    /// All values as floats; integers and rationals are converted.
    pub fn floats(&self, bytes: &FileBytes, limits: &Limits) -> Step<Vec<f64>> {
        let raw = self.raw(bytes, limits)?;
        let size = self.value_size()?;
        raw.chunks_exact(size).map(|value| Ok(self.float_in(value)?)).collect()
    }

    /// The value as text up to the first NUL; bytes that aren't UTF-8 are read as Latin-1, as old writers mean them.
    pub fn text(&self, bytes: &FileBytes, limits: &Limits) -> Step<String> {
        let raw = self.raw(bytes, limits)?;
        let raw = raw.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(match std::str::from_utf8(raw) {
            Ok(text) => text.to_owned(),
            Err(_) => raw.iter().map(|&byte| char::from(byte)).collect(),
        })
    }

    /// An unsigned integer of this field's type at the front of `value`.
    pub(super) fn uint_in(&self, value: &[u8]) -> Result<u64, Error> {
        let order = self.byte_order;
        let wrong = || self.wrong_type("an unsigned integer");
        match self.field_type {
            FieldType::Byte | FieldType::Undefined => value.first().copied().map(u64::from),
            FieldType::Short => order.u16_at(value, 0).map(u64::from),
            FieldType::Long | FieldType::Ifd => order.u32_at(value, 0).map(u64::from),
            FieldType::Long8 | FieldType::Ifd8 => order.u64_at(value, 0),
            FieldType::SByte | FieldType::SShort | FieldType::SLong | FieldType::SLong8 => {
                self.int_in(value).and_then(|value| u64::try_from(value).ok())
            }
            _ => return Err(wrong()),
        }
        .ok_or_else(wrong)
    }

    fn int_in(&self, value: &[u8]) -> Option<i64> {
        let order = self.byte_order;
        match self.field_type {
            FieldType::SByte => value.first().map(|&value| i64::from(value as i8)),
            FieldType::SShort => order.u16_at(value, 0).map(|value| i64::from(value as i16)),
            FieldType::SLong => order.u32_at(value, 0).map(|value| i64::from(value as i32)),
            FieldType::SLong8 => order.u64_at(value, 0).map(|value| value as i64),
            _ => None,
        }
    }

    fn float_in(&self, value: &[u8]) -> Result<f64, Error> {
        let order = self.byte_order;
        let number = match self.field_type {
            FieldType::Float => order.u32_at(value, 0).map(|bits| f64::from(f32::from_bits(bits))),
            FieldType::Double => order.u64_at(value, 0).map(f64::from_bits),
            FieldType::Rational => order
                .u32_at(value, 0)
                .zip(order.u32_at(value, 4))
                .map(|(numerator, denominator)| f64::from(numerator) / f64::from(denominator)),
            FieldType::SRational => order
                .u32_at(value, 0)
                .zip(order.u32_at(value, 4))
                .map(|(numerator, denominator)| f64::from(numerator as i32) / f64::from(denominator as i32)),
            FieldType::SByte | FieldType::SShort | FieldType::SLong | FieldType::SLong8 => {
                self.int_in(value).map(|value| value as f64)
            }
            _ => Some(self.uint_in(value)? as f64),
        };
        number.ok_or_else(|| self.wrong_type("a number"))
    }

    fn value_size(&self) -> Result<usize, Error> {
        let size = self.field_type.bytes().ok_or_else(|| self.wrong_type("a TIFF type"))?;
        num::to_usize(size)
    }

    fn wrong_type(&self, expected: &str) -> Error {
        Error::new(Code::FormatTagType, format!("expected {expected}, got {} of {:?}", self.count, self.field_type)).at(
            |at| {
                at.tag = Some(self.tag);
                at.offset = Some(self.offset);
            },
        )
    }
}
