//! One error type: who can act, where it happened, what was expected.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

pub type Result<T> = std::result::Result<T, Error>;

/// An error with a stable dotted code. One word wide; the parts are behind a box. A clone is for those who waited for
/// the same thing.
#[derive(Debug, Clone)]
pub struct Error(Box<Repr>);

#[derive(Debug, Clone)]
struct Repr {
    code: Code,
    message: String,
    hint: Option<String>,
    location: Location,
    status: Option<u16>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

/// Who can act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The network or the machine: retry, or mend the server.
    Host,
    /// The file's author: the bytes break the format.
    Format,
    /// Us: the file is fine, this version cannot read it.
    Unsupported,
    /// The caller, by raising a limit.
    Limit,
    /// The caller, by asking differently.
    Usage,
    /// Nobody: the caller cancelled.
    Cancelled,
    /// Us: file an issue.
    Bug,
}

/// Where an error happened; each part where it applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// URL, path or name of the source.
    pub source: Option<String>,
    /// First byte and one past the last byte of the range that was read.
    pub range: Option<(u64, u64)>,
    /// Byte position in the file.
    pub offset: Option<u64>,
    /// Index of the image file directory.
    pub ifd: Option<u32>,
    /// TIFF tag number.
    pub tag: Option<u16>,
    /// Column and row of the block.
    pub tile: Option<(u32, u32)>,
}

macro_rules! codes {
    ($($variant:ident, $text:literal, $kind:ident;)*) => {
        /// Every error code; users match on [`Code::as_str`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $text] $variant,)* }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable text of the code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The code of a text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// Who can act on it.
            #[must_use]
            pub const fn kind(self) -> ErrorKind {
                match self { $(Self::$variant => ErrorKind::$kind,)* }
            }
        }
    };
}

// One line a code, sorted by text.
codes! {
    Bug, "bug", Bug;
    Cancelled, "cancelled", Cancelled;
    CrsMissing, "crs.missing", Format;
    CrsNoTransformation, "crs.no_transformation", Usage;
    CrsOutside, "crs.outside", Usage;
    CrsUnknown, "crs.unknown", Usage;
    CrsUnsupported, "crs.unsupported", Unsupported;
    FormatBlock, "format.block", Format;
    FormatBlockIndex, "format.block_index", Format;
    FormatDirectory, "format.directory", Format;
    FormatDirectoryCycle, "format.directory_cycle", Format;
    FormatHeader, "format.header", Format;
    FormatLayout, "format.layout", Format;
    FormatNotTiff, "format.not_tiff", Format;
    FormatTagType, "format.tag_type", Format;
    FormatTruncated, "format.truncated", Format;
    GeoGcpsUnsupported, "geo.gcps_unsupported", Unsupported;
    GeoGeotransform, "geo.geotransform", Format;
    GeoNotReferenced, "geo.not_referenced", Format;
    HostWorker, "host.worker", Host;
    HostWrite, "host.write", Host;
    LimitAddressSpace, "limit.address_space", Limit;
    LimitExceeded, "limit.exceeded", Limit;
    LimitGridCells, "limit.grid_cells", Limit;
    LimitOverflow, "limit.overflow", Limit;
    QueueDependencyFailed, "queue.dependency_failed", Host;
    QueueWorkerLost, "queue.worker_lost", Host;
    SourceChanged, "source.changed", Host;
    SourceContentEncoding, "source.content_encoding", Host;
    SourceCors, "source.cors", Host;
    SourceDetached, "source.detached", Usage;
    SourceHttpStatus, "source.http_status", Host;
    SourceNetwork, "source.network", Host;
    SourceNotFound, "source.not_found", Host;
    SourcePermission, "source.permission", Usage;
    SourceRangeMismatch, "source.range_mismatch", Host;
    SourceRangeUnsupported, "source.range_unsupported", Host;
    SourceRead, "source.read", Host;
    SourceTimeout, "source.timeout", Host;
    SourceTruncated, "source.truncated", Host;
    StoreBlocked, "store.blocked", Host;
    StoreChanged, "store.changed", Host;
    StoreConflict, "store.conflict", Usage;
    StoreCorrupt, "store.corrupt", Host;
    StoreFailed, "store.failed", Host;
    StoreNewerVersion, "store.newer_version", Usage;
    StoreQuota, "store.quota", Host;
    StoreUnavailable, "store.unavailable", Host;
    UnsupportedComplex, "unsupported.complex", Unsupported;
    UnsupportedCompression, "unsupported.compression", Unsupported;
    UnsupportedPhotometric, "unsupported.photometric", Unsupported;
    UnsupportedPredictor, "unsupported.predictor", Unsupported;
    UnsupportedSampleType, "unsupported.sample_type", Unsupported;
    UsageBand, "usage.band", Usage;
    UsageBounds, "usage.bounds", Usage;
    UsageCog, "usage.cog", Usage;
    UsageGrid, "usage.grid", Usage;
    UsageGridType, "usage.grid_type", Usage;
    UsageMethod, "usage.method", Usage;
    UsageNameTaken, "usage.name_taken", Usage;
    UsageOption, "usage.option", Usage;
    UsageOutput, "usage.output", Usage;
    UsageOutside, "usage.outside", Usage;
    UsageOverview, "usage.overview", Usage;
    UsageTask, "usage.task", Usage;
    UsageUnknownFeature, "usage.unknown_feature", Usage;
    UsageUnknownGrid, "usage.unknown_grid", Usage;
    UsageUnknownResult, "usage.unknown_result", Usage;
    UsageUnknownSource, "usage.unknown_source", Usage;
    UsageUnknownTask, "usage.unknown_task", Usage;
    UsageWindow, "usage.window", Usage;
    UsageZoneIds, "usage.zone_ids", Usage;
    UsageZones, "usage.zones", Usage;
    ValidationLayout, "validation.layout", Format;
    ValidationStatistics, "validation.statistics", Format;
}

impl Error {
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Repr {
            code,
            message: message.into(),
            hint: None,
            location: Location::default(),
            status: None,
            cause: None,
        }))
    }

    /// What the user can do about it: a sentence.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Fills in the parts of the location; outer callers add what inner ones could not know.
    #[must_use]
    pub fn at(mut self, fill: impl FnOnce(&mut Location)) -> Self {
        fill(&mut self.0.location);
        self
    }

    /// HTTP status of the response that failed.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    #[must_use]
    pub fn with_cause(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Arc::new(cause));
        self
    }

    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.code.kind()
    }

    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    #[must_use]
    pub fn location(&self) -> &Location {
        &self.0.location
    }

    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.message)?;
        let at = &self.0.location;
        let mut parts = Vec::new();
        if let Some(source) = &at.source {
            parts.push(source.clone());
        }
        if let Some((start, end)) = at.range {
            parts.push(format!("bytes {start}–{end}"));
        }
        if let Some(offset) = at.offset {
            parts.push(format!("offset {offset}"));
        }
        if let Some(ifd) = at.ifd {
            parts.push(format!("directory {ifd}"));
        }
        if let Some(tag) = at.tag {
            parts.push(format!("tag {tag}"));
        }
        if let Some((col, row)) = at.tile {
            parts.push(format!("block column {col} row {row}"));
        }
        if !parts.is_empty() {
            write!(f, " ({})", parts.join(", "))?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
