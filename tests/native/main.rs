//! Everything that needs whole files: real rasters, malformed ones, other readers.

mod agreement;
mod agreement_raster;
mod codecs;
mod cog;
mod corpus;
mod file_crs;
mod malformed;
mod mutations;
mod other_reader;
mod read_matrix;
mod reference;
mod requests;
mod shared_data;
mod zones;
