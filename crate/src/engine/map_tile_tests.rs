use super::super::test_support::*;
use super::super::*;
use crate::error::Code;

#[test]
fn a_map_tile_shows_the_raster_where_it_is() {
    pollster::block_on(async {
        let (workspace, _, source) = workspace().await;
        let target = Target::Ref(URL.to_owned());
        let options = MapTileOptions {
            size: 64,
            min: Some(0.0),
            max: Some(360.0),
            colormap: Some("greys".to_owned()),
            ..MapTileOptions::default()
        };
        let tile = workspace.map_tile(&target, 0, 0, 0, &options).await.unwrap();
        assert_eq!(tile.rgba.len(), 64 * 64 * 4);
        let grey = |row: usize, column: usize| tile.rgba[(row * 64 + column) * 4];
        // North is small and dark, south bright, the equator between.
        assert!(grey(0, 3) < 20 && grey(63, 3) > 235);
        assert!((i32::from(grey(32, 3)) - 128).abs() < 4, "{}", grey(32, 3));
        assert!(tile.rgba.iter().skip(3).step_by(4).all(|alpha| *alpha == 255 || *alpha == 0));
        source.reset();
        workspace.map_tile(&target, 0, 0, 0, &options).await.unwrap();
        assert!(source.ranges().is_empty(), "blocks of a picture are kept");
        let wrong = workspace.map_tile(&target, 1, 2, 0, &options).await.unwrap_err();
        assert_eq!(wrong.code(), Code::UsageOption);
    });
}
