//! Encoded blocks in a temporary file.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use cogrid::error::{Code, Error, Result};
use cogrid::tiff::write::Spool;

/// A file that goes away with the spool.
pub struct FileSpool {
    path: PathBuf,
    file: BufWriter<File>,
}

impl FileSpool {
    /// A spool beside `output`, on the file system that will hold the result anyway.
    pub fn beside(output: &Path, level: usize) -> Result<Self> {
        let path = output.with_extension(format!("level{level}.part"));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path).map_err(host)?;
        Ok(Self { path, file: BufWriter::with_capacity(1 << 20, file) })
    }
}

impl Spool for FileSpool {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(host)
    }

    fn drain(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.file.flush().map_err(host)?;
        let mut file = self.file.get_ref();
        file.rewind().map_err(host)?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let count = reader.read(&mut buffer).map_err(host)?;
            if count == 0 {
                return Ok(());
            }
            sink(buffer.get(..count).unwrap_or(&buffer))?;
        }
    }
}

impl Drop for FileSpool {
    fn drop(&mut self) {
        // A file left behind is in the cache folder and overwritten by the next run.
        let _ = fs::remove_file(&self.path);
    }
}

/// A failure of the machine, as the writer's callbacks report it.
pub fn host(error: std::io::Error) -> Error {
    Error::new(Code::HostWrite, "could not write the sample".to_owned()).with_cause(error)
}
