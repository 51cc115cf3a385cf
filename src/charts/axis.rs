//! Axes as numbers: ranges, ticks, scales, what the x axis counts. The lowest layer: it knows no other room of the charts.
//!
//! Inside, in this order: `number`, `range` ← `ticks` ← `scale` ← `autoscale`, `zoom`, `xaxis`. Never here: curves, pixels.

pub mod autoscale;
pub mod number;
pub mod range;
pub mod scale;
pub mod ticks;
pub mod xaxis;
pub mod zoom;

pub use number::{format_count, format_value, grouped};
pub use range::{Range, XRange, YRange};
pub use scale::Scale;
pub use xaxis::{RunClock, StepMap, XAxis, XKind};
pub use zoom::Viewport;
