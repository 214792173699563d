//! The `geotiff` crate as an independent reader of a whole file, and our writer's files read back.

use std::io::Cursor;
use std::rc::Rc;

use cogrid::Limits;
use cogrid::raster::{Dataset, Sample, Window};
use cogrid::source::MemorySource;
use cogrid::tiff::write::{self, BandText, CogOptions, CogWriter, CrsCode, Georeference, MemorySpool, Predictor};
use geo_types::Coord;

#[test]
fn the_geotiff_crate_reads_the_same_values_and_place() {
    let (width, height) = (200, 150);
    let options = CogOptions { nodata: Some(-1), ..options(width, height) };
    let file = written(options, |column: u32, row: u32| (column * 7 + row * row) as i32 % 1000 - 1);
    let theirs = geotiff::GeoTiff::read(Cursor::new(&file)).unwrap();
    assert_eq!((theirs.raster_width, theirs.raster_height), (200, 150));
    assert_eq!(theirs.geo_key_directory.geographic_type, Some(4326));

    let ours = open(file);
    assert_eq!(ours.info().crs.as_deref(), Some("EPSG:4326"));
    let extent = theirs.model_extent();
    let bbox = ours.info().bbox.unwrap();
    assert_eq!(bbox[0], extent.min().x);
    assert_eq!(bbox[3], extent.max().y);
    let window = whole(&ours);
    let samples = pollster::block_on(ours.read_window(0, &[0], window)).unwrap();
    let samples = samples.array::<i32>().unwrap();
    let geotransform = ours.geotransform().unwrap();
    for row in 0..height {
        for column in 0..width {
            let (x, y) = geotransform.apply(f64::from(column) + 0.5, f64::from(row) + 0.5);
            let theirs = theirs.get_value_at::<i32>(&Coord { x, y }, 0);
            assert_eq!(Some(samples[[0, row as usize, column as usize]]), theirs, "column {column} row {row}");
        }
    }
}

#[test]
fn what_we_write_is_what_we_read() {
    round_trip::<u8>(|value| value as u8);
    round_trip::<u16>(|value| value as u16);
    round_trip::<u32>(|value| value.wrapping_mul(70_001));
    round_trip::<i8>(|value| value as i8);
    round_trip::<i16>(|value| value as i16);
    round_trip::<i32>(|value| value as i32 - 9);
    round_trip::<f32>(|value| value as f32 * 0.37 - 3.0);
    round_trip::<f64>(|value| f64::from(value).sqrt() - 3.0);
}

/// Three bands, both flavours of TIFF, every predictor of the type.
fn round_trip<T: Sample + write::Sample + std::fmt::Debug>(make: impl Fn(u32) -> T + Copy) {
    let is_float = T::TYPE.is_float();
    for is_big_tiff in [false, true] {
        for predictor in [Predictor::None, Predictor::Horizontal, Predictor::FloatingPoint] {
            if predictor == Predictor::FloatingPoint && !is_float {
                continue;
            }
            let options = CogOptions { bands: 3, is_big_tiff, predictor, is_sparse: true, ..options::<T>(150, 90) };
            // The right part is zero: sparse blocks.
            let value = move |sample: u32, row: u32| make(if sample < 3 * 100 { sample * 31 + row * row } else { 0 });
            let zero = move |sample: u32, row: u32| if sample < 3 * 100 { value(sample, row) } else { T::ZERO };
            let dataset = open(written(options, zero));
            assert_eq!(dataset.info().dtype, T::TYPE.numpy_name());
            assert_eq!(dataset.info().band_descriptions[1].as_deref(), Some("second"));
            assert_eq!(dataset.info().units[1].as_deref(), Some("mm"));
            let window = Window { left: 3, top: 5, right: 150, bottom: 88 };
            let read = pollster::block_on(dataset.read_window(0, &[2, 0], window)).unwrap();
            let samples = read.array::<T>().unwrap();
            for (place, band) in [(0, 2), (1, 0)] {
                for row in window.top..window.bottom {
                    for column in window.left..window.right {
                        let index = [place, (row - window.top) as usize, (column - window.left) as usize];
                        assert_eq!(samples[index], zero(column * 3 + band, row), "{:?} {column} {row}", T::TYPE);
                    }
                }
            }
        }
    }
}

fn options<T: write::Sample>(width: u32, height: u32) -> CogOptions<T> {
    CogOptions {
        block_size_px: 32,
        georeference: Some(Georeference {
            geotransform: [-180.0, 0.5, 0.0, 90.0, 0.0, -0.5],
            crs: Some(CrsCode::Geographic(4326)),
        }),
        band_texts: vec![],
        ..CogOptions::new(width, height)
    }
}

fn written<T: write::Sample>(mut options: CogOptions<T>, value: impl Fn(u32, u32) -> T) -> Vec<u8> {
    if options.bands > 1 {
        let text = |description: &str, unit: &str| BandText {
            description: Some(description.into()),
            units: Some(unit.into()),
        };
        options.band_texts = vec![text("first", ""), text("second", "mm")];
    }
    let (row_len, height) = (options.width_px * u32::from(options.bands), options.height_px);
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap();
    for row in 0..height {
        let samples: Vec<T> = (0..row_len).map(|sample| value(sample, row)).collect();
        writer.push_rows(&samples).unwrap();
    }
    writer.finish_in_memory().unwrap()
}

fn open(file: Vec<u8>) -> Dataset {
    pollster::block_on(Dataset::open(Rc::new(MemorySource::new("written", file)), Limits::default())).unwrap()
}

fn whole(dataset: &Dataset) -> Window {
    Window { left: 0, top: 0, right: dataset.info().width, bottom: dataset.info().height }
}
