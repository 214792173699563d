//! Columns of an answer and their names: a method's; of several bands `b2_average` and each band's `b2_confidence`.

use crate::error::{Code, Error, Result};
use crate::resample::{BandColumns, Method};

/// Columns side by side, and the first band's confidence.
pub type Flat = (Vec<(String, Vec<f64>)>, Vec<f64>);

/// Names of the columns of some bands, counted from 0; without the confidence that every answer has.
pub(super) fn names(bands0: &[u16], methods: &[Method]) -> Vec<String> {
    let methods = || methods.iter().map(|method| method.name().into_owned());
    if bands0.len() < 2 {
        return methods().collect();
    }
    let of_band = |&band0: &u16| methods().chain([CONFIDENCE.to_owned()]).map(move |name| prefixed(band0, &name));
    bands0.iter().flat_map(of_band).collect()
}

/// The columns of bands under their [`names`].
pub(super) fn flat(bands0: &[u16], bands: Vec<BandColumns>) -> Flat {
    let confidence = bands.first().map(|band| band.confidence.clone()).unwrap_or_default();
    let is_one = bands0.len() < 2;
    let mut columns = Vec::new();
    for (&band0, band) in bands0.iter().zip(bands) {
        let name = |method: &Method| if is_one { method.name().into_owned() } else { prefixed(band0, &method.name()) };
        columns.extend(band.columns.into_iter().map(|(method, values)| (name(&method), values)));
        if !is_one {
            columns.push((prefixed(band0, CONFIDENCE), band.confidence));
        }
    }
    (columns, confidence)
}

/// The bands of columns that were made flat. `bug` where they were not.
pub fn bands((columns, confidence): Flat) -> Result<Vec<BandColumns>> {
    let mut bands: Vec<(Option<String>, BandColumns)> = Vec::new();
    for (name, values) in columns {
        let (band, name) = match name.split_once('_') {
            Some((band, rest)) => (Some(band.to_owned()), rest),
            None => (None, name.as_str()),
        };
        if bands.last().is_none_or(|last| last.0 != band) {
            bands.push((band, BandColumns::default()));
        }
        let Some((_, columns)) = bands.last_mut() else { continue };
        if name == CONFIDENCE {
            columns.confidence = values;
        } else {
            let method = Method::parse(name).map_err(|cause| {
                Error::new(Code::Bug, format!("expected columns of an answer: {}", cause.message()))
            })?;
            columns.columns.push((method, values));
        }
    }
    if let [(None, only)] = bands.as_mut_slice() {
        only.confidence = confidence;
    }
    Ok(bands.into_iter().map(|(_, band)| band).collect())
}

fn prefixed(band0: u16, name: &str) -> String {
    format!("b{}_{name}", u32::from(band0) + 1)
}

const CONFIDENCE: &str = "confidence";

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
