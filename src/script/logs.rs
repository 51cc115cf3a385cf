//! The `logs` that a hook is called with: Keras' keys beside the full names of the series.

use crate::domain::record::known::{is_recorded_by_training, keras_name};
use crate::domain::run::event::series;
use crate::domain::run::script::MOST_SCRIPTS;

/// The keys of the series `name` in a batch's `logs`: its own name, and Keras' name if there is one.
pub fn batch_keys(name: &str) -> Vec<String> {
    keys(
        name,
        match name {
            series::BATCH_LOSS => Some("loss".to_owned()),
            series::BATCH_ACCURACY => Some("accuracy".to_owned()),
            _ => None,
        },
    )
}

/// The keys of the series `name` in an epoch's `logs`: Keras says `loss` for training and `val_loss` for validation.
pub fn epoch_keys(name: &str) -> Vec<String> {
    keys(name, keras_name(name))
}

fn keys(name: &str, short: Option<String>) -> Vec<String> {
    short.into_iter().chain([name.to_owned()]).collect()
}

/// A table with one row for each call of one hook, as it is sent into the sandbox.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The name of the hook.
    pub hook: &'static str,
    /// The keys under which `logs` has each column's value.
    pub keys: Vec<Vec<String>>,
    /// The columns, with one value a row.
    pub columns: Vec<Vec<f64>>,
    /// Entries of `logs` that are text, the same in all rows.
    pub texts: Vec<(String, String)>,
    /// The first argument of each call; `None` for hooks that take `logs` only.
    pub first: Option<Vec<f64>>,
    /// The step of each row, at which the script's logged values are recorded.
    pub steps: Vec<f64>,
}

impl Table {
    /// A table with a single call of `hook` at `step`.
    pub fn one(hook: &'static str, first: Option<u32>, step: u32) -> Self {
        Self { hook, first: first.map(|first| vec![f64::from(first)]), steps: vec![f64::from(step)], ..Self::default() }
    }

    /// Adds a column.
    #[must_use]
    pub fn with(mut self, keys: Vec<String>, values: Vec<f64>) -> Self {
        self.keys.push(keys);
        self.columns.push(values);
        self
    }

    /// Adds a number to a table of one row.
    #[must_use]
    pub fn number(self, key: &str, value: f64) -> Self {
        self.with(vec![key.to_owned()], vec![value])
    }

    /// Adds a column whose values are computed from each row's step.
    #[must_use]
    pub fn number_of(self, steps: &[u32], key: &str, of: impl Fn(u32) -> f64) -> Self {
        self.with(vec![key.to_owned()], steps.iter().map(|&step| of(step)).collect())
    }

    /// Adds a text to `logs`.
    #[must_use]
    pub fn text(mut self, key: &str, value: &str) -> Self {
        self.texts.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Adds all values of an epoch's `logs` to a table of one row.
    #[must_use]
    pub fn logs<'a>(self, logs: impl IntoIterator<Item = (&'a str, f64)>) -> Self {
        logs.into_iter().fold(self, |table, (name, value)| table.with(epoch_keys(name), vec![value]))
    }
}

/// The longest name of a series of a script's own, in characters.
const LONGEST_NAME: usize = 64;
/// The largest number of series that a script may log: each gets a chart.
pub const MOST_NAMES: usize = 24;
/// The largest number of series that all scripts of a run may log.
const MOST_OWN: usize = MOST_NAMES * MOST_SCRIPTS;

/// Whether a script may log under `name`. The prelude refuses the same names and can tell the line; this check is for
/// messages from the sandbox, which may say anything.
pub fn is_own_name(name: &str) -> bool {
    let length = name.chars().count();
    let is_clean = name.trim() == name && !name.is_empty() && length <= LONGEST_NAME && !name.chars().any(char::is_control);
    is_clean && !is_recorded_by_training(name)
}

/// Whether a script may begin a new series in a run that has series of these names already. A sandbox whose prelude was
/// got around could otherwise fill the page with names.
pub fn has_room<'a>(names: impl Iterator<Item = &'a String>) -> bool {
    names.filter(|name| !is_recorded_by_training(name)).count() < MOST_OWN
}

/// The words for values that found no room.
pub fn no_room() -> String {
    format!("values of further names are left out: all callbacks of a run together can log {MOST_OWN} series")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_out_of_a_sandbox_are_bounded() {
        let mut names: Vec<String> = vec!["val/loss".into(), "lr".into()];
        let mut more = 0..;
        while has_room(names.iter()) {
            names.push(format!("x{}", more.next().unwrap()));
            assert!(names.len() <= 300, "there is no end");
        }
        assert_eq!(names.len() - 2, MOST_OWN);
        assert!(no_room().contains("192 series"));
    }

    #[test]
    fn logs_have_the_names_of_keras_and_ours() {
        assert_eq!(batch_keys("batch/loss"), ["loss", "batch/loss"]);
        assert_eq!(batch_keys("lr"), ["lr"]);
        assert_eq!(batch_keys("time/batch_ms"), ["time/batch_ms"]);
        assert_eq!(epoch_keys("train/loss"), ["loss", "train/loss"]);
        assert_eq!(epoch_keys("val/accuracy"), ["val_accuracy", "val/accuracy"]);
        assert_eq!(epoch_keys("val/f1/3"), ["val/f1/3"]);
        assert_eq!(epoch_keys("time/epoch_ms"), ["time/epoch_ms"]);
    }

    #[test]
    fn scripts_log_under_names_of_their_own() {
        for good in ["my/ratio", "ratio", "löss", "loss", "values/x y"] {
            assert!(is_own_name(good), "{good}");
        }
        for bad in ["", " a", "a\n", "lr", "val/loss", "val/mine", "time", &"x".repeat(65)] {
            assert!(!is_own_name(bad), "{bad}");
        }
    }
}
