//! Readouts of a chart: values under the cursor, values as rows, the chart in words.
//!
//! Always from the recorded points, never from the picture. Never here: drawing.

pub mod hover;
pub mod rows;
pub mod words;
