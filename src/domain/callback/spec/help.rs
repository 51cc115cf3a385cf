//! The help texts of callbacks' parameters, one sentence each: for the page's forms and, checked by a test, the README.

use super::CallbackSpec;

impl CallbackSpec {
    /// The help text of the parameter `key` (as in JSON), with its unit; empty for a key that the callback does not have.
    pub fn help(&self, key: &str) -> &'static str {
        match (self, key) {
            (_, "monitor") => "The series to follow, for example val/loss or val/f1; Keras' names (val_loss) will do",
            (_, "mode") => "Which way is better: min, max, or auto, which goes by the series' name",
            (_, "minDelta") => "A change of so much or less is no improvement",
            (Self::EarlyStopping { .. }, "patience") => "Stop after so many epochs in a row without improvement; 0 and 1 mean the same",
            (Self::EarlyStopping { .. }, "baseline") => "A value that must be beaten within the patience; empty for none",
            (Self::EarlyStopping { .. }, "startFromEpoch") => "The first epoch that is looked at, counted from 0",
            (Self::EarlyStopping { .. }, "restoreBestWeights") => "Put the best epoch's weights back at the end, whatever ended the run",
            (Self::ModelCheckpoint { .. }, "save") => r#"When: "best", {"epochs": 2} or {"batches": 100}"#,
            (Self::ModelCheckpoint { .. }, "initialValueThreshold") => "For best: what the first value must beat; empty for none",
            (Self::ModelCheckpoint { .. }, "copies") => {
                "How many are kept, the last ones; each takes the memory of a model and its optimiser"
            }
            (Self::ReduceLrOnPlateau { .. }, "factor") => "What the learning rate is multiplied by",
            (Self::ReduceLrOnPlateau { .. }, "patience") => "Lower the rate after so many epochs without improvement",
            (Self::ReduceLrOnPlateau { .. }, "cooldown") => "Epochs that are not counted after the rate was lowered",
            (Self::ReduceLrOnPlateau { .. }, "minLr") => "The rate goes no lower than this",
            (Self::LearningRateScheduler { .. }, "schedule") => {
                r#"The formula, as JSON: {"name": "cosine"}, "exponential", "step", "one_cycle" … with its numbers"#
            }
            (Self::LrFinder { .. }, "low") => "The first learning rate",
            (Self::LrFinder { .. }, "high") => "The last learning rate",
            (Self::LrFinder { .. }, "batches") => "Updates from the first rate to the last; in a shorter run, all it has",
            (Self::LrFinder { .. }, "divergence") => "Stop where the smoothed loss exceeds so many times its smallest value",
            (Self::LrFinder { .. }, "smoothing") => "Share of the mean before in the smoothed loss; 0 is none",
            (Self::GradientClip { .. }, "norm") => "The largest Euclidean length of all gradients together",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const README: &str = include_str!("../../../../README.md");

    #[test]
    fn every_parameter_is_explained_on_the_page_and_listed_in_the_readme_with_its_default() {
        for offered in CallbackSpec::menu() {
            let Value::Object(fields) = serde_json::to_value(&offered).unwrap() else { panic!("{offered:?}") };
            let name = fields["name"].as_str().unwrap();
            let row = README.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap_or_else(|| panic!("no row for {name}"));
            // Where all has a default, that of a configuration which says nothing else.
            let minimal =
                serde_json::from_str::<CallbackSpec>(&format!(r#"{{"name":"{name}"}}"#)).map(|spec| serde_json::to_value(spec).unwrap());
            for key in fields.keys().filter(|key| *key != "name") {
                assert!(!offered.help(key).is_empty(), "{name}.{key} is not explained");
                let listed = match &minimal {
                    Ok(defaults) => format!("`{key}` {}", words(&defaults[key])),
                    Err(_) => format!("`{key}`"),
                };
                assert!(row.contains(&listed), "{row}\nhas no {listed:?}");
            }
        }
    }

    fn words(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Null => "none".to_owned(),
            Value::Number(number) => format!("{}", number.as_f64().unwrap()),
            other => other.to_string(),
        }
    }
}
