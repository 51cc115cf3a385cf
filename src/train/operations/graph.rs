//! Operations of a make as steps of Burn's automatic differentiation: each has a forward pass, and a backward pass where its inputs
//! take part in a graph. Never here: arithmetic.

use super::shapes::{ConvShape, OptimizerStep, Parameters};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, DispatchKindConversion, DispatchTensor};
use burn::tensor::Tensor;
use emberscope_kernels::conv::Conv;
use emberscope_kernels::dense::Dense;
use emberscope_kernels::layer::Layer;
use emberscope_kernels::pool::Pool;
use std::fmt::Debug;
use std::marker::PhantomData;

/// A layer with weights on a batch.
#[derive(Clone, Copy, Debug)]
pub enum WeightedLayer {
    /// A dense layer.
    Dense(Dense),
    /// A convolution.
    Conv(Conv),
}

impl WeightedLayer {
    /// The shape of the inputs.
    pub fn input(self) -> Vec<usize> {
        match self {
            Self::Dense(dense) => dense.input(),
            Self::Conv(conv) => conv.input(),
        }
    }

    /// The shape of the outputs.
    pub fn output(self) -> Vec<usize> {
        match self {
            Self::Dense(Dense { samples, units, .. }) => vec![samples, units],
            Self::Conv(conv) => [vec![conv.samples, conv.filters], conv.output().to_vec()].concat(),
        }
    }
}

/// A way of pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The largest number of each window.
    Largest,
    /// The mean of each window.
    Means,
}

/// A pooling of a batch.
#[derive(Clone, Copy, Debug)]
pub struct PoolShape {
    /// The input's shape `[samples, channels, height, width]`.
    pub input: [usize; 4],
    /// Side of a window.
    pub size: usize,
    /// The way of pooling.
    pub by: Pooling,
}

impl PoolShape {
    /// The pooling of the input's images, one after the other.
    pub fn images(self) -> Pool {
        let [samples, channels, height, width] = self.input;
        Pool { images: samples * channels, height, width, size: self.size }
    }

    /// The shape of the outputs.
    pub fn output(self) -> [usize; 4] {
        let ([samples, channels, ..], [rows, columns]) = (self.input, self.images().output());
        [samples, channels, rows, columns]
    }
}

/// The gradients of a layer with weights.
pub struct LayerGradients<B: Backend> {
    /// The gradient by the input, where it was asked for.
    pub input: Option<FloatTensor<B>>,
    /// The gradient by the weights, flat.
    pub weights: FloatTensor<B>,
    /// The gradient by the bias.
    pub bias: FloatTensor<B>,
}

/// A forward pass of a layer with weights, as its backward pass needs it: handles, no copies.
#[derive(Debug)]
pub struct LayerPass<B: Backend> {
    /// The layer.
    pub layer: WeightedLayer,
    /// The inputs.
    pub x: FloatTensor<B>,
    /// The weights.
    pub weights: FloatTensor<B>,
    /// The outputs.
    pub y: FloatTensor<B>,
}

impl<B: Backend> Clone for LayerPass<B> {
    fn clone(&self) -> Self {
        Self { layer: self.layer, x: self.x.clone(), weights: self.weights.clone(), y: self.y.clone() }
    }
}

/// A forward pass of a pooling, as its backward pass needs it.
#[derive(Debug)]
pub struct PoolPass<B: Backend> {
    /// The pooling.
    pub pool: PoolShape,
    /// The inputs.
    pub x: FloatTensor<B>,
    /// The outputs.
    pub y: FloatTensor<B>,
}

impl<B: Backend> Clone for PoolPass<B> {
    fn clone(&self) -> Self {
        Self { pool: self.pool, x: self.x.clone(), y: self.y.clone() }
    }
}

/// A backend with operations of the project's own. All tensors that they get are in one piece.
pub trait Make: Backend {
    /// A loss as its backward pass needs it.
    type Loss: Clone + Debug + Send + 'static;

    /// The tensor with its numbers in one piece.
    fn whole(tensor: FloatTensor<Self>) -> FloatTensor<Self>;
    /// The outputs of a layer.
    fn layer(layer: WeightedLayer, x: &FloatTensor<Self>, weights: &FloatTensor<Self>, bias: &FloatTensor<Self>) -> FloatTensor<Self>;
    /// The gradients of a layer from that by its outputs; by the input only where it `wants_input`.
    fn layer_backward(pass: LayerPass<Self>, gradient: FloatTensor<Self>, wants_input: bool) -> LayerGradients<Self>;
    /// The outputs of a pooling.
    fn pool(pool: PoolShape, x: &FloatTensor<Self>) -> FloatTensor<Self>;
    /// The gradient by a pooling's inputs.
    fn pool_backward(pass: PoolPass<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
    /// The mean cross-entropy `[1]` of `outputs` `[rows, classes]`.
    fn cross_entropy(outputs: FloatTensor<Self>, targets: FloatTensor<Self>, samples: usize) -> (FloatTensor<Self>, Self::Loss);
    /// The gradient by the outputs from that by the loss, `factor` `[1]`.
    fn cross_entropy_backward(loss: Self::Loss, factor: FloatTensor<Self>) -> FloatTensor<Self>;
    /// The weights after a step, and the running means after it, from `means` before it: none at first.
    fn step(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        means: Vec<FloatTensor<Self>>,
        step: OptimizerStep,
    ) -> (FloatTensor<Self>, Vec<FloatTensor<Self>>);
}

fn plain<B: Make, const D: usize>(tensor: Tensor<D>) -> FloatTensor<B>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    match tensor.try_into_primitive::<B>() {
        Ok(tensor) => B::whole(tensor),
        Err(_) => unreachable!("`Operations::of` chose by the device"),
    }
}

fn tracked<B: Make, const D: usize>(tensor: Tensor<D>) -> FloatTensor<Autodiff<B>>
where
    DispatchTensor: DispatchKindConversion<Autodiff<B>>,
{
    match tensor.autodiff().try_into_primitive::<Autodiff<B>>() {
        Ok(tensor) => tensor,
        Err(_) => unreachable!("`Operations::of` chose by the device"),
    }
}

#[derive(Debug)]
struct LayerBackward<B>(PhantomData<fn() -> B>);

impl<B: Make> Backward<B, 3> for LayerBackward<B> {
    type State = LayerPass<B>;

    fn backward(self, ops: Ops<LayerPass<B>, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [of_x, of_weights, of_bias] = ops.parents;
        let gradient = B::whole(grads.consume::<B>(&ops.node));
        let got = B::layer_backward(ops.state, gradient, of_x.is_some());
        let gradients = [(of_x, got.input), (of_weights, Some(got.weights)), (of_bias, Some(got.bias))];
        for (node, gradient) in gradients {
            if let (Some(node), Some(gradient)) = (node, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

fn layer<B: Make, const D: usize>(layer: WeightedLayer, x: Tensor<D>, Parameters { weights, bias }: Parameters) -> Tensor<D>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let (weights, bias) = (weights.clone(), bias.clone());
    if !(x.is_autodiff() || weights.is_autodiff()) {
        let y = B::layer(layer, &plain::<B, D>(x), &plain::<B, 1>(weights), &plain::<B, 1>(bias));
        return Tensor::from_primitive::<B>(y);
    }
    let ((x, x_node), (weights, weights_node), (bias, bias_node)) =
        (tracked::<B, D>(x).into_parts(), tracked::<B, 1>(weights).into_parts(), tracked::<B, 1>(bias).into_parts());
    let (x, weights, bias) = (B::whole(x), B::whole(weights), B::whole(bias));
    let y = B::layer(layer, &x, &weights, &bias);
    let step = LayerBackward(PhantomData).prepare::<NoCheckpointing>([x_node, weights_node, bias_node]);
    let y = match step.compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(LayerPass { layer, x, weights, y: y.clone() }, y),
        OpsKind::UnTracked(step) => step.finish(y),
    };
    Tensor::from_primitive::<Autodiff<B>>(y)
}

/// A dense layer, see [`Operations::dense`](super::Operations::dense).
pub fn dense<B: Make>(x: Tensor<2>, parameters: Parameters, is_rectified: bool) -> Tensor<2>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let ([samples, inputs], [units]) = (x.dims(), parameters.bias.dims());
    layer::<B, 2>(WeightedLayer::Dense(Dense { samples, inputs, units, is_rectified }), x, parameters)
}

/// A convolution, see [`Operations::conv2d`](super::Operations::conv2d).
pub fn conv2d<B: Make>(x: Tensor<4>, parameters: Parameters, windows: ConvShape, is_rectified: bool) -> Tensor<4>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let ([samples, channels, height, width], ConvShape { filters, kernel, stride, padding }) = (x.dims(), windows);
    let conv = Conv { samples, channels, height, width, filters, kernel, stride, padding, is_rectified };
    layer::<B, 4>(WeightedLayer::Conv(conv), x, parameters)
}

#[derive(Debug)]
struct PoolBackward<B>(PhantomData<fn() -> B>);

impl<B: Make> Backward<B, 1> for PoolBackward<B> {
    type State = PoolPass<B>;

    fn backward(self, ops: Ops<PoolPass<B>, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [of_x] = ops.parents;
        let gradient = B::whole(grads.consume::<B>(&ops.node));
        if let Some(node) = of_x {
            grads.register::<B>(node.id, B::pool_backward(ops.state, gradient));
        }
    }
}

/// A pooling, see [`Operations::max_pool2d`](super::Operations::max_pool2d).
pub fn pool2d<B: Make>(x: Tensor<4>, size: usize, by: Pooling) -> Tensor<4>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let pool = PoolShape { input: x.dims(), size, by };
    if !x.is_autodiff() {
        return Tensor::from_primitive::<B>(B::pool(pool, &plain::<B, 4>(x)));
    }
    let (x, node) = tracked::<B, 4>(x).into_parts();
    let x = B::whole(x);
    let y = B::pool(pool, &x);
    let y = match PoolBackward(PhantomData).prepare::<NoCheckpointing>([node]).compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(PoolPass { pool, x, y: y.clone() }, y),
        OpsKind::UnTracked(step) => step.finish(y),
    };
    Tensor::from_primitive::<Autodiff<B>>(y)
}

#[derive(Debug)]
struct LossBackward<B>(PhantomData<fn() -> B>);

impl<B: Make> Backward<B, 1> for LossBackward<B> {
    type State = B::Loss;

    fn backward(self, ops: Ops<B::Loss, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [of_outputs] = ops.parents;
        let factor = B::whole(grads.consume::<B>(&ops.node));
        if let Some(node) = of_outputs {
            grads.register::<B>(node.id, B::cross_entropy_backward(ops.state, factor));
        }
    }
}

/// The mean cross-entropy, see [`Operations::cross_entropy`](super::Operations::cross_entropy).
pub fn cross_entropy<B: Make>(outputs: Tensor<2>, targets: Tensor<2>, samples: usize) -> Tensor<1>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let targets = plain::<B, 2>(targets);
    if !outputs.is_autodiff() {
        return Tensor::from_primitive::<B>(B::cross_entropy(plain::<B, 2>(outputs), targets, samples).0);
    }
    let (outputs, node) = tracked::<B, 2>(outputs).into_parts();
    let (loss, state) = B::cross_entropy(B::whole(outputs), targets, samples);
    let loss = match LossBackward(PhantomData).prepare::<NoCheckpointing>([node]).compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(state, loss),
        OpsKind::UnTracked(step) => step.finish(loss),
    };
    Tensor::from_primitive::<Autodiff<B>>(loss)
}

/// A step of an optimiser, see [`Operations::update`](super::Operations::update).
pub fn update<B: Make>(weight: Tensor<1>, gradient: Tensor<1>, means: &mut Vec<Tensor<1>>, step: OptimizerStep) -> Tensor<1>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    let before = means.drain(..).map(plain::<B, 1>).collect();
    let (moved, after) = B::step(plain::<B, 1>(weight), plain::<B, 1>(gradient), before, step);
    means.extend(after.into_iter().map(Tensor::from_primitive::<B>));
    Tensor::from_primitive::<B>(moved)
}
