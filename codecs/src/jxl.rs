//! JPEG XL, lossy and lossless.

use jxl_oxide::{AllocTracker, InitializeResult, JxlImage, JxlThreadPool};

use crate::{Expected, Sample};

/// Working memory: some copies of the image as floats and what does not grow with it.
const MEMORY_PER_SAMPLE: usize = 64;
const MEMORY_FLOOR: usize = 64 << 20;

/// Writes the rows of an image into `out`, in the machine's byte order; rows beyond it are left out. Sizes are held to
/// `expected` before pixels are allocated. The error is what went wrong, in words.
pub fn decode(encoded: &[u8], expected: Expected, out: &mut [u8]) -> Result<(), String> {
    let samples = expected.width as usize * expected.most_rows as usize * expected.bands as usize;
    let memory = samples.saturating_mul(MEMORY_PER_SAMPLE).saturating_add(MEMORY_FLOOR);
    let builder = JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(AllocTracker::with_limit(memory));
    let mut image = builder.build_uninit();
    image.feed_bytes(encoded).map_err(|error| error.to_string())?;
    let mut image = match image.try_init().map_err(|error| error.to_string())? {
        InitializeResult::Initialized(image) => image,
        InitializeResult::NeedMoreData(_) => return Err("the stream ends early".to_owned()),
    };
    let (width, height) = (image.width(), image.height());
    if width != expected.width || !(expected.needed_rows..=expected.most_rows).contains(&height) {
        let Expected { width: wanted, needed_rows, .. } = expected;
        return Err(format!("expected an image of {wanted} × {needed_rows} pixels, got {width} × {height}"));
    }
    let metadata = &image.image_header().metadata;
    let colours = if image.pixel_format().is_grayscale() { 1 } else { 3 };
    let channels = colours + metadata.ec_info.len() as u32;
    if channels != expected.bands {
        return Err(format!("expected {} bands, got {channels}", expected.bands));
    }
    image.set_render_spot_color(false);
    image.finalize().map_err(|error| error.to_string())?;
    let frame = image.render_frame(0).map_err(|error| error.to_string())?;
    let pixels = frame.image_all_channels();
    let values = pixels.buf().iter();
    match expected.sample {
        Sample::U8 => out.iter_mut().zip(values).for_each(|(to, &value)| *to = (value * 255.0).round() as u8),
        Sample::U16 => {
            for (to, &value) in out.as_chunks_mut::<2>().0.iter_mut().zip(values) {
                *to = ((value * 65_535.0).round() as u16).to_ne_bytes();
            }
        }
        Sample::F32 => {
            for (to, &value) in out.as_chunks_mut::<4>().0.iter_mut().zip(values) {
                *to = value.to_ne_bytes();
            }
        }
        other => return Err(format!("samples of {other:?}")),
    }
    Ok(())
}
