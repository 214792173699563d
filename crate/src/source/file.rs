//! A file of this machine.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::{Identity, RangeReader, Urgency};
use crate::error::{Code, Error, Result};
use crate::num;

/// Reads ranges of a local file, each before its future is returned.
#[derive(Debug)]
pub struct FileSource {
    location: String,
    path: PathBuf,
    file: RefCell<File>,
    len_bytes: u64,
    /// Where the file system tells.
    modified: Option<SystemTime>,
}

impl FileSource {
    /// Opens the file at `path`. `source.not_found` where there is none, `source.read` where it can't be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let location = path.as_ref().display().to_string();
        let failed = |error: std::io::Error| {
            let code = match error.kind() {
                std::io::ErrorKind::NotFound => Code::SourceNotFound,
                _ => Code::SourceRead,
            };
            Error::new(code, error.to_string()).at(|at| at.source = Some(location.clone())).with_cause(error)
        };
        let file = File::open(path.as_ref()).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let (len_bytes, modified) = (metadata.len(), metadata.modified().ok());
        Ok(Self { file: RefCell::new(file), len_bytes, modified, location, path: path.as_ref().to_owned() })
    }

    fn read_now(&self, range: &Range<u64>) -> Result<Bytes> {
        let end = range.end.min(self.len_bytes);
        let len = num::to_usize(end.saturating_sub(range.start))?;
        let failed = |error: std::io::Error| {
            Error::new(Code::SourceRead, error.to_string())
                .at(|at| {
                    at.source = Some(self.location.clone());
                    at.range = Some((range.start, range.end));
                })
                .with_cause(error)
        };
        let mut bytes = vec![0; len];
        if len > 0 {
            let mut file = self.file.borrow_mut();
            file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
            let outcome = file.read_exact(&mut bytes);
            // After the read: what was written over meanwhile shows too.
            let metadata = file.metadata().map_err(failed)?;
            if (metadata.len(), metadata.modified().ok()) != (self.len_bytes, self.modified) {
                return Err(Error::new(Code::SourceChanged, "the file changed while it was read")
                    .with_hint("read it again from the start")
                    .at(|at| {
                        at.source = Some(self.location.clone());
                        at.range = Some((range.start, range.end));
                    }));
            }
            outcome.map_err(failed)?;
        }
        Ok(bytes.into())
    }
}

impl RangeReader for FileSource {
    fn location(&self) -> &str {
        &self.location
    }

    fn read_for(&self, range: Range<u64>, _: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        ready(self.read_now(&range)).boxed_local()
    }

    fn identity(&self) -> Identity {
        Identity { len_bytes: Some(self.len_bytes), etag: None, last_modified: None }
    }

    fn sibling(&self, suffix: &str) -> LocalBoxFuture<'_, Result<Option<Rc<dyn RangeReader>>>> {
        let mut path = self.path.clone().into_os_string();
        path.push(suffix);
        let opened = match Self::open(PathBuf::from(path)) {
            Ok(file) => Ok(Some(Rc::new(file) as Rc<dyn RangeReader>)),
            Err(error) if error.code() == Code::SourceNotFound => Ok(None),
            Err(error) => Err(error),
        };
        ready(opened).boxed_local()
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
