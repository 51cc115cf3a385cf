//! The key of a stored run: the name of its folder, the same in every visit.
//!
//! It begins with the time of the run's begin, so that names in their order are runs in theirs. Never here: the ids of one visit.

use crate::export::checksum::crc32c;

/// Number of hexadecimal digits of the time.
const TIME: usize = 12;
/// Number of hexadecimal digits of chance: two runs of one millisecond do not meet.
const CHANCE: usize = 12;

/// The key of a run that begins at `unix_ms`; `chance` is any number from 0 to 1.
pub fn new_key(unix_ms: f64, chance: f64) -> String {
    let chance = (chance.clamp(0.0, 1.0) * (1_u64 << 47) as f64) as u64;
    format!("{:0TIME$x}-{chance:0CHANCE$x}", unix_ms.max(0.0) as u64 & ((1 << 48) - 1))
}

/// Whether `name` is a key: whatever else lies beside the runs is left alone.
pub fn is_key(name: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    matches!(name.split_once('-'), Some((time, chance)) if time.len() == TIME && chance.len() == CHANCE && is_hex(time) && is_hex(chance))
}

/// The number that goes into every checksum of the run's frames: a frame of another run is none of this one.
pub fn salt(key: &str) -> u32 {
    crc32c(key.as_bytes())
}

/// The name of the folder of all runs of a page whose own folder on its host is `path`: one host may have several such pages.
pub fn folder_of_page(path: &str) -> String {
    format!("emberscope-{:08x}", crc32c(path.as_bytes()))
}

/// The begin of the names of all locks of the runs in `folder`; each goes on with its run's key.
pub fn locks_of(folder: &str) -> String {
    format!("{folder}/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_known_again_and_come_in_the_order_of_their_times(a in 0.0..2e14_f64, b in 0.0..2e14_f64, chance in 0.0..=1.0_f64) {
            let (first, second) = (new_key(a, chance), new_key(b, 1.0 - chance));
            prop_assert!(is_key(&first) && is_key(&second), "{first} {second}");
            if a.trunc() < b.trunc() {
                prop_assert!(first < second);
            }
        }
    }

    #[test]
    fn what_is_no_key_is_left_alone() {
        for name in ["", "..", "log", "018c0000aaaa-", "018c0000aaaa-00000000000g", "018C0000AAAA-000000000000"] {
            assert!(!is_key(name), "{name}");
        }
        for odd in [f64::NAN, f64::NEG_INFINITY, f64::INFINITY, -1.0] {
            assert!(is_key(&new_key(odd, odd)), "{odd}");
        }
        assert_eq!(folder_of_page("/some/path/"), folder_of_page("/some/path/"));
        assert_ne!(folder_of_page("/some/path/"), folder_of_page("/other/"));
    }
}
