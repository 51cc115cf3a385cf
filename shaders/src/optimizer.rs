//! A step of an optimiser over one array, each number read and written once. The formulas are those of the run's configuration.
//!
//! Rates and other numbers that change from step to step come as an array of their own, so that no step compiles anything.

use crate::Shader;
use crate::shader::{element_of, read, width_of, written};

/// A method with the running means that it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Stochastic gradient descent. Numbers: rate.
    Sgd,
    /// Gradient descent with momentum; keeps a velocity. Numbers: rate, momentum.
    Momentum,
    /// Adam and AdamW; keep means of the gradient and of its square. Numbers: the step's factor, beta1, 1 - beta1, beta2, 1 - beta2,
    /// the factor of the root, epsilon, what decay leaves of a weight.
    Adam,
    /// RMSprop; keeps a mean of the square. Numbers: rate, rho, 1 - rho, epsilon.
    Rmsprop,
}

impl Method {
    /// The number of running means.
    pub fn means(self) -> usize {
        match self {
            Self::Sgd => 0,
            Self::Momentum | Self::Rmsprop => 1,
            Self::Adam => 2,
        }
    }

    /// A step over an array of `length` numbers; `is_first` where there are no means yet, which then are zero. Bindings: weights,
    /// gradient, (the means,) the new weights, (the new means,) the method's numbers.
    pub fn step(self, length: usize, is_first: bool) -> Shader {
        let (element, width) = (element_of(length), width_of(length));
        let mut bindings = vec![read("weights", element), read("gradients", element)];
        let names = [["old1", "new1"], ["old2", "new2"]];
        let names = &names[..self.means()];
        if !is_first {
            bindings.extend(names.iter().map(|[old, _]| read(old, element)));
        }
        bindings.push(written("moved", element));
        bindings.extend(names.iter().map(|[_, new]| written(new, element)));
        bindings.push(read("n", "f32"));
        let old = |name: &str| match is_first {
            true => format!("{element}({})", if width == 1 { "0.0" } else { "" }),
            false => format!("{name}[id.x]"),
        };
        let rule = match self {
            Self::Sgd => "moved[id.x] = w - n[0] * g;".to_owned(),
            Self::Momentum => format!("let v = {} * n[1] + g;\nnew1[id.x] = v;\nmoved[id.x] = w - n[0] * v;", old("old1")),
            Self::Adam => format!(
                "let m = {} * n[1] + g * n[2];\nlet v = {} * n[3] + g * g * n[4];\nnew1[id.x] = m;\nnew2[id.x] = v;\n\
                 moved[id.x] = w * n[7] - m / (sqrt(v) * n[5] + n[6]) * n[0];",
                old("old1"),
                old("old2")
            ),
            Self::Rmsprop => {
                format!("let v = {} * n[1] + g * g * n[2];\nnew1[id.x] = v;\nmoved[id.x] = w - g / (sqrt(v) + n[3]) * n[0];", old("old1"))
            }
        };
        let body = format!("let w = weights[id.x];\nlet g = gradients[id.x];\n{rule}");
        Shader::new(&bindings, &[], "", [length / width, 1, 1], [64, 1, 1], &body)
    }
}
