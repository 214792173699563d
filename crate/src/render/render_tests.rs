use super::*;
use crate::error::Code;

#[test]
fn values_are_stretched_over_the_colours_and_nan_is_transparent() {
    let colormap = Colormap::parse("greys").unwrap();
    let stretch = Stretch::new(10.0, 20.0).unwrap();
    let rgba = paint(&[10.0, 20.0, 15.0, f64::NAN, 5.0, f64::INFINITY], &stretch, &colormap);
    let wanted = [[0, 0, 0, 255], [255, 255, 255, 255], [128, 128, 128, 255], [0; 4], [0, 0, 0, 255], [255; 4]];
    assert_eq!(rgba, wanted.concat());
}

#[test]
fn every_name_is_a_colour_map() {
    for name in Colormap::NAMES {
        assert_eq!(Colormap::parse(name).unwrap().name(), *name);
    }
    let error = Colormap::parse("rainbow").unwrap_err();
    assert_eq!(error.code(), Code::UsageOption);
    assert!(error.hint().unwrap().contains("viridis"));
}

#[test]
fn viridis_runs_from_purple_to_yellow() {
    let viridis = Colormap::parse("viridis").unwrap();
    assert_eq!(viridis.color(0.0), [68, 1, 84]);
    assert_eq!(viridis.color(1.0), [253, 231, 37]);
}

#[test]
fn a_raster_of_one_value_has_a_colour() {
    assert_eq!(Stretch::new(3.0, 3.0).unwrap().position(3.0), Some(0.5));
    assert_eq!(Stretch::new(3.0, 2.0).unwrap_err().code(), Code::UsageOption);
    assert_eq!(Stretch::new(f64::NAN, 2.0).unwrap_err().code(), Code::UsageOption);
}
