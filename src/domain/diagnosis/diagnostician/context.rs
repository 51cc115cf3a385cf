//! The context of the rules: the score of guessing, and the state of the run when a rule is asked.
//!
//! Never here: a rule.

use super::thresholds::DiagnosisThresholds;
use super::words::{self, number};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity, rates};
use crate::domain::run::event::{Step, series};

/// The score of guessing without looking at the sample: always the classes' shares as probabilities, always the most common class.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guess {
    pub(super) classes: usize,
    /// The entropy of the classes' shares, in nats; `ln(classes)` when all are equally common.
    pub(super) loss: f64,
    /// The share of the most common class.
    pub(super) accuracy: f64,
    /// The scatter of a single sample's loss about the mean because of its class alone, as a share of the mean. Where
    /// one class is rare, a batch with two of it has twice the loss of a batch with one.
    pub(super) scatter: f64,
}

impl Guess {
    pub(super) fn new(classes: usize, counts: &[u32]) -> Self {
        let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        if total == 0.0 {
            let even = classes.max(2) as f64;
            return Self { classes, loss: libm::log(even), accuracy: 1.0 / even, scatter: 0.0 };
        }
        let shares = counts.iter().map(|&count| f64::from(count) / total);
        let moment =
            |power: i32| -> f64 { shares.clone().filter(|&share| share > 0.0).map(|share| share * (-libm::log(share)).powi(power)).sum() };
        let loss = moment(1);
        let scatter = if loss > 0.0 { (moment(2) / (loss * loss) - 1.0).max(0.0).sqrt() } else { 0.0 };
        Self { classes, loss, accuracy: shares.clone().fold(0.0, f64::max), scatter }
    }

    /// The progress of `accuracy` on the way from guessing (0) to all right (1).
    pub(super) fn skill(&self, accuracy: f64) -> f64 {
        (accuracy - self.accuracy) / (1.0 - self.accuracy).max(1e-9)
    }

    /// The loss of guessing, in words that tell its origin.
    pub(super) fn loss_in_words(&self) -> String {
        let even = libm::log(self.classes.max(2) as f64);
        if self.loss > 0.99 * even {
            format!("that of guessing, ln {} = {}", self.classes, number(even))
        } else {
            format!("that of guessing by how common each class is, {}", number(self.loss))
        }
    }
}

/// The state of the run that every rule may lean on.
pub(super) struct Context<'a> {
    pub(super) limits: &'a DiagnosisThresholds,
    pub(super) guess: &'a Guess,
    pub(super) learning_rate: f64,
    /// The rate that usually works for the run's optimiser, where that is known.
    pub(super) usual_rate: Option<f64>,
    /// The mean loss of the last batches.
    pub(super) level: Option<f64>,
    /// Number of samples in the last batch.
    pub(super) batch_size: u32,
}

impl Context<'_> {
    /// Whether the run has not learned much yet.
    pub(super) fn is_still_high(&self) -> bool {
        self.level.is_none_or(|level| level > self.limits.still_high * self.guess.loss)
    }

    /// The words `from 0.1 to 0.01`: the learning rate and the one to try below it.
    pub(super) fn lower_rate(&self) -> String {
        self.rate_to(rates::lower(self.learning_rate, self.usual_rate))
    }

    /// The words `from 0.01 to 0.1`: the learning rate and the one to try above it.
    pub(super) fn higher_rate(&self) -> String {
        self.rate_to(rates::higher(self.learning_rate, self.usual_rate))
    }

    fn rate_to(&self, rate: f64) -> String {
        format!("from {} to {}", number(self.learning_rate), number(rate))
    }

    /// A diagnosis of the whole run, with the words that do not depend on the numbers.
    pub(super) fn found(&self, finding: Finding, severity: Severity, step: Step, since: Step) -> Diagnosis {
        Diagnosis {
            finding,
            severity,
            place: String::new(),
            step,
            since,
            evidence: String::new(),
            limits: Vec::new(),
            why: words::why(finding).to_owned(),
            remedy: String::new(),
            series: series::BATCH_LOSS.to_owned(),
        }
    }
}
