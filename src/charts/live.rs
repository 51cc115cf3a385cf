//! Live charts: canvases on the page, and their reactions to pointers, wheel and keys. Never here: the drawing.

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
