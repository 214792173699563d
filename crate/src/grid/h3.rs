//! H3 cells whose centres lie in bounds or in polygons.

use h3o::{CellIndex, LatLng, Resolution};
use serde_json::Value;

use super::definition::{GridDefinition, H3Definition};
use super::lattice_grid::boxes_in;
use super::polygon::Point;
use super::polygon_reader::{Reader, features};
use super::region::{Disc, Region, Share};
use super::{Cell, Chunk, Grid, Run};
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::geo::{Bounds, Crs, Transformer, transform_bounds};

/// The cells of one resolution in a region. A cell's row is the index of its ancestor [`H3_LEVELS`] levels up, its
/// column the position among that one's descendants, so that neighbours make runs.
#[derive(Debug)]
pub(super) struct H3Cells {
    resolution: Resolution,
    region: Region,
    /// Ancestors with a cell in the region: rows of them from north to south, each from west to east.
    ancestors: Vec<Ancestor>,
    /// Where chunks begin among the ancestors, and the end of the last.
    starts: Vec<usize>,
    cell_count: u64,
}

#[derive(Debug)]
struct Ancestor {
    index: CellIndex,
    /// Descendants in the region.
    count: u32,
    /// Where they are, as (position of the first, count); empty where all of them are.
    runs: Box<[(u32, u32)]>,
}

/// Levels between a cell and the ancestor that its row is; fewer at the coarsest resolutions.
pub const H3_LEVELS: u8 = 4;

impl H3Cells {
    /// The cells of a definition and its canonical form. `usage.grid` where it names no region or one without a
    /// cell's centre, `usage.bounds`, `usage.zones` for its polygons, `limit.grid_cells`.
    pub(super) fn new(definition: &H3Definition) -> Result<(H3Definition, Self)> {
        let resolution = Resolution::try_from(definition.resolution)
            .map_err(|_| Error::new(Code::UsageGrid, "expected a resolution from 0 to 15"))?;
        let (region, bounds_crs) = region(definition)?;
        let mut cells = Self { resolution, region, ancestors: Vec::new(), starts: Vec::new(), cell_count: 0 };
        let ancestors = cells.list_ancestors().map_err(|count| {
            Error::new(
                Code::LimitGridCells,
                format!("grid of {count} H3 cells of resolution {resolution}, {} allowed", Grid::MAX_CELLS),
            )
            .with_hint("choose a coarser resolution or smaller bounds")
        })?;
        if ancestors.is_empty() {
            return Err(Error::new(
                Code::UsageGrid,
                format!("no H3 cell of resolution {resolution} has its centre in the bounds or the polygon"),
            )
            .with_hint("choose a finer resolution or larger bounds"));
        }
        cells.cell_count = ancestors.iter().map(|ancestor| u64::from(ancestor.count)).sum();
        cells.ancestors = ancestors;
        cells.starts = cells.cut();
        let definition = H3Definition { bounds_crs, ..definition.clone() };
        Ok((definition, cells))
    }

    /// The canonical definition; where it has polygons, a digest of it in their place.
    pub(super) fn summary(&self, definition: &GridDefinition) -> Value {
        let mut summary = definition.to_value();
        if summary.get("polygon").is_some_and(|polygon| !polygon.is_null()) {
            let digest = Digest::of(summary.to_string().as_bytes()).hex();
            if let Value::Object(fields) = &mut summary {
                fields.remove("polygon");
                fields.insert("digest".to_owned(), Value::from(digest));
            }
        }
        summary
    }

    pub(super) fn resolution(&self) -> u8 {
        u8::from(self.resolution)
    }

    pub(super) fn cell_count(&self) -> u64 {
        self.cell_count
    }

    pub(super) fn chunk_count(&self) -> u64 {
        crate::num::to_u64(self.starts.len().saturating_sub(1))
    }

    pub(super) fn runs(&self, index: u64) -> Vec<Run> {
        let at = |index: u64| usize::try_from(index).ok().and_then(|index| self.starts.get(index)).copied();
        let (Some(start), Some(end)) = (at(index), at(index.saturating_add(1))) else { return Vec::new() };
        let mut runs = Vec::new();
        for ancestor in self.ancestors.get(start..end).unwrap_or_default() {
            let row = row_of(ancestor.index);
            if ancestor.runs.is_empty() {
                runs.push(Run { row, start: 0, count: ancestor.count });
            }
            runs.extend(ancestor.runs.iter().map(|&(start, count)| Run { row, start: start.into(), count }));
        }
        runs
    }

    pub(super) fn cell_id(&self, cell: Cell) -> String {
        self.index(cell).map_or_else(String::new, |index| index.to_string())
    }

    pub(super) fn parse_id(&self, id: &str) -> Option<Cell> {
        let index: CellIndex = id.parse().ok()?;
        (index.resolution() == self.resolution).then(|| self.cell(index))?
    }

    pub(super) fn contains(&self, cell: Cell) -> bool {
        self.index(cell).is_some_and(|index| self.region.contains(center(index)))
    }

    pub(super) fn cell_at(&self, lon: f64, lat: f64) -> Option<Cell> {
        self.cell(LatLng::new(lat, lon).ok()?.to_cell(self.resolution))
    }

    pub(super) fn center(&self, cell: Cell) -> Point {
        self.index(cell).map_or((f64::NAN, f64::NAN), center)
    }

    /// Appends the boundary in one piece around the cell's centre: beyond ±180 where it crosses the antimeridian,
    /// along the pole where it holds it.
    pub(super) fn outline(&self, cell: Cell, into: &mut Vec<Point>) {
        let Some(index) = self.index(cell) else { return };
        let start = into.len();
        let (mut before, _) = center(index);
        for vertex in index.boundary().iter() {
            let lon = vertex.lng();
            before = lon - 360.0 * ((lon - before) / 360.0).round();
            into.push((before, vertex.lat()));
        }
        let ring = into.get(start..).unwrap_or_default();
        let (Some(&first), Some(&last)) = (ring.first(), ring.last()) else { return };
        let end = first.0 - 360.0 * ((first.0 - last.0) / 360.0).round();
        if end != first.0 {
            let pole = if first.1 > 0.0 { 90.0 } else { -90.0 };
            into.extend([(end, first.1), (end, pole), (first.0, pole)]);
        }
    }

    /// Two corners of a box around all descendants of a row's ancestor.
    pub(super) fn around(&self, row: i64) -> [Point; 2] {
        let ancestor = u64::try_from(row).ok().and_then(|row| CellIndex::try_from(row).ok());
        let Some(ancestor) = ancestor else { return [(f64::NAN, f64::NAN); 2] };
        let reach = reach_deg(ancestor.resolution()) + reach_deg(self.resolution);
        let bounds = Disc { center: center(ancestor), reach }.bounds();
        [(bounds.min_x, bounds.min_y), (bounds.max_x, bounds.max_y)]
    }

    fn index(&self, cell: Cell) -> Option<CellIndex> {
        let ancestor = CellIndex::try_from(u64::try_from(cell.row).ok()?).ok()?;
        ancestor.child_at(u64::try_from(cell.column).ok()?, self.resolution)
    }

    fn cell(&self, index: CellIndex) -> Option<Cell> {
        let ancestor = index.parent(ancestor_resolution(self.resolution))?;
        let position = index.child_position(ancestor.resolution())?;
        Some(Cell { row: row_of(ancestor), column: i64::try_from(position).ok()? })
    }

    /// Tells `found` of the descendants of `node` in the region, as (position, count) in their order; `first` is the
    /// position of the node's first.
    fn visit(&self, node: CellIndex, first: u64, found: &mut impl FnMut((u64, u64))) {
        if node.resolution() == self.resolution {
            if self.region.contains(center(node)) {
                found((first, 1));
            }
            return;
        }
        let disc = Disc { center: center(node), reach: reach_deg(node.resolution()) };
        match self.region.share(disc) {
            Share::None => {}
            Share::All => found((first, node.children_count(self.resolution))),
            Share::Some => {
                let Some(next) = node.resolution().succ() else { return };
                let mut first = first;
                for child in node.children(next) {
                    self.visit(child, first, found);
                    first = first.saturating_add(child.children_count(self.resolution));
                }
            }
        }
    }

    /// The ancestors with a cell in the region, in the order of their rows. Where they have too many cells, an error with
    /// their number: from then on they are only counted, a mistaken resolution must not fill the memory.
    fn list_ancestors(&self) -> std::result::Result<Vec<Ancestor>, u64> {
        let level = ancestor_resolution(self.resolution);
        let (mut ancestors, mut total) = (Vec::new(), 0_u64);
        for root in CellIndex::base_cells() {
            let mut open = vec![(root, false)];
            while let Some((node, is_whole)) = open.pop() {
                if total > Grid::MAX_CELLS {
                    self.visit(node, 0, &mut |(_, count)| total = total.saturating_add(count));
                    continue;
                }
                if node.resolution() < level {
                    let disc = Disc { center: center(node), reach: reach_deg(node.resolution()) };
                    let share = if is_whole { Share::All } else { self.region.share(disc) };
                    if let (Some(next), true) = (node.resolution().succ(), share != Share::None) {
                        open.extend(node.children(next).map(|child| (child, share == Share::All)));
                    }
                    continue;
                }
                let ancestor = if is_whole { self.whole(node) } else { self.part(node) };
                total = total.saturating_add(ancestor.count.into());
                if ancestor.count > 0 {
                    ancestors.push(ancestor);
                }
            }
        }
        if total > Grid::MAX_CELLS {
            return Err(total);
        }
        let row_height = reach_deg(level);
        let place = |ancestor: &Ancestor| {
            let (lon, lat) = center(ancestor.index);
            (((90.0 - lat) / row_height) as u32, lon)
        };
        ancestors.sort_by_cached_key(|ancestor| {
            let (row, lon) = place(ancestor);
            (row, (lon * 1e9) as i64, u64::from(ancestor.index))
        });
        Ok(ancestors)
    }

    /// An ancestor with all its descendants, at most 7⁴.
    fn whole(&self, index: CellIndex) -> Ancestor {
        Ancestor { index, count: index.children_count(self.resolution) as u32, runs: Box::default() }
    }

    /// An ancestor with those descendants that lie in the region.
    fn part(&self, index: CellIndex) -> Ancestor {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        self.visit(index, 0, &mut |(position, count)| {
            let (position, count) = (position as u32, count as u32);
            match runs.last_mut() {
                Some((start, run)) if *start + *run == position => *run += count,
                _ => runs.push((position, count)),
            }
        });
        let count = runs.iter().map(|(_, count)| count).sum();
        let whole = self.whole(index);
        if count == whole.count { whole } else { Ancestor { index, count, runs: runs.into() } }
    }

    fn cut(&self) -> Vec<usize> {
        let mut starts = vec![0];
        let mut cells = 0;
        for (position, ancestor) in self.ancestors.iter().enumerate() {
            let count = ancestor.count as usize;
            if cells > 0 && cells + count > Chunk::MAX_CELLS {
                starts.push(position);
                cells = 0;
            }
            cells += count;
        }
        starts.push(self.ancestors.len());
        starts
    }
}

/// Resolution of the ancestors that are the rows of cells of a resolution.
fn ancestor_resolution(resolution: Resolution) -> Resolution {
    Resolution::try_from(u8::from(resolution).saturating_sub(H3_LEVELS)).unwrap_or(Resolution::Zero)
}

fn row_of(index: CellIndex) -> i64 {
    // The first bit of an index is 0.
    i64::try_from(u64::from(index)).unwrap_or_default()
}

fn center(index: CellIndex) -> Point {
    let place = LatLng::from(index);
    (place.lng(), place.lat())
}

/// No descendant's centre is further from a cell's own than this.
fn reach_deg(resolution: Resolution) -> f64 {
    REACH_0_DEG / 7_f64.powf(f64::from(u8::from(resolution)) / 2.0)
}

/// The region of a definition, and the CRS of its bounds where it is not longitude and latitude.
fn region(definition: &H3Definition) -> Result<(Region, Option<String>)> {
    let wgs84 = Crs::from_epsg(4326)?;
    let mut bounds_crs = None;
    let from_bounds = match definition.bounds {
        None => None,
        Some(bounds) => {
            let crs = definition.bounds_crs.as_deref().map_or_else(|| Ok(wgs84.clone()), Crs::parse)?;
            if crs != wgs84 {
                bounds_crs = Some(crs.name().to_owned());
            }
            Some(region_of_bounds(bounds, &crs, &wgs84)?)
        }
    };
    let from_polygon = definition.polygon.as_ref().map(region_of_polygon).transpose()?;
    match (from_bounds, from_polygon) {
        (Some(one), Some(other)) => Ok((Region::Both(Box::new((one, other))), bounds_crs)),
        (Some(region), None) | (None, Some(region)) => Ok((region, bounds_crs)),
        (None, None) => Err(Error::new(Code::UsageGrid, "expected \"bounds\" or a \"polygon\", got neither")
            .with_hint("for example {\"type\":\"h3\",\"resolution\":5,\"bounds\":[-10,35,30,60]}")),
    }
}

fn region_of_bounds(bounds: Bounds, crs: &Crs, wgs84: &Crs) -> Result<Region> {
    let bounds = bounds.checked(crs.is_geographic())?;
    if crs == wgs84 {
        return Ok(Region::Box(bounds));
    }
    if crs.is_geographic() {
        return Ok(Region::Box(transform_bounds(&Transformer::new(crs, wgs84)?, bounds)?));
    }
    let around = boxes_in(wgs84, crs, bounds)?;
    Ok(Region::Projected { around, to: Box::new(Transformer::new(wgs84, crs)?), bounds })
}

fn region_of_polygon(polygon: &Value) -> Result<Region> {
    let features = features(polygon).filter(|features| !features.is_empty()).ok_or_else(|| {
        Error::new(Code::UsageGrid, "expected \"polygon\" to be a GeoJSON polygon")
            .with_hint("give a Polygon, a MultiPolygon, a Feature or a FeatureCollection, in longitude and latitude")
    })?;
    let reader = Reader { is_geographic: true, repair: false };
    let mut polygons = Vec::new();
    for (position, feature) in features.into_iter().enumerate() {
        polygons.extend(reader.polygons(feature).map_err(|what| {
            Error::new(Code::UsageZones, format!("feature {position} of the polygon {what}"))
                .with_hint("mend the polygon; its coordinates are longitude, then latitude")
        })?);
    }
    Ok(Region::of_polygons(&polygons))
}

/// A test holds it against the descendants of every cell of the coarse resolutions.
const REACH_0_DEG: f64 = 17.0;

#[cfg(test)]
#[path = "h3_tests.rs"]
mod tests;
