//! The mathematics that every device must do alike, and right: shared by the native test and by those in the browser,
//! each of which gives its own device.
//!
//! [`lockstep`] takes 60 steps through nets with every kind of layer, and at each the same weights go to the device and
//! to [`reference`], the network written out in double precision. [`torch`] compares with recorded values of PyTorch:
//! optimisers, losses and activations at their kinks, ties in max pool, batch norm. Two runs that are left to themselves
//! are compared nowhere: Adam turns the rounding of a gradient near zero into a whole step, so such runs part, and both
//! are right.

#![allow(dead_code, reason = "each test file uses its own share of this")]

pub mod lockstep;
pub mod reference;
pub mod torch;

use burn::tensor::Device;
use emberscope::domain::data::{Dataset, Features, SampleShape, numbered_classes};
use emberscope::domain::model::{LayerSpec, Loss, ModelSpec};
use emberscope::domain::run::config::{OptimizerSpec, RunConfig};
use emberscope::domain::run::preset;
use emberscope::train::clock::Clock;
use emberscope::train::device_logs::{read_all, resolve};
use emberscope::train::{Batch, Trainer};

/// A clock that stands still: nobody asks how long these steps take.
pub struct NoClock;

impl Clock for NoClock {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// A model for samples of `shape`, trained by plain gradient descent at `rate`.
pub struct Subject {
    pub layers: Vec<LayerSpec>,
    pub shape: SampleShape,
    pub classes: usize,
    pub loss: Loss,
    pub rate: f64,
}

impl Subject {
    /// The configuration; only what the trainer asks for matters.
    pub fn config(&self) -> RunConfig {
        let mut config = preset::config("mlp").expect("it is a preset");
        config.model = ModelSpec { layers: self.layers.clone() };
        config.loss = self.loss;
        config.optimizer = OptimizerSpec::Sgd { learning_rate: self.rate, momentum: 0.0 };
        config.callbacks.clear();
        config
    }

    /// A trainer on `device`.
    pub fn trainer(&self, device: &Device) -> Trainer {
        Trainer::new(&self.config(), &self.blank(), device).expect("the model fits its data")
    }

    /// Data that only says shape and classes.
    pub fn blank(&self) -> Dataset {
        let labels = (0..self.classes as u32).collect();
        let features = Features::Floats(vec![0.0; self.classes * self.shape.len()]);
        Dataset::new("blank", self.shape, numbered_classes(self.classes), features, labels).expect("counts fit")
    }
}

/// Puts `arrays` (weights, then batch norm's statistics) into `trainer`.
pub fn put(trainer: &mut Trainer, arrays: Vec<Vec<f32>>) {
    let heads = trainer.net().plan().arrays();
    trainer.set_arrays(&heads, arrays).expect("they are arrays of this model");
}

/// Loss and gradients of `batch` with the present weights.
pub async fn loss_and_gradients(trainer: &Trainer, batch: &Batch) -> (f64, Vec<Vec<f64>>) {
    let (loss, gradients) = trainer.loss_and_gradients(batch.clone());
    let gradients = gradients.into_iter().map(|gradient| gradient.expect("every array takes part"));
    let mut read = wide(read_all(std::iter::once(loss).chain(gradients)).await.expect("the device works"));
    let gradients = read.split_off(1);
    (read[0][0], gradients)
}

/// Trains on `batch`: its outputs before the update, and all arrays after it.
pub async fn step(trainer: &mut Trainer, batch: &Batch) -> (Vec<f64>, Vec<Vec<f64>>) {
    let logs = trainer.step(batch.clone(), None, &NoClock);
    let outputs = resolve(vec![logs]).await.expect("the device works").remove(0).values;
    let arrays = read_all(trainer.arrays()).await.expect("the device works");
    (wide([outputs]).remove(0), wide(arrays))
}

/// The outputs for `batch` in evaluation.
pub async fn evaluate(trainer: &Trainer, batch: &Batch) -> Vec<f64> {
    let outputs = resolve(vec![trainer.evaluate(batch.clone())]).await.expect("the device works").remove(0).values;
    wide([outputs]).remove(0)
}

/// The arrays in double precision.
pub fn wide(arrays: impl IntoIterator<Item = Vec<f32>>) -> Vec<Vec<f64>> {
    arrays.into_iter().map(|values| values.into_iter().map(f64::from).collect()).collect()
}

/// The arrays in single precision, as a device takes them.
pub fn narrow(arrays: &[Vec<f64>]) -> Vec<Vec<f32>> {
    arrays.iter().map(|values| values.iter().map(|&x| x as f32).collect()).collect()
}

/// The largest size among `values`.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, x| most.max(x.abs()))
}

/// The largest difference of two lists, as a share of `scale`; what is not a number differs without end.
pub fn difference(got: &[f64], expected: &[f64], scale: f64) -> f64 {
    assert_eq!(got.len(), expected.len(), "lists of different lengths");
    let one = |(got, expected): (&f64, &f64)| if got == expected { 0.0 } else { (got - expected).abs() / scale };
    got.iter().zip(expected).map(one).fold(0.0, |most, x| if x.is_nan() { f64::INFINITY } else { most.max(x) })
}
