//! Sums over pieces that were computed apart, in the order of the pieces. Never here: what they are of.

use crate::Shader;
use crate::shader::{read, written};

/// The sums of `pieces` arrays that lie behind each other, the first `split` of them to one array and the `rest` to another.
/// Bindings: the pieces, both results.
pub fn of_pieces(pieces: usize, split: usize, rest: usize) -> Shader {
    let length = split + rest;
    let body = format!(
        "var sum = 0.0;\nfor (var piece = 0u; piece < {pieces}u; piece++) {{ sum += pieces[piece * {length}u + id.x]; }}\n\
         if id.x < {split}u {{ first[id.x] = sum; }} else {{ second[id.x - {split}u] = sum; }}"
    );
    let bindings = [read("pieces", "f32"), written("first", "f32"), written("second", "f32")];
    Shader::new(&bindings, &[], "", [length, 1, 1], [64, 1, 1], &body)
}
