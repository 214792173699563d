//! Predictors 2 and 3, undone a row at a time.
//!
//! Each, and each of their kinds, is kept out of its caller: wasm engines optimise whole functions, and a file needs one
//! of them at most.

use bytemuck::Pod;

use super::prefix_sum;

/// Undoes horizontal differencing of a row, to one that is as long: every sample is the sum of the differences before it
/// in its band. Samples are in the machine's byte order; floats are summed as the integers of their bits.
#[inline(never)]
pub fn sum_horizontal(differences: &[u8], row: &mut [u8], sample_bytes: usize, bands: usize) {
    let row = prefix_sum::sum_front(differences, row, sample_bytes, bands);
    match sample_bytes {
        1 => sum_row_of::<u8>(row, bands, u8::wrapping_add),
        2 => sum_row_of::<u16>(row, bands, u16::wrapping_add),
        4 => sum_row_of::<u32>(row, bands, u32::wrapping_add),
        8 => sum_row_of::<u64>(row, bands, u64::wrapping_add),
        _ => {}
    }
}

/// Undoes the floating point predictor of a row, whose samples' bytes stand in `planes`, the most significant first,
/// differenced byte by byte. Gives samples in the machine's byte order.
#[inline(never)]
pub fn join_floating_point(planes: &[u8], row: &mut [u8], sample_bytes: usize, bands: usize) {
    match (sample_bytes, bands) {
        (2, 1) => join_planes::<2>(planes, row),
        (3, 1) => join_planes::<3>(planes, row),
        (4, 1) => join_planes::<4>(planes, row),
        (8, 1) => join_planes::<8>(planes, row),
        (2, _) => join_planes_of_bands::<2>(planes, row, bands),
        (3, _) => join_planes_of_bands::<3>(planes, row, bands),
        (4, _) => join_planes_of_bands::<4>(planes, row, bands),
        (8, _) => join_planes_of_bands::<8>(planes, row, bands),
        _ => {}
    }
}

#[inline(never)]
fn sum_row_of<T: Pod>(row: &mut [u8], bands: usize, add: impl Fn(T, T) -> T) {
    // Rows of samples start at multiples of the sample's size in the samples' own memory, so this can't fail there.
    if let Ok(samples) = bytemuck::try_cast_slice_mut(row) {
        sum_row(samples, bands, add);
    }
}

#[inline]
fn sum_row<T: Copy>(samples: &mut [T], bands: usize, add: impl Fn(T, T) -> T) {
    match bands {
        1 => sum_bands::<T, 1>(samples, add),
        2 => sum_bands::<T, 2>(samples, add),
        3 => sum_bands::<T, 3>(samples, add),
        4 => sum_bands::<T, 4>(samples, add),
        _ => {
            let mut samples = samples;
            while let Some((before, after)) = samples.split_at_mut_checked(bands)
                && !after.is_empty()
            {
                for (sample, &left) in after.iter_mut().zip(before.iter()) {
                    *sample = add(*sample, left);
                }
                samples = after;
            }
        }
    }
}

#[inline]
fn sum_bands<T: Copy, const BANDS: usize>(samples: &mut [T], add: impl Fn(T, T) -> T) {
    let (pixels, _) = samples.as_chunks_mut::<BANDS>();
    let mut pixels = pixels.iter_mut();
    let Some(first) = pixels.next() else { return };
    let mut left = *first;
    for pixel in pixels {
        for (sample, left) in pixel.iter_mut().zip(&mut left) {
            *left = add(*sample, *left);
            *sample = *left;
        }
    }
}

/// One band: the planes' sums run side by side, each from the total of the planes before it.
#[inline(never)]
fn join_planes<const N: usize>(planes: &[u8], out: &mut [u8]) {
    let samples = planes.len().checked_div(N).unwrap_or(0).max(1);
    let mut sums = [0_u8; N];
    let mut rows: [&[u8]; N] = [&[]; N];
    let mut total = 0_u8;
    for ((sum, row), plane) in sums.iter_mut().zip(&mut rows).zip(planes.chunks_exact(samples)) {
        *sum = total;
        total = plane.iter().fold(total, |sum, &byte| sum.wrapping_add(byte));
        *row = plane;
    }
    let out = out.as_chunks_mut::<N>().0;
    let done = prefix_sum::join_front(&rows, &mut sums, out);
    for (index, sample) in out.iter_mut().enumerate().skip(done) {
        for (place, (sum, plane)) in sums.iter_mut().zip(&rows).enumerate() {
            *sum = sum.wrapping_add(plane.get(index).copied().unwrap_or(0));
            if let Some(byte) = sample.get_mut(byte_place::<N>(place)) {
                *byte = *sum;
            }
        }
    }
}

#[inline(never)]
fn join_planes_of_bands<const N: usize>(planes: &[u8], out: &mut [u8], bands: usize) {
    let mut planes = planes.to_vec();
    sum_row(&mut planes, bands, u8::wrapping_add);
    let samples = planes.len().checked_div(N).unwrap_or(0).max(1);
    for (place, plane) in planes.chunks_exact(samples).enumerate() {
        for (sample, &byte) in out.as_chunks_mut::<N>().0.iter_mut().zip(plane) {
            if let Some(out) = sample.get_mut(byte_place::<N>(place)) {
                *out = byte;
            }
        }
    }
}

/// Where byte `place` from the most significant stands in the machine's order.
const fn byte_place<const N: usize>(place: usize) -> usize {
    if cfg!(target_endian = "big") { place } else { N.saturating_sub(1).saturating_sub(place) }
}

#[cfg(test)]
#[path = "predictor_tests.rs"]
mod tests;
