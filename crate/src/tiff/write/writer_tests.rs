use super::super::options::{BandText, CrsCode, Deflate, Georeference, Predictor};
use super::super::spool::MemorySpool;
use super::*;

/// A file of `value(column, row)`, its rows pushed `step` at a time.
fn write<T: Sample>(options: CogOptions<T>, step: usize, value: impl Fn(u32, u32) -> T) -> Vec<u8> {
    let (width, height) = (options.width_px * u32::from(options.bands), options.height_px);
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap();
    let rows: Vec<Vec<T>> = (0..height).map(|row| (0..width).map(|column| value(column, row)).collect()).collect();
    for part in rows.chunks(step) {
        writer.push_rows(&part.concat()).unwrap();
    }
    let mut file = Vec::new();
    let len_bytes = writer
        .finish(&mut |bytes| {
            file.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
    assert_eq!(len_bytes, file.len() as u64);
    file
}

fn small<T: Sample>(width: u32, height: u32) -> CogOptions<T> {
    CogOptions {
        block_size_px: 64,
        georeference: Some(Georeference {
            geotransform: [-180.0, 0.5, 0.0, 90.0, 0.0, -0.5],
            crs: Some(CrsCode::Geographic(4326)),
        }),
        ..CogOptions::new(width, height)
    }
}

#[test]
fn the_bytes_do_not_depend_on_how_rows_arrive() {
    let options = || CogOptions { nodata: Some(-1), ..small(333, 257) };
    let value = |column, row| (column * row) as i32 % 97 - 1;
    let whole = write(options(), 257, value);
    assert_eq!(whole, write(options(), 1, value));
    assert_eq!(whole, write(options(), 70, value));
}

#[test]
fn levels_halve_until_one_block_holds_them() {
    assert_eq!(
        level_sizes(&small::<u8>(675, 1351)),
        [(675, 1351), (337, 675), (168, 337), (84, 168), (42, 84), (21, 42)].map(|s| s)[..].to_vec()
    );
    assert_eq!(level_sizes(&small::<u8>(64, 64)), [(64, 64)]);
    assert_eq!(level_sizes(&small::<u8>(200, 1)), [(200, 1), (100, 1), (50, 1)]);
    assert_eq!(level_sizes(&CogOptions { overviews: Overviews::None, ..small::<u8>(675, 1351) }).len(), 1);
}

#[test]
fn structural_metadata_is_gdals_and_blocks_have_leader_and_trailer() {
    let file = write(small::<u16>(100, 80), 16, |column, row| (column + row) as u16);
    assert_eq!(&file[8..51], b"GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\n");
    assert_eq!(&file[51..74], b"LAYOUT=IFDS_BEFORE_DATA");
    // The last block of the file is the full resolution's last; its trailer repeats its end.
    assert_eq!(file[file.len() - 4..], file[file.len() - 8..file.len() - 4]);
}

#[test]
fn missing_and_surplus_rows_are_named() {
    let mut writer = CogWriter::new(small::<u8>(10, 3), |_| Ok(MemorySpool::default())).unwrap();
    writer.push_rows(&[0; 20]).unwrap();
    assert_eq!(writer.push_rows(&[0; 7]).unwrap_err().code(), Code::UsageCog);
    assert_eq!(writer.push_rows(&[0; 20]).unwrap_err().code(), Code::UsageCog);
    assert_eq!(writer.finish(&mut |_| Ok(())).unwrap_err().code(), Code::UsageCog);
}

#[test]
fn contradicting_settings_are_refused() {
    for options in [
        CogOptions { block_size_px: 100, ..small::<u8>(10, 3) },
        CogOptions { predictor: Predictor::FloatingPoint, ..small(10, 3) },
        CogOptions { deflate: None, ..small(10, 3) },
        CogOptions { bands: 0, ..small(10, 3) },
        CogOptions { band_texts: vec![BandText::default(); 2], ..small(10, 3) },
    ] {
        assert_eq!(CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap_err().code(), Code::UsageCog);
    }
}

/// The `geotiff` crate is an independent reader; it has no BigTIFF and no predictor 2 for 64 bits.
#[test]
fn an_independent_reader_finds_the_pixels() {
    fn check<T: Sample>(options: CogOptions<T>, value: impl Fn(u32, u32) -> T, as_f64: impl Fn(T) -> f64) {
        let what = format!("{options:?}");
        let file = write(options, 50, &value);
        let tiff = geotiff::GeoTiff::read(std::io::Cursor::new(file)).unwrap();
        assert_eq!((tiff.raster_width, tiff.raster_height), (150, 130), "{what}");
        for (column, row) in [(0, 0), (149, 129), (63, 64), (64, 63), (77, 101)] {
            let (x, y) = (-180.0 + 0.5 * (f64::from(column) + 0.5), 90.0 - 0.5 * (f64::from(row) + 0.5));
            let got: f64 = tiff.get_value_at(&(x, y).into(), 0).unwrap();
            assert_eq!(got, as_f64(value(column, row)), "{what} at column {column} row {row}");
        }
    }
    let ramp = |column: u32, row: u32| column * 3 + row * 7;
    for (deflate, predictor) in [
        (None, Predictor::None),
        (Some(Deflate::default()), Predictor::None),
        (Some(Deflate { level: 9 }), Predictor::Horizontal),
    ] {
        check(CogOptions { deflate, predictor, ..small(150, 130) }, |c, r| ramp(c, r) as u8, f64::from);
        check(CogOptions { deflate, predictor, ..small(150, 130) }, |c, r| ramp(c, r) as i16 - 700, f64::from);
        check(CogOptions { deflate, predictor, ..small(150, 130) }, |c, r| ramp(c, r) * 1_000_003, f64::from);
        check(CogOptions { deflate, predictor, ..small(150, 130) }, |c, r| -(ramp(c, r) as i32), f64::from);
    }
    let predictor = Predictor::FloatingPoint;
    check(CogOptions { predictor, ..small(150, 130) }, |c, r| ramp(c, r) as f32 * 0.1 - 40.0, f64::from);
    check(CogOptions { predictor, ..small(150, 130) }, |c, r| f64::from(ramp(c, r)).sqrt(), |v| v);
}
