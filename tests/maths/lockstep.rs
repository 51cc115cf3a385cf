//! Sixty steps in which the device has the same weights as the reference at each, so that differences cannot add up: loss,
//! outputs, gradients, the update, batch norm's statistics, and the update of every optimiser.

use super::reference::{self, Arrays, Mode, Samples};
use super::{Subject, difference, evaluate, largest, loss_and_gradients, narrow, put, step, wide};
use burn::tensor::{Device, Tensor};
use emberscope::domain::callback::spec::CallbackSpec;
use emberscope::domain::data::SampleShape;
use emberscope::domain::model::init::initial_weights;
use emberscope::domain::model::{LayerSpec, Loss, ModelPlan, Padding};
use emberscope::domain::rng::Rng;
use emberscope::domain::run::config::OptimizerSpec;
use emberscope::train::device_logs::read_all;
use emberscope::train::model::array;
use emberscope::train::optimizer::Optimizer;
use emberscope::train::{Batch, Trainer};
use std::fmt;

const STEPS: u32 = 60;
const SAMPLES: usize = 6;
const SEED: u64 = 5;
/// A batch that brings a unit nearer than this to a kink is drawn again: rounding would decide which side it is on.
const LEAST_DISTANCE: f64 = 1e-4;
/// A gradient below this is none: what the reference's differences leave of 0.
const NOTHING: f64 = 1e-8;
/// Norm to which the first net's gradients are clipped; some are longer, some are not.
const CLIP: f64 = 0.8;

/// The nets: between them every kind of layer, every padding and stride, both losses, with and without clipping.
fn subjects() -> Vec<(&'static str, Subject, Option<f64>)> {
    let conv = |filters, kernel, stride, padding| LayerSpec::Conv2d { filters, kernel, stride, padding };
    let image = |side| SampleShape::Image { channels: 2, height: side, width: side };
    let every_layer = vec![
        conv(2, 3, 1, Padding::Same),
        LayerSpec::BatchNorm,
        LayerSpec::LeakyRelu { slope: 0.1 },
        LayerSpec::MaxPool2d { size: 2 },
        conv(3, 2, 1, Padding::Valid),
        LayerSpec::Gelu,
        LayerSpec::AvgPool2d { size: 3 },
        LayerSpec::Flatten,
        LayerSpec::Dense { units: 6 },
        LayerSpec::Tanh,
        LayerSpec::Dropout { rate: 0.2 },
        LayerSpec::Dense { units: 5 },
        LayerSpec::BatchNorm,
        LayerSpec::Sigmoid,
        LayerSpec::Dense { units: 5 },
        LayerSpec::Relu,
    ];
    let strided = vec![
        conv(2, 3, 2, Padding::Same),
        LayerSpec::Relu,
        LayerSpec::Dropout { rate: 0.3 },
        LayerSpec::Flatten,
        LayerSpec::Dense { units: 4 },
        LayerSpec::LeakyRelu { slope: 0.3 },
    ];
    vec![
        (
            "every layer, cross-entropy",
            Subject { layers: every_layer, shape: image(8), classes: 3, loss: Loss::CrossEntropy, rate: 0.3 },
            Some(CLIP),
        ),
        (
            "strides, binary cross-entropy",
            Subject { layers: strided, shape: image(5), classes: 2, loss: Loss::BinaryCrossEntropy, rate: 0.3 },
            None,
        ),
    ]
}

/// The layers of all nets.
pub fn layers() -> Vec<LayerSpec> {
    subjects().into_iter().flat_map(|(_, subject, _)| subject.layers).collect()
}

/// Every optimiser, momentum and none.
fn optimizers() -> Vec<OptimizerSpec> {
    let mut all = OptimizerSpec::menu();
    all.push(OptimizerSpec::Sgd { learning_rate: 0.01, momentum: 0.0 });
    all
}

/// The largest differences over all steps.
pub struct Differences {
    net: &'static str,
    pub loss: f64,
    pub outputs: f64,
    pub evaluated: f64,
    /// The difference of the gradients, as a share of each array's largest.
    pub gradients: f64,
    pub weights: f64,
    pub statistics: f64,
    /// The difference of each optimiser's updates, as a share of the largest update of that weight so far.
    pub updates: Vec<(&'static str, f64)>,
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { net, loss, outputs, evaluated, gradients, weights, statistics, updates } = self;
        write!(f, "{net}: loss {loss:.1e}, outputs {outputs:.1e}, in evaluation {evaluated:.1e}, gradients {gradients:.1e}, ")?;
        write!(f, "weights {weights:.1e}, running statistics {statistics:.1e}")?;
        updates.iter().try_for_each(|(title, updates)| write!(f, ", updates by {title} {updates:.1e}"))
    }
}

impl Differences {
    /// Fails where anything differs by more than rounding to 24 bits explains.
    pub fn check(&self) {
        let all = [self.loss, self.outputs, self.evaluated, self.gradients, self.weights, self.statistics];
        assert!(all.into_iter().chain(self.updates.iter().map(|(_, updates)| *updates)).all(|share| share < TOLERANCE), "{self}");
    }
}

/// The largest relative difference that is allowed, anywhere. Single precision knows seven digits; sums of some hundred
/// products, and a GPU's exponential functions, take two of them.
pub const TOLERANCE: f64 = 1e-4;

/// Goes through the steps on `device`, for each net.
pub async fn run(device: &Device) -> Vec<Differences> {
    let mut all = Vec::new();
    for (net, subject, clip) in subjects() {
        all.push(Run::new(net, &subject, clip, device).steps(device).await);
    }
    all
}

struct Run {
    plan: ModelPlan,
    trainer: Trainer,
    rate: f64,
    clip: Option<f64>,
    arrays: Arrays,
    /// The optimisers on the device and in the reference, one for each array.
    optimizers: Vec<(OptimizerSpec, Optimizer, Vec<reference::Optimizer>)>,
    /// The largest update of each weight so far, for each optimiser and array.
    reach: Vec<Arrays>,
    /// The largest gradient of each array so far.
    seen: Vec<f64>,
    differences: Differences,
}

impl Run {
    fn new(net: &'static str, subject: &Subject, clip: Option<f64>, device: &Device) -> Self {
        let mut config = subject.config();
        config.seed = SEED as u32;
        config.callbacks.extend(clip.map(|norm| CallbackSpec::GradientClip { norm }));
        let trainer = Trainer::new(&config, &subject.blank(), device).expect("the model fits its data");
        let plan = trainer.net().plan().clone();
        let mut arrays = wide(initial_weights(&plan, SEED));
        // Biases and shifts that begin at zero would hide what is done with them.
        let mut rng = Rng::new(SEED, "off zero");
        arrays.iter_mut().flatten().for_each(|x| *x = f64::from((*x + rng.range(-0.2, 0.2)) as f32));
        let lengths: Vec<usize> = arrays.iter().map(Vec::len).collect();
        for pair in plan.arrays()[lengths.len()..].chunks_exact(2) {
            let values = pair[0].values().expect("a plan's shapes fit");
            arrays.extend([vec![0.0; values], vec![1.0; values]]);
        }
        let optimizers: Vec<_> = optimizers()
            .into_iter()
            .map(|spec| {
                let mine = lengths.iter().map(|&length| reference::Optimizer::new(&spec, length)).collect();
                (spec.clone(), Optimizer::new(&spec, lengths.len(), trainer.net().device()), mine)
            })
            .collect();
        let zeros: Arrays = lengths.iter().map(|&length| vec![0.0; length]).collect();
        let updates = optimizers.iter().map(|(spec, ..)| (spec.title(), 0.0)).collect();
        Self {
            plan,
            trainer,
            rate: subject.rate,
            clip,
            arrays,
            reach: vec![zeros; optimizers.len()],
            optimizers,
            seen: vec![0.0; lengths.len()],
            differences: Differences {
                net,
                loss: 0.0,
                outputs: 0.0,
                evaluated: 0.0,
                gradients: 0.0,
                weights: 0.0,
                statistics: 0.0,
                updates,
            },
        }
    }

    async fn steps(mut self, device: &Device) -> Differences {
        let mut clipped = 0;
        for number in 1..=STEPS {
            let mode = Mode::Train { seed: SEED, step: number };
            let samples = self.draw(number, mode);
            let expected = reference::forward(&self.plan, &self.arrays, &samples, mode);
            let slopes = reference::gradients(&self.plan, &self.arrays, &samples, mode);
            let batch = Batch { inputs: samples.inputs.clone(), labels: samples.labels.clone() };

            put(&mut self.trainer, narrow(&self.arrays));
            let (loss, gradients) = loss_and_gradients(&self.trainer, &batch).await;
            let (outputs, after) = step(&mut self.trainer, &batch).await;
            let evaluated = evaluate(&self.trainer, &batch).await;

            let most = largest(&slopes.concat());
            assert!(most > 1e-2, "step {number}: gradients of at most {most} say little");
            let worst = &mut self.differences;
            worst.loss = worst.loss.max(difference(&[loss], &[expected.loss], expected.loss));
            worst.outputs = worst.outputs.max(difference(&outputs, &expected.outputs, largest(&expected.outputs)));
            for ((got, slopes), seen) in gradients.iter().zip(&slopes).zip(&mut self.seen) {
                *seen = seen.max(largest(slopes));
                // A bias before a batch norm has no gradient at all, and the device's is what rounding leaves.
                let scale = if largest(slopes) < NOTHING { most } else { largest(slopes).max(1e-3 * most) };
                worst.gradients = worst.gradients.max(difference(got, slopes, scale));
            }

            // The update: plain gradient descent, clipped to a common norm.
            let norm = slopes.iter().flatten().map(|g| g * g).sum::<f64>().sqrt();
            let factor = self.clip.map_or(1.0, |clip| (clip / norm).min(1.0));
            clipped += u32::from(factor < 1.0);
            let params = slopes.len();
            let moved: Arrays = self.arrays.iter().zip(&slopes).map(|(w, g)| descend(w, g, self.rate * factor)).collect();
            for (got, expected) in after[..params].iter().zip(&moved) {
                worst.weights = worst.weights.max(difference(got, expected, largest(expected)));
            }
            for (got, expected) in after[params..].iter().zip(&expected.statistics) {
                worst.statistics = worst.statistics.max(difference(got, expected, largest(expected)));
            }
            let in_evaluation = reference::forward(&self.plan, &after, &samples, Mode::Eval).outputs;
            worst.evaluated = worst.evaluated.max(difference(&evaluated, &in_evaluation, largest(&in_evaluation)));

            self.update_all(number, gradients, device).await;
            // On along the reference's own way, rounded to what a device can hold.
            self.arrays = wide(narrow(&moved)).into_iter().chain(wide(narrow(&expected.statistics))).collect();
        }
        assert_eq!(clipped > 0 && clipped < STEPS, self.clip.is_some(), "{clipped} of {STEPS} gradients are clipped");
        for (param, seen) in self.plan.params().zip(&self.seen) {
            assert!(*seen > 1e-2 || *seen < NOTHING, "the gradient of {} was never larger than {seen}", param.name);
        }
        self.differences
    }

    /// A batch whose units keep their distance to kinks.
    fn draw(&self, number: u32, mode: Mode) -> Samples {
        let labels: Vec<u32> = (0..SAMPLES).map(|sample| ((sample + number as usize) % self.plan.classes) as u32).collect();
        let mut rng = Rng::new(SEED, &format!("batch {number}"));
        for _ in 0..1000 {
            let inputs = (0..SAMPLES * self.plan.layers[0].input.len()).map(|_| rng.normal() as f32).collect();
            let samples = Samples { inputs, labels: labels.clone() };
            if reference::forward(&self.plan, &self.arrays, &samples, mode).distance_to_kinks > LEAST_DISTANCE {
                return samples;
            }
        }
        panic!("no batch of step {number} keeps away from the kinks");
    }

    /// The same weights and gradients to every optimiser, at rates that change.
    async fn update_all(&mut self, number: u32, gradients: Arrays, device: &Device) {
        let rate = 0.01 * f64::from(1 + number % 7);
        for (at, (_, theirs, mine)) in self.optimizers.iter_mut().enumerate() {
            let mut moved: Vec<Tensor<1>> = Vec::new();
            for (index, (weights, gradient)) in narrow(&self.arrays).into_iter().zip(narrow(&gradients)).enumerate() {
                moved.push(theirs.update(index, array(weights, device), array(gradient, device), rate, number));
            }
            let moved = wide(read_all(moved).await.expect("the device works"));
            for (index, (moved, gradient)) in moved.iter().zip(&gradients).enumerate() {
                let before = &self.arrays[index];
                let expected = mine[index].update(before, gradient, rate);
                for (place, reach) in self.reach[at][index].iter_mut().enumerate() {
                    *reach = reach.max((expected[place] - before[place]).abs());
                    // A weight is known to half a unit of its last place, whatever was added to it.
                    let rounding = f64::from(f32::EPSILON) * before[place].abs().max(expected[place].abs());
                    let error = ((moved[place] - expected[place]).abs() - rounding).max(0.0);
                    let updates = &mut self.differences.updates[at].1;
                    *updates = updates.max(if error == 0.0 { 0.0 } else { error / *reach });
                    assert!(moved[place].is_finite(), "step {number}: a weight is not finite");
                }
            }
        }
    }
}

fn descend(weights: &[f64], gradient: &[f64], rate: f64) -> Vec<f64> {
    weights.iter().zip(gradient).map(|(w, g)| w - rate * g).collect()
}
