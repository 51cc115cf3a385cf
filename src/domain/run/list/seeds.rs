//! Seeds of several runs of one configuration.

use crate::error::{Code, Error, Result};

/// The largest number of seeds that one click trains in turn.
pub const MOST_SEEDS: u32 = 32;

/// The seeds `first`, `first + 1`, … of `count` runs.
///
/// # Errors
/// [`Code::InvalidConfig`] when `count` is not within 2 to [`MOST_SEEDS`], or the seeds would pass the largest.
pub fn seeds(first: u32, count: u32) -> Result<Vec<u32>> {
    if !(2..=MOST_SEEDS).contains(&count) {
        return Err(Error::new(Code::InvalidConfig, format!("{count} seeds asked for"), format!("choose 2 to {MOST_SEEDS}")));
    }
    let last = first.checked_add(count - 1).ok_or_else(|| {
        let hint = format!("begin at {} or below", u32::MAX - count + 1);
        Error::new(Code::InvalidConfig, format!("{count} seeds from {first} on go beyond {}", u32::MAX), hint)
    })?;
    Ok((first..=last).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_counted_up_and_bounded() {
        assert_eq!(seeds(7, 3).unwrap(), [7, 8, 9]);
        assert_eq!(seeds(u32::MAX - 1, 2).unwrap(), [u32::MAX - 1, u32::MAX]);
        assert!(seeds(u32::MAX, 2).unwrap_err().hint().contains("4294967294"));
        for count in [0, 1, MOST_SEEDS + 1] {
            assert!(seeds(0, count).unwrap_err().message().contains("seeds asked for"));
        }
    }
}
