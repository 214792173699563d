use super::*;
use crate::source::MemorySource;
use crate::tiff::write::{CogOptions, CogWriter, CrsCode, Georeference, MemorySpool, Overviews, Predictor};

fn written(options: CogOptions<i16>) -> Vec<u8> {
    let samples = vec![7; options.width_px as usize * options.height_px as usize];
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).unwrap();
    writer.push_rows(&samples).unwrap();
    writer.finish_in_memory().unwrap()
}

fn referenced(width: u32, height: u32) -> CogOptions<i16> {
    CogOptions {
        georeference: Some(Georeference {
            geotransform: [0.0, 0.01, 0.0, 40.0, 0.0, -0.01],
            crs: Some(CrsCode::Geographic(4326)),
        }),
        nodata: Some(-1),
        ..CogOptions::new(width, height)
    }
}

fn findings(file: Vec<u8>, location: &str) -> Diagnosis {
    let source = CountingSource::new(MemorySource::new(location, file));
    pollster::block_on(examine(Rc::new(source), location))
}

fn check<'a>(diagnosis: &'a Diagnosis, name: &str) -> &'a Check {
    diagnosis.checks.iter().find(|check| check.name == name).unwrap()
}

#[test]
fn a_good_file_has_nothing_to_mend() {
    let diagnosis = findings(written(referenced(3000, 2500)), "https://example.org/good.tif");
    for check in &diagnosis.checks {
        assert_eq!((check.status, check.fix.as_deref()), (CheckStatus::Ok, None), "{check:?}");
    }
    assert_eq!(check(&diagnosis, "crs").message, "EPSG:4326");
    assert_eq!(check(&diagnosis, "header").message, "opens with one request of 32 KiB");
    assert_eq!(check(&diagnosis, "nodata").message, "-1");
    assert_eq!(diagnosis.info.unwrap().width, 3000);
}

#[test]
fn what_is_missing_comes_with_the_command_that_mends_it() {
    let options = CogOptions {
        overviews: Overviews::None,
        deflate: None,
        predictor: Predictor::None,
        georeference: None,
        ..referenced(5000, 3000)
    };
    let diagnosis = findings(written(options), "https://example.org/a/my plants.tif?key=1");
    let status = |name: &str| check(&diagnosis, name).status;
    assert_eq!(status("overviews"), CheckStatus::Problem);
    assert_eq!(status("compression"), CheckStatus::Warning);
    assert_eq!((status("crs"), status("georeference")), (CheckStatus::Problem, CheckStatus::Problem));
    assert_eq!(
        check(&diagnosis, "compression").fix.as_deref(),
        Some("gdal_translate -of COG -co COMPRESS=DEFLATE -co PREDICTOR=YES 'my plants.tif' 'my plants_cog.tif'")
    );
    let fix = check(&diagnosis, "overviews").fix.clone().unwrap();
    assert!(fix.ends_with("gdaladdo -r average 'my plants.tif' 2 4 8)"), "{fix}");
    assert!(check(&diagnosis, "crs").fix.clone().unwrap().starts_with("gdal_edit.py -a_srs EPSG:"));
    assert_eq!(status("pixels"), CheckStatus::Ok);
}

#[test]
fn directories_at_the_end_are_seen() {
    // The directory of a small file moved behind its pixels.
    let mut file = written(referenced(600, 400));
    file.resize(file.len() + (64 << 10), 0);
    let end = file.len();
    let first = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    let entries = usize::from(u16::from_le_bytes(file[first..first + 2].try_into().unwrap()));
    let directory = file[first..first + 2 + entries * 12].to_vec();
    file.extend_from_slice(&directory);
    file.extend_from_slice(&[0; 4]);
    file[4..8].copy_from_slice(&(end as u32).to_le_bytes());
    let diagnosis = findings(file, "end.tif");
    let header = check(&diagnosis, "header");
    assert_eq!(header.status, CheckStatus::Warning, "{header:?}");
    assert!(header.message.contains(&format!("the first is at byte {end}")), "{header:?}");
    assert!(header.fix.clone().unwrap().starts_with("gdal_translate -of COG"));
}

#[test]
fn what_is_no_tiff_is_told() {
    let diagnosis = findings(b"<html>not found</html>".to_vec(), "page.html");
    assert_eq!((diagnosis.checks.len(), diagnosis.info), (1, None));
    assert_eq!(diagnosis.checks[0].status, CheckStatus::Problem);
    assert!(diagnosis.checks[0].message.starts_with("format.not_tiff"));
}
