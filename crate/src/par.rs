//! The only file that knows whether threads are there: rayon natively and in the `threads` wasm build, a plain
//! loop in the `single` build. Results keep the order of their inputs, so both give the same bits.

/// `f` of each item, in the items' order. `f` must not panic: in wasm a panicking rayon task hangs its caller.
#[cfg(any(not(target_arch = "wasm32"), target_feature = "atomics"))]
pub fn map<T: Send, R: Send>(items: Vec<T>, f: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    use rayon::prelude::*;
    items.into_par_iter().map(f).collect()
}

/// `f` of each item, in the items' order.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
pub fn map<T: Send, R: Send>(items: Vec<T>, f: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    items.into_iter().map(f).collect()
}

/// Threads that [`map`] uses.
#[must_use]
pub fn thread_count() -> usize {
    #[cfg(any(not(target_arch = "wasm32"), target_feature = "atomics"))]
    {
        rayon::current_num_threads()
    }
    #[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
    {
        1
    }
}
