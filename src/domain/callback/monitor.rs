//! The monitor of a series: the series that a callback follows, its better direction, and the smallest improvement.
//!
//! Keras' rule with its fault mended: an improvement on `best` is a value below `best - min_delta` (minimised) or
//! above `best + min_delta` (maximised), and a value that is not finite is never one. In Keras' `MonitorCallback` the
//! first value is taken as best without a look at it, and after a NaN nothing is ever better again. Never here: what
//! follows from an improvement.

use crate::domain::callback::{Control, Controls};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::record::known::{Better, Known, canonical};
use crate::domain::run::event::{EpochEnd, Logs};
use serde::{Deserialize, Serialize};

/// The direction that a configuration asks for, in Keras' words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The direction of the series, see [`Better::of`].
    #[default]
    Auto,
    /// Lower values are better.
    Min,
    /// Higher values are better.
    Max,
}

impl Mode {
    /// All modes, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Min, Self::Max];

    /// The direction that this mode asks for; for [`Mode::Auto`] that of `series`.
    pub fn resolve(self, series: &str) -> Better {
        match self {
            Self::Auto => Better::of(series),
            Self::Min => Better::Lower,
            Self::Max => Better::Higher,
        }
    }
}

/// A monitored series, and the rule for an improvement.
#[derive(Clone, Debug, PartialEq)]
pub struct Monitor {
    series: String,
    better: Better,
    min_delta: f64,
}

impl Monitor {
    /// A monitor of `series`, named as here or as in Keras (`val_loss`). A change of `min_delta` or less is no
    /// improvement; its sign does not matter, as in Keras.
    pub fn new(series: &str, mode: Mode, min_delta: f64) -> Self {
        let series = canonical(series).into_owned();
        Self { better: mode.resolve(&series), series, min_delta: min_delta.abs() }
    }

    /// The name of the series.
    pub fn series(&self) -> &str {
        &self.series
    }

    /// The direction in which the series gets better.
    pub fn better(&self) -> Better {
        self.better
    }

    /// Whether `value` improves on `best`; any finite number improves on `None`.
    pub fn is_better(&self, value: f64, best: Option<f64>) -> bool {
        value.is_finite()
            && best.is_none_or(|best| match self.better {
                Better::Higher => value - self.min_delta > best,
                Better::Lower => value + self.min_delta < best,
            })
    }
}

/// The values of a monitored series so far: part of a callback's saved state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Watch {
    /// The best value so far; never NaN.
    pub best: Option<f64>,
    logged: Option<Logged>,
}

/// A logged value that survives JSON, which knows no NaN.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Logged {
    Finite(f64),
    NotFinite,
}

impl Watch {
    /// A state without values, but with `best` to be beaten.
    pub fn starting_at(best: Option<f64>) -> Self {
        Self { best, logged: None }
    }

    /// Takes in a value that another callback logged, or that is recorded beside the hooks.
    pub fn on_log(&mut self, monitor: &Monitor, name: &str, value: f64) {
        if name == monitor.series() {
            self.logged = Some(if value.is_finite() { Logged::Finite(value) } else { Logged::NotFinite });
        }
    }

    /// The epoch's value of the monitored series: from its logs, else the last one logged since the epoch before.
    /// `None` when there is neither.
    pub fn take(&mut self, monitor: &Monitor, event: &EpochEnd) -> Option<f64> {
        let logged = self.logged.take().map(|logged| match logged {
            Logged::Finite(value) => value,
            Logged::NotFinite => f64::NAN,
        });
        value_in(&event.logs, monitor).or(logged)
    }

    /// The warning that the monitored series has not come by the end of the first epoch, once a run; `what` is lost by it.
    /// Asked where [`Watch::take`] gave nothing.
    pub fn missing(monitor: &Monitor, event: &EpochEnd, what: &str) -> Controls {
        // What another callback logs at an epoch's end is seen at the end of the next one.
        let due = u32::from(monitor.series.starts_with("time/batch_"));
        if event.epoch != due {
            return Controls::new();
        }
        let series = monitor.series();
        let family = series.rsplit_once('/').map_or("", |(family, _)| family);
        let (step, is_of_class) = (event.step, Known::of(series).is_some_and(|known| known.name.ends_with("{class}")));
        vec![Control::Diagnose(Box::new(Diagnosis {
            finding: Finding::MissingSeries,
            severity: Severity::Warning,
            place: String::new(),
            step,
            since: 0,
            evidence: format!("No value of {series} has come by the end of epoch {}, so {what}.", event.epoch + 1),
            limits: Vec::new(),
            why: "A callback looks at its series at the end of each epoch, and does nothing as long as there is no value.".to_owned(),
            remedy: if is_of_class {
                format!("Monitor {family}, the mean over the classes, or a class that the data have.")
            } else {
                "Monitor a series that the charts show, for example val/loss.".to_owned()
            },
            series: "val/loss".to_owned(),
        }))]
    }

    /// Whether `value` is better than the best so far, which it then becomes.
    pub fn improves(&mut self, monitor: &Monitor, value: f64) -> bool {
        let better = monitor.is_better(value, self.best);
        if better {
            self.best = Some(value);
        }
        better
    }
}

fn value_in(logs: &Logs, monitor: &Monitor) -> Option<f64> {
    logs.get(monitor.series())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_goes_before_the_name() {
        assert_eq!(Monitor::new("val/accuracy", Mode::Auto, 0.0).better(), Better::Higher);
        assert_eq!(Monitor::new("val/accuracy", Mode::Min, 0.0).better(), Better::Lower);
        assert_eq!(Monitor::new("mine", Mode::Max, 0.0).better(), Better::Higher);
    }

    #[test]
    fn a_name_of_keras_follows_our_series() {
        let mut watch = Watch::default();
        let end = EpochEnd { epoch: 0, step: 1, logs: Logs(vec![("val/loss".into(), 0.5)]), at_ms: 0.0 };
        assert_eq!(watch.take(&Monitor::new("val_loss", Mode::Auto, 0.0), &end), Some(0.5));
    }

    #[test]
    fn better_is_keras_rule_but_never_nan() {
        let nan = f64::NAN;
        // mode, min_delta, value, best, better
        let cases = [
            (Mode::Min, 0.0, 1.0, None, true),
            (Mode::Min, 0.0, 0.9, Some(1.0), true),
            (Mode::Min, 0.0, 1.0, Some(1.0), false),
            (Mode::Min, 0.5, 0.5, Some(1.0), false),
            (Mode::Min, 0.5, 0.25, Some(1.0), true),
            (Mode::Min, -0.5, 0.75, Some(1.0), false),
            (Mode::Max, 0.0, 1.1, Some(1.0), true),
            (Mode::Max, 0.5, 1.5, Some(1.0), false),
            (Mode::Max, 0.5, 1.75, Some(1.0), true),
            (Mode::Max, -0.5, 1.25, Some(1.0), false),
            (Mode::Min, 0.0, nan, None, false),
            (Mode::Max, 0.0, nan, None, false),
            (Mode::Min, 0.0, nan, Some(1.0), false),
            (Mode::Max, 0.0, f64::INFINITY, Some(1.0), false),
            (Mode::Min, 0.0, f64::NEG_INFINITY, None, false),
        ];
        for (mode, min_delta, value, best, better) in cases {
            let monitor = Monitor::new("x", mode, min_delta);
            assert_eq!(monitor.is_better(value, best), better, "{mode:?}, delta {min_delta}: {value} after {best:?}");
        }
    }

    #[test]
    fn logged_values_count_once_and_after_the_epochs_own() {
        let monitor = Monitor::new("mine", Mode::Auto, 0.0);
        let epoch = |logs| EpochEnd { epoch: 0, step: 1, logs, at_ms: 0.0 };
        let mut watch = Watch::default();
        watch.on_log(&monitor, "other", 1.0);
        assert_eq!(watch.take(&monitor, &epoch(Logs::default())), None);
        watch.on_log(&monitor, "mine", 1.0);
        watch.on_log(&monitor, "mine", 2.0);
        assert_eq!(watch.take(&monitor, &epoch(Logs(vec![("mine".into(), 3.0)]))), Some(3.0));
        assert_eq!(watch.take(&monitor, &epoch(Logs::default())), None, "an old value is not a new one");
        watch.on_log(&monitor, "mine", f64::NAN);
        let json = serde_json::to_string(&watch).unwrap();
        let mut watch: Watch = serde_json::from_str(&json).unwrap();
        assert!(watch.take(&monitor, &epoch(Logs::default())).is_some_and(f64::is_nan), "a NaN is a value, and a bad one");
    }
}
