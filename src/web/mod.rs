//! Thin bindings to the browser: the only place that touches JavaScript objects outside drawing and the page itself.
//!
//! Never here: decisions, Burn, Leptos.

pub mod gpu;
pub mod js;
pub mod port;
#[cfg(feature = "ui")]
pub mod sandbox;
pub mod tasks;
