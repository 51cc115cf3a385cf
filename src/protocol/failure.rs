//! A failure as a message. Never here: what failed.

use super::{RequestId, RunId};
use crate::error::Error;
use serde::{Deserialize, Serialize};

/// A failure of a run or of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The id of the run that ended by it.
    pub run: Option<RunId>,
    /// The id of the request that gets no other answer.
    pub request: Option<RequestId>,
    /// The error.
    pub error: Error,
}
