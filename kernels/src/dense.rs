//! Dense layers: `y = x w + b`, with or without a rectifier behind it.

use crate::layer::{Gradients, Layer, before_rectifier};
use crate::matrix::{Left, Matrix, Sides, Start, product_of_rows};

/// The sides of a dense layer on a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dense {
    /// Number of samples.
    pub samples: usize,
    /// Number of numbers of a sample.
    pub inputs: usize,
    /// Number of units.
    pub units: usize,
    /// Whether a rectifier follows.
    pub is_rectified: bool,
}

impl Layer for Dense {
    /// The outputs `[samples, units]` for `x` `[samples, inputs]`, `weights` `[inputs, units]` and `bias` `[units]`.
    fn forward(&self, x: &[f32], weights: &[f32], bias: &[f32]) -> Vec<f32> {
        let mut y = vec![0.0; self.samples * self.units];
        let x = Left::new(Matrix::new(x, self.inputs), self.samples, self.inputs);
        x.times(Matrix::new(weights, self.units), self.units, Start::Columns(bias), self.is_rectified, &mut y);
        y
    }

    fn backward(&self, x: &[f32], weights: &[f32], y: &[f32], gradient: &[f32], wants_input: bool) -> Gradients {
        let gradient = &before_rectifier(self.is_rectified, gradient, y);
        let mut bias = vec![0.0; self.units];
        for row in gradient.chunks_exact(self.units) {
            for (sum, x) in bias.iter_mut().zip(row) {
                *sum += x;
            }
        }
        let by_output = Matrix::new(gradient, self.units);
        let mut by_weights = vec![0.0; self.inputs * self.units];
        let x = Left::transposed(Matrix::new(x, self.inputs), self.inputs, self.samples);
        x.times(by_output, self.units, Start::Zero, false, &mut by_weights);
        let input = wants_input.then(|| {
            let sides = Sides { rows: self.samples, common: self.units, columns: self.inputs };
            product_of_rows(by_output, Matrix::new(weights, self.units), sides)
        });
        Gradients { input, weights: by_weights, bias }
    }

    fn input(&self) -> Vec<usize> {
        vec![self.samples, self.inputs]
    }
}
