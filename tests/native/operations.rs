//! The two makes of operations on the CPU are one: each model trains alike by both, and what they differ in is rounding.

use crate::support::{block_on, config, noise};
use burn::tensor::Device;
use emberscope::domain::data::SampleShape;
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::model::{LayerSpec, Loss, Padding};
use emberscope::domain::run::config::{OptimizerSpec, RunConfig};
use emberscope::domain::run::preset;
use emberscope::train::device_logs::{read_all, resolve};
use emberscope::train::operations::Operations;
use emberscope::train::{Batch, Trainer, clock::WallClock};

/// Ten steps leave so much between them, as a share of the largest weight.
const TOLERANCE: f32 = 2e-4;

fn models() -> Vec<(&'static str, Vec<LayerSpec>)> {
    let conv = |filters, kernel, stride, padding| LayerSpec::Conv2d { filters, kernel, stride, padding };
    vec![
        (
            "dense",
            vec![LayerSpec::Flatten, LayerSpec::Dense { units: 37 }, LayerSpec::Relu, LayerSpec::Dense { units: 5 }, LayerSpec::Tanh],
        ),
        (
            "valid windows, the largest",
            vec![conv(6, 3, 1, Padding::Valid), LayerSpec::Relu, LayerSpec::MaxPool2d { size: 2 }, LayerSpec::Flatten],
        ),
        (
            "zeros around, the mean",
            vec![conv(5, 5, 1, Padding::Same), LayerSpec::AvgPool2d { size: 3 }, LayerSpec::Relu, LayerSpec::Flatten],
        ),
        (
            "two steps at a time, then one number a window",
            vec![
                conv(4, 3, 2, Padding::Same),
                LayerSpec::Relu,
                conv(7, 1, 1, Padding::Same),
                LayerSpec::MaxPool2d { size: 3 },
                LayerSpec::Flatten,
            ],
        ),
    ]
}

fn trained(config: &RunConfig, operations: Operations) -> (Vec<Vec<f32>>, Vec<f32>) {
    let data = config.data.generate(u64::from(config.seed)).expect("drawn digits");
    let mut trainer = Trainer::new(config, &data, &Device::flex()).expect("the model fits");
    trainer.set_operations(operations);
    let mut outputs = Vec::new();
    for step in 0..10 {
        let indices: Vec<u32> = (step * 17..(step + 1) * 17).collect();
        let logs = trainer.step(Batch::gather(&data, &indices), None, &WallClock::default());
        outputs = block_on(resolve(vec![logs])).expect("the CPU works").remove(0).values;
    }
    (block_on(read_all(trainer.arrays())).expect("the CPU works"), outputs)
}

#[test]
fn both_makes_train_alike() {
    for (name, layers) in models() {
        for optimizer in OptimizerSpec::menu() {
            let mut config = preset::config("cnn").expect("a preset");
            config.data = DataSpec::Digits { samples: 170 };
            config.model.layers = layers.clone();
            config.optimizer = optimizer;
            let (kernels, outputs) = trained(&config, Operations::Kernels);
            let (burn, burn_outputs) = trained(&config, Operations::Burn);
            assert_ne!(outputs, vec![0.0; outputs.len()]);
            for (mine, theirs) in kernels.iter().chain([&outputs]).zip(burn.iter().chain([&burn_outputs])) {
                let largest = theirs.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
                let apart = mine.iter().zip(theirs).fold(0.0_f32, |apart, (a, b)| apart.max((a - b).abs()));
                assert!(apart <= TOLERANCE * largest.max(1e-3), "{name}, {}: {apart} of {largest}", config.optimizer.title());
            }
        }
    }
}

/// A batch that is filled up has the loss and the gradients of its samples, by both makes and for both losses.
#[test]
fn what_fills_a_batch_up_has_no_part_in_it() {
    for (loss, classes) in [(Loss::CrossEntropy, 4), (Loss::BinaryCrossEntropy, 2)] {
        let data = noise(SampleShape::Image { channels: 1, height: 6, width: 6 }, 9, classes, 7);
        let layers =
            vec![LayerSpec::Conv2d { filters: 3, kernel: 3, stride: 1, padding: Padding::Valid }, LayerSpec::Relu, LayerSpec::Flatten];
        let mut config = config(layers, 0.01);
        config.loss = loss;
        for operations in [Operations::Kernels, Operations::Burn] {
            let learned = |full: Option<usize>| {
                let mut trainer = Trainer::new(&config, &data, &Device::flex()).expect("the model fits");
                trainer.set_operations(operations);
                if let Some(full) = full {
                    trainer.keep_shapes(full);
                }
                let batch = Batch::gather(&data, &(0..9).collect::<Vec<_>>());
                let (loss, gradients) = trainer.loss_and_gradients(batch.clone());
                let numbers = block_on(read_all([loss].into_iter().chain(gradients.into_iter().flatten()))).expect("the CPU works");
                let outputs =
                    block_on(resolve(vec![trainer.step(batch, Some(4), &WallClock::default())])).expect("the CPU works").remove(0);
                assert_eq!((outputs.values.len(), outputs.labels.len()), (9 * config.loss.outputs(classes), 9));
                (numbers, outputs.values)
            };
            let (right, filled) = (learned(None), learned(Some(64)));
            for (right, filled) in right.0.iter().chain([&right.1]).zip(filled.0.iter().chain([&filled.1])) {
                assert_eq!(right.len(), filled.len());
                for (right, filled) in right.iter().zip(filled) {
                    assert!((right - filled).abs() < 1e-6 * (1.0 + right.abs()), "{loss:?}, {operations:?}: {filled}, not {right}");
                }
            }
        }
    }
}

#[test]
fn the_cpu_is_served_by_kernels() {
    assert_eq!(Operations::of(&Device::flex()), Operations::Kernels);
}
