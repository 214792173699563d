//! A finished file or none.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use cogrid::tiff::write::{CogWriter, Sample};

use crate::AnyError;
use crate::file_spool::{FileSpool, host};

/// Writes the file under another name first, so that `out` is whole whenever it exists.
pub fn finish<T: Sample>(writer: CogWriter<T, FileSpool>, out: &Path) -> Result<(), AnyError> {
    let part = out.with_extension("part");
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&part)?);
    let len_bytes = writer.finish(&mut |bytes| file.write_all(bytes).map_err(host))?;
    file.into_inner()?.sync_all()?;
    fs::rename(&part, out)?;
    eprintln!("  {len_bytes} bytes");
    Ok(())
}
