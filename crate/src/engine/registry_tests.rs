use std::rc::Rc;

use super::super::test_support::*;
use super::super::*;
use crate::error::Code;
use crate::source::{MemorySource, RangeReader};

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

#[test]
fn files_of_one_name_are_told_apart() {
    pollster::block_on(async {
        let (workspace, ..) = workspace().await;
        let file = |name: &str, offset: f64| -> Target {
            Target::Reader(Rc::new(MemorySource::new(name, world(offset))) as Rc<dyn RangeReader>)
        };
        let register = async |target: &Target, name: Option<&str>| {
            let options = RegisterOptions { name: name.map(str::to_owned), ..RegisterOptions::default() };
            workspace.register(target, options).await.unwrap()
        };
        let corner = async |id: &str| {
            let options = ReadOptions { window: Some([0, 0, 1, 1]), ..ReadOptions::default() };
            workspace.read(&Target::Ref(id.to_owned()), &options).await.unwrap().samples
        };
        let first = register(&file("rain.tif", 1.0), None).await;
        let second = register(&file("rain.tif", 2.0), None).await;
        assert_eq!((first.location.as_str(), first.name.as_str()), ("file:rain.tif", "rain.tif"));
        assert_eq!((second.location.as_str(), second.name.as_str()), ("file:rain.tif (2)", "rain.tif (2)"));
        assert_ne!(first.id, second.id);
        assert_ne!(corner(&first.id).await, corner(&second.id).await);
        // The same files again, by themselves and under another name.
        assert_eq!(register(&file("rain.tif", 2.0), None).await.id, second.id);
        assert_eq!(register(&file("rain.tif", 1.0), Some("wet")).await.location, first.location);
        assert_eq!(corner(&second.id).await, corner("rain.tif (2)").await);
        // A name says which one is meant, a path which file.
        let anew = register(&file("rain.tif", 3.0), Some("rain.tif (2)")).await;
        assert_eq!((&anew.id, &anew.location), (&second.id, &second.location));
        assert_ne!(anew.fingerprint, second.fingerprint);
        let path = register(&file("/data/rain.tif", 1.0), None).await;
        let edited = register(&file("/data/rain.tif", 4.0), None).await;
        assert_eq!((path.location.as_str(), &path.location), ("file:/data/rain.tif", &edited.location));
        // What could not be opened takes no number.
        let broken = Target::Reader(Rc::new(MemorySource::new("rain.tif", vec![0; 99])) as Rc<dyn RangeReader>);
        assert!(workspace.register(&broken, RegisterOptions::default()).await.is_err());
        assert_eq!(register(&file("rain.tif", 5.0), None).await.location, "file:rain.tif (3)");
        workspace.remove_source(&second.id).await.unwrap();
        assert_eq!(register(&file("rain.tif", 6.0), None).await.location, "file:rain.tif (2)");
    });
}
