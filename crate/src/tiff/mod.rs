//! What a TIFF says of itself: bytes in, structs out.

mod sample_type;
pub mod write;

pub use sample_type::SampleType;
