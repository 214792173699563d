//! The cells of a lattice that touch bounds.

use super::definition::{GridDefinition, HexagonDefinition, SquareDefinition};
use super::hexagon::HexagonLattice;
use super::lattice::Lattice;
use super::part::Part;
use super::square::SquareLattice;
use super::{Cell, Run};
use crate::error::{Code, Error, Result};
use crate::geo::{Bounds, Crs, Transformer, transform_bounds};

/// A lattice and the parts of it that are wanted.
#[derive(Debug, Clone)]
pub(super) struct LatticeGrid {
    pub(super) lattice: Lattice,
    /// Disjoint; two only where bounds cross the antimeridian.
    parts: Vec<Part>,
    pub(super) bounds: Vec<Bounds>,
}

impl LatticeGrid {
    pub(super) fn squares(definition: &SquareDefinition) -> Result<(GridDefinition, Crs, Self)> {
        let rule = Rule::new(
            &definition.crs,
            definition.cell_size,
            definition.bounds,
            definition.bounds_crs.as_deref(),
            definition.origin,
        )?;
        let lattice = Lattice::Square(SquareLattice { size: rule.size, origin: rule.origin });
        let definition = SquareDefinition {
            crs: rule.crs.name().to_owned(),
            bounds_crs: rule.bounds_crs_name(),
            origin: rule.moved_origin(),
            ..definition.clone()
        };
        Ok((GridDefinition::Square(definition), rule.crs.clone(), Self::new(lattice, rule)?))
    }

    pub(super) fn hexagons(definition: &HexagonDefinition) -> Result<(GridDefinition, Crs, Self)> {
        let rule = Rule::new(
            &definition.crs,
            definition.cell_size,
            definition.bounds,
            definition.bounds_crs.as_deref(),
            definition.origin,
        )?;
        let orientation = definition.orientation;
        let lattice = Lattice::Hexagon(HexagonLattice { size: rule.size, origin: rule.origin, orientation });
        let definition = HexagonDefinition {
            crs: rule.crs.name().to_owned(),
            bounds_crs: rule.bounds_crs_name(),
            origin: rule.moved_origin(),
            ..definition.clone()
        };
        Ok((GridDefinition::Hexagon(definition), rule.crs.clone(), Self::new(lattice, rule)?))
    }

    fn new(lattice: Lattice, rule: Rule) -> Result<Self> {
        let (bounds, parts) = lattice.parts(rule.boxes)?;
        Ok(Self { lattice, parts, bounds })
    }

    pub(super) fn cell_count(&self) -> u64 {
        self.parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.cell_count))
    }

    pub(super) fn chunk_count(&self) -> u64 {
        self.parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.chunk_count()))
    }

    /// The runs of a chunk. Chunks sweep each part from north to south and from west to east.
    pub(super) fn runs(&self, index: u64) -> Vec<Run> {
        let mut within = index;
        for part in &self.parts {
            if within < part.chunk_count() {
                return self.lattice.runs(part, within);
            }
            within -= part.chunk_count();
        }
        Vec::new()
    }

    pub(super) fn contains(&self, cell: Cell) -> bool {
        self.parts.iter().any(|part| match &self.lattice {
            Lattice::Square(square) => part.contains(square, cell.row, cell.column),
            Lattice::Hexagon(hexagon) => {
                let (row, column) = hexagon.offset(cell);
                part.contains(hexagon, row, column)
            }
        })
    }
}

/// What both kinds of definition have.
struct Rule {
    crs: Crs,
    bounds_crs: Crs,
    size: f64,
    origin: (f64, f64),
    /// The bounds in the grid's CRS.
    boxes: Vec<Bounds>,
}

impl Rule {
    fn new(crs: &str, size: f64, bounds: Bounds, bounds_crs: Option<&str>, origin: Option<[f64; 2]>) -> Result<Self> {
        let crs = Crs::parse(crs)?;
        if !(size.is_finite() && size > 0.0) {
            return Err(Error::new(Code::UsageGrid, format!("expected cellSize to be greater than 0, got {size}"))
                .with_hint(format!("give the cell size in units of {crs}")));
        }
        let origin = origin.unwrap_or_default();
        if !origin.iter().all(|number| number.is_finite()) {
            return Err(Error::new(Code::UsageGrid, format!("expected origin [x, y], got {origin:?}"))
                .with_hint("leave origin out to align the grid to the CRS's own"));
        }
        let bounds_crs = bounds_crs.map_or_else(|| Ok(crs.clone()), Crs::parse)?;
        let boxes = boxes_in(&crs, &bounds_crs, bounds)?;
        Ok(Self { crs, bounds_crs, size, origin: (origin[0], origin[1]), boxes })
    }

    fn bounds_crs_name(&self) -> Option<String> {
        (self.bounds_crs != self.crs).then(|| self.bounds_crs.name().to_owned())
    }

    fn moved_origin(&self) -> Option<[f64; 2]> {
        (self.origin != (0.0, 0.0)).then_some([self.origin.0, self.origin.1])
    }
}

/// Bounds of another CRS as boxes in the grid's.
pub(super) fn boxes_in(crs: &Crs, bounds_crs: &Crs, bounds: Bounds) -> Result<Vec<Bounds>> {
    let boxes = bounds.checked(bounds_crs.is_geographic())?.split_at_antimeridian();
    let transformer = Transformer::new(bounds_crs, crs)?;
    if transformer.is_identity() {
        return Ok(boxes);
    }
    let moved = boxes.into_iter().map(|bounds| transform_bounds(&transformer, bounds));
    Ok(moved.collect::<Result<Vec<_>>>()?.into_iter().flat_map(Bounds::split_at_antimeridian).collect())
}
