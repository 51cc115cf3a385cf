//! A convolution: its output, and the gradients by its weights and its input, without a matrix of windows.
//!
//! A thread keeps a run of places of one row for some filters, so that each number it reads takes part in many products.

use crate::Shader;
use crate::run::Run;
use crate::shader::{element_of, read, width_of, written};
use crate::sums;
use emberscope_kernels::conv::Conv;
use std::fmt::Write;

/// The longest run of places that a thread keeps.
const LONGEST_RUN: usize = 8;
/// The longest run of places that a thread keeps at a time where it keeps sums of weights' gradients: more of both takes some
/// compilers minutes.
const LONGEST_RUN_OF_SUMS: usize = 4;
/// Number of sums of weights' gradients that a thread keeps at most, where a window has not more.
const MOST_SUMS: usize = 36;
/// Number of threads for the gradients by weights that is aimed at.
const THREADS: usize = 4096;
/// Number of pieces at most that the gradients by weights are summed in.
const MOST_PIECES: usize = 512;

/// The pieces that the gradients by weights are summed in.
struct Pieces {
    /// Number of filters that a thread keeps.
    kept: usize,
    /// Number of groups of so many filters.
    groups: usize,
    /// Number of rows of outputs that a piece takes.
    rows_each: usize,
    /// Number of pieces.
    count: usize,
    /// Number of places of a row that a thread keeps at a time.
    places: usize,
}

/// The weights of windows in the order in which [`Windows`] reads them: four filters side by side. Bindings: weights, the result.
fn packed(conv: Conv, are_turned: bool) -> Shader {
    let Conv { channels, filters, kernel, .. } = conv;
    let window = kernel * kernel;
    // Turned, the windows are those of the way back: channels are filters, and each window stands on its head.
    let (inputs, outputs) = if are_turned { (filters, channels) } else { (channels, filters) };
    let quads = outputs.div_ceil(4);
    let at = if are_turned {
        format!("(input * {channels}u + output) * {window}u + {}u - place", window - 1)
    } else {
        format!("(output * {channels}u + input) * {window}u + place")
    };
    let body = format!(
        "let output = id.x % {row}u;\nlet place = id.x / {row}u % {window}u;\nlet input = id.x / {}u;\n\
         packed[id.x] = select(0.0, weights[{at}], output < {outputs}u);",
        4 * quads * window,
        row = 4 * quads,
    );
    let bindings = [read("weights", "f32"), written("packed", "f32")];
    Shader::new(&bindings, &[], "", [inputs * window * quads * 4, 1, 1], [64, 1, 1], &body)
}

/// The rows of windows over an input: what a convolution computes, and its way back where windows touch each place.
struct Windows {
    conv: Conv,
    has_bias: bool,
}

impl Windows {
    /// The shader. Bindings: inputs, packed weights, (bias,) outputs.
    fn shader(&self) -> Shader {
        let Conv { samples, channels, height, width, filters, kernel, stride, padding, is_rectified } = self.conv;
        let [rows, columns] = self.conv.output();
        let quads = filters.div_ceil(4);
        // Threads keep eight filters where there are as many.
        let kept = quads.min(2);
        let places = self.run_length(kept);
        let blocks = columns.div_ceil(places);
        let groups = quads.div_ceil(kept);
        let run = inputs_of(self.conv, places);

        let mut bindings = vec![read("inputs", element_of(run.width)), read("weights", "vec4f")];
        if self.has_bias {
            bindings.push(read("bias", "f32"));
        }
        bindings.push(written("outputs", "f32"));
        let mut body =
            format!("let row = id.x / {blocks}u;\nlet block = id.x % {blocks}u;\nlet group = id.y * {kept}u;\nlet sample = id.z;\n");
        for quad in 0..kept {
            for place in 0..places {
                let _ = writeln!(body, "var s{place}_{quad} = vec4f();");
            }
        }
        let _ = writeln!(body, "let place = i32(block) * {} - {padding};", places * stride);
        if padding > 0 {
            let _ = writeln!(body, "let top = max(0, {padding} - i32(row * {stride}u));");
            let _ = writeln!(body, "let bottom = min({kernel}, {} - i32(row * {stride}u));", height + padding);
        } else {
            let _ = writeln!(body, "let top = 0;\nlet bottom = {kernel};");
        }
        let _ = writeln!(body, "for (var channel = 0u; channel < {channels}u; channel++) {{");
        let _ = writeln!(body, "for (var ky = top; ky < bottom; ky++) {{");
        let _ = writeln!(body, "let y = i32(row * {stride}u) + ky - {padding};");
        let _ = writeln!(body, "let base = i32((sample * {channels}u + channel) * {}u) + y * {width} + place + {padding};", height * width);
        let are_inside = padding == 0 && columns.is_multiple_of(places);
        run.write(&mut body, "base", &format!("place + {padding}"), width, are_inside);
        for kx in 0..kernel {
            for quad in 0..kept {
                let _ = writeln!(
                    body,
                    "let w{kx}_{quad} = weights[((channel * {kernel}u + u32(ky)) * {kernel}u + {kx}u) * {quads}u + min(group + {quad}u, {}u)];",
                    quads - 1
                );
            }
            for place in 0..places {
                for quad in 0..kept {
                    let _ = writeln!(body, "s{place}_{quad} += x{} * w{kx}_{quad};", place * stride + kx);
                }
            }
        }
        body += "}\n}\n";
        for quad in 0..kept {
            for (lane, part) in ["x", "y", "z", "w"].iter().enumerate() {
                let _ = writeln!(body, "{{ let filter_ = (group + {quad}u) * 4u + {lane}u;\nif filter_ < {filters}u {{");
                let _ = writeln!(body, "let to = ((sample * {filters}u + filter_) * {rows}u + row) * {columns}u + block * {places}u;");
                if self.has_bias {
                    body += "let add = bias[filter_];\n";
                }
                for place in 0..places {
                    let add = if self.has_bias { " + add" } else { "" };
                    let mut value = format!("s{place}_{quad}.{part}{add}");
                    if is_rectified {
                        let _ = writeln!(body, "let r{place} = {value};");
                        value = format!("select(r{place}, 0.0, r{place} <= 0.0)");
                    }
                    let guard = if columns.is_multiple_of(places) {
                        String::new()
                    } else {
                        format!("if block * {places}u + {place}u < {columns}u ")
                    };
                    let _ = writeln!(body, "{guard}{{ outputs[to + {place}u] = {value}; }}");
                }
                body += "} }\n";
            }
        }
        let side = groups.next_power_of_two().min(4) as u32;
        Shader::new(&bindings, &[], "", [blocks * rows, groups, samples], [32 / side, side, 1], &body)
    }

    /// The length of a thread's run of places: that with the fewest reads a product.
    fn run_length(&self, quads: usize) -> usize {
        let Conv { kernel, .. } = self.conv;
        let [_, columns] = self.conv.output();
        let cost = |places: usize| {
            let reads = inputs_of(self.conv, places).reads() + kernel * quads;
            (reads * columns.div_ceil(places)) as f64 + 0.05 * (columns.div_ceil(places) * places) as f64
        };
        (1..=LONGEST_RUN.min(columns)).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(1)
    }
}

/// Packs the weights for [`forward`]. Bindings: weights `[filters, channels, kernel, kernel]`, packed weights of as many
/// numbers as [`packed_length`] says.
pub fn pack(conv: Conv) -> Shader {
    packed(conv, false)
}

/// The number of packed weights.
pub fn packed_length(conv: Conv) -> usize {
    conv.channels * conv.kernel * conv.kernel * conv.filters.next_multiple_of(4)
}

/// The outputs `[samples, filters, rows, columns]`. Bindings: inputs `[samples, channels, height, width]`, packed weights, bias,
/// outputs.
pub fn forward(conv: Conv) -> Shader {
    Windows { conv, has_bias: true }.shader()
}

fn inputs_of(conv: Conv, places: usize) -> Run {
    let Conv { width, kernel, stride, padding, .. } = conv;
    // The distance is that to a place which divides by a run's length.
    let element = width_of(width).min(width_of(places * stride));
    Run { array: "inputs", width: element, prefix: "x".into(), from: -(padding as isize), count: (places - 1) * stride + kernel }
}

fn gradients_of(conv: Conv, places: usize, filter: usize) -> Run {
    let [_, columns] = conv.output();
    let element = width_of(columns).min(width_of(places));
    Run { array: "gradients", width: element, prefix: format!("g{filter}_"), from: 0, count: places }
}

fn pieces(conv: Conv) -> Pieces {
    let Conv { samples, channels, filters, kernel, .. } = conv;
    let [rows, columns] = conv.output();
    let kept = (MOST_SUMS / (kernel * kernel)).clamp(1, 4).min(filters);
    let groups = filters.div_ceil(kept);
    let all_rows = samples * rows;
    let count = THREADS.div_ceil(groups * channels).min(MOST_PIECES).min(all_rows);
    let rows_each = all_rows.div_ceil(count);
    let reads = |places: usize| inputs_of(conv, places).reads() * kernel + gradients_of(conv, places, 0).reads() * kept;
    let places = (1..=LONGEST_RUN_OF_SUMS.min(columns)).rev().min_by_key(|places| reads(*places) * columns.div_ceil(*places));
    Pieces { kept, groups, rows_each, count: all_rows.div_ceil(rows_each), places: places.unwrap_or(1) }
}

/// The number of numbers of all pieces of [`pieces_by_weights`].
pub fn pieces_length(conv: Conv) -> usize {
    pieces(conv).count * conv.filters * (conv.channels * conv.kernel * conv.kernel + 1)
}

/// The gradients by the weights and the bias from the pieces. Bindings: pieces, the gradient by the weights, that by the bias.
pub fn sum_of_pieces(conv: Conv) -> Shader {
    sums::of_pieces(pieces(conv).count, conv.filters * conv.channels * conv.kernel * conv.kernel, conv.filters)
}

/// The gradients by the weights and the bias, summed over a piece of the batch each. Bindings: inputs, the gradient by the
/// outputs before a rectifier, pieces.
pub fn pieces_by_weights(conv: Conv) -> Shader {
    let Conv { samples, channels, height, width, filters, kernel, stride, padding, .. } = conv;
    let [rows, columns] = conv.output();
    let Pieces { kept, groups, rows_each, count, places } = pieces(conv);
    let all_rows = samples * rows;
    let window = kernel * kernel;
    let (split, length) = (filters * channels * window, filters * (channels * window + 1));
    let blocks = columns.div_ceil(places);
    let (given, wanted) = (inputs_of(conv, places), gradients_of(conv, places, 0));

    let mut body = format!("let channel = id.x % {channels}u;\nlet first = id.x / {channels}u * {kept}u;\n");
    for filter in 0..kept {
        let _ = writeln!(body, "var b{filter} = 0.0;");
        for at in 0..window {
            let _ = writeln!(body, "var s{filter}_{at} = 0.0;");
        }
    }
    let _ = writeln!(body, "let end = min((id.y + 1u) * {rows_each}u, {all_rows}u);");
    let _ = writeln!(body, "for (var at = id.y * {rows_each}u; at < end; at++) {{");
    let _ = writeln!(body, "let sample = at / {rows}u;\nlet row = at % {rows}u;");
    let _ = writeln!(body, "for (var block = 0u; block < {blocks}u; block++) {{");
    let _ = writeln!(body, "let to = i32(block) * {places};");
    for filter in 0..kept {
        let number = format!("min(first + {filter}u, {}u)", filters - 1);
        let _ = writeln!(body, "let p{filter} = i32(((sample * {filters}u + {number}) * {rows}u + row) * {columns}u) + to;");
        gradients_of(conv, places, filter).write(&mut body, &format!("p{filter}"), "to", columns, columns.is_multiple_of(places));
    }
    body += "if channel == 0u {\n";
    for filter in 0..kept {
        let all: Vec<String> = (0..places).map(|place| format!("g{filter}_{place}")).collect();
        let _ = writeln!(body, "b{filter} += {};", all.join(" + "));
    }
    body += "}\n";
    let _ = writeln!(body, "let place = to * {stride};");
    for ky in 0..kernel {
        let _ = writeln!(body, "{{ let y = i32(row * {stride}u) + {ky} - {padding};");
        if padding > 0 {
            let _ = writeln!(body, "if y >= 0 && y < {height} {{");
        }
        let _ = writeln!(body, "let base = i32((sample * {channels}u + channel) * {}u) + y * {width} + place;", height * width);
        let are_inside = padding == 0 && columns.is_multiple_of(places);
        given.write(&mut body, "base", "place", width, are_inside);
        for filter in 0..kept {
            for kx in 0..kernel {
                let all: Vec<String> = (0..places).map(|place| format!("g{filter}_{place} * x{}", place * stride + kx)).collect();
                let _ = writeln!(body, "s{filter}_{} += {};", ky * kernel + kx, all.join(" + "));
            }
        }
        body += if padding > 0 { "} }\n" } else { "}\n" };
    }
    body += "}\n}\n";
    let _ = writeln!(body, "let piece = id.y * {length}u;");
    for filter in 0..kept {
        let _ = writeln!(body, "if first + {filter}u < {filters}u {{");
        for at in 0..window {
            let _ = writeln!(body, "pieces[piece + ((first + {filter}u) * {channels}u + channel) * {window}u + {at}u] = s{filter}_{at};");
        }
        let _ = writeln!(body, "if channel == 0u {{ pieces[piece + {split}u + first + {filter}u] = b{filter}; }}\n}}");
    }
    let bindings = [read("inputs", element_of(given.width)), read("gradients", element_of(wanted.width)), written("pieces", "f32")];
    Shader::new(&bindings, &[], "", [groups * channels, count, 1], [8, 4, 1], &body)
}

/// Whether [`by_input`] reads packed weights.
pub fn packs_back(conv: Conv) -> bool {
    conv.stride == 1 && conv.padding < conv.kernel
}

/// The convolution that leads the way back where windows touch each place: from the outputs' gradient to the inputs'.
pub fn back(conv: Conv) -> Conv {
    let [height, width] = conv.output();
    Conv {
        channels: conv.filters,
        height,
        width,
        filters: conv.channels,
        padding: conv.kernel - 1 - conv.padding,
        is_rectified: false,
        ..conv
    }
}

/// Packs the weights for [`by_input`]. Bindings: weights, packed weights of as many numbers as [`packed_length`] says of the
/// way [`back`].
pub fn pack_back(conv: Conv) -> Shader {
    packed(conv, true)
}

/// The gradient by the inputs. Bindings: the gradient by the outputs before a rectifier, weights (packed, where
/// [`packs_back`]), the result.
pub fn by_input(conv: Conv) -> Shader {
    if !packs_back(conv) {
        return by_input_of_strides(conv);
    }
    Windows { conv: back(conv), has_bias: false }.shader()
}

/// The gradient by the inputs where windows are more than 1 apart: a thread for each input looks for the windows that it is in.
fn by_input_of_strides(conv: Conv) -> Shader {
    let Conv { samples, channels, height, width, filters, kernel, stride, padding, .. } = conv;
    let [rows, columns] = conv.output();
    let body = format!(
        "let x = id.x % {width}u;\nlet y = id.x / {width}u % {height}u;\nlet channel = id.x / {}u % {channels}u;\nlet sample = id.x / {}u;\n\
         var sum = 0.0;\n\
         for (var ky = 0u; ky < {kernel}u; ky++) {{\nlet top = y + {padding}u - ky;\n\
         if top % {stride}u != 0u || top / {stride}u >= {rows}u {{ continue; }}\n\
         for (var kx = 0u; kx < {kernel}u; kx++) {{\nlet left = x + {padding}u - kx;\n\
         if left % {stride}u != 0u || left / {stride}u >= {columns}u {{ continue; }}\n\
         for (var unit = 0u; unit < {filters}u; unit++) {{\n\
         sum += gradients[((sample * {filters}u + unit) * {rows}u + top / {stride}u) * {columns}u + left / {stride}u]\n\
         * weights[((unit * {channels}u + channel) * {kernel}u + ky) * {kernel}u + kx];\n}}\n}}\n}}\nresult[id.x] = sum;",
        height * width,
        channels * height * width,
    );
    let bindings = [read("gradients", "f32"), read("weights", "f32"), written("result", "f32")];
    Shader::new(&bindings, &[], "", [samples * channels * height * width, 1, 1], [64, 1, 1], &body)
}
