//! Real files against what GDAL says of them, bit for bit.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use cogrid::raster::{Dataset, Nodata, Samples, Window};
use cogrid::source::FileSource;
use cogrid::{Error, Limits};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::read_matrix::{self, Outcome, Row};
use crate::shared_data;

#[test]
fn real_and_odd_files_agree_with_gdal() {
    let Some(root) = shared_data::root() else { return };
    let mut tally = Tally::default();
    for folder in ["dev/real", "dev/format"] {
        for entry in shared_data::entries(&root, folder) {
            let outcome = compare(&root, &entry, &mut tally);
            let file = entry["file"].as_str().unwrap().to_owned();
            tally.rows.push(Row { file, what: what(&entry["tiff"]), outcome });
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
    read_matrix::check(&tally.rows);
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
    rows: Vec<Row>,
}

impl Tally {
    fn fact(&mut self, file: &str, what: &'static str, is_equal: bool, detail: impl FnOnce() -> String) {
        *self.facts.entry(what).or_default() += 1;
        if is_equal {
            return;
        }
        match known(file, what) {
            Some((_, _, why)) => self.known.entry(why).or_default().push(file.to_owned()),
            None => self.wrong.push(format!("{file}: {what}: {}", detail())),
        }
    }
}

fn known(file: &str, what: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    KNOWN.iter().find(|(name, fact, _)| file.ends_with(name) && *fact == what)
}

/// Where we and GDAL differ on purpose: file, fact, why.
const KNOWN: &[(&str, &str, &str)] = &[
    ("gdal__cint32_big_endian.tif", "dtype", "rasterio rounds 64-bit complex integers to complex64"),
    ("gdal__int24.tif", "dtype", "GDAL has no signed type of 24 bits and hands out unsigned numbers"),
    ("no_kv_CD_above_Ell_ETRS89_v2021a.tif", "crs", "GDAL names the 3D CRS of the vertical key, we the horizontal one"),
    ("nt_20201024_f18_nrt_s.tif", "crs", "the keys spell the CRS out and name no code; rasterio looks up which it is"),
];

fn compare(root: &Path, entry: &Value, tally: &mut Tally) -> Outcome {
    let file = entry["file"].as_str().unwrap();
    let source = FileSource::open(root.join(file)).unwrap();
    let dataset = match pollster::block_on(Dataset::open(Rc::new(source), Limits::default())) {
        Ok(dataset) => dataset,
        Err(error) => return refused(file, &error, tally),
    };
    if entry["gdal"]["shape"].is_null() {
        return without_gdal(file, &dataset, &entry["jxl_reference"], tally);
    }
    facts(file, &dataset, &entry["gdal"], tally);
    validity(file, &dataset, &entry["gdal"], tally);
    let bands = entry["gdal"]["bands"].as_array().map(Vec::as_slice).unwrap_or_default();
    if bands.is_empty() {
        return probes(file, &dataset, &entry["reference"], tally);
    }
    let info = dataset.info();
    let window = Window { left: 0, top: 0, right: info.width, bottom: info.height };
    let before = tally.wrong.len();
    let lossy = entry["compare"].as_str().and_then(Bound::parse);
    let mut outcome = if lossy.is_some() { Outcome::Near } else { Outcome::Equal };
    for (band0, band) in bands.iter().enumerate() {
        let read = match pollster::block_on(dataset.read_window(0, &[band0 as u16], window)) {
            Ok(read) => read,
            Err(error) => return refused(file, &error, tally),
        };
        let (samples, is_rounded) = as_rasterio_has_them(read.samples, &entry["gdal"]["dtypes"][band0]);
        let is_equal = sha256(&samples) == band["sha256"].as_str().unwrap_or_default();
        if is_equal && is_rounded {
            outcome = Outcome::EqualRounded;
        }
        let is_right = is_equal || lossy.is_some_and(|bound| bound.holds(&samples, info.width, band));
        tally.fact(file, "samples", is_right, || format!("band {}: sha256 differs", band0 + 1));
        if !is_right && let Some((.., why)) = known(file, "samples") {
            outcome = Outcome::Known(why);
        }
        tally.bands += 1;
    }
    tally.files += 1;
    if tally.wrong.len() > before { Outcome::Differs } else { outcome }
}

/// Samples in the type that rasterio has for them, and whether it is a shorter one: it has none for complex integers.
fn as_rasterio_has_them(samples: Samples, dtype: &Value) -> (Samples, bool) {
    match samples {
        Samples::CF64(values) if dtype == "complex64" => {
            (Samples::CF32(values.iter().map(|value| value.map(|part| part as f32)).collect()), true)
        }
        samples => (samples, false),
    }
}

/// A codec that the manifest's GDAL hadn't (JPEG XL): the first band as another decoder gives it.
fn without_gdal(file: &str, dataset: &Dataset, reference: &Value, tally: &mut Tally) -> Outcome {
    let info = dataset.info();
    let window = Window { left: 0, top: 0, right: info.width, bottom: info.height };
    let read = match pollster::block_on(dataset.read_window(0, &[0], window)) {
        Ok(read) => read,
        Err(error) => return refused(file, &error, tally),
    };
    tally.files += 1;
    tally.bands += 1;
    if sha256(&read.samples) == reference["band1_sha256"].as_str().unwrap_or_default() {
        return Outcome::Equal;
    }
    let sum: f64 = (0..read.samples.len()).filter_map(|at| read.samples.to_f64(at)).sum();
    let mean = sum / read.samples.len() as f64;
    let is_near = reference["band1_mean"].as_f64().is_some_and(|expected| (mean - expected).abs() <= 1.0);
    tally.fact(file, "samples", is_near, || format!("mean {mean}"));
    if is_near { Outcome::Near } else { Outcome::Differs }
}

/// A raster that is too large to hash: its values at some places.
fn probes(file: &str, dataset: &Dataset, reference: &Value, tally: &mut Tally) -> Outcome {
    let before = tally.wrong.len();
    for probe in reference["probes"].as_array().into_iter().flatten() {
        let (column, row) = (probe["col"].as_u64().unwrap() as u32, probe["row"].as_u64().unwrap() as u32);
        let window = Window { left: column, top: row, right: column + 1, bottom: row + 1 };
        let expected = probe["values"].as_array().map(Vec::as_slice).unwrap_or_default();
        let bands: Vec<u16> = (0..expected.len() as u16).collect();
        let read = match pollster::block_on(dataset.read_window(0, &bands, window)) {
            Ok(read) => read,
            Err(error) => return refused(file, &error, tally),
        };
        for (place, expected) in expected.iter().enumerate() {
            let value = read.samples.to_f64(place);
            let is_near = expected.as_f64().zip(value).is_some_and(|(expected, value)| {
                // The two are JPEG and lossy WebP, within the manifest's bound of single values.
                value == expected || (dataset.info().compression != "zstd" && (value - expected).abs() <= 64.0)
            });
            tally.fact(file, "probes", is_near, || format!("{column}, {row}: expected {expected}, got {value:?}"));
        }
    }
    tally.files += 1;
    if tally.wrong.len() > before { Outcome::Differs } else { Outcome::EqualAtProbes }
}

/// How far a lossy codec's samples may be from GDAL's, as the manifest says.
#[derive(Clone, Copy)]
struct Bound {
    most: f64,
    mean: f64,
}

impl Bound {
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("lossy: ")?;
        let number = |after: &str| -> Option<f64> {
            text.split_once(after)?.1.trim_start().split([' ', ';']).next()?.parse().ok()
        };
        let most = number("max |difference| <=").or_else(|| number("max <="))?;
        Some(Self { most, mean: number("mean |difference| <=").unwrap_or(most) })
    }

    /// Against the pixels and the mean that the manifest keeps of the band.
    fn holds(self, samples: &Samples, width: u32, band: &Value) -> bool {
        let pixels = band["pixels_row_col_value"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_near = |pixel: &Value| {
            let at = pixel[0].as_u64()? * u64::from(width) + pixel[1].as_u64()?;
            Some((samples.to_f64(at as usize)? - pixel[2].as_f64()?).abs() <= self.most)
        };
        let count = samples.len() as f64;
        let mean = (0..samples.len()).filter_map(|at| samples.to_f64(at)).sum::<f64>() / count;
        pixels.iter().all(|pixel| is_near(pixel) == Some(true))
            && band["mean"].as_f64().is_some_and(|expected| (mean - expected).abs() <= self.mean)
    }
}

/// A file in a few words, from the manifest.
fn what(tiff: &Value) -> String {
    let ifd = &tiff["ifds"][0];
    let kinds = ["?", "u", "i", "f", "u", "ci", "cf"];
    let kind = kinds[ifd["sf"][0].as_u64().unwrap_or(1).min(6) as usize];
    let mut words = vec![
        format!("{}×{}×{}", ifd["spp"], ifd["h"], ifd["w"]),
        format!("{kind}{}", ifd["bits"][0]),
        ifd["comp"].as_str().map_or_else(|| ifd["comp"].to_string(), str::to_owned),
    ];
    let predictor = ifd["predictor"].as_u64().unwrap_or(1);
    if predictor > 1 {
        words.push(format!("p{predictor}"));
    }
    words.push(if ifd["tiled"] == true { "tiles" } else { "strips" }.to_owned());
    let mut flag = |is_set: bool, word: &str| is_set.then(|| words.push(word.to_owned()));
    flag(ifd["planar"] == 2 && ifd["spp"] != 1, "planar");
    flag(tiff["endian"] == "big", "big-endian");
    flag(tiff["bigtiff"] == true, "BigTIFF");
    words.join(" ")
}

/// Masks and alpha of the file's first band.
fn validity(file: &str, dataset: &Dataset, gdal: &Value, tally: &mut Tally) {
    let Some(zeros) = gdal["mask_zero"].as_u64() else { return };
    let info = dataset.info();
    let window = Window { left: 0, top: 0, right: info.width, bottom: info.height };
    let read = match pollster::block_on(dataset.read_masked_window(0, &[0], window)) {
        Ok(read) => read,
        Err(error) => {
            refused(file, &error, tally);
            return;
        }
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

fn facts(file: &str, dataset: &Dataset, gdal: &Value, tally: &mut Tally) {
    let info = dataset.info();
    let shape = serde_json::json!([info.bands, info.height, info.width]);
    tally.fact(file, "shape", gdal["shape"] == shape, || format!("expected {}, got {shape}", gdal["shape"]));
    // rasterio's name of a type that NumPy hasn't.
    let dtype = if gdal["dtypes"][0] == "complex_int16" { "complex64" } else { gdal["dtypes"][0].as_str().unwrap() };
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

fn refused(file: &str, error: &Error, tally: &mut Tally) -> Outcome {
    let code = error.code().as_str();
    if code.starts_with("unsupported.") || code.starts_with("limit.") {
        tally.unsupported.entry(format!("{code}: {}", error.message())).or_default().push(file.to_owned());
    } else {
        tally.wrong.push(format!("{file}: {error}"));
    }
    Outcome::Refused(code.to_owned())
}

pub fn sha256(samples: &Samples) -> String {
    let little = to_little_endian(samples);
    Sha256::digest(little).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn to_little_endian(samples: &Samples) -> Vec<u8> {
    // Tests run on little-endian machines.
    samples.as_bytes().to_vec()
}
