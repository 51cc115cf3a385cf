//! All shaders under one name each, so that whoever launches them can keep them.

use crate::conv::Conv;
use crate::dense::Dense;
use crate::optimizer::Method;
use crate::pool::Pool;
use crate::{Shader, elementwise, loss};

/// A shader by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// [`Dense::forward`].
    Dense(Dense),
    /// [`Dense::by_weights`].
    DenseByWeights(Dense),
    /// [`Dense::by_input`].
    DenseByInput(Dense),
    /// [`Conv::pack`].
    ConvPack(Conv),
    /// [`Conv::forward`].
    Conv(Conv),
    /// [`Conv::pieces_by_weights`].
    ConvPieces(Conv),
    /// [`Conv::sum_of_pieces`].
    ConvSum(Conv),
    /// [`Conv::pack_back`].
    ConvPackBack(Conv),
    /// [`Conv::by_input`].
    ConvByInput(Conv),
    /// [`Pool::largest`].
    Largest(Pool),
    /// [`Pool::largest_backward`].
    LargestBackward(Pool),
    /// [`Pool::means`].
    Means(Pool),
    /// [`Pool::means_backward`].
    MeansBackward(Pool),
    /// [`elementwise::before_rectifier`].
    BeforeRectifier {
        /// Number of numbers.
        length: usize,
    },
    /// [`loss::cross_entropy`].
    CrossEntropy {
        /// Number of rows.
        rows: usize,
        /// Number of classes.
        classes: usize,
    },
    /// [`loss::cross_entropy_backward`].
    CrossEntropyBackward {
        /// Number of rows.
        rows: usize,
        /// Number of classes.
        classes: usize,
    },
    /// [`Method::step`].
    Step {
        /// The optimiser's method.
        method: Method,
        /// Number of numbers.
        length: usize,
        /// Whether there are no means yet.
        is_first: bool,
    },
}

impl Program {
    /// The shader.
    pub fn shader(self) -> Shader {
        match self {
            Self::Dense(dense) => dense.forward(),
            Self::DenseByWeights(dense) => dense.by_weights(),
            Self::DenseByInput(dense) => dense.by_input(),
            Self::ConvPack(conv) => conv.pack(),
            Self::Conv(conv) => conv.forward(),
            Self::ConvPieces(conv) => conv.pieces_by_weights(),
            Self::ConvSum(conv) => conv.sum_of_pieces(),
            Self::ConvPackBack(conv) => conv.pack_back(),
            Self::ConvByInput(conv) => conv.by_input(),
            Self::Largest(pool) => pool.largest(),
            Self::LargestBackward(pool) => pool.largest_backward(),
            Self::Means(pool) => pool.means(),
            Self::MeansBackward(pool) => pool.means_backward(),
            Self::BeforeRectifier { length } => elementwise::before_rectifier(length),
            Self::CrossEntropy { rows, classes } => loss::cross_entropy(rows, classes),
            Self::CrossEntropyBackward { rows, classes } => loss::cross_entropy_backward(rows, classes),
            Self::Step { method, length, is_first } => method.step(length, is_first),
        }
    }
}
