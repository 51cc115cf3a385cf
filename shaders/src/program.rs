//! All shaders under one name each, so that whoever launches them can keep them.

use crate::optimizer::Method;
use crate::{Shader, conv, dense, elementwise, loss, pool};
use emberscope_kernels::conv::Conv;
use emberscope_kernels::dense::Dense;
use emberscope_kernels::pool::Pool;

/// A shader by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// [`dense::forward`].
    Dense(Dense),
    /// [`dense::by_weights`].
    DenseByWeights(Dense),
    /// [`dense::by_input`].
    DenseByInput(Dense),
    /// [`conv::pack`].
    ConvPack(Conv),
    /// [`conv::forward`].
    Conv(Conv),
    /// [`conv::pieces_by_weights`].
    ConvPieces(Conv),
    /// [`conv::sum_of_pieces`].
    ConvSum(Conv),
    /// [`conv::pack_back`].
    ConvPackBack(Conv),
    /// [`conv::by_input`].
    ConvByInput(Conv),
    /// [`pool::largest`].
    Largest(Pool),
    /// [`pool::largest_backward`].
    LargestBackward(Pool),
    /// [`pool::means`].
    Means(Pool),
    /// [`pool::means_backward`].
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
            Self::Dense(of) => dense::forward(of),
            Self::DenseByWeights(of) => dense::by_weights(of),
            Self::DenseByInput(of) => dense::by_input(of),
            Self::ConvPack(of) => conv::pack(of),
            Self::Conv(of) => conv::forward(of),
            Self::ConvPieces(of) => conv::pieces_by_weights(of),
            Self::ConvSum(of) => conv::sum_of_pieces(of),
            Self::ConvPackBack(of) => conv::pack_back(of),
            Self::ConvByInput(of) => conv::by_input(of),
            Self::Largest(of) => pool::largest(of),
            Self::LargestBackward(of) => pool::largest_backward(of),
            Self::Means(of) => pool::means(of),
            Self::MeansBackward(of) => pool::means_backward(of),
            Self::BeforeRectifier { length } => elementwise::before_rectifier(length),
            Self::CrossEntropy { rows, classes } => loss::cross_entropy(rows, classes),
            Self::CrossEntropyBackward { rows, classes } => loss::cross_entropy_backward(rows, classes),
            Self::Step { method, length, is_first } => method.step(length, is_first),
        }
    }
}
