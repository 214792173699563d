//! Where the cells of a part lie in pixel space.

use super::coverage::Point;
use super::outline::Outlines;
use super::pixel_map::{AxisMap, PixelMap};
use super::sliver::threshold;
use crate::grid::{Cell, Grid, Rings, Run};
use crate::raster::Level;

/// Places of a part's cells: shapes for area methods, centres for point methods.
#[derive(Debug, Clone)]
pub struct Geometry {
    pub shapes: Option<Shapes>,
    pub centres: Option<Centres>,
}

/// What cells cover.
#[derive(Debug, Clone)]
pub enum Shapes {
    Rectangles(Rectangles),
    Outlines(Outlines),
}

/// Cells whose images are rectangles along the raster's rows and columns: an interval per lattice column and row.
#[derive(Debug, Clone)]
pub struct Rectangles {
    first_column: i64,
    /// Left and right side per lattice column, the left one in the first turn.
    columns: Vec<(f64, f64)>,
    /// Upper and lower side per run.
    rows: Vec<(f64, f64)>,
}

/// Centres of cells.
#[derive(Debug, Clone)]
pub enum Centres {
    /// Column position per lattice column, row position per run.
    Lattice { first_column: i64, us: Vec<f64>, vs: Vec<f64> },
    /// Per cell; NaN where it has no place.
    Points(Vec<Point>),
}

/// Which places are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    pub shapes: bool,
    pub centres: bool,
}

impl Geometry {
    /// The places of the cells in `runs` in a level of the raster. Squares are rectangles where the axes are separable.
    #[must_use]
    pub fn new(grid: &Grid, map: &PixelMap, level: &Level, runs: &[Run], needs: Needs) -> Self {
        let axes = if grid.is_square() { map.axes() } else { None };
        let rectangles = axes.and_then(|axes| RectangleGrid::new(grid, axes, runs));
        if let Some(rectangles) = rectangles {
            return Self {
                shapes: needs.shapes.then(|| Shapes::Rectangles(rectangles.sides())),
                centres: needs.centres.then(|| rectangles.centres()),
            };
        }
        Self::general(grid, map, level, runs, needs)
    }

    /// [`Geometry::new`] without the recognition of rectangles.
    #[must_use]
    pub fn general(grid: &Grid, map: &PixelMap, level: &Level, runs: &[Run], needs: Needs) -> Self {
        let cells = || runs.iter().flat_map(Run::cells);
        Self {
            shapes: needs.shapes.then(|| {
                let mut rings = Rings::default();
                for cell in cells() {
                    grid.outline(cell, &mut rings);
                }
                let center = |index| cells().nth(index).map_or((f64::NAN, f64::NAN), |cell| grid.center(cell));
                let spacing = grid.cell_spacing().zip(grid.vertices_per_cell()).map(|((along, across), vertices)| {
                    let points = vertices * 2;
                    (along * across / points as f64).sqrt()
                });
                Shapes::Outlines(Outlines::new(map, level, &rings, spacing, center))
            }),
            centres: needs.centres.then(|| {
                let mut points: Vec<Point> = cells().map(|cell| grid.center(cell)).collect();
                map.map(&mut points);
                points.iter_mut().for_each(|point| point.0 += map.first_turn(point.0));
                Centres::Points(points)
            }),
        }
    }

    /// Memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let shapes = match &self.shapes {
            None => 0,
            Some(Shapes::Rectangles(sides)) => (sides.columns.len() + sides.rows.len()) * 16,
            Some(Shapes::Outlines(outlines)) => outlines.bytes(),
        };
        let centres = match &self.centres {
            None => 0,
            Some(Centres::Lattice { us, vs, .. }) => (us.len() + vs.len()) * 8,
            Some(Centres::Points(points)) => points.len() * 16,
        };
        shapes + centres
    }
}

impl Shapes {
    /// Area in pixels of a cell: the `index`-th of the part, the `step`-th of run `run`. NaN where it has no place.
    #[must_use]
    pub fn area(&self, index: usize, (row, run): (usize, &Run), step: usize) -> f64 {
        match self {
            Self::Outlines(outlines) => outlines.area(index),
            Self::Rectangles(sides) => match (sides.columns.get(sides.column(run) + step), sides.rows.get(row)) {
                (Some((left, right)), Some((top, bottom))) => (right - left) * (bottom - top),
                _ => f64::NAN,
            },
        }
    }
}

impl Shapes {
    /// The most different values that can lie under the cells of `runs`, all lists together, and under one of them:
    /// the pixels that it touches, of `most` values at most, in a raster of `size`.
    #[must_use]
    pub fn value_counts(&self, runs: &[Run], size: (u32, u32), most: u64) -> (u64, u64) {
        let pixels = |(left, right): (f64, f64), (top, bottom): (f64, f64)| {
            let across = touched(left, right).min(u64::from(size.0));
            let down = touched(top.max(0.0), bottom.min(f64::from(size.1)));
            across.saturating_mul(down).min(most)
        };
        let add = |(all, largest): (u64, u64), count: u64| (all.saturating_add(count), largest.max(count));
        match self {
            Self::Outlines(outlines) => {
                let bounds = (0..outlines.len()).map(|index| outlines.cell(index).polygon.bounds);
                bounds.map(|b| pixels((b.left, b.right), (b.top, b.bottom))).fold((0, 0), add)
            }
            Self::Rectangles(rectangles) => {
                let mut counts = (0, 0);
                for (run, &row) in runs.iter().zip(rectangles.rows()) {
                    let start = rectangles.column(run);
                    let columns = rectangles.columns().get(start..start.saturating_add(run.count as usize));
                    for &column in columns.unwrap_or_default() {
                        counts = add(counts, pixels(Rectangles::shrunk(column), Rectangles::shrunk(row)));
                    }
                }
                counts
            }
        }
    }
}

impl Rectangles {
    /// Index of a run's first cell among the lattice columns.
    #[inline]
    #[must_use]
    pub fn column(&self, run: &Run) -> usize {
        offset(self.first_column, run.start)
    }

    /// Left and right sides per lattice column.
    #[must_use]
    pub fn columns(&self) -> &[(f64, f64)] {
        &self.columns
    }

    /// Upper and lower sides per run.
    #[must_use]
    pub fn rows(&self) -> &[(f64, f64)] {
        &self.rows
    }

    /// The sides of a column or a run without the slivers that count as nothing.
    #[must_use]
    pub fn shrunk((low, high): (f64, f64)) -> (f64, f64) {
        let sliver = threshold(high - low);
        (low + sliver, high - sliver)
    }
}

impl Centres {
    /// The centre of a cell: the `index`-th of the part, the `step`-th of run `run`.
    #[inline]
    #[must_use]
    pub fn point(&self, index: usize, (row, run): (usize, &Run), step: usize) -> Point {
        const NOWHERE: Point = (f64::NAN, f64::NAN);
        match self {
            Self::Points(points) => points.get(index).copied().unwrap_or(NOWHERE),
            Self::Lattice { first_column, us, vs } => {
                match (us.get(offset(*first_column, run.start) + step), vs.get(row)) {
                    (Some(&u), Some(&v)) => (u, v),
                    _ => NOWHERE,
                }
            }
        }
    }
}

/// Rectangular cells under separable axes.
struct RectangleGrid<'a> {
    axes: AxisMap<'a>,
    map: &'a PixelMap,
    first_column: i64,
    /// In the grid's CRS: sides and centre per lattice column.
    columns: Vec<[f64; 3]>,
    /// In the grid's CRS: sides and centre per run.
    rows: Vec<[f64; 3]>,
}

impl<'a> RectangleGrid<'a> {
    fn new(grid: &Grid, axes: AxisMap<'a>, runs: &[Run]) -> Option<Self> {
        let first_column = runs.iter().map(|run| run.start).min()?;
        let last_column = runs.iter().map(|run| run.start.saturating_add(i64::from(run.count))).max()?;
        let first_run = runs.first()?;
        let mut rectangle = RectangleReader { grid, rings: Rings::default() };
        let columns: Option<Vec<_>> = (first_column..last_column)
            .map(|column| Some(rectangle.read(Cell { row: first_run.row, column })?.0))
            .collect();
        let rows: Option<Vec<_>> =
            runs.iter().map(|run| Some(rectangle.read(Cell { row: run.row, column: run.start })?.1)).collect();
        Some(Self { map: axes.map_of(), axes, first_column, columns: columns?, rows: rows? })
    }

    fn sides(&self) -> Rectangles {
        let mut xs: Vec<f64> = self.columns.iter().flat_map(|&[left, right, _]| [left, right]).collect();
        let mut ys: Vec<f64> = self.rows.iter().flat_map(|&[lower, upper, _]| [lower, upper]).collect();
        self.axes.map_x(&mut xs);
        self.axes.map_y(&mut ys);
        for (pair, row) in ys.chunks_exact_mut(2).zip(&self.rows) {
            self.pull_in(pair, row);
        }
        let column = |pair: &[f64]| match *pair {
            [a, b] => {
                let (left, right) = sorted(a, self.map.unwrap(b, a));
                let shift = self.map.first_turn(left);
                (left + shift, right + shift)
            }
            _ => (f64::NAN, f64::NAN),
        };
        Rectangles {
            first_column: self.first_column,
            columns: xs.chunks_exact(2).map(column).collect(),
            rows: ys.chunks_exact(2).map(|pair| sorted(pair[0], pair[1])).collect(),
        }
    }

    /// Pulls the side of a row that lies beyond the end of the world in to it.
    fn pull_in(&self, pair: &mut [f64], &[lower, upper, centre]: &[f64; 3]) {
        let [low, high] = pair else { return };
        let end = |outside: f64, inside: f64| {
            let place = |y: f64| {
                let mut v = [y];
                self.axes.map_y(&mut v);
                v[0]
            };
            let (mut out, mut last, mut within) = (outside, place(inside), inside);
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(out, within);
                let v = place(middle);
                if v.is_finite() { (within, last) = (middle, v) } else { out = middle }
            }
            last
        };
        // What has its centre beyond the end still reaches it with its other side.
        match (low.is_finite(), high.is_finite()) {
            (true, false) => *high = end(upper, if self.has_place(centre) { centre } else { lower }),
            (false, true) => *low = end(lower, if self.has_place(centre) { centre } else { upper }),
            _ => {}
        }
    }

    fn has_place(&self, y: f64) -> bool {
        let mut v = [y];
        self.axes.map_y(&mut v);
        v[0].is_finite()
    }

    fn centres(&self) -> Centres {
        let mut us: Vec<f64> = self.columns.iter().map(|column| column[2]).collect();
        let mut vs: Vec<f64> = self.rows.iter().map(|row| row[2]).collect();
        self.axes.map_x(&mut us);
        self.axes.map_y(&mut vs);
        us.iter_mut().for_each(|u| *u += self.map.first_turn(*u));
        Centres::Lattice { first_column: self.first_column, us, vs }
    }
}

struct RectangleReader<'a> {
    grid: &'a Grid,
    rings: Rings,
}

impl RectangleReader<'_> {
    /// Sides and centre of a cell along x and along y; `None` where its outline is no rectangle along the axes.
    fn read(&mut self, cell: Cell) -> Option<([f64; 3], [f64; 3])> {
        self.rings.clear();
        self.grid.outline(cell, &mut self.rings);
        let [a, b, c, d] = *self.rings.vertices.as_slice() else { return None };
        let is_rectangle = (a.0 == b.0 && b.1 == c.1 && c.0 == d.0 && d.1 == a.1)
            || (a.1 == b.1 && b.0 == c.0 && c.1 == d.1 && d.0 == a.0);
        let (x, y) = self.grid.center(cell);
        let (west, east) = sorted(a.0, c.0);
        let (south, north) = sorted(a.1, c.1);
        is_rectangle.then_some(([west, east, x], [south, north, y]))
    }
}

/// Pixels that an interval touches.
fn touched(low: f64, high: f64) -> u64 {
    // A negative and no number are 0 by the language.
    (high.ceil() - low.floor()) as u64
}

/// A row of a million metres is cut to within a nanometre.
const HALVINGS: usize = 50;

fn sorted(a: f64, b: f64) -> (f64, f64) {
    if a <= b { (a, b) } else { (b, a) }
}

/// Position of lattice column `column` among those from `first` on.
#[inline]
fn offset(first: i64, column: i64) -> usize {
    column.saturating_sub(first) as usize
}
