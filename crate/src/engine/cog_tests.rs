//! Written, then read back by the crate's own reader.

use std::rc::Rc;

use serde_json::json;

use super::*;
use crate::grid::GridDefinition;
use crate::limits::Limits;
use crate::raster::{Dataset, Samples, Window};
use crate::source::MemorySource;

fn grid(definition: &serde_json::Value) -> Grid {
    Grid::new(&GridDefinition::from_value(definition).unwrap()).unwrap()
}

/// Every cell's value is its column plus a hundredth of its row.
fn chunks(grid: &Grid) -> Vec<ResultChunk> {
    let value = |cell: Cell| cell.column as f64 + cell.row as f64 / 100.0;
    (0..grid.chunk_count())
        .map(|index| {
            let chunk = grid.chunk(index);
            let values: Vec<f64> = chunk.cells().map(value).collect();
            let confidence = vec![0.5; values.len()];
            ResultChunk { chunk, columns: vec![("average".to_owned(), values)], confidence, outlines: None }
        })
        .collect()
}

#[test]
fn a_pixel_is_a_cell_where_the_cell_is() {
    let grid =
        grid(&json!({"type": "square", "crs": "EPSG:6933", "cellSize": 1000, "bounds": [-2000, 3000, 1000, 5000]}));
    let file = cog(&grid, &chunks(&grid), u64::MAX).unwrap();
    pollster::block_on(async {
        let source = Rc::new(MemorySource::new("cells.tif", file));
        let dataset = Dataset::open(source, Limits::default()).await.unwrap();
        let info = dataset.info();
        assert_eq!((info.width, info.height, info.bands, info.dtype), (3, 2, 2, "float64"));
        assert_eq!(info.geotransform, Some([-2000.0, 1000.0, 0.0, 5000.0, 0.0, -1000.0]));
        assert_eq!(dataset.crs().unwrap().name(), "EPSG:6933");
        assert!(info.layout.is_some());
        assert_eq!(info.band_descriptions, [Some("average".to_owned()), Some("confidence".to_owned())]);
        let window = Window { left: 0, top: 0, right: 3, bottom: 2 };
        let samples = dataset.read_window(0, &[0, 1], window).await.unwrap().samples;
        let row = |row: f64| [-2.0, -1.0, 0.0].map(|column| column + row / 100.0);
        assert_eq!(samples, Samples::F64([row(4.0), row(3.0), [0.5; 3], [0.5; 3]].concat()));
    });
}

#[test]
fn other_grids_and_crs_are_refused() {
    let hexagons =
        grid(&json!({"type": "hexagon", "crs": "EPSG:6933", "cellSize": 1000, "bounds": [0, 0, 5000, 5000]}));
    assert_eq!(cog(&hexagons, &chunks(&hexagons), u64::MAX).unwrap_err().code(), Code::UsageOutput);
    let esri = grid(&json!({"type": "square", "crs": "ESRI:54009", "cellSize": 1000, "bounds": [0, 0, 5000, 5000]}));
    assert_eq!(cog(&esri, &chunks(&esri), u64::MAX).unwrap_err().code(), Code::UsageOutput);
    let squares = grid(&json!({"type": "square", "crs": "EPSG:6933", "cellSize": 1000, "bounds": [0, 0, 5000, 5000]}));
    assert_eq!(cog(&squares, &chunks(&squares), 100).unwrap_err().code(), Code::LimitExceeded);
    assert_eq!(cog(&squares, &[], u64::MAX).unwrap_err().code(), Code::UsageOutput);
}
