//! The start of a run, as the page asked for it: a new one, or one that goes on from a saved state. Never here: the run.

use crate::domain::model::ArrayHead;
use crate::domain::run::config::RunConfig;
use crate::domain::run::journal::Entry;
use crate::domain::run::state::RunState;
use crate::error::Result;
use crate::protocol::{RunId, floats};
use crate::train::fit::Beginning;
use crate::web::port::Bulk;

/// The id of a model that belongs to no run: one that was made of given weights, one that is only measured.
pub const NO_RUN: RunId = 0;

/// The start of a run.
pub struct Start {
    /// The id of the run.
    pub run: RunId,
    /// The configuration.
    pub config: RunConfig,
    /// The name of the data whose files are the first two buffers.
    pub data: Option<String>,
    /// The arrays that follow, to be trained on.
    pub first_weights: Option<Vec<ArrayHead>>,
    /// The buffers.
    pub bulk: Bulk,
    /// The state that the run goes on from, if it has begun elsewhere.
    pub from: Beginning,
}

impl Start {
    /// The start of a run that goes on from the state in the last buffer; `inputs` are repeated.
    ///
    /// # Errors
    /// [`Code::InvalidData`](crate::error::Code::InvalidData) when that cannot be read.
    pub fn go_on(run: RunId, config: RunConfig, data: Option<String>, inputs: Vec<Entry>, mut bulk: Bulk) -> Result<Self> {
        let state = RunState::from_bytes(&bulk.pop().unwrap_or_default())?;
        let from = Beginning { state: Some(Box::new(state)), inputs };
        Ok(Self { run, config, data, first_weights: None, bulk, from })
    }
}

/// The arrays of weights that came from the page.
pub struct Arrays {
    /// The names and shapes.
    pub heads: Vec<ArrayHead>,
    /// The values.
    pub values: Vec<Vec<f32>>,
}

impl Arrays {
    /// The arrays `heads`, with their values as `f32` bytes.
    pub fn of(heads: Vec<ArrayHead>, bulk: &[Vec<u8>]) -> Self {
        Self { heads, values: bulk.iter().map(|bytes| floats::from_bytes(bytes)).collect() }
    }
}

/// The weights or the state that a run starts with.
pub struct Origin {
    /// The weights in place of those that the seed gives.
    pub first_weights: Option<Arrays>,
    /// The state to go on from, with what is to be repeated.
    pub from: Beginning,
}
