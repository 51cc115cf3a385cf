//! The limits of callbacks' values, and the callbacks that exclude each other.

use super::{CallbackSpec, CheckpointSpec};
use crate::domain::bounded::{check_count, check_length};
use crate::domain::callback::{Mode, ModelCheckpoint};
use crate::domain::record::known::{self, Kind, canonical, nearest};
use crate::domain::run::check::check;
use crate::domain::run::event::series;
use crate::error::{Code, Error, Result};

/// The most callbacks of one run: each kind once or twice.
pub const MOST_CALLBACKS: usize = 16;
/// The longest name of a series that a callback monitors, in bytes.
const MOST_NAME: usize = 200;
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
        self.check_values()?;
        self.monitor().map_or(Ok(()), check_monitor).map_err(|error| error.at(self.title()))
    }

    /// Checks every number and text for itself.
    ///
    /// # Errors
    /// As [`CallbackSpec::validate`].
    pub fn check_values(&self) -> Result<()> {
        let (Self::EarlyStopping { monitor, .. } | Self::ReduceLrOnPlateau { monitor, .. } | Self::ModelCheckpoint { monitor, .. }) = self
        else {
            return self.check_numbers().map_err(|error| error.at(self.title()));
        };
        check_length("monitor", monitor, MOST_NAME).and_then(|()| self.check_numbers()).map_err(|error| error.at(self.title()))
    }

    /// The series that the callback follows, as it was written; `None` if it follows none.
    pub fn monitor(&self) -> Option<&str> {
        match self {
            Self::EarlyStopping { monitor, .. } | Self::ReduceLrOnPlateau { monitor, .. } => Some(monitor),
            Self::ModelCheckpoint { save: CheckpointSpec::Best, monitor, .. } => Some(monitor),
            _ => None,
        }
    }

    /// The monitored series and its mode, to be changed.
    pub fn monitor_mut(&mut self) -> Option<(&mut String, &mut Mode)> {
        match self {
            Self::EarlyStopping { monitor, mode, .. } | Self::ReduceLrOnPlateau { monitor, mode, .. } => Some((monitor, mode)),
            Self::ModelCheckpoint { save: CheckpointSpec::Best, monitor, mode, .. } => Some((monitor, mode)),
            _ => None,
        }
    }

    fn check_numbers(&self) -> Result<()> {
        let epochs = |what, value: u32| check(what, f64::from(value), 0.0..=MOST_EPOCHS);
        match self {
            Self::EarlyStopping { min_delta, patience, baseline, start_from_epoch, .. } => {
                check("minDelta", *min_delta, -LARGE..=LARGE)?;
                epochs("patience", *patience)?;
                check("baseline", baseline.unwrap_or(0.0), -LARGE..=LARGE)?;
                epochs("startFromEpoch", *start_from_epoch)
            }
            Self::ModelCheckpoint { save, initial_value_threshold, copies, .. } => {
                check("copies", f64::from(*copies), 1.0..=MOST_COPIES)?;
                check("initialValueThreshold", initial_value_threshold.unwrap_or(0.0), -LARGE..=LARGE)?;
                match *save {
                    CheckpointSpec::Best => Ok(()),
                    CheckpointSpec::Epochs(every) => check("save.epochs", f64::from(every), 1.0..=MOST_EPOCHS),
                    CheckpointSpec::Batches(every) => check("save.batches", f64::from(every), 1.0..=LARGE),
                }
            }
            Self::TerminateOnNan => Ok(()),
            Self::ReduceLrOnPlateau { factor, patience, min_delta, cooldown, min_lr, .. } => {
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

/// The series that most runs monitor, for those who named nothing like any.
const USUAL: &str = "val/loss, val/accuracy, val/f1, val/auc, train/loss or train/accuracy";

/// `a`, `a or b`, `a, b or c`.
fn one_of(names: &[&str]) -> String {
    match names {
        [] => USUAL.to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// Refuses a series that has no value at the end of an epoch, the only moment at which a monitor looks: a callback that
/// follows it would never do anything.
fn check_monitor(name: &str) -> Result<()> {
    let refuse = |message: String, hint: String| Err(Error::new(Code::InvalidConfig, message, hint));
    if name.trim().is_empty() {
        return refuse("monitor is empty".to_owned(), "name a series, for example val/loss".to_owned());
    }
    match known::kind_of(&canonical(name)) {
        Some(Kind::Epoch) => Ok(()),
        Some(_) => refuse(
            format!("monitor is {name}, which has no value at the end of an epoch"),
            format!("monitor one that has: {}", one_of(&nearest(name))),
        ),
        None => {
            let near = nearest(name);
            let hint = if near.is_empty() { format!("monitor {USUAL}") } else { format!("did you mean {}?", one_of(&near)) };
            let of_scripts = "; what a callback in JavaScript logs cannot be monitored, let it call stop() itself";
            refuse(format!("monitor is {name:?}, a series that no run records"), format!("{hint}{of_scripts}"))
        }
    }
}

/// Checks that each of `specs` monitors a series that the run will have, given whether it validates and whether it
/// evaluates training samples as validation does.
///
/// # Errors
/// [`Code::InvalidConfig`], naming the callback, the series and what to use in its place.
pub fn check_monitors(specs: &[CallbackSpec], validates: bool, evaluates_training: bool) -> Result<()> {
    for spec in specs {
        let Some(name) = spec.monitor() else { continue };
        let check = || {
            check_monitor(name)?;
            let series = canonical(name);
            let refuse = |why: &str, hint: &str| Err(Error::new(Code::InvalidConfig, format!("monitor is {name}, but {why}"), hint));
            if !validates && (series.starts_with("val/") || series == series::TIME_VALIDATION) {
                let hint = "monitor a series of the training, for example train/loss, or hold out a share, for example 0.15";
                return refuse("no validation data is held out (validation is 0)", hint);
            }
            if !evaluates_training && series.starts_with("train_eval/") {
                return refuse("monitors.trainSubset is 0, so no training samples are evaluated", "set trainSubset, or monitor train/loss");
            }
            Ok(())
        };
        check().map_err(|error| error.at(spec.title()))?;
    }
    Ok(())
}

/// Checks each of `specs`, and that they do not exclude each other.
///
/// # Errors
/// [`Code::InvalidConfig`], naming the value, or the two callbacks that are in each other's way.
pub fn validate_all(specs: &[CallbackSpec]) -> Result<()> {
    check_count("callbacks", specs.len(), MOST_CALLBACKS)?;
    specs.iter().try_for_each(CallbackSpec::validate)?;
    check_together(specs)
}

/// Checks that `specs` go together, and that they are no more than [`MOST_CALLBACKS`]: each is compared with each.
///
/// # Errors
/// [`Code::InvalidConfig`], naming the two callbacks that are in each other's way.
pub fn check_together(specs: &[CallbackSpec]) -> Result<()> {
    check_count("callbacks", specs.len(), MOST_CALLBACKS)?;
    at_most_one(specs, "set the learning rate", CallbackSpec::sets_learning_rate)?;
    at_most_one(specs, "put weights back at the end of the run", CallbackSpec::restores_weights)?;
    at_most_one(specs, "clip gradients", |spec| matches!(spec, CallbackSpec::GradientClip { .. }))?;
    for (position, spec) in specs.iter().enumerate() {
        let others = &specs[..position];
        if others.contains(spec) {
            return Err(Error::new(Code::InvalidConfig, format!("{} is there twice", spec.title()), "take one of them away"));
        }
        let slot = slot_of(spec);
        if let Some(slot) = slot.filter(|slot| others.iter().any(|other| slot_of(other).as_ref() == Some(slot))) {
            let message = format!("two of {} keep weights as {slot:?}, each in place of the other's", spec.title());
            return Err(Error::new(Code::InvalidConfig, message, "let them monitor different series or keep at different times"));
        }
    }
    Ok(())
}

/// The name under which a `ModelCheckpoint` keeps weights.
fn slot_of(spec: &CallbackSpec) -> Option<String> {
    match spec {
        CallbackSpec::ModelCheckpoint { save, monitor, mode, .. } => Some(ModelCheckpoint::new(save.when(monitor, *mode, None)).slot()),
        _ => None,
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
            (
                r#"[{"name":"early_stopping","monitor":"val_los"}]"#,
                "Early stopping: monitor is \"val_los\", a series that no run records; did you mean val/loss, ",
            ),
            (r#"[{"name":"reduce_lr_on_plateau","monitor":"my/x"}]"#, "a callback in JavaScript logs cannot be monitored"),
            (r#"[{"name":"early_stopping","monitor":"lr"}]"#, "monitor is lr, which has no value at the end of an epoch"),
            (r#"[{"name":"model_checkpoint","save":"best","monitor":"batch/loss"}]"#, "monitor one that has: val/loss"),
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
            (
                vec![best, r#"{"name":"model_checkpoint","save":"best","mode":"max"}"#],
                Some("keep weights as \"checkpoint: best val/loss\""),
            ),
            (vec![best, r#"{"name":"model_checkpoint","save":"best","monitor":"val_loss","copies":2}"#], Some("keep weights as")),
            (vec![every, r#"{"name":"model_checkpoint","copies":2}"#], Some("keep weights as \"checkpoint: every 1 epochs\"")),
            (vec![best, r#"{"name":"model_checkpoint","save":"best","monitor":"val/auc"}"#], None),
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

    #[test]
    fn every_name_of_keras_is_taken_and_what_the_run_will_not_have_is_refused() {
        for name in ["loss", "accuracy", "val_loss", "val_accuracy", "val_auc", "val/f1/3", "val/top3_accuracy", "time/epoch_ms"] {
            let specs = read(&format!(r#"[{{"name":"early_stopping","monitor":"{name}"}}]"#));
            assert_eq!(validate_all(&specs).and_then(|()| check_monitors(&specs, true, false)), Ok(()), "{name}");
        }
        let of = |name: &str| read(&format!(r#"[{{"name":"early_stopping","monitor":"{name}"}}]"#));
        for name in ["val_loss", "val/auc", "time/validation_ms"] {
            let error = check_monitors(&of(name), false, true).unwrap_err().to_string();
            assert!(
                error.contains("Early stopping: monitor is") && error.contains("validation is 0") && error.contains("train/loss"),
                "{error}"
            );
        }
        assert_eq!(check_monitors(&of("loss"), false, false), Ok(()));
        assert!(check_monitors(&of("train_eval/loss"), true, false).unwrap_err().message().contains("trainSubset is 0"));
        assert_eq!(check_monitors(&of("train_eval/loss"), false, true), Ok(()));
        // Weights that are kept every epoch follow no series, whatever the default says.
        assert_eq!(check_monitors(&read(r#"[{"name":"model_checkpoint"}]"#), false, false), Ok(()));
    }
}
