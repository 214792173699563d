//! Real files against what GDAL says of them, bit for bit.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use cogrid::raster::{Dataset, Nodata, Samples, Window};
use cogrid::source::FileSource;
use cogrid::{Error, Limits};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::shared_data;

#[test]
fn real_and_odd_files_agree_with_gdal() {
    let Some(root) = shared_data::root() else { return };
    let mut tally = Tally::default();
    for folder in ["dev/real", "dev/format"] {
        for entry in shared_data::entries(&root, folder) {
            compare(&root, &entry, &mut tally);
        }
    }
    eprintln!("{} files, {} bands compared bit for bit; facts compared: {:?}", tally.files, tally.bands, tally.facts);
    for (reason, files) in &tally.unsupported {
        eprintln!("not read, {reason}: {} files: {}", files.len(), files.join(" "));
    }
    for (what, files) in &tally.known {
        eprintln!("known difference, {what}: {}", files.join(" "));
    }
    assert!(tally.wrong.is_empty(), "{} differences:\n{}", tally.wrong.len(), tally.wrong.join("\n"));
    assert!(tally.bands > 150, "expected most of the files to be read, got {} bands", tally.bands);
}

#[derive(Default)]
struct Tally {
    files: usize,
    bands: usize,
    facts: BTreeMap<&'static str, usize>,
    unsupported: BTreeMap<String, Vec<String>>,
    known: BTreeMap<&'static str, Vec<String>>,
    wrong: Vec<String>,
}

impl Tally {
    fn fact(&mut self, file: &str, what: &'static str, is_equal: bool, detail: impl FnOnce() -> String) {
        *self.facts.entry(what).or_default() += 1;
        if is_equal {
            return;
        }
        match KNOWN.iter().find(|(name, fact, _)| file.ends_with(name) && *fact == what) {
            Some((_, _, why)) => self.known.entry(why).or_default().push(file.to_owned()),
            None => self.wrong.push(format!("{file}: {what}: {}", detail())),
        }
    }
}

/// Where we and GDAL differ on purpose: file, fact, why.
const KNOWN: &[(&str, &str, &str)] = &[
    ("gdal__rgbsmall_cmyk.tif", "samples", "GDAL turns CMYK into RGBA, we hand out what is stored"),
    ("no_kv_CD_above_Ell_ETRS89_v2021a.tif", "crs", "GDAL names the 3D CRS of the vertical key, we the horizontal one"),
    ("nt_20201024_f18_nrt_s.tif", "crs", "the keys spell the CRS out and name no code; rasterio looks up which it is"),
];

fn compare(root: &Path, entry: &Value, tally: &mut Tally) {
    let file = entry["file"].as_str().unwrap();
    if entry["expect"] == "gdal-refuses" {
        return;
    }
    let source = FileSource::open(root.join(file)).unwrap();
    let dataset = match pollster::block_on(Dataset::open(Rc::new(source), Limits::default())) {
        Ok(dataset) => dataset,
        Err(error) => return refused(file, &error, tally),
    };
    facts(file, &dataset, &entry["gdal"], tally);
    let lossy_most = (entry["compare"] != "exact")
        .then(|| if entry["compare"].as_str().unwrap().contains("64") { 64.0 } else { 2.0 });
    let info = dataset.info();
    let (width, height) = (info.width, info.height);
    let mut any = false;
    for (band0, band) in entry["gdal"]["bands"].as_array().into_iter().flatten().enumerate() {
        let Some(expected) = band["sha256"].as_str() else { continue };
        let window = Window { left: 0, top: 0, right: width, bottom: height };
        match pollster::block_on(dataset.read_window(0, &[band0 as u16], window)) {
            Ok(read) => {
                any = true;
                let is_equal = sha256(&read.samples) == expected;
                if let Some(most) = lossy_most
                    && !is_equal
                {
                    let difference = difference(&read.samples, width, band);
                    tally.fact(file, "samples of lossy blocks", difference.0 <= 1.0 && difference.1 <= most, || {
                        format!("band {}: means differ by {}, samples by {}", band0 + 1, difference.0, difference.1)
                    });
                } else {
                    tally.fact(file, "samples", is_equal, || format!("band {}: sha256 differs", band0 + 1));
                }
                tally.bands += 1;
            }
            Err(error) => return refused(file, &error, tally),
        }
    }
    tally.files += usize::from(any);
    validity(file, &dataset, &entry["gdal"], tally);
}

/// Masks and alpha of the file's first band.
fn validity(file: &str, dataset: &Dataset, gdal: &Value, tally: &mut Tally) {
    let Some(zeros) = gdal["mask_zero"].as_u64() else { return };
    let info = dataset.info();
    let window = Window { left: 0, top: 0, right: info.width, bottom: info.height };
    let read = match pollster::block_on(dataset.read_masked_window(0, &[0], window)) {
        Ok(read) => read,
        Err(error) => return refused(file, &error, tally),
    };
    let validity = read.validity.unwrap_or_else(|| vec![true; read.samples.len()]);
    let masked = validity.iter().filter(|&&is_valid| !is_valid).count() as u64;
    tally.fact(file, "masked pixels", masked == zeros, || format!("expected {zeros}, got {masked}"));
    let is_alpha = gdal["mask_flags"][0].as_array().is_some_and(|flags| flags.iter().any(|flag| flag == "alpha"));
    if !is_alpha && let Some(expected) = gdal["mask_sha256"].as_str() {
        let mask = Samples::U8(validity.into_iter().map(|is_valid| if is_valid { 255 } else { 0 }).collect());
        tally.fact(file, "mask", sha256(&mask) == expected, || "sha256 differs".to_owned());
    }
}

/// How far the band's mean, and the samples that the manifest lists, are from GDAL's, whose decoder differs from build
/// to build.
fn difference(samples: &Samples, width: u32, band: &Value) -> (f64, f64) {
    let count = samples.len();
    let sum: f64 = (0..count).filter_map(|index| samples.to_f64(index)).sum();
    let mean = (sum / count as f64 - band["mean"].as_f64().unwrap()).abs();
    let listed = band["pixels_row_col_value"].as_array().into_iter().flatten();
    let most = listed.map(|pixel| {
        let at = |index: usize| pixel[index].as_f64().unwrap();
        let index = at(0) as usize * width as usize + at(1) as usize;
        (samples.to_f64(index).unwrap() - at(2)).abs()
    });
    (mean, most.fold(0.0, f64::max))
}

fn facts(file: &str, dataset: &Dataset, gdal: &Value, tally: &mut Tally) {
    let info = dataset.info();
    let shape = serde_json::json!([info.bands, info.height, info.width]);
    tally.fact(file, "shape", gdal["shape"] == shape, || format!("expected {}, got {shape}", gdal["shape"]));
    let dtype = &gdal["dtypes"][0];
    tally.fact(file, "dtype", dtype == info.dtype, || format!("expected {dtype}, got {}", info.dtype));

    let expected = &gdal["nodata"][0];
    let nodata = match info.nodata {
        Nodata::None => Value::Null,
        Nodata::Nan => Value::from("nan"),
        other => Value::from(other.to_f64().unwrap()),
    };
    // serde_json reads the last digit of a float as it pleases.
    let is_near = |a: f64, b: f64| (a - b).abs() <= a.abs() * 1e-14;
    let is_equal = *expected == nodata
        || expected.as_f64().zip(nodata.as_f64()).is_some_and(|(expected, nodata)| is_near(expected, nodata));
    tally.fact(file, "nodata", is_equal, || format!("expected {expected}, got {nodata}"));

    let expected = &gdal["transform"];
    let is_identity = *expected == serde_json::json!([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let actual = info.geotransform;
    let is_equal = match actual {
        // rasterio writes a, b, c, d, e, f of an affine: another order of the same six.
        Some([x0, xu, xv, y0, yu, yv]) => [xu, xv, x0, yu, yv, y0]
            .iter()
            .zip(expected.as_array().unwrap())
            .all(|(ours, theirs)| (ours - theirs.as_f64().unwrap()).abs() <= 1e-12 * ours.abs().max(1.0)),
        None => is_identity,
    };
    tally.fact(file, "geotransform", is_equal, || format!("expected {expected}, got {actual:?}"));

    if let Some(epsg) = gdal["epsg"].as_u64() {
        let crs = info.crs.as_deref();
        tally.fact(file, "crs", crs == Some(&format!("EPSG:{epsg}")), || format!("expected EPSG:{epsg}, got {crs:?}"));
    } else if let Some(proj4) = gdal["crs_proj4"].as_str() {
        let crs = info.crs.as_deref();
        tally.fact(file, "crs without a code", crs.is_some(), || format!("expected {proj4}, got none"));
    }

    let factors: Vec<u64> = info
        .overviews
        .iter()
        .map(|overview| (f64::from(info.width) / f64::from(overview.width)).round_ties_even() as u64)
        .collect();
    // We sort; GDAL keeps the order of the file.
    let mut expected: Vec<u64> = serde_json::from_value(gdal["overviews"].clone()).unwrap_or_default();
    expected.sort_unstable();
    let expected = Value::from(expected);
    let factors = Value::from(factors);
    tally.fact(file, "overviews", expected == factors, || format!("expected {expected}, got {factors}"));

    for (what, ours, theirs) in
        [("scales", &info.scales, &gdal["scales"]), ("offsets", &info.offsets, &gdal["offsets"])]
    {
        let ours = Value::from(ours.clone());
        tally.fact(file, what, ours == *theirs, || format!("expected {theirs}, got {ours}"));
    }
    let tags: BTreeMap<String, String> = serde_json::from_value(gdal["tags"].clone()).unwrap_or_default();
    // The manifest cuts long texts.
    let is_equal = tags.len() == info.metadata.len()
        && tags.iter().zip(&info.metadata).all(|((key, value), (ours, our_value))| {
            key == ours && (value == our_value || (value.len() >= 100 && our_value.starts_with(value.as_str())))
        });
    tally.fact(file, "metadata", is_equal, || format!("expected {tags:?}, got {:?}", info.metadata));
}

fn refused(file: &str, error: &Error, tally: &mut Tally) {
    let code = error.code().as_str();
    if code.starts_with("unsupported.") || code.starts_with("limit.") {
        tally.unsupported.entry(format!("{code}: {}", error.message())).or_default().push(file.to_owned());
    } else {
        tally.wrong.push(format!("{file}: {error}"));
    }
}

pub fn sha256(samples: &Samples) -> String {
    let little = to_little_endian(samples);
    Sha256::digest(little).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn to_little_endian(samples: &Samples) -> Vec<u8> {
    cogrid::codec::with_samples!(samples, values => values.iter().flat_map(|value| value.to_le_bytes()).collect())
}
