//! Optimisers with states of their own: plain tensors that can be gathered asynchronously and saved, which Burn's
//! optimisers do not allow. The formulas are those in [`OptimizerSpec`].

use crate::domain::run::config::OptimizerSpec;
use crate::domain::run::event::Step;
use burn::tensor::Tensor;

/// Moves weights by gradients, one array at a time.
pub struct Optimizer {
    spec: OptimizerSpec,
    /// The running means of each array of weights: none before its first update, then as many as the method has.
    states: Vec<Vec<Tensor<1>>>,
}

impl Optimizer {
    /// An optimiser for `arrays` arrays of weights, without running means.
    pub fn new(spec: &OptimizerSpec, arrays: usize) -> Self {
        Self { spec: spec.clone(), states: vec![Vec::new(); arrays] }
    }

    /// The running means after `updates` updates: handles, no copies.
    pub fn state(&self, updates: Step) -> OptimizerState {
        OptimizerState { states: self.states.clone(), updates }
    }

    /// Restores running means.
    pub fn restore(&mut self, state: OptimizerState) {
        self.states = state.states;
    }

    /// The running means of the weight at place `at` of the array `index`, as many as the method has: Adam's of the gradient and of
    /// its square, the velocity of momentum, RMSprop's of the square.
    pub fn means_at(&self, index: usize, at: usize) -> Vec<Tensor<1>> {
        self.states[index].iter().map(|means| means.clone().narrow(0, at, 1)).collect()
    }

    /// The new values of the array `index` in update number `step` (from 1) with `gradient`.
    pub fn update(&mut self, index: usize, weight: Tensor<1>, gradient: Tensor<1>, learning_rate: f64, step: Step) -> Tensor<1> {
        let state = &mut self.states[index];
        match self.spec {
            OptimizerSpec::Sgd { momentum: 0.0, .. } => weight - gradient * learning_rate,
            OptimizerSpec::Sgd { momentum, .. } => {
                let velocity = match state.pop() {
                    Some(velocity) => velocity * momentum + gradient,
                    None => gradient,
                };
                state.push(velocity.clone());
                weight - velocity * learning_rate
            }
            OptimizerSpec::Adam { beta1, beta2, epsilon, .. } => {
                weight - adam(state, gradient, [beta1, beta2, epsilon], learning_rate, step)
            }
            OptimizerSpec::AdamW { beta1, beta2, epsilon, weight_decay, .. } => {
                let kept = weight * (1.0 - learning_rate * weight_decay);
                kept - adam(state, gradient, [beta1, beta2, epsilon], learning_rate, step)
            }
            OptimizerSpec::Rmsprop { rho, epsilon, .. } => {
                let squares = running_mean(state.pop(), gradient.clone() * gradient.clone(), rho);
                state.push(squares.clone());
                weight - gradient / (squares.sqrt() + epsilon) * learning_rate
            }
        }
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
    /// Number of their values.
    pub fn values(&self) -> usize {
        self.states.iter().flatten().map(|array| array.dims()[0]).sum()
    }
}

fn running_mean(old: Option<Tensor<1>>, new: Tensor<1>, decay: f64) -> Tensor<1> {
    match old {
        Some(old) => old * decay + new * (1.0 - decay),
        None => new * (1.0 - decay),
    }
}

/// Adam's step, `lr * m' / (sqrt(v') + epsilon)` with bias-corrected means; the corrections are folded into scalars.
fn adam(state: &mut Vec<Tensor<1>>, gradient: Tensor<1>, [beta1, beta2, epsilon]: [f64; 3], learning_rate: f64, step: Step) -> Tensor<1> {
    let (second, first) = (state.pop(), state.pop());
    let first = running_mean(first, gradient.clone(), beta1);
    let second = running_mean(second, gradient.clone() * gradient, beta2);
    state.push(first.clone());
    state.push(second.clone());
    let correction1 = 1.0 - beta1.powf(f64::from(step));
    let correction2 = 1.0 - beta2.powf(f64::from(step));
    let root = second.sqrt() * (1.0 / correction2.sqrt()) + epsilon;
    first / root * (learning_rate / correction1)
}
