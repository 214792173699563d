use serde_json::json;

use super::super::test_support::*;
use super::super::*;

#[test]
fn outlines_are_in_degrees_and_keep_their_shape() {
    pollster::block_on(async {
        let (workspace, _, _) = workspace().await;
        let grid = GridInput::Definition(json!({
            "type": "hexagon", "crs": "EPSG:6933", "cellSize": 100_000, "bounds": [170, -10, -170, 10], "boundsCrs": "EPSG:4326",
        }));
        let target = Target::Ref(URL.to_owned());
        let result =
            workspace.resample(&target, &grid, &asking(&["average"]), &Cancellation::new(), &|_| {}).await.unwrap();
        let mut cells = 0;
        for chunk in &result.chunks {
            let outlines = chunk.outlines.as_ref().unwrap();
            assert_eq!(outlines.vertices.len(), chunk.chunk.cell_count() * 6);
            for cell in outlines.vertices.chunks(6) {
                let longitudes: Vec<f64> = cell.iter().map(|corner| corner.0).collect();
                let width = longitudes.iter().fold(f64::MIN, |a, b| a.max(*b))
                    - longitudes.iter().fold(f64::MAX, |a, b| a.min(*b));
                assert!(width < 3.0, "{cell:?}");
                cells += 1;
            }
        }
        assert_eq!(cells, result.grid.cell_count());
    });
}
