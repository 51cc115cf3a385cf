//! Optimisers with states of their own: plain tensors that can be gathered asynchronously and saved, which Burn's
//! optimisers do not allow. The formulas are those in [`OptimizerSpec`].

use super::operations::{Operations, OptimizerStep};
use crate::domain::run::config::OptimizerSpec;
use crate::domain::run::event::Step;
use burn::tensor::{Device, Tensor};

/// Moves weights by gradients, one array at a time.
pub struct Optimizer {
    spec: OptimizerSpec,
    /// The running means of each array of weights: none before its first update, then as many as the method has.
    states: Vec<Vec<Tensor<1>>>,
    operations: Operations,
}

impl Optimizer {
    /// An optimiser for `arrays` arrays of weights on `device`, without running means.
    pub fn new(spec: &OptimizerSpec, arrays: usize, device: &Device) -> Self {
        Self { spec: spec.clone(), states: vec![Vec::new(); arrays], operations: Operations::of(device) }
    }

    /// Moves the weights by another make of operations from now on.
    pub fn set_operations(&mut self, operations: Operations) {
        self.operations = operations;
    }

    /// The running means after `updates` updates: handles, no copies.
    pub fn state(&self, updates: Step) -> OptimizerState {
        OptimizerState { states: self.states.clone(), updates }
    }

    /// Restores running means.
    pub fn restore(&mut self, state: OptimizerState) {
        self.states = state.states;
    }

    /// Number of running means that the method has for each array of weights, once it has seen an update.
    pub fn means(&self) -> usize {
        match self.spec {
            OptimizerSpec::Sgd { momentum: 0.0, .. } => 0,
            OptimizerSpec::Sgd { .. } | OptimizerSpec::Rmsprop { .. } => 1,
            OptimizerSpec::Adam { .. } | OptimizerSpec::AdamW { .. } => 2,
        }
    }

    /// The running means of the weight at place `at` of the array `index`, as many as the method has: Adam's of the gradient and of
    /// its square, the velocity of momentum, RMSprop's of the square.
    pub fn means_at(&self, index: usize, at: usize) -> Vec<Tensor<1>> {
        self.states[index].iter().map(|means| means.clone().narrow(0, at, 1)).collect()
    }

    /// The new values of the array `index` in update number `step` (from 1) with `gradient`.
    pub fn update(&mut self, index: usize, weight: Tensor<1>, gradient: Tensor<1>, learning_rate: f64, step: Step) -> Tensor<1> {
        let step = OptimizerStep { spec: &self.spec, rate: learning_rate, number: step };
        self.operations.update(weight, gradient, &mut self.states[index], step)
    }
}

/// The running means of an optimiser at one moment.
#[derive(Clone)]
pub struct OptimizerState {
    states: Vec<Vec<Tensor<1>>>,
    /// Number of updates that they come from; Adam's corrections depend on it.
    pub updates: Step,
}

impl OptimizerState {
    /// The state with these running means of each array, after `updates` updates.
    pub fn new(states: Vec<Vec<Tensor<1>>>, updates: Step) -> Self {
        Self { states, updates }
    }

    /// The running means of each array of weights.
    pub fn means(&self) -> &[Vec<Tensor<1>>] {
        &self.states
    }

    /// Number of their values.
    pub fn values(&self) -> usize {
        self.states.iter().flatten().map(|array| array.dims()[0]).sum()
    }
}
