//! The rules on the batches' losses: that they rise, that they jump, that they stand still.
//!
//! Sums only, so that a run of a million batches is remembered in a few numbers. Never here: losses that are not finite.

use super::context::Context;
use super::thresholds::DiagnosisThresholds;
use super::trend::Trend;
use super::words::{number, percent};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity, rates};
use crate::domain::run::event::{BatchEnd, EpochEnd, Step, series};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Number of windows over which a loss must jump about before it counts as jumping.
const SWING_WINDOWS: usize = 4;
/// The batch size from which on the loss may not scatter more than `lossSwing`; smaller batches may, by the law of
/// large numbers.
const STEADY_BATCH: f64 = 64.0;
/// The share of the level of a loss that is still high below which it has settled.
const SETTLED: f64 = 0.5;
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
    recent: VecDeque<(Step, f64)>,
    stretch: Stretch,
    /// The mean loss of the stretch before.
    before: Option<f64>,
}

fn mean(losses: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = losses.len().max(1) as f64;
    losses.sum::<f64>() / count
}

impl Losses {
    /// The mean loss of the last batches, once there are enough.
    pub(super) fn level(&self, limits: &DiagnosisThresholds) -> Option<f64> {
        let window = limits.loss_window as usize;
        let start = self.recent.len().checked_sub(window)?;
        Some(mean(self.recent.range(start..).map(|&(_, loss)| loss)))
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
        while self.recent.len() > SWING_WINDOWS * context.limits.loss_window as usize {
            self.recent.pop_front();
        }
        if self.stretch.trend.count == 0 {
            self.stretch.since = event.step;
        }
        self.stretch.trend.add(event.loss);
        self.stretch.accuracies += event.accuracy;
        self.rise(event, context).or_else(|| self.swing(event, context)).into_iter().collect()
    }

    /// Adds the largest update ratio of a probe.
    pub(super) fn on_look(&mut self, update_ratio: Option<f64>) {
        let largest = &mut self.stretch.largest_update;
        *largest = [*largest, update_ratio].into_iter().flatten().reduce(f64::max);
    }

    fn rise(&self, event: &BatchEnd, context: &Context) -> Option<Diagnosis> {
        let level = self.level(context.limits)?;
        let (first_step, first) = self.first?;
        let start = first.max(context.guess.loss);
        let limit = context.limits.loss_rise * start;
        if level <= limit {
            return None;
        }
        let since = self.recent.iter().find(|&&(_, loss)| loss > limit).map_or(event.step, |&(step, _)| step);
        let from = if first >= context.guess.loss { format!("at step {first_step}") } else { "of guessing".to_owned() };
        let evidence = format!(
            "The mean loss of the last {} batches is {}, {} times the {} {from}.",
            context.limits.loss_window,
            number(level),
            number(level / start),
            number(start),
        );
        let severity = if level > context.limits.loss_rise_lost * start { Severity::Problem } else { Severity::Warning };
        let limits = context.limits.limits(&["lossRise", "lossRiseLost", "lossWindow"]);
        Some(Diagnosis { evidence, limits, ..too_high(event, since, severity, context) })
    }

    fn swing(&self, event: &BatchEnd, context: &Context) -> Option<Diagnosis> {
        let count = SWING_WINDOWS * context.limits.loss_window as usize;
        if self.recent.len() < count {
            return None;
        }
        let losses = || self.recent.iter().map(|&(_, loss)| loss);
        let centre = mean(losses());
        let deviation = mean(losses().map(|loss| (loss - centre) * (loss - centre))).sqrt();
        let half = |range| mean(self.recent.range(range).map(|&(_, loss)| loss));
        let (early, late) = (half(0..count / 2), half(count / 2..count));
        let chance = (STEADY_BATCH / f64::from(event.size.max(1))).sqrt().max(1.0) * context.guess.scatter.max(1.0);
        let allowed = context.limits.loss_swing * chance;
        let is_high = centre > context.limits.still_high * context.guess.loss;
        if !is_high || deviation <= allowed * centre || late < (1.0 - context.limits.least_fall) * early {
            return None;
        }
        let evidence = format!(
            "Over the last {count} batches the loss jumps up and down about {} by {} of it, more than the {} that chance explains in \
             batches of {}, and it does not come down.",
            number(centre),
            percent(deviation / centre),
            percent(allowed),
            event.size,
        );
        let since = self.recent.front().map_or(event.step, |&(step, _)| step);
        let limits = context.limits.limits(&["lossSwing", "lossWindow", "leastFall", "stillHigh"]);
        Some(Diagnosis { evidence, limits, ..too_high(event, since, Severity::Warning, context) })
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

fn too_high(event: &BatchEnd, since: Step, severity: Severity, context: &Context) -> Diagnosis {
    let remedy = format!("Lower the learning rate {}.", context.lower_rate());
    Diagnosis { remedy, ..context.found(Finding::LearningRateTooHigh, severity, event.step, since) }
}

/// The note that the loss has settled at a rate that was told to be too high `since` then; `None` while the epoch's mean `loss` is not
/// far below that of guessing.
pub(super) fn settled(event: &EpochEnd, since: Step, loss: f64, context: &Context) -> Option<Diagnosis> {
    if loss.is_nan() || loss >= SETTLED * context.limits.still_high * context.guess.loss {
        return None;
    }
    Some(Diagnosis {
        evidence: format!(
            "At first the loss did not come down; in epoch {} its mean is {}, far below {}.",
            event.epoch + 1,
            number(loss),
            context.guess.loss_in_words(),
        ),
        why: "Large steps can switch units off or throw the run away; this run got over them.".to_owned(),
        limits: context.limits.limits(&["lossRise", "stillHigh"]),
        remedy: "Nothing has to be changed; a lower learning rate begins more calmly.".to_owned(),
        ..context.found(Finding::LearningRateTooHigh, Severity::Note, event.step, since)
    })
}

/// The remedy where the learning rate is 0.
fn from_zero(context: &Context) -> String {
    format!("Set a learning rate above 0, for example {}.", number(rates::higher(0.0, context.usual_rate)))
}

/// A stretch in which the loss did not fall.
struct Judged {
    step: Step,
    since: Step,
    /// Whether the weights hardly moved either.
    hardly_moves: bool,
    /// Whether a higher learning rate may help.
    may_rise: bool,
    /// The larger of the first loss and that of guessing.
    start: f64,
    mean: f64,
    accuracy: f64,
}

impl Judged {
    fn too_low(&self, ratio: f64, fell: &str, context: &Context) -> Option<Diagnosis> {
        if self.mean <= context.limits.still_high * context.guess.loss {
            return None;
        }
        let remedy = if context.learning_rate > 0.0 {
            format!("Raise the learning rate {}, and further until the loss falls.", context.higher_rate())
        } else {
            from_zero(context)
        };
        let moved = if ratio > 0.0 {
            format!("no update moved the weights of a layer by more than {} of their size", number(ratio))
        } else {
            "no update moved a weight at all".to_owned()
        };
        Some(Diagnosis {
            evidence: format!("From step {} to {} {moved}, and {fell}.", self.since, self.step,),
            limits: context.limits.limits(&["updateRatioLow", "leastFall", "stillHigh"]),
            remedy,
            ..context.found(Finding::LearningRateTooLow, Severity::Warning, self.step, self.since)
        })
    }

    fn no_learning(&self, context: &Context) -> Option<Diagnosis> {
        let skill = context.guess.skill(self.accuracy);
        // Far above guessing the loss has run away, which is another finding.
        if self.mean > context.limits.loss_rise * self.start
            || self.mean < (1.0 - context.limits.no_learning) * context.guess.loss
            || skill >= context.limits.no_learning_skill
        {
            return None;
        }
        let remedy = if context.learning_rate == 0.0 {
            from_zero(context)
        } else {
            let (direction, rate) = if self.may_rise { ("higher", context.higher_rate()) } else { ("lower", context.lower_rate()) };
            format!(
                "Start anew with a {direction} learning rate ({rate}); if that does not help, add a hidden layer or check that the labels \
                 belong to the samples."
            )
        };
        let guess = context.guess.loss_in_words();
        let level = if self.mean > context.guess.loss {
            format!("above {guess}")
        } else {
            format!("no more than {} below {guess}", percent(context.limits.no_learning))
        };
        // Standing weights will stay where they are; moving ones may yet find a way.
        let (severity, patience) =
            if self.hardly_moves { (Severity::Problem, "updateRatioLow") } else { (Severity::Warning, "leastBatches") };
        Some(Diagnosis {
            evidence: format!(
                "From step {} to {} the loss stood at {}, {level}, and {} of the samples were right, where guessing gets {}.",
                self.since,
                self.step,
                number(self.mean),
                percent(self.accuracy),
                percent(context.guess.accuracy),
            ),
            limits: context.limits.limits(&["noLearning", "noLearningSkill", "leastFall", patience]),
            remedy,
            series: series::TRAIN_LOSS.to_owned(),
            ..context.found(Finding::NoLearning, severity, self.step, self.since)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, layer, probe, weights};
    use super::*;
    use crate::domain::rng::Rng;

    #[test]
    fn a_loss_that_runs_away_is_told_with_the_step_since_when() {
        let mut stage = Stage::new(&[10; 10]);
        assert_eq!(stage.losses([2.4; 30]), []);
        let [found] = stage.losses([9.0; 10]).try_into().expect("one");
        assert_eq!((found.finding, found.severity), (Finding::LearningRateTooHigh, Severity::Warning));
        assert_eq!((found.since, found.step), (31, 32), "(8 * 2.4 + 2 * 9) / 10 is above 1.5 * 2.4");
        assert!(found.remedy.contains("from 0.1 to 0.01"), "{}", found.remedy);
    }

    #[test]
    fn a_first_loss_below_guessing_is_no_measure() {
        let mut stage = Stage::new(&[10; 10]);
        assert_eq!(stage.losses([0.1].into_iter().chain([2.2; 50])), []);
    }

    #[test]
    fn a_loss_that_jumps_without_coming_down_is_told_but_small_batches_may() {
        let jumps = || (0..40).map(|batch| if batch % 4 == 0 { 6.5 } else { 1.0 });
        let mut stage = Stage::new(&[10; 10]);
        stage.losses([2.3]);
        let [found] = stage.losses(jumps()).try_into().expect("one");
        assert_eq!(found.finding, Finding::LearningRateTooHigh);
        assert!(found.evidence.contains("jumps up and down about"), "{}", found.evidence);
        let mut stage = Stage::new(&[10; 10]);
        stage.batch_size = 4;
        assert_eq!(stage.losses([2.3].into_iter().chain(jumps())), []);
        let mut stage = Stage::new(&[10; 10]);
        assert_eq!(stage.losses([2.3].into_iter().chain(jumps().map(|loss| loss * 0.1))), [], "a low loss may jump");
    }

    /// Epochs of 50 batches around `level(batch)` with noise, and looks with this update ratio.
    fn stand(stage: &mut Stage, epochs: u32, update_ratio: f64, level: impl Fn(u32) -> f64) -> Vec<Diagnosis> {
        let mut rng = Rng::new(1, "noise");
        let mut found = Vec::new();
        for epoch in 0..epochs {
            for batch in 0..50 {
                found.extend(stage.losses([level(epoch * 50 + batch) + 0.05 * rng.normal()]));
                if batch % 20 == 0 {
                    let mut look = probe(0, vec![weights("dense_1/kernel", 1.0)], vec![]);
                    look.weights[0].update_ratio = update_ratio;
                    found.extend(stage.look(look));
                }
            }
            found.extend(stage.end_epoch((2.3, 0.1), (2.3, 0.1)));
        }
        found
    }

    #[test]
    fn no_learning_needs_enough_batches_unless_the_weights_stand_still() {
        let findings = |found: &[Diagnosis]| found.iter().map(|found| (found.finding, found.step)).collect::<Vec<_>>();
        let mut stage = Stage::new(&[10; 10]);
        let found = stand(&mut stage, 8, 1e-3, |_| 2.31);
        assert_eq!(findings(&found), [(Finding::NoLearning, 300)]);
        assert!(found[0].evidence.contains("ln 10 = 2.3,"), "{}", found[0].evidence);
        let found = stand(&mut Stage::new(&[10; 10]), 6, 1e-6, |_| 2.31);
        assert_eq!(findings(&found), [(Finding::LearningRateTooLow, 50), (Finding::NoLearning, 50)]);
        let mut stage = Stage::new(&[10; 10]);
        stage.learning_rate = 0.0;
        let found = stand(&mut stage, 1, 0.0, |_| 2.31);
        assert_eq!(findings(&found), [(Finding::LearningRateTooLow, 50), (Finding::NoLearning, 50)]);
        assert!(found.iter().all(|found| found.remedy.contains("above 0")), "{found:?}");
    }

    #[test]
    fn a_rate_that_was_too_high_or_has_killed_the_units_is_not_called_too_low() {
        let mut stage = Stage::new(&[10; 10]);
        let mut found = stage.losses([2.3; 10].into_iter().chain([9.0; 20]));
        found.extend(stand(&mut stage, 3, 0.0, |_| 2.4));
        let said: Vec<_> = found.iter().map(|found| found.finding).collect();
        assert_eq!(said, [Finding::LearningRateTooHigh, Finding::NoLearning], "{found:?}");
        let last = &found[1];
        assert!(last.remedy.contains("a lower learning rate (from 0.1 to 0.01)"), "{}", last.remedy);
        assert!(last.evidence.contains("stood at 2.4, above that of guessing, ln 10 = 2.3, and"), "{}", last.evidence);
        // One look is enough, long before the units are called dead.
        let mut stage = Stage::new(&[10; 10]);
        let mut look = probe(0, vec![weights("dense_1/kernel", 1.0)], vec![layer("relu_1", "relu")]);
        (look.weights[0].update_ratio, look.activations[0].dead) = (0.0, 1.0);
        let mut found = stage.losses([2.31; 20]);
        found.extend(stage.look(look));
        found.extend(stage.end_epoch((2.31, 0.1), (2.31, 0.1)));
        let [only] = found.try_into().expect("one");
        assert!(only.finding == Finding::NoLearning && only.remedy.contains("a lower"), "{only:?}");
        let still = stand(&mut Stage::new(&[10; 10]), 1, 0.0, |_| 2.29);
        assert!(still[0].evidence.contains("no update moved a weight at all"), "{}", still[0].evidence);
        assert!(still[1].evidence.contains("no more than 2 % below that of guessing"), "{}", still[1].evidence);
    }

    #[test]
    fn a_rate_that_was_too_low_is_too_high_only_once_it_was_raised() {
        let runs_away = |rate| {
            let mut stage = Stage::new(&[10; 10]);
            stage.losses([2.3; 5]);
            stand(&mut stage, 1, 0.0, |_| 2.31);
            stage.learning_rate = rate;
            stage.losses([9.0; 30]).len()
        };
        assert_eq!([runs_away(0.1), runs_away(1.0)], [0, 1]);
    }

    #[test]
    fn a_loss_that_has_settled_withdraws_what_was_said_of_the_rate() {
        let mut stage = Stage::new(&[10; 10]);
        let [high] = stage.losses([2.4; 10].into_iter().chain([9.0; 20])).try_into().expect("one");
        assert_eq!(stage.end_epoch((0.9, 0.7), (0.9, 0.7)), [], "not yet");
        let [over] = stage.end_epoch((0.1, 1.0), (0.1, 1.0)).try_into().expect("one");
        assert!(over.is_over() && over.since == high.since && over.evidence.contains("in epoch 2 its mean is 0.1"), "{over:?}");
        assert_eq!(stage.end_epoch((0.1, 1.0), (0.1, 1.0)), [], "once");
        assert_eq!(stage.losses([9.0; 20]).len(), 1, "and told again when it comes back");
    }

    #[test]
    fn a_loss_that_falls_or_is_low_or_has_run_away_is_learning_enough() {
        let none = |level: &dyn Fn(u32) -> f64, accuracy, ratio| {
            let mut stage = Stage::new(&[10; 10]);
            stage.accuracy = accuracy;
            assert_eq!(stand(&mut stage, 8, ratio, level), []);
        };
        none(&|batch| 2.4 - 0.001 * f64::from(batch), 0.1, 1e-6);
        none(&|_| 2.2, 0.1, 1e-3);
        none(&|_| 2.31, 0.4, 1e-3);
        none(&|_| 1.2, 0.6, 1e-6);
    }
}
