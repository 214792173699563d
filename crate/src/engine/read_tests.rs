use super::super::test_support::*;
use super::super::*;
use crate::error::Code;

#[test]
fn statistics_points_and_windows_agree_with_the_formula() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        let target = Target::Ref(URL.to_owned());
        let statistics = workspace.statistics(&target, &StatisticsOptions::default()).await.unwrap();
        assert_eq!(statistics.count, 720 * 360 - 400);
        assert_eq!(statistics.min, Some(0.0));
        // The hole lies around the centre, where the value is the mean.
        assert!((statistics.mean.unwrap() - (359.0 / 2.0 + 0.01 * 719.0 / 2.0)).abs() < 1e-4);
        let here = workspace.point(&target, -59.9, 9.9, &PointOptions::default()).await.unwrap();
        assert_eq!((here.values, here.band_names), (vec![Some(f64::from(162.4_f32))], vec!["b1".to_owned()]));
        let hole = workspace.point(&target, 0.1, 0.1, &PointOptions::default()).await.unwrap();
        assert_eq!(hole.values, [None]);
        // A place is the same a turn further on.
        let wrapped = workspace.point(&target, 300.1, 9.9, &PointOptions::default()).await.unwrap();
        assert_eq!(wrapped.values, [Some(f64::from(162.4_f32))]);
        let outside = workspace.point(&target, 0.0, 91.0, &PointOptions::default()).await.unwrap_err();
        assert_eq!(outside.code(), Code::UsageOutside);
        let options = ReadOptions { band: Some(1), window: Some([10, 20, 12, 21]), ..ReadOptions::default() };
        let reading = workspace.read(&target, &options).await.unwrap();
        assert_eq!((reading.dtype, reading.shape), ("float32", vec![1, 2]));
        assert_eq!(reading.samples, crate::raster::Samples::F32(vec![20.1, 20.11]));
    });
}
