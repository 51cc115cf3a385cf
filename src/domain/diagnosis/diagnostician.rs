//! The diagnostician: a callback that watches a run's events and tells faults in words, with the evidence, the first
//! step, the reason why it matters, the remedy and the series that shows it.
//!
//! The rules are in the modules below: [`order`] needs the data only, [`losses`] the batches, [`epochs`] the epochs,
//! [`probes`] and [`not_finite`] the probes of the network. Here is the state that they share, and the order in which
//! they are asked. A rule tells what it saw; it never stops or steers a run. A healthy run must raise nothing: every
//! rule asks for evidence that lasts, and leaves runs alone that have learned in spite of it.

mod context;
mod epochs;
mod losses;
mod not_finite;
mod order;
mod probes;
mod rerun;
mod thresholds;
mod trend;
mod words;

pub use thresholds::{DiagnosisThresholds, Threshold};

use crate::domain::callback::state;
use crate::domain::callback::{Callback, Control, Controls, Role};
use crate::domain::data::Dataset;
use crate::domain::data::sampler::{EpochPlan, Split, split_of};
use crate::domain::diagnosis::examination::Examination;
use crate::domain::diagnosis::{Diagnosis, Finding, Severity, rates};
use crate::domain::record::probe::Probe;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{BatchBegin, BatchEnd, EpochEnd, Step, TrainBegin, TrainEnd, series};
use context::{Context, Guess};
use epochs::Epochs;
use losses::Losses;
use order::Mix;
use probes::ProbeRules;
use serde::{Deserialize, Serialize};

/// The findings after which a learning rate is not too low.
pub(super) const TOO_HIGH: [Finding; 4] =
    [Finding::NotFinite, Finding::ExplodingGradient, Finding::LearningRateTooHigh, Finding::DeadUnits];

/// A diagnosis that was already told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Raised {
    finding: Finding,
    place: String,
    severity: Severity,
    /// The step since which it held.
    #[serde(default)]
    since: Step,
    /// The learning rate at which it was told.
    #[serde(default)]
    rate: f64,
}

/// The state between hooks. Every number in it is finite, since JSON has no other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    raised: Vec<Raised>,
    losses: Losses,
    probes: ProbeRules,
    epochs: Epochs,
    /// The step of a batch whose loss is not finite, until it is known whether a re-run or a probe at the same step can
    /// tell more.
    unexplained: Option<Step>,
    /// The learning rate of the last update that was reported.
    #[serde(default)]
    rate: Option<f64>,
}

/// Finds faults of a run and tells each once a place, again only when it has become more severe.
#[derive(Clone, Debug)]
pub struct Diagnostician {
    thresholds: DiagnosisThresholds,
    class_counts: Vec<u32>,
    mix: Option<Mix>,
    guess: Guess,
    /// The learning rate of the first update.
    first_rate: f64,
    usual_rate: Option<f64>,
    state: State,
}

impl Diagnostician {
    /// A diagnostician for a run on `classes` classes with `class_counts` samples each, which begins with
    /// `learning_rate`.
    pub fn new(thresholds: DiagnosisThresholds, classes: usize, class_counts: Vec<u32>, learning_rate: f64) -> Self {
        let guess = Guess::new(classes, &class_counts);
        Self { thresholds, class_counts, mix: None, guess, first_rate: learning_rate, usual_rate: None, state: State::default() }
    }

    /// The diagnostician for the run of `config` on `data`; `None` where none is wanted: it is switched off, or a
    /// learning-rate test goes through bad rates on purpose.
    pub fn for_run(config: &RunConfig, data: &Dataset) -> Option<Self> {
        if !config.is_diagnosed() {
            return None;
        }
        let Split { train, .. } = split_of(data, config);
        let plan = EpochPlan::for_run(config, &train, 0);
        let order = (0..plan.batches()).flat_map(|batch| plan.batch(batch));
        let labels = data.labels_of(order);
        let learning_rate = config.optimizer.learning_rate();
        let doctor = Self::new(config.diagnosis, data.classes().len(), data.class_counts(), learning_rate);
        Some(Self { usual_rate: Some(rates::usual(config)), ..doctor }.with_order(&labels, config.batch_size))
    }

    /// Tells the diagnostician the labels of an epoch's samples, in the order in which they are trained.
    #[must_use]
    pub fn with_order(self, labels: &[u32], batch_size: usize) -> Self {
        Self { mix: Mix::of(labels, batch_size), ..self }
    }

    /// Whether the run's numbers are lost, so that nothing more can be said of it.
    fn is_lost(&self) -> bool {
        self.state.raised.iter().any(|raised| raised.finding == Finding::NotFinite)
    }

    /// Asks `rules`, and passes on the diagnoses that have not been told.
    fn ask(&mut self, rules: impl FnOnce(&mut State, &Context) -> Vec<Diagnosis>) -> Controls {
        if self.is_lost() {
            return Controls::new();
        }
        let level = self.state.losses.level(&self.thresholds);
        let batch_size = self.state.losses.size();
        let (learning_rate, usual_rate) = (self.state.rate.unwrap_or(self.first_rate), self.usual_rate);
        let context = Context { limits: &self.thresholds, guess: &self.guess, learning_rate, usual_rate, level, batch_size };
        let found = rules(&mut self.state, &context);
        found
            .into_iter()
            .filter(|diagnosis| self.state.is_news(diagnosis, learning_rate))
            .map(|diagnosis| Control::Diagnose(Box::new(diagnosis)))
            .collect()
    }

    /// Tells a batch without a finite loss, as far as it is possible without a probe.
    fn explain_without_a_look(&mut self) -> Controls {
        match self.state.unexplained.take() {
            Some(step) => self.ask(|state, context| vec![not_finite::in_batch(step, &state.losses, &state.probes, context)]),
            None => Controls::new(),
        }
    }
}

impl State {
    /// Whether `diagnosis` was not told yet, or less severely; it is remembered as told.
    fn is_news(&mut self, diagnosis: &Diagnosis, rate: f64) -> bool {
        // One direction at a time: a rate that was too low is too high only once it has been raised.
        let is_too_high = diagnosis.finding == Finding::LearningRateTooHigh;
        if is_too_high && self.raised.iter().any(|raised| raised.finding == Finding::LearningRateTooLow && rate <= raised.rate) {
            return false;
        }
        let known = self.raised.iter_mut().find(|raised| raised.finding == diagnosis.finding && raised.place == diagnosis.place);
        match known {
            Some(raised) if raised.severity >= diagnosis.severity && !diagnosis.is_over() => return false,
            Some(raised) => raised.severity = diagnosis.severity,
            None => {
                let &Diagnosis { finding, severity, since, .. } = diagnosis;
                self.raised.push(Raised { finding, place: diagnosis.place.clone(), severity, since, rate });
            }
        }
        true
    }

    /// The learning rate that was told to be too high, and at which the loss has come down all the same by the end of the epoch.
    fn settled(&self, event: &EpochEnd, context: &Context) -> Option<Diagnosis> {
        let loss = event.logs.get(series::TRAIN_LOSS)?;
        let is_told = |raised: &&Raised| raised.finding == Finding::LearningRateTooHigh && raised.severity > Severity::Note;
        let since = self.raised.iter().find(is_told)?.since;
        losses::settled(event, since, loss, context)
    }

    fn has(&self, findings: &[Finding]) -> bool {
        self.raised.iter().any(|raised| findings.contains(&raised.finding))
    }
}

impl Callback for Diagnostician {
    fn name(&self) -> &'static str {
        "diagnostician"
    }

    fn role(&self) -> Role {
        Role::Diagnosis
    }

    fn on_train_begin(&mut self, _: &TrainBegin) -> Controls {
        let (counts, mix) = (self.class_counts.clone(), self.mix);
        self.ask(|_, context| order::imbalance(&counts, context).into_iter().chain(mix.and_then(|mix| mix.judge(context))).collect())
    }

    fn on_batch_begin(&mut self, _: &BatchBegin) -> Controls {
        self.explain_without_a_look()
    }

    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        let mut controls = self.explain_without_a_look();
        self.state.rate = Some(event.learning_rate);
        if event.loss.is_finite() {
            controls.extend(self.ask(|state, context| state.losses.on_batch(event, context)));
        } else if !self.is_lost() {
            self.state.unexplained = Some(event.step);
        }
        controls
    }

    fn on_examination(&mut self, event: &Examination) -> Controls {
        self.state.unexplained = None;
        self.ask(|state, context| vec![rerun::in_examination(event, &state.losses, &state.probes, context)])
    }

    fn on_probe(&mut self, event: &Probe) -> Controls {
        let unexplained = self.state.unexplained;
        let controls = self.ask(|state, context| {
            if let Some(broken) = not_finite::in_probe(event, unexplained.is_some(), &state.losses, &state.probes, context) {
                state.unexplained = None;
                return vec![broken];
            }
            if unexplained.is_some() {
                return Vec::new();
            }
            state.losses.on_look(probes::most_moved(event).map(|array| array.update_ratio));
            state.probes.on_probe(event, context)
        });
        if controls.is_empty() { self.explain_without_a_look() } else { controls }
    }

    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        let mut controls = self.explain_without_a_look();
        controls.extend(self.ask(|state, context| {
            let was_too_high = state.probes.is_dead() || state.has(&TOO_HIGH);
            let settled = state.settled(event, context);
            state.losses.on_epoch_end(event.step, was_too_high, context).into_iter().chain(settled).collect()
        }));
        controls.extend(self.ask(|state, context| {
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
            state.epochs.on_epoch_end(event, explained, context)
        }));
        controls
    }

    fn on_train_end(&mut self, _: &TrainEnd) -> Controls {
        self.explain_without_a_look()
    }

    state::saved!();
}

#[cfg(test)]
mod stage;

#[cfg(test)]
mod tests {
    use super::stage::{Stage, layer, probe, weights};
    use super::*;

    #[test]
    fn guessing_is_worth_the_entropy_of_the_classes() {
        let even = Guess::new(10, &[5; 10]);
        assert!((even.loss - std::f64::consts::LN_10).abs() < 1e-12 && (even.accuracy - 0.1).abs() < 1e-12);
        assert_eq!(even.loss_in_words(), "that of guessing, ln 10 = 2.3");
        let uneven = Guess::new(2, &[90, 10]);
        assert!((uneven.loss - 0.325_083).abs() < 1e-6);
        // E[l²] = 0.9 ln² 0.9 + 0.1 ln² 0.1 = 0.540181; sqrt(0.540181 / 0.325083² - 1) = 2.02769.
        assert!((uneven.scatter - 2.02769).abs() < 1e-4 && even.scatter < 1e-6, "{}", uneven.scatter);
        assert!((uneven.skill(0.95) - 0.5).abs() < 1e-12);
        assert_eq!(uneven.loss_in_words(), "that of guessing by how common each class is, 0.325");
        assert_eq!(Guess::new(4, &[]).accuracy, 0.25);
    }

    #[test]
    fn a_finding_is_told_once_a_place_and_again_when_it_gets_worse() {
        let mut stage = Stage::new(&[10; 10]);
        stage.losses([2.3; 10]);
        let mut all = stage.losses([6.0; 30]);
        all.extend(stage.losses([60.0; 30]));
        let said: Vec<_> = all.iter().map(|found| (found.finding, found.severity)).collect();
        assert_eq!(said, [(Finding::LearningRateTooHigh, Severity::Warning), (Finding::LearningRateTooHigh, Severity::Problem)]);
    }

    #[test]
    fn a_run_that_is_taken_up_again_is_told_the_same() {
        let sick = |dead| {
            let mut look = probe(1, vec![weights("dense_1/kernel", 1.0)], vec![layer("relu_1", "relu")]);
            look.activations[0].dead = dead;
            look
        };
        let mut whole = Stage::new(&[10; 2]);
        whole.losses([0.8; 30]);
        whole.look(sick(0.9));
        let state = whole.doctor.save_state();
        let mut again = Stage::new(&[10; 2]);
        again.doctor.load_state(state.clone()).unwrap();
        again.step = whole.step;
        assert_eq!(again.doctor.save_state(), state);
        for stage in [&mut whole, &mut again] {
            let mut found = Vec::new();
            for _ in 0..5 {
                stage.losses([0.8; 20]);
                found.extend(stage.look(sick(0.9)));
            }
            let [only] = found.try_into().expect("once");
            assert_eq!((only.finding, only.since, only.step), (Finding::DeadUnits, 30, 90), "the look before the save counts");
        }
        let error = again.doctor.load_state(serde_json::json!({"raised": 1})).unwrap_err();
        assert!(error.message().contains("diagnostician"), "{error}");
    }
}
