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

pub mod axis;
pub mod live;
pub mod paper;
pub mod scene;
pub mod view;

pub use axis::xaxis::{RunClock, StepMap, XAxis, XKind};
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use live::painter::Painter;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use live::surface::Chart;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use live::watch::Listener;
pub use paper::theme::Theme;
pub use scene::hover::{At, HoverEntry, HoverReadout};
pub use scene::rows::{Row, Rows};
pub use scene::stack::{Band, BandStyle};
pub use scene::{Scene, SeriesLookup};
pub use view::{Best, ChartSpec, Dash, SeriesSpec, Style, Unit, XRange, YRange, format_value};
