use super::super::test_support::*;
use super::super::*;
use crate::error::Code;

#[test]
fn names_are_unique_and_near_ones_are_offered() {
    pollster::block_on(async {
        let (workspace, host, _) = workspace().await;
        host.put("https://example.org/other.tif", world(5.0));
        let named = |name: &str| RegisterOptions { name: Some(name.to_owned()), ..RegisterOptions::default() };
        let target = Target::Ref(URL.to_owned());
        let first = workspace.register(&target, named("plants")).await.unwrap();
        assert_eq!(workspace.register(&target, named("plants")).await.unwrap().id, first.id);
        let other = Target::Ref("https://example.org/other.tif".to_owned());
        let taken = workspace.register(&other, named("plants")).await.unwrap_err();
        assert_eq!(taken.code(), Code::UsageNameTaken);
        let unknown = workspace.source("plamts").await.unwrap_err();
        assert_eq!(unknown.code(), Code::UsageUnknownSource);
        assert!(unknown.hint().unwrap().contains("did you mean \"plants\"?"));
        workspace.remove_source("plants").await.unwrap();
        assert!(workspace.sources().await.unwrap().is_empty());
    });
}

#[test]
fn a_removed_source_takes_its_results_along() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        workspace.register(&Target::Ref(URL.to_owned()), RegisterOptions::default()).await.unwrap();
        run(&workspace, "world.tif", &asking(&["average"])).await.unwrap();
        let results = workspace.results().await.unwrap();
        assert_eq!((results.len(), results[0].source.as_str(), results[0].complete), (1, "world.tif", true));
        workspace.remove_source("world.tif").await.unwrap();
        assert!(workspace.results().await.unwrap().is_empty());
        assert_eq!(workspace.remove_result("r_gone").await.unwrap_err().code(), Code::UsageUnknownResult);
    });
}
