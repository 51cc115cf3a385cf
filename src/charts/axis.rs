//! Axes: which part is shown, what the x axis counts, from values to heights. Never here: curves, drawing.

pub mod ranges;
pub mod scale;
pub mod xaxis;
