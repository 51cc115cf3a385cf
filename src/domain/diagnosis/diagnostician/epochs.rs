//! The rules on epochs: validation that gets worse while training gets better, and training that stays poor.
//!
//! Never here: batches, probes.

use super::context::Context;
use super::words::{number, percent};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::run::event::{EpochEnd, Step, series};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The numbers of one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    epoch: u32,
    step: Step,
    train_loss: f64,
    train_accuracy: f64,
    val_loss: f64,
    val_accuracy: f64,
}

impl Note {
    /// The numbers of `event`; `None` when one is missing or not finite.
    fn of(event: &EpochEnd) -> Option<Self> {
        let get = |name| event.logs.get(name).filter(|value| value.is_finite());
        Some(Self {
            // People count from 1.
            epoch: event.epoch + 1,
            step: event.step,
            train_loss: get(series::TRAIN_LOSS)?,
            train_accuracy: get(series::TRAIN_ACCURACY)?,
            val_loss: get(series::VAL_LOSS)?,
            val_accuracy: get(series::VAL_ACCURACY)?,
        })
    }

    /// Number of epochs for which the training loss must be flat: more where epochs are short, so that they make enough
    /// updates.
    fn flat_epochs(&self, context: &Context) -> u32 {
        let batches = (self.step / self.epoch).max(1);
        context.limits.underfit_epochs.max(context.limits.least_batches.div_ceil(batches) + 1)
    }
}

/// The state of these rules: the best epoch and the last ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Epochs {
    best: Option<Note>,
    last: VecDeque<Note>,
}

impl Epochs {
    /// Adds an epoch and asks the rules. `explained`: another finding explains a poor fit.
    pub(super) fn on_epoch_end(&mut self, event: &EpochEnd, explained: bool, context: &Context) -> Vec<Diagnosis> {
        let Some(now) = Note::of(event) else { return Vec::new() };
        self.last.push_back(now);
        let flat_epochs = now.flat_epochs(context);
        while self.last.len() > context.limits.overfit_epochs.max(flat_epochs) as usize {
            self.last.pop_front();
        }
        let best = match self.best {
            Some(best) if best.val_loss <= now.val_loss => best,
            _ => *self.best.insert(now),
        };
        let underfitting = if explained { None } else { self.underfitting(now, flat_epochs, context) };
        self.overfitting(best, now, context).into_iter().chain(underfitting).collect()
    }

    /// The last `count` epochs, once there are so many.
    fn latest(&self, count: u32) -> Option<impl Iterator<Item = &Note>> {
        let start = self.last.len().checked_sub(count as usize)?;
        Some(self.last.range(start..))
    }

    fn overfitting(&self, best: Note, now: Note, context: &Context) -> Option<Diagnosis> {
        let needed = context.limits.overfit_epochs;
        // The lowest of the last epochs: one epoch may be bad by chance.
        let lowest = self.latest(needed)?.map(|note| note.val_loss).fold(f64::INFINITY, f64::min);
        let rise = (lowest - best.val_loss).max(0.0);
        let is_risen = rise > context.limits.overfit_rise * best.val_loss && rise > context.limits.overfit_rise_nats;
        // A loss that was never below that of guessing has nothing to be spoilt: the run has another problem.
        let has_learned = best.val_loss < context.guess.loss;
        if !has_learned || now.epoch - best.epoch < needed || !is_risen || now.train_loss >= best.train_loss {
            return None;
        }
        Some(Diagnosis {
            evidence: format!(
                "Validation loss was lowest in epoch {} ({}) and in the last {needed} epochs at least {}, {} more, while training loss \
                 fell from {} to {}.",
                best.epoch,
                number(best.val_loss),
                number(lowest),
                percent(rise / best.val_loss.max(1e-9)),
                number(best.train_loss),
                number(now.train_loss),
            ),
            limits: context.limits.limits(&["overfitRise", "overfitRiseNats", "overfitEpochs"]),
            remedy: format!(
                "Stop after about {} epochs (early stopping with the best weights does it by itself), get more samples, or add dropout.",
                best.epoch
            ),
            series: series::VAL_LOSS.to_owned(),
            ..context.found(Finding::Overfitting, Severity::Warning, now.step, best.step)
        })
    }

    fn underfitting(&self, now: Note, needed: u32, context: &Context) -> Option<Diagnosis> {
        let from = *self.latest(needed)?.next()?;
        let skill = context.guess.skill(now.train_accuracy.max(now.val_accuracy));
        let fall = from.train_loss - now.train_loss;
        let is_flat = fall < context.limits.underfit_fall * from.train_loss;
        let is_poor = (context.limits.no_learning_skill..context.limits.underfit_skill).contains(&skill);
        let is_better_than_guessing = now.train_loss < context.guess.loss;
        if !is_flat || !is_poor || !is_better_than_guessing {
            return None;
        }
        Some(Diagnosis {
            evidence: format!(
                "From epoch {} to {} training loss only went from {} to {}, with {} of the training and {} of the validation samples \
                 right: {} of the way from guessing ({}) to all right.",
                from.epoch,
                now.epoch,
                number(from.train_loss),
                number(now.train_loss),
                percent(now.train_accuracy),
                percent(now.val_accuracy),
                percent(skill),
                percent(context.guess.accuracy),
            ),
            limits: context.limits.limits(&["underfitSkill", "noLearningSkill", "underfitEpochs", "leastBatches", "underfitFall"]),
            remedy: "Add a hidden layer or give the layers more units; if that does not help, the inputs may not tell the classes apart."
                .to_owned(),
            series: series::TRAIN_ACCURACY.to_owned(),
            ..context.found(Finding::Underfitting, Severity::Warning, now.step, from.step)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;

    /// Epochs of 100 batches with these training and validation losses.
    fn epochs(losses: &[(f64, f64)], accuracy: f64) -> Vec<Diagnosis> {
        let mut stage = Stage::new(&[50; 2]);
        stage.accuracy = accuracy;
        let mut found = Vec::new();
        for &(train, validation) in losses {
            stage.losses([train; 100]);
            found.extend(stage.end_epoch((train, accuracy), (validation, accuracy)));
        }
        found
    }

    #[test]
    fn overfitting_is_a_lasting_rise_of_validation_while_training_falls() {
        let [found] = epochs(&[(0.6, 0.6), (0.5, 0.5), (0.4, 0.56), (0.3, 0.6), (0.2, 0.7), (0.1, 0.9)], 0.9).try_into().expect("one");
        assert_eq!((found.finding, found.since, found.step), (Finding::Overfitting, 200, 500));
        assert!(found.evidence.contains("lowest in epoch 2 (0.5)") && found.evidence.contains("at least 0.56"), "{}", found.evidence);
        assert!(found.remedy.contains("about 2 epochs"), "{}", found.remedy);
        for (why, losses) in [
            ("one good epoch in between", vec![(0.5, 0.5), (0.4, 0.7), (0.3, 0.7), (0.2, 0.51), (0.1, 0.7)]),
            ("training rises as well", vec![(0.5, 0.5), (0.5, 0.7), (0.6, 0.7), (0.6, 0.7), (0.6, 0.7)]),
            ("almost nothing tripled", vec![(0.05, 0.01), (0.04, 0.03), (0.03, 0.03), (0.02, 0.03), (0.01, 0.03)]),
            ("too few epochs", vec![(0.5, 0.5), (0.4, 0.7), (0.3, 0.8)]),
            ("never better than guessing", vec![(9.0, 8.0), (8.0, 9.0), (7.0, 9.0), (6.0, 9.0), (5.0, 9.0)]),
        ] {
            let found = epochs(&losses, 0.9);
            assert!(!found.iter().any(|found| found.finding == Finding::Overfitting), "{why}: {found:?}");
        }
    }

    #[test]
    fn underfitting_is_flat_and_poor_but_better_than_guessing() {
        let flat = [(0.66, 0.66); 10];
        let [found] = epochs(&flat, 0.62).try_into().expect("one");
        assert_eq!((found.finding, found.since, found.step), (Finding::Underfitting, 100, 800));
        assert!(found.evidence.contains("24 % of the way from guessing (50 %)"), "{}", found.evidence);
        assert_eq!(epochs(&flat, 0.9), [], "good enough");
        assert_eq!(epochs(&[(0.66, 0.66); 7], 0.62), [], "too early");
        let mut short = Stage::new(&[50; 2]);
        short.accuracy = 0.62;
        let told_at = (0..100).find(|_| {
            short.losses([0.66; 10]);
            !short.end_epoch((0.66, 0.62), (0.66, 0.62)).is_empty()
        });
        assert_eq!(told_at, Some(30), "short epochs must be more of them: 300 updates and the epoch they are compared with");
        let falling: Vec<_> = (0..10).map(|epoch| 0.66 - 0.002 * f64::from(epoch)).map(|loss| (loss, loss)).collect();
        assert_eq!(epochs(&falling, 0.62), [], "still falling");
        let lucky = epochs(&[(0.694, 0.694); 10], 0.62);
        assert_eq!(lucky, [], "more are right than by guessing, but by chance: the loss knows");
        let found: Vec<_> = epochs(&[(0.69, 0.69); 10], 0.52).into_iter().map(|found| found.finding).collect();
        assert_eq!(found, [Finding::NoLearning], "no better than guessing is another finding");
    }

    #[test]
    fn epochs_without_finite_numbers_are_passed_over() {
        assert_eq!(epochs(&[(0.6, 0.5), (0.5, f64::NAN), (0.4, f64::NAN), (0.3, f64::INFINITY), (0.2, 0.5)], 0.9), []);
    }
}
