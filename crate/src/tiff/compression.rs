//! Names of the compression schemes.

use std::fmt;

/// Value of the `Compression` tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Compression(pub u16);

impl Compression {
    pub const NONE: Self = Self(1);
    pub const CCITT_RLE: Self = Self(2);
    pub const CCITT_GROUP3: Self = Self(3);
    pub const CCITT_GROUP4: Self = Self(4);
    pub const LZW: Self = Self(5);
    pub const JPEG: Self = Self(7);
    pub const DEFLATE: Self = Self(8);
    pub const DEFLATE_OLD: Self = Self(32946);
    /// Runs whose lines begin at whole words of two bytes.
    pub const CCITT_RLEW: Self = Self(32771);
    pub const PACKBITS: Self = Self(32773);
    pub const LERC: Self = Self(34887);
    pub const LZMA: Self = Self(34925);
    pub const ZSTD: Self = Self(50000);
    /// What libtiff wrote before zstd had a number.
    pub const ZSTD_OLD: Self = Self(34926);
    pub const WEBP: Self = Self(50001);
    pub const WEBP_OLD: Self = Self(34927);
    pub const JXL: Self = Self(50002);
    /// JPEG XL as DNG 1.7 numbers it.
    pub const JXL_DNG: Self = Self(52546);

    /// GDAL's name in lower case; `None` for a number that no scheme is known for.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "none",
            2 => "ccittrle",
            3 => "ccittfax3",
            4 => "ccittfax4",
            5 => "lzw",
            6 => "old-jpeg",
            7 => "jpeg",
            8 | 32946 => "deflate",
            32771 => "ccittrlew",
            32773 => "packbits",
            34712 | 33003 | 33005 => "jpeg2000",
            34887 => "lerc",
            34892 => "lossy-jpeg",
            34925 => "lzma",
            34926 | 50000 => "zstd",
            34927 | 50001 => "webp",
            50002 | 52546 => "jxl",
            _ => return None,
        })
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}
