//! Looks at all that a run says of itself and tells in words what goes wrong: evidence, since when, why it matters,
//! what to try, which series shows it.
//!
//! The rules are in the rooms below: [`losses`] needs the batches only, [`epochs`] the epochs, [`looks`] and
//! [`not_finite`] the looks into the network. Here is what they share, and the order in which they are asked. A rule
//! says what it saw; it never stops or steers a run. A healthy run must raise nothing: every rule asks for evidence that
//! lasts, and leaves runs alone that have learned in spite of it.

mod epochs;
mod looks;
mod losses;
mod not_finite;
mod thresholds;
mod words;

pub use thresholds::DiagnosisThresholds;

use crate::domain::callback::{Callback, Control, Controls};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::event::{BatchBegin, BatchEnd, EpochEnd, Step, TrainBegin, TrainEnd, series};
use crate::domain::probe::Probe;
use crate::error::{Code, Error, Result};
use epochs::Epochs;
use looks::Looks;
use losses::Losses;
use serde::{Deserialize, Serialize};
use words::{limits, number, percent};

/// What an answer without looking is worth: always the classes' shares as probabilities, always the most common class.
#[derive(Clone, Debug, PartialEq)]
struct Guess {
    classes: usize,
    /// Entropy of the classes' shares, in nats; `ln(classes)` when all are equally common.
    loss: f64,
    /// Share of the most common class.
    accuracy: f64,
}

impl Guess {
    fn new(classes: usize, counts: &[u32]) -> Self {
        let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        if total == 0.0 {
            let even = classes.max(2) as f64;
            return Self { classes, loss: libm::log(even), accuracy: 1.0 / even };
        }
        let shares = counts.iter().map(|&count| f64::from(count) / total);
        let loss = shares.clone().filter(|&share| share > 0.0).map(|share| -share * libm::log(share)).sum();
        Self { classes, loss, accuracy: shares.fold(0.0, f64::max) }
    }

    /// How far `accuracy` is on its way from guessing (0) to all right (1).
    fn skill(&self, accuracy: f64) -> f64 {
        (accuracy - self.accuracy) / (1.0 - self.accuracy).max(1e-9)
    }

    /// The loss of guessing, and where it comes from.
    fn loss_in_words(&self) -> String {
        let even = libm::log(self.classes.max(2) as f64);
        if self.loss > 0.99 * even {
            format!("that of guessing, ln {} = {}", self.classes, number(even))
        } else {
            format!("that of guessing by how common each class is, {}", number(self.loss))
        }
    }
}

/// What every rule may lean on.
struct Scene<'a> {
    limits: &'a DiagnosisThresholds,
    guess: &'a Guess,
    learning_rate: f64,
    /// Mean loss of the last batches.
    level: Option<f64>,
    /// Samples in the last batch.
    batch_size: u32,
}

impl Scene<'_> {
    /// Whether the run has not learned much yet.
    fn is_still_high(&self) -> bool {
        self.level.is_none_or(|level| level > self.limits.still_high * self.guess.loss)
    }

    /// A diagnosis of the whole run, with the words that do not depend on the numbers.
    fn found(&self, finding: Finding, severity: Severity, step: Step, since: Step) -> Diagnosis {
        Diagnosis {
            finding,
            severity,
            place: String::new(),
            step,
            since,
            evidence: String::new(),
            why: words::why(finding).to_owned(),
            remedy: String::new(),
            series: series::BATCH_LOSS.to_owned(),
        }
    }
}

/// What was said already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Raised {
    finding: Finding,
    place: String,
    severity: Severity,
}

/// All that is remembered between hooks. Every number in it is finite, since JSON has no other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    raised: Vec<Raised>,
    losses: Losses,
    looks: Looks,
    epochs: Epochs,
    /// A batch whose loss is not finite, until it is known whether a look at the same step can say more.
    unexplained: Option<Step>,
}

/// Finds what goes wrong in a run and says it, each finding once a place, again only when it has become more severe.
#[derive(Clone, Debug)]
pub struct Diagnostician {
    thresholds: DiagnosisThresholds,
    class_counts: Vec<u32>,
    guess: Guess,
    learning_rate: f64,
    state: State,
}

impl Diagnostician {
    /// For a run on samples of `classes` classes, of which there are `class_counts`, that begins with `learning_rate`.
    pub fn new(thresholds: DiagnosisThresholds, classes: usize, class_counts: Vec<u32>, learning_rate: f64) -> Self {
        let guess = Guess::new(classes, &class_counts);
        Self { thresholds, class_counts, guess, learning_rate, state: State::default() }
    }

    /// Nothing can be said of a run whose numbers are lost but that they are.
    fn is_lost(&self) -> bool {
        self.state.raised.iter().any(|raised| raised.finding == Finding::NotFinite)
    }

    /// Asks `rules`, and passes on what has not been said.
    fn ask(&mut self, rules: impl FnOnce(&mut State, &Scene) -> Vec<Diagnosis>) -> Controls {
        if self.is_lost() {
            return Controls::new();
        }
        let level = self.state.losses.level(&self.thresholds);
        let batch_size = self.state.losses.size();
        let scene = Scene { limits: &self.thresholds, guess: &self.guess, learning_rate: self.learning_rate, level, batch_size };
        let found = rules(&mut self.state, &scene);
        found.into_iter().filter(|diagnosis| self.state.is_news(diagnosis)).collect::<Vec<_>>().into_iter().map(control).collect()
    }

    /// Says of a batch without a finite loss what can be said without a look.
    fn explain_without_a_look(&mut self) -> Controls {
        match self.state.unexplained.take() {
            Some(step) => self.ask(|state, scene| vec![not_finite::in_batch(step, &state.losses, &state.looks, scene)]),
            None => Controls::new(),
        }
    }
}

/// Whether classes have very different numbers of samples.
fn imbalance(counts: &[u32], scene: &Scene) -> Option<Diagnosis> {
    let counted = || counts.iter().copied().enumerate();
    let (rare, fewest) = counted().min_by_key(|&(_, count)| count)?;
    let (common, most) = counted().max_by_key(|&(_, count)| count)?;
    let ratio = f64::from(most) / f64::from(fewest);
    let (note, severe) = (scene.limits.imbalance, scene.limits.imbalance_severe);
    if !(ratio > note) {
        return None;
    }
    let times = if fewest == 0 { "which has none".to_owned() } else { format!("{} times as many", number(ratio)) };
    Some(Diagnosis {
        evidence: format!(
            "Class {common} has {most} samples, class {rare} {fewest}, {times}; always answering class {common} is right for {} {}.",
            percent(scene.guess.accuracy),
            limits(&[("imbalance", note), ("imbalanceSevere", severe)]),
        ),
        remedy: format!(
            "Collect more samples of class {rare} or leave some of class {common} out, and judge by each class's own share of right answers."
        ),
        series: series::VAL_ACCURACY.to_owned(),
        ..scene.found(Finding::UnbalancedData, if ratio > severe { Severity::Warning } else { Severity::Note }, 0, 0)
    })
}

impl State {
    /// Whether `diagnosis` was not said yet, or less severely; from now on it was.
    fn is_news(&mut self, diagnosis: &Diagnosis) -> bool {
        let known = self.raised.iter_mut().find(|raised| raised.finding == diagnosis.finding && raised.place == diagnosis.place);
        match known {
            Some(raised) if raised.severity >= diagnosis.severity => return false,
            Some(raised) => raised.severity = diagnosis.severity,
            None => {
                let &Diagnosis { finding, severity, .. } = diagnosis;
                self.raised.push(Raised { finding, place: diagnosis.place.clone(), severity });
            }
        }
        true
    }

    fn has(&self, findings: &[Finding]) -> bool {
        self.raised.iter().any(|raised| findings.contains(&raised.finding))
    }
}

fn control(diagnosis: Diagnosis) -> Control {
    Control::Diagnose(Box::new(diagnosis))
}

impl Callback for Diagnostician {
    fn name(&self) -> &'static str {
        "diagnostician"
    }

    fn on_train_begin(&mut self, _: &TrainBegin) -> Controls {
        let counts = std::mem::take(&mut self.class_counts);
        let controls = self.ask(|_, scene| imbalance(&counts, scene).into_iter().collect());
        self.class_counts = counts;
        controls
    }

    fn on_batch_begin(&mut self, _: &BatchBegin) -> Controls {
        self.explain_without_a_look()
    }

    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        let mut controls = self.explain_without_a_look();
        self.learning_rate = event.learning_rate;
        if event.loss.is_finite() {
            controls.extend(self.ask(|state, scene| state.losses.on_batch(event, scene)));
        } else if !self.is_lost() {
            self.state.unexplained = Some(event.step);
        }
        controls
    }

    fn on_probe(&mut self, event: &Probe) -> Controls {
        let unexplained = self.state.unexplained;
        let controls = self.ask(|state, scene| {
            if let Some(broken) = not_finite::in_probe(event, unexplained.is_some(), &state.losses, &state.looks, scene) {
                state.unexplained = None;
                return vec![broken];
            }
            if unexplained.is_some() {
                return Vec::new();
            }
            state.losses.on_look(looks::most_moved(event).map(|array| array.update_ratio));
            state.looks.on_probe(event, scene)
        });
        if controls.is_empty() { self.explain_without_a_look() } else { controls }
    }

    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        let mut controls = self.explain_without_a_look();
        controls.extend(self.ask(|state, scene| state.losses.on_epoch_end(event.step, scene)));
        controls.extend(self.ask(|state, scene| {
            // A run that fits poorly for a reason that was named is not told to grow.
            let explained = state.has(&[
                Finding::NoLearning,
                Finding::LearningRateTooHigh,
                Finding::LearningRateTooLow,
                Finding::VanishingGradient,
                Finding::ExplodingGradient,
                Finding::DeadUnits,
                Finding::Saturation,
            ]);
            state.epochs.on_epoch_end(event, explained, scene)
        }));
        controls
    }

    fn on_train_end(&mut self, _: &TrainEnd) -> Controls {
        self.explain_without_a_look()
    }

    fn save_state(&self) -> serde_json::Value {
        serde_json::to_value(&self.state).unwrap_or_default()
    }

    fn load_state(&mut self, state: serde_json::Value) -> Result<()> {
        self.state = serde_json::from_value(state).map_err(|cause| {
            let message = format!("this is not the state of the diagnoses: {cause}");
            Error::new(Code::InvalidData, message, "start the run anew, or load the file that it was saved to")
        })?;
        Ok(())
    }
}
