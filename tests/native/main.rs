//! Everything that needs whole files: real rasters, malformed ones, other readers.

#[path = "../fuzz/codec_files.rs"]
mod codec_files;
mod codecs;
mod cog;
mod corpus;
mod file_crs;
mod malformed;
mod masked_tiff;
mod mutations;
mod other_reader;
#[path = "../fuzz/random.rs"]
mod random;
mod read_matrix;
mod reference;
mod reference_raster;
mod reference_report;
mod requests;
mod settings;
mod shared_data;
