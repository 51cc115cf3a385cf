//! The evaluation of many samples with the weights of one moment, piece by piece: each sample is judged once, and all
//! results (loss, accuracy, report, worst samples) come from that.

use super::batch::Batch;
use super::device_logs::resolve;
use super::inference::piece;
use super::model::Net;
use crate::domain::data::Dataset;
use crate::domain::metrics::report::EvaluationReport;
use crate::domain::metrics::{SamplePrediction, Tally, judge_all};
use crate::domain::model::Loss;
use crate::domain::run::event::{Evaluation, SampleOutcome, Step};
use crate::error::Result;

/// Number of worst samples that an [`Evaluation`] names.
const WORST_SAMPLES: usize = 18;

/// The samples judged so far.
pub struct Assessment {
    loss: Loss,
    indices: Vec<u32>,
    outputs: Vec<f32>,
    predictions: Vec<SamplePrediction>,
}

impl Assessment {
    /// An empty assessment, by `loss`.
    pub fn new(loss: Loss) -> Self {
        Self { loss, indices: Vec::new(), outputs: Vec::new(), predictions: Vec::new() }
    }

    /// Judges the next piece of the samples of `data` at `indices` with the weights of `net`; false when all of them are
    /// judged. Nothing of `net` changes.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn advance(&mut self, net: &Net, data: &Dataset, indices: &[u32]) -> Result<bool> {
        let rest = &indices[self.indices.len().min(indices.len())..];
        let piece = &rest[..piece(net.plan()).min(rest.len())];
        if !piece.is_empty() {
            for outputs in resolve(vec![net.evaluate(Batch::gather(data, piece))]).await? {
                self.predictions.extend(judge_all(&outputs.values, &outputs.labels, self.loss));
                self.outputs.extend(outputs.values);
            }
            self.indices.extend(piece);
        }
        Ok(self.indices.len() < indices.len())
    }

    /// The prediction for each sample, in the order in which they were given.
    pub fn outcomes(&self) -> Vec<SampleOutcome> {
        self.indices.iter().zip(&self.predictions).map(|(&index, prediction)| SampleOutcome::new(index, prediction)).collect()
    }

    /// The sums over all samples.
    pub fn tally(&self) -> Tally {
        Tally::of(&self.predictions)
    }

    /// All metrics, for data of `classes` classes; `epoch` and `step` are those of the weights.
    pub fn evaluation(self, epoch: u32, step: Step, classes: usize) -> Evaluation {
        let report = EvaluationReport::of_judged(&self.outputs, &self.predictions, classes, self.loss);
        Evaluation { epoch, step, report, worst: worst(self.outcomes()) }
    }
}

/// The samples with the largest losses, the worst first; NaN is the worst of all.
fn worst(mut outcomes: Vec<SampleOutcome>) -> Vec<SampleOutcome> {
    outcomes.sort_by(SampleOutcome::worse_first);
    outcomes.truncate(WORST_SAMPLES);
    outcomes
}
