//! The room for the samples of a loaded set: how many bytes they may have on this device, beside the sets that are loaded already.
//!
//! A packed file of half a megabyte can hold half a gigabyte, so its own size says nothing. Training takes several times the
//! samples themselves, so a set may have an eighth of a device's memory. Never here: asking the device.

/// The largest number of bytes of the decoded samples of one set: as much as a tab can hold beside the training itself.
pub const MOST_BYTES: usize = 512 << 20;
/// The sets of the largest size that may be loaded together.
const SETS: usize = 2;
/// The share of a device's memory that one set may have: one in so many.
const SHARE: f64 = 8.0;

/// The room for one more set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Number of bytes.
    pub bytes: usize,
    /// The reason for this number.
    pub reason: String,
    /// The remedy for what is larger, as an instruction to the visitor.
    pub remedy: &'static str,
}

fn megabytes(bytes: usize) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

impl Room {
    /// The room on a device of which nothing is known, with nothing loaded.
    pub fn usual() -> Self {
        Self::of(None, 0)
    }

    /// The room on a device with `gigabytes` of memory, where it tells, beside sets of `loaded` bytes in all.
    pub fn of(gigabytes: Option<f64>, loaded: usize) -> Self {
        let device = gigabytes.filter(|gigabytes| *gigabytes > 0.0).map(|gigabytes| (gigabytes * f64::from(1 << 30) / SHARE) as usize);
        let one = device.unwrap_or(MOST_BYTES).min(MOST_BYTES);
        let left = (SETS * one).saturating_sub(loaded);
        if left < one {
            let reason = format!("the sets that are loaded already have {} of the {} for all", megabytes(loaded), megabytes(SETS * one));
            return Self { bytes: left, reason, remedy: "reload the page, which forgets them, and load only this one" };
        }
        if one < MOST_BYTES {
            let reason = format!("the browser says that this device has {} GB of memory", gigabytes.unwrap_or(0.0));
            return Self { bytes: one, reason, remedy: "take fewer images, or scale them down, or use a device with more memory" };
        }
        Self { bytes: one, reason: "a tab holds no more".to_owned(), remedy: "take fewer images, or scale them down" }
    }

    /// The limit in words.
    pub fn words(&self) -> String {
        format!("more than the limit of {}: {}", megabytes(self.bytes), self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_an_eighth_of_a_small_device_and_half_a_gigabyte_of_any() {
        for (gigabytes, mebibytes) in
            [(None, 512), (Some(8.0), 512), (Some(4.0), 512), (Some(2.0), 256), (Some(1.0), 128), (Some(0.25), 32)]
        {
            assert_eq!(Room::of(gigabytes, 0).bytes, mebibytes << 20, "{gigabytes:?}");
        }
        // Nonsense is not believed.
        for odd in [0.0, -1.0, f64::NAN] {
            assert_eq!(Room::of(Some(odd), 0), Room::usual());
        }
        assert_eq!(Room::of(Some(1.0), 0).words(), "more than the limit of 135 MB: the browser says that this device has 1 GB of memory");
    }

    #[test]
    fn sets_that_are_loaded_leave_less_and_at_last_nothing() {
        assert_eq!(Room::of(None, MOST_BYTES), Room::usual(), "two of the largest");
        let less = Room::of(None, MOST_BYTES + 1_000_000);
        assert_eq!(less.bytes, MOST_BYTES - 1_000_000);
        assert!(
            less.words().contains("the sets that are loaded already have 538 MB of the 1074 MB for all") && less.remedy.contains("reload")
        );
        assert_eq!(Room::of(None, 3 * MOST_BYTES).bytes, 0);
        assert_eq!(Room::of(Some(1.0), 200 << 20).bytes, 56 << 20);
    }
}
