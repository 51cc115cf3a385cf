//! Optimisers: weights, gradient and running means of an array, each read and written once.

/// The step of Adam, with the corrections folded into two numbers.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// Decay of the mean of gradients.
    pub beta1: f32,
    /// Share of the new gradient in it.
    pub new1: f32,
    /// Decay of the mean of their squares.
    pub beta2: f32,
    /// Share of the new square in it.
    pub new2: f32,
    /// The factor of the root of that mean.
    pub root: f32,
    /// What keeps the divisor from zero.
    pub epsilon: f32,
    /// The factor of the step.
    pub rate: f32,
    /// The factor of the weights before the step; less than 1 with weight decay.
    pub kept: f32,
}

impl Adam {
    /// The weights that `weights` become by `gradient`; the running means move in place.
    pub fn update(&self, weights: &[f32], gradient: &[f32], means: &mut [f32], squares: &mut [f32]) -> Vec<f32> {
        let all = weights.iter().zip(gradient).zip(means.iter_mut().zip(squares));
        all.map(|((weight, gradient), (mean, square))| {
            *mean = *mean * self.beta1 + gradient * self.new1;
            *square = *square * self.beta2 + gradient * gradient * self.new2;
            weight * self.kept - *mean / (square.sqrt() * self.root + self.epsilon) * self.rate
        })
        .collect()
    }
}

/// The weights that `weights` become by a step against `gradient`.
pub fn sgd(weights: &[f32], gradient: &[f32], rate: f32) -> Vec<f32> {
    weights.iter().zip(gradient).map(|(weight, gradient)| weight - gradient * rate).collect()
}

/// The weights after a step of SGD with momentum, `v' = momentum v + g`, `w' = w - rate v'`; the velocity moves in place.
pub fn momentum(weights: &[f32], gradient: &[f32], velocity: &mut [f32], momentum: f32, rate: f32) -> Vec<f32> {
    let all = weights.iter().zip(gradient).zip(velocity);
    all.map(|((weight, gradient), velocity)| {
        *velocity = *velocity * momentum + gradient;
        weight - *velocity * rate
    })
    .collect()
}

/// The step of RMSprop.
#[derive(Clone, Copy, Debug)]
pub struct Rmsprop {
    /// Decay of the mean of squares.
    pub rho: f32,
    /// Share of the new square in it.
    pub new: f32,
    /// What keeps the divisor from zero.
    pub epsilon: f32,
    /// The factor of the step.
    pub rate: f32,
}

impl Rmsprop {
    /// The weights that `weights` become by `gradient`; the mean of squares moves in place.
    pub fn update(&self, weights: &[f32], gradient: &[f32], squares: &mut [f32]) -> Vec<f32> {
        let all = weights.iter().zip(gradient).zip(squares);
        all.map(|((weight, gradient), square)| {
            *square = *square * self.rho + gradient * gradient * self.new;
            weight - gradient / (square.sqrt() + self.epsilon) * self.rate
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_of_adam_is_the_rate() {
        let adam = Adam {
            beta1: 0.9,
            new1: 0.1,
            beta2: 0.999,
            new2: 0.001,
            root: 1.0 / 0.001_f32.sqrt(),
            epsilon: 1e-8,
            rate: 0.01 / 0.1,
            kept: 1.0,
        };
        let (mut means, mut squares) = ([0.0; 5], [0.0; 5]);
        let weights = adam.update(&[1.0; 5], &[2.0, -3.0, 0.5, 1e-3, 0.0], &mut means, &mut squares);
        for (weight, right) in weights.iter().zip([0.99, 1.01, 0.99, 0.99, 1.0]) {
            assert!((weight - right).abs() < 1e-5, "{weights:?}");
        }
        assert_eq!(means[0], 0.2);
        assert!((squares[1] - 0.009).abs() < 1e-9);
    }
}
