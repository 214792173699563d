//! Slivers: parts of pixels so small that they are what rounding leaves of a common border.

use super::coverage::PixelBounds;

/// The least part of a pixel that counts as covered: what rounding leaves of a common border is none.
#[must_use]
pub fn threshold(area: f64) -> f64 {
    SLIVER * area.min(1.0)
}

/// Bounds without the slivers that [`threshold`] leaves out, so that a cell that ends where a block begins needs only
/// one of them.
#[must_use]
pub fn shrunk(bounds: PixelBounds, area: f64) -> PixelBounds {
    let width = bounds.right - bounds.left;
    let height = bounds.bottom - bounds.top;
    // A narrow polygon may be thinner than its bounds: never cut more than its area allows.
    let across = SLIVER * (area / height.max(f64::MIN_POSITIVE)).min(width).min(1.0);
    let down = SLIVER * (area / width.max(f64::MIN_POSITIVE)).min(height).min(1.0);
    PixelBounds {
        left: bounds.left + across,
        top: bounds.top + down,
        right: bounds.right - across,
        bottom: bounds.bottom - down,
    }
}

/// Fraction of a pixel, or of a cell smaller than one: rounding of coordinates makes slivers a tenth of this.
pub const SLIVER: f64 = 1e-10;
