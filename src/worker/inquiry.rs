//! The work of a long question: predictions, an evaluation, one batch, all weights; piece by piece, with the weights of
//! the moment when it began.
//!
//! Between two pieces the training goes on, messages come in, and nothing that is trained then changes the answer. Never
//! here: when a piece has its turn.

use super::answers::{Answer, BatchWish, shown};
use super::samples::sample_bytes;
use crate::domain::data::Dataset;
use crate::domain::data::batch_view::{BatchView, Source};
use crate::domain::model::{ArrayHead, MOST_NUMBERS};
use crate::domain::record::batch_memory::Extent;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::event::Step;
use crate::error::{Code, Error, Result};
use crate::protocol::{Event, RequestId, RunId, floats};
use crate::train::assessment::Assessment;
use crate::train::clock::{Clock, WallClock};
use crate::train::device_logs::read_all;
use crate::train::inference::Prediction;
use crate::train::model::Net;
use crate::train::view::Viewing;
use crate::web::port::Bulk;
use burn::tensor::Tensor;
use std::collections::VecDeque;
use std::rc::Rc;

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
        /// The batch's epoch and its position there.
        at: (u32, u32),
        /// The weights that judge.
        source: Source,
        /// The number of batches that are remembered.
        extent: Extent,
    },
    /// A view of the network.
    View(Box<Viewing>),
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
    data: Rc<Dataset>,
    samples: Vec<u32>,
    assessment: Assessment,
}

impl Judging {
    /// The work on `samples` of `data` with the weights of `net`.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when the outputs of so many samples are more than [`MOST_NUMBERS`].
    pub fn new(net: Net, data: &Rc<Dataset>, samples: Vec<u32>) -> Result<Self> {
        let outputs = samples.len().saturating_mul(net.plan().classes);
        if outputs > MOST_NUMBERS {
            let message = format!("{} samples in {} classes are too many for one question", samples.len(), net.plan().classes);
            let hint = format!("their outputs may be {MOST_NUMBERS} numbers; hold out a smaller share");
            return Err(Error::new(Code::InvalidData, message, hint));
        }
        let assessment = Assessment::new(net.plan().loss);
        Ok(Self { net, data: data.clone(), samples, assessment })
    }

    async fn advance(&mut self) -> Result<bool> {
        self.assessment.advance(&self.net, &self.data, &self.samples).await
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
    pub async fn advance(&mut self) -> Result<bool> {
        match self {
            Self::Predict { prediction, inputs } => {
                if let Some(piece) = prediction.next_piece() {
                    prediction.take(floats::from_bytes(&inputs[4 * piece.start..4 * piece.end])).await?;
                }
                Ok(prediction.next_piece().is_some())
            }
            Self::Evaluate { judging, .. } | Self::Show { judging, .. } => judging.advance().await,
            Self::View(viewing) => {
                let clock = WallClock::default();
                let more = viewing.advance().await;
                viewing.book(clock.now_ms());
                more
            }
            Self::Weights { reading, .. } => reading.advance().await,
        }
    }

    /// The answer, once there is no piece left.
    pub fn answer(self, request: RequestId) -> Answer {
        Ok(match self {
            Self::Predict { prediction, .. } => {
                let (rows, classes) = prediction.rows();
                (Event::Predicted { request, classes: classes as u32 }, vec![rows])
            }
            Self::Evaluate { judging, checkpoint, at: (epoch, step), run } => {
                let evaluation = judging.assessment.evaluation(epoch, step, judging.data.classes().len());
                let worst: Vec<u32> = evaluation.worst.iter().map(|outcome| outcome.index).collect();
                let bytes = sample_bytes(&judging.data, &worst);
                (Event::EvaluatedNow { request, run, checkpoint, evaluation: Box::new(evaluation) }, vec![bytes])
            }
            Self::Show { judging, wish, at: (epoch, batch), source, extent } => {
                let view = BatchView { step: wish.step, epoch, batch, size: judging.samples.len() as u32, source, extent };
                shown(request, view, &judging.assessment.outcomes(), &judging.data, &wish)
            }
            Self::View(viewing) => {
                let (view, numbers) = viewing.answer();
                let bulk = numbers.buffers().iter().map(|buffer| floats::to_bytes(buffer)).collect();
                (Event::Viewed { request, view: Box::new(view) }, bulk)
            }
            Self::Weights { reading, step } => {
                let (arrays, bulk) = reading.arrays();
                (Event::WeightsTaken { request, step, arrays }, bulk)
            }
        })
    }
}
