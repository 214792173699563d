//! The workspace and how it finds what a call means.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures_util::FutureExt;

use super::block_cache::BlockCache;
use super::block_store::BlockStore;
use super::cancel::Cancellation;
use super::host::{Config, Host};
use super::log::{Level, LogLevels};
use super::names::near_names;
use super::open::{Keeping, Opened};
use super::registry::describe;
use super::shared::Shared;
use super::warnings::Warnings;
use crate::error::{Code, Error, Result};
use crate::render::Stretch;
use crate::source::{RangeCache, RangeReader};
use crate::store::{self, ProcessingStatus, SourceRecord, Store};

/// Sources, grids and results in a store, and the files that are open.
pub struct Workspace {
    pub(super) store: Rc<dyn Store>,
    pub(super) host: Rc<dyn Host>,
    pub(super) config: Config,
    /// Readers that the caller gave, by location.
    attached: RefCell<HashMap<String, Rc<dyn RangeReader>>>,
    /// Open files by location.
    pub(super) opened: Shared<String, Opened>,
    /// Default stretches by fingerprint and band.
    pub(super) stretches: Shared<(String, u32), Stretch>,
    /// Decoded blocks for pictures.
    pub(super) blocks: BlockCache,
    /// Bytes of remote files that the store has, whether or not this session keeps more there.
    pub(super) block_store: Rc<BlockStore>,
    /// What was read of remote files.
    keeping: Keeping,
    warnings: Rc<Warnings>,
    log_levels: LogLevels,
    /// Tasks that run here, by id, and how to stop them.
    runs: RefCell<HashMap<String, Cancellation>>,
    /// Bytes of stored results, as far as is known here.
    pub(super) cached_bytes: Cell<Option<u64>>,
    /// Counts tasks that were added here.
    task_count: Cell<u32>,
}

/// What a call works on.
#[derive(Clone)]
pub enum Target {
    /// Id, name or location.
    Ref(String),
    /// Bytes, for this one call.
    Reader(Rc<dyn RangeReader>),
}

/// A target that was found.
pub(super) struct Subject {
    /// The record's id; the location where there is no record.
    pub id: String,
    pub location: String,
    pub record: Option<SourceRecord>,
    reader: Option<Rc<dyn RangeReader>>,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("store", &self.store.kind()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ref(text) => f.debug_tuple("Ref").field(text).finish(),
            Self::Reader(reader) => f.debug_tuple("Reader").field(&reader.location()).finish(),
        }
    }
}

impl Workspace {
    /// A workspace over an open store.
    pub async fn open(store: Rc<dyn Store>, host: Rc<dyn Host>, config: Config) -> Result<Self> {
        let noted = store::note_applied(store.as_ref(), host.now_ms() as i64).await;
        let block_memory_bytes = config.block_memory_bytes();
        let warnings = Rc::<Warnings>::default();
        let (budget_bytes, its_store) = (config.block_cache_bytes(), Rc::clone(&store));
        let block_store = BlockStore::new(its_store, Rc::clone(&host), Rc::clone(&warnings), budget_bytes);
        let keeping = Keeping {
            memory: RangeCache::new(block_memory_bytes),
            store: Some(Rc::clone(&block_store)).filter(|_| budget_bytes > 0),
        };
        let workspace = Self {
            log_levels: config.log_levels()?,
            store,
            host,
            config,
            attached: RefCell::default(),
            opened: Shared::default(),
            stretches: Shared::default(),
            blocks: BlockCache::new(block_memory_bytes),
            block_store,
            keeping,
            warnings,
            runs: RefCell::default(),
            cached_bytes: Cell::default(),
            task_count: Cell::default(),
        };
        match noted {
            // A place that is full can still be read, and cleaned.
            Err(error) if error.code() == Code::StoreQuota => workspace.warn(error.message().to_owned()),
            other => other?,
        }
        workspace.log("store", Level::Info, || format!("a workspace is open in {}", workspace.store_kind()));
        Ok(workspace)
    }

    /// Lets go of files and store.
    pub fn close(&self) {
        self.opened.clear();
        self.stretches.clear();
        self.blocks.clear();
        self.attached.borrow_mut().clear();
        self.store.close();
    }

    /// Where rows are kept: `memory`, `indexeddb`, `sql`.
    #[must_use]
    pub fn store_kind(&self) -> &'static str {
        self.store.kind()
    }

    /// What went wrong without stopping a call and was not taken yet.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.list()
    }

    /// What went wrong without stopping a call since this was last asked: a store that was full, for example.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    pub fn warn(&self, warning: String) {
        self.warnings.add(warning);
    }

    /// Tells the debug log; `message` is made only where somebody listens.
    pub(super) fn log(&self, subsystem: &str, level: Level, message: impl FnOnce() -> String) {
        if self.log_levels.has(subsystem, level) {
            self.host.log(level, subsystem, &message());
        }
    }

    /// What stops the run of a task that begins here.
    pub(super) fn begin_run(&self, task: &str) -> Cancellation {
        let stop = Cancellation::new();
        self.runs.borrow_mut().insert(task.to_owned(), stop.clone());
        stop
    }

    pub(super) fn forget_run(&self, task: &str) {
        self.runs.borrow_mut().remove(task);
    }

    /// Stops a task that runs here.
    pub(super) fn stop_run(&self, task: &str) {
        if let Some(stop) = self.runs.borrow().get(task) {
            stop.cancel();
        }
    }

    pub(super) fn next_number(&self) -> u32 {
        self.task_count.set(self.task_count.get().wrapping_add(1));
        self.task_count.get()
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.host.now_ms() as i64
    }

    /// Gives a stored source its bytes again, until the workspace is closed.
    pub(super) fn attach_reader(&self, location: &str, reader: Rc<dyn RangeReader>) {
        self.opened.forget(&location.to_owned());
        self.attached.borrow_mut().insert(location.to_owned(), reader);
    }

    pub(super) fn is_attached(&self, location: &str) -> bool {
        self.attached.borrow().contains_key(location)
    }

    pub(super) fn detach_reader(&self, location: &str) {
        self.opened.forget(&location.to_owned());
        self.attached.borrow_mut().remove(location);
    }

    /// The source of an id, a name or a registered location; `usage.unknown_source` names near ones.
    pub(super) async fn record(&self, wanted: &str) -> Result<SourceRecord> {
        let mut records = store::sources::list(self.store.as_ref()).await?;
        let found = position_of(&records, wanted);
        match found {
            Some(index) => Ok(records.swap_remove(index)),
            None => Err(Error::new(Code::UsageUnknownSource, format!("no source is called {wanted:?}"))
                .with_hint(near_names(wanted, records.iter().map(|record| record.name.as_str())))),
        }
    }

    /// The source that a call means: a stored one, else a location that the host can open.
    pub(super) async fn subject(&self, target: &Target) -> Result<Subject> {
        let text = match target {
            Target::Reader(reader) => {
                let location = reader.location().to_owned();
                return Ok(Subject { id: location.clone(), location, record: None, reader: Some(Rc::clone(reader)) });
            }
            Target::Ref(text) => text,
        };
        match self.record(text).await {
            Ok(record) => {
                let (id, location) = (record.id.clone(), record.location.clone());
                Ok(Subject { id, location, record: Some(record), reader: None })
            }
            Err(error) if error.code() == Code::UsageUnknownSource && is_location(text) => {
                Ok(Subject { id: text.clone(), location: text.clone(), record: None, reader: None })
            }
            Err(error) => Err(error),
        }
    }

    /// The open file of a subject. A stored source whose file has changed since gets its new fingerprint.
    pub(super) async fn open_subject(&self, subject: &Subject) -> Result<Opened> {
        if let Some(reader) = &subject.reader {
            return Opened::new(Rc::clone(reader), None).await;
        }
        let opened = self.open_location(&subject.location).await?;
        if let Some(record) = subject.record.as_ref().filter(|record| record.fingerprint != opened.fingerprint) {
            self.log("sources", Level::Info, || format!("{} has changed: now {}", record.name, opened.fingerprint));
            let mut changed = describe(record.clone(), &opened);
            changed.updated = self.now_ms();
            self.forget_blocks(&record.fingerprint).await;
            if record.processing_status == ProcessingStatus::Ready {
                changed.processing_status = ProcessingStatus::Stale;
            }
            if let Err(error) = store::sources::put(self.store.as_ref(), &changed).await {
                self.warn(format!("the changed source {:?} could not be noted: {error}", record.name));
            }
        }
        Ok(opened)
    }

    /// Lets go of stored bytes of a version that no source has any more.
    pub(super) async fn forget_blocks(&self, fingerprint: &str) {
        if let Err(error) = self.block_store.forget(fingerprint).await {
            self.warn(format!("stored bytes of a file could not be removed: {}", error.message()));
        }
    }

    /// A reader of what a call means, that nothing was read from yet.
    pub(super) async fn fresh_reader(&self, target: &Target) -> Result<Rc<dyn RangeReader>> {
        let subject = self.subject(target).await?;
        let attached = self.attached.borrow().get(&subject.location).cloned();
        match subject.reader.or(attached) {
            Some(reader) => Ok(reader),
            None => self.host.open(&subject.location).await,
        }
    }

    pub(super) async fn open_location(&self, location: &str) -> Result<Opened> {
        let attached = self.attached.borrow().get(location).cloned();
        let (host, url) = (Rc::clone(&self.host), location.to_owned());
        let keeping = is_remote(location).then(|| self.keeping.clone());
        let open = async move {
            let reader = match attached {
                Some(reader) => reader,
                None => host.open(&url).await?,
            };
            Opened::new(reader, keeping).await
        };
        let outcome = self.opened.get(location.to_owned(), || open.boxed_local()).await;
        self.log("sources", Level::Debug, || match &outcome {
            Ok(opened) => format!("{location} is open: {}", opened.fingerprint),
            Err(error) => format!("{location} can't be opened: {error}"),
        });
        outcome
    }

    /// `outcome`; where it says that the file changed under the call, the next call opens it anew.
    pub(super) fn watch<T>(&self, location: &str, outcome: Result<T>) -> Result<T> {
        outcome.map_err(|error| {
            if error.code() == Code::SourceChanged {
                self.opened.forget(&location.to_owned());
            }
            error.at(|at| _ = at.source.get_or_insert_with(|| location.to_owned()))
        })
    }
}

/// Whether a stored result may stand in for a file that can't be opened now.
pub(super) fn is_out_of_reach(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::SourceDetached
            | Code::SourcePermission
            | Code::SourceRead
            | Code::SourceNetwork
            | Code::SourceCors
            | Code::SourceTimeout
            | Code::SourceTruncated
    )
}

/// By id, else by name, else by location.
fn position_of(records: &[SourceRecord], wanted: &str) -> Option<usize> {
    let by = |what: fn(&SourceRecord) -> &str| records.iter().position(|record| what(record) == wanted);
    by(|record| &record.id).or_else(|| by(|record| &record.name)).or_else(|| by(|record| &record.location))
}

fn is_location(text: &str) -> bool {
    text.contains("://") || text.starts_with("file:")
}

fn is_remote(location: &str) -> bool {
    location.starts_with("http://") || location.starts_with("https://")
}
