//! CRSs of real files: codes, spelled-out GeoKeys and WKT, against GDAL's reading of them and PROJ's numbers.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use cogrid::geo::{Crs, Transformer};
use cogrid::raster::Dataset;
use cogrid::source::FileSource;
use cogrid::{Error, Limits};
use serde_json::Value;

use crate::shared_data;

/// Files whose CRS can't be made out or computed here, and the code that says so.
const REFUSED: &[(&str, &str)] = &[
    // Interrupted Goode Homolosine.
    ("dev/real/tileSG-000-019_3-3.tif", "crs.unsupported"),
];

/// Pixels.
const TOLERANCE: f64 = 1e-3;

#[test]
fn files_lie_where_gdal_and_proj_say() {
    let Some(root) = shared_data::root() else { return };
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference/file_crs.json"))
        .expect("the places");
    let files: BTreeMap<String, Vec<[f64; 4]>> = serde_json::from_str(&text).expect("JSON");
    let (mut worst, mut compared, mut wrong) = (0_f64, 0, Vec::new());
    for (file, places) in &files {
        let source = FileSource::open(root.join(file)).expect("a file");
        let dataset = pollster::block_on(Dataset::open(Rc::new(source), Limits::default())).expect("a raster");
        let refused = REFUSED.iter().find(|(name, _)| name == file).map(|(_, code)| *code);
        match (distances(&dataset, places), refused) {
            (Ok(found), None) => {
                let most = found.iter().copied().fold(0.0, f64::max);
                if most.is_nan() || most > TOLERANCE {
                    wrong.push(format!("{file}: {most} pixels away ({:?})", dataset.info().crs));
                }
                worst = worst.max(most);
                compared += 1;
            }
            (Err(error), Some(code)) if error.code().as_str() == code => {}
            (Ok(_), Some(code)) => wrong.push(format!("{file}: expected {code}")),
            (Err(error), _) => wrong.push(format!("{file}: {error}")),
        }
    }
    eprintln!("{compared} files with projected CRSs, at most {worst:.1e} pixels from PROJ");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 60);
}

/// How far the places' pixels are from where they should be, in pixels.
fn distances(dataset: &Dataset, places: &[[f64; 4]]) -> Result<Vec<f64>, Error> {
    let crs = dataset.crs()?;
    let to_crs = Transformer::new(&geodetic(&crs)?, &crs)?;
    let [x0, xu, xv, y0, yu, yv] = dataset.level_geotransform(0)?.0;
    let area = xu * yv - xv * yu;
    let mut found = Vec::new();
    for &[u, v, longitude, latitude] in places {
        let mut place = [(longitude, latitude)];
        to_crs.transform(&mut place);
        let [(x, y)] = place;
        let (column, row) = (((x - x0) * yv - (y - y0) * xv) / area, ((y - y0) * xu - (x - x0) * yu) / area);
        found.push((column - u).hypot(row - v));
    }
    Ok(found)
}

/// Longitude and latitude in the datum of a CRS.
fn geodetic(crs: &Crs) -> Result<Crs, Error> {
    const KEYS: [&str; 10] = ["datum", "ellps", "a", "b", "rf", "f", "R", "towgs84", "nadgrids", "pm"];
    let words = crs
        .definition()
        .split(' ')
        .filter(|word| KEYS.contains(&word.trim_start_matches('+').split('=').next().unwrap_or_default()));
    Crs::parse(&format!("+proj=longlat {}", words.collect::<Vec<_>>().join(" ")))
}

#[test]
fn units_and_heights_are_told_apart_from_the_horizontal_crs() {
    let Some(root) = shared_data::root() else { return };
    let open = |file: &str| {
        let source = FileSource::open(root.join("dev/format").join(file)).expect("a file");
        pollster::block_on(Dataset::open(Rc::new(source), Limits::default())).expect("a raster")
    };
    let feet = open("gdal__epsg_2853_with_us_feet.tif");
    assert!((feet.crs().unwrap().metres_per_unit().unwrap() - 1200.0 / 3937.0).abs() < 1e-12);
    assert!(feet.info().crs.as_deref().is_some_and(|crs| crs.contains("+to_meter=0.3048006")), "{:?}", feet.info().crs);
    let compound = open("gdal__epsg26711_3855_geotiff1_1.tif");
    assert_eq!(compound.info().crs.as_deref(), Some("EPSG:26711"));
    assert_eq!(compound.info().vertical_crs.as_deref(), Some("EPSG:3855"));
    let value = |file: &str, name: &str| -> Value { serde_json::to_value(open(file).info()).unwrap()[name].clone() };
    assert_eq!(value("gdal__byte_rpc.tif", "rpc")["LINE_NUM_COEFF"].as_array().map(Vec::len), Some(20));
    assert_eq!(value("gdal__byte_gcp.tif", "gcps").as_array().map(Vec::len), Some(2));
    assert_eq!(value("imagetiff__palette-1c-4b.tiff", "colorTable").as_array().map(Vec::len), Some(16));
}
