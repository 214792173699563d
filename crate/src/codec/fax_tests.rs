use super::*;

#[test]
fn a_white_line_of_group_4() {
    // V0 (1) twice, then end of block (000000000001 twice).
    let mut out = [0xff; 4];
    assert_eq!(decode_group4(&[0b1100_0000, 0b0000_0100, 0b0000_0000, 0b0100_0000], 16, &mut out).unwrap(), 4);
    assert_eq!(out, [0; 4]);
}

#[test]
fn black_runs_are_painted_to_the_line() {
    let mut row = [0; 2];
    paint(&[2, 5, 9], &mut row);
    assert_eq!(row, [0b0011_1000, 0b0111_1111]);
}

#[test]
fn damage_ends_the_rows() {
    let mut out = [0; 8];
    assert_eq!(decode_group4(&[], 16, &mut out).unwrap_or(0), 0);
    assert!(decode_group3(&[0, 0, 0], 16, &mut out).is_err());
    assert!(decode_group4(&[0x55; 40], 16, &mut out).is_ok());
}
