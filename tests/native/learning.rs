//! The network learns: it overfits a few samples, the same seed gives the same curve to the bit, probes show what is there,
//! hooks come in their order. That gradients and updates are right is held by `tests/native/numerics.rs`.

use crate::support::{NativeHost, block_on, config, noise, train, train_with};
use emberscope::domain::callback::{Callback, CallbackList, Control, Controls};
use emberscope::domain::data::{Dataset, Features, SampleShape, numbered_classes};
use emberscope::domain::metrics::{probabilities, tally};
use emberscope::domain::model::{LayerSpec, Loss, Padding};
use emberscope::domain::run::config::{OptimizerSpec, RunConfig};
use emberscope::domain::run::event::{BatchBegin, BatchEnd, EpochBegin, EpochEnd, TrainBegin, TrainEnd, Validation, series};
use emberscope::train::clock::{Clock, WallClock};
use emberscope::train::device_logs::{read_all, resolve};
use emberscope::train::fit::{Host, Moment, Turn};
use emberscope::train::{Batch, Trainer};
use std::cell::RefCell;
use std::rc::Rc;

const IMAGE: SampleShape = SampleShape::Image { channels: 2, height: 6, width: 6 };

fn conv(kernel: usize, stride: usize, padding: Padding) -> LayerSpec {
    LayerSpec::Conv2d { filters: 3, kernel, stride, padding }
}

fn loss_of(trainer: &Trainer, batch: &Batch) -> f64 {
    let (loss, _) = trainer.loss_and_gradients(batch.clone());
    f64::from(block_on(read_all([loss])).unwrap()[0][0])
}

#[test]
fn the_loss_on_the_device_is_the_loss_that_is_shown() {
    for (loss, classes) in [(Loss::CrossEntropy, 4), (Loss::BinaryCrossEntropy, 2)] {
        let data = noise(SampleShape::Vector(6), 20, classes, 1);
        let mut config = config(vec![LayerSpec::Dense { units: 8 }, LayerSpec::Relu], 0.01);
        config.loss = loss;
        let trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
        let batch = Batch::gather(&data, &(0..20).collect::<Vec<_>>());
        let on_device = loss_of(&trainer, &batch);
        let outputs = block_on(resolve(vec![trainer.evaluate(batch)])).unwrap().remove(0);
        let shown = tally(&outputs.values, &outputs.labels, loss).mean_loss();
        assert!((on_device - shown).abs() < 1e-6, "{loss:?}: {on_device} on the device, {shown} shown");
    }
}

/// All inputs are zero, so the first outputs are exactly 0, where the usual formula of the loss has two kinks. Two of three
/// labels are 1: the slope there is 1/2 - 2/3, and a step of gradient descent at rate 1 takes the output to 1/6.
#[test]
fn binary_cross_entropy_learns_from_outputs_of_exactly_zero() {
    let data = Dataset::new("zeros", SampleShape::Vector(2), numbered_classes(2), Features::Floats(vec![0.0; 6]), vec![1, 1, 0]).unwrap();
    let mut config = config(vec![], 1.0);
    config.loss = Loss::BinaryCrossEntropy;
    config.optimizer = OptimizerSpec::Sgd { learning_rate: 1.0, momentum: 0.0 };
    let mut trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let batch = Batch::gather(&data, &[0, 1, 2]);
    trainer.step(batch.clone(), None, &WallClock::default());
    let outputs = block_on(resolve(vec![trainer.evaluate(batch)])).unwrap().remove(0).values;
    let of_one = f64::from(probabilities(&outputs[..1])[1]);
    assert!((of_one - 0.541_570).abs() < 1e-6, "P(1) became {of_one}");
}

/// Every optimiser and layer can drive the loss of 32 random samples to almost nothing.
#[test]
fn overfits_32_samples() {
    let cases: Vec<(&str, OptimizerSpec, Vec<LayerSpec>, SampleShape)> = vec![
        ("adam", OptimizerSpec::adam(0.01), vec![LayerSpec::Dense { units: 64 }, LayerSpec::Relu], SampleShape::Vector(10)),
        (
            "sgd with momentum",
            OptimizerSpec::Sgd { learning_rate: 0.05, momentum: 0.9 },
            vec![LayerSpec::Dense { units: 64 }, LayerSpec::Tanh],
            SampleShape::Vector(10),
        ),
        (
            "rmsprop",
            OptimizerSpec::Rmsprop { learning_rate: 0.01, rho: 0.9, epsilon: 1e-7 },
            vec![LayerSpec::Dense { units: 64 }, LayerSpec::Gelu],
            SampleShape::Vector(10),
        ),
        (
            "adamw, batch norm",
            OptimizerSpec::menu().swap_remove(1),
            vec![LayerSpec::Dense { units: 64 }, LayerSpec::BatchNorm, LayerSpec::Relu],
            SampleShape::Vector(10),
        ),
        (
            "cnn",
            OptimizerSpec::adam(0.01),
            vec![
                conv(3, 1, Padding::Same),
                LayerSpec::Relu,
                LayerSpec::MaxPool2d { size: 2 },
                LayerSpec::Flatten,
                LayerSpec::Dense { units: 32 },
                LayerSpec::Relu,
            ],
            IMAGE,
        ),
    ];
    for (name, optimizer, layers, shape) in cases {
        let data = noise(shape, 40, 4, 2);
        let mut config = config(layers, 0.0);
        config.optimizer = optimizer;
        *config.optimizer.learning_rate_mut() = config.optimizer.learning_rate().max(0.01);
        config.epochs = 150;
        let (_, history, end) = train(&config, &data);
        let losses = history.values(series::TRAIN_LOSS);
        assert_eq!(end.reason, "completed");
        assert!(losses[0] > 0.9 && losses[149] < 0.08, "{name}: loss went from {} to {}", losses[0], losses[149]);
    }
}

#[test]
fn the_same_seed_gives_the_same_curve_to_the_bit_and_another_seed_another() {
    let data = noise(IMAGE, 60, 3, 9);
    let layers = vec![conv(3, 1, Padding::Valid), LayerSpec::Relu, LayerSpec::Flatten, LayerSpec::Dropout { rate: 0.3 }];
    let mut config = config(layers, 0.01);
    config.epochs = 3;
    let bits = |config: &RunConfig| -> Vec<u32> { train(config, &data).1.values(series::BATCH_LOSS).iter().map(|x| x.to_bits()).collect() };
    let first = bits(&config);
    assert_eq!(first, bits(&config));
    config.seed += 1;
    assert_ne!(first, bits(&config));
}

/// Plain gradient descent makes the update the gradient times the rate, so each number of a probe can be checked.
#[test]
fn a_probe_shows_the_weights_gradients_and_updates_as_they_are() {
    let data = noise(IMAGE, 30, 3, 4);
    let layers = vec![conv(3, 1, Padding::Valid), LayerSpec::Relu, LayerSpec::Flatten, LayerSpec::Dense { units: 5 }, LayerSpec::Tanh];
    let mut config = config(layers, 0.0);
    config.optimizer = OptimizerSpec::Sgd { learning_rate: 0.5, momentum: 0.0 };
    let mut trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let batch = Batch::gather(&data, &(0..8).collect::<Vec<_>>());
    let (_, gradients) = trainer.loss_and_gradients(batch.clone());
    let weights = block_on(read_all(trainer.net().weights().to_vec())).unwrap();
    let logs = trainer.step(batch, Some(4), &WallClock::default());
    let probe = block_on(resolve(vec![logs])).unwrap().remove(0).probe.expect("asked for");
    assert_eq!(probe.step, 1);
    let norm = |values: &[f32]| values.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    for ((seen, weights), gradient) in probe.weights.iter().zip(&weights).zip(gradients) {
        let gradient = norm(&block_on(read_all([gradient.unwrap()])).unwrap()[0]);
        assert!((seen.weights.norm - norm(weights)).abs() < 1e-9, "{}", seen.name);
        assert!((seen.gradient.norm - gradient).abs() <= 1e-5 * gradient, "{}", seen.name);
        assert_eq!(seen.gradient.histogram.total(), weights.len() as u64);
        if norm(weights) > 0.0 {
            let expected = 0.5 * gradient / norm(weights);
            assert!((seen.update_ratio - expected).abs() < 1e-3 * expected, "{}: {} {expected}", seen.name, seen.update_ratio);
        }
    }
    let activations: Vec<(&str, u64)> = probe.activations.iter().map(|a| (a.name.as_str(), a.values.histogram.total())).collect();
    // Four samples: 3 channels of 4x4, twice; 5 units, twice; 3 classes.
    assert_eq!(activations, [("conv2d_1", 192), ("relu_1", 192), ("dense_1", 20), ("tanh_1", 20), ("output", 12)]);
    let relu = &probe.activations[1].values.histogram;
    assert!(relu.zeros > 0 && relu.bins[..24].iter().all(|&count| count == 0), "a ReLU gives nothing negative");
}

/// Writes down every hook.
#[derive(Clone, Default)]
struct Diary(Rc<RefCell<Vec<String>>>);

impl Diary {
    fn note(&self, words: impl Into<String>) -> Controls {
        self.0.borrow_mut().push(words.into());
        Controls::new()
    }
}

impl Callback for Diary {
    fn name(&self) -> &'static str {
        "diary"
    }
    fn on_train_begin(&mut self, e: &TrainBegin) -> Controls {
        self.note(format!("train begin {}x{}", e.epochs, e.batches_per_epoch))
    }
    fn on_epoch_begin(&mut self, e: &EpochBegin) -> Controls {
        self.note(format!("epoch begin {} @{}", e.epoch, e.step))
    }
    fn on_batch_begin(&mut self, e: &BatchBegin) -> Controls {
        self.note(format!("batch begin {} of {}", e.step, e.size))
    }
    fn on_batch_end(&mut self, e: &BatchEnd) -> Controls {
        self.note(format!("batch end {} of {}", e.step, e.size))
    }
    fn on_validation_begin(&mut self, e: &Validation) -> Controls {
        self.note(format!("validation begin @{}", e.step))
    }
    fn on_validation_end(&mut self, e: &Validation) -> Controls {
        self.note(format!("validation end {} values", e.logs.0.len()))
    }
    fn on_epoch_end(&mut self, e: &EpochEnd) -> Controls {
        self.note(format!("epoch end {} @{}", e.epoch, e.step))
    }
    fn on_train_end(&mut self, e: &TrainEnd) -> Controls {
        self.note(format!("train end {} @{}", e.reason, e.step))
    }
}

fn tiny() -> (RunConfig, Dataset) {
    // 30 samples, 24 to train on, in batches of 16 and 8.
    (config(vec![], 0.01), noise(SampleShape::Vector(3), 30, 2, 1))
}

#[test]
fn hooks_come_in_keras_order_and_the_last_batch_is_smaller() {
    let (config, data) = tiny();
    let diary = Diary::default();
    train_with(&config, &data, CallbackList::new().with(diary.clone()), &mut NativeHost::default());
    assert_eq!(
        *diary.0.borrow(),
        [
            "train begin 1x2",
            "epoch begin 0 @0",
            "batch begin 1 of 16",
            "batch end 1 of 16",
            "batch begin 2 of 8",
            "batch end 2 of 8",
            "validation begin @2",
            "validation end 14 values",
            "epoch end 0 @2",
            "train end completed @2",
        ]
    );
}

/// Stops, sets the learning rate and logs, all at the first batch.
struct Meddler;

impl Callback for Meddler {
    fn name(&self) -> &'static str {
        "meddler"
    }
    fn on_batch_end(&mut self, e: &BatchEnd) -> Controls {
        match e.step {
            1 => vec![Control::SetLearningRate(0.5), Control::Log("mine".into(), 7.0)],
            2 => vec![Control::Stop("enough".into())],
            _ => Controls::new(),
        }
    }
}

#[test]
fn callbacks_steer_the_run() {
    let (mut config, data) = tiny();
    config.epochs = 5;
    let (_, history, end) = train_with(&config, &data, CallbackList::new().with(Meddler), &mut NativeHost::default());
    assert_eq!((end.reason.as_str(), end.step, end.epochs), ("enough", 2, 0));
    assert_eq!(history.values(series::LEARNING_RATE), [0.01, 0.5]);
    assert_eq!(history.get("mine"), [(1, 7.0)]);
    assert!(history.get(series::VAL_LOSS).is_empty(), "a stopped epoch is not validated");
}

/// Holds the run for 50 ms of a clock that goes only then, changes the learning rate, and stops.
#[derive(Default)]
struct Visitor {
    now_ms: f64,
    turns: u32,
}

impl Clock for Visitor {
    fn now_ms(&self) -> f64 {
        self.now_ms
    }
}

impl Host for Visitor {
    async fn turn(&mut self, _: Moment) -> Turn {
        self.turns += 1;
        match self.turns {
            2 => {
                self.now_ms += 50.0;
                Turn { paused_ms: 50.0, ..Turn::default() }
            }
            3 => Turn { learning_rate: Some(0.25), ..Turn::default() },
            4 => Turn { stop: Some("bell".into()), ..Turn::default() },
            _ => Turn::default(),
        }
    }
}

#[test]
fn surroundings_steer_the_run_and_pauses_are_not_counted() {
    let (mut config, data) = tiny();
    config.batch_size = 4;
    let (_, history, end) = train_with(&config, &data, CallbackList::new(), &mut Visitor::default());
    assert_eq!((end.reason.as_str(), end.step), ("bell", 3));
    assert_eq!(history.values(series::LEARNING_RATE), [0.01, 0.01, 0.25]);
    assert_eq!(history.values(series::TIME_BATCH), [0.0; 3], "the pause before batch 2 is kept out of its time");
    assert_eq!(end.at_ms, 50.0, "but not out of the run's clock");
}
