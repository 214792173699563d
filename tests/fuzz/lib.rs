//! What the fuzz targets run and start from, shared with the smoke test of `npm test`.

pub mod codec_files;
pub mod container;
pub mod seeds;
pub mod targets;

/// A panic that a decoder of `codecs/` ends in is caught and costs its block; LibFuzzer's hook would end the process before.
/// A panic that nothing catches still does.
pub fn let_panics_be_caught() {
    drop(std::panic::take_hook());
}
