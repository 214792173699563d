use super::*;

#[test]
fn scale_and_tiepoint() {
    let geotransform = geotransform(&[2.0, 3.0, 0.0], &[1.0, 1.0, 0.0, 100.0, 200.0, 0.0], &[], false).unwrap();
    assert_eq!(geotransform.0, [98.0, 2.0, 0.0, 203.0, 0.0, -3.0]);
}

#[test]
fn a_point_moves_the_origin_by_half_a_pixel() {
    let area = geotransform(&[2.0, 4.0, 0.0], &[0.0, 0.0, 0.0, 10.0, 20.0, 0.0], &[], true).unwrap();
    assert_eq!(area.0, [9.0, 2.0, 0.0, 22.0, 0.0, -4.0]);
    let mut matrix = [0.0; 16];
    (matrix[0], matrix[1], matrix[3]) = (2.0, 1.0, 10.0);
    (matrix[4], matrix[5], matrix[7]) = (0.5, -4.0, 20.0);
    let rotated = geotransform(&[], &[], &matrix, true).unwrap();
    assert_eq!(rotated.0, [8.5, 2.0, 1.0, 21.75, 0.5, -4.0]);
}

#[test]
fn the_matrix_serves_only_without_a_usable_scale() {
    let mut matrix = [0.0; 16];
    (matrix[0], matrix[5]) = (1.0, -1.0);
    let tie = [0.0, 0.0, 0.0, 5.0, 5.0, 0.0];
    assert_eq!(geotransform(&[2.0, 2.0], &tie, &matrix, false).unwrap().0[1], 2.0);
    assert_eq!(geotransform(&[0.0, 2.0], &tie, &matrix, false).unwrap().0[1], 1.0);
    assert_eq!(geotransform(&[], &tie, &[], false), None);
    assert_eq!(geotransform(&[2.0, 2.0], &[0.0, 0.0, 0.0, f64::NAN, 0.0, 0.0], &[], false), None);
}
