//! Charts: curves of a run as pictures, live and exact.
//!
//! | module | what lives there | needs a browser |
//! |---|---|---|
//! | [`view`] | what a chart shows ([`ChartSpec`]), ranges, ticks, how numbers are written | no |
//! | [`theme`] | colours and sizes, light and dark | no |
//! | [`scale`] | from values to heights: the linear and the logarithmic axis | no |
//! | [`curve`] | one recorded curve -> line segments, bars, dots, gaps | no |
//! | [`stack`] | parts of a whole on each other; bands where values mean something else | no |
//! | [`scene`] | recorded curves + spec + size -> everything to draw, as data | no |
//! | [`hover`] | the exact values under the cursor; the chart in words | no |
//! | [`cursor`] | who has put the cursor where; what is a click | no |
//! | `draw` | a scene onto canvases, through plotters | yes |
//! | `surface` | one chart on the page: its canvases, its size, its cursor | yes |
//! | `watch` | what a chart hears from the browser: events, size, visibility, density | yes |
//! | `painter` | one animation frame for all charts, within a time budget | yes |
//!
//! Never here: Leptos, Burn, or knowledge of who records the curves. A chart borrows them, through [`SeriesLookup`],
//! for the time of one frame; it keeps no copy.

pub mod cursor;
pub mod curve;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod draw;
pub mod hover;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod painter;
pub mod scale;
pub mod scene;
pub mod stack;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod surface;
pub mod theme;
pub mod view;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod watch;

pub use hover::{HoverEntry, HoverReadout};
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use painter::Painter;
pub use scene::{Scene, SeriesLookup};
pub use stack::{Band, BandStyle};
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use surface::Chart;
pub use theme::Theme;
pub use view::{Best, ChartSpec, Dash, SeriesSpec, Style, Unit, XRange, YRange};
