//! The rules on the batches' losses: that they rise, that they jump, that they stand still.
//!
//! Sums only, so that a run of a million batches is remembered in a few numbers. They are kept here; the rules themselves are in
//! [`too_high`] and [`standstill`]. Never here: losses that are not finite.

mod recent;
mod standstill;
mod too_high;

use super::context::Context;
use super::thresholds::DiagnosisThresholds;
use super::trend::Trend;
use super::words::number;
use crate::domain::diagnosis::{Diagnosis, rates};
use crate::domain::run::event::{BatchEnd, Step};
use recent::Recent;
use serde::{Deserialize, Serialize};
use standstill::Judged;
pub use too_high::settled;

/// The smallest number of batches that a trend is taken from, where more are not asked for.
const LEAST_TREND: u32 = 6;

/// The batches of one or more whole epochs that are judged together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stretch {
    since: Step,
    trend: Trend,
    accuracies: f64,
    /// The largest update ratio of any kernel in any probe.
    largest_update: Option<f64>,
}

/// The state of these rules: the last losses and the sums of the present stretch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Losses {
    first: Option<(Step, f64)>,
    /// Number of samples in the last batch.
    size: u32,
    recent: Recent,
    stretch: Stretch,
    /// The mean loss of the stretch before.
    before: Option<f64>,
}

impl Losses {
    /// The mean loss of the last batches, once there are enough.
    pub(super) fn level(&self, limits: &DiagnosisThresholds) -> Option<f64> {
        recent::level(&self.recent, limits.loss_window)
    }

    /// Number of samples in the last batch.
    pub(super) fn size(&self) -> u32 {
        self.size
    }

    /// The first batch and the last, with their losses.
    pub(super) fn ends(&self) -> Option<[(Step, f64); 2]> {
        Some([self.first?, *self.recent.back()?])
    }

    /// Adds a batch with a finite loss, and asks the rules.
    pub(super) fn on_batch(&mut self, event: &BatchEnd, context: &Context) -> Vec<Diagnosis> {
        self.first.get_or_insert((event.step, event.loss));
        self.size = event.size;
        self.recent.push_back((event.step, event.loss));
        while self.recent.len() > recent::kept(context.limits.loss_window) {
            self.recent.pop_front();
        }
        if self.stretch.trend.count == 0 {
            self.stretch.since = event.step;
        }
        self.stretch.trend.add(event.loss);
        self.stretch.accuracies += event.accuracy;
        let rise = self.first.and_then(|first| too_high::rise(first, &self.recent, event, context));
        rise.or_else(|| too_high::swing(&self.recent, event, context)).into_iter().collect()
    }

    /// Adds the largest update ratio of a probe.
    pub(super) fn on_look(&mut self, update_ratio: Option<f64>) {
        let largest = &mut self.stretch.largest_update;
        *largest = [*largest, update_ratio].into_iter().flatten().reduce(f64::max);
    }

    /// Judges the last epochs, once they have enough batches. Where the weights hardly move, one epoch is enough: there
    /// is nothing to wait for. `was_too_high`: the learning rate was found too high, or the units are dead, so that it is not too low.
    pub(super) fn on_epoch_end(&mut self, step: Step, was_too_high: bool, context: &Context) -> Vec<Diagnosis> {
        let Stretch { since, trend, accuracies, largest_update } = self.stretch.clone();
        let hardly_moves = context.learning_rate == 0.0 || largest_update.is_some_and(|ratio| ratio < context.limits.update_ratio_low);
        let needed = if hardly_moves { LEAST_TREND } else { context.limits.least_batches };
        if trend.count < needed {
            return Vec::new();
        }
        self.stretch = Stretch::default();
        let mean = trend.mean();
        let before = self.before.replace(mean);
        let (fall, error) = trend.fall();
        let least = context.limits.least_fall;
        let is_falling = fall >= (least * mean).max(error) || before.is_some_and(|before| before - mean >= least * before);
        if is_falling {
            return Vec::new();
        }
        let start = self.first.map_or(0.0, |(_, first)| first).max(context.guess.loss);
        let may_rise = !was_too_high && rates::may_rise(context.learning_rate, context.usual_rate);
        let judged = Judged { step, since, hardly_moves, may_rise, start, mean, accuracy: accuracies / f64::from(trend.count) };
        let fell = match before {
            Some(before) => format!("the mean loss went from {} to {}", number(before), number(mean)),
            None => format!("the loss stood at {}", number(mean)),
        };
        let too_low = largest_update.filter(|_| hardly_moves && may_rise).and_then(|ratio| judged.too_low(ratio, &fell, context));
        too_low.into_iter().chain(judged.no_learning(context)).collect()
    }
}

#[cfg(test)]
mod tests;
