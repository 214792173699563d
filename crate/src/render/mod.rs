//! Values as pictures: a stretch, a colour map, RGBA.

mod colormap;
mod stretch;

pub use colormap::Colormap;
pub use stretch::Stretch;

/// RGBA of values, 4 bytes each, not premultiplied; NaN (no value) is transparent.
#[must_use]
pub fn paint(values: &[f64], stretch: &Stretch, colormap: &Colormap) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| match stretch.position(*value) {
            Some(position) => {
                let [red, green, blue] = colormap.color(position);
                [red, green, blue, u8::MAX]
            }
            None => [0; 4],
        })
        .collect()
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
