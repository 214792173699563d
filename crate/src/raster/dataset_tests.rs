use super::super::{Samples, Window};
use super::*;
use crate::source::{CountingSource, MemorySource};

/// A big-endian classic TIFF of 3 × 2 `int16`, one uncompressed strip, with place, nodata and metadata.
fn tiny() -> Vec<u8> {
    let mut file = b"MM\0\x2a\0\0\0\x08".to_vec();
    let metadata = b"<GDALMetadata><Item name=\"who\">us</Item><Item name=\"S\" sample=\"0\" role=\"scale\">0.5</Item>\
        </GDALMetadata>\0";
    let scale: Vec<u8> = [10.0_f64, 10.0, 0.0].iter().flat_map(|value| value.to_be_bytes()).collect();
    let tiepoint: Vec<u8> =
        [0.0_f64, 0.0, 0.0, 500.0, 900.0, 0.0].iter().flat_map(|value| value.to_be_bytes()).collect();
    let keys: Vec<u8> = [1_u16, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32632]
        .iter()
        .flat_map(|key| key.to_be_bytes())
        .collect();
    let samples: Vec<u8> = [1_i16, -7, 3, 4, 5, 6].iter().flat_map(|value| value.to_be_bytes()).collect();
    // Tag, type, count, value: short values inline, others after the directory.
    let entries: Vec<(u16, u16, u32, Vec<u8>)> = vec![
        (256, 3, 1, vec![0, 3]),
        (257, 3, 1, vec![0, 2]),
        (258, 3, 1, vec![0, 16]),
        (259, 3, 1, vec![0, 1]),
        (273, 4, 1, samples),
        (278, 3, 1, vec![0, 2]),
        (279, 3, 1, vec![0, 12]),
        (339, 3, 1, vec![0, 2]),
        (33550, 12, 3, scale),
        (33922, 12, 6, tiepoint),
        (34735, 3, 16, keys),
        (42112, 2, metadata.len() as u32, metadata.to_vec()),
        (42113, 2, 3, b"-7\0".to_vec()),
    ];
    let mut after = 8 + 2 + 12 * entries.len() as u32 + 4;
    let mut values = Vec::new();
    file.extend((entries.len() as u16).to_be_bytes());
    for (tag, field_type, count, value) in entries {
        file.extend(tag.to_be_bytes());
        file.extend(field_type.to_be_bytes());
        file.extend(count.to_be_bytes());
        if value.len() <= 4 {
            file.extend_from_slice(&value);
            file.extend(vec![0; 4 - value.len()]);
        } else {
            file.extend(after.to_be_bytes());
            after += value.len() as u32;
            values.extend(value);
        }
    }
    file.extend([0; 4]);
    file.extend(values);
    file
}

fn open(bytes: Vec<u8>) -> Result<Dataset> {
    pollster::block_on(Dataset::open(Rc::new(MemorySource::new("tiny.tif", bytes)), Limits::default()))
}

#[test]
fn info_is_the_contracts_json() {
    let info = serde_json::to_value(open(tiny()).unwrap().info()).unwrap();
    let expected = serde_json::json!({
        "width": 3, "height": 2, "bands": 1, "dtype": "int16", "nodata": -7, "crs": "EPSG:32632",
        "geotransform": [500.0, 10.0, 0.0, 900.0, 0.0, -10.0], "bbox": [500.0, 880.0, 530.0, 900.0],
        "tileWidth": 3, "tileHeight": 2, "compression": "none", "predictor": 1, "planar": 1, "overviews": [],
        "masks": 0, "metadata": { "AREA_OR_POINT": "Area", "who": "us" }, "layout": null,
        "bandDescriptions": [null], "scales": [0.5], "offsets": [0.0], "units": [null],
    });
    assert_eq!(info, expected);
}

#[test]
fn a_window_of_the_file_and_one_beyond_it() {
    let source = Rc::new(CountingSource::new(MemorySource::new("tiny.tif", tiny())));
    let dataset = pollster::block_on(Dataset::open(source.clone(), Limits::default())).unwrap();
    let window = Window { left: 1, top: 0, right: 3, bottom: 2 };
    let read = pollster::block_on(dataset.read_window(0, &[0], window)).unwrap();
    assert_eq!(read.samples, Samples::I16(vec![-7, 3, 5, 6]));
    assert_eq!(source.ranges().len(), 1, "a small file is read once");
    assert!(!dataset.nodata(0).is_valid(-7_i16));
    assert_eq!(dataset.unscale(0), (0.5, 0.0));
    let beyond = Window { left: 0, top: 0, right: 4, bottom: 2 };
    let code = |result: Result<_>| result.map(|_| ()).unwrap_err().code();
    assert_eq!(code(pollster::block_on(dataset.read_window(0, &[0], beyond))), Code::UsageWindow);
    assert_eq!(code(pollster::block_on(dataset.read_window(0, &[1], window))), Code::UsageBand);
    assert_eq!(code(pollster::block_on(dataset.read_window(1, &[0], window))), Code::UsageOverview);
}

#[test]
fn a_cut_at_any_byte_is_a_clean_error_or_a_clean_result() {
    let file = tiny();
    for len in 0..file.len() {
        let outcome = open(file[..len].to_vec()).and_then(|dataset| {
            let window = Window { left: 0, top: 0, right: dataset.info().width, bottom: dataset.info().height };
            pollster::block_on(dataset.read_window(0, &[0], window))
        });
        if let Err(error) = outcome {
            assert_eq!(error.kind(), crate::error::ErrorKind::Format, "{len} bytes: {error}");
            assert_eq!(error.location().source.as_deref(), Some("tiny.tif"));
        }
    }
}
