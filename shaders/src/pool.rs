//! Pooling by windows that touch: the largest number, the mean.

use crate::Shader;
use crate::shader::{Binding, read, written};

/// A pooling of images; rows and columns that fill no window are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pool {
    /// Number of images: samples times channels.
    pub images: usize,
    /// Number of rows of an image.
    pub height: usize,
    /// Number of columns of an image.
    pub width: usize,
    /// Side of a window.
    pub size: usize,
}

impl Pool {
    /// The number of rows and columns of an output.
    pub fn output(self) -> [usize; 2] {
        [self.height / self.size, self.width / self.size]
    }

    fn window(self, of: [usize; 2]) -> String {
        let Self { height, width, size, .. } = self;
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
    fn each(self, each: impl Fn(usize) -> String) -> String {
        (0..self.size * self.size).map(|i| each(i / self.size * self.width + i % self.size)).collect()
    }

    fn forward(self, body: &str) -> Shader {
        let [rows, columns] = self.output();
        let bindings = [read("inputs", "f32"), written("outputs", "f32")];
        let body = self.window(self.output()) + body;
        Shader::new(&bindings, &[], "", [self.images * rows * columns, 1, 1], [64, 1, 1], &body)
    }

    /// The largest number of each window. Bindings: inputs, outputs.
    pub fn largest(self) -> Shader {
        // What is not a number is not smaller than anything, and stays.
        let body = "var best = inputs[origin];\n".to_owned()
            + &self.each(|at| format!("{{ let x = inputs[origin + {at}u]; best = select(x, best, (x <= best) | (best != best)); }}\n"))
            + "outputs[id.x] = best;";
        self.forward(&body)
    }

    /// The mean of each window. Bindings: inputs, outputs.
    pub fn means(self) -> Shader {
        let area = self.size * self.size;
        let body = "var sum = 0.0;\n".to_owned()
            + &self.each(|at| format!("sum += inputs[origin + {at}u];\n"))
            + &format!("outputs[id.x] = sum / {area}.0;");
        self.forward(&body)
    }

    /// A launch with a thread for each window, those that the image's end cuts off among them: each writes its part of the result.
    /// `first` stands before the places, `part` says what one of them gets.
    fn backward(self, bindings: &[Binding], first: &str, part: impl Fn(usize) -> String) -> Shader {
        let Self { images, height, width, size } = self;
        let [rows, columns] = self.output();
        let all = [height.div_ceil(size), width.div_ceil(size)];
        let is_cut = all != [rows, columns];
        let mut body = self.window(all);
        body += &format!("let window = (image * {rows}u + row) * {columns}u + column;\n");
        if is_cut {
            body += &format!("if row < {rows}u && column < {columns}u {{\n");
        }
        body += first;
        body += &self.each(part);
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

    /// The gradient by the inputs of [`Pool::largest`]: all of it goes to the first of the largest. Bindings: inputs, outputs,
    /// gradient by the outputs, the result.
    pub fn largest_backward(self) -> Shader {
        let bindings = [read("inputs", "f32"), read("outputs", "f32"), read("gradient", "f32"), written("result", "f32")];
        self.backward(&bindings, "let best = outputs[window];\nvar rest = gradient[window];\n", |at| {
            format!(
                "{{ let x = inputs[origin + {at}u];\nlet is_best = (x == best) | ((x != x) & (best != best));\n\
                 result[origin + {at}u] = select(0.0, rest, is_best);\nrest = select(rest, 0.0, is_best); }}\n"
            )
        })
    }

    /// The gradient by the inputs of [`Pool::means`]. Bindings: gradient by the outputs, the result.
    pub fn means_backward(self) -> Shader {
        let share = format!("let part = gradient[window] / {}.0;\n", self.size * self.size);
        self.backward(&[read("gradient", "f32"), written("result", "f32")], &share, |at| format!("result[origin + {at}u] = part;\n"))
    }
}
