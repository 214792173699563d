//! An open file and which version of it.

use std::rc::Rc;

use super::block_store::{BlockStore, StoredReader};
use super::fingerprint::fingerprint;
use crate::error::Result;
use crate::limits::Limits;
use crate::raster::Dataset;
use crate::source::{CachedSource, RangeCache, RangeReader};

/// Cheap to clone: clones share one file.
#[derive(Debug, Clone)]
pub struct Opened {
    pub dataset: Dataset,
    pub fingerprint: String,
    /// Strong ETag, where the server sent one.
    pub etag: Option<String>,
    /// Whether reads cost no network.
    pub(super) is_local: bool,
}

/// What keeps bytes that came over the network.
#[derive(Clone)]
pub(super) struct Keeping {
    pub memory: Rc<RangeCache>,
    /// For later sessions, where the workspace wants that.
    pub store: Option<Rc<BlockStore>>,
}

impl Opened {
    /// `keeping` keeps what is read; without it reads cost no network.
    pub(super) async fn new(reader: Rc<dyn RangeReader>, keeping: Option<Keeping>) -> Result<Self> {
        let location = reader.location().to_owned();
        let is_local = keeping.is_none();
        let mut stored = None;
        let reader = match keeping {
            Some(Keeping { memory, store }) => {
                let reader = match store {
                    Some(store) => {
                        let reader = Rc::new(StoredReader::new(reader, store));
                        stored = Some(Rc::clone(&reader));
                        reader
                    }
                    None => reader,
                };
                Rc::new(CachedSource::new(reader, memory))
            }
            None => reader,
        };
        let outcome = async {
            let dataset = Dataset::open(reader, Limits::default()).await?;
            let fingerprint = fingerprint(&dataset, is_local).await?;
            let etag = dataset.source().identity().etag;
            if let Some(stored) = stored {
                stored.begin(&fingerprint);
            }
            Ok(Self { dataset, fingerprint, etag, is_local })
        };
        outcome.await.map_err(|error: crate::Error| error.at(|at| _ = at.source.get_or_insert(location)))
    }
}
