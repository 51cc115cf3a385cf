//! Settings of a class, as a teacher's link carries them beside a configuration: what is called how, what stays open, what is hidden.
//!
//! The form is JSON, read by hand and strictly: what comes in may be anything. A name of a later version is refused with the advice to
//! reload. Never here: packing, addresses.

use super::control::Control;
use super::text::check_line;
use crate::error::{Code, Error, Result};
use serde_json::{Map, Value};

/// The most characters of the title.
pub const MOST_TITLE: usize = 80;
/// The most characters of the task.
pub const MOST_TASK: usize = 300;
/// The most parts of the page that are hidden.
pub const MOST_HIDDEN: usize = 40;
/// The longest id of a part of the page, in bytes.
const MOST_ID: usize = 40;

/// The settings of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassSettings {
    /// The teacher's title; may be empty.
    pub title: String,
    /// The task, in a line; may be empty.
    pub task: String,
    /// The controls that stay open, each once, in the order of the setup; all others are locked.
    pub free: Vec<Control>,
    /// The ids of the parts of the page that are not shown. One that this page does not have hides nothing.
    pub hidden: Vec<String>,
}

fn damaged() -> Error {
    Error::new(Code::InvalidConfig, "the class settings of this link are damaged", "copy the whole link again")
}

fn newer(what: &str) -> Error {
    let message = format!("the class settings of this link have {what:?}, which this page does not know");
    Error::new(
        Code::InvalidConfig,
        message,
        "reload the page without its cache; if that does not help, the link belongs to a newer Emberscope",
    )
}

/// Whether `id` can be that of a part of the page.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MOST_ID && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn text(value: Value, name: &str, most: usize) -> Result<String> {
    let Value::String(text) = value else { return Err(damaged()) };
    check_line(name, &text, most)?;
    Ok(text)
}

/// The texts of a list of at most `most`.
fn texts(value: Value, name: &str, most: usize) -> Result<Vec<String>> {
    let Value::Array(items) = value else { return Err(damaged()) };
    if items.len() > most {
        return Err(Error::new(
            Code::InvalidConfig,
            format!("{name} of this link has {} entries", items.len()),
            format!("use at most {most}"),
        ));
    }
    let text = |item| if let Value::String(text) = item { Ok(text) } else { Err(damaged()) };
    items.into_iter().map(text).collect()
}

impl ClassSettings {
    /// Whether `control` is locked.
    pub fn locks(&self, control: Control) -> bool {
        !self.free.contains(&control)
    }

    /// Whether the part `id` of the page is hidden.
    pub fn hides(&self, id: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden == id)
    }

    /// The words on what is locked, in a sentence: `Locked: all but learning rate.`; empty while nothing is.
    pub fn lock_words(&self) -> String {
        let titles = |locked: bool| -> Vec<String> {
            let all = Control::ALL.into_iter().filter(|(control, ..)| self.locks(*control) == locked);
            all.map(|(.., title)| title.to_ascii_lowercase()).collect()
        };
        let (locked, free) = (titles(true), titles(false));
        match (locked.len(), free.len()) {
            (0, _) => String::new(),
            (_, 0) => "Locked: the whole setup.".to_owned(),
            (locked_count, free_count) if free_count <= locked_count => format!("Locked: all but {}.", free.join(", ")),
            _ => format!("Locked: {}.", locked.join(", ")),
        }
    }

    /// The settings as JSON; empty texts and lists are left out.
    pub fn to_json(&self) -> String {
        let list = |names: Vec<&str>| Value::from(names.into_iter().map(Value::from).collect::<Vec<_>>());
        let mut fields = Map::new();
        let mut set = |key: &str, value: Value| drop(fields.insert(key.to_owned(), value));
        set("title", self.title.as_str().into());
        set("task", self.task.as_str().into());
        set("free", list(self.free.iter().map(|control| control.name()).collect()));
        set("hidden", list(self.hidden.iter().map(String::as_str).collect()));
        fields.retain(|_, value| value.as_str() != Some("") && value.as_array().is_none_or(|list| !list.is_empty()));
        Value::Object(fields).to_string()
    }

    /// Reads settings from JSON.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`] or [`Code::InvalidData`], naming what is wrong and its limit.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(json) else { return Err(damaged()) };
        let mut settings = Self::default();
        for (key, value) in fields {
            match key.as_str() {
                "title" => settings.title = text(value, "the title in this link", MOST_TITLE)?,
                "task" => settings.task = text(value, "the task in this link", MOST_TASK)?,
                "free" => {
                    let names = texts(value, "the list of open controls", Control::ALL.len())?;
                    let known = names.iter().map(|name| Control::named(name).ok_or_else(|| newer(name)));
                    let known: Vec<Control> = known.collect::<Result<_>>()?;
                    settings.free = Control::EVERY.into_iter().filter(|control| known.contains(control)).collect();
                }
                "hidden" => {
                    settings.hidden = texts(value, "the list of hidden parts", MOST_HIDDEN)?;
                    if !settings.hidden.iter().all(|id| is_id(id)) {
                        return Err(damaged());
                    }
                }
                other => return Err(newer(other)),
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<ClassSettings> {
        ClassSettings::from_json(json.as_bytes())
    }

    /// Any settings that a teacher can make.
    pub fn any_settings() -> impl Strategy<Value = ClassSettings> {
        let hidden = prop::collection::vec("[a-z0-9-]{1,12}", 0..8);
        ("\\PC{0,80}", "\\PC{0,300}", prop::collection::vec(any::<bool>(), 13), hidden).prop_map(|(title, task, open, hidden)| {
            let free = Control::ALL.iter().zip(open).filter(|(_, open)| *open).map(|((control, ..), _)| *control).collect();
            ClassSettings { title, task, free, hidden }
        })
    }

    proptest! {
        #[test]
        fn settings_come_back_as_they_were(settings in any_settings()) {
            prop_assert_eq!(read(&settings.to_json()), Ok(settings));
        }
    }

    #[test]
    fn what_is_too_long_or_unknown_is_named() {
        for (json, says) in [
            (format!(r#"{{"title":"{}"}}"#, "é".repeat(81)), "the title in this link has 81 characters; use at most 80"),
            (format!(r#"{{"task":"{}"}}"#, "x".repeat(301)), "the task in this link has 301 characters; use at most 300"),
            (r#"{"task":"a\nb"}"#.to_owned(), "the task in this link has a line break"),
            (
                format!(r#"{{"hidden":[{}"x"]}}"#, r#""a","#.repeat(40)),
                "the list of hidden parts of this link has 41 entries; use at most 40",
            ),
            (r#"{"hidden":["../x"]}"#.to_owned(), "damaged"),
            (r#"{"free":["colour"]}"#.to_owned(), "have \"colour\", which this page does not know; reload"),
            (r#"{"free":"data"}"#.to_owned(), "damaged"),
            (r#"{"mood":1}"#.to_owned(), "\"mood\", which this page does not know"),
            ("[]".to_owned(), "damaged"),
            ("{".to_owned(), "damaged"),
        ] {
            let error = read(&json).expect_err(&json).to_string();
            assert!(error.contains(says), "{error}");
        }
        assert_eq!(read("{}"), Ok(ClassSettings::default()));
    }

    #[test]
    fn a_sentence_says_what_is_locked() {
        let with = |free: &[Control]| ClassSettings { free: free.to_vec(), ..ClassSettings::default() }.lock_words();
        let all: Vec<Control> = Control::EVERY.to_vec();
        assert_eq!(with(&[]), "Locked: the whole setup.");
        assert_eq!(with(&[Control::LearningRate]), "Locked: all but learning rate.");
        assert_eq!(with(&all[1..]), "Locked: data.");
        assert_eq!(with(&all), "");
    }

    #[test]
    fn controls_come_in_the_order_of_the_setup_and_once() {
        let settings = read(r#"{"free":["epochs","data","epochs"]}"#).unwrap();
        assert_eq!(settings.free, [Control::Data, Control::Epochs]);
        assert!(settings.locks(Control::Seed) && !settings.locks(Control::Data) && !settings.hides("x"));
    }
}
