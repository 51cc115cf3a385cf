//! The events of a training: the payload of every hook, and the names of the series that they fill.
//!
//! One x axis for everything: the global [`Step`], the number of updates made. Never here: tensors, clocks.

use crate::domain::metrics::SamplePrediction;
use crate::domain::metrics::report::EvaluationReport;
use serde::{Deserialize, Serialize};

/// The number of weight updates made since the run began. A batch's values carry the step of its own update, so the
/// first batch has step 1; validation carries the step of the update whose weights it used.
pub type Step = u32;

/// The names of series, after the field's habit (`split/metric`).
pub mod series {
    /// Mean loss of the batch on the weights before its update, in nats: the raw value, never a running mean.
    pub const BATCH_LOSS: &str = "batch/loss";
    /// Share of the batch predicted right on the weights before its update.
    pub const BATCH_ACCURACY: &str = "batch/accuracy";
    /// Learning rate of the batch's update.
    pub const LEARNING_RATE: &str = "lr";
    /// Mean loss over the epoch's training samples, each taken when its batch was trained (as Keras shows).
    pub const TRAIN_LOSS: &str = "train/loss";
    /// Share of the epoch's training samples predicted right, each when its batch was trained.
    pub const TRAIN_ACCURACY: &str = "train/accuracy";
    /// Mean loss over all validation samples with the weights at the end of the epoch.
    pub const VAL_LOSS: &str = "val/loss";
    /// Share of all validation samples predicted right with the weights at the end of the epoch.
    pub const VAL_ACCURACY: &str = "val/accuracy";
    /// Wall time of the batch, from the moment when the last one's numbers arrived to the moment when its own do;
    /// without pauses and validation. The phases below sum to it. On a GPU: its own time on the program's side and an
    /// equal part of the time that the batches which were read together share.
    pub const TIME_BATCH: &str = "time/batch_ms";
    /// Wall time to gather the batch and hand it to the device.
    pub const TIME_DATA: &str = "time/data_ms";
    /// Wall time of the forward pass with the loss; on the CPU only.
    pub const TIME_FORWARD: &str = "time/forward_ms";
    /// Wall time of the backward pass; on the CPU only.
    pub const TIME_BACKWARD: &str = "time/backward_ms";
    /// Wall time of the optimiser; on the CPU only.
    pub const TIME_UPDATE: &str = "time/update_ms";
    /// Wall time to hand forward, backward and update over to a GPU, not of the work itself; on a GPU only.
    pub const TIME_ENCODE: &str = "time/encode_ms";
    /// Wall time of waiting for the batch's numbers, and of computing loss and accuracy from them. On a GPU this is where
    /// the program waits for all of its work.
    pub const TIME_READ: &str = "time/read_ms";
    /// Wall time of watching: summarising a probe, and the waits of a synchronised sample.
    pub const TIME_PROBE: &str = "time/probe_ms";
    /// Wall time in hooks, with encoding records and sending them to the page: since the last batch's numbers were there,
    /// so what that batch's `on_batch_end` took is here.
    pub const TIME_CALLBACKS: &str = "time/callbacks_ms";
    /// Wall time given away to messages and other tasks of the thread.
    pub const TIME_IDLE: &str = "time/idle_ms";
    /// Wall time of the batch that is in no other phase.
    pub const TIME_OTHER: &str = "time/other_ms";
    /// Marks of a batch whose time is special: bits of [`marks`](crate::domain::cost::marks).
    pub const TIME_MARKS: &str = "time/marks";
    /// Length of the pause before this batch; at such batches only.
    pub const TIME_PAUSED: &str = "time/paused_ms";
    /// Time of one view of the network for the page, while the training waits; at the step of its weights' last update.
    pub const TIME_VIEW: &str = "time/view_ms";
    /// Synchronised, sampled: uploading the batch until the device had it. Like the three below it includes one wait
    /// for the device, which [`TIME_GPU_WAIT`] measures.
    pub const TIME_GPU_DATA: &str = "time/gpu_data_ms";
    /// Synchronised, sampled: the forward pass with the loss until the device was done.
    pub const TIME_GPU_FORWARD: &str = "time/gpu_forward_ms";
    /// Synchronised, sampled: the backward pass until the device was done.
    pub const TIME_GPU_BACKWARD: &str = "time/gpu_backward_ms";
    /// Synchronised, sampled: the optimiser until the device was done.
    pub const TIME_GPU_UPDATE: &str = "time/gpu_update_ms";
    /// Synchronised, sampled: one wait for the device with nothing to do, which is the resolution of the others.
    pub const TIME_GPU_WAIT: &str = "time/gpu_wait_ms";
    /// Mean loss over a fixed part of the training samples with the weights at the end of the epoch, in evaluation, as
    /// validation is measured.
    pub const TRAIN_EVAL_LOSS: &str = "train_eval/loss";
    /// Share of the same samples predicted right, in the same way.
    pub const TRAIN_EVAL_ACCURACY: &str = "train_eval/accuracy";
    /// Cost of watching, in percent of the time that training takes without it.
    pub const WATCH_COST: &str = "watch/cost_percent";
    /// Standard error of the cost of watching.
    pub const WATCH_ERROR: &str = "watch/error_percent";
    /// Number of batches from one probe to the next.
    pub const WATCH_LOOK_EVERY: &str = "watch/look_every";
    /// Wall time of the epoch's batches, without pauses and validation.
    pub const TIME_EPOCH: &str = "time/epoch_ms";
    /// Wall time of the epoch's validation, the part of the training samples of `train_eval/…` included.
    pub const TIME_VALIDATION: &str = "time/validation_ms";
    /// Mean wall time of the epoch's batches, special ones left out.
    pub const TIME_BATCH_MEAN: &str = "time/batch_mean_ms";
    /// Median wall time of the same batches.
    pub const TIME_BATCH_MEDIAN: &str = "time/batch_median_ms";
    /// 95th percentile of the same batches' wall times.
    pub const TIME_BATCH_P95: &str = "time/batch_p95_ms";
    /// Smoothed loss of a learning-rate test, at every batch.
    pub const LR_FINDER_LOSS: &str = "lr_finder/loss";
    /// Learning rate that a learning-rate test suggests, once.
    pub const LR_FINDER_SUGGESTION: &str = "lr_finder/suggestion";
}

/// A list of named numbers, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Logs(pub Vec<(String, f64)>);

impl Logs {
    /// The value called `name`, if there is one.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(key, _)| key == name).map(|&(_, value)| value)
    }

    /// Adds a value.
    pub fn push(&mut self, name: &str, value: f64) {
        self.0.push((name.to_owned(), value));
    }
}

/// The event before a run's first update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrainBegin {
    /// Number of trained weights.
    pub parameters: usize,
    /// Number of samples trained on in each epoch.
    pub train_samples: usize,
    /// Number of samples held out for validation.
    pub validation_samples: usize,
    /// Number of updates in each epoch.
    pub batches_per_epoch: u32,
    /// Number of epochs to run.
    pub epochs: u32,
}

impl TrainBegin {
    /// Number of updates in the whole run, if nothing stops it.
    pub fn total_steps(&self) -> u64 {
        u64::from(self.batches_per_epoch) * u64::from(self.epochs)
    }
}

/// The event before an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EpochBegin {
    /// The epoch, counted from 0.
    pub epoch: u32,
    /// Number of updates made before it.
    pub step: Step,
}

/// The event before a batch is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchBegin {
    /// The step that its update will have.
    pub step: Step,
    /// The epoch, from 0.
    pub epoch: u32,
    /// The batch's position in the epoch, from 0.
    pub batch: u32,
    /// Number of samples in the batch.
    pub size: u32,
}

/// The phases of a batch's wall time, in milliseconds; they sum to `batch`. Each is described at the series of its name
/// in [`series`]. `None` where the device cannot tell without being slowed down: a GPU works asynchronously, so a wall
/// clock around its phases would measure nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhaseTimes {
    /// Time of the whole batch.
    pub batch: f64,
    /// Time for gathering the samples and handing them to the device.
    pub data: f64,
    /// Time of the forward pass with the loss.
    pub forward: Option<f64>,
    /// Time of the backward pass.
    pub backward: Option<f64>,
    /// Time of the optimiser.
    pub update: Option<f64>,
    /// Time for handing forward, backward and update over to a GPU.
    pub encode: Option<f64>,
    /// Time of waiting for the numbers to come back.
    pub read: f64,
    /// Time for summarising a probe, and for the waits of a synchronised sample.
    pub probe: f64,
    /// Time in hooks, sending included.
    pub callbacks: f64,
    /// Time given away to messages.
    pub idle: f64,
    /// The rest of the time.
    pub other: f64,
    /// Marks of a batch whose time is special: bits of [`marks`](crate::domain::cost::marks).
    pub marks: u32,
}

impl PhaseTimes {
    /// The sum of all phases: `batch`, but for rounding.
    pub fn sum(&self) -> f64 {
        let on_the_device = [self.forward, self.backward, self.update, self.encode].into_iter().flatten().sum::<f64>();
        self.data + on_the_device + self.read + self.probe + self.callbacks + self.idle + self.other
    }
}

/// The event after a batch was trained and its numbers have arrived.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchEnd {
    /// The step of its update.
    pub step: Step,
    /// The epoch, from 0.
    pub epoch: u32,
    /// The batch's position in the epoch, from 0.
    pub batch: u32,
    /// Number of samples in the batch.
    pub size: u32,
    /// The mean loss a sample, before the update, in nats.
    pub loss: f64,
    /// The share predicted right, before the update.
    pub accuracy: f64,
    /// The learning rate of the update.
    pub learning_rate: f64,
    /// The phases of its time.
    pub times: PhaseTimes,
    /// The time in milliseconds since the run began, pauses included.
    pub at_ms: f64,
}

impl BatchEnd {
    /// The series that a batch fills, with its values, in a fixed order; NaN where the device cannot tell.
    pub fn values(&self) -> [(&'static str, f32); 15] {
        let or_nan = |time: Option<f64>| time.map_or(f32::NAN, |ms| ms as f32);
        [
            (series::BATCH_LOSS, self.loss as f32),
            (series::BATCH_ACCURACY, self.accuracy as f32),
            (series::LEARNING_RATE, self.learning_rate as f32),
            (series::TIME_BATCH, self.times.batch as f32),
            (series::TIME_DATA, self.times.data as f32),
            (series::TIME_FORWARD, or_nan(self.times.forward)),
            (series::TIME_BACKWARD, or_nan(self.times.backward)),
            (series::TIME_UPDATE, or_nan(self.times.update)),
            (series::TIME_ENCODE, or_nan(self.times.encode)),
            (series::TIME_READ, self.times.read as f32),
            (series::TIME_PROBE, self.times.probe as f32),
            (series::TIME_CALLBACKS, self.times.callbacks as f32),
            (series::TIME_IDLE, self.times.idle as f32),
            (series::TIME_OTHER, self.times.other as f32),
            (series::TIME_MARKS, self.times.marks as f32),
        ]
    }
}

/// The event before and after a validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// The epoch, from 0.
    pub epoch: u32,
    /// The step of the update whose weights are used.
    pub step: Step,
    /// The `val/…` values; empty before the validation.
    pub logs: Logs,
}

/// The model's prediction for one sample of the data set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleOutcome {
    /// The position in the data set.
    pub index: u32,
    /// The true class.
    pub label: u32,
    /// The predicted class; `None` where an output is NaN.
    pub predicted: Option<u32>,
    /// The probability of the predicted class; NaN where there is none.
    pub probability: f64,
    /// The sample's loss in nats.
    pub loss: f64,
}

impl SampleOutcome {
    /// The prediction for the sample `index`.
    pub fn new(index: u32, &SamplePrediction { label, predicted, probability, loss }: &SamplePrediction) -> Self {
        Self { index, label, predicted, probability, loss }
    }

    /// The order for sorting: the larger loss first, NaN before all (of either sign: processors differ in that of a new
    /// NaN).
    pub fn worse_first(a: &Self, b: &Self) -> std::cmp::Ordering {
        let rank = |outcome: &Self| if outcome.loss.is_nan() { f64::INFINITY } else { outcome.loss };
        b.loss.is_nan().cmp(&a.loss.is_nan()).then(rank(b).total_cmp(&rank(a)))
    }
}

/// The evaluation of the validation samples at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The epoch, counted from 0.
    pub epoch: u32,
    /// The step of the update whose weights were used.
    pub step: Step,
    /// The metrics.
    pub report: EvaluationReport,
    /// The samples with the largest losses, the worst first.
    pub worst: Vec<SampleOutcome>,
}

/// The event at the end of an epoch, after its validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EpochEnd {
    /// The epoch, counted from 0.
    pub epoch: u32,
    /// Number of updates made so far.
    pub step: Step,
    /// The `train/…`, `val/…` and `time/…` values of the epoch.
    pub logs: Logs,
    /// The time in milliseconds since the run began, pauses included.
    pub at_ms: f64,
}

/// The event at the end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrainEnd {
    /// Number of updates made.
    pub step: Step,
    /// Number of epochs completed.
    pub epochs: u32,
    /// The reason of the end: `completed`, or the one that a stop gave.
    pub reason: String,
    /// The logs of the last complete epoch.
    pub logs: Logs,
    /// The time in milliseconds since the run began, pauses included.
    pub at_ms: f64,
}
