//! The kernels as operations of Burn on its Flex: each has a forward pass, and a step of Burn's automatic differentiation where
//! its inputs take part in one.

use super::shapes::{ConvShape, OptimizerStep, Parameters};
use crate::domain::run::config::OptimizerSpec;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Device, Tensor, TensorData};
use emberscope_kernels::conv::Conv;
use emberscope_kernels::dense::Dense;
use emberscope_kernels::layer::Layer;
use emberscope_kernels::loss;
use emberscope_kernels::optimizer::{self, Adam, Rmsprop};
use emberscope_kernels::pool::Pool;
use std::fmt::Debug;
use std::marker::PhantomData;

/// Numbers with a shape, without gradients.
type Plain = FloatTensor<Flex>;
/// Numbers that take part in a graph.
type Tracked = FloatTensor<Autodiff<Flex>>;

/// Whether tensors on `device` are Flex's.
pub fn serve(device: &Device) -> bool {
    let one = Tensor::<1>::from_data(TensorData::new(vec![0.0_f32], [1]), &device.clone().without_autodiff());
    one.try_into_primitive::<Flex>().is_ok()
}

fn plain<const D: usize>(tensor: Tensor<D>) -> Plain {
    match tensor.try_into_primitive::<Flex>() {
        Ok(tensor) => whole(tensor),
        Err(_) => unreachable!("`Operations::of` chose by the device"),
    }
}

/// The tensor with its numbers in one piece.
fn whole(tensor: Plain) -> Plain {
    if tensor.as_slice::<f32>().is_some() { tensor } else { tensor.to_contiguous() }
}

fn tracked<const D: usize>(tensor: Tensor<D>) -> Tracked {
    match tensor.autodiff().try_into_primitive::<Autodiff<Flex>>() {
        Ok(tensor) => tensor,
        Err(_) => unreachable!("`Operations::of` chose by the device"),
    }
}

/// The numbers of a tensor that is in one piece.
fn numbers(tensor: &Plain) -> &[f32] {
    let Some(numbers) = tensor.as_slice() else { unreachable!("`whole` was asked, and all tensors are of f32") };
    numbers
}

fn made<const D: usize>(numbers: Vec<f32>, shape: [usize; D]) -> Plain {
    Plain::from_data(TensorData::new(numbers, shape))
}

/// The forward pass as the backward pass needs it: handles, no copies.
#[derive(Clone, Debug)]
struct Saved<L> {
    layer: L,
    x: Plain,
    weights: Plain,
    y: Plain,
}

/// The backward pass of a layer with weights.
#[derive(Debug)]
struct WeightedBackward<L>(PhantomData<fn() -> L>);

impl<L: Layer + Copy + Debug + Send + 'static> Backward<Flex, 3> for WeightedBackward<L> {
    type State = Saved<L>;

    fn backward(self, ops: Ops<Saved<L>, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [of_x, of_weights, of_bias] = ops.parents;
        let gradient = whole(grads.consume::<Flex>(&ops.node));
        let Saved { layer, x, weights, y } = ops.state;
        let got = layer.backward(numbers(&x), numbers(&weights), numbers(&y), numbers(&gradient), of_x.is_some());
        if let (Some(node), Some(input)) = (of_x, got.input) {
            grads.register::<Flex>(node.id, Plain::from_data(TensorData::new(input, layer.input())));
        }
        if let Some(node) = of_weights {
            let length = got.weights.len();
            grads.register::<Flex>(node.id, made(got.weights, [length]));
        }
        if let Some(node) = of_bias {
            let length = got.bias.len();
            grads.register::<Flex>(node.id, made(got.bias, [length]));
        }
    }
}

/// Runs `layer`, with a step of the graph where an input takes part in one.
fn run<const D: usize, L: Layer + Copy + Debug + Send + 'static>(
    layer: L,
    x: Tensor<D>,
    Parameters { weights, bias }: Parameters,
    shape: [usize; D],
) -> Tensor<D> {
    let (weights, bias) = (weights.clone(), bias.clone());
    if !(x.is_autodiff() || weights.is_autodiff()) {
        let (x, weights, bias) = (plain(x), plain(weights), plain(bias));
        let y = layer.forward(numbers(&x), numbers(&weights), numbers(&bias));
        return Tensor::from_primitive::<Flex>(made(y, shape));
    }
    let ((x, x_node), (weights, weights_node), (bias, bias_node)) =
        (tracked(x).into_parts(), tracked(weights).into_parts(), tracked(bias).into_parts());
    let (x, weights, bias) = (whole(x), whole(weights), whole(bias));
    let y = made(layer.forward(numbers(&x), numbers(&weights), numbers(&bias)), shape);
    let step = WeightedBackward(PhantomData).prepare::<NoCheckpointing>([x_node, weights_node, bias_node]);
    let y = match step.compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(Saved { layer, x, weights, y: y.clone() }, y),
        OpsKind::UnTracked(step) => step.finish(y),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(y)
}

pub fn dense(x: Tensor<2>, parameters: Parameters, is_rectified: bool) -> Tensor<2> {
    let ([samples, inputs], [units]) = (x.dims(), parameters.bias.dims());
    run(Dense { samples, inputs, units, is_rectified }, x, parameters, [samples, units])
}

pub fn conv2d(x: Tensor<4>, parameters: Parameters, shape: ConvShape, is_rectified: bool) -> Tensor<4> {
    let [samples, channels, height, width] = x.dims();
    let ConvShape { filters, kernel, stride, padding } = shape;
    let conv = Conv { samples, channels, height, width, filters, kernel, stride, padding, is_rectified };
    let [rows, columns] = conv.output();
    run(conv, x, parameters, [samples, filters, rows, columns])
}

/// A way of pooling, on slices.
#[derive(Clone, Copy, Debug)]
enum Pooling {
    Largest,
    Means,
}

/// The forward pass of a pooling as its backward pass needs it.
#[derive(Clone, Debug)]
struct Pooled {
    pool: Pool,
    by: Pooling,
    x: Plain,
    y: Plain,
    shape: [usize; 4],
}

#[derive(Debug)]
struct PoolBackward;

impl Backward<Flex, 1> for PoolBackward {
    type State = Pooled;

    fn backward(self, ops: Ops<Pooled, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [of_x] = ops.parents;
        let gradient = whole(grads.consume::<Flex>(&ops.node));
        let Pooled { pool, by, x, y, shape } = ops.state;
        if let Some(node) = of_x {
            let by_x = match by {
                Pooling::Largest => pool.largest_backward(numbers(&x), numbers(&y), numbers(&gradient)),
                Pooling::Means => pool.means_backward(numbers(&gradient)),
            };
            grads.register::<Flex>(node.id, made(by_x, shape));
        }
    }
}

fn pool(x: Tensor<4>, size: usize, by: Pooling) -> Tensor<4> {
    let shape @ [samples, channels, height, width] = x.dims();
    let pool = Pool { images: samples * channels, height, width, size };
    let [rows, columns] = pool.output();
    let forward = |x: &Plain| {
        let y = match by {
            Pooling::Largest => pool.largest(numbers(x)),
            Pooling::Means => pool.means(numbers(x)),
        };
        made(y, [samples, channels, rows, columns])
    };
    if !x.is_autodiff() {
        return Tensor::from_primitive::<Flex>(forward(&plain(x)));
    }
    let (x, node) = tracked(x).into_parts();
    let x = whole(x);
    let y = forward(&x);
    let y = match PoolBackward.prepare::<NoCheckpointing>([node]).compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(Pooled { pool, by, x, y: y.clone(), shape }, y),
        OpsKind::UnTracked(step) => step.finish(y),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(y)
}

pub fn max_pool2d(x: Tensor<4>, size: usize) -> Tensor<4> {
    pool(x, size, Pooling::Largest)
}

pub fn avg_pool2d(x: Tensor<4>, size: usize) -> Tensor<4> {
    pool(x, size, Pooling::Means)
}

#[derive(Debug)]
struct LossBackward;

impl Backward<Flex, 1> for LossBackward {
    type State = Plain;

    fn backward(self, ops: Ops<Plain, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [of_outputs] = ops.parents;
        let factor = whole(grads.consume::<Flex>(&ops.node));
        if let (Some(node), [factor]) = (of_outputs, numbers(&factor)) {
            let mut gradient = ops.state;
            // The loss's own gradient is 1, unless something is done with it.
            if *factor != 1.0 {
                gradient.storage_mut::<f32>().iter_mut().for_each(|x| *x *= factor);
            }
            grads.register::<Flex>(node.id, gradient);
        }
    }
}

pub fn cross_entropy(outputs: Tensor<2>, targets: Tensor<2>, samples: usize) -> Tensor<1> {
    let shape @ [_, classes] = outputs.dims();
    let targets = plain(targets);
    if !outputs.is_autodiff() {
        let (loss, _) = loss::cross_entropy(numbers(&plain(outputs)), numbers(&targets), classes, samples);
        return Tensor::from_primitive::<Flex>(made(vec![loss], [1]));
    }
    let (outputs, node) = tracked(outputs).into_parts();
    let (loss, gradient) = loss::cross_entropy(numbers(&whole(outputs)), numbers(&targets), classes, samples);
    let loss = made(vec![loss], [1]);
    let loss = match LossBackward.prepare::<NoCheckpointing>([node]).compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(made(gradient, shape), loss),
        OpsKind::UnTracked(step) => step.finish(loss),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(loss)
}

pub fn update(weight: Tensor<1>, gradient: Tensor<1>, means: &mut Vec<Tensor<1>>, step: OptimizerStep) -> Tensor<1> {
    let (weight, gradient) = (plain(weight), plain(gradient));
    let (weight, gradient) = (numbers(&weight), numbers(&gradient));
    let length = weight.len();
    // Means that a checkpoint holds as well are copied, others moved in place.
    let mut take = || means.pop().map_or_else(|| made(vec![0.0; length], [length]), plain);
    let rate = step.rate;
    let (moved, kept) = match *step.spec {
        OptimizerSpec::Sgd { momentum: 0.0, .. } => (optimizer::sgd(weight, gradient, rate as f32), Vec::new()),
        OptimizerSpec::Sgd { momentum, .. } => {
            let mut velocity = take();
            (optimizer::momentum(weight, gradient, velocity.storage_mut(), momentum as f32, rate as f32), vec![velocity])
        }
        OptimizerSpec::Adam { beta1, beta2, epsilon, .. } | OptimizerSpec::AdamW { beta1, beta2, epsilon, .. } => {
            let [root, factor] = step.adam_factors(beta1, beta2).map(|factor| factor as f32);
            let decay = if let OptimizerSpec::AdamW { weight_decay, .. } = step.spec { rate * weight_decay } else { 0.0 };
            let adam = Adam {
                beta1: beta1 as f32,
                new1: (1.0 - beta1) as f32,
                beta2: beta2 as f32,
                new2: (1.0 - beta2) as f32,
                root,
                epsilon: epsilon as f32,
                rate: factor,
                kept: (1.0 - decay) as f32,
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
    means.extend(kept.into_iter().map(Tensor::from_primitive::<Flex>));
    Tensor::from_primitive::<Flex>(made(moved, [length]))
}
