use super::super::Cell;
use super::super::definition::Orientation;
use super::HexagonLattice;

const POINTY: HexagonLattice = HexagonLattice { size: 2.0, origin: (0.0, 0.0), orientation: Orientation::Pointy };
const FLAT: HexagonLattice = HexagonLattice { orientation: Orientation::Flat, ..POINTY };

fn outline(lattice: &HexagonLattice, row: i64, column: i64) -> Vec<(f64, f64)> {
    let mut outline = Vec::new();
    lattice.outline(Cell { row, column }, &mut outline);
    outline
}

fn assert_near(got: &[(f64, f64)], expected: &[(f64, f64)]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got.0 - expected.0).abs() < 1e-12 && (got.1 - expected.1).abs() < 1e-12, "{got:?} {expected:?}");
    }
}

#[test]
fn the_first_cells_lie_where_the_axial_rule_puts_them() {
    let root = 3.0_f64.sqrt();
    for (q, r, x, y) in
        [(0, 0, 0.0, 0.0), (1, 0, 2.0, 0.0), (0, 1, 1.0, root), (-1, 2, 0.0, 2.0 * root), (2, -1, 3.0, -root)]
    {
        assert_near(&[POINTY.center(Cell { row: r, column: q })], &[(x, y)]);
        assert_near(&[FLAT.center(Cell { row: q, column: r })], &[(y, x)]);
    }
}

#[test]
fn outlines_are_regular_and_counter_clockwise() {
    let (third, two_thirds) = (1.0 / 3.0_f64.sqrt(), 2.0 / 3.0_f64.sqrt());
    let pointy = [(1.0, -third), (1.0, third), (0.0, two_thirds), (-1.0, third), (-1.0, -third), (0.0, -two_thirds)];
    assert_near(&outline(&POINTY, 0, 0), &pointy);
    let flat = [(-two_thirds, 0.0), (-third, -1.0), (third, -1.0), (two_thirds, 0.0), (third, 1.0), (-third, 1.0)];
    assert_near(&outline(&FLAT, 0, 0), &flat);
}

#[test]
fn neighbours_share_corners_to_the_bit() {
    for lattice in [POINTY, FLAT].map(|lattice| HexagonLattice { size: 0.1, origin: (0.3, 0.7), ..lattice }) {
        let (here, east, north) = (outline(&lattice, 5, 7), outline(&lattice, 5, 8), outline(&lattice, 6, 7));
        let shared = |a: &[(f64, f64)], b: &[(f64, f64)]| a.iter().filter(|corner| b.contains(corner)).count();
        assert_eq!((shared(&here, &east), shared(&here, &north), shared(&east, &north)), (2, 2, 2));
    }
}

#[test]
fn a_cell_owns_its_centre_and_every_point_near_it() {
    for lattice in [POINTY, FLAT] {
        for cell in (-3..3).flat_map(|row| (-3..3).map(move |column| Cell { row, column })) {
            let (x, y) = lattice.center(cell);
            for (dx, dy) in [(0.0, 0.0), (0.98, 0.0), (0.0, 0.98), (-0.85, 0.45), (0.5, -0.83), (-0.5, -0.83)] {
                assert_eq!(lattice.cell_at(x + dx, y + dy), cell);
            }
        }
    }
}
