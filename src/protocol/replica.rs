//! The messages between the worker that trains and a replica, which computes shards of its batches. Never here: what they mean for
//! the training ([`crate::train::shards`]).

use super::RunId;
use crate::domain::data::SampleShape;
use crate::domain::model::{Loss, ModelSpec};
use crate::domain::run::event::Step;
use serde::{Deserialize, Serialize};

/// A message to a replica.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToReplica {
    /// Makes the model of a run. Answer: [`FromReplica::Ready`].
    Model {
        /// The run.
        run: RunId,
        /// The hidden layers. Not the whole configuration, whose writer would be twenty kilobytes of the worker's program.
        model: ModelSpec,
        /// The loss.
        loss: Loss,
        /// The run's seed.
        seed: u32,
        /// The shape of one sample.
        shape: SampleShape,
        /// Number of classes.
        classes: usize,
    },
    /// Computes a shard of a batch. Bulk: the inputs as `f32` bytes, the labels as `u32` bytes, then the network's arrays as `f32` bytes.
    /// Answer: [`FromReplica::Pass`].
    Shard {
        /// The step whose update the batch leads to.
        step: Step,
        /// The place of the first sample in the batch.
        first_row: usize,
        /// Number of samples of the whole batch.
        of: usize,
    },
}

/// A message from a replica.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromReplica {
    /// The model of the run is made.
    Ready {
        /// The run.
        run: RunId,
    },
    /// A shard is computed. Bulk: the outputs, the gradients, the running statistics, all as `f32` bytes.
    Pass {
        /// The step of its batch.
        step: Step,
        /// Number of gradients.
        gradients: usize,
    },
    /// The replica cannot compute: it is of no use for this run.
    Failed {
        /// The reason.
        why: String,
    },
}
