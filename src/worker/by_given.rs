//! Questions that bring their weights along: those that an earlier run has left, which no worker has any more.
//!
//! Each becomes an [`Inquiry`] of its own network and data, worked on like any other: a run that goes on is not touched.

use super::answers::BatchWish;
use super::datasets::Datasets;
use super::device::WorkerDevice;
use super::inquiry::{Inquiry, Judging};
use super::questions::{evaluation, viewing};
use super::start::Arrays;
use crate::domain::data::batch_view::{Batches, Source};
use crate::domain::model::init::initial_weights;
use crate::domain::record::batch_memory::Extent;
use crate::domain::view::ViewWish;
use crate::error::Result;
use crate::protocol::GivenWeights;
use crate::train::inference::Prediction;
use crate::train::model::Net;
use crate::web::port::Bulk;

/// A question about weights that were given.
pub enum GivenQuestion {
    /// Predictions for samples, as `f32` bytes.
    Predict(Vec<u8>),
    /// The evaluation on the samples that their run held out.
    Evaluate,
    /// A view of the network, with the numbers of a given sample as `f32` bytes.
    View(Box<ViewWish>, Vec<u8>),
    /// A batch of their run.
    Batch(BatchWish),
}

/// The work of answering `question` by the weights `given`, whose arrays are `bulk`.
///
/// # Errors
/// [`Code::InvalidData`](crate::error::Code::InvalidData) when the weights are not those of the model, or the samples are no
/// whole ones or too many; when the data cannot be had, nothing was held out, or the run had no such batch.
pub async fn begin(
    device: &WorkerDevice,
    datasets: &Datasets,
    given: GivenWeights,
    bulk: Bulk,
    question: GivenQuestion,
) -> Result<Inquiry> {
    let GivenWeights { run, config, step, arrays } = given;
    // Of a built-in set it is known what it looks like: a prediction need not wait until it is made.
    let known = config.data.shape().zip(config.data.classes());
    let (look, data) = match (&question, known) {
        (GivenQuestion::Predict(_), Some(look)) => (look, None),
        _ => {
            let data = datasets.get(&config.data, config.seed).await?;
            ((data.shape(), data.classes().len()), Some(data))
        }
    };
    let plan = config.model.plan(look.0, look.1, config.loss)?;
    let net = if arrays.is_empty() {
        // Nobody has trained it yet.
        let weights = initial_weights(&plan, u64::from(config.seed));
        Net::new(plan, weights, &device.device)
    } else {
        let Arrays { heads, values } = Arrays::of(arrays, &bulk);
        Net::given(plan, &heads, values, &device.device)?
    };
    match (question, data) {
        (GivenQuestion::Evaluate, Some(data)) => evaluation(net, &data, &Batches::new(&config, &data), (run, None, step)),
        (GivenQuestion::Batch(wish), Some(data)) => {
            let (epoch, batch, samples) = Batches::new(&config, &data).locate(wish.step)?;
            let (judging, source) = (Judging::new(net, &data, samples)?, Source::KeptWeights { step });
            Ok(Inquiry::Show { judging, wish, at: (epoch, batch), source, extent: Extent::default() })
        }
        (GivenQuestion::View(wish, given), Some(data)) => viewing(net, step, &data, &Batches::new(&config, &data), &wish, &given),
        (GivenQuestion::Predict(inputs), _) => Ok(Inquiry::Predict { prediction: Prediction::new(net, inputs.len() / 4)?, inputs }),
        (GivenQuestion::Evaluate | GivenQuestion::Batch(_) | GivenQuestion::View(..), None) => {
            unreachable!("only a prediction has no data")
        }
    }
}
