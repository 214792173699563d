//! Definitions of EPSG and ESRI codes: a compressed table, made by `pkg-scripts/epsg_table.py`, that is opened when
//! the first code is looked up.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use crate::zstd;

/// The PROJ string of a code, or `None` where the table lacks it.
pub(super) fn definition(authority: &str, code: u32) -> Option<Cow<'static, str>> {
    let known = match (authority, code) {
        // What nearly every raster, page or equal-area grid asks for need not open the table: that takes 8 ms, and in
        // wasm the time to compile what opens it.
        ("EPSG", 4326) => WGS84,
        ("EPSG", 3857) => WEB_MERCATOR,
        ("EPSG", 6933) => EASE_GRID,
        ("EPSG", 32601..=32660) => return Some(utm(code - 32600, "").into()),
        ("EPSG", 32701..=32760) => return Some(utm(code - 32700, " +south").into()),
        _ => TABLE.definition(authority, code)?,
    };
    Some(known.into())
}

/// WGS 84 / UTM, as in the table.
fn utm(zone: u32, hemisphere: &str) -> String {
    format!("+proj=utm +zone={zone} +datum=WGS84{hemisphere}")
}

/// Datum, ellipsoid and meridian of an EPSG code's CRS as parts of a PROJ string.
pub(super) fn geodetic(code: u32) -> Option<String> {
    const KEYS: [&str; 10] = ["datum", "ellps", "a", "b", "rf", "f", "R", "towgs84", "nadgrids", "pm"];
    let definition = definition("EPSG", code)?;
    let kept = definition.split(' ').filter(|word| {
        let key = word.trim_start_matches('+').split('=').next().unwrap_or_default();
        KEYS.contains(&key)
    });
    Some(kept.collect::<Vec<_>>().join(" "))
}

/// Every code of the table, in order.
#[cfg(test)]
pub(super) fn codes() -> impl Iterator<Item = (&'static str, u32)> {
    TABLE.rows.iter().map(|row| (row.authority, row.code))
}

#[derive(Debug, Default)]
struct Table {
    /// Sorted by authority and code.
    rows: Vec<Row>,
    definitions: String,
}

#[derive(Debug)]
struct Row {
    authority: &'static str,
    code: u32,
    definition: Range<usize>,
}

impl Table {
    fn definition(&self, authority: &str, code: u32) -> Option<&str> {
        let at = self.rows.binary_search_by_key(&(authority, code), |row| (row.authority, row.code)).ok()?;
        self.definitions.get(self.rows.get(at)?.definition.clone())
    }

    /// Reads the format that the script describes; `None` where the bytes are something else.
    fn decoded(compressed: &[u8]) -> Option<Self> {
        let mut bytes = vec![0; MAX_TEXT_BYTES];
        let len = zstd::decode(compressed, &mut bytes).ok()?;
        let text = std::str::from_utf8(bytes.get(..len)?).ok()?;
        let (count, text) = text.split_once('\n')?;
        let (keys, mut rest) = text.split_once('\n')?;
        let count: usize = count.parse().ok()?;
        let mut codes = take_lines(&mut rest, count)?;
        let mut columns = Vec::new();
        for key in keys.split(' ') {
            columns.push(Column { key, values: take_lines(&mut rest, count)?, last: "" });
        }
        let mut table = Self { rows: Vec::with_capacity(count), definitions: String::with_capacity(count * 100) };
        let (mut authority, mut code) = ("", 0_u32);
        for _ in 0..count {
            let (initial, step) = codes.next()?.split_at_checked(1)?;
            let next_authority = if initial == "E" { "EPSG" } else { "ESRI" };
            code = if next_authority == authority { code } else { 0 }.checked_add(step.parse().ok()?)?;
            authority = next_authority;
            let start = table.definitions.len();
            for column in &mut columns {
                column.append_next(&mut table.definitions)?;
            }
            table.rows.push(Row { authority, code, definition: start..table.definitions.len() });
        }
        Some(table)
    }
}

/// The values of one key, row by row.
struct Column<'a> {
    key: &'a str,
    values: std::str::Split<'a, char>,
    last: &'a str,
}

impl Column<'_> {
    /// Adds the next row's ` +key=value` to a definition.
    fn append_next(&mut self, definition: &mut String) -> Option<()> {
        let value = self.values.next()?;
        if value.is_empty() {
            return Some(());
        }
        if value != "=" {
            self.last = value;
        }
        // The first key of every row is the projection, so only other keys follow a word.
        if self.key != "proj" {
            definition.push(' ');
        }
        definition.push('+');
        definition.push_str(self.key);
        if self.last != "!" {
            definition.push('=');
            definition.push_str(self.last);
        }
        Some(())
    }
}

/// The next `count` lines of a text, which then begins after them.
fn take_lines<'a>(text: &mut &'a str, count: usize) -> Option<std::str::Split<'a, char>> {
    let end = text.match_indices('\n').nth(count.checked_sub(1)?)?.0;
    let (lines, rest) = text.split_at(end);
    *text = rest.get(1..)?;
    Some(lines.split('\n'))
}

/// `EPSG:4326`, as in the table.
pub(super) const WGS84: &str = "+proj=longlat +datum=WGS84";
/// `EPSG:3857`, as in the table.
pub(super) const WEB_MERCATOR: &str = "+proj=webmerc +datum=WGS84";
/// `EPSG:6933`, as in the table.
pub(super) const EASE_GRID: &str = "+proj=cea +datum=WGS84 +lat_ts=30";
// The bytes are ours and a test reads every row, so an empty table can't happen; codes would be unknown, not wrong.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::decoded(include_bytes!("epsg.bin")).unwrap_or_default());
const MAX_TEXT_BYTES: usize = 1 << 20;

#[cfg(test)]
#[path = "crs_table_tests.rs"]
mod tests;
