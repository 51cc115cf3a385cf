//! Files of a data set of the visitor's, which the page keeps since any worker may need them, or a new one; or samples that were
//! added to another set. Never here: who has been given it.

use crate::domain::data::source::DataSpec;
use crate::protocol::{AddedSet, Command, RequestId};

/// The bytes of a data set that the visitor gave.
pub enum Files {
    /// A pair of files.
    Idx {
        /// The name of the set.
        name: String,
        /// The images' file.
        images: Vec<u8>,
        /// The labels' file.
        labels: Vec<u8>,
    },
    /// Another set with samples of the visitor's own.
    Added {
        /// The set, but for the numbers of the samples.
        set: Box<AddedSet>,
        /// The numbers of the samples, as `f32` bytes.
        numbers: Vec<u8>,
    },
}

impl Files {
    /// The command that gives them to a worker under `id`.
    pub fn command(&self, request: RequestId, id: String) -> Command {
        match self {
            Self::Idx { name, .. } => Command::LoadData { request, id, name: name.clone() },
            Self::Added { set, .. } => Command::AddSamples { request, id, set: set.clone() },
        }
    }

    /// The buffers of this command.
    pub fn bulk(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Idx { images, labels, .. } => vec![images.clone(), labels.clone()],
            Self::Added { numbers, .. } => vec![numbers.clone()],
        }
    }

    /// Number of bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Idx { images, labels, .. } => images.len() + labels.len(),
            Self::Added { numbers, .. } => numbers.len(),
        }
    }

    /// The set that must be there before this one can be made.
    pub fn base(&self) -> Option<&DataSpec> {
        match self {
            Self::Idx { .. } => None,
            Self::Added { set, .. } => Some(&set.base),
        }
    }
}
