//! A made-up planet: continents, and on them a number of species that falls with latitude and varies with the terrain.
//!
//! The fields are noise on the sphere, so that nothing shows at the date line or the poles. What varies over more
//! than a few pixels is computed on a coarse lattice; fine octaves only where they can move a coast, and on land.

use std::path::Path;

use cogrid::par;
use cogrid::tiff::write::{BandText, CogOptions, CogWriter, CrsCode, Deflate, Georeference};

use crate::AnyError;
use crate::file_spool::FileSpool;
use crate::noise::{Point, fractal, gradient};
use crate::output::finish;

const NODATA: i32 = -1;
/// Pixels between nodes of the coarse lattice.
const STEP_PX: u32 = 16;
/// Frequency of the largest features: 1 / 1.2 radian.
const FREQUENCY: f64 = 1.2;
/// Octaves on the coarse lattice, then those of single pixels, for a planet of 21600 pixels.
const COARSE: std::ops::Range<u32> = 0..6;
const FINE: std::ops::Range<u32> = 6..10;
/// What the fine octaves can add at most, with a margin for noise above 1.
const FINE_REACH: f64 = 0.04;
/// Elevation of the sea's surface; a third of the pixels lie above.
const SEA_LEVEL: f64 = 0.2;

/// Writes the planet, `width_px` × `width_px` / 2, geographic, as Int32 with nodata −1.
pub fn write(out: &Path, width_px: u32) -> Result<(), AnyError> {
    let height_px = width_px / 2;
    let pixel_deg = 360.0 / f64::from(width_px);
    let options = CogOptions {
        nodata: Some(NODATA),
        georeference: Some(Georeference {
            geotransform: [-180.0, pixel_deg, 0.0, 90.0, 0.0, -pixel_deg],
            crs: Some(CrsCode::Geographic(4326)),
        }),
        // A twentieth larger than level 6 for a third of its time.
        deflate: Some(Deflate { level: 5 }),
        band_texts: vec![BandText { description: Some("species richness (made up)".into()), units: Some("1".into()) }],
        ..CogOptions::new(width_px, height_px)
    };
    let strip_px = options.block_size_px;
    let planet = Planet::new(width_px, height_px);
    let mut writer = CogWriter::new(options, |level| FileSpool::beside(out, level))?;
    for top in (0..height_px).step_by(strip_px as usize) {
        let rows = (top..(top + strip_px).min(height_px)).collect();
        writer.push_rows(&par::map(rows, |row| planet.row(row)).concat())?;
        eprint!("\r{:3} %", 100 * (top + 1) / height_px);
    }
    eprint!("\r");
    finish(writer, out)
}

struct Planet {
    width_px: u32,
    height_px: u32,
    /// Nodes across, the first one's twin at the end included.
    nodes_across: usize,
    nodes: Vec<Node>,
    /// Cosine and sine of each column's longitude.
    columns: Vec<(f64, f64)>,
}

/// The smooth part of the fields at a node.
#[derive(Clone, Copy, Default)]
struct Node {
    elevation: f64,
    /// Logarithm of richness, without the latitude's part.
    richness: f64,
}

impl Planet {
    fn new(width_px: u32, height_px: u32) -> Self {
        let nodes_across = width_px.div_ceil(STEP_PX) + 1;
        let rows = (0..=height_px.div_ceil(STEP_PX)).collect();
        let nodes = par::map(rows, |row| {
            let (z, radius) = latitude(f64::from(row * STEP_PX), height_px);
            (0..nodes_across)
                .map(|column| {
                    let (cos, sin) = longitude(f64::from(column * STEP_PX), width_px);
                    node([radius * cos, radius * sin, z])
                })
                .collect::<Vec<_>>()
        });
        let columns = (0..width_px).map(|column| longitude(f64::from(column) + 0.5, width_px)).collect();
        Self { width_px, height_px, nodes_across: nodes_across as usize, nodes: nodes.concat(), columns }
    }

    fn row(&self, row: u32) -> Vec<i32> {
        let (z, radius) = latitude(f64::from(row) + 0.5, self.height_px);
        // 400 species at the equator, 60 and fewer towards the poles, none on the ice.
        let latitude_part = (60.0 + 340.0 * radius * radius * radius) * (radius * 3.0 - 0.5).clamp(0.0, 1.0);
        let (upper, lower) = self.node_rows(row);
        let down = (f64::from(row % STEP_PX) + 0.5) / f64::from(STEP_PX);
        (0..self.width_px)
            .zip(&self.columns)
            .map(|(column, &(cos, sin))| {
                let west = (column / STEP_PX) as usize;
                let right = (f64::from(column % STEP_PX) + 0.5) / f64::from(STEP_PX);
                let at = |row: &[Node], node: usize| row.get(node).copied().unwrap_or_default();
                let top = at(upper, west).towards(at(upper, west + 1), right);
                let bottom = at(lower, west).towards(at(lower, west + 1), right);
                let node = top.towards(bottom, down);
                species(node, latitude_part, [radius * cos, radius * sin, z])
            })
            .collect()
    }

    /// The rows of nodes above and below a row of pixels.
    fn node_rows(&self, row: u32) -> (&[Node], &[Node]) {
        let mut rows = self.nodes.chunks_exact(self.nodes_across).skip((row / STEP_PX) as usize);
        (rows.next().unwrap_or(&[]), rows.next().unwrap_or(&[]))
    }
}

impl Node {
    fn towards(self, other: Self, t: f64) -> Self {
        Self {
            elevation: self.elevation + (other.elevation - self.elevation) * t,
            richness: self.richness + (other.richness - self.richness) * t,
        }
    }
}

/// The smooth fields at a point of the unit sphere.
fn node(point: Point) -> Node {
    // Warping bends the features, which makes coasts of blobs.
    let bend = |seed| 0.35 * gradient(point.map(|v| v * 1.7), seed);
    let (x, y, z) = (bend(101), bend(102), bend(103));
    let warped = [point[0] + x, point[1] + y, point[2] + z];
    // A continent near 12° east on the equator, where the benches look, and one around the south pole.
    let [cx, cy] = [point[0] - 0.978, point[1] - 0.208];
    let away = (cx * cx + cy * cy + point[2] * point[2]) * 6.0;
    let africa = 0.55 / (1.0 + away * away * away);
    let antarctica = ((-0.93 - point[2]) * 12.0).clamp(0.0, 0.6);
    let elevation = fractal(warped, FREQUENCY, COARSE, 7) + africa + antarctica;
    let mountains = (elevation - SEA_LEVEL - 0.35).max(0.0);
    Node { elevation, richness: 0.9 * fractal(warped, 3.1, 0..5, 31) + 0.8 * mountains }
}

/// The pixel's value: nodata at sea.
fn species(node: Node, latitude_part: f64, point: Point) -> i32 {
    let mut elevation = node.elevation;
    if (elevation - SEA_LEVEL).abs() < FINE_REACH {
        elevation += fractal(point, FREQUENCY, FINE, 7);
    }
    if elevation < SEA_LEVEL {
        return NODATA;
    }
    let terrain = gradient(point.map(|v| v * 150.0), 61) * 0.16
        + gradient(point.map(|v| v * 480.0), 62) * 0.08
        + gradient(point.map(|v| v * 1500.0), 63) * 0.04;
    let species = latitude_part * libm::exp(node.richness + terrain);
    (species + 0.5).floor().min(2000.0) as i32
}

/// Sine and cosine of the latitude `rows` pixels below the north pole.
fn latitude(rows: f64, height_px: u32) -> (f64, f64) {
    let colatitude = std::f64::consts::PI * rows / f64::from(height_px);
    (libm::cos(colatitude), libm::sin(colatitude))
}

/// Cosine and sine of the longitude `columns` pixels east of the date line.
fn longitude(columns: f64, width_px: u32) -> (f64, f64) {
    let angle = std::f64::consts::PI * (2.0 * columns / f64::from(width_px) - 1.0);
    (libm::cos(angle), libm::sin(angle))
}
