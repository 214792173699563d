//! The cells of a part between blocks: their statistics, and the columns that these become.

use std::sync::Arc;

use super::coverage::Rasterizer;
use super::fold_area::{fold_outlines, fold_rectangles};
use super::fold_point::{Stretched, fold_kernel};
use super::fold_sums::fold_rectangle_sums;
use super::frequencies::{Frequencies, FrequencyList};
use super::geometry::{Geometry, Needs, Shapes};
use super::kernel::Kernel;
use super::method::Method;
use super::pixel_area::{BlockAreas, PixelAreas};
use super::pixel_map::PixelMap;
use super::samples::{BlockPixels, View};
use super::statistics::{Moments, Partial, ShiftedMoments, Statistic, Sums, TapSums};
use super::weighted::Weighted;
use crate::grid::Run;
use crate::raster::{Block, BlockId, Nodata, NodataSample, Samples, Window, with_real_samples};

/// What the methods of a request need of each cell.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub methods: Vec<Method>,
    pub kernels: Vec<Stretched>,
    pub area: Option<AreaKind>,
    /// What pixels weigh, where they don't all weigh the same.
    pub areas: Option<PixelAreas>,
}

/// What is particular to a band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Counts from 0.
    pub band0: u16,
    pub nodata: Nodata,
    /// (scale, offset) of the values.
    pub unscale: (f64, f64),
}

/// Which statistic area methods share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AreaKind {
    Sums,
    Moments,
    /// Moments too.
    Frequencies,
}

/// Statistics of a part's cells.
#[derive(Debug, Clone)]
pub struct CellStates {
    area: AreaStates,
    /// One per kernel of the recipe.
    kernels: Vec<Vec<TapSums>>,
}

#[derive(Debug, Clone)]
enum AreaStates {
    None,
    Sums(Vec<Sums>),
    Moments(Vec<Moments>),
    Frequencies(Vec<Distribution>),
    WeightedSums(Vec<Weighted<Sums>>),
    WeightedMoments(Vec<Weighted<Moments>>),
    WeightedFrequencies(Vec<Weighted<Distribution>>),
}

type Distribution = (Moments, Frequencies);
type PartialDistribution = (ShiftedMoments, FrequencyList);

/// Evaluates an expression with `$states` bound to the statistics that there are.
macro_rules! with_states {
    ($area:expr, $states:ident => $body:expr, $none:expr) => {
        match $area {
            AreaStates::None => $none,
            AreaStates::Sums($states) => $body,
            AreaStates::Moments($states) => $body,
            AreaStates::Frequencies($states) => $body,
            AreaStates::WeightedSums($states) => $body,
            AreaStates::WeightedMoments($states) => $body,
            AreaStates::WeightedFrequencies($states) => $body,
        }
    };
}

/// Columns of a part.
#[derive(Debug, Clone, Default)]
pub struct PartColumns {
    /// One per method.
    pub columns: Vec<Vec<f64>>,
    pub confidence: Vec<f64>,
}

impl Recipe {
    /// What `methods` need at `scale` pixels per cell. With `areas` pixels weigh by them in area methods.
    #[must_use]
    pub fn new(methods: &[Method], scale: (f64, f64), areas: Option<PixelAreas>) -> Self {
        let mut kernels: Vec<Stretched> = Vec::new();
        for kernel in methods.iter().filter_map(|&method| kernel_of(method)) {
            let stretched = Stretched::new(kernel, scale);
            let fallback = needs_fallback(&stretched).then(|| Stretched::new(Kernel::Triangle, scale));
            for needed in std::iter::once(stretched).chain(fallback) {
                if !kernels.contains(&needed) {
                    kernels.push(needed);
                }
            }
        }
        let mut area = None;
        for method in methods.iter().filter(|method| !method.is_point()) {
            let needed = match method {
                method if method.needs_frequencies() => AreaKind::Frequencies,
                method if method.needs_moments() => AreaKind::Moments,
                _ => AreaKind::Sums,
            };
            area = area.max(Some(needed));
        }
        let areas = areas.filter(|_| area.is_some());
        Self { methods: methods.to_vec(), kernels, area, areas }
    }

    /// A decoded block and the areas of its pixels as the folds take it.
    #[must_use]
    pub fn pixels(&self, block: Block, nodata: Nodata, areas: Option<Arc<BlockAreas>>) -> BlockPixels {
        let pixels = BlockPixels::new(block, nodata);
        let pixels = if self.widens() { pixels.widened() } else { pixels };
        BlockPixels { areas, ..pixels }
    }

    /// Whether samples are folded as `f64`, whatever the file's type: one copy of the rarer folds instead of ten.
    #[must_use]
    pub fn widens(&self) -> bool {
        self.areas.is_some() || self.lists_values()
    }

    /// Which places the cells need.
    #[must_use]
    pub fn needs(&self) -> Needs {
        Needs { shapes: self.area.is_some(), centres: !self.kernels.is_empty() }
    }

    /// Whether cells keep a list of their values.
    #[must_use]
    pub fn lists_values(&self) -> bool {
        self.area == Some(AreaKind::Frequencies)
    }

    /// Memory that one cell's statistics take, without a list of its values.
    #[must_use]
    pub fn cell_bytes(&self) -> usize {
        let area = match self.area {
            None => 0,
            Some(AreaKind::Sums) => size_of::<Sums>(),
            Some(AreaKind::Moments) => size_of::<Moments>(),
            Some(AreaKind::Frequencies) => size_of::<Distribution>(),
        };
        let weight = if self.areas.is_some() { size_of::<f64>() } else { 0 };
        area + weight + self.kernels.len() * size_of::<TapSums>()
    }

    /// Memory that one cell's results take.
    #[must_use]
    pub fn result_bytes(&self) -> usize {
        (self.methods.len() + 1) * size_of::<f64>()
    }

    fn kernel_index(&self, kernel: Kernel) -> Option<usize> {
        self.kernels.iter().position(|stretched| stretched.kernel == kernel)
    }
}

impl CellStates {
    /// `count` cells that no block has met.
    #[must_use]
    pub fn new(recipe: &Recipe, count: usize) -> Self {
        let is_weighted = recipe.areas.is_some();
        let area = match recipe.area {
            None => AreaStates::None,
            Some(AreaKind::Sums) if is_weighted => AreaStates::WeightedSums(vec![Weighted::default(); count]),
            Some(AreaKind::Sums) => AreaStates::Sums(vec![Sums::default(); count]),
            Some(AreaKind::Moments) if is_weighted => AreaStates::WeightedMoments(vec![Weighted::default(); count]),
            Some(AreaKind::Moments) => AreaStates::Moments(vec![Moments::default(); count]),
            Some(AreaKind::Frequencies) if is_weighted => {
                AreaStates::WeightedFrequencies(vec![Weighted::default(); count])
            }
            Some(AreaKind::Frequencies) => AreaStates::Frequencies(vec![Distribution::default(); count]),
        };
        Self { area, kernels: recipe.kernels.iter().map(|_| vec![TapSums::default(); count]).collect() }
    }

    /// Adds what a block, which lies at a window, gives to each cell.
    pub fn fold(
        &mut self,
        recipe: &Recipe,
        place: Place<'_>,
        pixels: &BlockPixels,
        at: (BlockId, Window),
        rasterizer: &mut Rasterizer,
    ) {
        with_real_samples!(&pixels.samples, values => {
            self.fold_view(recipe, place, &View::new(values, pixels), at, rasterizer);
        }, else {});
        if let (Samples::F64(values), Some(shapes)) = (&pixels.samples, &place.geometry.shapes) {
            self.fold_wide(shapes, place, &View::new(values, pixels), at, rasterizer);
        }
    }

    // A function of its own per sample type: as one, the compilers of browsers take seconds over it.
    #[inline(never)]
    fn fold_view<T: NodataSample>(
        &mut self,
        recipe: &Recipe,
        place: Place<'_>,
        view: &View<'_, T>,
        at: (BlockId, Window),
        rasterizer: &mut Rasterizer,
    ) {
        let (_, window) = at;
        if let Some(shapes) = &place.geometry.shapes {
            match (&mut self.area, shapes) {
                (AreaStates::Sums(states), Shapes::Rectangles(rectangles)) => {
                    fold_rectangle_sums(rectangles, place.runs, place.map, view, window, states);
                }
                (AreaStates::Sums(states), Shapes::Outlines(_)) => {
                    fold_shapes::<Sums, T>(shapes, place, view, at, rasterizer, states);
                }
                (AreaStates::Moments(states), _) => {
                    fold_shapes::<ShiftedMoments, T>(shapes, place, view, at, rasterizer, states);
                }
                _ => {}
            }
        }
        if let Some(centres) = &place.geometry.centres {
            for (kernel, sums) in recipe.kernels.iter().zip(&mut self.kernels) {
                fold_kernel(kernel, centres, place.runs, place.map, view, window, sums);
            }
        }
    }

    /// The statistics for which samples are widened.
    fn fold_wide(
        &mut self,
        shapes: &Shapes,
        place: Place<'_>,
        view: &View<'_, f64>,
        at: (BlockId, Window),
        rasterizer: &mut Rasterizer,
    ) {
        match &mut self.area {
            AreaStates::None | AreaStates::Sums(_) | AreaStates::Moments(_) => {}
            AreaStates::Frequencies(states) => {
                fold_shapes::<PartialDistribution, f64>(shapes, place, view, at, rasterizer, states);
            }
            AreaStates::WeightedSums(states) => {
                fold_shapes::<Weighted<Sums>, f64>(shapes, place, view, at, rasterizer, states);
            }
            AreaStates::WeightedMoments(states) => {
                fold_shapes::<Weighted<ShiftedMoments>, f64>(shapes, place, view, at, rasterizer, states);
            }
            AreaStates::WeightedFrequencies(states) => {
                fold_shapes::<Weighted<PartialDistribution>, f64>(shapes, place, view, at, rasterizer, states);
            }
        }
    }

    /// The columns of the cells; `unscale` = (scale, offset) of the values.
    #[must_use]
    pub fn finish(&self, recipe: &Recipe, unscale: (f64, f64), place: Place<'_>) -> PartColumns {
        let finishing = Finishing { recipe, unscale, place };
        let mut weights = Vec::new();
        let mut confidence = Vec::new();
        let mut columns = Vec::with_capacity(recipe.methods.len());
        for (position, &method) in recipe.methods.iter().enumerate() {
            let is_first = position == 0;
            let mut column = Vec::new();
            let mut index = 0;
            for (row, run) in place.runs.iter().enumerate() {
                for step in 0..run.count as usize {
                    let at = CellAt { index, row, run, step };
                    let (value, backing) = self.cell(&finishing, method, at, is_first.then_some(&mut weights));
                    column.push(value);
                    if is_first {
                        confidence.push(backing);
                    }
                    index += 1;
                }
            }
            columns.push(column);
        }
        PartColumns { columns, confidence }
    }

    /// Value and confidence of a cell; the confidence only where `weights` lends memory for it.
    fn cell(
        &self,
        finishing: &Finishing<'_>,
        method: Method,
        at: CellAt<'_>,
        weights: Option<&mut Vec<f64>>,
    ) -> (f64, f64) {
        let &Finishing { recipe, unscale, place } = finishing;
        if let Some(kernel) = kernel_of(method) {
            let Some((kernel, sums)) = self.kernel_sums(recipe, kernel, at.index) else { return (f64::NAN, 0.0) };
            let value = sums.value(unscale);
            let backing = match (&place.geometry.centres, weights) {
                (Some(centres), Some(weights)) if !value.is_nan() => {
                    let centre = centres.point(at.index, (at.row, at.run), at.step);
                    (sums.magnitude() / kernel.magnitude(centre, weights)).min(1.0)
                }
                _ => 0.0,
            };
            return (value, backing);
        }
        let (value, coverage) =
            with_states!(&self.area, states => read(states, at.index, method, unscale), (f64::NAN, 0.0));
        let area = match &place.geometry.shapes {
            Some(shapes) if !value.is_nan() => shapes.area(at.index, (at.row, at.run), at.step),
            _ => return (value, 0.0),
        };
        (value, (coverage / area).min(1.0))
    }

    /// The sums that give the value: the kernel's own, or bilinear's where cubic lacks a pixel.
    fn kernel_sums<'a>(
        &'a self,
        recipe: &'a Recipe,
        kernel: Kernel,
        cell: usize,
    ) -> Option<(&'a Stretched, &'a TapSums)> {
        let of = |kernel: Kernel| {
            let index = recipe.kernel_index(kernel)?;
            Some((recipe.kernels.get(index)?, self.kernels.get(index)?.get(cell)?))
        };
        let (stretched, sums) = of(kernel)?;
        if needs_fallback(stretched) && sums.valid_count() < stretched.pixel_count() {
            return of(Kernel::Triangle);
        }
        Some((stretched, sums))
    }
}

/// Where the cells of a part lie.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub map: &'a PixelMap,
    pub runs: &'a [Run],
    pub geometry: &'a Geometry,
}

/// What statistics become values with.
struct Finishing<'a> {
    recipe: &'a Recipe,
    unscale: (f64, f64),
    place: Place<'a>,
}

/// One cell: its position in the part, and its run and position there.
#[derive(Debug, Clone, Copy)]
struct CellAt<'a> {
    index: usize,
    row: usize,
    run: &'a Run,
    step: usize,
}

fn fold_shapes<P: Partial, T: NodataSample>(
    shapes: &Shapes,
    place: Place<'_>,
    view: &View<'_, T>,
    at: (BlockId, Window),
    rasterizer: &mut Rasterizer,
    states: &mut [P::Statistic],
) {
    match shapes {
        Shapes::Outlines(outlines) => fold_outlines::<P, T>(outlines, place.map, view, at, rasterizer, states),
        Shapes::Rectangles(rectangles) => {
            fold_rectangles::<P, T>(rectangles, place.runs, place.map, view, at.1, states);
        }
    }
}

fn read<S: Statistic>(states: &[S], index: usize, method: Method, unscale: (f64, f64)) -> (f64, f64) {
    states.get(index).map_or((f64::NAN, 0.0), |state| (state.value(method, unscale), state.coverage()))
}

fn kernel_of(method: Method) -> Option<Kernel> {
    match method {
        Method::Nearest => Some(Kernel::Box),
        Method::Bilinear => Some(Kernel::Triangle),
        Method::Cubic => Some(Kernel::CatmullRom),
        Method::CubicSpline => Some(Kernel::Spline),
        Method::Lanczos => Some(Kernel::Lanczos),
        _ => None,
    }
}

/// Cubic on 4 × 4 pixels wants all of them; widened, it leaves invalid ones out as the others do (GDAL's rule).
fn needs_fallback(kernel: &Stretched) -> bool {
    kernel.kernel == Kernel::CatmullRom && kernel.is_plain()
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;
