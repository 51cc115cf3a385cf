//! One step in slow motion changes nothing of what is trained, and its numbers are those of the batch itself.

use crate::support::{NativeHost, block_on, config, noise, train_with};
use burn::tensor::Device;
use emberscope::domain::callback::CallbackList;
use emberscope::domain::callback::spec::CallbackSpec;
use emberscope::domain::data::batch_view::Batches;
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::data::{Dataset, SampleShape};
use emberscope::domain::metrics::probabilities;
use emberscope::domain::model::{LayerSpec, Loss, Padding};
use emberscope::domain::run::config::{OptimizerSpec, RunConfig};
use emberscope::domain::run::event::series;
use emberscope::domain::view::slow::{MOST_TERMS, SlowNumbers, SlowStep, SlowWish};
use emberscope::train::clock::{Clock, WallClock};
use emberscope::train::device_logs::read_all;
use emberscope::train::fit::{Host, Moment, Turn};
use emberscope::train::model::Net;
use emberscope::train::view::slow::SlowMotion;
use emberscope::train::{Batch, Trainer};

/// A host that wishes for batch `at` in slow motion.
struct Slow {
    clock: WallClock,
    begun: u32,
    at: u32,
    seen: Vec<(SlowStep, SlowNumbers)>,
}

impl Slow {
    fn at(at: u32) -> Self {
        Self { clock: WallClock::default(), begun: 0, at, seen: Vec::new() }
    }
}

impl Clock for Slow {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl Host for Slow {
    async fn turn(&mut self, moment: Moment) -> Turn {
        let mut turn = Turn::default();
        if let Moment::Batch { .. } = moment {
            self.begun += 1;
            turn.slow = (self.begun == self.at).then(SlowWish::default);
        }
        turn
    }

    fn slowed(&mut self, step: SlowStep, numbers: SlowNumbers) {
        self.seen.push((step, numbers));
    }
}

fn bits(net: &Net) -> Vec<Vec<u32>> {
    let arrays = block_on(read_all(net.arrays())).unwrap();
    arrays.iter().map(|values| values.iter().map(|value| value.to_bits()).collect()).collect()
}

fn points() -> Dataset {
    DataSpec::builtins().into_iter().find(|spec| spec.shape() == Some(SampleShape::Vector(2))).unwrap().generate(3).unwrap()
}

fn mlp() -> RunConfig {
    config(vec![LayerSpec::Dense { units: 6 }, LayerSpec::Tanh, LayerSpec::Dense { units: 40 }, LayerSpec::Relu], 0.02)
}

fn cnn() -> RunConfig {
    let layers = vec![
        LayerSpec::Conv2d { filters: 4, kernel: 3, stride: 1, padding: Padding::Same },
        LayerSpec::BatchNorm,
        LayerSpec::Relu,
        LayerSpec::MaxPool2d { size: 2 },
        LayerSpec::Dropout { rate: 0.3 },
        LayerSpec::Flatten,
        LayerSpec::Dense { units: 10 },
        LayerSpec::Gelu,
    ];
    config(layers, 0.01)
}

fn images() -> Dataset {
    noise(SampleShape::Image { channels: 2, height: 8, width: 8 }, 100, 3, 1)
}

#[test]
fn a_run_with_one_slow_step_is_the_run_without_to_the_bit() {
    let mut binary = mlp();
    binary.loss = Loss::BinaryCrossEntropy;
    binary.callbacks = vec![CallbackSpec::GradientClip { norm: 0.1 }];
    for (name, mut config, data) in [("points", mlp(), points()), ("binary", binary, points()), ("images", cnn(), images())] {
        config.epochs = 2;
        config.monitors.every = 3;
        let (plain, plainly, _) = train_with(&config, &data, CallbackList::new(), &mut NativeHost::default());
        let mut host = Slow::at(4);
        let (looked, slowly, _) = train_with(&config, &data, CallbackList::new(), &mut host);
        assert_eq!(bits(looked.net()), bits(plain.net()), "{name}");
        for series in [series::BATCH_LOSS, series::BATCH_ACCURACY, series::VAL_LOSS] {
            assert_eq!(slowly.get(series), plainly.get(series), "{name}: {series}");
        }
        assert_eq!(host.seen.len(), 1);
        let (step, numbers) = &host.seen[0];
        // Its samples are those of the batch, and what they cost is its loss.
        let (_, _, samples) = Batches::new(&config, &data).locate(4).unwrap();
        assert_eq!((step.step(), step.size as usize), (4, samples.len()));
        let indices: Vec<u32> = numbers.terms.iter().map(|term| term.index).collect();
        assert_eq!(indices, samples[..MOST_TERMS.min(samples.len())], "{name}");
        for term in &numbers.terms {
            assert_eq!(term.label, data.labels()[term.index as usize]);
            assert!((-term.probability.ln() - term.loss).abs() < 1e-5 * (1.0 + term.loss), "{name}: {term:?}");
        }
        let sum = numbers.terms.iter().map(|term| f64::from(term.loss)).sum::<f64>() + step.rest;
        let recorded = f64::from(plainly.get(series::BATCH_LOSS)[3].1);
        assert!((sum / samples.len() as f64 - recorded).abs() < 1e-6, "{name}: {sum} of {} and {recorded}", samples.len());
        assert!((step.loss - recorded).abs() < 1e-6);
        let lengths: Vec<usize> = numbers.clone().buffers().iter().map(Vec::len).collect();
        assert_eq!(lengths, step.lengths(), "{name}");
    }
}

/// A trainer after three batches, its fourth in slow motion, and the weights before that.
fn fourth(config: &RunConfig, data: &Dataset) -> (Trainer, Vec<Vec<f32>>, Batch, SlowStep, SlowNumbers) {
    let mut trainer = Trainer::new(config, data, &Device::flex()).unwrap();
    let clock = WallClock::default();
    let batch = |number: u32| (number * 16..(number + 1) * 16).collect::<Vec<u32>>();
    for number in 0..3 {
        trainer.step(Batch::gather(data, &batch(number)), None, &clock);
    }
    let before = block_on(read_all(trainer.net().weights().iter().cloned())).unwrap();
    let motion = SlowMotion::begin(&trainer, data, &batch(3));
    trainer.step(Batch::gather(data, &batch(3)), None, &clock);
    let (step, numbers) = block_on(motion.end(&trainer, &SlowWish::default(), 0, trainer.learning_rate())).unwrap();
    (trainer, before, Batch::gather(data, &batch(3)), step, numbers)
}

#[test]
fn the_update_is_the_difference_of_the_weights_and_follows_the_rule() {
    let data = points();
    let rules = [
        OptimizerSpec::Sgd { learning_rate: 0.05, momentum: 0.0 },
        OptimizerSpec::Sgd { learning_rate: 0.05, momentum: 0.9 },
        OptimizerSpec::adam(0.01),
    ];
    for rule in rules {
        let mut config = mlp();
        config.optimizer = rule.clone();
        let (trainer, before, _, step, numbers) = fourth(&config, &data);
        let after = block_on(read_all(trainer.net().weights().iter().cloned())).unwrap();
        let names = ["dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias", "output/kernel", "output/bias"];
        assert_eq!((&step.arrays[..], numbers.arrays.len()), (&names.map(str::to_owned)[..], 6));
        for (index, array) in numbers.arrays.iter().enumerate() {
            let at = step.moved[index] as usize;
            assert_eq!((array.old.to_bits(), array.new.to_bits()), (before[index][at].to_bits(), after[index][at].to_bits()), "{rule:?}");
            let most = before[index].iter().zip(&after[index]).map(|(old, new)| (new - old).abs()).fold(0.0, f32::max);
            assert_eq!((array.new - array.old).abs(), most);
            let change = before[index].iter().zip(&after[index]).map(|(old, new)| f64::from(new - old).powi(2)).sum::<f64>().sqrt();
            assert!((f64::from(array.change) - change).abs() <= 1e-6 * change);
            let [first, second] = array.means;
            let rate = step.learning_rate;
            match rule {
                OptimizerSpec::Sgd { momentum: 0.0, .. } => {
                    assert_eq!((array.old - array.slope * rate as f32).to_bits(), array.new.to_bits());
                    assert!(first.is_nan() && second.is_nan());
                }
                OptimizerSpec::Sgd { .. } => assert_eq!((array.old - first * rate as f32).to_bits(), array.new.to_bits()),
                OptimizerSpec::Adam { beta1, beta2, epsilon, .. } => {
                    assert_eq!(step.updates, 4);
                    let mean = f64::from(first) / (1.0 - beta1.powi(4));
                    let root = (f64::from(second) / (1.0 - beta2.powi(4))).sqrt();
                    let new = f64::from(array.old) - rate * mean / (root + epsilon);
                    assert!((new - f64::from(array.new)).abs() < 1e-7, "{new} {}", array.new);
                }
                _ => unreachable!("not among them"),
            }
        }
        // The weights that are sent, unit by unit: old, slope, new.
        let view = &step.view;
        let (slopes, moved) = (numbers.of_slopes(), numbers.of_after(view));
        for (place, &unit) in view.layers[2].shown.iter().enumerate() {
            let column = |array: &[f32]| array.iter().skip(unit as usize).step_by(40).copied().collect::<Vec<_>>();
            assert_eq!(numbers.before.weights(view, 2, place), column(&before[2]));
            assert_eq!(moved.weights(view, 2, place), column(&after[2]));
            assert_eq!(moved.facts(view, 2, place).bias, after[3][unit as usize]);
            if rule == (OptimizerSpec::Sgd { learning_rate: 0.05, momentum: 0.0 }) {
                let by_rule = numbers.before.weights(view, 2, place).iter().zip(slopes.weights(view, 2, place));
                assert_eq!(by_rule.map(|(weight, slope)| weight - slope * 0.05).collect::<Vec<_>>(), moved.weights(view, 2, place));
            }
        }
        assert_eq!(view.layers[2].shown.len(), 32, "of forty the most telling");
    }
}

/// The loss of `batch` with one array of weights of the trainer moved.
fn loss_with(trainer: &mut Trainer, batch: &Batch, index: usize, weights: &[f32], at: usize, by: f32) -> f32 {
    let mut moved = weights.to_vec();
    moved[at] += by;
    trainer.set_weight(index, moved);
    let (loss, _) = trainer.loss_and_gradients(batch.clone());
    trainer.set_weight(index, weights.to_vec());
    block_on(read_all([loss])).unwrap()[0][0]
}

#[test]
fn gradients_are_those_of_the_trainer_and_of_finite_differences() {
    for (config, data) in [(mlp(), points()), (cnn(), images())] {
        let mut config = config;
        // What is dropped goes by the step, and here the step is over when it is compared.
        config.model.layers.retain(|layer| !matches!(layer, LayerSpec::Dropout { .. }));
        let (mut trainer, before, batch, step, numbers) = fourth(&config, &data);
        for (index, weights) in before.iter().enumerate() {
            trainer.set_weight(index, weights.clone());
        }
        let (_, gradients) = trainer.loss_and_gradients(batch.clone());
        let gradients = block_on(read_all(gradients.into_iter().flatten())).unwrap();
        for (index, (array, gradient)) in numbers.arrays.iter().zip(&gradients).enumerate() {
            let length = gradient.iter().map(|&slope| f64::from(slope).powi(2)).sum::<f64>().sqrt();
            assert!((f64::from(array.gradient) - length).abs() <= 1e-6 * length, "array {index}");
            assert_eq!(array.slope.to_bits(), gradient[step.moved[index] as usize].to_bits());
        }
        // A bias is added to the answers of its unit: the gradient by it is the sum of the gradients by those, over all samples.
        let (last, outputs) = (step.view.layers.len() - 1, step.view.classes as usize);
        let slopes = numbers.of_slopes();
        for place in 0..outputs {
            let mean = slopes.facts(&step.view, last, place).mean;
            let of_bias = slopes.facts(&step.view, last, place).bias;
            assert!((mean * step.size as f32 - of_bias).abs() < 1e-6, "{mean} {of_bias}");
            // And of the first sample it is known: (probability - truth) / samples.
            let truth = f32::from(u8::from(step.view.sample.unwrap().label == Some(place as u32)));
            let expected = (numbers.before.outputs[place] - truth) / step.size as f32;
            assert!((slopes.map(&step.view, last, place)[0] - expected).abs() < 1e-7);
        }
        let by = 5e-3;
        for index in [0, before.len() - 2] {
            let at = step.moved[index] as usize;
            let mut loss = |by| loss_with(&mut trainer, &batch, index, &before[index], at, by);
            let slope = (loss(by) - loss(-by)) / (2.0 * by);
            let told = numbers.arrays[index].slope;
            assert!((slope - told).abs() < 2e-3 * (1.0 + told.abs()), "array {index}: {told}, by differences {slope}");
        }
    }
}

#[test]
fn answers_and_slopes_of_a_hidden_unit_are_those_of_the_first_sample() {
    let data = points();
    let (_, before, batch, step, numbers) = fourth(&mlp(), &data);
    let view = &step.view;
    assert_eq!(numbers.before.input, batch.inputs[..2]);
    let unit = |unit: usize, x: &[f32]| before[1][unit] + x[0] * before[0][unit] + x[1] * before[0][6 + unit];
    let slopes = numbers.of_slopes();
    for place in 0..6 {
        let sum = unit(place, &batch.inputs[..2]);
        let answers = [numbers.before.map(view, 0, place)[0], numbers.before.map(view, 1, place)[0]];
        assert!((answers[0] - sum).abs() < 1e-6 && (answers[1] - sum.tanh()).abs() < 1e-6, "{answers:?} {sum}");
        // Through tanh: the slope before it is that after it, times 1 - tanh².
        let (inner, outer) = (slopes.map(view, 0, place)[0], slopes.map(view, 1, place)[0]);
        assert!((inner - outer * (1.0 - answers[1] * answers[1])).abs() < 1e-7, "{inner} {outer}");
        let mean = batch.inputs.chunks_exact(2).map(|x| unit(place, x)).sum::<f32>() / 16.0;
        assert!((numbers.before.facts(view, 0, place).mean - mean).abs() < 1e-5);
    }
    let last = view.layers.len() - 1;
    let logits: Vec<f32> = (0..2).map(|place| numbers.before.map(view, last, place)[0]).collect();
    assert_eq!(numbers.before.outputs, probabilities(&logits));
}
