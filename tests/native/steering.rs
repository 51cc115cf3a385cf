//! Callbacks steer a real run: early stopping with its best weights, clipping, schedules, the learning-rate test.

use crate::support::{NativeHost, block_on, config, noise, train_with};
use emberscope::domain::callback::spec::{CallbackSpec, RunInfo};
use emberscope::domain::callback::{CallbackList, rate_test};
use emberscope::domain::data::sampler::split;
use emberscope::domain::data::{Dataset, SampleShape};
use emberscope::domain::metrics::tally;
use emberscope::domain::model::LayerSpec;
use emberscope::domain::number::short_number;
use emberscope::domain::run::config::{OptimizerSpec, RunConfig};
use emberscope::domain::run::event::series;
use emberscope::train::device_logs::resolve;
use emberscope::train::{Batch, Trainer};

fn callbacks(config: &RunConfig, total_steps: u64) -> CallbackList {
    let run = RunInfo { learning_rate: config.optimizer.learning_rate(), total_steps };
    let mut list = CallbackList::new();
    for callback in config.callbacks.iter().filter_map(|spec| spec.build(&run)) {
        list.push(callback);
    }
    list
}

fn validation_loss(trainer: &Trainer, config: &RunConfig, data: &Dataset) -> f64 {
    let held_out = split(data.len(), config.validation, u64::from(config.seed)).validation;
    let outputs = block_on(resolve(vec![trainer.evaluate(Batch::gather(data, &held_out))])).unwrap().remove(0);
    tally(&outputs.values, &outputs.labels, config.loss).mean_loss()
}

fn early_stopping(patience: u32) -> CallbackSpec {
    let mut spec = CallbackSpec::menu().remove(0);
    if let CallbackSpec::EarlyStopping { patience: p, .. } = &mut spec {
        *p = patience;
    }
    spec
}

/// Random labels cannot be generalised: validation gets worse while training gets better, so the best epoch is early.
fn overfitting() -> (RunConfig, Dataset) {
    let mut config = config(vec![LayerSpec::Dense { units: 64 }, LayerSpec::Relu], 0.01);
    config.epochs = 60;
    (config, noise(SampleShape::Vector(10), 60, 3, 8))
}

#[test]
fn early_stopping_ends_the_run_and_puts_the_best_weights_back() {
    let (mut config, data) = overfitting();
    config.callbacks = vec![early_stopping(4)];
    let (trainer, history, end) = train_with(&config, &data, callbacks(&config, 180), &mut NativeHost::default());
    let losses = history.values(series::VAL_LOSS);
    let best = losses.iter().copied().fold(f32::INFINITY, f32::min);
    assert!(end.epochs < 60 && end.reason != "completed", "{end:?}");
    assert!(losses.last().unwrap() > &best, "the last epoch is not the best");
    let restored = validation_loss(&trainer, &config, &data);
    assert!((restored - f64::from(best)).abs() < 1e-6, "restored {restored}, best {best}");
}

/// Keras puts the best weights back only when its own patience ran out.
#[test]
fn the_best_weights_come_back_whatever_ended_the_run() {
    let (mut config, data) = overfitting();
    config.epochs = 12;
    config.callbacks = vec![early_stopping(100)];
    let (trainer, history, end) = train_with(&config, &data, callbacks(&config, 36), &mut NativeHost::default());
    assert_eq!(end.reason, "completed");
    let best = history.values(series::VAL_LOSS).into_iter().fold(f32::INFINITY, f32::min);
    assert!((validation_loss(&trainer, &config, &data) - f64::from(best)).abs() < 1e-6);
}

/// Plain gradient descent makes an update the rate times the clipped gradient, so its length is known.
#[test]
fn clipping_bounds_the_length_of_the_whole_gradient() {
    for (norm, is_clipped) in [(1e-3, true), (1e6, false)] {
        let data = noise(SampleShape::Vector(6), 20, 3, 2);
        let mut config = config(vec![LayerSpec::Dense { units: 8 }, LayerSpec::Tanh], 0.0);
        config.optimizer = OptimizerSpec::Sgd { learning_rate: 1.0, momentum: 0.0 };
        config.callbacks = vec![CallbackSpec::GradientClip { norm }];
        let mut trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
        let batch = Batch::gather(&data, &(0..10).collect::<Vec<_>>());
        let logs = trainer.step(batch, Some(1), &crate::support::NativeHost::default());
        let probe = block_on(resolve(vec![logs])).unwrap().remove(0).probe.unwrap();
        let before = probe.gradient_norm();
        // Biases begin at zero, so their ratio is not defined; the kernels' share of the step must still be right.
        for weights in probe.weights.iter().filter(|weights| weights.weights.norm > 0.0) {
            let factor = if is_clipped { norm / before } else { 1.0 };
            let expected = weights.gradient.norm * factor / weights.weights.norm;
            assert!(
                (weights.update_ratio - expected).abs() < 1e-3 * expected + 1e-9,
                "{}: {} {expected}",
                weights.name,
                weights.update_ratio
            );
        }
        assert!(before > norm || !is_clipped, "the test's gradient is long enough to be clipped");
    }
}

#[test]
fn a_schedule_sets_the_rate_of_every_update() {
    let (mut config, data) = overfitting();
    config.epochs = 4;
    config.callbacks = CallbackSpec::menu().into_iter().filter(|spec| matches!(spec, CallbackSpec::LearningRateScheduler { .. })).collect();
    let (_, history, _) = train_with(&config, &data, callbacks(&config, 12), &mut NativeHost::default());
    let rates = history.values(series::LEARNING_RATE);
    assert_eq!(rates.len(), 12);
    assert!(rates[0] > 0.0099 && rates[11] < 0.001, "the cosine falls from the rate to nearly zero: {rates:?}");
    assert!(rates.is_sorted_by(|a, b| a >= b));
}

#[test]
fn the_learning_rate_test_suggests_a_rate_and_leaves_the_weights_alone() {
    let mut config = config(vec![LayerSpec::Dense { units: 32 }, LayerSpec::Relu], 0.001);
    config.epochs = 50;
    config.callbacks = CallbackSpec::menu().into_iter().filter(|spec| matches!(spec, CallbackSpec::LrFinder { .. })).collect();
    // Classes that can be told apart: the first number says which.
    let mut data = noise(SampleShape::Vector(8), 400, 2, 3);
    let mut numbers = Vec::new();
    data.gather(&(0..400).collect::<Vec<_>>(), &mut numbers);
    for (sample, &label) in numbers.chunks_exact_mut(8).zip(data.labels()) {
        sample[0] = label as f32 * 3.0 - 1.5;
    }
    data = Dataset::new(
        "apart",
        data.shape(),
        data.classes().to_vec(),
        emberscope::domain::data::Features::Floats(numbers),
        data.labels().to_vec(),
    )
    .unwrap();
    let untrained = validation_loss(&Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap(), &config, &data);
    let (trainer, history, end) = train_with(&config, &data, callbacks(&config, 1000), &mut NativeHost::default());
    assert!(end.reason.starts_with("learning-rate test: ") && !end.reason.contains("only"), "{}", end.reason);
    // Small steps of Adam change nothing, and from about 1 on every step jumps over the valley; between lie the good ones.
    let suggestion = f64::from(history.get(rate_test::SUGGESTION)[0].1);
    assert!(end.reason.contains(&format!("the loss falls fastest at {}", short_number(suggestion))), "{}: {suggestion}", end.reason);
    assert!((1e-4..0.3).contains(&suggestion), "{suggestion}");
    // And it is a good one: with it the loss falls to a small part within the two epochs that the test had.
    let mut suggested = RunConfig { epochs: 2, callbacks: Vec::new(), ..config.clone() };
    *suggested.optimizer.learning_rate_mut() = suggestion;
    let (learned, _, _) = train_with(&suggested, &data, CallbackList::new(), &mut NativeHost::default());
    let after = validation_loss(&learned, &config, &data);
    assert!(after < 0.5 * untrained, "from {untrained} to {after} at the suggested rate");
    assert!(history.values(series::LEARNING_RATE).is_sorted_by(|a, b| a < b));
    assert!((validation_loss(&trainer, &config, &data) - untrained).abs() < 1e-6, "the first weights are back");
}

/// 24 training samples in one epoch of batches of 16: two batches, where a hundred were asked for.
#[test]
fn a_learning_rate_test_in_a_short_run_goes_through_all_rates_and_says_that_they_are_few() {
    let mut config = config(vec![], 0.001);
    config.callbacks = CallbackSpec::menu().into_iter().filter(|spec| matches!(spec, CallbackSpec::LrFinder { .. })).collect();
    let data = noise(SampleShape::Vector(3), 30, 2, 1);
    let (_, history, end) = train_with(&config, &data, callbacks(&config, 2), &mut NativeHost::default());
    assert_eq!(history.values(series::LEARNING_RATE), [1e-7, 10.0]);
    assert!(end.reason.contains("The run has only 2 of the 100 batches that were asked for"), "{}", end.reason);
}

/// The page offers it as a start for a lesson, so it must not stop at a straight line (which gets about 60 %).
#[test]
fn the_spiral_preset_learns_the_spiral() {
    let config = emberscope::domain::run::preset::config("planar").unwrap();
    for seed in [1, 2, 3] {
        let config = RunConfig { seed, ..config.clone() };
        let data = config.data.generate(u64::from(seed)).unwrap();
        let (_, history, _) = train_with(&config, &data, CallbackList::new(), &mut NativeHost::default());
        let accuracy = *history.values(series::VAL_ACCURACY).last().unwrap();
        assert!(accuracy > 0.93, "seed {seed}: {accuracy}");
    }
}
