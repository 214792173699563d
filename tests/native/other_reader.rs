//! The `geotiff` crate as an independent reader of whole files.
