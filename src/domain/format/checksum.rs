//! The checksums of files: CRC-32 for zip, CRC-32C for TensorBoard, JSONL and weights.
//!
//! By hand, with a table that is made when it is first needed: the fast implementations in crates bring along tables of
//! 24 kB that no download can pack. A byte takes a nanosecond or two, far less than writing the bytes does.

use std::sync::LazyLock;

/// The table of each byte's remainder, for a polynomial with its lowest power first.
fn table(polynomial: u32) -> [u32; 256] {
    std::array::from_fn(|byte| (0..8).fold(byte as u32, |crc, _| if crc & 1 == 1 { crc >> 1 ^ polynomial } else { crc >> 1 }))
}

static ZIP: LazyLock<[u32; 256]> = LazyLock::new(|| table(0xedb8_8320));
static CASTAGNOLI: LazyLock<[u32; 256]> = LazyLock::new(|| table(0x82f6_3b78));

fn append(table: &[u32; 256], crc: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!crc, |crc, &byte| crc >> 8 ^ table[usize::from(crc as u8 ^ byte)])
}

/// Continues a CRC-32: `crc` is that of the bytes before, 0 at the start.
pub fn crc32_append(crc: u32, bytes: &[u8]) -> u32 {
    append(&ZIP, crc, bytes)
}

/// The CRC-32C of `bytes`.
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc32c_append(0, bytes)
}

/// Continues a CRC-32C: `crc` is that of the bytes before, 0 at the start.
pub fn crc32c_append(crc: u32, bytes: &[u8]) -> u32 {
    append(&CASTAGNOLI, crc, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn agrees_with_the_catalogue() {
        // The check values of the catalogue of parametrised CRC algorithms (reveng).
        assert_eq!(crc32_append(0, b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    proptest! {
        #[test]
        fn agrees_with_the_crates(first: Vec<u8>, second: Vec<u8>) {
            let whole = [first.clone(), second.clone()].concat();
            let mut reference = flate2::Crc::new();
            reference.update(&whole);
            prop_assert_eq!(crc32_append(crc32_append(0, &first), &second), reference.sum());
            prop_assert_eq!(crc32c_append(crc32c(&first), &second), ::crc32c::crc32c(&whole));
        }
    }
}
