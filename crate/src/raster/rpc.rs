//! Rational polynomial coefficients, kept as metadata.

use std::collections::BTreeMap;

use serde::Serialize;

/// A number or a list of coefficients.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum RpcValue {
    Number(f64),
    Coefficients(Vec<f64>),
}

/// The 92 numbers of the tag by their names in GDAL's RPC domain; `None` where there are fewer.
pub(super) fn rpc(values: &[f64]) -> Option<BTreeMap<&'static str, RpcValue>> {
    let (numbers, coefficients) = values.split_at_checked(NUMBERS.len())?;
    if coefficients.len() < COEFFICIENTS.len().saturating_mul(COUNT) {
        return None;
    }
    let numbers = NUMBERS.iter().zip(numbers).map(|(&name, &value)| (name, RpcValue::Number(value)));
    let coefficients = COEFFICIENTS
        .iter()
        .zip(coefficients.chunks_exact(COUNT))
        .map(|(&name, values)| (name, RpcValue::Coefficients(values.to_vec())));
    Some(numbers.chain(coefficients).collect())
}

const NUMBERS: [&str; 12] = [
    "ERR_BIAS",
    "ERR_RAND",
    "LINE_OFF",
    "SAMP_OFF",
    "LAT_OFF",
    "LONG_OFF",
    "HEIGHT_OFF",
    "LINE_SCALE",
    "SAMP_SCALE",
    "LAT_SCALE",
    "LONG_SCALE",
    "HEIGHT_SCALE",
];
const COEFFICIENTS: [&str; 4] = ["LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"];
/// Coefficients of one polynomial.
const COUNT: usize = 20;
