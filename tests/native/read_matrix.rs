//! The table of `docs/PARITY.md` that says which real files are read, ours beside others.
//!
//! Written anew with `COGRID_WRITE=1 cargo test -p cogrid --test native -- corpus`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

/// What came of reading one file, all bands at full resolution.
#[derive(Debug, Clone)]
pub struct Row {
    pub file: String,
    /// Bands × rows × columns, type, compression and the like.
    pub what: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Every sample has GDAL's bits.
    Equal,
    /// The same once rounded to the shorter type that the reference was kept in.
    EqualRounded,
    /// A lossy codec: within the manifest's bound.
    Near,
    /// Too large for the manifest to hold a hash: equal at its probes.
    EqualAtProbes,
    /// Differs on purpose, see the reason.
    Known(&'static str),
    Differs,
    /// The code of the error.
    Refused(String),
}

impl Outcome {
    fn is_read(&self) -> bool {
        matches!(self, Self::Equal | Self::EqualRounded | Self::Near | Self::EqualAtProbes)
    }

    fn text(&self) -> String {
        match self {
            Self::Equal => "equal".to_owned(),
            Self::EqualRounded => "equal, rounded as rasterio does".to_owned(),
            Self::Near => "within bound".to_owned(),
            Self::EqualAtProbes => "equal at probes".to_owned(),
            Self::Known(why) => format!("differs: {why}"),
            Self::Differs => "**differs**".to_owned(),
            Self::Refused(code) => format!("refused: `{code}`"),
        }
    }
}

/// Compares the section of `docs/PARITY.md` with `rows`, or writes it where `COGRID_WRITE` is set.
pub fn check(rows: &[Row]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let peers = std::fs::read_to_string(root.join("tests/reference/peers_read.json")).expect("the peers' outcomes");
    let section = table(rows, &serde_json::from_str(&peers).expect("JSON"));
    let path = root.join("docs/PARITY.md");
    let document = std::fs::read_to_string(&path).unwrap_or_default();
    let (before, held, after) = split(&document);
    if std::env::var_os("COGRID_WRITE").is_some() {
        std::fs::write(&path, format!("{before}{START}\n{section}{END}{after}")).expect("the document is written");
        return;
    }
    assert!(
        held.trim() == section.trim(),
        "docs/PARITY.md is not what the files give; write it anew with\n    \
         COGRID_WRITE=1 cargo test -p cogrid --test native -- corpus"
    );
}

fn split(document: &str) -> (String, &str, &str) {
    match document.split_once(START).and_then(|(before, rest)| Some((before, rest.split_once(END)?))) {
        Some((before, (held, after))) => (before.to_owned(), held, after),
        None => {
            let title = if document.is_empty() { "# Parity\n\n" } else { "\n" };
            (format!("{document}{title}"), "", "\n")
        }
    }
}

fn table(rows: &[Row], peers: &Value) -> String {
    let mut out = String::from("\n## Files read\n\n");
    let (mut ours, mut theirs) = (0, BTreeMap::<&str, usize>::new());
    for row in rows {
        ours += usize::from(row.outcome.is_read());
        for reader in READERS {
            *theirs.entry(reader).or_default() += usize::from(peer(peers, &row.file, reader).starts_with("ok"));
        }
    }
    let _ = writeln!(
        out,
        "{} of {} real files, every band at full resolution, with the samples that GDAL 3.10 gives: bit for bit, lossy\n\
         codecs within the bound that GDAL's own versions differ by. The other readers' columns are the read matrix that\n\
         was measured of them (band 1 only; {}).\n",
        ours,
        rows.len(),
        peers["readers"].as_str().unwrap_or_default().trim_end_matches('.'),
    );
    let _ = writeln!(out, "| | cogrid | {} |\n|---|---|---|---|", READERS.join(" | "));
    let _ = writeln!(out, "| files read | {ours} | {} | {} |\n", theirs[READERS[0]], theirs[READERS[1]]);
    let _ = writeln!(out, "| file | what | cogrid | {} |\n|---|---|---|---|---|", READERS.join(" | "));
    for row in rows {
        let [one, two] = READERS.map(|reader| peer(peers, &row.file, reader));
        let _ = writeln!(out, "| {} | {} | {} | {one} | {two} |", row.file, row.what, row.outcome.text());
    }
    out.push('\n');
    out
}

fn peer<'a>(peers: &'a Value, file: &str, reader: &str) -> &'a str {
    peers["files"][file][reader].as_str().unwrap_or("-")
}

const READERS: [&str; 2] = ["geotiff.js", "async-tiff"];
const START: &str = "<!-- read matrix: made by tests/native/read_matrix.rs -->";
const END: &str = "<!-- end of the read matrix -->";
