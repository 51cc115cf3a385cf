//! Pooling by windows that touch: the largest number, the mean.

use crate::Shader;
use crate::shader::{Binding, read, written};
use emberscope_kernels::pool::Pool;

fn window(pool: Pool, of: [usize; 2]) -> String {
    let Pool { height, width, size, .. } = pool;
    let [rows, columns] = of;
    format!(
        "let column = id.x % {columns}u;\nlet row = id.x / {columns}u % {rows}u;\nlet image = id.x / {}u;\n\
         let origin = image * {}u + row * {}u + column * {size}u;\n",
        rows * columns,
        height * width,
        size * width
    )
}

/// Calls `each` for each place of a window, in order: its distance from the first.
fn each(pool: Pool, each: impl Fn(usize) -> String) -> String {
    (0..pool.size * pool.size).map(|i| each(i / pool.size * pool.width + i % pool.size)).collect()
}

fn forward(pool: Pool, body: &str) -> Shader {
    let [rows, columns] = pool.output();
    let bindings = [read("inputs", "f32"), written("outputs", "f32")];
    let body = window(pool, pool.output()) + body;
    Shader::new(&bindings, &[], "", [pool.images * rows * columns, 1, 1], [64, 1, 1], &body)
}

/// The largest number of each window. Bindings: inputs, outputs.
pub fn largest(pool: Pool) -> Shader {
    // What is not a number is not smaller than anything, and stays.
    let body = "var best = inputs[origin];\n".to_owned()
        + &each(pool, |at| format!("{{ let x = inputs[origin + {at}u]; best = select(x, best, (x <= best) | (best != best)); }}\n"))
        + "outputs[id.x] = best;";
    forward(pool, &body)
}

/// The mean of each window. Bindings: inputs, outputs.
pub fn means(pool: Pool) -> Shader {
    let area = pool.size * pool.size;
    let body = "var sum = 0.0;\n".to_owned()
        + &each(pool, |at| format!("sum += inputs[origin + {at}u];\n"))
        + &format!("outputs[id.x] = sum / {area}.0;");
    forward(pool, &body)
}

/// A launch with a thread for each window, those that the image's end cuts off among them: each writes its part of the result.
/// `first` stands before the places, `part` says what one of them gets.
fn backward(pool: Pool, bindings: &[Binding], first: &str, part: impl Fn(usize) -> String) -> Shader {
    let Pool { images, height, width, size } = pool;
    let [rows, columns] = pool.output();
    let all = [height.div_ceil(size), width.div_ceil(size)];
    let is_cut = all != [rows, columns];
    let mut body = window(pool, all);
    body += &format!("let window = (image * {rows}u + row) * {columns}u + column;\n");
    if is_cut {
        body += &format!("if row < {rows}u && column < {columns}u {{\n");
    }
    body += first;
    body += &each(pool, part);
    if is_cut {
        body += "} else {\n";
        for (y, x) in (0..size * size).map(|i| (i / size, i % size)) {
            body += &format!(
                "if (row * {size}u + {y}u < {height}u) & (column * {size}u + {x}u < {width}u) {{ result[origin + {}u] = 0.0; }}\n",
                y * width + x
            );
        }
        body += "}\n";
    }
    Shader::new(bindings, &[], "", [images * all[0] * all[1], 1, 1], [64, 1, 1], &body)
}

/// The gradient by the inputs of [`largest`]: all of it goes to the first of the largest. Bindings: inputs, outputs,
/// gradient by the outputs, the result.
pub fn largest_backward(pool: Pool) -> Shader {
    let bindings = [read("inputs", "f32"), read("outputs", "f32"), read("gradient", "f32"), written("result", "f32")];
    backward(pool, &bindings, "let best = outputs[window];\nvar rest = gradient[window];\n", |at| {
        format!(
            "{{ let x = inputs[origin + {at}u];\nlet is_best = (x == best) | ((x != x) & (best != best));\n\
             result[origin + {at}u] = select(0.0, rest, is_best);\nrest = select(rest, 0.0, is_best); }}\n"
        )
    })
}

/// The gradient by the inputs of [`means`]. Bindings: gradient by the outputs, the result.
pub fn means_backward(pool: Pool) -> Shader {
    let share = format!("let part = gradient[window] / {}.0;\n", pool.size * pool.size);
    backward(pool, &[read("gradient", "f32"), written("result", "f32")], &share, |at| format!("result[origin + {at}u] = part;\n"))
}
