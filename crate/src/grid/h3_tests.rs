use std::collections::HashSet;

use serde_json::{Value, json};

use super::super::Rings;
use super::*;

fn grid(value: &Value) -> Grid {
    Grid::new(&GridDefinition::from_value(value).unwrap()).unwrap()
}

fn failure(value: &Value) -> Error {
    let error = GridDefinition::from_value(value).and_then(|definition| Grid::new(&definition)).unwrap_err();
    assert!(error.hint().is_some(), "{error}");
    error
}

fn cells(grid: &Grid) -> Vec<Cell> {
    (0..grid.chunk_count()).flat_map(|index| grid.chunk(index).cells().collect::<Vec<_>>()).collect()
}

fn ids(grid: &Grid) -> HashSet<String> {
    cells(grid).into_iter().map(|cell| grid.cell_id(cell)).collect()
}

/// Every cell of a resolution whose centre a rule takes, one by one.
fn naive(resolution: u8, takes: impl Fn(Point) -> bool) -> HashSet<String> {
    let resolution = Resolution::try_from(resolution).unwrap();
    let all = CellIndex::base_cells().flat_map(|root| root.children(resolution).collect::<Vec<_>>());
    all.filter(|&cell| takes(center(cell))).map(|cell| cell.to_string()).collect()
}

/// Great-circle distance, degrees.
fn distance_deg(a: Point, b: Point) -> f64 {
    LatLng::new(a.1, a.0).unwrap().distance_rads(LatLng::new(b.1, b.0).unwrap()).to_degrees()
}

#[test]
fn no_descendant_is_further_than_its_reach() {
    let mut worst = 0.0_f64;
    for (level, below) in [(0_u8, 3_u8), (1, 4)] {
        let (level, below) = (Resolution::try_from(level).unwrap(), Resolution::try_from(below).unwrap());
        for node in CellIndex::base_cells().flat_map(|root| root.children(level).collect::<Vec<_>>()) {
            let from = center(node);
            for descendant in node.children(below) {
                worst = worst.max(distance_deg(from, center(descendant)) / reach_deg(level));
            }
        }
    }
    // What the levels below those can still add: a quarter per level, and less.
    assert!(worst < 0.93, "{worst}");
    assert!(worst > 0.5, "a reach that is too large costs time: {worst}");
}

#[test]
fn cells_are_those_whose_centre_lies_in_the_bounds() {
    for resolution in 0..=4 {
        for bounds in [[-180.0, -90.0, 180.0, 90.0], [-20.0, 30.0, 40.0, 70.0], [-10.0, -90.0, 10.0, 90.0]] {
            let [west, south, east, north] = bounds;
            let expected = naive(resolution, |(lon, lat)| lon >= west && lon <= east && lat >= south && lat <= north);
            let grid = grid(&json!({"type":"h3","resolution":resolution,"bounds":bounds}));
            let found = cells(&grid);
            assert_eq!(grid.cell_count(), found.len() as u64, "each once");
            assert_eq!(ids(&grid), expected, "{resolution} {bounds:?}");
        }
    }
    let whole = grid(&json!({"type":"h3","resolution":5,"bounds":[-180,-90,180,90]}));
    assert_eq!(whole.cell_count(), 2_016_842);
}

#[test]
fn bounds_may_cross_the_antimeridian_and_hold_a_pole() {
    let across = naive(3, |(lon, lat)| (lon >= 170.0 || lon <= -165.0) && lat.abs() <= 20.0);
    for bounds in [[170, -20, -165, 20], [170, -20, 195, 20], [-190, -20, -165, 20]] {
        assert_eq!(ids(&grid(&json!({"type":"h3","resolution":3,"bounds":bounds}))), across, "{bounds:?}");
    }
    let cap = naive(3, |(_, lat)| lat >= 80.0);
    assert_eq!(ids(&grid(&json!({"type":"h3","resolution":3,"bounds":[-180,80,180,90]}))), cap);
}

#[test]
fn bounds_of_another_crs_are_exact() {
    let wgs84 = Crs::from_epsg(4326).unwrap();
    for (code, bounds) in [
        ("EPSG:3035", [2.5e6, 1.5e6, 6.0e6, 5.0e6]),
        ("EPSG:3413", [-2.0e6, -2.0e6, 2.0e6, 2.0e6]),
        ("EPSG:3832", [-3.0e6, -2.0e6, 6.0e6, 2.0e6]),
    ] {
        let there = Transformer::new(&wgs84, &Crs::parse(code).unwrap()).unwrap();
        let expected = naive(4, |(lon, lat)| {
            let (x, y) = there.transform_point(lon, lat);
            Bounds::from(bounds).contains(x, y)
        });
        let value = json!({"type":"h3","resolution":4,"bounds":bounds,"boundsCrs":code});
        assert_eq!(ids(&grid(&value)), expected, "{code}");
        assert_eq!(grid(&value).definition().to_value()["boundsCrs"], json!(code));
    }
}

#[test]
fn a_polygon_takes_the_cells_whose_centre_it_holds() {
    let triangle =
        json!({"type":"Polygon","coordinates":[[[0,0],[40,10],[10,50],[0,0]],[[10,10],[14,12],[12,20],[10,10]]]});
    let side = |a: Point, b: Point, p: Point| (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0);
    let holds = |ring: [Point; 3], p: Point| {
        let [a, b, c] = ring;
        side(a, b, p) > 0.0 && side(b, c, p) > 0.0 && side(c, a, p) > 0.0
    };
    let expected = naive(4, |p| {
        holds([(0.0, 0.0), (40.0, 10.0), (10.0, 50.0)], p) && !holds([(10.0, 10.0), (14.0, 12.0), (12.0, 20.0)], p)
    });
    let found = grid(&json!({"type":"h3","resolution":4,"polygon":triangle}));
    assert_eq!(ids(&found), expected);
    let both = grid(&json!({"type":"h3","resolution":4,"polygon":triangle,"bounds":[0,0,15,90]}));
    assert!(both.cell_count() < found.cell_count() && ids(&both).is_subset(&expected));
    let crossing = json!({"type":"Polygon","coordinates":[[[170,-10],[-170,-10],[-170,10],[170,10],[170,-10]]]});
    let expected = naive(4, |(lon, lat)| lon.abs() > 170.0 && lat.abs() < 10.0);
    assert_eq!(ids(&grid(&json!({"type":"h3","resolution":4,"polygon":crossing}))), expected);
    assert!(found.key().contains("digest") && !found.key().contains("coordinates"));
}

#[test]
fn ids_are_those_of_h3() {
    // Of h3-js 4: latLngToCell(48.2, 16.37, 5) and latLngToCell(37.3615593, -122.0553238, 7).
    for (lat, lon, resolution, id) in [
        (37.361_559_3, -122.055_323_8, 7, "87283472bffffff"),
        (40.689_421_843_699, -74.044_431_399_909, 10, "8a2a1072b59ffff"),
    ] {
        let grid =
            grid(&json!({"type":"h3","resolution":resolution,"bounds":[lon - 0.5, lat - 0.5, lon + 0.5, lat + 0.5]}));
        let cell = grid.cell_at(lon, lat).unwrap();
        assert_eq!(grid.cell_id(cell), id);
        assert_eq!(grid.parse_cell_id(id).unwrap(), cell);
        assert!(grid.contains(cell));
        assert_eq!(grid.parse_cell_id("8001fffffffffff").unwrap_err().code(), Code::UsageGrid);
        assert_eq!(grid.parse_cell_id("12:3").unwrap_err().code(), Code::UsageGrid);
    }
}

#[test]
fn outlines_are_in_one_piece() {
    let mut pentagons = 0;
    let grid = grid(&json!({"type":"h3","resolution":2,"bounds":[-180,-90,180,90]}));
    let mut area = 0.0;
    for cell in cells(&grid) {
        let mut rings = Rings::default();
        grid.outline(cell, &mut rings);
        let ring = rings.cell(0).next().unwrap();
        pentagons += usize::from(grid.index_of(cell).is_pentagon());
        let doubled = super::super::polygon::doubled_area(ring);
        assert!(doubled > 0.0, "counter-clockwise: {}", grid.cell_id(cell));
        area += doubled / 2.0;
        let around_pole = ring.iter().any(|point| point.1.abs() == 90.0);
        let jump = ring.windows(2).map(|pair| (pair[1].0 - pair[0].0).abs()).fold(0.0, f64::max);
        assert!(around_pole || jump < 180.0, "{}", grid.cell_id(cell));
    }
    assert_eq!(pentagons, 12);
    // The cells are a partition of the plane of longitude and latitude.
    assert!((area - 360.0 * 180.0).abs() < 1e-6, "{area}");
}

#[test]
fn ten_million_cells_are_described_not_listed() {
    let grid = grid(&json!({"type":"h3","resolution":7,"bounds":[-20,10,40,50]}));
    assert!(grid.cell_count() > 4_000_000, "{}", grid.cell_count());
    let middle = grid.chunk(grid.chunk_count() / 2);
    assert!(middle.cell_count() <= Chunk::MAX_CELLS);
    assert!(middle.runs.len() < 100, "{}", middle.runs.len());
    let total: u64 = (0..grid.chunk_count()).map(|index| grid.chunk(index).cell_count() as u64).sum();
    assert_eq!(total, grid.cell_count());
}

#[test]
fn what_makes_no_grid_is_refused() {
    assert_eq!(failure(&json!({"type":"h3","resolution":5})).code(), Code::UsageGrid);
    assert_eq!(failure(&json!({"type":"h3","resolution":1,"bounds":[0,0,0.001,0.001]})).code(), Code::UsageGrid);
    assert_eq!(failure(&json!({"type":"h3","resolution":15,"bounds":[-180,-90,180,90]})).code(), Code::LimitGridCells);
    assert_eq!(failure(&json!({"type":"h3","resolution":5,"bounds":[0,5,1,1]})).code(), Code::UsageBounds);
    let bow_tie = json!({"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]});
    let error = failure(&json!({"type":"h3","resolution":5,"polygon":bow_tie}));
    assert_eq!(error.code(), Code::UsageZones);
    assert!(error.message().contains("edges cross at (1, 1)"), "{error}");
}

impl Grid {
    fn index_of(&self, cell: Cell) -> CellIndex {
        self.cell_id(cell).parse().unwrap()
    }
}
