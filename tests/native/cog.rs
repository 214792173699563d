//! Files of our writer as others see them: GDAL's own validator of COGs, GDAL's reading, and our reader.

use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;

use cogrid::Limits;
use cogrid::raster::{Dataset, Window};
use cogrid::source::MemorySource;
use cogrid::tiff::write::{
    BandText, CogOptions, CogWriter, CrsCode, Deflate, Georeference, MemorySpool, Overviews, Predictor, Sample,
};

/// Every sample type with every predictor that it takes, through our reader.
#[test]
fn our_reader_finds_what_was_written() {
    for predictor in [Predictor::None, Predictor::Horizontal] {
        round_trip(predictor, |v| v as u8, f64::from);
        round_trip(predictor, |v| v as i8, f64::from);
        round_trip(predictor, |v| v, f64::from);
        round_trip(predictor, |v| v as i16, f64::from);
        round_trip(predictor, |v| v as u32 * 65_521, f64::from);
        round_trip(predictor, |v| -(v as i32) * 65_521, f64::from);
        round_trip(predictor, |v| v as u64 * 1_000_003, |v| v as f64);
        round_trip(predictor, |v| v as i64 * -1_000_003, |v| v as f64);
    }
    for predictor in [Predictor::None, Predictor::Horizontal, Predictor::FloatingPoint] {
        round_trip(predictor, |v| v as f32 * 0.1 - 40.0, f64::from);
        round_trip(predictor, |v| f64::from(v).sqrt(), |v| v);
    }
}

#[test]
fn overviews_nodata_texts_and_places_come_back() {
    let options = CogOptions {
        nodata: Some(-1),
        band_texts: vec![BandText { description: Some("a & b".into()), units: Some("mm".into()) }],
        ..options(WIDTH, HEIGHT)
    };
    let dataset = open(write(options, |column, row| if column < 100 { -1 } else { (column + row) as i32 }));
    let info = serde_json::to_value(dataset.info()).expect("info is JSON");
    assert_eq!(info["nodata"], -1);
    assert_eq!(info["crs"], "EPSG:4326");
    assert_eq!(info["geotransform"], serde_json::json!([-180.0, 0.5, 0.0, 90.0, 0.0, -0.5]));
    assert_eq!((info["predictor"].as_i64(), info["tileWidth"].as_i64()), (Some(2), Some(64)));
    assert_eq!(
        info["overviews"],
        serde_json::json!([{"width": 150, "height": 101}, {"width": 75, "height": 50}, {"width": 37, "height": 25}])
    );
    // Columns 200 and 201, rows 0, 1 and the hundredth of row 2 that 203 rows onto 101 leave: 201.007, an integer.
    let window = Window { left: 100, top: 0, right: 101, bottom: 1 };
    let samples = pollster::block_on(dataset.read_window(1, &[0], window)).expect("a pixel is read");
    assert_eq!(samples.samples.to_f64(0), Some(201.0));
}

#[test]
fn big_tiff_and_sparse_files_are_read() {
    let big = CogOptions { is_big_tiff: true, ..options(WIDTH, HEIGHT) };
    let bytes = write(big, |column, row| (column ^ row) as u16);
    assert_eq!(bytes[2], 43);
    assert_eq!(pixel(&open(bytes), 200, 150), f64::from(200u16 ^ 150));
    let sparse = CogOptions { nodata: Some(7), is_sparse: true, ..options(WIDTH, HEIGHT) };
    let dataset = open(write(sparse, |column, _| if column < 128 { 7u8 } else { 9 }));
    assert_eq!(pixel(&dataset, 10, 10), 7.0);
    assert_eq!(pixel(&dataset, 130, 10), 9.0);
}

/// `validate_cloud_optimized_geotiff` with all its checks, and `gdalinfo`, where the machine has them.
#[test]
fn gdal_calls_it_a_valid_cog() {
    let folder = std::env::temp_dir().join(format!("cogrid-cog-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for files");
    let file = |name: &str, bytes: Vec<u8>| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("a file is written");
        path
    };
    let paths = [
        file("deflate.tif", write(options(WIDTH, HEIGHT), |column, row| (column * row) as i32)),
        file(
            "plain.tif",
            write(CogOptions { deflate: None, predictor: Predictor::None, ..options(WIDTH, HEIGHT) }, |c, r| {
                (c * r) as u8
            }),
        ),
        file(
            "float.tif",
            write(CogOptions { nodata: Some(f32::NAN), ..options(WIDTH, HEIGHT) }, |c, r| (c * r) as f32),
        ),
        file("big.tif", write(CogOptions { is_big_tiff: true, ..options(WIDTH, HEIGHT) }, |c, r| (c * r) as f64)),
        file(
            "bands.tif",
            write(CogOptions { bands: 3, overviews: Overviews::Nearest, ..options(WIDTH, HEIGHT) }, |c, r| {
                (c * r) as u16
            }),
        ),
        file("sparse.tif", write(CogOptions { is_sparse: true, ..options(WIDTH, HEIGHT) }, |c, _| u8::from(c > 200))),
    ];
    for path in &paths {
        validate(path);
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes away");
}

fn validate(path: &PathBuf) {
    let script = "import sys\nfrom osgeo_utils.samples import validate_cloud_optimized_geotiff as v\n\
        warnings, errors, _ = v.validate(sys.argv[1], full_check=True)\nprint(warnings, errors)\nsys.exit(bool(warnings or errors))";
    // Debian keeps GDAL's module beside its own Python, whichever comes first on PATH.
    let python = ["/usr/bin/python3", "python3"].into_iter().find(|python| {
        let output = Command::new(python).args(["-c", "import osgeo_utils"]).output();
        output.is_ok_and(|output| output.status.success())
    });
    let Some(python) = python else { return eprintln!("skipped: no GDAL for Python to validate with") };
    let output = Command::new(python).args(["-c", script]).arg(path).output().expect("Python runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {text}", path.display());
    let info = Command::new("gdalinfo").arg("-json").arg(path).output().expect("GDAL's module comes with its commands");
    let info: serde_json::Value = serde_json::from_slice(&info.stdout).expect("gdalinfo prints JSON");
    assert_eq!(info["metadata"]["IMAGE_STRUCTURE"]["LAYOUT"], "COG", "{}", path.display());
    assert_eq!(info["bands"][0]["overviews"].as_array().map(Vec::len), Some(3), "{}", path.display());
}

fn round_trip<T: Sample>(predictor: Predictor, value: impl Fn(u16) -> T, number: impl Fn(T) -> f64) {
    let deflate = (predictor != Predictor::None).then(Deflate::default);
    let options = CogOptions { predictor, deflate, ..options::<T>(WIDTH, HEIGHT) };
    let at = |column: u32, row: u32| value((column * 3 + row * 7) as u16 % 120);
    let what = format!("{options:?}");
    let dataset = open(write(options, at));
    for (column, row) in [(0, 0), (63, 64), (299, 202), (128, 1)] {
        assert_eq!(pixel(&dataset, column, row), number(at(column, row)), "{what} at column {column} row {row}");
    }
}

fn options<T: Sample>(width: u32, height: u32) -> CogOptions<T> {
    let geotransform = [-180.0, 0.5, 0.0, 90.0, 0.0, -0.5];
    CogOptions {
        block_size_px: 64,
        georeference: Some(Georeference { geotransform, crs: Some(CrsCode::Geographic(4326)) }),
        ..CogOptions::new(width, height)
    }
}

fn write<T: Sample>(options: CogOptions<T>, value: impl Fn(u32, u32) -> T) -> Vec<u8> {
    let (width, height, bands) = (options.width_px, options.height_px, options.bands);
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).expect("the options are sound");
    for row in 0..height {
        let pixels = (0..width).flat_map(|column| (0..bands).map(move |band| (column + u32::from(band), row)));
        let samples: Vec<T> = pixels.map(|(column, row)| value(column, row)).collect();
        writer.push_rows(&samples).expect("a row fits");
    }
    writer.finish_in_memory().expect("all rows are there")
}

fn open(bytes: Vec<u8>) -> Dataset {
    let source = Rc::new(MemorySource::new("written.tif", bytes));
    pollster::block_on(Dataset::open(source, Limits::default())).expect("our own file is readable")
}

fn pixel(dataset: &Dataset, column: u32, row: u32) -> f64 {
    let window = Window { left: column, top: row, right: column + 1, bottom: row + 1 };
    let samples = pollster::block_on(dataset.read_window(0, &[0], window)).expect("a pixel is read");
    samples.samples.to_f64(0).expect("a window of one pixel has one")
}

const WIDTH: u32 = 300;
const HEIGHT: u32 = 203;
