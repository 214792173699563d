//! What a TIFF says of itself: bytes in, structs out.
//!
//! Nothing here reads: where bytes are missing, a function stops with [`Stop::NeedMore`] and the range it wants; the
//! caller adds it to [`FileBytes`] and asks again. Bytes may lie: positions are checked, counts are charged to
//! [`Limits`](crate::Limits) before anything is allocated, chains of directories can't cycle.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

mod block_index;
mod coding;
mod compression;
mod directory_chain;
mod field;
mod file_bytes;
mod gdal_metadata;
mod geokeys;
mod ghost_area;
mod header;
mod ifd;
mod layout;
mod sample_type;
pub mod tags;
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    reason = "what is written comes from the caller and is checked when the writer is made, not from a file's bytes"
)]
pub mod write;
mod ycbcr;

pub use block_index::{ArraySlices, BlockIndex};
pub use coding::{Coding, Wrapping};
pub use compression::Compression;
pub use directory_chain::DirectoryChain;
pub use field::{Field, FieldType};
pub use file_bytes::{FileBytes, Step, Stop};
pub use gdal_metadata::{GdalMetadata, MetadataItem};
pub use geokeys::{GeoKeyValue, GeoKeys};
pub use ghost_area::{Framing, LEADER_BYTES, TRAILER_BYTES, parse_ghost_area};
pub use header::{ByteOrder, Header};
pub use ifd::Ifd;
pub use layout::{Layout, PageKind, Planar};
pub use sample_type::SampleType;
pub use ycbcr::Ycbcr;
