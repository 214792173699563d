use serde_json::{Value, json};

use super::super::test_support::*;
use super::super::*;
use crate::error::Code;

#[test]
fn grids_are_the_same_by_rule_and_name() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        let rule = json!({"type": "square", "crs": "EPSG:6933", "cellSize": 5000, "bounds": [0, 0, 50_000, 50_000]});
        let unnamed = workspace.add_grid(&rule, None).await.unwrap();
        assert_eq!(workspace.add_grid(&rule, None).await.unwrap().id, unnamed.id);
        let named = workspace.add_grid(&rule, Some("fine".to_owned())).await.unwrap();
        assert_ne!(named.id, unnamed.id);
        let mut other: Value = rule.clone();
        other["cellSize"] = json!(10_000);
        let taken = workspace.add_grid(&other, Some("fine".to_owned())).await.unwrap_err();
        assert_eq!(taken.code(), Code::UsageNameTaken);
        assert_eq!(workspace.grid("fime").await.unwrap_err().code(), Code::UsageUnknownGrid);
        workspace.remove_grid("fine").await.unwrap();
        assert_eq!(workspace.grids().await.unwrap().len(), 1);
    });
}

#[test]
fn zones_are_stored_once_and_their_results_found_by_a_digest() {
    pollster::block_on(async {
        let (workspace, _, source) = workspace().await;
        let square = |west: f64| json!({"type":"Polygon","coordinates":[[[west,0],[west+8.0,0],[west+8.0,8],[west,8],[west,0]]]});
        let feature =
            |id: &str, west: f64| json!({"type":"Feature","id":id,"properties":{"name":id},"geometry":square(west)});
        let features = json!({"type":"FeatureCollection","features":[feature("west", -60.0), feature("seam", 176.0)]});
        let definition = json!({"type":"zones","features":features});
        let target = Target::Ref(URL.to_owned());
        let (options, never) = (asking(&["average", "count"]), Cancellation::new());
        let stored = workspace.add_grid(&definition, Some("mine".to_owned())).await.unwrap();
        assert_eq!((stored.cells, stored.definition["features"]["features"][1]["id"].as_str()), (2, Some("seam")));
        let described = workspace.grid_descriptions().await.unwrap();
        let description = &described[0].definition;
        assert_eq!((described.len(), &described[0].name, described[0].cells), (1, &"mine".to_owned(), 2));
        assert!(description.get("features").is_none() && description["digest"].is_string());
        assert_eq!((&description["zones"], &description["bounds"]), (&json!(2), &json!([-60.0, 0.0, 184.0, 8.0])));
        let first =
            workspace.resample(&target, &GridInput::Definition(definition), &options, &never, &|_| {}).await.unwrap();
        let (_, counts) = &first.chunks[0].columns[1];
        assert_eq!(counts, &[256.0, 256.0]);
        let outlines = first.chunks[0].outlines.as_ref().unwrap();
        assert_eq!((outlines.vertices[4], outlines.ring_ends.as_slice()), ((176.0, 0.0), [4, 8].as_slice()));
        let listed = workspace.results().await.unwrap();
        assert_eq!((listed.len(), listed[0].grid.as_deref()), (1, Some("mine")));
        assert!(listed[0].definition.get("features").is_none() && listed[0].definition.get("digest").is_some());
        let described = GridInput::Definition(description.clone());
        let same = workspace.resample(&target, &described, &options, &never, &|_| {}).await.unwrap();
        assert_eq!(bits(&same), bits(&first));
        source.reset();
        let summary = GridInput::Definition(listed[0].definition.clone());
        let again = workspace.resample(&target, &summary, &options, &never, &|_| {}).await.unwrap();
        assert!(source.ranges().is_empty());
        assert_eq!(bits(&again), bits(&first));
        workspace.remove_grid("mine").await.unwrap();
        let lost = workspace.resample(&target, &summary, &options, &never, &|_| {}).await.unwrap_err();
        assert_eq!(lost.code(), Code::UsageUnknownGrid);
    });
}
