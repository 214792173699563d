//! Numbers and metadata in the words that GDAL uses.

use std::fmt::Write;

use super::options::BandText;

/// C's `%.17g`: the shortest form that GDAL writes into its nodata tag.
pub(super) fn seventeen_digits(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{value:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..17).contains(&exponent) {
        let decimals = usize::try_from(16 - exponent).unwrap_or(0);
        return trim_zeros(&format!("{value:.decimals$}")).into();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim_zeros(mantissa), exponent.unsigned_abs())
}

/// GDAL's metadata document, or `None` where no band has a text.
pub(super) fn gdal_metadata(bands: &[BandText]) -> Option<String> {
    let mut items = String::new();
    for (band, text) in bands.iter().enumerate() {
        let parts = [("DESCRIPTION", "description", &text.description), ("UNITTYPE", "unittype", &text.units)];
        for (name, role, value) in parts {
            if let Some(value) = value {
                let value = escape(value);
                // Writing to a String cannot fail.
                let _ = writeln!(items, "  <Item name=\"{name}\" sample=\"{band}\" role=\"{role}\">{value}</Item>");
            }
        }
    }
    (!items.is_empty()).then(|| format!("<GDALMetadata>\n{items}</GDALMetadata>\n"))
}

fn trim_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
