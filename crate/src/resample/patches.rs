//! Places of many points that lie close together, by polynomials that are held to the projections' formulas.

use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::sync::LazyLock;

use super::coverage::Point;
use super::pixel_map::PixelMap;

/// [`PixelMap::map`] for the points of a lattice of cells.
///
/// The plane is divided into square patches from the CRS's origin on, so that which patch a point lies in, and with it
/// every bit of its place, depends on the point and on the size of cells alone. A patch gets a polynomial, found at a few
/// places. Where it misses the formulas by more than a little more than their rounding at any of these or halfway between
/// them (patches that are too large, a pole, the end of the world, where a map is cut), or one has no place, the patch is
/// halved where that helps, and else its points go through the formulas.
#[derive(Debug)]
pub struct Patches<'a> {
    map: &'a PixelMap,
    /// Side of the largest patches in units of the grid's CRS; `None` where all points go through the formulas.
    side: Option<f64>,
    /// How far a polynomial may be from the formulas.
    bound_px: f64,
    found: BTreeMap<Key, Found>,
    polynomials: Vec<Polynomial>,
    /// The patch of the point before, which mostly serves the next one.
    last: Option<Serving>,
}

/// Halvings of a side; column and row of the patch among those of its size.
type Key = (u32, i64, i64);

#[derive(Debug, Clone, Copy)]
enum Found {
    /// Position among the polynomials.
    Polynomial(usize),
    /// Patches whose side is halved so often serve.
    Halved(u32),
    Formulas,
}

#[derive(Debug, Clone, Copy)]
struct Serving {
    patch: Patch,
    key: Key,
    /// `None` where the points go through the formulas.
    polynomial: Option<usize>,
}

impl<'a> Patches<'a> {
    /// For points that lie about `spacing` units of the grid's CRS apart; without one, nothing is interpolated.
    #[must_use]
    pub fn new(map: &'a PixelMap, spacing: Option<f64>) -> Self {
        let side = spacing.filter(|_| !map.is_affine()).map(|spacing| spacing * MOST_SPACINGS);
        let bound_px = ROUNDINGS * map.rounding_px();
        Self { map, side, bound_px, found: BTreeMap::new(), polynomials: Vec::new(), last: None }
    }

    /// The map that the places are of.
    #[must_use]
    pub fn pixel_map(&self) -> &'a PixelMap {
        self.map
    }

    /// Moves points of the grid's CRS to pixel space, in place, as [`PixelMap::map`] does.
    pub fn map(&mut self, points: &mut [Point]) {
        let Some(side) = self.side else { return self.map.map(points) };
        let mut rest = points;
        while let Some(&first) = rest.first() {
            let Serving { patch, key, polynomial } = self.serving(first, side);
            let len = rest.iter().position(|&point| patch.key(point) != key).unwrap_or(rest.len()).max(1);
            let (run, others) = std::mem::take(&mut rest).split_at_mut(len);
            match polynomial.and_then(|index| self.polynomials.get(index)) {
                Some(polynomial) => run.iter_mut().for_each(|point| *point = polynomial.place(patch.position(*point))),
                None => self.map.map(run),
            }
            rest = others;
        }
    }

    /// What serves a point.
    fn serving(&mut self, point: Point, side: f64) -> Serving {
        if let Some(last) = self.last.filter(|last| last.patch.key(point) == last.key) {
            return last;
        }
        let mut key = key_of(point, side, 0);
        let mut found = self.found(key, side);
        if let Found::Halved(halvings) = found {
            key = key_of(point, halved(side, halvings), halvings);
            found = self.found(key, side);
        }
        let polynomial = if let Found::Polynomial(index) = found { Some(index) } else { None };
        *self.last.insert(Serving { patch: Patch::of(key, side), key, polynomial })
    }

    fn found(&mut self, key: Key, side: f64) -> Found {
        let Self { map, bound_px, found, polynomials, .. } = self;
        *found.entry(key).or_insert_with(|| match Patch::of(key, side).look(map, *bound_px) {
            Look::Fits(polynomial) => {
                polynomials.push(*polynomial);
                Found::Polynomial(polynomials.len() - 1)
            }
            Look::Halve(halvings) if key.0 == 0 => Found::Halved(halvings),
            Look::Halve(_) | Look::Formulas => Found::Formulas,
        })
    }
}

/// A square of the grid's CRS.
#[derive(Debug, Clone, Copy)]
struct Patch {
    halvings: u32,
    side: f64,
    center: Point,
}

impl Patch {
    fn of(key: Key, largest_side: f64) -> Self {
        let (halvings, column, row) = key;
        let side = halved(largest_side, halvings);
        Self { halvings, side, center: ((column as f64 + 0.5) * side, (row as f64 + 0.5) * side) }
    }

    /// The patch of this one's size that a point lies in.
    #[inline]
    fn key(&self, point: Point) -> Key {
        key_of(point, self.side, self.halvings)
    }

    /// Where in the patch a point lies, from -1 to 1 along both axes.
    #[inline]
    fn position(&self, (x, y): Point) -> Point {
        let per_unit = 2.0 / self.side;
        ((x - self.center.0) * per_unit, (y - self.center.1) * per_unit)
    }

    fn look(&self, map: &PixelMap, bound_px: f64) -> Look {
        let places = |positions: &[f64]| {
            let half = self.side * 0.5;
            let at = |s: f64, t: f64| (self.center.0 + s * half, self.center.1 + t * half);
            let mut points: Vec<Point> = pairs(positions).map(|(s, t)| at(s, t)).collect();
            map.map(&mut points);
            points
        };
        let Basis { nodes, halfway, .. } = &*BASIS;
        let (at_nodes, between) = (places(nodes), places(halfway));
        let polynomial = Polynomial::through(&at_nodes);
        let mut error = 0.0;
        for (positions, places) in [(&nodes[..], &at_nodes), (&halfway[..], &between)] {
            for ((s, t), (u, v)) in pairs(positions).zip(places) {
                let place = polynomial.place((s, t));
                let miss = (place.0 - u).abs().max((place.1 - v).abs());
                // `max` would forget a NaN.
                error = if miss <= error { error } else { miss };
            }
        }
        if error <= bound_px {
            return Look::Fits(Box::new(polynomial));
        }
        // Halving a side divides what is left out by 2 to the power of the degree and one.
        let halvings = ((error / bound_px).log2() / NODES as f64).ceil();
        if halvings <= MOST_HALVINGS { Look::Halve(halvings as u32) } else { Look::Formulas }
    }
}

/// What a patch was found to need.
enum Look {
    Fits(Box<Polynomial>),
    /// So many halvings of its side.
    Halve(u32),
    Formulas,
}

/// A place in pixel space as a polynomial of the position in a patch.
#[derive(Debug)]
struct Polynomial {
    /// Of the first axis to the power of the first index times the second to that of the second; 0 where both together
    /// exceed the degree.
    coefficients: Matrix<[f64; 2]>,
}

impl Polynomial {
    /// Interpolates at Chebyshev's extreme points (Trefethen, Approximation Theory and Approximation Practice, 2013,
    /// chapters 2 and 3), without the terms beyond the total degree.
    fn through(places: &[Point]) -> Self {
        let origin = places.get(NODES * NODES / 2).copied().unwrap_or_default();
        let mut coefficients = [[[0.0; 2]; NODES]; NODES];
        for (row, places) in coefficients.iter_mut().zip(places.chunks_exact(NODES)) {
            row.iter_mut().zip(places).for_each(|(pair, &(u, v))| *pair = [u - origin.0, v - origin.1]);
        }
        along_both(&mut coefficients, &BASIS.chebyshev);
        // Terms of Chebyshev's polynomials: of powers they would be many times what rounding makes of the places.
        for (order, row) in coefficients.iter_mut().enumerate() {
            row.iter_mut().skip(NODES - order).for_each(|pair| *pair = [0.0; 2]);
        }
        along_both(&mut coefficients, &BASIS.powers);
        coefficients[0][0][0] += origin.0;
        coefficients[0][0][1] += origin.1;
        Self { coefficients }
    }

    #[inline]
    fn place(&self, (s, t): Point) -> Point {
        let mut sum = [0.0; 2];
        for (power, row) in self.coefficients.iter().enumerate().rev() {
            let mut inner = [0.0; 2];
            for pair in row[..NODES - power].iter().rev() {
                inner = [inner[0] * t + pair[0], inner[1] * t + pair[1]];
            }
            sum = [sum[0] * s + inner[0], sum[1] * s + inner[1]];
        }
        (sum[0], sum[1])
    }
}

type Matrix<T> = [[T; NODES]; NODES];

fn halved(side: f64, halvings: u32) -> f64 {
    side / f64::from(1_u32 << halvings)
}

/// Positions along both axes, those along the second one in turn.
fn pairs(positions: &[f64]) -> impl Iterator<Item = Point> {
    positions.iter().flat_map(move |&s| positions.iter().map(move |&t| (s, t)))
}

/// The patch of so many halvings, of a side, that a point lies in.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn key_of((x, y): Point, side: f64, halvings: u32) -> Key {
    (halvings, (x / side).floor() as i64, (y / side).floor() as i64)
}

/// What all polynomials are found with.
struct Basis {
    /// Chebyshev's extreme points, and what lies halfway between them.
    nodes: [f64; NODES],
    halfway: [f64; DEGREE],
    /// From values at the nodes to coefficients of Chebyshev's polynomials, and from these to coefficients of powers.
    chebyshev: Matrix<f64>,
    powers: Matrix<f64>,
}

static BASIS: LazyLock<Basis> = LazyLock::new(|| {
    let nodes: [f64; NODES] = std::array::from_fn(|index| -(PI * index as f64 / DEGREE as f64).cos());
    let halfway = std::array::from_fn(|index| (nodes[index] + nodes[index + 1]) * 0.5);
    Basis { nodes, halfway, chebyshev: chebyshev(), powers: powers() }
});

/// Applies a matrix to the columns and to the rows.
fn along_both(coefficients: &mut Matrix<[f64; 2]>, matrix: &Matrix<f64>) {
    for _ in 0..2 {
        let mut turned = [[[0.0; 2]; NODES]; NODES];
        for (index, row) in coefficients.iter().enumerate() {
            for (line, weights) in turned.iter_mut().zip(matrix) {
                for (pair, weight) in row.iter().zip(weights) {
                    line[index][0] += pair[0] * weight;
                    line[index][1] += pair[1] * weight;
                }
            }
        }
        *coefficients = turned;
    }
}

fn chebyshev() -> Matrix<f64> {
    let halved = |index: usize| if index == 0 || index == DEGREE { 0.5 } else { 1.0 };
    let weight = |order: usize, index: usize| {
        let angle = PI * ((DEGREE - index) * order) as f64 / DEGREE as f64;
        halved(order) * halved(index) * angle.cos() * 2.0 / DEGREE as f64
    };
    std::array::from_fn(|order| std::array::from_fn(|index| weight(order, index)))
}

/// Each of Chebyshev's polynomials is twice the one before times the variable, less
/// the one before that.
fn powers() -> Matrix<f64> {
    let mut matrix = [[0.0; NODES]; NODES];
    matrix[0][0] = 1.0;
    matrix[1][1] = 1.0;
    for order in 2..NODES {
        for power in 0..=order {
            let raised = power.checked_sub(1).map_or(0.0, |below| matrix[below][order - 1]);
            matrix[power][order] = 2.0 * raised - matrix[power][order - 2];
        }
    }
    matrix
}

/// So many times what rounding moves places by.
const ROUNDINGS: f64 = 2.0;

const DEGREE: usize = 7;

/// Along an axis.
const NODES: usize = DEGREE + 1;

/// Distances of points along a side of the largest and, in halvings of these, of the smallest patches: the smallest still
/// hold twice as many points as are looked at to find their polynomial.
const MOST_SPACINGS: f64 = 64.0;
const MOST_HALVINGS: f64 = 2.0;

#[cfg(test)]
#[path = "patches_tests.rs"]
mod tests;
