//! A made-up run for the tests of the rules: losses, probes and epochs as a test wants them. Never used outside tests.

use super::{DiagnosisThresholds, Diagnostician};
use crate::domain::callback::{Callback, Control, Controls};
use crate::domain::diagnosis::{Diagnosis, Finding, Limit};
use crate::domain::record::probe::{ActivationProbe, Histogram, Probe, Summary, WeightProbe};
use crate::domain::run::event::{BatchBegin, BatchEnd, EpochEnd, Logs, PhaseTimes, Step, TrainBegin, TrainEnd, series};

/// A run and its diagnostician.
pub(super) struct Stage {
    pub(super) doctor: Diagnostician,
    pub(super) step: Step,
    pub(super) epoch: u32,
    pub(super) batch_size: u32,
    pub(super) learning_rate: f64,
    pub(super) accuracy: f64,
}

/// The diagnoses in `controls`; each sentence must name thresholds that exist, and no text may be empty.
pub(super) fn told(controls: Controls) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    for control in controls {
        let Control::Diagnose(diagnosis) = control else { panic!("a doctor does not steer: {control:?}") };
        let Diagnosis { finding, evidence, limits, why, remedy, series, .. } = &*diagnosis;
        let own = |limit: &Limit| DiagnosisThresholds::called(&limit.name).is_some_and(|threshold| threshold.finding == Some(*finding));
        assert!(limits.iter().any(own) || *finding == Finding::NotFinite, "no threshold of its own: {diagnosis:?}");
        for sentence in [evidence, why, remedy] {
            assert!(sentence.ends_with('.') && sentence.len() > 20 && !sentence.contains("  "), "{sentence:?}");
        }
        assert!(!series.is_empty());
        found.push(*diagnosis);
    }
    found
}

impl Stage {
    /// A run on classes of `counts` samples, in batches of 64 at a learning rate of 0.1.
    pub(super) fn new(counts: &[u32]) -> Self {
        let doctor = Diagnostician::new(DiagnosisThresholds::default(), counts.len(), counts.to_vec(), 0.1);
        Self { doctor, step: 0, epoch: 0, batch_size: 64, learning_rate: 0.1, accuracy: 0.0 }
    }

    pub(super) fn begin(&mut self) -> Vec<Diagnosis> {
        let begin = TrainBegin { parameters: 1, train_samples: 64, validation_samples: 1, batches_per_epoch: 1, epochs: 1 };
        told(self.doctor.on_train_begin(&begin))
    }

    /// Begins the next batch.
    pub(super) fn begin_batch(&mut self) -> Vec<Diagnosis> {
        told(self.doctor.on_batch_begin(&BatchBegin { step: self.step + 1, epoch: 0, batch: self.step, size: self.batch_size }))
    }

    /// Trains batches with these losses, one after the other.
    pub(super) fn losses(&mut self, losses: impl IntoIterator<Item = f64>) -> Vec<Diagnosis> {
        let mut found = Vec::new();
        for loss in losses {
            self.step += 1;
            let &mut Self { step, epoch, batch_size: size, learning_rate, accuracy, .. } = self;
            let times = PhaseTimes::default();
            found.extend(told(self.doctor.on_batch_end(&BatchEnd {
                step,
                epoch,
                batch: 0,
                size,
                loss,
                accuracy,
                learning_rate,
                times,
                at_ms: 0.0,
            })));
        }
        found
    }

    /// Takes a probe at the present step.
    pub(super) fn look(&mut self, probe: Probe) -> Vec<Diagnosis> {
        told(self.doctor.on_probe(&Probe { step: self.step, ..probe }))
    }

    /// Ends an epoch.
    pub(super) fn end_epoch(&mut self, train: (f64, f64), validation: (f64, f64)) -> Vec<Diagnosis> {
        let mut logs = Logs::default();
        logs.push(series::TRAIN_LOSS, train.0);
        logs.push(series::TRAIN_ACCURACY, train.1);
        logs.push(series::VAL_LOSS, validation.0);
        logs.push(series::VAL_ACCURACY, validation.1);
        self.epoch += 1;
        told(self.doctor.on_epoch_end(&EpochEnd { epoch: self.epoch - 1, step: self.step, logs, at_ms: 0.0 }))
    }

    pub(super) fn end(&mut self) -> Vec<Diagnosis> {
        let (step, epochs, reason, logs) = (self.step, self.epoch, "stopped".to_owned(), Logs::default());
        told(self.doctor.on_train_end(&TrainEnd { step, epochs, reason, logs, at_ms: 0.0 }))
    }
}

/// The summary of four values, each of size `size`.
pub(super) fn values(size: f32) -> Summary {
    Summary::of(&[size, -size, size, -size])
}

/// An array of four weights of 1 with gradients of this norm and a healthy update.
pub(super) fn weights(name: &str, gradient_norm: f64) -> WeightProbe {
    WeightProbe { name: name.to_owned(), weights: values(1.0), gradient: values((gradient_norm / 2.0) as f32), update_ratio: 1e-3 }
}

/// An array whose gradient is zero in the first `zeros` of four values.
pub(super) fn bias(name: &str, zeros: usize) -> WeightProbe {
    let gradient: Vec<f32> = (0..4).map(|unit| if unit < zeros { 0.0 } else { 0.1 }).collect();
    WeightProbe { gradient: Summary { histogram: Histogram::of(&gradient), ..values(0.1) }, ..weights(name, 1.0) }
}

/// A layer with outputs of 1, none of them dead or saturated.
pub(super) fn layer(name: &str, kind: &str) -> ActivationProbe {
    ActivationProbe { name: name.to_owned(), kind: kind.to_owned(), values: values(1.0), dead: 0.0, saturated: 0.0 }
}

pub(super) fn probe(step: Step, weights: Vec<WeightProbe>, activations: Vec<ActivationProbe>) -> Probe {
    Probe { step, weights, activations }
}
