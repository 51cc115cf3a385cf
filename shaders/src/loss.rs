//! The mean cross-entropy of a batch, and its gradient by the outputs.

use crate::Shader;
use crate::shader::{read, written};

/// Number of threads that share the rows of a batch.
const THREADS: u32 = 64;

/// The largest output of a row and the logarithm of the sum of exponentials above it.
fn row(classes: usize) -> String {
    format!(
        "var most = outputs[origin];\nfor (var i = 1u; i < {classes}u; i++) {{ most = max(most, outputs[origin + i]); }}\n\
         var sum = 0.0;\nfor (var i = 0u; i < {classes}u; i++) {{ sum += exp(outputs[origin + i] - most); }}\n"
    )
}

/// The mean cross-entropy; rows of zeros do not count. Bindings: outputs `[rows, classes]` before softmax, targets, the loss, 1 over
/// the number of samples. That is no constant: a last batch of fewer samples would be compiled anew.
pub fn cross_entropy(rows: usize, classes: usize) -> Shader {
    let functions = format!("var<workgroup> parts: array<f32, {THREADS}>;\n");
    let body = format!(
        "var loss = 0.0;\nfor (var row = id.x; row < {rows}u; row += {THREADS}u) {{\nlet origin = row * {classes}u;\n{}\
         let shift = most + log(sum);\n\
         for (var i = 0u; i < {classes}u; i++) {{ loss -= targets[origin + i] * (outputs[origin + i] - shift); }}\n}}\n\
         parts[id.x] = loss;\nworkgroupBarrier();\n\
         if id.x == 0u {{\nvar all = 0.0;\nfor (var i = 0u; i < {THREADS}u; i++) {{ all += parts[i]; }}\nloss_of[0] = all * n[0];\n}}",
        row(classes)
    );
    let bindings = [read("outputs", "f32"), read("targets", "f32"), written("loss_of", "f32"), read("n", "f32")];
    Shader::new(&bindings, &[], &functions, [THREADS as usize, 1, 1], [THREADS, 1, 1], &body)
}

/// The gradient of [`cross_entropy`] by the outputs, times a `factor` that is the gradient by the loss. Bindings: outputs, targets,
/// factor, the result, 1 over the number of samples.
pub fn cross_entropy_backward(rows: usize, classes: usize) -> Shader {
    let body = format!(
        "let origin = id.x * {classes}u;\n{}var wanted = 0.0;\nfor (var i = 0u; i < {classes}u; i++) {{ wanted += targets[origin + i]; }}\n\
         let scale = factor[0] * n[0];\n\
         for (var i = 0u; i < {classes}u; i++) {{\n\
         result[origin + i] = scale * (wanted * exp(outputs[origin + i] - most) / sum - targets[origin + i]);\n}}",
        row(classes)
    );
    let bindings = [read("outputs", "f32"), read("targets", "f32"), read("factor", "f32"), written("result", "f32"), read("n", "f32")];
    Shader::new(&bindings, &[], "", [rows, 1, 1], [THREADS, 1, 1], &body)
}
