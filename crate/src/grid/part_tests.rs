use super::super::definition::Orientation;
use super::super::hexagon::HexagonLattice;
use super::super::square::SquareLattice;
use super::{LatticeBox, Part, slice};

#[test]
fn slices_are_nearly_equal_and_leave_nothing_out() {
    assert_eq!([0, 1, 2].map(|k| slice((-5, 4), k, 3)), [(-5, -3), (-2, 0), (1, 4)]);
    let last = i64::from(i32::MAX) * 1024;
    assert_eq!(slice((0, last), (1 << 20) - 1, 1 << 20).1, last);
}

#[test]
fn a_hundred_million_cells_are_counted_at_once() {
    let lattice = SquareLattice { size: 1.0, origin: (0.0, 0.0) };
    let part = Part::new(&lattice, LatticeBox { along: (0.0, 1e4), across: (0.0, 1e4) }, (128, 128)).unwrap();
    assert_eq!(part.cell_count, 100_000_000);
    assert_eq!(part.chunk_count(), 79 * 79);
}

#[test]
fn a_thin_part_has_long_tiles() {
    let lattice = SquareLattice { size: 1.0, origin: (0.0, 0.0) };
    let part = Part::new(&lattice, LatticeBox { along: (0.0, 2.0), across: (0.0, 16_384.0) }, (128, 128)).unwrap();
    assert_eq!(part.tiles(), (1, 2));
    let part = Part::new(&lattice, LatticeBox { along: (0.0, 1e9), across: (0.0, 1.0) }, (128, 128)).unwrap();
    assert_eq!(part.tiles(), (61_036, 1));
}

#[test]
fn a_column_of_a_billion_hexagons_is_counted_at_once() {
    let lattice = HexagonLattice { size: 1.0, origin: (0.0, 0.0), orientation: Orientation::Pointy };
    let part = Part::new(&lattice, LatticeBox { along: (-0.25, 0.25), across: (0.0, 1e9) }, (120, 136)).unwrap();
    // Even rows have one cell in the strip, odd rows two halves of cells.
    let rows = 1e9 / 0.866_025_403_784_438_6;
    assert!((part.cell_count as f64 / rows - 1.5).abs() < 1e-6, "{}", part.cell_count);
}

#[test]
fn indices_that_lose_digits_are_refused() {
    let lattice = SquareLattice { size: 1e-12, origin: (0.0, 0.0) };
    assert!(Part::new(&lattice, LatticeBox { along: (1e6, 1e6 + 1.0), across: (0.0, 1.0) }, (128, 128)).is_none());
}
