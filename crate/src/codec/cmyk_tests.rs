use super::*;

#[test]
fn no_ink_is_white_and_black_ink_takes_all_light() {
    let mut pixels = Samples::U8(vec![0, 0, 0, 0, 9, 99, 199, 255, 255, 255, 255, 0, 255, 0, 0, 0, 0, 255, 0, 51]);
    to_rgba(&mut pixels);
    assert_eq!(
        pixels,
        Samples::U8(vec![255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 255, 255, 204, 0, 204, 255])
    );
}

#[test]
fn every_ink_and_black_is_the_share_of_light_that_is_left_cut_to_a_whole_number() {
    for ink in 0..=255_u8 {
        let mut pixels = Samples::U8((0..=255).flat_map(|black| [ink, 0, 255, black]).collect());
        to_rgba(&mut pixels);
        let Samples::U8(pixels) = pixels else { panic!() };
        for (black, &[red, green, blue, alpha]) in pixels.as_chunks::<4>().0.iter().enumerate() {
            let left = (255 - black as i32) * (255 - i32::from(ink));
            assert_eq!(
                (i32::from(red), i32::from(green)),
                ((f64::from(left) / 255.0).floor() as i32, 255 - black as i32)
            );
            assert_eq!((blue, alpha), (0, 255));
        }
    }
}
