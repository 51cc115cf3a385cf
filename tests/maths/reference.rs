//! The network and the optimisers written out once more, in double precision and without a tensor library: what every
//! device is compared with. Gradients are the slopes of the loss itself, by central differences, so no derivative is
//! written down here that could be wrong in the same way as the one it is compared with.

use emberscope::domain::data::SampleShape;
use emberscope::domain::model::{LayerPlan, LayerSpec, Loss, ModelPlan, Padding};
use emberscope::domain::rng::Rng;
use emberscope::domain::run::config::OptimizerSpec;

/// The distance by which a weight is moved to each side for its slope. In double precision the slope is good to about
/// 1e-9.
const STEP: f64 = 1e-6;

/// All arrays of a model: its weights, then batch norm's means and variances, in the order of `ModelPlan::arrays`.
pub type Arrays = Vec<Vec<f64>>;

/// The purpose of a pass.
#[derive(Clone, Copy)]
pub enum Mode {
    /// Dropout by seed and step, batch norm by the batch.
    Train { seed: u64, step: u32 },
    /// No dropout, batch norm by its running statistics.
    Eval,
}

/// A batch: samples one after the other, and their labels.
pub struct Samples {
    pub inputs: Vec<f32>,
    pub labels: Vec<u32>,
}

/// The results of a pass.
pub struct Pass {
    /// Sample after sample, before softmax or sigmoid.
    pub outputs: Vec<f64>,
    /// The mean over the samples.
    pub loss: f64,
    /// Batch norm's running means and variances after this pass, in the order of the layers.
    pub statistics: Arrays,
    /// The smallest distance of any unit to a kink of ReLU, leaky ReLU or max pool.
    pub distance_to_kinks: f64,
}

/// The outputs and the loss of `samples`.
pub fn forward(plan: &ModelPlan, arrays: &[Vec<f64>], samples: &Samples, mode: Mode) -> Pass {
    let count = samples.labels.len();
    let width = samples.inputs.len() / count;
    let mut rows: Vec<Vec<f64>> = samples.inputs.chunks_exact(width).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect();
    let (mut weights, statistics) = arrays.split_at(plan.params().count());
    let mut statistics = statistics.to_vec();
    let mut norms = statistics.chunks_exact_mut(2);
    let mut nearest = f64::INFINITY;
    for (position, layer) in plan.layers.iter().enumerate() {
        let (own, rest) = weights.split_at(layer.params.len());
        weights = rest;
        match layer.spec {
            LayerSpec::BatchNorm => {
                let running = norms.next().expect("each batch norm has a mean and a variance");
                batch_norm(&mut rows, own, running, mode);
            }
            LayerSpec::Dropout { rate } => {
                if let Mode::Train { seed, step, .. } = mode {
                    let mut rng = Rng::new(seed, &format!("dropout/{position}/{step}"));
                    let kept = f64::from((1.0 / (1.0 - rate)) as f32);
                    rows.iter_mut().flatten().for_each(|x| *x *= if rng.uniform() < rate { 0.0 } else { kept });
                }
            }
            _ => rows = rows.iter().map(|row| of_sample(layer, own, row, &mut nearest)).collect(),
        }
    }
    let losses = rows.iter().zip(&samples.labels).map(|(row, &label)| loss(row, label, plan.loss));
    let loss = losses.sum::<f64>() / count as f64;
    Pass { outputs: rows.concat(), loss, statistics, distance_to_kinks: nearest }
}

/// The slope of the loss for every weight.
pub fn gradients(plan: &ModelPlan, arrays: &[Vec<f64>], samples: &Samples, mode: Mode) -> Arrays {
    let mut arrays = arrays.to_vec();
    let mut gradients = Vec::new();
    for array in 0..plan.params().count() {
        let mut slopes = Vec::new();
        for index in 0..arrays[array].len() {
            let weight = arrays[array][index];
            let mut loss_at = |weight: f64| {
                arrays[array][index] = weight;
                forward(plan, &arrays, samples, mode).loss
            };
            slopes.push((loss_at(weight + STEP) - loss_at(weight - STEP)) / (2.0 * STEP));
            arrays[array][index] = weight;
        }
        gradients.push(slopes);
    }
    gradients
}

fn loss(outputs: &[f64], label: u32, loss: Loss) -> f64 {
    match loss {
        Loss::CrossEntropy => {
            let most = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            libm::log(outputs.iter().map(|x| libm::exp(x - most)).sum()) + most - outputs[label as usize]
        }
        Loss::BinaryCrossEntropy => {
            let wrong = if label == 1 { -outputs[0] } else { outputs[0] };
            wrong.max(0.0) + libm::log1p(libm::exp(-wrong.abs()))
        }
    }
}

fn image(shape: SampleShape) -> (usize, usize, usize) {
    match shape {
        SampleShape::Image { channels, height, width } => (channels, height, width),
        SampleShape::Vector(_) => panic!("the plan gives this layer an image"),
    }
}

/// Layers that treat each sample by itself.
fn of_sample(layer: &LayerPlan, weights: &[Vec<f64>], x: &[f64], nearest: &mut f64) -> Vec<f64> {
    let mut kink = |distance: f64| *nearest = nearest.min(distance);
    let each = |function: &mut dyn FnMut(f64) -> f64| x.iter().map(|&x| function(x)).collect();
    match layer.spec {
        LayerSpec::Dense { units } => {
            let unit = |unit: usize| weights[1][unit] + x.iter().enumerate().map(|(i, x)| x * weights[0][i * units + unit]).sum::<f64>();
            (0..units).map(unit).collect()
        }
        LayerSpec::Conv2d { kernel, stride, padding, .. } => conv2d(layer, kernel, stride, padding, weights, x),
        LayerSpec::MaxPool2d { size } => windows(layer, size, x, |window| {
            window.sort_by(f64::total_cmp);
            if let [.., second, first] = window[..] {
                kink(first - second);
            }
            window[window.len() - 1]
        }),
        LayerSpec::AvgPool2d { size } => windows(layer, size, x, |window| window.iter().sum::<f64>() / window.len() as f64),
        LayerSpec::Flatten => x.to_vec(),
        LayerSpec::Relu => each(&mut |x| {
            kink(x.abs());
            x.max(0.0)
        }),
        LayerSpec::LeakyRelu { slope } => each(&mut |x| {
            kink(x.abs());
            if x > 0.0 { x } else { slope * x }
        }),
        LayerSpec::Tanh => each(&mut libm::tanh),
        LayerSpec::Sigmoid => each(&mut |x| 1.0 / (1.0 + libm::exp(-x))),
        LayerSpec::Gelu => each(&mut |x| 0.5 * x * (1.0 + libm::erf(x / std::f64::consts::SQRT_2))),
        LayerSpec::BatchNorm | LayerSpec::Dropout { .. } => unreachable!("these look at the whole batch"),
    }
}

fn conv2d(layer: &LayerPlan, kernel: usize, stride: usize, padding: Padding, weights: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    let (channels, height, width) = image(layer.input);
    let (filters, rows, columns) = image(layer.output);
    let pad = if padding == Padding::Same { kernel / 2 } else { 0 };
    let mut out = Vec::new();
    for filter in 0..filters {
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let mut sum = weights[1][filter];
            for channel in 0..channels {
                for (i, j) in (0..kernel).flat_map(|i| (0..kernel).map(move |j| (i, j))) {
                    let (y, z) = ((row * stride + i).wrapping_sub(pad), (column * stride + j).wrapping_sub(pad));
                    if y < height && z < width {
                        let weight = weights[0][((filter * channels + channel) * kernel + i) * kernel + j];
                        sum += weight * x[(channel * height + y) * width + z];
                    }
                }
            }
            out.push(sum);
        }
    }
    out
}

/// One number for each `size`×`size` window that does not overlap with another.
fn windows(layer: &LayerPlan, size: usize, x: &[f64], mut of: impl FnMut(&mut Vec<f64>) -> f64) -> Vec<f64> {
    let (channels, height, width) = image(layer.input);
    let (_, rows, columns) = image(layer.output);
    let mut out = Vec::new();
    for channel in 0..channels {
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let at = |i: usize| (channel * height + row * size + i / size) * width + column * size + i % size;
            out.push(of(&mut (0..size * size).map(|i| x[at(i)]).collect()));
        }
    }
    out
}

/// `running` are the mean and the variance.
fn batch_norm(rows: &mut [Vec<f64>], weights: &[Vec<f64>], running: &mut [Vec<f64>], mode: Mode) {
    let features = weights[0].len();
    let size = rows[0].len() / features;
    for feature in 0..features {
        let place = feature * size..(feature + 1) * size;
        let values: Vec<f64> = rows.iter().flat_map(|row| row[place.clone()].to_vec()).collect();
        let count = values.len() as f64;
        let (mean, variance) = match mode {
            Mode::Eval => (running[0][feature], running[1][feature]),
            Mode::Train { .. } => {
                let mean = values.iter().sum::<f64>() / count;
                let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
                running[0][feature] = 0.9 * running[0][feature] + 0.1 * mean;
                running[1][feature] = 0.9 * running[1][feature] + 0.1 * variance * count / (count - 1.0);
                (mean, variance)
            }
        };
        for x in rows.iter_mut().flat_map(|row| &mut row[place.clone()]) {
            *x = (*x - mean) / (variance + 1e-5).sqrt() * weights[0][feature] + weights[1][feature];
        }
    }
}

/// An optimiser for one array of weights.
pub struct Optimizer {
    spec: OptimizerSpec,
    first: Vec<f64>,
    second: Vec<f64>,
    updates: i32,
}

impl Optimizer {
    /// An optimiser without running means.
    pub fn new(spec: &OptimizerSpec, weights: usize) -> Self {
        Self { spec: spec.clone(), first: vec![0.0; weights], second: vec![0.0; weights], updates: 0 }
    }

    /// The weights after one more update.
    pub fn update(&mut self, weights: &[f64], gradient: &[f64], rate: f64) -> Vec<f64> {
        self.updates += 1;
        let moments = self.first.iter_mut().zip(&mut self.second);
        weights.iter().zip(gradient).zip(moments).map(|((&w, &g), (m, v))| one(&self.spec, self.updates, rate, w, g, m, v)).collect()
    }
}

fn one(spec: &OptimizerSpec, updates: i32, rate: f64, w: f64, g: f64, m: &mut f64, v: &mut f64) -> f64 {
    let mut adam = |beta1: f64, beta2: f64, epsilon: f64| {
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        let (mean, square) = (*m / (1.0 - beta1.powi(updates)), *v / (1.0 - beta2.powi(updates)));
        rate * mean / (square.sqrt() + epsilon)
    };
    match *spec {
        OptimizerSpec::Sgd { momentum, .. } => {
            *m = momentum * *m + g;
            w - rate * *m
        }
        OptimizerSpec::Adam { beta1, beta2, epsilon, .. } => w - adam(beta1, beta2, epsilon),
        OptimizerSpec::AdamW { beta1, beta2, epsilon, weight_decay, .. } => w * (1.0 - rate * weight_decay) - adam(beta1, beta2, epsilon),
        OptimizerSpec::Rmsprop { rho, epsilon, .. } => {
            *v = rho * *v + (1.0 - rho) * g * g;
            w - rate * g / (v.sqrt() + epsilon)
        }
    }
}
