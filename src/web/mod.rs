//! Thin bindings to the browser: the only place that touches JavaScript objects outside drawing and the page itself.
//!
//! Never here: decisions, Burn, Leptos.

pub mod build;
pub mod confine;
#[cfg(feature = "ui")]
pub mod download;
pub mod gpu;
pub mod js;
#[cfg(any(feature = "store", feature = "ui"))]
pub mod opfs;
pub mod port;
#[cfg(feature = "ui")]
mod remote;
#[cfg(feature = "ui")]
pub mod sandbox;
#[cfg(feature = "ui")]
mod spawn;
#[cfg(feature = "ui")]
pub mod storage;
pub mod tasks;
#[cfg(feature = "ui")]
pub mod wake;
