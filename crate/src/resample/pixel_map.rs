//! Positions in the grid's CRS as positions in the raster's pixels.

use super::coverage::{PixelBounds, Point};
use super::surroundings::Surroundings;
use crate::error::{Code, Error, Result};
use crate::geo::{Crs, GeoTransform, Transformer, seam_deg, transform_outline};

/// The way from a grid's CRS to the pixels of one level of a raster. Where the raster's columns run along the
/// equator, positions that differ by a whole turn are the same place.
#[derive(Debug, Clone)]
pub struct PixelMap {
    transformer: Transformer,
    inverse: GeoTransform,
    width: u32,
    height: u32,
    /// Columns of a whole turn.
    turn: Option<f64>,
    /// Row positions of the north and the south pole.
    poles: Option<(f64, f64)>,
}

impl PixelMap {
    /// `geotransform` and the size in pixels are those of the level. `crs.no_transformation` names both CRSs;
    /// `geo.geotransform` where pixels have no area.
    pub fn new(
        grid_crs: &Crs,
        raster_crs: &Crs,
        geotransform: &GeoTransform,
        (width, height): (u32, u32),
    ) -> Result<Self> {
        let transformer = Transformer::new(grid_crs, raster_crs)?;
        let inverse = geotransform.inverse().ok_or_else(|| {
            Error::new(Code::GeoGeotransform, format!("expected pixels with an area, got {:?}", geotransform.0))
        })?;
        let is_aligned = geotransform.is_axis_aligned();
        let turn = if is_aligned { turn_px(raster_crs, geotransform, width) } else { None };
        let poles = (is_aligned && raster_crs.is_geographic())
            .then(|| (inverse.apply(0.0, 90.0).1, inverse.apply(0.0, -90.0).1));
        // Columns beyond a whole turn repeat the first ones: taken too, they would count twice.
        let width = match turn {
            Some(turn) if f64::from(width) > turn => (turn - TURN_TOLERANCE_PX).ceil() as u32,
            _ => width,
        };
        Ok(Self { transformer, inverse, width, height, turn, poles })
    }

    /// Columns and rows that are used: the level's, without columns that repeat others.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Columns of a whole turn, where the raster's columns wrap.
    #[must_use]
    pub fn turn(&self) -> Option<f64> {
        self.turn
    }

    /// Whether straight lines stay straight.
    #[must_use]
    pub fn is_affine(&self) -> bool {
        self.transformer.is_identity()
    }

    /// What rounding may move a place in the raster by, in pixels: one unit in the last place of the coordinates furthest
    /// from the CRS's origin.
    #[must_use]
    pub fn rounding_px(&self) -> f64 {
        let (u, v) = self.inverse.apply(0.0, 0.0);
        let reach = |origin: f64, size: u32| origin.abs().max((origin - f64::from(size)).abs()).max(f64::from(size));
        f64::EPSILON * reach(u, self.width).max(reach(v, self.height))
    }

    /// Moves points of the grid's CRS to pixel space, in place; `(NaN, NaN)` where one has no place in the raster's
    /// CRS. Columns may be whole turns off.
    pub fn map(&self, points: &mut [Point]) {
        self.transformer.transform(points);
        for point in points {
            *point = self.inverse.apply(point.0, point.1);
        }
    }

    /// Moves the points of an outline as [`PixelMap::map`] does; those without a place are pulled in to where the world
    /// ends on their way to `center`. Towards the far pole of a polar projection the world has no end: there they are
    /// pulled in along their meridians to where they are places.
    pub fn map_outline(&self, points: &mut [Point], center: Point) {
        let nodes = points.to_vec();
        transform_outline(&self.transformer, points, center);
        for (point, node) in points.iter_mut().zip(nodes) {
            *point = self.inverse.apply(point.0, point.1);
            if !Self::is_place(*point) {
                *point = self.last_place(node, (node.0, center.1)).unwrap_or(*point);
            }
        }
    }

    /// The place nearest to `from` on the way to `to`, both in the grid's CRS; `None` where `to` has none.
    fn last_place(&self, from: Point, to: Point) -> Option<Point> {
        let place = |share: f64| {
            let mut point = [(from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)];
            self.map(&mut point);
            Some(point[0]).filter(|point| Self::is_place(*point))
        };
        let (mut last, mut outside, mut inside) = (place(1.0)?, 0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(outside, inside);
            match place(middle) {
                Some(found) => (last, inside) = (found, middle),
                None => outside = middle,
            }
        }
        Some(last)
    }

    /// Whether a point of pixel space is a place: neither NaN nor so far away that nothing of its fractions is left.
    #[inline]
    #[must_use]
    pub fn is_place((u, v): Point) -> bool {
        u.abs() <= FAR_PX && v.abs() <= FAR_PX
    }

    /// Into how many pieces an edge of the grid's CRS must be cut so that none goes far around the Earth.
    #[must_use]
    pub fn pieces(&self, from: Point, to: Point) -> u32 {
        if !self.transformer.from().is_geographic() {
            return 1;
        }
        ((to.0 - from.0).abs() / LONGEST_EDGE_DEG).ceil().clamp(1.0, 64.0) as u32
    }

    /// The way around the meridian along which the raster's map is cut; `None` where its columns wrap.
    #[must_use]
    pub fn seam(&self) -> Option<Seam> {
        if self.turn.is_some() || self.is_affine() {
            return None;
        }
        let meridian_deg = seam_deg(self.transformer.to())?;
        let degrees = Crs::from_epsg(4326).ok()?;
        let to_degrees = Transformer::new(self.transformer.from(), &degrees).ok()?;
        let transformer = Transformer::new(&degrees, self.transformer.to()).ok()?;
        Some(Seam { meridian_deg, to_degrees, map: Self { transformer, ..self.clone() } })
    }

    /// What of the Earth lies around the raster; `None` where all of it may (columns that wrap, a pole within), or where
    /// the grid is not in degrees.
    #[must_use]
    pub fn surroundings(&self) -> Option<Surroundings> {
        if self.turn.is_some() || self.is_affine() || !self.transformer.from().is_geographic() {
            return None;
        }
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let mut poles = [(0.0, 90.0), (0.0, -90.0)];
        self.map(&mut poles);
        let is_near = |&(u, v): &Point| {
            (u - width * 0.5).abs() <= width * (0.5 + MARGIN) && (v - height * 0.5).abs() <= height * (0.5 + MARGIN)
        };
        if poles.iter().any(is_near) {
            return None;
        }
        let pixels = self.inverse.inverse()?;
        // From the middle outwards: longitudes are counted from there.
        let share = |step: usize| 0.5 + (step.div_ceil(2) as f64) * if step.is_multiple_of(2) { -STEP } else { STEP };
        let steps = 0..=(((1.0 + 2.0 * MARGIN) / STEP).round() as usize);
        let mut places: Vec<Point> = steps
            .clone()
            .flat_map(|row| steps.clone().map(move |col| (share(col), share(row))))
            .map(|(u, v)| pixels.apply(u * width, v * height))
            .collect();
        self.transformer.inverse().ok()?.transform(&mut places);
        Surroundings::of(places)
    }

    /// Whether rings that run counter-clockwise on the grid have a positive area in pixel space.
    #[must_use]
    pub fn keeps_orientation(&self) -> bool {
        let corner = |x: f64, y: f64| self.inverse.apply(x, y);
        let (o, a, b) = (corner(0.0, 0.0), corner(1.0, 0.0), corner(0.0, 1.0));
        (a.0 - o.0) * (b.1 - o.1) - (b.0 - o.0) * (a.1 - o.1) > 0.0
    }

    /// The two axes on their own, where a column position depends on x alone and a row position on y alone.
    #[must_use]
    pub fn axes(&self) -> Option<AxisMap<'_>> {
        let separable = self.inverse.is_axis_aligned().then(|| self.transformer.separable())??;
        Some(AxisMap { map: self, separable })
    }

    /// `column` within half a turn of `near`.
    #[inline]
    #[must_use]
    pub fn unwrap(&self, column: f64, near: f64) -> f64 {
        match self.turn {
            Some(turn) => column - turn * ((column - near) / turn).round(),
            None => column,
        }
    }

    /// What to add to `column` so that it lies in the first turn.
    #[inline]
    #[must_use]
    pub fn first_turn(&self, column: f64) -> f64 {
        match self.turn {
            Some(turn) => -turn * (column / turn).floor(),
            None => 0.0,
        }
    }

    /// Shifts of the columns at which a shape that begins in the first turn may meet the raster.
    pub fn shifts(&self, bounds: &PixelBounds) -> impl Iterator<Item = f64> + use<> {
        let (turn, right) = (self.turn.unwrap_or(f64::INFINITY), bounds.right);
        // A shape wider than two turns is none; two shifts see all of a lesser one.
        (0..3)
            .map(move |turns| if turns == 0 { 0.0 } else { -turn * f64::from(turns) })
            .take_while(move |&shift| shift == 0.0 || right + shift > 0.0)
    }

    /// The row position of the pole at row position `v`, where it is one.
    #[inline]
    #[must_use]
    pub fn pole_at(&self, v: f64) -> Option<f64> {
        let (north, south) = self.poles?;
        [north, south].into_iter().find(|pole| (pole - v).abs() < POLE_TOLERANCE_PX)
    }

    /// The row position of the pole that a ring around it at row position `v` means: beyond the raster where the
    /// projection has no pole.
    #[must_use]
    pub fn nearer_pole(&self, v: f64) -> f64 {
        let (north, south) = self.poles.unwrap_or((-1.0, f64::from(self.height) + 1.0));
        if (v - north).abs() <= (v - south).abs() { north } else { south }
    }
}

/// What lies on both sides of the meridian along which a raster's map is cut.
#[derive(Debug, Clone)]
pub struct Seam {
    pub meridian_deg: f64,
    /// From the grid's CRS to longitude and latitude.
    pub to_degrees: Transformer,
    /// From longitude and latitude to the raster.
    pub map: PixelMap,
}

/// A [`PixelMap`] whose axes don't depend on each other. The same bits as [`PixelMap::map`].
#[derive(Debug, Clone, Copy)]
pub struct AxisMap<'a> {
    map: &'a PixelMap,
    separable: crate::geo::Separable<'a>,
}

impl<'a> AxisMap<'a> {
    /// The map that these are the axes of.
    #[must_use]
    pub fn map_of(&self) -> &'a PixelMap {
        self.map
    }

    /// x coordinates of the grid's CRS to column positions, in place.
    pub fn map_x(&self, xs: &mut [f64]) {
        self.separable.transform_x(xs);
        for x in xs {
            *x = self.map.inverse.apply(*x, 0.0).0;
        }
    }

    /// y coordinates of the grid's CRS to row positions, in place.
    pub fn map_y(&self, ys: &mut [f64]) {
        self.separable.transform_y(ys);
        for y in ys {
            *y = self.map.inverse.apply(0.0, *y).1;
        }
    }
}

/// Columns of a whole turn around the Earth: 360°, or the width of the world in a cylindrical projection.
fn turn_px(crs: &Crs, geotransform: &GeoTransform, width: u32) -> Option<f64> {
    let turn = if crs.is_geographic() { 360.0 } else { cylinder_width(crs)? };
    let columns = turn / geotransform.pixel_size().0;
    let (whole, width) = (columns.round(), f64::from(width));
    // A header's pixel size is rounded: a raster that nearly goes around is meant to.
    let columns = if (columns - width).abs() < CLOSING_TOLERANCE_PX {
        width
    } else if (columns - whole).abs() < TURN_TOLERANCE_PX {
        whole
    } else {
        columns
    };
    (columns.is_finite() && columns >= 1.0).then_some(columns)
}

/// Width of the whole Earth in the units of a cylindrical CRS; `None` for others.
fn cylinder_width(crs: &Crs) -> Option<f64> {
    let geographic = Crs::from_epsg(4326).ok()?;
    let transformer = Transformer::new(&geographic, crs).ok()?;
    let separable = transformer.separable()?;
    // Three tenths of a turn, of which the projection's cut spoils one at most.
    let mut xs = [-150.0, -114.0, -20.0, 16.0, 100.0, 136.0];
    separable.transform_x(&mut xs);
    let [a, b, c, d, e, f] = xs;
    let mut widths = [(b - a) * 10.0, (d - c) * 10.0, (f - e) * 10.0];
    widths.sort_by(f64::total_cmp);
    let [_, median, _] = widths;
    (median.is_finite() && median > 0.0).then_some(median)
}

/// How far from a whole turn a raster's width may be and still be meant as one.
const CLOSING_TOLERANCE_PX: f64 = 0.05;

/// How far from a whole number of columns a turn may be and still be meant whole.
const TURN_TOLERANCE_PX: f64 = 1e-3;

/// Further away than any raster reaches.
const FAR_PX: f64 = 1e9;

/// Of a raster's size, around it: more than an edge between two of the places in and around it bulges.
const MARGIN: f64 = 0.25;
const STEP: f64 = 0.0625;

/// A place next to a pole is found to within a millionth of a degree.
const HALVINGS: usize = 28;

/// Half of it must tell which way around the Earth an edge goes.
const LONGEST_EDGE_DEG: f64 = 60.0;

/// Rounding of a pole's row position.
const POLE_TOLERANCE_PX: f64 = 1e-9;

#[cfg(test)]
#[path = "pixel_map_tests.rs"]
mod tests;
