//! The limits of callbacks' values, and the callbacks that exclude each other.

use super::{CallbackSpec, CheckpointSpec};
use crate::domain::run::config::check;
use crate::error::{Code, Error, Result};

/// The largest patience in epochs, as many as a run can have.
const MOST_EPOCHS: f64 = 10_000.0;
/// The largest number of copies of weights that one callback may keep.
const MOST_COPIES: f64 = 16.0;
/// The bound for values of series: any number that is not absurd.
const LARGE: f64 = 1e9;

impl CallbackSpec {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`], naming callback, value and range.
    pub fn validate(&self) -> Result<()> {
        self.check_values().map_err(|error| error.at(self.title()))
    }

    fn check_values(&self) -> Result<()> {
        let epochs = |what, value: u32| check(what, f64::from(value), 0.0..=MOST_EPOCHS);
        match self {
            Self::EarlyStopping { monitor, min_delta, patience, baseline, start_from_epoch, .. } => {
                check_series(monitor)?;
                check("minDelta", *min_delta, -LARGE..=LARGE)?;
                epochs("patience", *patience)?;
                check("baseline", baseline.unwrap_or(0.0), -LARGE..=LARGE)?;
                epochs("startFromEpoch", *start_from_epoch)
            }
            Self::ModelCheckpoint { save, monitor, initial_value_threshold, copies, .. } => {
                check_series(monitor)?;
                check("copies", f64::from(*copies), 1.0..=MOST_COPIES)?;
                check("initialValueThreshold", initial_value_threshold.unwrap_or(0.0), -LARGE..=LARGE)?;
                match *save {
                    CheckpointSpec::Best => Ok(()),
                    CheckpointSpec::Epochs(every) => check("save.epochs", f64::from(every), 1.0..=MOST_EPOCHS),
                    CheckpointSpec::Batches(every) => check("save.batches", f64::from(every), 1.0..=LARGE),
                }
            }
            Self::TerminateOnNan => Ok(()),
            Self::ReduceLrOnPlateau { monitor, factor, patience, min_delta, cooldown, min_lr, .. } => {
                check_series(monitor)?;
                check("factor", *factor, 1e-6..=0.999_999)?;
                epochs("patience", *patience)?;
                check("minDelta", *min_delta, -LARGE..=LARGE)?;
                epochs("cooldown", *cooldown)?;
                check("minLr", *min_lr, 0.0..=1000.0)
            }
            Self::LearningRateScheduler { schedule } => schedule.validate(),
            Self::LrFinder { low, high, batches, divergence, smoothing } => {
                check("low", *low, 1e-12..=100.0)?;
                check("high", *high, low * 1.01..=1000.0)?;
                check("batches", f64::from(*batches), 10.0..=100_000.0)?;
                check("divergence", *divergence, 1.01..=1e6)?;
                check("smoothing", *smoothing, 0.0..=0.999)
            }
            Self::GradientClip { norm } => check("norm", *norm, 1e-9..=LARGE),
        }
    }

    /// The series that it follows; `None` where it follows none.
    pub fn monitored(&self) -> Option<&str> {
        match self {
            Self::EarlyStopping { monitor, .. }
            | Self::ReduceLrOnPlateau { monitor, .. }
            | Self::ModelCheckpoint { monitor, save: CheckpointSpec::Best, .. } => Some(monitor),
            _ => None,
        }
    }

    /// Whether it changes the learning rate while the run goes on. Two such callbacks would undo each other's work
    /// unseen.
    pub fn sets_learning_rate(&self) -> bool {
        matches!(self, Self::ReduceLrOnPlateau { .. } | Self::LearningRateScheduler { .. } | Self::LrFinder { .. })
    }

    /// Whether it restores weights when the run has ended. Of two such callbacks the last would win unseen.
    pub fn restores_weights(&self) -> bool {
        matches!(self, Self::EarlyStopping { restore_best_weights: true, .. } | Self::LrFinder { .. })
    }
}

fn check_series(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::new(Code::InvalidConfig, "monitor is empty", "name a series, for example val/loss"));
    }
    Ok(())
}

/// Checks each of `specs`, and that they do not exclude each other.
///
/// # Errors
/// [`Code::InvalidConfig`], naming the value, or the two callbacks that are in each other's way.
pub fn validate_all(specs: &[CallbackSpec]) -> Result<()> {
    specs.iter().try_for_each(CallbackSpec::validate)?;
    at_most_one(specs, "set the learning rate", CallbackSpec::sets_learning_rate)?;
    at_most_one(specs, "put weights back at the end of the run", CallbackSpec::restores_weights)?;
    at_most_one(specs, "clip gradients", |spec| matches!(spec, CallbackSpec::GradientClip { .. }))?;
    match specs.iter().enumerate().find(|(position, spec)| specs[..*position].contains(spec)) {
        Some((_, twice)) => Err(Error::new(Code::InvalidConfig, format!("{} is there twice", twice.title()), "take one of them away")),
        None => Ok(()),
    }
}

fn at_most_one(specs: &[CallbackSpec], what: &str, is: impl Fn(&CallbackSpec) -> bool) -> Result<()> {
    let mut found = specs.iter().filter(|spec| is(spec)).map(CallbackSpec::title);
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => {
            Err(Error::new(Code::InvalidConfig, format!("{first} and {second} both {what}"), "use only one of them"))
        }
        _ => Ok(()),
    }
}

/// The norm to which the trainer clips the gradients, if a callback asks for it.
pub fn gradient_clip(specs: &[CallbackSpec]) -> Option<f64> {
    specs.iter().find_map(|spec| match spec {
        CallbackSpec::GradientClip { norm } => Some(*norm),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Vec<CallbackSpec> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn wrong_values_are_named() {
        let cases = [
            (r#"[{"name":"early_stopping","patience":10001}]"#, "Early stopping: patience is 10001; use a number from 0 to 10000"),
            (r#"[{"name":"early_stopping","monitor":" "}]"#, "Early stopping: monitor is empty; name a series"),
            (r#"[{"name":"model_checkpoint","save":{"epochs":0}}]"#, "Checkpoint: save.epochs is 0"),
            (r#"[{"name":"model_checkpoint","save":{"batches":0}}]"#, "Checkpoint: save.batches is 0"),
            (r#"[{"name":"model_checkpoint","copies":17}]"#, "Checkpoint: copies is 17; use a number from 1 to 16"),
            (r#"[{"name":"reduce_lr_on_plateau","factor":1}]"#, "factor is 1; use a number from 0.000001 to 0.999999"),
            (r#"[{"name":"lr_finder","low":0}]"#, "low is 0"),
            (r#"[{"name":"lr_finder","low":1,"high":0.5}]"#, "high is 0.5; use a number from 1.01"),
            (r#"[{"name":"gradient_clip","norm":0}]"#, "Gradient clipping: norm is 0"),
            (r#"[{"name":"learning_rate_scheduler","schedule":{"name":"cosine","alpha":-1}}]"#, "Learning-rate schedule: alpha is -1"),
        ];
        for (json, says) in cases {
            let error = validate_all(&read(json)).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn what_is_in_each_others_way_is_refused() {
        let schedule = r#"{"name":"learning_rate_scheduler","schedule":{"name":"cosine"}}"#;
        let (plateau, finder) = (r#"{"name":"reduce_lr_on_plateau"}"#, r#"{"name":"lr_finder"}"#);
        let (stop, restore) = (r#"{"name":"early_stopping"}"#, r#"{"name":"early_stopping","restoreBestWeights":true}"#);
        let (every, best) = (r#"{"name":"model_checkpoint"}"#, r#"{"name":"model_checkpoint","save":"best"}"#);
        let clip = r#"{"name":"gradient_clip","norm":1}"#;
        let cases = [
            (vec![], None),
            (vec![plateau, stop, every, best, clip], None),
            (vec![schedule, restore, clip], None),
            (vec![finder, every, stop], None),
            (vec![schedule, plateau], Some("Learning-rate schedule and Lower the rate on a plateau both set the learning rate")),
            (vec![finder, plateau], Some("both set the learning rate")),
            (vec![finder, restore], Some("both put weights back")),
            (vec![clip, clip], Some("both clip gradients")),
            (vec![every, stop, every], Some("Checkpoint is there twice")),
        ];
        for (callbacks, says) in cases {
            let result = validate_all(&read(&format!("[{}]", callbacks.join(","))));
            match says {
                None => assert_eq!(result, Ok(()), "{callbacks:?}"),
                Some(says) => assert!(result.as_ref().is_err_and(|error| error.message().contains(says)), "{callbacks:?}: {result:?}"),
            }
        }
        assert_eq!(gradient_clip(&read(&format!("[{stop},{clip}]"))), Some(1.0));
        assert_eq!(gradient_clip(&[]), None);
    }
}
