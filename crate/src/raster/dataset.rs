//! An open file.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use bytes::Bytes;

use super::block::{Block, BlockId};
use super::color_table::color_table;
use super::decoder::Decoder;
use super::georeference::Georeference;
use super::info::{DatasetInfo, OverviewSize};
use super::level::Level;
use super::mask::MaskDecoder;
use super::metadata::Metadata;
use super::nodata::Nodata;
use super::open::{HEADER_READ_BYTES, HeaderReader, Page};
use super::rpc::rpc;
use super::siblings::{OpenFile, Siblings};
use crate::codec;
use crate::error::{Code, Error, Result};
use crate::geo::{Crs, GeoTransform};
use crate::limits::Limits;
use crate::source::{FrontSource, RangeReader, StackedSource};
use crate::tiff::{FileBytes, Framing, Layout, Planar, SampleType, parse_ghost_area, tags};

/// An open raster. Cheap to clone: clones share one file.
#[derive(Clone)]
pub struct Dataset(Rc<Inner>);

struct Inner {
    source: Rc<dyn RangeReader>,
    limits: Limits,
    info: DatasetInfo,
    georeference: Georeference,
    nodata: Nodata,
    unscale: Vec<(f64, f64)>,
    pages: Vec<Page>,
    levels: Vec<Level>,
    masks: Vec<Page>,
    /// The raster's own file, then those beside it.
    files: Vec<OpenFile>,
    warnings: Vec<String>,
}

impl Dataset {
    /// Opens the raster that `source` holds: one read of 32 KiB where the directories lie at the front.
    ///
    /// Errors: those of the source; `format.…` where the bytes are no TIFF or its first page can't be read;
    /// `unsupported.sample_type`; `limit.exceeded`. An unknown compression is no error until a block is decoded.
    pub async fn open(source: Rc<dyn RangeReader>, limits: Limits) -> Result<Self> {
        let location = source.location().to_owned();
        Self::read_header(source, limits).await.map_err(|error| with_source(error, &location))
    }

    async fn read_header(source: Rc<dyn RangeReader>, limits: Limits) -> Result<Self> {
        let mut reader = HeaderReader { source: &*source, limits: &limits, file: 0, bytes: FileBytes::new() };
        reader.fetch(0..HEADER_READ_BYTES).await?;
        let mut pages = reader.pages().await?;
        let siblings = Siblings::find(source.as_ref(), &mut pages, &limits).await;
        let Some(page) = pages.levels.first() else {
            return Err(Error::new(Code::FormatDirectory, "expected at least one directory, the file has none"));
        };
        let layout = &page.layout;
        for page in pages.levels.iter().chain(&pages.masks) {
            codec::prepare(page.layout.compression).await;
        }
        let (georeference, metadata, nodata_text, colors, rpc_values) = reader
            .run(|bytes, limits| {
                let georeference = Georeference::parse(&page.ifd, bytes, limits)?;
                let metadata = Metadata::parse(&page.ifd, &georeference.keys, bytes, limits)?;
                let nodata = page.ifd.text(tags::GDAL_NODATA, bytes, limits)?;
                let colors = color_table(&page.ifd, layout, bytes, limits)?;
                let rpc = page.ifd.floats(tags::RPC_COEFFICIENT, bytes, limits)?;
                Ok((georeference, metadata, nodata, colors, rpc))
            })
            .await?;
        let nodata = nodata_text.map_or(Nodata::None, |text| Nodata::parse(&text, layout.sample_type));
        let unscale: Vec<(f64, f64)> = (0..layout.bands).map(|band0| metadata.unscale(band0)).collect();
        let levels: Vec<Level> = pages.levels.iter().map(Page::level).collect();
        let ghost_area = parse_ghost_area(&pages.header, &reader.bytes);
        let info = DatasetInfo {
            width: layout.width,
            height: layout.height,
            bands: layout.bands,
            dtype: layout.sample_type.decoded().numpy_name(),
            nodata,
            crs: georeference.crs_name(),
            geotransform: georeference.geotransform.map(|geotransform| geotransform.0),
            bbox: georeference.geotransform.map(|geotransform| {
                let bounds = geotransform.bounds(f64::from(layout.width), f64::from(layout.height));
                [bounds.min_x, bounds.min_y, bounds.max_x, bounds.max_y]
            }),
            tile_width: layout.block_width,
            tile_height: layout.block_height,
            compression: layout.compression.to_string(),
            predictor: layout.predictor,
            planar: if layout.planar == Planar::Band { 2 } else { 1 },
            overviews: levels
                .iter()
                .skip(1)
                .map(|level| OverviewSize { width: level.width, height: level.height })
                .collect(),
            masks: u32::try_from(pages.masks.len()).unwrap_or(u32::MAX),
            layout: ghost_area.clone(),
            band_descriptions: (0..layout.bands).map(|band0| metadata.text(band0, "description")).collect(),
            scales: unscale.iter().map(|&(scale, _)| scale).collect(),
            offsets: unscale.iter().map(|&(_, offset)| offset).collect(),
            units: (0..layout.bands).map(|band0| metadata.text(band0, "unittype")).collect(),
            band_metadata: band_metadata(&metadata, layout.bands),
            color_table: colors,
            gcps: georeference.gcps.clone(),
            rpc: rpc_values.and_then(|values| rpc(&values)),
            vertical_crs: georeference.vertical_crs(),
            metadata: metadata.items,
        };
        let bytes = std::mem::take(&mut reader.bytes);
        drop(reader);
        let front = bytes.peek(0, bytes.len_bytes().unwrap_or(HEADER_READ_BYTES).min(HEADER_READ_BYTES));
        let mut source: Rc<dyn RangeReader> =
            Rc::new(FrontSource::new(source, Bytes::copy_from_slice(front.unwrap_or_default())));
        let own = OpenFile::new(bytes, source.identity().len_bytes);
        own.framing.set(ghost_area.as_ref().and_then(Framing::of));
        let mut files = vec![own];
        if !siblings.sources.is_empty() {
            files.extend(siblings.files);
            source = Rc::new(StackedSource::new(source, siblings.sources));
        }
        Ok(Self(Rc::new(Inner {
            source,
            limits,
            info,
            georeference,
            nodata,
            unscale,
            pages: pages.levels,
            levels,
            masks: pages.masks,
            files,
            warnings: pages.warnings,
        })))
    }

    #[must_use]
    pub fn info(&self) -> &DatasetInfo {
        &self.0.info
    }

    /// Where the bytes come from; its first 32 KiB are held.
    #[must_use]
    pub fn source(&self) -> &Rc<dyn RangeReader> {
        &self.0.source
    }

    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The first bytes of the file (up to 32 KiB) as read when it was opened: part of its fingerprint.
    #[must_use]
    pub fn header_bytes(&self) -> &[u8] {
        let Some(file) = self.0.files.first() else { return &[] };
        let held = file.bytes.len_bytes().unwrap_or(HEADER_READ_BYTES).min(HEADER_READ_BYTES);
        file.bytes.peek(0, held).unwrap_or_default()
    }

    /// What of the file was left out when it was opened, and why.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.0.warnings
    }

    /// Type of the stored samples, the same in all bands.
    #[must_use]
    pub fn sample_type(&self) -> SampleType {
        self.full().map_or(SampleType::U8, |layout| layout.sample_type)
    }

    #[must_use]
    pub fn band_count(&self) -> u16 {
        self.0.info.bands
    }

    /// Whether blocks are tiles; else they are strips.
    #[must_use]
    pub fn is_tiled(&self) -> bool {
        self.full().is_some_and(|layout| layout.is_tiled)
    }

    /// Positions in the file of the directories of all levels, full resolution first.
    #[must_use]
    pub fn directory_offsets(&self) -> Vec<u64> {
        self.0.pages.iter().map(|page| page.ifd.offset).collect()
    }

    #[must_use]
    pub fn planar(&self) -> Planar {
        self.full().map_or(Planar::Pixel, |layout| layout.planar)
    }

    /// The CRS of the file's coordinates; `crs.missing`, `crs.unknown` or `crs.unsupported` naming what the file says.
    pub fn crs(&self) -> Result<Crs> {
        self.0.georeference.crs().map_err(|error| self.located(error))
    }

    /// The geotransform at full resolution, where the file has one.
    #[must_use]
    pub fn geotransform(&self) -> Option<GeoTransform> {
        self.0.georeference.geotransform
    }

    /// The geotransform of a level: the full-resolution corner, pixels of extent / size. `geo.not_referenced` or
    /// `geo.gcps_unsupported` where the file has none.
    pub fn level_geotransform(&self, level: usize) -> Result<GeoTransform> {
        let full = self.0.georeference.geotransform().map_err(|error| self.located(error))?;
        let (base, level) = (self.level(0)?, self.level(level)?);
        Ok(full
            .scaled(f64::from(base.width) / f64::from(level.width), f64::from(base.height) / f64::from(level.height)))
    }

    /// Full resolution and overviews: at least 1.
    #[must_use]
    pub fn level_count(&self) -> usize {
        self.0.levels.len()
    }

    /// All levels, full resolution first.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.0.levels
    }

    /// Level `index`; `usage.overview` where the file has fewer.
    pub fn level(&self, index: usize) -> Result<&Level> {
        self.0.levels.get(index).ok_or_else(|| self.no_level(index))
    }

    /// `unsupported.complex` where samples are complex: nothing that compares or averages values takes those.
    pub fn check_real(&self) -> Result<()> {
        let sample_type = self.sample_type();
        if !sample_type.is_complex() {
            return Ok(());
        }
        Err(self.located(
            Error::new(Code::UnsupportedComplex, format!("expected real samples, got {}", sample_type.gdal_name()))
                .with_hint("read the samples as they are, or make a raster of their amplitude first: gdal_calc.py"),
        ))
    }

    /// What turns the blocks that mask a band into the validity of its pixels, on any thread; `None` where no blocks
    /// of their own mask it. An alpha band that comes in the band's own blocks is the [`Decoder`]'s business.
    pub fn mask_decoder(&self, level: usize, band0: u16) -> Result<Option<MaskDecoder>> {
        self.check_band(band0)?;
        let Some((page, band0)) = self.mask_of(level, band0)? else { return Ok(None) };
        codec::check_supported(&page.layout).map_err(|error| self.located(error))?;
        Ok(Some(MaskDecoder(Decoder {
            layout: page.layout.clone(),
            level: page.level(),
            band0,
            nodata: Nodata::None,
            alpha0: None,
            limits: self.0.limits,
        })))
    }

    /// Whether blocks of a band may come with a validity: a mask page, an alpha band, or a codec with a mask.
    pub fn may_be_masked(&self, level: usize, band0: u16) -> Result<bool> {
        let page = self.page(level)?;
        let has_alpha = page.layout.alpha0.is_some_and(|alpha0| alpha0 != band0);
        Ok(has_alpha || page.layout.compression.name() == Some("lerc") || self.mask_of(level, band0)?.is_some())
    }

    /// What turns encoded blocks of one band into samples, on any thread. `unsupported.…` where that can't be done.
    pub fn decoder(&self, level: usize, band0: u16) -> Result<Decoder> {
        self.check_band(band0)?;
        let page = self.page(level)?;
        codec::check_supported(&page.layout).map_err(|error| self.located(error))?;
        Ok(Decoder {
            layout: page.layout.clone(),
            level: page.level(),
            band0,
            nodata: self.nodata(band0),
            alpha0: self.alpha_in_block(level, band0)?,
            limits: self.0.limits,
        })
    }

    /// The samples of a block from its encoded bytes; for many blocks take a [`Dataset::decoder`].
    pub fn decode(&self, level: usize, band0: u16, id: BlockId, encoded: &[u8]) -> Result<Block> {
        self.decoder(level, band0)?.decode(id, encoded).map_err(|error| self.located(error))
    }

    /// The samples of a block that the file leaves out: nodata, or 0.
    pub fn sparse_block(&self, level: usize, band0: u16, id: BlockId) -> Result<Block> {
        self.decoder(level, band0)?.sparse(id)
    }

    /// The nodata value, which is the same for all bands of a TIFF.
    #[must_use]
    pub fn nodata(&self, _band0: u16) -> Nodata {
        self.0.nodata
    }

    /// (scale, offset) of `unscale`: value = stored × scale + offset. (1, 0) where the file says nothing.
    #[must_use]
    pub fn unscale(&self, band0: u16) -> (f64, f64) {
        self.0.unscale.get(usize::from(band0)).copied().unwrap_or((1.0, 0.0))
    }

    /// `usage.band` where the file has no such band; the message counts from 1, as users do.
    pub(super) fn check_band(&self, band0: u16) -> Result<()> {
        if band0 < self.band_count() {
            return Ok(());
        }
        let band = u32::from(band0).saturating_add(1);
        Err(self.located(Error::new(
            Code::UsageBand,
            format!("expected a band from 1 to {}, got {band}", self.band_count()),
        )))
    }

    /// `error` with the file's name.
    pub(super) fn located(&self, error: Error) -> Error {
        with_source(error, self.0.source.location())
    }

    /// The page and the band of it whose blocks mask a band: the mask page of the level's size, else an alpha band
    /// that has blocks of its own.
    pub(super) fn mask_of(&self, level: usize, band0: u16) -> Result<Option<(&Page, u16)>> {
        let page = self.page(level)?;
        if let Some(mask) = self.mask_page(page) {
            return Ok(Some((mask, if mask.layout.bands == 1 { 0 } else { band0 })));
        }
        let alpha0 = page.layout.alpha0.filter(|&alpha0| alpha0 != band0 && page.layout.planar == Planar::Band);
        Ok(alpha0.map(|alpha0| (page, alpha0)))
    }

    /// The alpha band that masks a band and comes in its blocks. A mask page goes before alpha, as in GDAL.
    fn alpha_in_block(&self, level: usize, band0: u16) -> Result<Option<u16>> {
        let page = self.page(level)?;
        let alpha0 = page.layout.alpha0.filter(|&alpha0| alpha0 != band0 && page.layout.planar == Planar::Pixel);
        Ok(alpha0.filter(|_| self.mask_page(page).is_none()))
    }

    pub(super) fn mask_page(&self, page: &Page) -> Option<&Page> {
        let layout = &page.layout;
        self.0.masks.iter().find(|mask| {
            (mask.layout.width, mask.layout.height) == (layout.width, layout.height)
                && (mask.layout.bands == 1 || mask.layout.bands == layout.bands)
        })
    }

    /// The raster's own file, then those beside it.
    pub(super) fn files(&self) -> &[OpenFile] {
        &self.0.files
    }

    pub(super) fn page(&self, level: usize) -> Result<&Page> {
        self.0.pages.get(level).ok_or_else(|| self.no_level(level))
    }

    /// Those of all levels, then those of masks.
    pub(super) fn pages(&self) -> impl Iterator<Item = &Page> {
        self.0.pages.iter().chain(&self.0.masks)
    }

    fn full(&self) -> Option<&Layout> {
        self.0.pages.first().map(|page| &*page.layout)
    }

    fn no_level(&self, index: usize) -> Error {
        let most = self.level_count().saturating_sub(1);
        self.located(Error::new(
            Code::UsageOverview,
            format!("expected an overview from 0 (full) to {most}, got {index}"),
        ))
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset").field("source", &self.0.source.location()).field("info", &self.0.info).finish()
    }
}

fn band_metadata(metadata: &Metadata, bands: u16) -> Vec<BTreeMap<String, String>> {
    let all: Vec<_> = (0..bands).map(|band0| metadata.band_items(band0)).collect();
    if all.iter().all(BTreeMap::is_empty) { Vec::new() } else { all }
}

fn with_source(error: Error, location: &str) -> Error {
    error.at(|at| {
        at.source.get_or_insert_with(|| location.to_owned());
    })
}

#[cfg(test)]
#[path = "dataset_tests.rs"]
mod tests;
