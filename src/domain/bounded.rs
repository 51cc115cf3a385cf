//! Lists and texts of a configuration within a largest length.
//!
//! A list is refused as soon as it is read, so that a link of a few hundred letters does not become a model of thousands of layers
//! that anybody works on; what is read at all is bounded by the longest JSON of a configuration. The same limits are checked
//! again with all other values, since a configuration is also made by programs. Never here: the limits themselves.

use crate::error::{Code, Error, Result};
use serde::de::{Deserialize, Deserializer, Error as _};

fn too_many(what: &str, count: usize) -> String {
    format!("{what} has {count} entries")
}

/// Refuses a list called `what` with more than `most` entries.
///
/// # Errors
/// [`Code::InvalidConfig`], naming the list, its length and the limit.
pub fn check_count(what: &str, count: usize, most: usize) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(Error::new(Code::InvalidConfig, too_many(what, count), format!("use at most {most}")))
}

/// Refuses a text called `what` with more than `most` bytes. The text itself is in no message: it is too long for that.
///
/// # Errors
/// [`Code::InvalidConfig`], naming the text, its length and the limit.
pub fn check_length(what: &str, text: &str, most: usize) -> Result<()> {
    if text.len() <= most {
        return Ok(());
    }
    Err(Error::new(Code::InvalidConfig, format!("{what} has {} bytes", text.len()), format!("use at most {most}")))
}

/// Reads a list called `what` of at most `most` entries.
///
/// # Errors
/// When it is none, an entry is wrong, or there are more.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
    what: &'static str,
    most: usize,
) -> std::result::Result<Vec<T>, D::Error> {
    let list = Vec::<T>::deserialize(deserializer)?;
    if list.len() <= most { Ok(list) } else { Err(D::Error::custom(format!("{}, more than {most}", too_many(what, list.len())))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three(json: &str) -> std::result::Result<Vec<u8>, String> {
        list(&mut serde_json::Deserializer::from_str(json), "numbers", 3).map_err(|error| error.to_string())
    }

    #[test]
    fn a_list_is_read_up_to_its_limit() {
        assert_eq!(three("[]"), Ok(vec![]));
        assert_eq!(three("[1,2,3]"), Ok(vec![1, 2, 3]));
        assert!(three("[1,2,3,4,5]").unwrap_err().starts_with("numbers has 5 entries, more than 3"));
        assert!(three("[1,-2]").unwrap_err().contains("-2"));
        assert!(three("7").is_err());
    }

    #[test]
    fn what_is_too_long_is_named_with_its_limit() {
        assert_eq!(check_count("callbacks", 16, 16), Ok(()));
        assert_eq!(check_count("callbacks", 17, 16).unwrap_err().to_string(), "callbacks has 17 entries; use at most 16");
        assert_eq!(check_length("monitor", "é", 2), Ok(()));
        assert_eq!(check_length("monitor", &"é".repeat(200), 200).unwrap_err().to_string(), "monitor has 400 bytes; use at most 200");
    }
}
