//! The number of samples in a list of numbers, and the largest number in one question.

use crate::error::{Code, Error, Result};

/// The largest number of numbers in one question, and in its answer: 256 MB, enough for 85 000 images of 28 by 28 pixels.
/// Page and worker each hold them once.
pub const MOST_NUMBERS: usize = 64 << 20;

/// Number of samples in `numbers` numbers, `width` a sample, of which each is answered by `outputs` numbers.
///
/// # Errors
/// [`Code::InvalidData`] when these are no whole samples, or when they or the answer are more than [`MOST_NUMBERS`].
pub fn samples_in(numbers: usize, width: usize, outputs: usize) -> Result<usize> {
    let width = width.max(1);
    let most = MOST_NUMBERS / width.max(outputs);
    if numbers > MOST_NUMBERS || numbers / width > most {
        let answer = if numbers > MOST_NUMBERS { "" } else { " with so many outputs" };
        let message = format!("{numbers} numbers are too many for one prediction{answer}");
        let hint = format!("ask in parts of at most {} numbers: {most} samples of {width}", most * width);
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
        assert_eq!(samples_in(3 * 784, 784, 10), Ok(3));
        assert_eq!(samples_in(MOST_NUMBERS, 4, 2), Ok(MOST_NUMBERS / 4));
        // One number a sample in 256 classes: the answer alone would be 68 GB.
        let error = samples_in(MOST_NUMBERS, 1, 256).unwrap_err().to_string();
        assert!(error.contains("67108864 numbers are too many for one prediction with so many outputs"), "{error}");
        assert!(error.contains("at most 262144 numbers: 262144 samples of 1"), "{error}");
        assert_eq!(samples_in(262_144, 1, 256), Ok(262_144));
        for (numbers, says) in [
            (0, "0 numbers are not whole samples of 784; give 784 numbers a sample"),
            (785, "785 numbers are not whole samples of 784"),
            (
                784 * 100_000,
                "78400000 numbers are too many for one prediction; ask in parts of at most 67108832 numbers: 85598 samples of 784",
            ),
        ] {
            let error = samples_in(numbers, 784, 10).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
