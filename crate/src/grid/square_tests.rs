use super::super::Cell;
use super::super::part::{LatticeBox, Shape};
use super::{SquareLattice, touched};

#[test]
fn a_common_edge_is_no_touch() {
    assert_eq!(touched((0.0, 3.0)), (0, 2));
    assert_eq!(touched((0.5, 3.5)), (0, 3));
    assert_eq!(touched((-1.0, -0.5)), (-1, -1));
}

#[test]
fn rounding_makes_no_sliver_cells() {
    assert_eq!(0.3_f64 / 0.1, 2.999_999_999_999_999_6);
    assert_eq!(touched((0.3 / 0.1, 0.7 / 0.1)), (3, 6));
    assert_eq!(touched((0.1 / 0.1, 0.3 / 0.1)), (1, 2));
}

#[test]
fn a_line_touches_the_cell_that_owns_it() {
    assert_eq!(touched((2.0, 2.0)), (2, 2));
    assert_eq!(touched((2.5, 2.5)), (2, 2));
    assert_eq!(touched((2.0 - 1e-12, 2.0 + 1e-12)), (2, 2));
}

#[test]
fn a_lattice_of_two_by_one_with_an_origin() {
    let lattice = SquareLattice { size: 10.0, origin: (5.0, -5.0) };
    let bounds = lattice.lattice_box(LatticeBox { along: (5.0, 25.0), across: (-5.0, 5.0) });
    assert_eq!((lattice.rows(&bounds), lattice.columns(&bounds, 0)), ((0, 0), (0, 1)));
    let cell = Cell { row: 0, column: 1 };
    assert_eq!(lattice.center(cell), (20.0, 0.0));
    assert_eq!(lattice.cell_at(24.9, 4.9), cell);
    assert_eq!(lattice.cell_at(15.0, -5.0), cell);
    let mut outline = Vec::new();
    lattice.outline(cell, &mut outline);
    assert_eq!(outline, [(15.0, -5.0), (25.0, -5.0), (25.0, 5.0), (15.0, 5.0)]);
}
