//! An open file and which version of it.

use std::rc::Rc;

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

impl Opened {
    /// `cache` keeps what is read; without one reads cost no network.
    pub(super) async fn new(reader: Rc<dyn RangeReader>, cache: Option<Rc<RangeCache>>) -> Result<Self> {
        let location = reader.location().to_owned();
        let is_local = cache.is_none();
        let reader = match cache {
            Some(cache) => Rc::new(CachedSource::new(reader, cache)),
            None => reader,
        };
        let outcome = async {
            let dataset = Dataset::open(reader, Limits::default()).await?;
            let fingerprint = fingerprint(&dataset, is_local).await?;
            let etag = dataset.source().identity().etag;
            Ok(Self { dataset, fingerprint, etag, is_local })
        };
        outcome.await.map_err(|error: crate::Error| error.at(|at| _ = at.source.get_or_insert(location)))
    }
}
