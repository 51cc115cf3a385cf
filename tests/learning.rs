//! The network learns, and learns right: gradients against finite differences for every layer, optimisers against
//! PyTorch, overfitting a few samples, the same seed to the bit, hooks in their order.

mod support;

use emberscope::domain::callback::{Callback, CallbackList, Control, Controls};
use emberscope::domain::data::{Dataset, SampleShape};
use emberscope::domain::metrics::tally;
use emberscope::domain::model::{LayerSpec, Loss, Padding};
use emberscope::domain::run::config::{OptimizerSpec, RunConfig};
use emberscope::domain::run::event::{BatchBegin, BatchEnd, EpochBegin, EpochEnd, TrainBegin, TrainEnd, Validation, series};
use emberscope::train::clock::{Clock, WallClock};
use emberscope::train::device_logs::{read_all, resolve};
use emberscope::train::fit::{Host, Moment, Turn};
use emberscope::train::{Batch, Trainer};
use std::cell::RefCell;
use std::rc::Rc;
use support::{NativeHost, block_on, config, noise, train, train_with};

const IMAGE: SampleShape = SampleShape::Image { channels: 2, height: 6, width: 6 };

fn conv(kernel: usize, stride: usize, padding: Padding) -> LayerSpec {
    LayerSpec::Conv2d { filters: 3, kernel, stride, padding }
}

fn loss_of(trainer: &Trainer, batch: &Batch) -> f64 {
    let (loss, _) = trainer.loss_and_gradients(batch.clone());
    f64::from(block_on(read_all([loss])).unwrap()[0][0])
}

/// Compares Burn's gradient of some weights of each array with the slope of the loss itself.
fn check_gradients(name: &str, layers: Vec<LayerSpec>, shape: SampleShape, loss: Loss, classes: usize) {
    let data = noise(shape, 8, classes, 5);
    let mut config = config(layers, 0.01);
    config.loss = loss;
    let mut trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let batch = Batch::gather(&data, &[0, 1, 2, 3, 4, 5]);
    let (_, gradients) = trainer.loss_and_gradients(batch.clone());
    let weights = block_on(read_all(trainer.net().weights().to_vec())).unwrap();
    let names: Vec<String> = trainer.net().plan().params().map(|param| param.name.clone()).collect();
    for (array, gradient) in gradients.into_iter().enumerate() {
        let gradient = gradient.unwrap_or_else(|| panic!("{name}: {} has no gradient", names[array]));
        let gradient = block_on(read_all([gradient])).unwrap().remove(0);
        assert_eq!(gradient.len(), weights[array].len());
        let largest = gradient.iter().fold(0.0_f32, |largest, g| largest.max(g.abs()));
        for index in [0, gradient.len() / 3, gradient.len() / 2, gradient.len() - 1] {
            let step = 4e-3_f32;
            let mut slope = 0.0;
            for sign in [1.0, -1.0] {
                let mut moved = weights[array].clone();
                moved[index] += sign * step;
                trainer.set_weight(array, moved);
                slope += f64::from(sign) * loss_of(&trainer, &batch) / (2.0 * f64::from(step));
            }
            trainer.set_weight(array, weights[array].clone());
            // f32: the loss is known to about 1e-7, the slope to 1e-7 / step, and the curve bends within the step.
            let allowed = 2e-3 + 0.02 * f64::from(largest);
            let error = (slope - f64::from(gradient[index])).abs();
            assert!(error < allowed, "{name}: {}[{index}] is {}, the slope {slope}", names[array], gradient[index]);
        }
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss_for_every_layer() {
    let flat = SampleShape::Vector(7);
    let dense = || LayerSpec::Dense { units: 5 };
    for activation in [LayerSpec::Tanh, LayerSpec::Sigmoid, LayerSpec::Gelu, LayerSpec::Relu, LayerSpec::LeakyRelu { slope: 0.2 }] {
        check_gradients(activation.title(), vec![dense(), activation.clone(), dense()], flat, Loss::CrossEntropy, 3);
    }
    check_gradients("batch norm", vec![dense(), LayerSpec::BatchNorm, LayerSpec::Tanh], flat, Loss::CrossEntropy, 3);
    check_gradients("dropout", vec![dense(), LayerSpec::Dropout { rate: 0.4 }, LayerSpec::Tanh], flat, Loss::CrossEntropy, 3);
    check_gradients("binary cross-entropy", vec![dense(), LayerSpec::Tanh], flat, Loss::BinaryCrossEntropy, 2);
    for (name, layers) in [
        ("conv valid", vec![conv(3, 1, Padding::Valid), LayerSpec::Tanh, LayerSpec::Flatten]),
        ("conv same, stride 2", vec![conv(3, 2, Padding::Same), LayerSpec::Tanh, LayerSpec::Flatten]),
        ("max pool", vec![conv(3, 1, Padding::Same), LayerSpec::MaxPool2d { size: 2 }, LayerSpec::Flatten]),
        ("average pool", vec![conv(3, 1, Padding::Same), LayerSpec::AvgPool2d { size: 2 }, LayerSpec::Flatten]),
        ("batch norm on images", vec![conv(3, 1, Padding::Same), LayerSpec::BatchNorm, LayerSpec::Tanh, LayerSpec::Flatten]),
        ("dropout on images", vec![conv(3, 1, Padding::Same), LayerSpec::Dropout { rate: 0.3 }, LayerSpec::Flatten]),
    ] {
        check_gradients(name, layers, IMAGE, Loss::CrossEntropy, 3);
    }
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

/// Weights after three updates with gradients 0.5, -1, 2 from 1.0, against the textbook forms in double precision.
#[test]
fn optimisers_take_the_textbooks_steps() {
    use burn::tensor::{Device, Tensor, TensorData};
    use emberscope::train::optimizer::Optimizer;
    let device = Device::flex();
    let tensor = |value: f32| Tensor::<1>::from_data(TensorData::new(vec![value], [1]), &device);
    let (learning_rate, epsilon) = (0.1, 1e-8);
    for (spec, expected) in [
        (OptimizerSpec::Sgd { learning_rate, momentum: 0.0 }, 0.85),
        (OptimizerSpec::Sgd { learning_rate, momentum: 0.9 }, 0.8545),
        (OptimizerSpec::Adam { learning_rate, beta1: 0.9, beta2: 0.999, epsilon }, adam_reference(0.0)),
        (OptimizerSpec::AdamW { learning_rate, beta1: 0.9, beta2: 0.999, epsilon, weight_decay: 0.01 }, adam_reference(0.01)),
        (OptimizerSpec::Rmsprop { learning_rate, rho: 0.99, epsilon }, rmsprop_reference()),
    ] {
        let mut optimizer = Optimizer::new(&spec, 1);
        let mut weight = tensor(1.0);
        for (step, gradient) in [0.5, -1.0, 2.0].into_iter().enumerate() {
            weight = optimizer.update(0, weight, tensor(gradient), learning_rate, step as u32 + 1);
        }
        let weight = f64::from(block_on(read_all([weight])).unwrap()[0][0]);
        assert!((weight - expected).abs() < 1e-5, "{}: {weight}, expected {expected}", spec.title());
    }
}

/// The textbook form, written out apart from the optimiser: means, corrected means, step.
fn adam_reference(weight_decay: f64) -> f64 {
    let (mut w, mut m, mut v) = (1.0_f64, 0.0_f64, 0.0_f64);
    for (t, g) in [(1, 0.5), (2, -1.0), (3, 2.0)] {
        w -= 0.1 * weight_decay * w;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        let (m_hat, v_hat) = (m / (1.0 - 0.9_f64.powi(t)), v / (1.0 - 0.999_f64.powi(t)));
        w -= 0.1 * m_hat / (v_hat.sqrt() + 1e-8);
    }
    w
}

fn rmsprop_reference() -> f64 {
    let (mut w, mut s) = (1.0_f64, 0.0_f64);
    for g in [0.5, -1.0, 2.0] {
        s = 0.99 * s + 0.01 * g * g;
        w -= 0.1 * g / (s.sqrt() + 1e-8);
    }
    w
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

/// With plain gradient descent the update is the gradient times the rate, so each number of a probe can be checked.
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

/// Holds the run for a while, then changes the learning rate, then stops.
struct Visitor {
    clock: WallClock,
    turns: u32,
}

impl Clock for Visitor {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl Host for Visitor {
    async fn turn(&mut self, _: Moment) -> Turn {
        self.turns += 1;
        match self.turns {
            2 => {
                let begin = self.now_ms();
                while self.now_ms() - begin < 50.0 {}
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
    let mut visitor = Visitor { clock: WallClock::default(), turns: 0 };
    let (_, history, end) = train_with(&config, &data, CallbackList::new(), &mut visitor);
    assert_eq!((end.reason.as_str(), end.step), ("bell", 3));
    assert_eq!(history.values(series::LEARNING_RATE), [0.01, 0.01, 0.25]);
    let times = history.values(series::TIME_BATCH);
    assert!(times[1] < 40.0, "the pause before batch 2 is kept out of its time: {times:?}");
    assert!(end.at_ms >= 50.0, "but not out of the run's clock");
}
