//! Comparisons with recorded values of PyTorch (`tests/reference/torch_values.py`): optimisers over 20 steps, and the
//! values and slopes of activations, losses and layers where they have kinks, ties, or nothing to divide by.
//!
//! The conventions are PyTorch's: the slope of ReLU at 0 is 0, that of leaky ReLU its slope for negative inputs; of several
//! largest values in a window of max pool, the first has the gradient.

use super::{Subject, difference, evaluate, largest, loss_and_gradients, narrow, put, step, wide};
use burn::tensor::Device;
use emberscope::domain::data::SampleShape;
use emberscope::domain::model::{LayerSpec, Loss, Padding};
use emberscope::domain::run::config::OptimizerSpec;
use emberscope::train::Batch;
use emberscope::train::device_logs::read_all;
use emberscope::train::model::array;
use emberscope::train::optimizer::Optimizer;
use serde::Deserialize;

const JSON: &str = include_str!("../reference/torch_values.json");

/// The values that the script recorded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    pub torch: String,
    pub optimizers: Optimizers,
    activations: Activations,
    losses: Vec<LossCase>,
    max_pool: MaxPool,
    batch_norm: Vec<BatchNorm>,
}

/// One list of gradients and rates, and the weights that each optimiser makes of it.
#[derive(Deserialize)]
pub struct Optimizers {
    pub start: Vec<f64>,
    pub rates: Vec<f64>,
    pub gradients: Vec<Vec<f64>>,
    pub runs: Vec<OptimizerRun>,
}

#[derive(Deserialize)]
pub struct OptimizerRun {
    pub spec: OptimizerSpec,
    /// The weights after each step.
    pub weights: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Activations {
    points: Vec<f64>,
    cases: Vec<Activation>,
}

#[derive(Deserialize)]
struct Activation {
    layer: LayerSpec,
    values: Vec<f64>,
    slopes: Vec<f64>,
}

#[derive(Deserialize)]
struct LossCase {
    loss: Loss,
    outputs: Vec<f64>,
    label: u32,
    value: f64,
    slopes: Vec<f64>,
}

#[derive(Deserialize)]
struct MaxPool {
    inputs: Vec<f32>,
    output: Vec<f64>,
    label: u32,
    cases: Vec<MaxPoolCase>,
}

#[derive(Deserialize)]
struct MaxPoolCase {
    kernel: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
}

#[derive(Deserialize)]
struct BatchNorm {
    images: bool,
    weights: Vec<Vec<f64>>,
    batches: Vec<BatchNormBatch>,
}

#[derive(Deserialize)]
struct BatchNormBatch {
    inputs: Vec<f32>,
    labels: Vec<u32>,
    loss: f64,
    outputs: Vec<f64>,
    gradients: Vec<Vec<f64>>,
    mean: Vec<f64>,
    variance: Vec<f64>,
    evaluated: Vec<f64>,
}

/// Reads the values that the script recorded.
pub fn recorded() -> Recorded {
    serde_json::from_str(JSON).expect("written by tests/reference/torch_values.py")
}

/// Fails where an optimiser, an activation, a loss or a layer on `device` is not PyTorch's; tells how near they are.
pub async fn check(device: &Device) -> Vec<String> {
    let recorded = recorded();
    let mut reports = Vec::new();
    for run in &recorded.optimizers.runs {
        let difference = optimizer(device, &run.spec, &recorded.optimizers.rates, &recorded.optimizers, run).await;
        reports.push(format!("{}: {difference:.1e}", run.spec.title()));
        assert!(difference < OPTIMIZER_TOLERANCE, "{:?}: {difference:e} from PyTorch", run.spec);
    }
    let mut wrong = Vec::new();
    for case in &recorded.losses {
        loss(device, case, &mut wrong).await;
    }
    for case in &recorded.activations.cases {
        activation(device, &recorded.activations.points, case, &mut wrong).await;
    }
    max_pool(device, &recorded.max_pool, &mut wrong).await;
    for case in &recorded.batch_norm {
        batch_norm(device, case, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{} differences from PyTorch:\n{}", wrong.len(), wrong.join("\n"));
    reports
}

/// Adds what is not right to the list.
fn note(wrong: &mut Vec<String>, is_right: bool, words: impl FnOnce() -> String) {
    if !is_right {
        wrong.push(words());
    }
}

/// Twenty steps in single precision, each rounded to seven digits.
pub const OPTIMIZER_TOLERANCE: f64 = 3e-6;

/// The largest distance of the weights by `spec` at `rates` from those of `run`; of each weight as a share of the
/// largest that it had, so that the smallest count as much as the others.
pub async fn optimizer(device: &Device, spec: &OptimizerSpec, rates: &[f64], given: &Optimizers, run: &OptimizerRun) -> f64 {
    let mut optimizer = Optimizer::new(spec, 1, device);
    let single = |values: &[f64]| array(values.iter().map(|&x| x as f32).collect(), device);
    let mut weights = single(&given.start);
    let mut steps = Vec::new();
    for (step, (gradient, &rate)) in given.gradients.iter().zip(rates).enumerate() {
        weights = optimizer.update(0, weights, single(gradient), rate, step as u32 + 1);
        steps.push(weights.clone());
    }
    let steps = wide(read_all(steps).await.expect("the device works"));
    let of_weight = |steps: &[Vec<f64>], weight: usize| steps.iter().map(|weights| weights[weight]).collect::<Vec<_>>();
    (0..given.start.len())
        .map(|weight| {
            let expected = of_weight(&run.weights, weight);
            difference(&of_weight(&steps, weight), &expected, largest(&expected))
        })
        .fold(0.0, f64::max)
}

/// A unit whose input is the bias, so that it can be put anywhere, and whose output is scaled down to an ordinary size.
async fn activation(device: &Device, points: &[f64], case: &Activation, wrong: &mut Vec<String>) {
    let layers = vec![LayerSpec::Dense { units: 1 }, case.layer.clone()];
    let subject = Subject { layers, shape: SampleShape::Vector(1), classes: 2, loss: Loss::BinaryCrossEntropy, rate: 0.0 };
    let mut trainer = subject.trainer(device);
    let batch = Batch { inputs: vec![1.0], labels: vec![0] };
    for ((&point, &value), &slope) in points.iter().zip(&case.values).zip(&case.slopes) {
        let scale = libm::exp2(-libm::log2(value.abs().max(1.0)).ceil());
        put(&mut trainer, narrow(&[vec![0.0], vec![point], vec![scale], vec![0.0]]));
        let got = evaluate(&trainer, &batch).await[0] / scale;
        let (_, gradients) = loss_and_gradients(&trainer, &batch).await;
        // The loss's own slope at this output.
        let above = 1.0 / (1.0 + libm::exp(-value * scale));
        let got_slope = gradients[1][0] / scale / above;
        let name = case.layer.title();
        let near = |got: f64, expected: f64| (got - expected).abs() <= 1e-6 + 1e-5 * expected.abs();
        note(wrong, near(got, value), || format!("{name} of {point:e} is {got:e}; PyTorch says {value:e}"));
        note(wrong, near(got_slope, slope), || format!("{name}'s slope at {point:e} is {got_slope:e}; PyTorch says {slope:e}"));
    }
}

/// A model whose outputs are its biases.
async fn loss(device: &Device, case: &LossCase, wrong: &mut Vec<String>) {
    let classes = case.outputs.len().max(2);
    let subject = Subject { layers: Vec::new(), shape: SampleShape::Vector(1), classes, loss: case.loss, rate: 0.0 };
    let mut trainer = subject.trainer(device);
    put(&mut trainer, narrow(&[vec![0.0; case.outputs.len()], case.outputs.clone()]));
    let batch = Batch { inputs: vec![0.0], labels: vec![case.label] };
    let (value, gradients) = loss_and_gradients(&trainer, &batch).await;
    let LossCase { loss, outputs, label, .. } = case;
    let what = format!("{loss:?} of {outputs:?} for label {label}");
    let is_near = (value - case.value).abs() <= 1e-6 + 1e-6 * case.value;
    note(wrong, is_near, || format!("{what} is {value:e}; PyTorch says {:e}", case.value));
    let apart = difference(&gradients[1], &case.slopes, 1.0);
    note(wrong, apart < 1e-6, || format!("{what} has the slopes {:?}; PyTorch says {:?}", gradients[1], case.slopes));
}

/// A window with equal values: the second channel tells which of them got the gradient.
async fn max_pool(device: &Device, given: &MaxPool, wrong: &mut Vec<String>) {
    let conv = LayerSpec::Conv2d { filters: 1, kernel: 1, stride: 1, padding: Padding::Valid };
    let shape = SampleShape::Image { channels: 2, height: 4, width: 4 };
    let layers = vec![conv, LayerSpec::MaxPool2d { size: 2 }, LayerSpec::Flatten];
    let mut trainer = Subject { layers, shape, classes: 2, loss: Loss::CrossEntropy, rate: 0.0 }.trainer(device);
    let batch = Batch { inputs: given.inputs.clone(), labels: vec![given.label] };
    for case in &given.cases {
        put(&mut trainer, narrow(&[case.kernel.clone(), vec![0.0], given.output.clone(), vec![0.0; 2]]));
        let (loss, gradients) = loss_and_gradients(&trainer, &batch).await;
        let what = format!("max pool after {:?}", case.kernel);
        note(wrong, (loss - case.loss).abs() < 1e-6, || format!("{what}: a loss of {loss}; PyTorch says {}", case.loss));
        let apart = difference(&gradients[0], &case.gradient, 1.0);
        note(wrong, apart < 1e-5, || format!("{what}: the gradient {:?}; PyTorch says {:?}", gradients[0], case.gradient));
    }
}

/// Outputs, gradients and running statistics of three batches, with a feature that is the same in all samples.
async fn batch_norm(device: &Device, case: &BatchNorm, wrong: &mut Vec<String>) {
    let (layers, shape) = if case.images {
        (vec![LayerSpec::BatchNorm, LayerSpec::Flatten], SampleShape::Image { channels: 2, height: 2, width: 2 })
    } else {
        (vec![LayerSpec::Dense { units: 3 }, LayerSpec::BatchNorm], SampleShape::Vector(2))
    };
    let mut trainer = Subject { layers, shape, classes: 2, loss: Loss::CrossEntropy, rate: 0.0 }.trainer(device);
    let features = case.batches[0].mean.len();
    let mut arrays = case.weights.clone();
    arrays.extend([vec![0.0; 2], vec![0.0; features], vec![1.0; features]]);
    put(&mut trainer, narrow(&arrays));
    for (number, expected) in case.batches.iter().enumerate() {
        let what = format!("batch norm of {}, batch {}", if case.images { "images" } else { "vectors" }, number + 1);
        let batch = Batch { inputs: expected.inputs.clone(), labels: expected.labels.clone() };
        let (loss, gradients) = loss_and_gradients(&trainer, &batch).await;
        let (outputs, mut after) = step(&mut trainer, &batch).await;
        let evaluated = evaluate(&trainer, &batch).await;
        let (variance, mean) = (after.pop().expect("the last array"), after.pop().expect("the last but one"));
        let pairs = [
            ("loss", &vec![loss], &vec![expected.loss]),
            ("outputs", &outputs, &expected.outputs),
            ("running mean", &mean, &expected.mean),
            ("running variance", &variance, &expected.variance),
            ("outputs in evaluation", &evaluated, &expected.evaluated),
        ];
        // Of a constant feature a gradient is divided by the root of epsilon alone, and rounding with it.
        let rounding = 1e-7 * largest(&expected.gradients.concat());
        let gradients = gradients.iter().zip(&expected.gradients).map(|(got, expected)| ("gradient", got, expected));
        for (quantity, got, expected) in pairs.into_iter().chain(gradients) {
            let near = |(got, expected): (&f64, &f64)| (got - expected).abs() <= 1e-5 + rounding + 1e-5 * expected.abs();
            let is_near = got.iter().zip(expected).all(near);
            note(wrong, is_near, || format!("{what}: {quantity} {got:?}; PyTorch says {expected:?}"));
        }
    }
}
