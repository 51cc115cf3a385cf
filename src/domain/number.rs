//! Numbers as people type them. Never here: numbers that are rounded to be read.

/// Shortest text that gives the same number: `0.001`, not `0.0010000000`.
pub fn format_number(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 { format!("{value:e}") } else { format!("{value}") }
}
