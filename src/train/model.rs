//! A [`ModelPlan`] as a network on a device.
//!
//! Every array of weights is a flat tensor that is given its shape where it is used: a reshape costs nothing, and
//! optimisers, probes and snapshots treat all weights alike.

pub use super::arrays::{array, leaves};
use super::loss::{Wanted, targets};
use super::operations::{ConvShape, Operations, Parameters};
use super::taps::Activation;
pub use super::taps::Taps;
use crate::domain::data::SampleShape;
use crate::domain::model::{LayerPlan, LayerSpec, ModelPlan, Padding};
use crate::domain::rng::Rng;
use burn::tensor::module::{batch_norm, batch_norm_train};
use burn::tensor::{Device, Tensor, TensorData, activation};
use std::f64::consts::FRAC_1_SQRT_2;

/// The share of the new batch in batch norm's running statistics (PyTorch's default).
const BATCH_NORM_MOMENTUM: f64 = 0.1;
/// The constant that is added to the variance in batch norm (PyTorch's default).
const BATCH_NORM_EPSILON: f64 = 1e-5;

/// The input from which tanh is 1 in single precision, and its slope 0.
const TANH_REACHES_ONE: f64 = 15.0;

/// The mode of a forward pass, for dropout and batch norm.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// Training: dropout drops (by seed and step, the same on every device), batch norm uses the batch's own statistics.
    Train {
        /// The run's seed.
        seed: u64,
        /// The step whose update this pass leads to.
        step: u32,
        /// The place of the first sample in its batch: 0 but for a shard of one.
        first_row: usize,
    },
    /// Evaluation: dropout passes everything on, batch norm uses its running statistics.
    Eval,
}

/// The running mean and variance of one batch norm layer.
#[derive(Clone)]
pub struct Statistics {
    mean: Tensor<1>,
    variance: Tensor<1>,
}

impl Statistics {
    /// The statistics after a batch in shards: of each layer the mean over the shards, each weighed by its share of the batch.
    pub fn mean_of(shards: Vec<(f64, Vec<Option<Self>>)>) -> Vec<Option<Self>> {
        let weighed = |(share, statistics): (f64, Vec<Option<Self>>)| -> Vec<Option<Self>> {
            let weigh = |Self { mean, variance }: Self| Self { mean: mean * share, variance: variance * share };
            statistics.into_iter().map(|layer| layer.map(weigh)).collect()
        };
        let add = |(a, b): (Option<Self>, Option<Self>)| {
            Some(Self { mean: a.clone()?.mean + b.clone()?.mean, variance: a?.variance + b?.variance })
        };
        shards.into_iter().map(weighed).reduce(|sum, next| sum.into_iter().zip(next).map(add).collect()).unwrap_or_default()
    }
}

/// The weights and statistics of a network, still on the device.
#[derive(Clone)]
pub struct Weights {
    weights: Vec<Tensor<1>>,
    statistics: Vec<Option<Statistics>>,
}

impl Weights {
    /// Number of values.
    pub fn values(&self) -> usize {
        let statistics = self.statistics.iter().flatten().flat_map(|running| [&running.mean, &running.variance]);
        self.weights.iter().chain(statistics).map(|array| array.dims()[0]).sum()
    }
}

/// The weights and the bias of a layer that has both, in this order.
fn parameters(arrays: &[Tensor<1>]) -> Parameters<'_> {
    match arrays {
        [weights, bias] => Parameters { weights, bias },
        _ => unreachable!("ModelSpec::plan gives dense layers and convolutions two arrays"),
    }
}

/// A network: weights on a device and the plan that says how they are used. A clone copies handles, no numbers.
#[derive(Clone)]
pub struct Net {
    plan: ModelPlan,
    weights: Vec<Tensor<1>>,
    /// The statistics, one entry for each layer; `None` but for batch norm.
    statistics: Vec<Option<Statistics>>,
    device: Device,
    operations: Operations,
    /// Whether pieces that are evaluated have one shape.
    keeps_shapes: bool,
}

impl Net {
    /// The network of `plan` with `weights`, which must be one array for each of [`ModelPlan::params`].
    pub fn new(plan: ModelPlan, weights: Vec<Vec<f32>>, device: &Device) -> Self {
        let upload = |values: Vec<f32>| array(values, device);
        let statistics = plan
            .layers
            .iter()
            .map(|layer| {
                let features = layer.params.first().map_or(0, |param| param.shape[0]);
                matches!(layer.spec, LayerSpec::BatchNorm)
                    .then(|| Statistics { mean: upload(vec![0.0; features]), variance: upload(vec![1.0; features]) })
            })
            .collect();
        Self {
            weights: weights.into_iter().map(upload).collect(),
            plan,
            statistics,
            operations: Operations::of(device),
            keeps_shapes: false,
            device: device.clone(),
        }
    }

    /// The make of operations by which the layers run.
    pub fn operations(&self) -> Operations {
        self.operations
    }

    /// Runs the layers by another make of operations from now on.
    pub fn set_operations(&mut self, operations: Operations) {
        self.operations = operations;
    }

    /// Evaluates pieces of one shape from now on, see [`Trainer::keep_shapes`](super::Trainer::keep_shapes).
    pub fn keep_shapes(&mut self) {
        self.keeps_shapes = true;
    }

    /// Whether pieces that are evaluated have one shape.
    pub fn keeps_shapes(&self) -> bool {
        self.keeps_shapes
    }

    /// The plan that the network was built from.
    pub fn plan(&self) -> &ModelPlan {
        &self.plan
    }

    /// The device that the weights are on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// All weights, flat, in the order of [`ModelPlan::params`], without gradients.
    pub fn weights(&self) -> &[Tensor<1>] {
        &self.weights
    }

    /// Replaces one array of weights.
    pub fn set_weight(&mut self, index: usize, weight: Tensor<1>) {
        self.weights[index] = weight;
    }

    /// The weights and statistics: handles, no copies.
    pub fn weights_and_statistics(&self) -> Weights {
        Weights { weights: self.weights.clone(), statistics: self.statistics.clone() }
    }

    /// Replaces the weights and statistics.
    pub fn put_back(&mut self, kept: Weights) {
        self.weights = kept.weights;
        self.statistics = kept.statistics;
    }

    /// The arrays of weights and statistics, flat, in the order of [`ModelPlan::arrays`].
    pub fn arrays(&self) -> Vec<Tensor<1>> {
        self.weights.iter().cloned().chain(Self::arrays_of(self.statistics.clone())).collect()
    }

    /// Replaces the arrays of weights and statistics by `arrays`, which must be in the order of [`Net::arrays`].
    pub fn set_arrays(&mut self, arrays: Vec<Vec<f32>>) {
        let mut arrays = arrays.into_iter().map(|values| array(values, &self.device));
        let places = self.weights.iter_mut();
        let statistics = self.statistics.iter_mut().flatten().flat_map(|running| [&mut running.mean, &mut running.variance]);
        for (place, array) in places.chain(statistics).zip(&mut arrays) {
            *place = array;
        }
    }

    /// The arrays of `statistics`, flat, in the order in which [`Net::arrays`] has those of the network.
    pub fn arrays_of(statistics: Vec<Option<Statistics>>) -> Vec<Tensor<1>> {
        statistics.into_iter().flatten().flat_map(|running| [running.mean, running.variance]).collect()
    }

    /// The statistics of a pass from their `arrays`, in the order of [`Net::arrays_of`]; none where too few are there.
    pub fn statistics_of(&self, arrays: Vec<Vec<f32>>) -> Vec<Option<Statistics>> {
        let mut arrays = arrays.into_iter().map(|values| array(values, &self.device));
        let mut next = || Some(Statistics { mean: arrays.next()?, variance: arrays.next()? });
        self.statistics.iter().map(|layer| layer.as_ref().and_then(|_| next())).collect()
    }

    /// Stores the running statistics that a forward pass in training returned.
    pub fn absorb(&mut self, statistics: Vec<Option<Statistics>>) {
        self.statistics = statistics;
    }

    /// `samples` samples on the device, a row each.
    pub fn upload(&self, inputs: Vec<f32>, samples: usize) -> Tensor<2> {
        self.upload_filled(inputs, samples, samples)
    }

    /// `samples` samples on the device, filled up by zeros to `rows` rows.
    pub fn upload_filled(&self, mut inputs: Vec<f32>, samples: usize, rows: usize) -> Tensor<2> {
        let width = inputs.len() / samples.max(1);
        inputs.resize(rows * width, 0.0);
        Tensor::from_data(TensorData::new(inputs, [rows, width]), &self.device)
    }

    /// The targets of samples with `labels` on the device, filled up to `rows` rows.
    pub fn wanted(&self, labels: &[u32], rows: usize) -> Wanted {
        let (numbers, width) = targets(&self.plan, labels, rows);
        let samples = labels.len();
        Wanted { rows: Tensor::from_data(TensorData::new(numbers, [rows, width]), &self.device), samples, of: samples }
    }

    /// The outputs `[samples, outputs]` for `inputs` `[samples, numbers]`, before softmax or sigmoid, with `weights` in
    /// place of the network's own; and the running statistics after this pass. The outputs that `taps` asks for are
    /// stored there.
    pub fn forward(
        &self,
        weights: &[Tensor<1>],
        inputs: Tensor<2>,
        mode: Mode,
        mut taps: Option<&mut Taps>,
    ) -> (Tensor<2>, Vec<Option<Statistics>>) {
        let samples = inputs.dims()[0];
        let mut activation = match self.plan.layers[0].input {
            SampleShape::Vector(_) => Activation::Flat(inputs),
            SampleShape::Image { channels, height, width } => Activation::Image(inputs.reshape([samples, channels, height, width])),
        };
        let mut statistics = self.statistics.clone();
        let mut first = 0;
        let mut layers = self.plan.layers.iter().enumerate().peekable();
        while let Some((position, layer)) = layers.next() {
            let weights = &weights[first..first + layer.params.len()];
            first += layer.params.len();
            // Where nobody looks at what is between them, a layer and its rectifier are one.
            let is_rectified = self.operations.fuse_rectifiers()
                && taps.is_none()
                && matches!(layer.spec, LayerSpec::Dense { .. } | LayerSpec::Conv2d { .. })
                && layers.next_if(|(_, next)| matches!(next.spec, LayerSpec::Relu)).is_some();
            activation = self.layer((position, layer), is_rectified, weights, activation, mode, &mut statistics[position]);
            if let Some(taps) = taps.as_deref_mut() {
                activation = taps.pass(position, layer, activation, &self.device);
            }
        }
        (activation.flat(), statistics)
    }

    fn layer(
        &self,
        (position, layer): (usize, &LayerPlan),
        is_rectified: bool,
        weights: &[Tensor<1>],
        x: Activation,
        mode: Mode,
        statistics: &mut Option<Statistics>,
    ) -> Activation {
        match layer.spec {
            LayerSpec::Dense { .. } => Activation::Flat(self.operations.dense(x.flat(), parameters(weights), is_rectified)),
            LayerSpec::Conv2d { filters, kernel, stride, padding } => {
                let padding = if padding == Padding::Same { kernel / 2 } else { 0 };
                let shape = ConvShape { filters, kernel, stride, padding };
                Activation::Image(self.operations.conv2d(x.image(layer), parameters(weights), shape, is_rectified))
            }
            LayerSpec::MaxPool2d { size } => Activation::Image(self.operations.max_pool2d(x.image(layer), size)),
            LayerSpec::AvgPool2d { size } => Activation::Image(self.operations.avg_pool2d(x.image(layer), size)),
            LayerSpec::BatchNorm => {
                let Some(running) = statistics else { unreachable!("Net::new gives each batch norm its statistics") };
                match x {
                    Activation::Flat(x) => Activation::Flat(normalise(x, weights, mode, running)),
                    Activation::Image(x) => Activation::Image(normalise(x, weights, mode, running)),
                }
            }
            LayerSpec::Dropout { rate } => match mode {
                Mode::Train { seed, step, first_row } if rate > 0.0 => {
                    let mut rng = Rng::new(seed, &format!("dropout/{position}/{step}"));
                    // A shard of a batch drops what the whole batch would drop in these rows.
                    for _ in 0..first_row * layer.input.len() {
                        rng.next_u32();
                    }
                    x.map_mut(|shape| self.dropout_mask(shape, rate, &mut rng))
                }
                _ => x,
            },
            LayerSpec::Flatten => Activation::Flat(x.flat()),
            LayerSpec::Relu => x.map(activation::relu, activation::relu),
            LayerSpec::LeakyRelu { slope } => x.map(|x| leaky_relu(x, slope), |x| leaky_relu(x, slope)),
            LayerSpec::Tanh => x.map(tanh, tanh),
            LayerSpec::Sigmoid => x.map(activation::sigmoid, activation::sigmoid),
            LayerSpec::Gelu => x.map(gelu, gelu),
        }
    }

    /// A mask of zeros for what is dropped and `1 / (1 - rate)` for the rest; drawn on the host, so that a seed drops
    /// the same units on every device.
    fn dropout_mask(&self, numbers: usize, rate: f64, rng: &mut Rng) -> Tensor<1> {
        let keep = (1.0 / (1.0 - rate)) as f32;
        let mask = (0..numbers).map(|_| if rng.uniform() < rate { 0.0 } else { keep }).collect::<Vec<f32>>();
        array(mask, &self.device)
    }
}

/// Leaky ReLU with the derivative `slope` at 0, as in PyTorch and TensorFlow; Burn's own has 1 there.
fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    let is_low = x.clone().lower_equal_scalar(0.0);
    let low = x.clone() * slope;
    x.mask_where(is_low, low)
}

/// Tanh. Some GPUs compute it by exponentials and give infinity over infinity from an input of 50 or 100 on, so inputs
/// beyond 15, where single precision has reached 1, are taken as 15. What is not a number stays that.
fn tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let (is_high, is_low) = (x.clone().greater_scalar(TANH_REACHES_ONE), x.clone().lower_scalar(-TANH_REACHES_ONE));
    activation::tanh(x.mask_fill(is_high, TANH_REACHES_ONE).mask_fill(is_low, -TANH_REACHES_ONE))
}

/// GELU by its definition, `x * (1 + erf(x / sqrt(2))) / 2`. Burn's own has this value, but on WebGPU and ndarray its
/// derivative is that of an approximation by tanh: wrong by up to 9e-4, and not a number for large inputs.
fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let cdf = ((x.clone() * FRAC_1_SQRT_2).erf() + 1.0) * 0.5;
    x * cdf
}

fn normalise<const D: usize>(x: Tensor<D>, weights: &[Tensor<1>], mode: Mode, running: &mut Statistics) -> Tensor<D> {
    let (gamma, beta) = (weights[0].clone(), weights[1].clone());
    match mode {
        Mode::Eval => batch_norm(x, gamma, beta, running.mean.clone(), running.variance.clone(), BATCH_NORM_EPSILON),
        Mode::Train { .. } => {
            let values = x.dims().iter().product::<usize>() / x.dims()[1];
            let result = batch_norm_train(x, gamma, beta, BATCH_NORM_EPSILON);
            // PyTorch keeps the unbiased variance in the running mean and normalises by the biased one.
            let unbiased = values as f64 / (values as f64 - 1.0).max(1.0);
            let mix = |old: Tensor<1>, new: Tensor<1>| old * (1.0 - BATCH_NORM_MOMENTUM) + new * BATCH_NORM_MOMENTUM;
            running.mean = mix(running.mean.clone(), result.mean.inner());
            running.variance = mix(running.variance.clone(), result.variance.inner() * unbiased);
            result.output
        }
    }
}
