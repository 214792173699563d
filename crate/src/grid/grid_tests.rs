use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Cell, Chunk, GridDefinition, Rings};
use super::Grid;
use crate::error::Code;
use crate::geo::Bounds;

fn grid(value: &Value) -> Grid {
    Grid::new(&GridDefinition::from_value(value).unwrap()).unwrap()
}

fn failure(value: &Value) -> Code {
    let error = GridDefinition::from_value(value).and_then(|definition| Grid::new(&definition)).unwrap_err();
    assert!(error.hint().is_some(), "{error}");
    error.code()
}

fn cells(grid: &Grid) -> Vec<Cell> {
    (0..grid.chunk_count()).flat_map(|index| grid.chunk(index).cells().collect::<Vec<_>>()).collect()
}

fn outline(grid: &Grid, cell: Cell) -> Vec<(f64, f64)> {
    let mut rings = Rings::default();
    grid.outline(cell, &mut rings);
    assert_eq!((rings.len(), rings.ring_ends.len()), (1, 1));
    rings.vertices
}

/// Twice the signed area, positive counter-clockwise.
fn doubled_area(ring: &[(f64, f64)]) -> f64 {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum()
}

/// The part of a convex ring inside bounds (Sutherland and Hodgman), as a naive answer to "do they touch".
fn clipped(ring: &[(f64, f64)], bounds: Bounds) -> Vec<(f64, f64)> {
    // Distance into the box from each side: x and y factor, offset.
    let sides =
        [(1.0, 0.0, -bounds.min_x), (-1.0, 0.0, bounds.max_x), (0.0, 1.0, -bounds.min_y), (0.0, -1.0, bounds.max_y)];
    sides.iter().fold(ring.to_vec(), |ring, side| {
        let inside = |point: (f64, f64)| side.0 * point.0 + side.1 * point.1 + side.2;
        let mut kept = Vec::new();
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let (da, db) = (inside(*a), inside(*b));
            if da >= 0.0 {
                kept.push(*a);
            }
            if (da > 0.0) != (db > 0.0) && da != db {
                let t = da / (da - db);
                kept.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
            }
        }
        kept
    })
}

/// The part of each cell's area that lies in the bounds, for every cell of the lattice around them, one by one.
fn naive_fractions(grid: &Grid, bounds: Bounds) -> HashMap<Cell, f64> {
    let (min, max) =
        (|of: [i64; 4]| of.into_iter().min().unwrap() - 2, |of: [i64; 4]| of.into_iter().max().unwrap() + 2);
    let corners = [
        (bounds.min_x, bounds.min_y),
        (bounds.min_x, bounds.max_y),
        (bounds.max_x, bounds.min_y),
        (bounds.max_x, bounds.max_y),
    ]
    .map(|(x, y)| grid.cell_at(x, y).unwrap());
    let (rows, columns) = (corners.map(|cell| cell.row), corners.map(|cell| cell.column));
    let (width, height) = grid.cell_spacing().unwrap();
    (min(rows)..=max(rows))
        .flat_map(|row| (min(columns)..=max(columns)).map(move |column| Cell { row, column }))
        .map(|cell| (cell, doubled_area(&clipped(&outline(grid, cell), bounds)) / 2.0 / (width * height)))
        .collect()
}

#[test]
fn three_squares_by_two_in_reading_order() {
    let grid = grid(&json!({"type":"square","crs":"EPSG:6933","cellSize":10,"bounds":[-5,0,20,20]}));
    assert_eq!((grid.cell_count(), grid.chunk_count()), (6, 1));
    let ids: Vec<_> = cells(&grid).into_iter().map(|cell| grid.cell_id(cell)).collect();
    assert_eq!(ids, ["-1:1", "0:1", "1:1", "-1:0", "0:0", "1:0"]);
    assert_eq!(grid.center(grid.parse_cell_id("1:0").unwrap()), (15.0, 5.0));
    assert_eq!(grid.chunk_bounds(&grid.chunk(0)), Bounds::new(-10.0, 0.0, 20.0, 20.0));
    assert!(grid.chunk(1).runs.is_empty());
}

#[test]
fn seven_hexagons_around_the_origin() {
    for orientation in ["pointy", "flat"] {
        let grid = grid(&json!({"type":"hexagon","crs":"EPSG:6933","cellSize":2,"bounds":[-1.2,-1.2,1.2,1.2],
            "orientation":orientation}));
        let ids: Vec<_> = cells(&grid).into_iter().map(|cell| grid.cell_id(cell)).collect();
        assert_eq!(ids, ["-1:1", "0:1", "-1:0", "0:0", "1:0", "0:-1", "1:-1"], "{orientation}");
        assert_eq!(grid.chunk(0).runs.len(), 3);
    }
}

#[test]
fn a_point_touches_the_cell_that_owns_it() {
    for (kind, x, y) in [("square", 5.0, 5.0), ("square", 10.0, 20.0), ("hexagon", 3.0, 4.0), ("hexagon", 5.0, 0.0)] {
        let grid = grid(&json!({"type":kind,"crs":"EPSG:6933","cellSize":10,"bounds":[x,y,x,y]}));
        assert_eq!(cells(&grid), [grid.cell_at(x, y).unwrap()]);
    }
}

#[test]
fn a_line_touches_the_cells_that_own_it() {
    let on_edge = grid(&json!({"type":"square","crs":"EPSG:6933","cellSize":10,"bounds":[10,0,10,20]}));
    assert_eq!(cells(&on_edge), [Cell { row: 1, column: 1 }, Cell { row: 0, column: 1 }]);
    let hexagons = grid(&json!({"type":"hexagon","crs":"EPSG:6933","cellSize":2,"bounds":[0,-0.5,0,3]}));
    let owners: HashSet<_> =
        (0..=350).map(|step| hexagons.cell_at(0.0, -0.5 + 0.01 * f64::from(step)).unwrap()).collect();
    assert_eq!(cells(&hexagons).into_iter().collect::<HashSet<_>>(), owners);
}

#[test]
fn nonsense_is_refused_with_a_hint() {
    let with = |field: &str, value: Value| {
        let mut of = json!({"type":"square","crs":"EPSG:6933","cellSize":5000,"bounds":[0,0,1,1]});
        of[field] = value;
        failure(&of)
    };
    assert_eq!(with("cellSize", json!(-1)), Code::UsageGrid);
    assert_eq!(with("cellSize", json!(0)), Code::UsageGrid);
    assert_eq!(with("bounds", json!([0, 1, 1, 0])), Code::UsageBounds);
    assert_eq!(with("bounds", json!([1, 0, 0, 1])), Code::UsageBounds);
    assert_eq!(with("crs", json!("EPSG:999999")), Code::CrsUnknown);
    assert_eq!(with("boundsCrs", json!("somewhere")), Code::CrsUnknown);
    assert_eq!(with("bounds", json!([-1e7, -1e7, 1e7, 1e15])), Code::LimitGridCells);
    assert_eq!(with("cellSize", json!(1e-300)), Code::LimitGridCells);
    let mut grid =
        GridDefinition::from_value(&json!({"type":"square","crs":"EPSG:6933","cellSize":5,"bounds":[0,0,1,1]}));
    if let Ok(GridDefinition::Square(square)) = &mut grid {
        square.bounds.max_x = f64::NAN;
    }
    assert_eq!(Grid::new(&grid.unwrap()).unwrap_err().code(), Code::UsageBounds);
}

#[test]
fn bounds_across_the_antimeridian_make_two_parts() {
    let grid = grid(&json!({"type":"square","crs":"EPSG:4326","cellSize":5,"bounds":[170,-10,-170,0]}));
    assert_eq!(grid.cell_count(), 8);
    let columns: HashSet<_> = cells(&grid).into_iter().map(|cell| cell.column).collect();
    assert_eq!(columns, HashSet::from([34, 35, -36, -35]));
}

#[test]
fn parts_that_share_a_cell_become_one() {
    let grid = grid(&json!({"type":"hexagon","crs":"EPSG:3031","cellSize":400_000,"bounds":[170,-80,-170,-70],
        "boundsCrs":"EPSG:4326"}));
    assert_eq!(grid.bounds().len(), 1);
    let all = cells(&grid);
    assert_eq!(all.len(), all.iter().collect::<HashSet<_>>().len());
    assert_eq!(all.len() as u64, grid.cell_count());
}

#[test]
fn the_key_is_the_same_for_the_same_grid() {
    let key = |value: Value| grid(&value).key();
    let short = key(json!({"type":"square","crs":"EPSG:6933","cellSize":5000,"bounds":[0,0,1,1]}));
    let long = key(json!({"type":"square","crs":"urn:ogc:def:crs:EPSG::6933","cellSize":5e3,"bounds":[0,0,1.0,1],
        "boundsCrs":"epsg:6933","origin":[0,0]}));
    assert_eq!(short, long);
    assert_ne!(short, key(json!({"type":"square","crs":"EPSG:6933","cellSize":5000,"bounds":[0,0,1,2]})));
    assert_ne!(short, key(json!({"type":"hexagon","crs":"EPSG:6933","cellSize":5000,"bounds":[0,0,1,1]})));
}

#[test]
fn ten_million_cells_cost_nothing_until_a_chunk_is_asked_for() {
    let grid = grid(&json!({"type":"hexagon","crs":"EPSG:6933","cellSize":7500,"bounds":[-180,-90,180,90],
        "boundsCrs":"EPSG:4326"}));
    assert!(grid.cell_count() > 10_000_000, "{}", grid.cell_count());
    let chunk = grid.chunk(grid.chunk_count() / 2);
    assert!(chunk.cell_count() > Chunk::MAX_CELLS / 2 && chunk.cell_count() <= Chunk::MAX_CELLS);
    let around = grid.chunk_bounds(&chunk);
    assert!((around.width() / around.height()).ln().abs() < 0.3, "{around:?}");
}

fn any_grid() -> impl Strategy<Value = (Value, Bounds)> {
    let kind = prop_oneof![
        Just(json!({"type":"square"})),
        Just(json!({"type":"hexagon","orientation":"pointy"})),
        Just(json!({"type":"hexagon","orientation":"flat"})),
    ];
    (kind, 0.3..30.0_f64, -100.0..100.0_f64, -100.0..100.0_f64, 0.01..60.0_f64, 0.01..60.0_f64, -5.0..5.0_f64).prop_map(
        |(mut value, cell_size, x, y, width, height, origin)| {
            let bounds = Bounds::new(x, y, x + width, y + height);
            value["crs"] = json!("EPSG:3857");
            value["cellSize"] = json!(cell_size);
            value["bounds"] = serde_json::to_value(bounds).unwrap();
            value["origin"] = json!([origin, -origin / 2.0]);
            (value, bounds)
        },
    )
}

proptest! {
    #[test]
    fn cells_are_those_that_touch_by_brute_force((value, bounds) in any_grid()) {
        let grid = grid(&value);
        let listed = cells(&grid);
        let set: HashSet<_> = listed.iter().copied().collect();
        prop_assert_eq!(listed.len(), set.len());
        prop_assert_eq!(listed.len() as u64, grid.cell_count());
        let fractions = naive_fractions(&grid, bounds);
        prop_assert!(set.iter().all(|cell| fractions.contains_key(cell)));
        for (cell, fraction) in fractions {
            prop_assert_eq!(grid.contains(cell), set.contains(&cell));
            // A corner that reaches in by a millionth of the width is a matter of rounding.
            if fraction > 1e-12 {
                prop_assert!(set.contains(&cell), "{:?} is missing", cell);
            } else if fraction < -1e-12 || fraction.abs() < 1e-20 {
                prop_assert!(!set.contains(&cell), "{:?} does not touch", cell);
            }
        }
    }

    #[test]
    fn chunks_are_small_and_in_order((value, _) in any_grid()) {
        let grid = grid(&value);
        for index in 0..grid.chunk_count() {
            let chunk = grid.chunk(index);
            prop_assert!(chunk.cell_count() <= Chunk::MAX_CELLS);
            let order: Vec<_> = chunk.cells().map(|cell| (-cell.row, cell.column)).collect();
            prop_assert!(order.is_sorted());
        }
    }

    #[test]
    fn every_point_in_the_bounds_is_owned_by_one_cell_of_the_grid(
        (value, bounds) in any_grid(), u in 0.0..1.0_f64, v in 0.0..1.0_f64,
    ) {
        let grid = grid(&value);
        let point = (bounds.min_x + u * bounds.width(), bounds.min_y + v * bounds.height());
        let owner = grid.cell_at(point.0, point.1).unwrap();
        let inside = |cell: Cell, slack: f64| {
            let ring = outline(&grid, cell);
            let (width, height) = grid.cell_spacing().unwrap();
            ring.iter().zip(ring.iter().cycle().skip(1)).all(|(a, b)| {
                (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0) >= -slack * width * height
            })
        };
        prop_assert!(inside(owner, 1e-9));
        let strictly: Vec<_> = cells(&grid).into_iter().filter(|&cell| inside(cell, -1e-7)).collect();
        prop_assert!(strictly.len() <= 1);
        if let Some(only) = strictly.first() {
            prop_assert_eq!(*only, owner);
        }
    }

    #[test]
    fn ids_outlines_and_areas_hold(
        (value, _) in any_grid(), row in -1_000_000_i64..1_000_000, column in -1_000_000_i64..1_000_000,
    ) {
        let grid = grid(&value);
        let cell = Cell { row, column };
        prop_assert_eq!(grid.parse_cell_id(&grid.cell_id(cell)).unwrap(), cell);
        let center = grid.center(cell);
        prop_assert_eq!(grid.cell_at(center.0, center.1), Some(cell));
        let ring = outline(&grid, cell);
        prop_assert_eq!(Some(ring.len()), grid.vertices_per_cell());
        let from_center: Vec<_> = ring.iter().map(|corner| (corner.0 - center.0, corner.1 - center.1)).collect();
        let (width, height) = grid.cell_spacing().unwrap();
        prop_assert!((doubled_area(&from_center) / 2.0 / (width * height) - 1.0).abs() < 1e-6);
    }
}
