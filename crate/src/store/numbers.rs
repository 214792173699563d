//! Columns as bytes: little-endian f64, eight a value.

/// The bytes of the values.
#[must_use]
pub fn encode(values: &[f64]) -> Vec<u8> {
    if cfg!(target_endian = "little") {
        return bytemuck::cast_slice(values).to_vec();
    }
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The values of the bytes; what is left over of the last one is left out.
#[must_use]
pub fn decode(bytes: &[u8]) -> Vec<f64> {
    let (whole, _) = bytes.as_chunks::<8>();
    if cfg!(target_endian = "little") {
        let mut values = vec![0.0; whole.len()];
        bytemuck::cast_slice_mut::<f64, u8>(&mut values).copy_from_slice(whole.as_flattened());
        return values;
    }
    whole.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_to_the_bit() {
        let values = [0.1, -0.0, f64::from_bits(0x7ff8_0000_0000_0001), f64::MIN_POSITIVE, f64::INFINITY];
        let bytes = encode(&values);
        assert_eq!(bytes, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&decode(&bytes)), bits(&values));
        // Wherever the bytes start, and whatever is left over.
        let shifted = [&[7][..], &bytes, &[1, 2]].concat();
        assert_eq!(bits(&decode(&shifted[1..])), bits(&values));
        assert!(decode(&[]).is_empty());
    }
}
