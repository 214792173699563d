//! Colour maps.

use crate::error::{Code, Error, Result};

/// 256 colours, looked up by position.
#[derive(Clone)]
pub struct Colormap {
    name: &'static str,
    colors: Box<[[u8; 3]; 256]>,
}

impl std::fmt::Debug for Colormap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Colormap").field(&self.name).finish()
    }
}

impl Colormap {
    /// Names that [`Colormap::parse`] takes.
    pub const NAMES: &'static [&'static str] = &["cividis", "greys", "magma", "terrain", "viridis"];

    /// The colour map of a name; `usage.option` lists the names.
    pub fn parse(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "viridis" => Ok(Self::sample("viridis", |position| gradient(colorous::VIRIDIS, position))),
            "magma" => Ok(Self::sample("magma", |position| gradient(colorous::MAGMA, position))),
            "cividis" => Ok(Self::sample("cividis", |position| gradient(colorous::CIVIDIS, position))),
            "greys" | "grays" | "gray" | "grey" => {
                Ok(Self::sample("greys", |position| [(position * 255.0).round() as u8; 3]))
            }
            "terrain" => Ok(Self::sample("terrain", |position| between(TERRAIN, position))),
            _ => Err(Error::new(Code::UsageOption, format!("expected a colour map, got {name:?}"))
                .with_hint(format!("use one of {}", Self::NAMES.join(", ")))),
        }
    }

    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The colour at a position from 0 to 1: red, green, blue.
    #[must_use]
    pub fn color(&self, position: f64) -> [u8; 3] {
        // A cast from float saturates, and takes NaN to 0.
        let index = (position * 255.0).round() as u8;
        self.colors[usize::from(index)]
    }

    fn sample(name: &'static str, color: impl Fn(f64) -> [u8; 3]) -> Self {
        let colors = Box::new(std::array::from_fn(|index| color(index as f64 / 255.0)));
        Self { name, colors }
    }
}

fn gradient(gradient: colorous::Gradient, position: f64) -> [u8; 3] {
    gradient.eval_continuous(position).as_array()
}

/// Linear between stops at equal distances.
fn between(stops: &[[u8; 3]], position: f64) -> [u8; 3] {
    let last = stops.len().saturating_sub(1);
    let along = position.clamp(0.0, 1.0) * last as f64;
    let index = (along.floor() as usize).min(last.saturating_sub(1));
    let (Some(from), Some(to)) = (stops.get(index), stops.get(index + 1)) else { return [0; 3] };
    let part = along - index as f64;
    std::array::from_fn(|band| {
        let (from, to) = (f64::from(from[band]), f64::from(to[band]));
        (from + (to - from) * part).round() as u8
    })
}

/// Lowland green over ochre and brown to snow.
const TERRAIN: &[[u8; 3]] =
    &[[26, 92, 72], [86, 140, 84], [176, 184, 112], [222, 204, 146], [172, 126, 86], [134, 104, 94], [250, 248, 244]];
