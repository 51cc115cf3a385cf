//! The learning-rate range test (Smith 2015, "Cyclical Learning Rates for Training Neural Networks", section 3.3): a
//! short run whose rate rises from update to update, and the rate at which the loss fell fastest.
//!
//! Each batch's raw loss is paired with the rate of its own update, as fastai and Lightning do; since the loss is taken
//! before that update, it speaks of the rates up to the one before. The weights are put back at the end. Never here:
//! the chart; the page draws `batch/loss` and [`SMOOTHED_LOSS`] over `lr`.

mod suggest;

pub use suggest::{Curve, Steepest, suggest};

use super::state;
use crate::domain::callback::{Callback, Control, Controls};
use crate::domain::number::short_number;
use crate::domain::run::event::{BatchBegin, BatchEnd, Step, TrainBegin, TrainEnd, series};
use serde::{Deserialize, Serialize};

/// The name of the series of smoothed losses: bias-corrected exponential mean of the test's raw batch losses, in nats.
pub const SMOOTHED_LOSS: &str = series::LR_FINDER_LOSS;
/// The name of the series of one value: the rate that the test suggests.
pub const SUGGESTION: &str = series::LR_FINDER_SUGGESTION;
const SLOT: &str = "learning-rate test: first weights";

/// Fewest rates that a suggestion may rest on: the fewest that can be asked for.
pub const FEWEST_RATES: u32 = 10;

/// Learning-rate test: raises the rate from `low` to `high`, evenly on a logarithmic scale, over `batches` updates, then
/// stops the run; earlier where the smoothed loss exceeds `divergence` times its smallest value, or a loss is not finite.
///
/// In a run of fewer updates the rates stand further apart, so that `high` is reached in any case, and the reason of the
/// stop says so.
#[derive(Clone, Debug)]
pub struct LrFinder {
    low: f64,
    high: f64,
    batches: u32,
    divergence: f64,
    smoothing: f64,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct State {
    /// The step of the first update.
    first: Option<Step>,
    /// Number of updates of the whole run, where it has fewer than the test asks for.
    #[serde(default)]
    run_has: Option<u32>,
    /// The rate and raw loss of each batch; all finite.
    points: Vec<(f64, f64)>,
    /// The exponential mean of the losses before its bias is corrected.
    mean: f64,
    /// The smallest smoothed loss.
    best: Option<f64>,
    done: bool,
}

impl LrFinder {
    /// A test of rates from `low` to `high` (both above 0) over `batches` updates. fastai's habit is 1e-7, 10 and 100.
    pub fn new(low: f64, high: f64, batches: u32) -> Self {
        Self { low, high, batches, divergence: 4.0, smoothing: 0.9, state: State::default() }
    }

    /// Stops where the smoothed loss exceeds `divergence` times its smallest value (default 4).
    #[must_use]
    pub fn with_divergence(mut self, divergence: f64) -> Self {
        self.divergence = divergence;
        self
    }

    /// Smooths with this share of the mean before (default 0.9; 0: no smoothing).
    #[must_use]
    pub fn with_smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }

    /// Number of rates that are tried: as many as were asked for, or as the run has updates.
    fn rates(&self) -> u32 {
        self.state.run_has.unwrap_or(self.batches)
    }

    /// The rate of update `index`, from 0: `low * (high / low) ^ (index / (rates - 1))`.
    pub fn rate(&self, index: u32) -> f64 {
        let last = f64::from(self.rates().saturating_sub(1).max(1));
        self.low * libm::pow(self.high / self.low, (f64::from(index) / last).min(1.0))
    }

    /// The rate that the batches so far suggest; `None` in a run that is too short.
    pub fn suggestion(&self) -> Option<f64> {
        if self.is_too_short() { None } else { suggest(&self.state.points, self.smoothing) }
    }

    fn is_too_short(&self) -> bool {
        self.state.run_has.is_some_and(|updates| updates < FEWEST_RATES)
    }

    /// The rate and raw loss of each batch so far.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.state.points
    }

    fn finish(&mut self, why: &str) -> Controls {
        self.state.done = true;
        let suggestion = self.suggestion();
        let found = match suggestion {
            Some(rate) => format!("the loss falls fastest at {}", short_number(rate)),
            None if self.is_too_short() => "these are too few to suggest a rate".to_owned(),
            None => "there was no rate at which the loss clearly fell".to_owned(),
        };
        let mut reason = format!("learning-rate test: {why}; {found}");
        if let Some(updates) = self.state.run_has {
            let asked = self.batches;
            reason.push_str(&format!(". The run has only {updates} of the {asked} batches that were asked for, so the rates stand "));
            reason.push_str("further apart: for a finer test, train for more epochs or use smaller batches");
        }
        let log = suggestion.map(|rate| Control::Log(SUGGESTION.to_owned(), rate));
        log.into_iter().chain([Control::Stop(reason)]).collect()
    }
}

impl Callback for LrFinder {
    fn name(&self) -> &'static str {
        "lr_finder"
    }

    fn on_train_begin(&mut self, event: &TrainBegin) -> Controls {
        // A test that has begun elsewhere: its first weights are kept already, and its rates stay as they were.
        if self.state.first.is_some() {
            return Controls::new();
        }
        let updates = u32::try_from(event.total_steps()).unwrap_or(u32::MAX);
        self.state.run_has = (updates < self.batches).then_some(updates);
        vec![Control::Save { slot: SLOT.to_owned(), value: None, copies: 1 }]
    }

    fn on_batch_begin(&mut self, event: &BatchBegin) -> Controls {
        let first = *self.state.first.get_or_insert(event.step);
        if self.state.done { Controls::new() } else { vec![Control::SetLearningRate(self.rate(event.step.saturating_sub(first)))] }
    }

    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        // A GPU has begun some batches more before the end was known.
        if self.state.done {
            return Controls::new();
        }
        if !event.loss.is_finite() {
            return self.finish(&format!("the loss was no longer finite at a rate of {}", short_number(event.learning_rate)));
        }
        let state = &mut self.state;
        state.points.push((event.learning_rate, event.loss));
        state.mean = self.smoothing * state.mean + (1.0 - self.smoothing) * event.loss;
        let smoothed = state.mean / (1.0 - libm::pow(self.smoothing, state.points.len() as f64));
        let best = state.best.map_or(smoothed, |best| best.min(smoothed));
        state.best = Some(best);
        let mut controls = vec![Control::Log(SMOOTHED_LOSS.to_owned(), smoothed)];
        if smoothed > self.divergence * best {
            controls.extend(self.finish(&format!("the loss diverged at a rate of {}", short_number(event.learning_rate))));
        } else if self.state.points.len() >= self.rates() as usize {
            controls.extend(self.finish(&format!("all {} rates were tried", self.rates())));
        }
        controls
    }

    /// Restores the first weights, whatever ended the test.
    fn on_train_end(&mut self, _: &TrainEnd) -> Controls {
        let cut_short = if self.state.done { None } else { self.suggestion() };
        let log = cut_short.map(|rate| Control::Log(SUGGESTION.to_owned(), rate));
        log.into_iter().chain([Control::Restore { slot: SLOT.to_owned() }]).collect()
    }

    state::saved!();
}

#[cfg(test)]
mod tests {
    use super::super::testing::{batch_begin, batch_end, train_end};
    use super::*;
    use crate::domain::rng::Rng;
    use proptest::prelude::*;

    /// Feeds the losses that `loss` gives for each rate: the controls of each batch, until a stop.
    fn run(finder: &mut LrFinder, from: Step, mut loss: impl FnMut(f64) -> f64) -> Vec<Controls> {
        let mut all = Vec::new();
        let mut rate = f64::NAN;
        for step in from..=1000 {
            for control in finder.on_batch_begin(&batch_begin(step)) {
                if let Control::SetLearningRate(new) = control {
                    rate = new;
                }
            }
            let controls = finder.on_batch_end(&batch_end(step, loss(rate), rate));
            let stop = controls.iter().any(|control| matches!(control, Control::Stop(_)));
            all.push(controls);
            if stop {
                break;
            }
        }
        all
    }

    /// Plays a list of losses and tells after how many batches it stopped, and why.
    fn play(finder: &mut LrFinder, losses: &[f64]) -> (usize, String) {
        let mut left = losses.iter();
        let controls = run(finder, 1, |_| *left.next().expect("the test stops in time"));
        match controls.last().and_then(|last| last.last()) {
            Some(Control::Stop(reason)) => (controls.len(), reason.clone()),
            other => panic!("{other:?}"),
        }
    }

    /// Falls by 1.8 around a rate of 0.01, steepest there; rises without end from 1 on.
    fn typical(rate: f64) -> f64 {
        2.3 - 1.8 / (1.0 + libm::exp(-(libm::log(rate) - libm::log(0.01)) / 0.6)) + libm::pow(rate, 3.0)
    }

    #[test]
    fn rates_rise_evenly_on_a_logarithmic_scale() {
        let finder = LrFinder::new(1e-4, 1.0, 5);
        for (index, expected) in [(0, 1e-4), (1, 1e-3), (2, 1e-2), (3, 1e-1), (4, 1.0), (9, 1.0)] {
            assert!((finder.rate(index) / expected - 1.0).abs() < 1e-12, "{index}: {}", finder.rate(index));
        }
        assert!(LrFinder::new(0.1, 1.0, 1).rate(0) == 0.1);
    }

    #[test]
    fn stops_as_worked_out_by_hand() {
        let raw = |batches| LrFinder::new(1.0, 16.0, batches).with_smoothing(0.0);
        let (nan, infinite) = (f64::NAN, f64::INFINITY);
        let tried = "learning-rate test: all 5 rates were tried";
        let cases: &[(&str, LrFinder, &[f64], usize, &str)] = &[
            ("all rates tried", raw(5), &[3.0, 2.5, 2.0, 1.5, 1.0], 5, tried),
            ("above 4 x best", raw(9), &[2.0, 1.0, 4.0, 4.1, 0.0], 4, "learning-rate test: the loss diverged at a rate of 2.828"),
            ("above 2 x best", raw(9).with_divergence(2.0), &[2.0, 1.0, 2.0, 2.5], 4, "learning-rate test: the loss diverged"),
            ("NaN", raw(5), &[2.0, nan], 2, "learning-rate test: the loss was no longer finite at a rate of 2.000"),
            ("infinite at once", raw(5), &[infinite], 1, "learning-rate test: the loss was no longer finite at a rate of 1.000"),
            // Means before their bias is taken out: 1, 1, 11/2; after: 2, 4/3, 44/7, and 44/7 > 4 * 4/3.
            ("smoothed", raw(9).with_smoothing(0.5), &[2.0, 1.0, 10.0], 3, "learning-rate test: the loss diverged at a rate of 2.000"),
        ];
        for (what, finder, losses, batches, why) in cases {
            let mut finder = finder.clone();
            let (stopped, reason) = play(&mut finder, losses);
            assert_eq!(finder.on_batch_end(&batch_end(9, 0.1, 1.0)), [], "{what}: a GPU's late batches change nothing");
            assert_eq!(finder.on_batch_begin(&batch_begin(10)), [], "{what}");
            assert_eq!(stopped, *batches, "{what}");
            assert!(reason.starts_with(why), "{what}: {reason}");
        }
    }

    #[test]
    fn finds_the_steepest_rate_of_a_typical_curve_through_noise() {
        for seed in 0..20 {
            let mut rng = Rng::new(seed, "finder");
            let mut finder = LrFinder::new(1e-7, 10.0, 100);
            let controls = run(&mut finder, 1, |rate| typical(rate) + rng.range(-0.1, 0.1));
            let last = controls.last().unwrap();
            assert!(matches!(last.last(), Some(Control::Stop(reason)) if reason.contains("diverged")), "{last:?}");
            let found = finder.suggestion().unwrap();
            assert!((0.01 / 3.0..=0.03).contains(&found), "seed {seed}: {found}");
            assert!(last.contains(&Control::Log(SUGGESTION.into(), found)));
        }
        // Without noise the answer is exact to the step between two rates (a factor of 1.2) and a half.
        let mut finder = LrFinder::new(1e-7, 10.0, 100);
        run(&mut finder, 1, typical);
        let found = finder.suggestion().unwrap();
        assert!((0.01 / 1.3..=0.013).contains(&found), "{found}");
    }

    /// Lets a run of `updates` updates begin with a test over `batches`, and plays it to its end.
    fn in_a_run_of(updates: u32, batches: u32) -> (LrFinder, String) {
        let mut finder = LrFinder::new(1e-7, 10.0, batches);
        let epochs = updates;
        finder.on_train_begin(&TrainBegin { parameters: 1, train_samples: 1, validation_samples: 1, batches_per_epoch: 1, epochs });
        let controls = run(&mut finder, 1, |rate| 2.3 - 1.8 / (1.0 + libm::exp(-(libm::log(rate) - libm::log(0.01)) / 0.6)));
        assert_eq!(controls.len(), updates.min(batches) as usize);
        match controls.last().and_then(|last| last.last()) {
            Some(Control::Stop(reason)) => (finder, reason.clone()),
            other => panic!("the test ends without a word: {other:?}"),
        }
    }

    #[test]
    fn in_a_short_run_the_rates_stand_further_apart_and_the_test_says_so() {
        let (finder, reason) = in_a_run_of(25, 100);
        assert!((finder.points()[0].0 / 1e-7 - 1.0).abs() < 1e-12 && (finder.points()[24].0 / 10.0 - 1.0).abs() < 1e-12);
        let found = finder.suggestion().unwrap();
        assert!((0.01 / 2.2..=0.022).contains(&found), "a step between two rates is a factor of 2.15: {found}");
        let expected = format!(
            "learning-rate test: all 25 rates were tried; the loss falls fastest at {}. The run has only 25 of the 100 \
             batches that were asked for, so the rates stand further apart: for a finer test, train for more epochs or use smaller \
             batches",
            short_number(found)
        );
        assert_eq!(reason, expected);

        let (finder, reason) = in_a_run_of(3, 100);
        assert!((finder.points()[2].0 / 10.0 - 1.0).abs() < 1e-12, "the highest rate is tried in any case");
        assert_eq!(finder.suggestion(), None);
        assert!(reason.contains("all 3 rates were tried; these are too few to suggest a rate. The run has only 3 of the 100 "), "{reason}");
        let (_, reason) = in_a_run_of(1, 10);
        assert!(reason.contains("The run has only 1 of the 10 batches"), "{reason}");

        for updates in [100, 101, 5_000] {
            let (_, reason) = in_a_run_of(updates, 100);
            assert!(reason.starts_with("learning-rate test: all 100 rates were tried; the loss") && !reason.contains("only"), "{reason}");
        }
    }

    #[test]
    fn noise_alone_suggests_nothing() {
        let mut rng = Rng::new(1, "finder");
        let mut finder = LrFinder::new(1e-7, 1e-5, 100);
        run(&mut finder, 1, |_| 2.3 + rng.range(-0.1, 0.1));
        assert_eq!(finder.suggestion(), None);
    }

    #[test]
    fn weights_are_put_back_and_a_test_cut_short_still_suggests() {
        let begin = TrainBegin { parameters: 1, train_samples: 1, validation_samples: 1, batches_per_epoch: 50, epochs: 2 };
        let mut finder = LrFinder::new(1e-7, 10.0, 100);
        assert_eq!(finder.on_train_begin(&begin), [Control::Save { slot: SLOT.into(), value: None, copies: 1 }]);
        for step in 1..=70 {
            finder.on_batch_begin(&batch_begin(step));
            let rate = finder.rate(step - 1);
            finder.on_batch_end(&batch_end(step, typical(rate), rate));
        }
        let end = finder.on_train_end(&train_end());
        assert!(matches!(&end[..], [Control::Log(name, _), Control::Restore { .. }] if name == SUGGESTION), "{end:?}");
        assert_eq!(finder.on_train_begin(&begin), [], "a resumed test must not take its own weights for the first");
    }

    proptest! {
        #[test]
        fn a_resumed_test_decides_as_an_uninterrupted_one(cut in 1..120u32, seed in 0..50u64, smoothing in 0.0..0.95) {
            let make = || LrFinder::new(1e-6, 10.0, 80).with_smoothing(smoothing);
            let noise = |step: Step| Rng::new(seed + u64::from(step), "noise").range(-0.1, 0.1);
            let mut whole = make();
            let mut step = 0;
            let expected = run(&mut whole, 1, |rate| { step += 1; typical(rate) + noise(step) });
            let mut first = make();
            let mut got = Vec::new();
            for step in 1..=cut.min(expected.len() as u32 - 1) {
                first.on_batch_begin(&batch_begin(step));
                let rate = first.rate(step - 1);
                got.push(first.on_batch_end(&batch_end(step, typical(rate) + noise(step), rate)));
            }
            let mut second = make();
            second.load_state(first.save_state()).unwrap();
            let mut step = got.len() as Step;
            got.extend(run(&mut second, step + 1, |rate| { step += 1; typical(rate) + noise(step) }));
            prop_assert_eq!(got, expected);
        }
    }
}
