//! How far our numbers are from each reference, and the tables of it in `docs/PARITY.md`.

use std::collections::BTreeMap;
use std::path::Path;

use cogrid::resample::Method;
use serde_json::Value;

/// Who else computed a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// Its warper, point methods of squares.
    Gdal,
    /// The definition in f64, point methods at every grid's centres.
    Points,
    Exactextract,
    /// Every pixel intersected with the cell, in f64.
    Twin,
    /// The same along the true curves of edges.
    Curve,
}

impl Reference {
    pub const ALL: [Self; 5] = [Self::Gdal, Self::Points, Self::Exactextract, Self::Twin, Self::Curve];

    /// The key in the files of values.
    pub fn key(self) -> &'static str {
        match self {
            Self::Gdal => "gdal",
            Self::Points => "points",
            Self::Exactextract => "exactextract",
            Self::Twin => "twin",
            Self::Curve => "curve",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gdal => "GDAL",
            Self::Points | Self::Twin => "brute force",
            Self::Exactextract => "exactextract",
            Self::Curve => "true curves",
        }
    }

    /// Relative. exactextract's fractions are `f32`; chords stay within 3e-4 pixel of the true curve and have its area.
    fn tolerance(self) -> f64 {
        match self {
            Self::Gdal | Self::Points | Self::Twin => 1e-9,
            Self::Exactextract => 1e-6,
            Self::Curve => 1e-4,
        }
    }
}

/// The largest difference of some cells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Worst {
    pub cells: usize,
    /// Cells of which the script says why the value is no reference.
    pub left_out: usize,
    pub by: f64,
}

impl Worst {
    fn add(&mut self, other: Self) {
        self.cells += other.cells;
        self.left_out += other.left_out;
        self.by = self.by.max(other.by);
    }
}

#[derive(Debug)]
pub struct Case {
    name: String,
    worst: BTreeMap<Reference, Worst>,
}

impl Case {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), worst: BTreeMap::new() }
    }
}

#[derive(Default)]
pub struct Report {
    methods: BTreeMap<(String, Reference), Worst>,
    pub cases: Vec<Case>,
    pub failures: Vec<String>,
}

impl Report {
    pub fn note(&mut self, case: &mut Case, method: &str, reference: Reference, (worst, example): (Worst, String)) {
        self.methods.entry((method.to_owned(), reference)).or_default().add(worst);
        case.worst.entry(reference).or_default().add(worst);
        if worst.by > reference.tolerance() {
            let (name, by) = (&case.name, worst.by);
            self.failures.push(format!("{name}: {method} differs from {} by {by:.1e}: {example}", reference.name()));
        }
    }

    pub fn print(&self) {
        for case in &self.cases {
            eprintln!("{case:?}");
        }
        for ((method, reference), Worst { cells, left_out, by }) in &self.methods {
            let name = reference.name();
            eprintln!("{method:24} {name:14} {cells:6} cells, {left_out:4} left out, largest difference {by:.1e}");
        }
    }

    /// Puts the tables into their section of `path`; `of` finds the raster and the grid of a case.
    pub fn write<'a>(&self, path: &Path, of: impl Fn(&str) -> Option<(&'a Value, &'a Value)>) {
        let before = std::fs::read_to_string(path).unwrap_or_else(|_| "# Parity\n".to_owned());
        let (head, tail) = match (before.find(START), before.find(END)) {
            (Some(from), Some(to)) => (before[..from].to_owned(), before[to + END.len()..].to_owned()),
            _ => (format!("{}\n\n", before.trim_end()), "\n".to_owned()),
        };
        let (methods, cases) = (self.table_of_methods().join("\n"), self.table_of_cases(of).join("\n"));
        let section = format!("{START}\n\n## Values\n\n{methods}\n\n{cases}\n\n{END}");
        std::fs::write(path, format!("{head}{section}{tail}")).expect("docs can be written");
    }

    fn table_of_methods(&self) -> Vec<String> {
        let mut lines = vec![
            "Largest relative difference of our values from those of others, over all cells compared. Zero is written where every bit is equal. In brackets, how many values are left out because `make_references.py` finds that they are no reference, and says why.".to_owned(),
            String::new(),
            "| method | cells | GDAL | exactextract | brute force in f64 | true curves |".to_owned(),
            "|---|---|---|---|---|---|".to_owned(),
        ];
        let mut methods: Vec<&String> = self.methods.keys().map(|(method, _)| method).collect();
        methods.dedup();
        let position = |method: &str| Method::ALL.iter().position(|known| known.name() == method).unwrap_or(usize::MAX);
        methods.sort_by_key(|method| position(method));
        for method in methods {
            let of = |reference| self.methods.get(&(method.clone(), reference)).copied();
            let brute = of(Reference::Twin).or(of(Reference::Points));
            let cells = brute.map_or(0, |worst| worst.cells);
            let columns = [of(Reference::Gdal), of(Reference::Exactextract), brute, of(Reference::Curve)].map(shown);
            lines.push(format!("| `{method}` | {cells} | {} |", columns.join(" | ")));
        }
        lines
    }

    fn table_of_cases<'a>(&self, of: impl Fn(&str) -> Option<(&'a Value, &'a Value)>) -> Vec<String> {
        let mut lines = vec![
            "The same by case. `true curves`: brute force with 256 chords an edge, the cost of our own: edges are cut until they bend by less than 3e-4 pixel, then two chords have the curve's area.".to_owned(),
            String::new(),
            "| case | raster | grid | GDAL | exactextract | brute force | true curves |".to_owned(),
            "|---|---|---|---|---|---|---|".to_owned(),
        ];
        let mut before = "";
        for case in &self.cases {
            // A case once, whatever block sizes it was compared with.
            let Some((raster, grid)) = of(&case.name).filter(|_| before != case.name) else { continue };
            before = &case.name;
            let same = self.cases.iter().filter(|other| other.name == case.name);
            let of = |references: &[Reference]| {
                let mut worst = None;
                for other in same.clone().flat_map(|case| &case.worst).filter(|(key, _)| references.contains(key)) {
                    worst.get_or_insert_with(Worst::default).add(*other.1);
                }
                shown(worst)
            };
            let columns = [
                of(&[Reference::Gdal]),
                of(&[Reference::Exactextract]),
                of(&[Reference::Twin, Reference::Points]),
                of(&[Reference::Curve]),
            ];
            let text = |value: &'a Value, name: &str| value[name].as_str().unwrap_or_default();
            let from = raster["file"].as_str().and_then(|file| file.rsplit('/').next()).unwrap_or("by formula");
            let crs = grid["crs"].as_str().unwrap_or("EPSG:4326");
            lines.push(format!(
                "| {} | {from}, {} | {} in {crs} | {} |",
                case.name,
                text(raster, "crs"),
                text(grid, "type"),
                columns.join(" | ")
            ));
        }
        lines
    }
}

/// A difference as a power of ten that bounds it, so that rounding elsewhere does not change the page.
fn shown(worst: Option<Worst>) -> String {
    let Some(Worst { cells, left_out, by }) = worst.filter(|worst| worst.cells + worst.left_out > 0) else {
        return String::new();
    };
    let bound = match by {
        _ if cells == 0 => "none".to_owned(),
        0.0 => "0".to_owned(),
        by => format!("< 1e{}", by.log10().floor() as i32 + 1),
    };
    if left_out > 0 { format!("{bound} ({left_out})") } else { bound }
}

const START: &str = "<!-- references: made by tests/native/reference.rs -->";
const END: &str = "<!-- end of the references -->";
