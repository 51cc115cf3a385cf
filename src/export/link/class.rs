//! The settings of a class in a link, beside the configuration: `class=1.DATA`, and `lesson=NAME`.
//!
//! A page that does not know them passes them over, and loads the configuration. Never here: the address bar.

use super::packed::{pack, unpack};
use crate::domain::class::ClassSettings;
use crate::error::Result;

/// The part of a fragment with `settings`, without `#` or `&`.
pub fn encode(settings: &ClassSettings) -> String {
    // At most a few thousand characters, by the limits of its texts.
    format!("class={}", pack(settings.to_json().as_bytes()))
}

/// Reads the settings of a class in a fragment, with or without `#`; `None` when it has none.
///
/// # Errors
/// [`Code::InvalidConfig`](crate::error::Code::InvalidConfig) when they are of another version, too long, damaged, or out of range.
pub fn decode(fragment: &str) -> Option<Result<ClassSettings>> {
    let text = super::part(fragment, "class")?;
    Some(unpack(text, "link").and_then(|json| ClassSettings::from_json(&json)))
}

#[cfg(test)]
mod tests {
    use super::super::{decode as config_of, encode as link_of};
    use super::*;
    use crate::domain::class::Control;
    use crate::domain::lesson::list::in_fragment;
    use crate::domain::run::preset;

    #[test]
    fn a_link_carries_a_configuration_a_class_and_a_lesson_beside_each_other() {
        let settings = ClassSettings {
            title: "Step sizes, 9b".to_owned(),
            task: "Find the largest learning rate that still works.".to_owned(),
            free: vec![Control::LearningRate],
            hidden: vec!["time".to_owned(), "own".to_owned()],
        };
        let config = preset::config("planar").unwrap();
        let link = format!("#{}&{}&lesson=step-size", link_of(&config).unwrap(), encode(&settings));
        assert_eq!(decode(&link), Some(Ok(settings.clone())));
        assert_eq!(decode(&link.replace('=', "%3D")), Some(Ok(settings)));
        assert_eq!(config_of(&link), Some(Ok(config)));
        assert_eq!(in_fragment(&link), Some("step-size"));
        assert!(link.len() < 700, "{} characters", link.len());
        assert_eq!((decode("#c=1.abc"), decode("#class"), decode("")), (None, None, None));
    }

    #[test]
    fn longest_settings_still_make_a_link() {
        let letter = |at: u32| char::from_u32(0x4e00 + at * 37 % 20_000).unwrap_or('x');
        let settings = ClassSettings {
            title: (0..80).map(letter).collect(),
            task: (0..300).map(|at| letter(at + 80)).collect(),
            free: Control::EVERY.to_vec(),
            hidden: (0..40).map(|at| format!("{at:-<40}")).collect(),
        };
        assert_eq!(decode(&encode(&settings)), Some(Ok(settings)));
    }

    #[test]
    fn damaged_and_later_settings_are_refused_in_words() {
        let good = encode(&ClassSettings { title: "x".repeat(40), ..ClassSettings::default() });
        for (link, says) in [
            (good[..good.len() - 4].to_owned(), "this link is damaged"),
            (good.replace("class=1", "class=2"), "this link has format 2"),
            (format!("class={}", pack(br#"{"mood":1}"#)), "which this page does not know"),
            (format!("class=1.{}", "A".repeat(16_001)), "16001 characters"),
            (format!("class={}", pack(&vec![b' '; 300_000])), "unpacks to too much"),
        ] {
            let error = decode(&link).expect("there is a class").expect_err(says).to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
