//! The make of `emberscope-kernels` for Burn's CPU backend, Flex.

use super::graph::{LayerGradients, LayerPass, Make, PoolPass, PoolShape, Pooling, WeightedLayer};
use super::shapes::OptimizerStep;
use crate::domain::run::config::OptimizerSpec;
use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{Device, Tensor, TensorData};
use emberscope_kernels::layer::Layer;
use emberscope_kernels::loss;
use emberscope_kernels::optimizer::{self, Adam, Rmsprop};

/// Numbers with a shape.
type Plain = FloatTensor<Flex>;

/// Whether tensors on `device` are Flex's.
pub fn serve(device: &Device) -> bool {
    let one = Tensor::<1>::from_data(TensorData::new(vec![0.0_f32], [1]), &device.clone().without_autodiff());
    one.try_into_primitive::<Flex>().is_ok()
}

/// The numbers of a tensor that is in one piece.
fn numbers(tensor: &Plain) -> &[f32] {
    let Some(numbers) = tensor.as_slice() else { unreachable!("`whole` was asked, and all tensors are of f32") };
    numbers
}

fn made(numbers: Vec<f32>, shape: impl Into<Vec<usize>>) -> Plain {
    Plain::from_data(TensorData::new(numbers, shape.into()))
}

fn flat(numbers: Vec<f32>) -> Plain {
    let length = numbers.len();
    made(numbers, [length])
}

fn kernel(layer: &WeightedLayer) -> &dyn Layer {
    match layer {
        WeightedLayer::Dense(dense) => dense,
        WeightedLayer::Conv(conv) => conv,
    }
}

impl Make for Flex {
    /// The gradient by the outputs where the loss's own is 1: computed with the loss.
    type Loss = Plain;

    fn whole(tensor: Plain) -> Plain {
        if tensor.as_slice::<f32>().is_some() { tensor } else { tensor.to_contiguous() }
    }

    fn layer(layer: WeightedLayer, x: &Plain, weights: &Plain, bias: &Plain) -> Plain {
        made(kernel(&layer).forward(numbers(x), numbers(weights), numbers(bias)), layer.output())
    }

    fn layer_backward(pass: LayerPass<Self>, gradient: Plain, wants_input: bool) -> LayerGradients<Self> {
        let LayerPass { layer, x, weights, y } = pass;
        let got = kernel(&layer).backward(numbers(&x), numbers(&weights), numbers(&y), numbers(&gradient), wants_input);
        let input = got.input.map(|input| made(input, layer.input()));
        LayerGradients { input, weights: flat(got.weights), bias: flat(got.bias) }
    }

    fn pool(pool: PoolShape, x: &Plain) -> Plain {
        let kernel = pool.images();
        let y = match pool.by {
            Pooling::Largest => kernel.largest(numbers(x)),
            Pooling::Means => kernel.means(numbers(x)),
        };
        made(y, pool.output())
    }

    fn pool_backward(pass: PoolPass<Self>, gradient: Plain) -> Plain {
        let PoolPass { pool, x, y } = pass;
        let kernel = pool.images();
        let by_x = match pool.by {
            Pooling::Largest => kernel.largest_backward(numbers(&x), numbers(&y), numbers(&gradient)),
            Pooling::Means => kernel.means_backward(numbers(&gradient)),
        };
        made(by_x, pool.input)
    }

    fn cross_entropy(outputs: Plain, targets: Plain, samples: usize) -> (Plain, Plain) {
        let shape = outputs.layout().shape().to_vec();
        let (loss, gradient) = loss::cross_entropy(numbers(&outputs), numbers(&targets), shape[1], samples);
        (flat(vec![loss]), made(gradient, shape))
    }

    fn cross_entropy_backward(mut gradient: Plain, factor: Plain) -> Plain {
        // The loss's own gradient is 1, unless something is done with it.
        if let [factor] = numbers(&factor)
            && *factor != 1.0
        {
            gradient.storage_mut::<f32>().iter_mut().for_each(|x| *x *= factor);
        }
        gradient
    }

    fn step(weight: Plain, gradient: Plain, mut means: Vec<Plain>, step: OptimizerStep) -> (Plain, Vec<Plain>) {
        let (weight, gradient) = (numbers(&weight), numbers(&gradient));
        // Means that a checkpoint holds as well are copied, others moved in place.
        let mut take = || means.pop().unwrap_or_else(|| flat(vec![0.0; weight.len()]));
        let rate = step.rate;
        let (moved, kept) = match *step.spec {
            OptimizerSpec::Sgd { momentum: 0.0, .. } => (optimizer::sgd(weight, gradient, rate as f32), Vec::new()),
            OptimizerSpec::Sgd { momentum, .. } => {
                let mut velocity = take();
                (optimizer::momentum(weight, gradient, velocity.storage_mut(), momentum as f32, rate as f32), vec![velocity])
            }
            OptimizerSpec::Adam { beta1, beta2, epsilon, .. } | OptimizerSpec::AdamW { beta1, beta2, epsilon, .. } => {
                let [root, factor] = step.adam_factors(beta1, beta2).map(|factor| factor as f32);
                let adam = Adam {
                    beta1: beta1 as f32,
                    new1: (1.0 - beta1) as f32,
                    beta2: beta2 as f32,
                    new2: (1.0 - beta2) as f32,
                    root,
                    epsilon: epsilon as f32,
                    rate: factor,
                    kept: step.kept() as f32,
                };
                let (mut squares, mut first) = (take(), take());
                (adam.update(weight, gradient, first.storage_mut(), squares.storage_mut()), vec![first, squares])
            }
            OptimizerSpec::Rmsprop { rho, epsilon, .. } => {
                let mut squares = take();
                let step = Rmsprop { rho: rho as f32, new: (1.0 - rho) as f32, epsilon: epsilon as f32, rate: rate as f32 };
                (step.update(weight, gradient, squares.storage_mut()), vec![squares])
            }
        };
        (flat(moved), kept)
    }
}
