//! Everything that needs whole files: real rasters, malformed ones, other readers.

mod codecs;
mod cog;
mod corpus;
mod malformed;
mod mutations;
mod other_reader;
mod reference;
mod requests;
mod shared_data;
