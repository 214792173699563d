//! Real rasters that live beside the repository and are read where they are.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// `COGRID_SHARED_DATA`, else `../shared/data` beside the workspace; `None`, said on stderr, where it is absent.
pub fn root() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let root = std::env::var_os("COGRID_SHARED_DATA").map_or_else(beside, PathBuf::from);
    if root.join("manifest.json").is_file() {
        return Some(root);
    }
    eprintln!("skipped: no shared rasters at {}; COGRID_SHARED_DATA names another place", root.display());
    None
}

/// Entries of the manifest whose file starts with `folder`.
pub fn entries(root: &Path, folder: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root.join("manifest.json")).expect("the manifest is readable");
    let mut manifest: Value = serde_json::from_str(&without_nan(text)).expect("the manifest is JSON");
    let Value::Array(files) = manifest["files"].take() else { panic!("the manifest lists files") };
    files.into_iter().filter(|entry| entry["file"].as_str().is_some_and(|file| file.starts_with(folder))).collect()
}

/// Python writes NaN and infinities that JSON doesn't know; no test needs them.
fn without_nan(mut text: String) -> String {
    for before in [": ", ", ", "["] {
        for number in ["NaN", "-Infinity", "Infinity"] {
            text = text.replace(&format!("{before}{number}"), &format!("{before}null"));
        }
    }
    text
}
