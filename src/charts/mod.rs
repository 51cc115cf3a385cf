//! Charts: curves of a run as pictures, live and exact.
//!
//! | module | what lives there | needs a browser |
//! |---|---|---|
//! | [`view`] | what a chart shows ([`ChartSpec`]), ticks, how numbers are written | no |
//! | [`ranges`] | which part of an axis is shown, zooming and panning | no |
//! | [`xaxis`] | steps, epochs, time: what the x axis counts | no |
//! | [`theme`] | colours and sizes, light and dark | no |
//! | [`scale`] | from values to heights: the linear and the logarithmic axis | no |
//! | [`robust`] | a y range that a spike does not blow up | no |
//! | [`smooth`] | smoothed lines, kept up with as curves grow | no |
//! | [`curve`] | one recorded curve -> line segments, bars, dots, gaps | no |
//! | [`stack`] | parts of a whole on each other; bands where values mean something else | no |
//! | [`spread`] | the area between the lowest and the highest of several curves | no |
//! | [`scene`] | recorded curves + spec + size -> everything to draw, as data | no |
//! | [`hover`] | the exact values under the cursor | no |
//! | [`words`] | the chart in words | no |
//! | [`rows`] | the values behind a chart, a row a step | no |
//! | [`escape`] | text inside XML and CSV | no |
//! | [`cursor`] | who has put the cursor where | no |
//! | [`gestures`] | what the pointers mean: click, selection, pan, pinch | no |
//! | `draw` | a scene onto any paper, through plotters | no |
//! | `canvas`, `svg` | the two kinds of paper | canvas |
//! | `picture` | a chart with its title and legend, as PNG and SVG | PNG |
//! | `surface` | one chart on the page: its canvases, its size, its cursor | yes |
//! | `hands` | what the visitor does to it with pointer, wheel and keys | yes |
//! | `watch` | what a chart hears from the browser: events, size, visibility, density | yes |
//! | `painter` | one animation frame for all charts, within a time budget | yes |
//!
//! Never here: Leptos, Burn, or knowledge of who records the curves. A chart borrows them, through [`SeriesLookup`],
//! for the time of one frame; it keeps no copy.

#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod canvas;
pub mod cursor;
pub mod curve;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod draw;
pub mod escape;
pub mod gestures;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod hands;
pub mod hover;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod painter;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod picture;
pub mod ranges;
pub mod robust;
pub mod rows;
pub mod scale;
pub mod scene;
pub mod smooth;
pub mod spread;
pub mod stack;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod surface;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod svg;
pub mod theme;
pub mod view;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod watch;
pub mod words;
pub mod xaxis;

pub use hover::{At, HoverEntry, HoverReadout};
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use painter::Painter;
pub use rows::{Row, Rows};
pub use scene::{Scene, SeriesLookup};
pub use stack::{Band, BandStyle};
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use surface::Chart;
pub use theme::Theme;
pub use view::{Best, ChartSpec, Dash, SeriesSpec, Style, Unit, XRange, YRange, format_value};
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use watch::Listener;
pub use xaxis::{RunClock, StepMap, XAxis, XKind};
