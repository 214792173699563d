//! The least TIFF with a mask page or an alpha band: uncompressed, a page one strip.

/// Samples of a page, row by row.
pub struct MaskedPage {
    pub width: u32,
    pub height: u32,
    /// TIFF's SampleFormat: 1 for unsigned integers, 3 for floating point.
    pub format: u16,
    pub bits: u16,
    /// Little-endian.
    pub samples: Vec<u8>,
}

/// A geotransform along the axes and an EPSG code of a projected CRS.
type Place = ([f64; 6], u16);

/// An image with a page that says which of its pixels are valid.
pub fn with_mask(image: &MaskedPage, mask: &MaskedPage, place: Place) -> Vec<u8> {
    let transparency = vec![(SUBFILE_TYPE, Field::Long(4)), (PHOTOMETRIC, Field::Short(vec![4]))];
    let grey = vec![(PHOTOMETRIC, Field::Short(vec![1]))];
    tiff(&[
        Directory { page: image, own: [grey, place_fields(place)].concat(), bands: 1 },
        Directory { page: mask, own: transparency, bands: 1 },
    ])
}

/// An image whose second band is alpha.
pub fn with_alpha(image: &MaskedPage, place: Place) -> Vec<u8> {
    let alpha = vec![(PHOTOMETRIC, Field::Short(vec![1])), (EXTRA_SAMPLES, Field::Short(vec![2]))];
    tiff(&[Directory { page: image, own: [alpha, place_fields(place)].concat(), bands: 2 }])
}

#[derive(Clone)]
enum Field {
    Short(Vec<u16>),
    Long(u32),
    Double(Vec<f64>),
}

impl Field {
    /// TIFF's type, the count and the bytes.
    fn encoded(&self) -> (u16, usize, Vec<u8>) {
        match self {
            Self::Short(values) => (3, values.len(), values.iter().flat_map(|value| value.to_le_bytes()).collect()),
            Self::Long(value) => (4, 1, value.to_le_bytes().to_vec()),
            Self::Double(values) => (12, values.len(), values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        }
    }
}

fn place_fields((geotransform, epsg): Place) -> Vec<(u16, Field)> {
    let [x, width, _, y, _, height] = geotransform;
    vec![
        (PIXEL_SCALE, Field::Double(vec![width, -height, 0.0])),
        (TIEPOINT, Field::Double(vec![0.0, 0.0, 0.0, x, y, 0.0])),
        // Model type projected, raster type area, the code.
        (GEO_KEYS, Field::Short(vec![1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, epsg])),
    ]
}

/// A page with its own fields.
struct Directory<'a> {
    page: &'a MaskedPage,
    own: Vec<(u16, Field)>,
    bands: u16,
}

fn tiff(directories: &[Directory<'_>]) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut pointer = 4;
    for Directory { page, own, bands } in directories {
        let strip = file.len() as u32;
        file.extend_from_slice(&page.samples);
        let per_band = |value: u16| Field::Short(vec![value; usize::from(*bands)]);
        let mut fields = own.clone();
        fields.extend([
            (256, Field::Long(page.width)),
            (257, Field::Long(page.height)),
            (258, per_band(page.bits)),
            (273, Field::Long(strip)),
            (277, Field::Short(vec![*bands])),
            (278, Field::Long(page.height)),
            (279, Field::Long(page.samples.len() as u32)),
            (339, per_band(page.format)),
        ]);
        fields.sort_by_key(|(tag, _)| *tag);
        // Values that do not fit into a field come first.
        let mut directory = (fields.len() as u16).to_le_bytes().to_vec();
        for (tag, field) in &fields {
            let (kind, count, mut bytes) = field.encoded();
            if bytes.len() > 4 {
                let offset = file.len() as u32;
                file.extend_from_slice(&bytes);
                bytes = offset.to_le_bytes().to_vec();
            }
            bytes.resize(4, 0);
            directory.extend_from_slice(&tag.to_le_bytes());
            directory.extend_from_slice(&kind.to_le_bytes());
            directory.extend_from_slice(&(count as u32).to_le_bytes());
            directory.extend_from_slice(&bytes);
        }
        let offset = file.len() as u32;
        file[pointer..pointer + 4].copy_from_slice(&offset.to_le_bytes());
        pointer = file.len() + directory.len();
        file.extend_from_slice(&directory);
        file.extend_from_slice(&[0; 4]);
    }
    file
}

const SUBFILE_TYPE: u16 = 254;
const PHOTOMETRIC: u16 = 262;
const EXTRA_SAMPLES: u16 = 338;
const PIXEL_SCALE: u16 = 33550;
const TIEPOINT: u16 = 33922;
const GEO_KEYS: u16 = 34735;
