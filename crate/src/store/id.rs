//! Short stable names for long things: the same content has the same id on every machine.

pub use crate::digest::Digest;

/// `prefix`, an underscore and 12 hexadecimal digits of the parts' digest.
#[must_use]
pub fn short_id(prefix: &str, parts: &[&str]) -> String {
    let hex = parts.iter().fold(Digest::default(), |digest, part| digest.and(part.as_bytes())).hex();
    format!("{prefix}_{}", hex.get(20..).unwrap_or(&hex))
}
