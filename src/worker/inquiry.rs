//! The work of a long question: predictions, an evaluation, one batch, all weights; piece by piece, with the weights of
//! the moment when it began.
//!
//! Between two pieces the training goes on, messages come in, and nothing that is trained then changes the answer. Never
//! here: when a piece has its turn.

use super::answers::{Answer, BatchWish, shown};
use super::samples::sample_bytes;
use crate::domain::data::Dataset;
use crate::domain::data::batch_view::{BatchView, Source};
use crate::domain::model::ArrayHead;
use crate::domain::record::batch_memory::Extent;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::event::Step;
use crate::error::Result;
use crate::protocol::{Event, RequestId, RunId, floats};
use crate::train::assessment::Assessment;
use crate::train::device_logs::read_all;
use crate::train::inference::Prediction;
use crate::train::model::Net;
use crate::web::port::Bulk;
use burn::tensor::Tensor;
use std::collections::VecDeque;

/// The largest number of weights that are read at once: 4 MB.
const MOST_READ: usize = 1 << 20;

/// A long question that is being worked on.
pub enum Inquiry {
    /// Class probabilities.
    Predict {
        /// The rows that are computed so far.
        prediction: Prediction,
        /// The inputs of all samples, as `f32` bytes.
        inputs: Vec<u8>,
    },
    /// The evaluation of the held-out samples.
    Evaluate {
        /// The state of the work.
        judging: Judging,
        /// The checkpoint whose weights are used, if they are not the present ones.
        checkpoint: Option<CheckpointCard>,
        /// The epoch and the step of the weights.
        at: (u32, Step),
        /// The id of the run.
        run: RunId,
    },
    /// One batch, evaluated again because its predictions were dropped.
    Show {
        /// The state of the work.
        judging: Judging,
        /// The batch that is asked for.
        wish: BatchWish,
        /// The batch's epoch and its position there, and the step of the weights that judge.
        at: (u32, u32, Step),
        /// The number of batches that are remembered.
        extent: Extent,
    },
    /// The weights.
    Weights {
        /// The arrays that are read so far.
        reading: ArrayReading,
        /// Number of updates that the weights have had.
        step: Step,
    },
}

/// Samples that are judged piece by piece.
pub struct Judging {
    net: Net,
    samples: Vec<u32>,
    assessment: Assessment,
}

impl Judging {
    /// The work on `samples` of a data set with the weights of `net`.
    pub fn new(net: Net, samples: Vec<u32>) -> Self {
        let assessment = Assessment::new(net.plan().loss);
        Self { net, samples, assessment }
    }

    async fn advance(&mut self, data: &Dataset) -> Result<bool> {
        self.assessment.advance(&self.net, data, &self.samples).await
    }
}

/// Arrays of weights that are read from the device piece by piece.
pub struct ArrayReading {
    heads: Vec<ArrayHead>,
    left: VecDeque<Tensor<1>>,
    read: Bulk,
}

impl ArrayReading {
    /// The work of reading all arrays of `net`.
    pub fn new(net: &Net) -> Self {
        Self { heads: net.plan().arrays(), left: net.arrays().into(), read: Bulk::new() }
    }

    /// Reads as many arrays as make a piece, at least one; false when none are left.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn advance(&mut self) -> Result<bool> {
        let (mut piece, mut numbers) = (Vec::new(), 0);
        while let Some(array) = self.left.pop_front_if(|array| numbers == 0 || numbers + array.dims()[0] <= MOST_READ) {
            numbers += array.dims()[0].max(1);
            piece.push(array);
        }
        self.read.extend(read_all(piece).await?.iter().map(|values| floats::to_bytes(values)));
        Ok(!self.left.is_empty())
    }

    /// The names and shapes of the arrays, and the bytes of each.
    pub fn arrays(self) -> (Vec<ArrayHead>, Bulk) {
        (self.heads, self.read)
    }
}

impl Inquiry {
    /// Advances the work by one piece; false when that was the last.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn advance(&mut self, data: &Dataset) -> Result<bool> {
        match self {
            Self::Predict { prediction, inputs } => {
                if let Some(piece) = prediction.next_piece() {
                    prediction.take(floats::from_bytes(&inputs[4 * piece.start..4 * piece.end])).await?;
                }
                Ok(prediction.next_piece().is_some())
            }
            Self::Evaluate { judging, .. } | Self::Show { judging, .. } => judging.advance(data).await,
            Self::Weights { reading, .. } => reading.advance().await,
        }
    }

    /// The answer, once there is no piece left.
    pub fn answer(self, request: RequestId, data: &Dataset) -> Answer {
        Ok(match self {
            Self::Predict { prediction, .. } => {
                let (rows, classes) = prediction.rows();
                (Event::Predicted { request, classes: classes as u32 }, vec![floats::to_bytes(&rows)])
            }
            Self::Evaluate { judging, checkpoint, at: (epoch, step), run } => {
                let evaluation = judging.assessment.evaluation(epoch, step, data.classes().len());
                let worst: Vec<u32> = evaluation.worst.iter().map(|outcome| outcome.index).collect();
                let bytes = sample_bytes(data, &worst);
                (Event::EvaluatedNow { request, run, checkpoint, evaluation: Box::new(evaluation) }, vec![bytes])
            }
            Self::Show { judging, wish, at: (epoch, batch, step), extent } => {
                let source = Source::PresentWeights { step };
                let view = BatchView { step: wish.step, epoch, batch, size: judging.samples.len() as u32, source, extent };
                shown(request, view, &judging.assessment.outcomes(), data, &wish)
            }
            Self::Weights { reading, step } => {
                let (arrays, bulk) = reading.arrays();
                (Event::WeightsTaken { request, step, arrays }, bulk)
            }
        })
    }
}
