//! Paper: a scene drawn onto a canvas or as SVG, with its colours. Never here: the choice of what is drawn.

#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod canvas;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod draw;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod picture;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod primitives;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod svg;
pub mod theme;
