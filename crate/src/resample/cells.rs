//! The cells of a part between blocks: their statistics, and the columns that these become.

use super::coverage::Rasterizer;
use super::covered::Covered;
use super::fold_area::{fold_covered, fold_rectangles};
use super::fold_point::{Stretched, fold_kernel};
use super::fold_sums::fold_rectangle_sums;
use super::frequencies::{Frequencies, FrequencyList};
use super::geometry::{Geometry, Rectangles, Shapes};
use super::kernel::Kernel;
use super::method::Method;
use super::pixel_map::PixelMap;
use super::recipe::{AreaKind, Recipe, kernel_of, needs_fallback};
use super::samples::{BlockPixels, View};
use super::statistics::{Moments, ShiftedMoments, Statistic, Sums, TapSums};
use super::weighted::Weighted;
use crate::grid::Run;
use crate::raster::{BlockId, NodataSample, Samples, Window, with_real_samples};

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

/// What methods that list values keep of a cell.
pub type Distribution = (Moments, Frequencies);
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

    /// Adds what a block, which lies at a window, gives to each cell; `states` and `pixels` have one entry a band. What
    /// cells cover is found once for all bands.
    pub fn fold(
        states: &mut [Self],
        recipe: &Recipe,
        place: Place<'_>,
        pixels: &[BlockPixels],
        (id, window): (BlockId, Window),
        rasterizer: &mut Rasterizer,
    ) {
        match &place.geometry.shapes {
            None => {}
            Some(Shapes::Rectangles(rectangles)) => {
                for (states, pixels) in states.iter_mut().zip(pixels) {
                    with_real_samples!(&pixels.samples, values => {
                        states.fold_rectangles(rectangles, place, &View::new(values, pixels), window);
                    }, else {});
                    if let Samples::F64(values) = &pixels.samples {
                        states.fold_wide_rectangles(rectangles, place, &View::new(values, pixels), window);
                    }
                }
            }
            Some(Shapes::Outlines(outlines)) => {
                let block = Covered::block(id, window);
                Covered::in_block(outlines, place.map, &block, rasterizer, &mut |covered| {
                    for (states, pixels) in states.iter_mut().zip(pixels) {
                        with_real_samples!(&pixels.samples, values => {
                            states.fold_covered(covered, &View::new(values, pixels));
                        }, else {});
                        if let Samples::F64(values) = &pixels.samples {
                            states.fold_wide_covered(covered, &View::new(values, pixels));
                        }
                    }
                });
            }
        }
        for (states, pixels) in states.iter_mut().zip(pixels) {
            with_real_samples!(&pixels.samples, values => {
                states.fold_kernels(recipe, place, &View::new(values, pixels), window);
            }, else {});
        }
    }

    // Functions of their own per sample type: as one, the compilers of browsers take seconds over it.
    #[inline(never)]
    fn fold_covered<T: NodataSample>(&mut self, covered: &Covered, view: &View<'_, T>) {
        match &mut self.area {
            AreaStates::Sums(states) => fold_covered::<Sums, T>(covered, view, states),
            AreaStates::Moments(states) => fold_covered::<ShiftedMoments, T>(covered, view, states),
            _ => {}
        }
    }

    #[inline(never)]
    fn fold_rectangles<T: NodataSample>(
        &mut self,
        rectangles: &Rectangles,
        place: Place<'_>,
        view: &View<'_, T>,
        window: Window,
    ) {
        let Place { map, runs, .. } = place;
        match &mut self.area {
            AreaStates::Sums(states) => fold_rectangle_sums(rectangles, runs, map, view, window, states),
            AreaStates::Moments(states) => {
                fold_rectangles::<ShiftedMoments, T>(rectangles, runs, map, view, window, states);
            }
            _ => {}
        }
    }

    #[inline(never)]
    fn fold_kernels<T: NodataSample>(&mut self, recipe: &Recipe, place: Place<'_>, view: &View<'_, T>, window: Window) {
        let Some(centres) = &place.geometry.centres else { return };
        for (kernel, sums) in recipe.kernels.iter().zip(&mut self.kernels) {
            fold_kernel(kernel, centres, place.runs, place.map, view, window, sums);
        }
    }

    /// The statistics for which samples are widened.
    fn fold_wide_covered(&mut self, covered: &Covered, view: &View<'_, f64>) {
        match &mut self.area {
            AreaStates::None | AreaStates::Sums(_) | AreaStates::Moments(_) => {}
            AreaStates::Frequencies(states) => fold_covered::<PartialDistribution, f64>(covered, view, states),
            AreaStates::WeightedSums(states) => fold_covered::<Weighted<Sums>, f64>(covered, view, states),
            AreaStates::WeightedMoments(states) => {
                fold_covered::<Weighted<ShiftedMoments>, f64>(covered, view, states);
            }
            AreaStates::WeightedFrequencies(states) => {
                fold_covered::<Weighted<PartialDistribution>, f64>(covered, view, states);
            }
        }
    }

    fn fold_wide_rectangles(
        &mut self,
        rectangles: &Rectangles,
        Place { map, runs, .. }: Place<'_>,
        view: &View<'_, f64>,
        window: Window,
    ) {
        match &mut self.area {
            AreaStates::None | AreaStates::Sums(_) | AreaStates::Moments(_) => {}
            AreaStates::Frequencies(states) => {
                fold_rectangles::<PartialDistribution, f64>(rectangles, runs, map, view, window, states);
            }
            AreaStates::WeightedSums(states) => {
                fold_rectangles::<Weighted<Sums>, f64>(rectangles, runs, map, view, window, states);
            }
            AreaStates::WeightedMoments(states) => {
                fold_rectangles::<Weighted<ShiftedMoments>, f64>(rectangles, runs, map, view, window, states);
            }
            AreaStates::WeightedFrequencies(states) => {
                fold_rectangles::<Weighted<PartialDistribution>, f64>(rectangles, runs, map, view, window, states);
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

fn read<S: Statistic>(states: &[S], index: usize, method: Method, unscale: (f64, f64)) -> (f64, f64) {
    states.get(index).map_or((f64::NAN, 0.0), |state| (state.value(method, unscale), state.coverage()))
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;
