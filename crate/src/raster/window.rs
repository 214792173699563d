//! Samples of a window, several bands at once.

use ndarray::ArrayView3;

use crate::codec::{Sample, Samples};

/// Samples of a window: bands, rows and columns, in this order, in one vector.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowSamples {
    pub samples: Samples,
    pub bands: u16,
    /// Rows.
    pub height: u32,
    /// Columns.
    pub width: u32,
}

impl WindowSamples {
    /// The samples as (bands, rows, columns); `None` where they are of another type.
    #[must_use]
    pub fn array<T: Sample>(&self) -> Option<ArrayView3<'_, T>> {
        let shape = (usize::from(self.bands), self.height as usize, self.width as usize);
        ArrayView3::from_shape(shape, T::of(&self.samples)?).ok()
    }
}
