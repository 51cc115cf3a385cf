//! Checks of single numbers of a configuration, with the words for what is out of range.
//!
//! Never here: what a configuration has, or which of its parts go together.

use crate::error::{Code, Error, Result};
use std::ops::RangeInclusive;

/// Refuses `value` outside `range`, calling it `what`.
///
/// # Errors
/// [`Code::InvalidConfig`], naming the value and its range.
pub fn check(what: &str, value: f64, range: RangeInclusive<f64>) -> Result<()> {
    if range.contains(&value) {
        return Ok(());
    }
    let hint = format!("use a number from {} to {}", range.start(), range.end());
    Err(Error::new(Code::InvalidConfig, format!("{what} is {value}"), hint))
}

/// Refuses a learning rate that is not a number from 0 to 1000. Zero is allowed: it shows a net that does not learn.
///
/// # Errors
/// [`Code::InvalidConfig`].
pub fn check_learning_rate(learning_rate: f64) -> Result<()> {
    check("learningRate", learning_rate, 0.0..=1000.0)
}

/// Refuses a budget for watching that is not a percentage from 0 to 100.
///
/// # Errors
/// [`Code::InvalidConfig`].
pub fn check_watch_budget(percent: f64) -> Result<()> {
    check("monitors.watchBudget", percent, 0.0..=100.0)
}

/// Refuses a share of held-out samples that is neither 0, for none, nor from 0.01 to 0.9.
///
/// # Errors
/// [`Code::InvalidConfig`].
pub fn check_validation(share: f64) -> Result<()> {
    if share == 0.0 || (0.01..=0.9).contains(&share) {
        return Ok(());
    }
    Err(Error::new(Code::InvalidConfig, format!("validation is {share}"), "use a number from 0.01 to 0.9, or 0 to hold out none"))
}

/// The error of a question about the validation samples where none are held out.
pub fn no_validation() -> Error {
    Error::new(Code::InvalidState, "no validation data was held out", "train with a validation share above 0, for example 0.15")
}
