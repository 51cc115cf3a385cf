//! Charts: curves of a run as pictures, live and exact.
//!
//! Layers, each of which knows only those above it in this table (`tests/tidy` holds it):
//!
//! | layer | what lives there | needs a browser |
//! |---|---|---|
//! | [`axis`] | ranges, ticks, scales, units and numbers as text, what the x axis counts, autoscaling, zooming | no |
//! | [`spec`] | what a chart shows: [`ChartSpec`], curves, line styles, bands | no |
//! | [`points`], [`axes`] | recorded points and who lends them ([`SeriesLookup`]); axes laid out, from values to pixels | no |
//! | [`scene`] | points + spec + size → everything to draw, as data: curves, stacks, spreads, outliers, smoothed lines | no |
//! | [`readout`] | values under the cursor, values as rows, the chart in words | no |
//! | [`paper`] | a scene drawn with its colours on a canvas or as SVG, through plotters | for drawing |
//! | [`live`] | a chart on the page: canvases, size, cursor, gestures, one animation frame for all | but for `cursor`, `gestures` |
//!
//! [`escape`] (text inside XML and CSV) knows nothing and may be used by all.
//!
//! Never here: Leptos, Burn, or knowledge of who records the curves. A chart borrows them, through [`SeriesLookup`],
//! for the time of one frame; it keeps no copy.

pub mod axes;
pub mod axis;
pub mod escape;
pub mod live;
pub mod paper;
pub mod points;
pub mod readout;
pub mod scene;
pub mod spec;

pub use axis::{RunClock, StepMap, XAxis, XKind, XRange, YRange, format_value};
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use live::chart::Chart;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use live::painter::Painter;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use live::watch::Listener;
pub use paper::theme::{Theme, css};
pub use points::SeriesLookup;
pub use readout::hover::{At, HoverEntry, HoverReadout};
pub use readout::rows::{Row, Rows};
pub use scene::Scene;
pub use spec::{Band, BandStyle, ChartSpec, Dash, SeriesSpec, Style};
