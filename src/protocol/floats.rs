//! Numbers as a message's bytes and back: samples, probabilities and others that are not in a [`frame`](super::frame).

/// The bytes of `values`, one after the other, little-endian.
pub fn to_bytes(values: &[f32]) -> Vec<u8> {
    let mut bytes = vec![0; 4 * values.len()];
    // In fours, which the compiler makes one copy of all.
    bytes.as_chunks_mut().0.iter_mut().zip(values).for_each(|(place, value)| *place = value.to_le_bytes());
    bytes
}

/// The numbers in `bytes`; fewer than four bytes at the end are no number and are left out.
pub fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_to_the_bit() {
        let values = [0.0, -0.0, 1.5, f32::NAN, f32::NEG_INFINITY, f32::MIN_POSITIVE];
        let mut bytes = to_bytes(&values);
        bytes.push(7);
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&from_bytes(&bytes)), bits(&values));
    }
}
