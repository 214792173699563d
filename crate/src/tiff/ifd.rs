//! One image file directory.

use super::field::{Field, FieldType};
use super::file_bytes::{FileBytes, Step};
use super::header::Header;
use crate::error::{Code, Error};
use crate::limits::Limits;
use crate::num;

/// A directory: its fields by tag, values unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ifd {
    /// Position in the file.
    pub offset: u64,
    /// Position of the next directory; 0 = none.
    pub next: u64,
    fields: Vec<Field>,
}

impl Ifd {
    /// Reads the directory at `offset`.
    pub fn parse(header: &Header, offset: u64, bytes: &FileBytes, limits: &Limits) -> Step<Self> {
        let order = header.byte_order;
        let (count_len, field_len, inline_len, next_len) = if header.is_big { (8, 20, 8, 8) } else { (2, 12, 4, 4) };
        let short = || Error::new(Code::FormatDirectory, "directory is cut short").at(|at| at.offset = Some(offset));
        let start = bytes.get(offset, count_len)?;
        let count = if header.is_big { order.u64_at(start, 0) } else { order.u16_at(start, 0).map(u64::from) }
            .ok_or_else(short)?;
        if count == 0 {
            return Err(Error::new(Code::FormatDirectory, "directory has no entries")
                .at(|at| at.offset = Some(offset))
                .into());
        }
        Limits::check("entries of a directory", count, u64::from(limits.max_tags))
            .map_err(|error| error.at(|at| at.offset = Some(offset)))?;
        let fields_offset = num::sum(offset, count_len)?;
        let fields_len = num::product(count, field_len)?;
        let table = bytes.get(fields_offset, num::sum(fields_len, next_len)?)?;

        let mut fields = Vec::with_capacity(num::to_usize(count)?);
        let field_size = num::to_usize(field_len)?;
        let mut position = fields_offset;
        for raw in table.chunks_exact(field_size).take(num::to_usize(count)?) {
            let (count, value_at) = if header.is_big {
                (order.u64_at(raw, 4), 12_usize)
            } else {
                (order.u32_at(raw, 4).map(u64::from), 8_usize)
            };
            let tag = order.u16_at(raw, 0).ok_or_else(short)?;
            let field_type = FieldType::from_code(order.u16_at(raw, 2).ok_or_else(short)?);
            let count = count.ok_or_else(short)?;
            let is_inline =
                field_type.bytes().and_then(|size| size.checked_mul(count)).is_some_and(|len| len <= inline_len);
            let offset = if is_inline {
                num::sum(position, num::to_u64(value_at))?
            } else if header.is_big {
                order.u64_at(raw, value_at).ok_or_else(short)?
            } else {
                order.u32_at(raw, value_at).map(u64::from).ok_or_else(short)?
            };
            fields.push(Field { tag, field_type, count, offset, byte_order: order });
            position = num::sum(position, field_len)?;
        }
        // Of a tag that comes twice the first counts; the sort is stable.
        fields.sort_by_key(|field| field.tag);
        fields.dedup_by_key(|field| field.tag);

        let next_at = num::to_usize(fields_len)?;
        let next =
            if header.is_big { order.u64_at(table, next_at) } else { order.u32_at(table, next_at).map(u64::from) };
        Ok(Self { offset, next: next.ok_or_else(short)?, fields })
    }

    /// The field of `tag`, where the directory has one with at least one value.
    #[must_use]
    pub fn field(&self, tag: u16) -> Option<&Field> {
        let index = self.fields.binary_search_by_key(&tag, |field| field.tag).ok()?;
        self.fields.get(index).filter(|field| field.count > 0)
    }

    /// First value of `tag` as an unsigned integer.
    pub fn uint(&self, tag: u16, bytes: &FileBytes, limits: &Limits) -> Step<Option<u64>> {
        self.field(tag).map(|field| field.uint(bytes, limits)).transpose()
    }

    /// All values of `tag` as unsigned integers.
    pub fn uints(&self, tag: u16, bytes: &FileBytes, limits: &Limits) -> Step<Option<Vec<u64>>> {
        self.field(tag).map(|field| field.uints(bytes, limits)).transpose()
    }

    /// All values of `tag` as floats.
    pub fn floats(&self, tag: u16, bytes: &FileBytes, limits: &Limits) -> Step<Option<Vec<f64>>> {
        self.field(tag).map(|field| field.floats(bytes, limits)).transpose()
    }

    /// Value of `tag` as text.
    pub fn text(&self, tag: u16, bytes: &FileBytes, limits: &Limits) -> Step<Option<String>> {
        self.field(tag).map(|field| field.text(bytes, limits)).transpose()
    }
}
