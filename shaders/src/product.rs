//! The product of two matrices, a tile of rows by four columns a thread. Never here: which matrices.

use crate::Shader;
use crate::shader::{Binding, element_of, read, width_of, written};
use std::fmt::Write;

/// The order of a matrix's numbers in its array.
#[derive(Clone, Copy, PartialEq)]
pub enum Order {
    /// The numbers that are summed over lie side by side.
    ByDepth,
    /// The numbers of one place in the sum lie side by side.
    BySide,
}

/// A product `[rows, columns]`, summed over `depth`.
pub struct Product {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Number of addends.
    pub depth: usize,
    /// The left matrix `a`: `[rows, depth]` by depth, `[depth, rows]` by side.
    pub left: Order,
    /// The right matrix `b`: `[columns, depth]` by depth, `[depth, columns]` by side.
    pub right: Order,
}

/// The end of a product: what is done with its sums.
#[derive(Clone, Copy, PartialEq)]
pub enum Finish {
    /// Nothing.
    Plain,
    /// A number is added to each column, by a third array.
    Bias {
        /// Whether a rectifier comes behind it.
        is_rectified: bool,
    },
    /// The sums of the right matrix's columns go to an array of their own.
    ColumnSums,
}

/// The four numbers from `(row, column)` on of a matrix with rows of `length` numbers; zeros beyond its ends.
fn four(name: &str, array: &str, rows: usize, length: usize) -> String {
    if width_of(length) == 4 {
        return format!(
            "fn {name}(row: u32, column: u32) -> vec4f {{ return select(vec4f(), {array}[(row * {length}u + column) / 4u], row < {rows}u); }}\n"
        );
    }
    let one = |offset: usize| format!("select(0.0, {array}[at + {offset}u], (row < {rows}u) & (column + {offset}u < {length}u))");
    let all: Vec<String> = (0..4).map(one).collect();
    format!("fn {name}(row: u32, column: u32) -> vec4f {{ let at = row * {length}u + column; return vec4f({}); }}\n", all.join(", "))
}

impl Product {
    /// The shader. Bindings: the left matrix, the right one, (a bias,) the product, (the sums of columns).
    pub fn shader(&self, finish: Finish) -> Shader {
        let Self { rows, columns, depth, left, right } = *self;
        let tile = if rows > 4 { 8 } else { 4 };
        // Only whole elements are read where rows divide; both functions read the same way else.
        let narrow = |length: usize| if width_of(length) == 4 { "vec4f" } else { "f32" };
        let sides = |order: Order, side: usize| if order == Order::ByDepth { (side, depth) } else { (depth, side) };
        let ((a_rows, a_length), (b_rows, b_length)) = (sides(left, rows), sides(right, columns));
        let mut bindings: Vec<Binding> = vec![read("a", narrow(a_length)), read("b", narrow(b_length))];
        if let Finish::Bias { .. } = finish {
            bindings.push(read("bias", "f32"));
        }
        bindings.push(written("product", if element_of(columns) == "vec4f" { "vec4f" } else { "f32" }));
        if finish == Finish::ColumnSums {
            bindings.push(written("sums", "f32"));
        }
        let functions = four("a4", "a", a_rows, a_length) + &four("b4", "b", b_rows, b_length);

        let mut body = format!("let column = id.x * 4u;\nlet row = id.y * {tile}u;\n");
        for i in 0..tile {
            let _ = writeln!(body, "var c{i} = vec4f();");
        }
        if finish == Finish::ColumnSums {
            body += "var sum = vec4f();\n";
        }
        let step = if left == Order::BySide && right == Order::BySide { 1 } else { 4 };
        let _ = writeln!(body, "for (var k = 0u; k < {depth}u; k += {step}u) {{");
        match (left, right) {
            (Order::BySide, Order::BySide) => self.by_side(&mut body, tile, finish),
            (Order::ByDepth, Order::BySide) => {
                for i in 0..tile {
                    let _ = writeln!(body, "let a_{i} = a4(row + {i}u, k);");
                }
                for (u, place) in ["x", "y", "z", "w"].iter().enumerate() {
                    let _ = writeln!(body, "let b_{u} = b4(k + {u}u, column);");
                    for i in 0..tile {
                        let _ = writeln!(body, "c{i} += a_{i}.{place} * b_{u};");
                    }
                }
            }
            (_, Order::ByDepth) => {
                for j in 0..4 {
                    let _ = writeln!(body, "let b_{j} = b4(column + {j}u, k);");
                }
                for i in 0..tile {
                    let _ = writeln!(body, "let a_{i} = a4(row + {i}u, k);");
                    let _ = writeln!(body, "c{i} += vec4f(dot(a_{i}, b_0), dot(a_{i}, b_1), dot(a_{i}, b_2), dot(a_{i}, b_3));");
                }
            }
        }
        body += "}\n";
        self.finish(&mut body, tile, finish);
        Shader::new(&bindings, &[], &functions, [columns.div_ceil(4), rows.div_ceil(tile), 1], [4, 8, 1], &body)
    }

    fn by_side(&self, body: &mut String, tile: usize, finish: Finish) {
        let _ = writeln!(body, "let b_0 = b4(k, column);");
        for i in (0..tile).step_by(4) {
            let _ = writeln!(body, "let a_{i} = a4(k, row + {i}u);");
            for (j, place) in ["x", "y", "z", "w"].iter().enumerate() {
                let _ = writeln!(body, "c{} += a_{i}.{place} * b_0;", i + j);
            }
        }
        if finish == Finish::ColumnSums {
            *body += "sum += b_0;\n";
        }
    }

    fn finish(&self, body: &mut String, tile: usize, finish: Finish) {
        let Self { rows, columns, .. } = *self;
        let is_whole = element_of(columns) == "vec4f";
        if let Finish::Bias { .. } = finish {
            // A column beyond the last reads some number that is never stored.
            *body += "let add = vec4f(bias[column], bias[column + 1u], bias[column + 2u], bias[column + 3u]);\n";
        }
        for i in 0..tile {
            let _ = writeln!(body, "if row + {i}u < {rows}u {{");
            if let Finish::Bias { is_rectified } = finish {
                let _ = writeln!(body, "c{i} += add;");
                if is_rectified {
                    // What is not a number is neither below zero nor above it, and stays.
                    let _ = writeln!(body, "c{i} = select(c{i}, vec4f(), c{i} <= vec4f());");
                }
            }
            if is_whole {
                let _ = writeln!(body, "product[((row + {i}u) * {columns}u + column) / 4u] = c{i};");
            } else {
                for (j, place) in ["x", "y", "z", "w"].iter().enumerate() {
                    let _ = writeln!(
                        body,
                        "if column + {j}u < {columns}u {{ product[(row + {i}u) * {columns}u + column + {j}u] = c{i}.{place}; }}"
                    );
                }
            }
            *body += "}\n";
        }
        if finish == Finish::ColumnSums {
            *body += "if row == 0u {\n";
            for (j, place) in ["x", "y", "z", "w"].iter().enumerate() {
                let _ = writeln!(body, "if column + {j}u < {columns}u {{ sums[column + {j}u] = sum.{place}; }}");
            }
            *body += "}\n";
        }
    }
}
