//! Learning-rate schedules: the rate as a pure function of the updates made, the updates in the whole run, and the
//! run's own learning rate.
//!
//! A rate is asked for before each update with `done`, the number of updates made before it (0 for the first), as
//! Keras' `LearningRateSchedule` is called with `optimizer.iterations`. Never here: state. Whoever resumes a run asks
//! for the same step and gets the same rate; sine and power come from libm, so it has the same bits everywhere.

use super::check::check;
use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The learning-rate schedule of a run. `base` is the optimiser's learning rate; `done` and `total` count updates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Schedule {
    /// A constant rate, `base`.
    Constant,
    /// A staircase, `base * decayRate ^ floor(done / decaySteps)`: Keras' `ExponentialDecay` with `staircase=True`.
    Step {
        /// Number of updates between two drops.
        decay_steps: u32,
        /// The factor at each drop.
        decay_rate: f64,
    },
    /// An exponential decay, `base * decayRate ^ (done / decaySteps)`: Keras' `ExponentialDecay`.
    Exponential {
        /// Number of updates in which the rate falls by `decay_rate`.
        decay_steps: u32,
        /// The factor over `decay_steps` updates.
        decay_rate: f64,
    },
    /// A cosine, `base * (alpha + (1 - alpha) * (1 + cos(pi * done / total)) / 2)`: Keras' `CosineDecay` over the whole
    /// run (Loshchilov and Hutter 2016, without restarts).
    Cosine {
        /// The rate at the end, as a share of `base`.
        #[serde(default)]
        alpha: f64,
    },
    /// A warm-up and a cosine: `base * (done + 1) / (warmupSteps + 1)` for the first `warmupSteps` updates, so that the
    /// first update moves something (in Keras' `CosineDecay` a warm-up from 0 wastes it); then [`Cosine`](Self::Cosine)
    /// over the rest.
    WarmupCosine {
        /// Number of updates of the warm-up.
        warmup_steps: u32,
        /// The rate at the end, as a share of `base`.
        #[serde(default)]
        alpha: f64,
    },
    /// One cycle (Smith and Topin 2017), like PyTorch's `OneCycleLR` with `anneal_strategy="cos"`; momentum is not
    /// changed. With `top = risePart * total - 1`: by half a cosine from `base / startDivisor` at update 0 to `base` at
    /// `top`, then by another to `base / startDivisor / endDivisor` at `total - 1`. `base` is the highest rate.
    OneCycle {
        /// The share of the run in which the rate rises.
        #[serde(default = "rise_part")]
        rise_part: f64,
        /// The highest rate over the first rate.
        #[serde(default = "start_divisor")]
        start_divisor: f64,
        /// The first rate over the last rate.
        #[serde(default = "end_divisor")]
        end_divisor: f64,
    },
}

fn rise_part() -> f64 {
    0.3
}
fn start_divisor() -> f64 {
    25.0
}
fn end_divisor() -> f64 {
    1e4
}

/// Half a cosine from 1 at `share` 0 to 0 at `share` 1; flat outside.
fn half_cosine(share: f64) -> f64 {
    0.5 * (1.0 + libm::cos(PI * share.clamp(0.0, 1.0)))
}

fn cosine(done: f64, total: f64, alpha: f64) -> f64 {
    // A run without updates has no rate; any number will do, but not NaN.
    let share = if total > 0.0 { done / total } else { 1.0 };
    alpha + (1.0 - alpha) * half_cosine(share)
}

impl Schedule {
    /// One schedule of each kind with its defaults, for menus.
    pub fn menu() -> Vec<Self> {
        vec![
            Self::Constant,
            Self::Step { decay_steps: 500, decay_rate: 0.5 },
            Self::Exponential { decay_steps: 500, decay_rate: 0.5 },
            Self::Cosine { alpha: 0.0 },
            Self::WarmupCosine { warmup_steps: 100, alpha: 0.0 },
            Self::OneCycle { rise_part: rise_part(), start_divisor: start_divisor(), end_divisor: end_divisor() },
        ]
    }

    /// The schedule's name on the page.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Constant => "Constant",
            Self::Step { .. } => "Step",
            Self::Exponential { .. } => "Exponential",
            Self::Cosine { .. } => "Cosine",
            Self::WarmupCosine { .. } => "Warm-up and cosine",
            Self::OneCycle { .. } => "One cycle",
        }
    }

    /// The learning rate of the update that comes after `done` updates, in a run of `total` updates.
    pub fn rate(&self, done: u64, total: u64, base: f64) -> f64 {
        let (done, total) = (done as f64, total as f64);
        let factor = match *self {
            Self::Constant => 1.0,
            Self::Step { decay_steps, decay_rate } => libm::pow(decay_rate, (done / f64::from(decay_steps.max(1))).floor()),
            Self::Exponential { decay_steps, decay_rate } => libm::pow(decay_rate, done / f64::from(decay_steps.max(1))),
            Self::Cosine { alpha } => cosine(done, total, alpha),
            Self::WarmupCosine { warmup_steps, alpha } => {
                let warmup = f64::from(warmup_steps);
                if done < warmup { (done + 1.0) / (warmup + 1.0) } else { cosine(done - warmup, total - warmup, alpha) }
            }
            Self::OneCycle { rise_part, start_divisor, end_divisor } => {
                let first = 1.0 / start_divisor;
                let last = first / end_divisor;
                let (top, end) = (rise_part * total - 1.0, total - 1.0);
                if done < top {
                    1.0 + (first - 1.0) * half_cosine(done / top)
                } else {
                    let start = top.max(0.0);
                    let share = if end > start { (done - start) / (end - start) } else { 0.0 };
                    last + (1.0 - last) * half_cosine(share)
                }
            }
        };
        base * factor
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`](crate::error::Code::InvalidConfig), naming the value and its range.
    pub fn validate(&self) -> Result<()> {
        match *self {
            Self::Constant => Ok(()),
            Self::Step { decay_steps, decay_rate } | Self::Exponential { decay_steps, decay_rate } => {
                check("decaySteps", f64::from(decay_steps), 1.0..=1e9)?;
                check("decayRate", decay_rate, 1e-6..=1.0)
            }
            Self::Cosine { alpha } => check("alpha", alpha, 0.0..=1.0),
            Self::WarmupCosine { warmup_steps, alpha } => {
                check("warmupSteps", f64::from(warmup_steps), 0.0..=1e9)?;
                check("alpha", alpha, 0.0..=1.0)
            }
            Self::OneCycle { rise_part, start_divisor, end_divisor } => {
                check("risePart", rise_part, 0.0..=1.0)?;
                check("startDivisor", start_divisor, 1.0..=1e9)?;
                check("endDivisor", end_divisor, 1.0..=1e9)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(schedule: &Schedule, done: u64, total: u64, expected: f64) {
        let rate = schedule.rate(done, total, 0.1);
        assert!((rate - expected).abs() < 1e-12, "{schedule:?} after {done} of {total}: {rate}, expected {expected}");
    }

    #[test]
    fn rates_are_those_of_the_closed_forms() {
        close(&Schedule::Constant, 7, 10, 0.1);
        let step = Schedule::Step { decay_steps: 4, decay_rate: 0.5 };
        for (done, expected) in [(0, 0.1), (3, 0.1), (4, 0.05), (7, 0.05), (8, 0.025)] {
            close(&step, done, 10, expected);
        }
        let exponential = Schedule::Exponential { decay_steps: 4, decay_rate: 0.25 };
        for (done, expected) in [(0, 0.1), (2, 0.05), (4, 0.025), (6, 0.0125)] {
            close(&exponential, done, 10, expected);
        }
        // cos(pi/3) = 1/2, cos(pi/2) = 0, cos(2 pi/3) = -1/2.
        let cosine = Schedule::Cosine { alpha: 0.0 };
        for (done, expected) in [(0, 0.1), (4, 0.075), (6, 0.05), (8, 0.025), (12, 0.0), (99, 0.0)] {
            close(&cosine, done, 12, expected);
        }
        close(&Schedule::Cosine { alpha: 0.2 }, 6, 12, 0.06);
        let warmup = Schedule::WarmupCosine { warmup_steps: 3, alpha: 0.0 };
        for (done, expected) in [(0, 0.025), (1, 0.05), (2, 0.075), (3, 0.1), (7, 0.075), (9, 0.05), (15, 0.0)] {
            close(&warmup, done, 15, expected);
        }
    }

    // torch's OneCycleLR(max_lr=0.1, total_steps=20, pct_start=0.3, div_factor=25, final_div_factor=1e4), by its formula
    // min + (max - min)(1 + cos(pi * share)) / 2 in Python: top at update 5, end at update 19.
    #[test]
    fn one_cycle_is_pytorchs() {
        let cycle = &Schedule::menu()[5];
        for (done, expected) in REFERENCE_CYCLE {
            close(cycle, done, 20, expected);
        }
    }

    const REFERENCE_CYCLE: [(u64, f64); 6] =
        [(0, 0.004), (2, 0.037_167_184_270_002_526), (5, 0.1), (6, 0.098_746_400_623_508_74), (12, 0.050_000_2), (19, 4e-7)];

    #[test]
    fn no_schedule_of_the_menu_ever_leaves_its_bounds() {
        for schedule in Schedule::menu() {
            schedule.validate().unwrap();
            for total in [0, 1, 2, 3, 50, 101] {
                for done in 0..=total + 3 {
                    let rate = schedule.rate(done, total, 0.1);
                    assert!((0.0..=0.1 + 1e-15).contains(&rate), "{schedule:?} after {done} of {total}: {rate}");
                }
            }
            let json = serde_json::to_string(&schedule).unwrap();
            assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule, "{json}");
        }
    }

    #[test]
    fn wrong_values_are_named() {
        let cases = [
            (r#"{"name":"step","decaySteps":0,"decayRate":0.5}"#, "decaySteps is 0"),
            (r#"{"name":"cosine","alpha":2}"#, "alpha is 2; use a number from 0 to 1"),
            (r#"{"name":"one_cycle","startDivisor":0}"#, "startDivisor is 0"),
        ];
        for (json, says) in cases {
            let error = serde_json::from_str::<Schedule>(json).unwrap().validate().unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
