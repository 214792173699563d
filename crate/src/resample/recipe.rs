//! What the methods of a request need of each cell and of each block.

use std::sync::Arc;

use super::cells::Distribution;
use super::fold_point::Stretched;
use super::geometry::Needs;
use super::kernel::Kernel;
use super::method::Method;
use super::pixel_area::{BlockAreas, PixelAreas};
use super::samples::BlockPixels;
use super::statistics::{Moments, Sums, TapSums};
use crate::raster::{Block, Nodata};

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

    /// Position of a kernel among the recipe's.
    #[must_use]
    pub fn kernel_index(&self, kernel: Kernel) -> Option<usize> {
        self.kernels.iter().position(|stretched| stretched.kernel == kernel)
    }
}

/// The kernel of a point method.
#[must_use]
pub fn kernel_of(method: Method) -> Option<Kernel> {
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
#[must_use]
pub fn needs_fallback(kernel: &Stretched) -> bool {
    kernel.kernel == Kernel::CatmullRom && kernel.is_plain()
}
