//! The names of the tables.

/// A table of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    RasterSources,
    RasterTiles,
    RasterBlocks,
    ResamplingCache,
    ProcessingQueue,
    Grids,
    Features,
    Migrations,
}

impl Table {
    pub const ALL: [Self; 8] = [
        Self::RasterSources,
        Self::RasterTiles,
        Self::RasterBlocks,
        Self::ResamplingCache,
        Self::ProcessingQueue,
        Self::Grids,
        Self::Features,
        Self::Migrations,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RasterSources => "raster_sources",
            Self::RasterTiles => "raster_tiles",
            Self::RasterBlocks => "raster_blocks",
            Self::ResamplingCache => "resampling_cache",
            Self::ProcessingQueue => "processing_queue",
            Self::Grids => "grids",
            Self::Features => "features",
            Self::Migrations => "migrations",
        }
    }

    /// Name of the column of bulk data, where the table has one.
    #[must_use]
    pub const fn blob_column(self) -> Option<&'static str> {
        match self {
            Self::RasterBlocks => Some("data"),
            Self::ResamplingCache => Some("columns"),
            Self::Features => Some("value"),
            _ => None,
        }
    }
}
