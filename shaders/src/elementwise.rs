//! Number by number: the gradient before a rectifier.

use crate::Shader;
use crate::shader::{element_of, read, width_of, written};

/// The gradient before a rectifier: that behind it where `outputs` are above zero. Bindings: outputs, gradient, the result.
pub fn before_rectifier(length: usize) -> Shader {
    let (element, width) = (element_of(length), width_of(length));
    let bindings = [read("outputs", element), read("gradient", element), written("result", element)];
    let zero = if width == 1 { "0.0".to_owned() } else { format!("{element}()") };
    // What is not a number is not below zero either: its gradient goes on, and the fault with it.
    let body = format!("result[id.x] = select(gradient[id.x], {zero}, outputs[id.x] <= {zero});");
    Shader::new(&bindings, &[], "", [length / width, 1, 1], [64, 1, 1], &body)
}
