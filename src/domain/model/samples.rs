//! The number of samples in a list of numbers, and the largest number in one question.

use crate::error::{Code, Error, Result};

/// The largest number of numbers in one prediction: 256 MB, enough for 85 000 images of 28 by 28 pixels. Page and
/// worker each hold them once.
pub const MOST_NUMBERS: usize = 64 << 20;

/// Number of samples in `numbers` numbers, `width` a sample.
///
/// # Errors
/// [`Code::InvalidData`] when these are no whole samples, or more than [`MOST_NUMBERS`].
pub fn samples_in(numbers: usize, width: usize) -> Result<usize> {
    let width = width.max(1);
    if numbers > MOST_NUMBERS {
        let message = format!("{numbers} numbers are too many for one prediction");
        let hint = format!("ask in parts of at most {MOST_NUMBERS} numbers: {} samples of {width}", MOST_NUMBERS / width);
        return Err(Error::new(Code::InvalidData, message, hint));
    }
    if numbers == 0 || !numbers.is_multiple_of(width) {
        let message = format!("{numbers} numbers are not whole samples of {width}");
        return Err(Error::new(Code::InvalidData, message, format!("give {width} numbers a sample")));
    }
    Ok(numbers / width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_samples_are_counted_and_anything_else_is_refused_in_words() {
        assert_eq!(samples_in(3 * 784, 784), Ok(3));
        assert_eq!(samples_in(MOST_NUMBERS, 4), Ok(MOST_NUMBERS / 4));
        for (numbers, says) in [
            (0, "0 numbers are not whole samples of 784; give 784 numbers a sample"),
            (785, "785 numbers are not whole samples of 784"),
            (
                784 * 100_000,
                "78400000 numbers are too many for one prediction; ask in parts of at most 67108864 numbers: 85598 samples of 784",
            ),
        ] {
            let error = samples_in(numbers, 784).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
