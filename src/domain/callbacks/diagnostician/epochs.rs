//! What the epochs say: validation that turns while training gets better, and training that stays poor.
//!
//! Never here: batches, looks into the network.

use super::Scene;
use super::words::{limits, number, percent};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::event::{EpochEnd, Step, series};
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
    /// The numbers of `event`; none when one is missing or not finite.
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
}

/// What is remembered of the epochs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Epochs {
    best: Option<Note>,
    last: VecDeque<Note>,
}

impl Epochs {
    /// Takes an epoch. `explained`: there is a finding that explains a poor fit.
    pub(super) fn on_epoch_end(&mut self, event: &EpochEnd, explained: bool, scene: &Scene) -> Vec<Diagnosis> {
        let Some(now) = Note::of(event) else { return Vec::new() };
        self.last.push_back(now);
        let kept = scene.limits.overfit_epochs.max(scene.limits.underfit_epochs) as usize;
        while self.last.len() > kept {
            self.last.pop_front();
        }
        let best = match self.best {
            Some(best) if best.val_loss <= now.val_loss => best,
            _ => *self.best.insert(now),
        };
        let underfitting = if explained { None } else { self.underfitting(now, scene) };
        self.overfitting(best, now, scene).into_iter().chain(underfitting).collect()
    }

    /// The last `count` epochs, once there are so many.
    fn latest(&self, count: u32) -> Option<impl Iterator<Item = &Note>> {
        let start = self.last.len().checked_sub(count as usize)?;
        Some(self.last.range(start..))
    }

    fn overfitting(&self, best: Note, now: Note, scene: &Scene) -> Option<Diagnosis> {
        let needed = scene.limits.overfit_epochs;
        // The lowest of the last epochs: one epoch may be bad by chance.
        let lowest = self.latest(needed)?.map(|note| note.val_loss).fold(f64::INFINITY, f64::min);
        let rise = (lowest - best.val_loss).max(0.0);
        let is_risen = rise > scene.limits.overfit_rise * best.val_loss && rise > scene.limits.overfit_rise_nats;
        if now.epoch - best.epoch < needed || !is_risen || now.train_loss >= best.train_loss {
            return None;
        }
        Some(Diagnosis {
            evidence: format!(
                "Validation loss was lowest in epoch {} ({}) and in the last {needed} epochs at least {}, {} more, while training loss fell from \
                 {} to {} {}.",
                best.epoch,
                number(best.val_loss),
                number(lowest),
                percent(rise / best.val_loss.max(1e-9)),
                number(best.train_loss),
                number(now.train_loss),
                limits(&[
                    ("overfitRise", scene.limits.overfit_rise),
                    ("overfitRiseNats", scene.limits.overfit_rise_nats),
                    ("overfitEpochs", f64::from(needed)),
                ]),
            ),
            remedy: format!(
                "Stop after about {} epochs (early stopping with the best weights does it by itself), get more samples, or add dropout.",
                best.epoch
            ),
            series: series::VAL_LOSS.to_owned(),
            ..scene.found(Finding::Overfitting, Severity::Warning, now.step, best.step)
        })
    }

    fn underfitting(&self, now: Note, scene: &Scene) -> Option<Diagnosis> {
        let needed = scene.limits.underfit_epochs;
        let from = *self.latest(needed)?.next()?;
        let skill = scene.guess.skill(now.train_accuracy.max(now.val_accuracy));
        let fall = from.train_loss - now.train_loss;
        let is_flat = fall < scene.limits.least_fall * from.train_loss * f64::from(needed - 1);
        let is_poor = (scene.limits.no_learning_skill..scene.limits.underfit_skill).contains(&skill);
        if !is_flat || !is_poor || now.step - from.step < scene.limits.least_batches {
            return None;
        }
        Some(Diagnosis {
            evidence: format!(
                "From epoch {} to {} training loss only went from {} to {}, with {} of the training and {} of the validation samples right, {} \
                 of the way from guessing ({}) to all {}.",
                from.epoch,
                now.epoch,
                number(from.train_loss),
                number(now.train_loss),
                percent(now.train_accuracy),
                percent(now.val_accuracy),
                percent(skill),
                percent(scene.guess.accuracy),
                limits(&[
                    ("underfitSkill", scene.limits.underfit_skill),
                    ("noLearningSkill", scene.limits.no_learning_skill),
                    ("underfitEpochs", f64::from(needed)),
                    ("leastFall", scene.limits.least_fall),
                ]),
            ),
            remedy: "Add a hidden layer or give the layers more units; if that does not help, the inputs may not tell the classes apart."
                .to_owned(),
            series: series::TRAIN_ACCURACY.to_owned(),
            ..scene.found(Finding::Underfitting, Severity::Warning, now.step, from.step)
        })
    }
}
