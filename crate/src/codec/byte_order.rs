//! Bytes of each number turned round.

/// Reverses the bytes of every number of `number_bytes` (1, 2, 3, 4 or 8).
#[inline(never)]
pub fn swap(bytes: &mut [u8], number_bytes: usize) {
    match number_bytes {
        2 => swap_each::<2>(bytes),
        3 => swap_each::<3>(bytes),
        4 => swap_each::<4>(bytes),
        8 => swap_each::<8>(bytes),
        _ => {}
    }
}

fn swap_each<const N: usize>(bytes: &mut [u8]) {
    for sample in bytes.as_chunks_mut::<N>().0 {
        sample.reverse();
    }
}
