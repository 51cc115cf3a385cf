//! A callback written in JavaScript, as part of a configuration: text only.
//!
//! Whether it is switched on is no part of it: callbacks of a configuration that comes from somebody else are off. The
//! worker ignores it; it runs in the page's sandbox.

use super::check::check;
use crate::domain::bounded::check_count;
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// The largest number of scripts in one configuration: each is a thread of the browser.
pub const MOST_SCRIPTS: usize = 8;
/// The longest text, in bytes: links must still carry it.
pub const MOST_BYTES: usize = 20_000;
/// The default time for one call of a hook, in milliseconds.
pub const BUDGET_MS: u32 = 250;
/// The longest name, in characters.
const LONGEST_NAME: usize = 60;

/// One callback written in JavaScript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScriptSpec {
    /// The name, unique within a configuration.
    pub name: String,
    /// The JavaScript text.
    pub text: String,
    /// The time that one call of a hook may take, 10 to 1000 ms: a loop that goes on longer ends the callback.
    #[serde(default = "budget_ms", skip_serializing_if = "is_budget_ms")]
    pub budget_ms: u32,
}

fn budget_ms() -> u32 {
    BUDGET_MS
}

fn is_budget_ms(value: &u32) -> bool {
    *value == BUDGET_MS
}

impl ScriptSpec {
    /// A script with the usual time budget.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), budget_ms: BUDGET_MS }
    }

    /// Checks everything but whether the text is JavaScript, which only a browser can tell.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`], naming the value and its range.
    pub fn validate(&self) -> Result<()> {
        let refuse = |message, hint: String| Err(Error::new(Code::InvalidConfig, message, hint));
        let length = self.name.chars().count();
        if self.name.trim().is_empty() || length > LONGEST_NAME {
            return refuse(format!("a script's name has {length} characters"), format!("use 1 to {LONGEST_NAME}, not spaces only"));
        }
        if self.text.len() > MOST_BYTES {
            let message = format!("the script {:?} has {} bytes", self.name, self.text.len());
            return refuse(message, format!("use at most {MOST_BYTES}"));
        }
        check(&format!("budgetMs of the script {:?}", self.name), f64::from(self.budget_ms), 10.0..=1000.0)
    }
}

/// Checks all scripts of a configuration.
///
/// # Errors
/// [`Code::InvalidConfig`] for the first that is wrong, for two of one name, or when there are too many.
pub fn validate_all(scripts: &[ScriptSpec]) -> Result<()> {
    check_count("scripts", scripts.len(), MOST_SCRIPTS)?;
    for (index, script) in scripts.iter().enumerate() {
        script.validate()?;
        if scripts[..index].iter().any(|other| other.name == script.name) {
            let message = format!("two scripts are called {:?}", script.name);
            return Err(Error::new(Code::InvalidConfig, message, "give one of them another name"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::config::RunConfig;
    use crate::domain::run::preset;

    #[test]
    fn a_configuration_carries_scripts_as_text_and_nothing_else() {
        let mut config = preset::config("mlp").unwrap();
        assert!(!config.to_json().contains("scripts"), "no word of scripts where there are none");
        config.scripts = vec![ScriptSpec::new("mine", "print(1)"), ScriptSpec { budget_ms: 50, ..ScriptSpec::new("two", "") }];
        let json = config.to_json();
        assert!(json.contains(r#""scripts":[{"name":"mine","text":"print(1)"},{"name":"two","text":"","budgetMs":50}]"#), "{json}");
        assert_eq!(RunConfig::from_json(&json).unwrap(), config);
        // A configuration cannot switch its scripts on.
        let error = RunConfig::from_json(&json.replace(r#""text":"","#, r#""text":"","on":true,"#)).unwrap_err();
        assert!(error.message().contains("unknown field `on`"), "{error}");
    }

    #[test]
    fn what_is_too_much_is_refused_with_its_name() {
        let says = |scripts: &[ScriptSpec], words: &str| {
            let error = validate_all(scripts).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        says(&vec![ScriptSpec::new("a", ""); 2], "two scripts are called \"a\"");
        says(&[ScriptSpec::new(" ", "")], "name has 1 characters");
        says(&[ScriptSpec::new("x".repeat(61), "")], "name has 61 characters; use 1 to 60");
        says(&[ScriptSpec::new("a", "é".repeat(10_001))], "has 20002 bytes; use at most 20000");
        says(&[ScriptSpec { budget_ms: 5, ..ScriptSpec::new("a", "") }], "budgetMs of the script \"a\" is 5");
        let many: Vec<_> = (0..9).map(|n| ScriptSpec::new(format!("{n}"), "")).collect();
        says(&many, "scripts has 9 entries; use at most 8");
        assert_eq!(validate_all(&many[..8]), Ok(()));
    }
}
