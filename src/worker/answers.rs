//! Answers to the page's questions, and how a batch is shown in them.
//!
//! Never here: the model; the cost of a question.

use super::samples::sample_bytes;
use crate::domain::data::Dataset;
use crate::domain::data::batch_view::{BatchView, Batches, SampleOrder, Source, outcomes};
use crate::domain::record::batch_memory::Extent;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{SampleOutcome, Step};
use crate::error::Result;
use crate::protocol::{self, Event, Failure, RequestId};
use crate::web::port::{Bulk, PagePort};

/// An answer on its way to the page: the event and its bytes.
pub type Answer = Result<(Event, Bulk)>;

/// A batch that is asked for, and which of its samples' numbers.
pub struct BatchWish {
    /// The step of the batch's update.
    pub step: Step,
    /// The order of its samples …
    pub order: SampleOrder,
    /// The first sample whose numbers are wanted.
    pub first: u32,
    /// The largest number of samples whose numbers are wanted.
    pub most: u32,
}

/// The batch of a run whose model is gone: its samples and labels follow from its configuration alone.
///
/// # Errors
/// [`Code::InvalidConfig`] when the run has no such batch.
pub fn without_model(request: RequestId, config: &RunConfig, data: &Dataset, wish: &BatchWish) -> Answer {
    let (epoch, batch, samples) = Batches::new(config, data).locate(wish.step)?;
    let labels = data.labels_of(&samples);
    let outcomes = outcomes(&samples, &labels, None);
    let view = BatchView { step: wish.step, epoch, batch, size: samples.len() as u32, source: Source::None, extent: Extent::default() };
    Ok(shown(request, view, &outcomes, data, wish))
}

/// A batch with the `outcomes` of its samples, and the numbers of those that `wish` asks for.
pub fn shown(request: RequestId, batch: BatchView, outcomes: &[SampleOutcome], data: &Dataset, wish: &BatchWish) -> (Event, Bulk) {
    let bytes = protocol::outcomes::to_bytes(outcomes);
    // Sorted as the page will sort them: by the losses that it gets, which are shorter.
    let outcomes = protocol::outcomes::from_bytes(&bytes);
    let positions = wish.order.of(&outcomes).into_iter().skip(wish.first as usize).take(wish.most as usize);
    let wanted: Vec<u32> = positions.map(|position| outcomes[position].index).collect();
    (Event::BatchShown { request, batch }, vec![bytes, sample_bytes(data, &wanted)])
}

/// Sends the answer to a question.
pub fn post(port: &PagePort, request: RequestId, answer: Answer) {
    match answer {
        Ok((event, bulk)) => port.post(&event, &bulk),
        Err(error) => port.post(&Event::Failed(Failure { run: None, request: Some(request), error }), &[]),
    }
}
