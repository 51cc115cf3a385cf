//! Runs of numbers that lie side by side in a row of an array, read in elements as wide as the row allows.

use std::fmt::Write;

/// A run of a row, from a place that all threads know the distance of to one that divides by the width of an element.
pub struct Run {
    /// The name of the array.
    pub array: &'static str,
    /// Number of numbers of an element.
    pub width: usize,
    /// The prefix of the names that the numbers get: `{prefix}0`, `{prefix}1` ...
    pub prefix: String,
    /// The first number's distance from the place.
    pub from: isize,
    /// Number of numbers.
    pub count: usize,
}

impl Run {
    /// The number of reads.
    pub fn reads(&self) -> usize {
        let width = self.width as isize;
        ((self.from + self.count as isize - 1).div_euclid(width) - self.from.div_euclid(width) + 1) as usize
    }

    /// Writes the reads. `base` is the place in the array, an `i32` that divides by the width; `place` the place in the row, an
    /// `i32`; numbers outside of a row of `length` are zero, unless all `are_inside`.
    pub fn write(&self, body: &mut String, base: &str, place: &str, length: usize, are_inside: bool) {
        let Self { array, width, prefix, from, count } = self;
        let wide = *width as isize;
        let (first, last) = (from.div_euclid(wide), (from + *count as isize - 1).div_euclid(wide));
        for element in first..=last {
            // An index beyond the array is moved into it by WebGPU, and its number not used.
            let _ = writeln!(body, "let {prefix}e{} = {array}[u32({base} / {wide} + ({element}))];", element - first);
        }
        for i in 0..*count {
            let offset = from + i as isize;
            let element = offset.div_euclid(wide) - first;
            let part = if *width == 1 { String::new() } else { format!(".{}", ["x", "y", "z", "w"][offset.rem_euclid(wide) as usize]) };
            let number = format!("{prefix}e{element}{part}");
            let number = if are_inside {
                number
            } else {
                // No `&&`: it jumps, and a jump for each number takes compilers minutes.
                let end = format!("{place} < {}", length as isize - offset);
                let begin = if offset < 0 { format!("({place} >= {}) & ", -offset) } else { String::new() };
                format!("select(0.0, {number}, {begin}({end}))")
            };
            let _ = writeln!(body, "let {prefix}{i} = {number};");
        }
    }
}
