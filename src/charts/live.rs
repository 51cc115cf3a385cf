//! Live charts: canvases on the page, and what pointers, wheel and keys do to them. Never here: what is drawn.

#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod chart;
pub mod cursor;
pub mod gestures;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub(crate) mod hands;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod painter;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod surface;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub(crate) mod watch;
