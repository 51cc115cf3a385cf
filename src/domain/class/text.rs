//! Texts that people write for a class, a title or a name: one line each, of a limited length.

use crate::error::{Code, Error, Result};

/// Checks a text from outside, called `name` in the message: its length in characters, and that it is one line of readable characters.
///
/// # Errors
/// [`Code::InvalidData`], naming the text, its length and the limit.
pub(super) fn check_line(name: &str, text: &str, most: usize) -> Result<()> {
    let length = text.chars().count();
    if length > most {
        return Err(Error::new(Code::InvalidData, format!("{name} has {length} characters"), format!("use at most {most}")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::new(Code::InvalidData, format!("{name} has a line break or another control character"), "write it in one line"));
    }
    Ok(())
}

/// A text that was typed or pasted, as it can be kept: one line, without blanks around it, of at most `most` characters.
pub fn line(text: &str, most: usize) -> String {
    let one_line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let cut: String = one_line.trim().chars().take(most).collect();
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_line_can_always_be_kept(text in "\\PC{0,20}[\\n\\t ]{0,3}\\PC{0,60}", most in 1..40_usize) {
            let kept = line(&text, most);
            prop_assert_eq!(check_line("it", &kept, most), Ok(()));
            prop_assert_eq!(line(&kept, most), kept);
        }
    }
}
