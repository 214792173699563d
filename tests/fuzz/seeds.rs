//! Where fuzzing starts from: files of our own making, tiny ones of each compression, and the real ones beside the repository where they are.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use cogrid::Limits;
use cogrid::raster::{BlockId, Dataset};
use cogrid::source::MemorySource;
use cogrid::tiff::write::{BandText, CogOptions, CogWriter, CrsCode, Georeference, MemorySpool, Predictor};
use cogrid::tiff::{FileBytes, Header, Ifd, tags};

use super::codec_files;
use super::targets::{COMPRESSIONS, PHOTOMETRICS, SAMPLE_TYPES};

/// Seeds by target.
pub fn all() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let mut files = own();
    files.extend(codec_files::files().into_iter().map(|made| made.bytes));
    files.extend(shared());
    let blocks = files.iter().filter_map(|file| block(file)).collect();
    let mut keys: Vec<Vec<u8>> = files.iter().filter_map(|file| keys(file)).collect();
    keys.extend(TEXTS.iter().map(|text| [&[0, 0, 0], text.as_bytes()].concat()));
    vec![("header", files.clone()), ("geokeys", keys), ("codec", blocks), ("open_read", files)]
}

/// Small files from our own writer.
fn own() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (predictor, deflate) in [(Predictor::None, false), (Predictor::Horizontal, true), (Predictor::None, true)] {
        let mut options = CogOptions::<i16>::new(100, 70);
        options.block_size_px = 32;
        options.predictor = predictor;
        options.deflate = options.deflate.filter(|_| deflate);
        options.nodata = Some(-9999);
        options.is_sparse = deflate;
        options.is_big_tiff = !deflate;
        options.georeference =
            Some(Georeference { geotransform: [0.0, 1.0, 0.0, 70.0, 0.0, -1.0], crs: Some(CrsCode::Projected(32633)) });
        options.band_texts = vec![BandText { description: Some("height".into()), units: Some("m".into()) }];
        let samples: Vec<i16> = (0..7000).map(|k| if k < 2000 { -9999 } else { (k * 7 % 500) as i16 }).collect();
        all.extend(written(options, &samples));
    }
    let mut options = CogOptions::<f32>::new(64, 48);
    options.block_size_px = 16;
    options.bands = 2;
    let samples: Vec<f32> = (0..64 * 48 * 2).map(|k| (k as f32).sin()).collect();
    all.extend(written(options, &samples));
    all
}

fn written<T: cogrid::tiff::write::Sample>(options: CogOptions<T>, samples: &[T]) -> Option<Vec<u8>> {
    let mut writer = CogWriter::new(options, |_| Ok(MemorySpool::default())).ok()?;
    writer.push_rows(samples).ok()?;
    writer.finish_in_memory().ok()
}

/// Real rasters and fuzzers' finds of up to 64 KiB, where the checkout has them beside it.
fn shared() -> Vec<Vec<u8>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared/data"));
    let given = std::env::var_os("COGRID_SHARED_DATA").map(PathBuf::from);
    let root = given.into_iter().chain(beside()).find(|root| root.join("manifest.json").is_file());
    let Some(root) = root else {
        eprintln!("no shared rasters: seeds of our own making only");
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = ["dev/format", "dev/malformed"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(root.join(folder)).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .collect();
    paths.sort();
    let small = |path: &PathBuf| std::fs::read(path).ok().filter(|bytes| bytes.len() <= 64 << 10);
    paths.iter().filter_map(small).collect()
}

/// An input of the codec target: the parameters of a file's first block, and its bytes.
fn block(file: &[u8]) -> Option<Vec<u8>> {
    let ifd = first_ifd(file)?;
    let bytes = held(file);
    let limits = Limits::default();
    let uint = |tag| ifd.uint(tag, &bytes, &limits).ok().flatten();
    let position = |found: Option<usize>| found.map(|index| index as u8);
    let compression = uint(tags::COMPRESSION).unwrap_or(1);
    let pair = (uint(tags::SAMPLE_FORMAT).unwrap_or(1), uint(tags::BITS_PER_SAMPLE).unwrap_or(1));
    let photometric = uint(tags::PHOTOMETRIC_INTERPRETATION);
    let compression = position(COMPRESSIONS.iter().position(|&known| u64::from(known) == compression))?;
    let sample_type =
        position(SAMPLE_TYPES.iter().position(|&(format, bits)| (u64::from(format), u64::from(bits)) == pair))?;
    let (encoded, across, down) = pollster::block_on(async {
        let source = MemorySource::new("seed", file.to_vec());
        let dataset = Dataset::open(Rc::new(source), limits).await.ok()?;
        let level = *dataset.level(0).ok()?;
        let range = dataset.locate(0, 0, &[BlockId { col: 0, row: 0 }]).await.ok()?.into_iter().next()??;
        let encoded = dataset.source().read(range.own().clone()).await.ok()?;
        Some((encoded, level.block_width, level.block_height))
    })?;
    let side = |pixels: u32| match pixels {
        1..=224 => Some(pixels as u8 + 31),
        pixels if pixels % 16 == 0 && pixels <= 512 => Some((pixels / 16 - 1) as u8),
        _ => None,
    };
    let tables =
        ifd.field(tags::JPEG_TABLES).and_then(|field| bytes.peek(field.offset, field.count)).unwrap_or_default();
    let tables = if tables.len() % 4 == 0 { tables } else { &[] };
    let is_tiled = ifd.field(tags::TILE_WIDTH).is_some();
    let is_big_endian = file.first() == Some(&b'M');
    let mut input = vec![
        compression,
        u8::from(is_big_endian) | u8::from(!is_tiled) << 1,
        sample_type,
        side(across)?,
        side(down)?,
        (uint(tags::SAMPLES_PER_PIXEL).unwrap_or(1).saturating_sub(1) % 5) as u8,
        uint(tags::PREDICTOR).unwrap_or(1) as u8,
        position(PHOTOMETRICS.iter().position(|&known| Some(u64::from(known)) == photometric)).unwrap_or(0),
        coding(&ifd, &bytes),
        u8::try_from(tables.len() / 4).ok()?,
    ];
    input.extend_from_slice(tables);
    input.extend_from_slice(&encoded);
    (input.len() <= 64 << 10).then_some(input)
}

/// The byte that says what a scheme is told beside the block.
fn coding(ifd: &Ifd, bytes: &FileBytes) -> u8 {
    let limits = Limits::default();
    let all = |tag| ifd.uints(tag, bytes, &limits).ok().flatten().unwrap_or_default();
    let options = match all(tags::LERC_PARAMETERS).get(1) {
        Some(&inner) => inner,
        None => all(tags::T4_OPTIONS).first().copied().unwrap_or(0),
    };
    let exponent = |side: Option<&u64>| side.map_or(0, |side| side.trailing_zeros() as u8 & 3);
    let subsampling = all(tags::YCBCR_SUBSAMPLING);
    (options & 7) as u8 | exponent(subsampling.first()) << 3 | exponent(subsampling.get(1)) << 5
}

/// An input of the geokeys target from a file's own keys.
fn keys(file: &[u8]) -> Option<Vec<u8>> {
    let ifd = first_ifd(file)?;
    let bytes = held(file);
    let limits = Limits::default();
    let directory = ifd.uints(tags::GEO_KEY_DIRECTORY, &bytes, &limits).ok().flatten()?;
    let doubles = ifd.floats(tags::GEO_DOUBLE_PARAMS, &bytes, &limits).ok().flatten().unwrap_or_default();
    let ascii = ifd.text(tags::GEO_ASCII_PARAMS, &bytes, &limits).ok().flatten().unwrap_or_default();
    let doubles = doubles.get(..doubles.len().min(31)).unwrap_or_default();
    let mut input = vec![0, u8::try_from(directory.len()).ok()?];
    // The counts stand before what they count.
    input.extend(directory.iter().flat_map(|&key| (key as u16).to_le_bytes()));
    input.push(doubles.len() as u8);
    input.extend(doubles.iter().flat_map(|double| double.to_le_bytes()));
    input.extend_from_slice(ascii.as_bytes());
    Some(input)
}

fn first_ifd(file: &[u8]) -> Option<Ifd> {
    let bytes = held(file);
    let header = Header::parse(&bytes).ok()?;
    Ifd::parse(&header, header.first_ifd, &bytes, &Limits::default()).ok()
}

fn held(file: &[u8]) -> FileBytes {
    let mut bytes = FileBytes::new();
    bytes.insert(0, file.to_vec());
    bytes.set_len_bytes(file.len() as u64);
    bytes
}

const TEXTS: [&str; 8] = [
    "EPSG:3857",
    "ESRI:54009",
    "+proj=utm +zone=33 +south +datum=WGS84 +units=us-ft +no_defs",
    "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80",
    "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy +towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489",
    "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]]",
    "PROJCS[\"Albers\",GEOGCS[\"NAD83\",DATUM[\"D\",SPHEROID[\"GRS 1980\",6378137,298.257222101]],PRIMEM[\"Greenwich\",0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Albers_Conic_Equal_Area\"],PARAMETER[\"standard_parallel_1\",29.5],PARAMETER[\"standard_parallel_2\",45.5],PARAMETER[\"latitude_of_center\",23],PARAMETER[\"longitude_of_center\",-96],UNIT[\"metre\",1]]",
    "ESRI PE String = PROJCS[\"WGS_1984_Web_Mercator_Auxiliary_Sphere\",GEOGCS[\"GCS_WGS_1984\"]]",
];
