//! What a page's compression needs to know beside the block.

use std::sync::Arc;

use super::compression::Compression;
use super::file_bytes::{FileBytes, Step};
use super::ifd::Ifd;
use super::tags;
use super::ycbcr::Ycbcr;
use crate::error::{Code, Error};
use crate::limits::Limits;

/// Parameters of a compression that has some; those of others stay at their defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coding {
    /// Tables that all JPEG blocks of the page share.
    pub jpeg_tables: Option<Arc<[u8]>>,
    /// What LERC blocks are compressed with once more.
    pub lerc_wrapping: Wrapping,
    /// Whether lines of Group 3 facsimile refer to the line before.
    pub is_two_dimensional: bool,
    /// Of YCbCr pixels.
    pub ycbcr: Option<Ycbcr>,
    /// Whether pixels are amounts of cyan, magenta, yellow and black ink.
    pub is_cmyk: bool,
}

/// A second compression around LERC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wrapping {
    #[default]
    None,
    Deflate,
    Zstd,
}

impl Coding {
    pub fn parse(compression: Compression, ifd: &Ifd, bytes: &FileBytes, limits: &Limits) -> Step<Self> {
        let mut coding = Self::default();
        match ifd.uint(tags::PHOTOMETRIC_INTERPRETATION, bytes, limits)? {
            Some(PHOTOMETRIC_YCBCR) => coding.ycbcr = Some(Ycbcr::parse(ifd, bytes, limits)?),
            Some(PHOTOMETRIC_SEPARATED) => {
                coding.is_cmyk = ifd.uint(tags::INK_SET, bytes, limits)?.is_none_or(|set| set == INK_SET_CMYK);
            }
            _ => {}
        }
        match compression {
            Compression::JPEG => {
                if let Some(field) = ifd.field(tags::JPEG_TABLES) {
                    coding.jpeg_tables = Some(Arc::from(field.raw(bytes, limits)?));
                }
            }
            Compression::LERC => {
                // The first parameter is LERC's version, which the blocks say too.
                let parameters = ifd.uints(tags::LERC_PARAMETERS, bytes, limits)?.unwrap_or_default();
                coding.lerc_wrapping = match parameters.get(1) {
                    None | Some(0) => Wrapping::None,
                    Some(1) => Wrapping::Deflate,
                    Some(2) => Wrapping::Zstd,
                    Some(other) => {
                        let message = format!("expected 0, 1 or 2 for what LERC is compressed with, got {other}");
                        return Err(Error::new(Code::UnsupportedCompression, message)
                            .at(|at| at.tag = Some(tags::LERC_PARAMETERS))
                            .into());
                    }
                };
            }
            Compression::CCITT_GROUP3 => {
                coding.is_two_dimensional = ifd.uint(tags::T4_OPTIONS, bytes, limits)?.unwrap_or(0) & 1 != 0;
            }
            _ => {}
        }
        Ok(coding)
    }
}

const PHOTOMETRIC_SEPARATED: u64 = 5;
const PHOTOMETRIC_YCBCR: u64 = 6;
const INK_SET_CMYK: u64 = 1;
