//! A judgement of many samples with the present weights, piece by piece: each sample is judged once, and everything that
//! is said of it (loss, accuracy, report, worst samples) comes from that.

use super::device_logs::resolve;
use super::{Batch, Trainer};
use crate::domain::data::Dataset;
use crate::domain::metrics::report::EvaluationReport;
use crate::domain::metrics::{Tally, Verdict, judge_all};
use crate::domain::model::Loss;
use crate::domain::run::event::{Evaluation, SampleOutcome, Step};
use crate::error::Result;

/// Samples a forward pass.
pub const PIECE: usize = 128;
/// Samples that an [`Evaluation`] names as the worst.
const WORST_SAMPLES: usize = 18;

/// Samples judged so far.
pub struct Assessment {
    loss: Loss,
    indices: Vec<u32>,
    outputs: Vec<f32>,
    verdicts: Vec<Verdict>,
}

impl Assessment {
    /// Nothing judged yet, by `loss`.
    pub fn new(loss: Loss) -> Self {
        Self { loss, indices: Vec::new(), outputs: Vec::new(), verdicts: Vec::new() }
    }

    /// Judges the samples of `data` at `indices`, at most [`PIECE`] to be quick. Nothing of `trainer` changes.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn take(&mut self, trainer: &Trainer, data: &Dataset, indices: &[u32]) -> Result<()> {
        for outputs in resolve(vec![trainer.evaluate(Batch::gather(data, indices))]).await? {
            self.verdicts.extend(judge_all(&outputs.values, &outputs.labels, self.loss));
            self.outputs.extend(outputs.values);
        }
        self.indices.extend(indices);
        Ok(())
    }

    /// What was said of each sample, in the order in which they were given.
    pub fn outcomes(&self) -> Vec<SampleOutcome> {
        self.indices.iter().zip(&self.verdicts).map(|(&index, verdict)| SampleOutcome::new(index, verdict)).collect()
    }

    /// The sum over all samples.
    pub fn tally(&self) -> Tally {
        Tally::of(&self.verdicts)
    }

    /// All metrics, for data of `classes` classes; `epoch` and `step` say whose weights these are.
    pub fn evaluation(self, epoch: u32, step: Step, classes: usize) -> Evaluation {
        let report = EvaluationReport::of_judged(&self.outputs, &self.verdicts, classes, self.loss);
        Evaluation { epoch, step, report, worst: worst(self.outcomes()) }
    }
}

/// Those with the largest losses, the worst first; NaN is the worst of all.
fn worst(mut outcomes: Vec<SampleOutcome>) -> Vec<SampleOutcome> {
    outcomes.sort_by(SampleOutcome::worse_first);
    outcomes.truncate(WORST_SAMPLES);
    outcomes
}
