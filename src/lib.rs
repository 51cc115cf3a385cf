//! Emberscope: train a small CNN or MLP in the browser and see everything that happens, batch by batch.
//!
//! The library is built in layers, each behind a Cargo feature, each importing only what stands above it here:
//!
//! | module | what lives there | never |
//! |---|---|---|
//! | [`error`] | the one error type: a code, what went wrong and where, what to do | |
//! | [`domain`] | models, data, configs, metrics and callbacks as plain data and pure functions | Burn, the browser, a clock |
//! | `train` (feature `train`) | Burn: the network, the optimisers, the one training loop | the browser, the protocol |
//! | [`protocol`] | what the page and the worker say to each other | Burn, the browser |
//! | [`script`] | callbacks that the visitor writes in JavaScript: their text, their feed, their console | the browser, Burn |
//! | `export` (feature `export`) | records and weights as files of known formats, and back | Burn, the browser |
//! | `store` (feature `export`) | runs on the visitor's device: an append-only log for each, over any disk | the browser, a clock |
//! | `web` (feature `web`) | thin bindings to the browser: ports, timers, the adapter probe | Burn, Leptos |
//! | `worker` (features `train` and `web`) | the state machine that owns a run, in a dedicated worker | Leptos, plotters |
//! | `store_worker` (feature `store`) | the store on the browser's private files, in a worker of its own | Burn, Leptos |
//! | [`charts`] | charts as data, and their drawing on canvases (feature `ui`) | Burn, Leptos |
//! | `ui` (feature `ui`; its `state` and `session` everywhere) | the page: records, session, supervisor, panels, `window.emberscope` | Burn, `train`, `worker` |
//!
//! `ARCHITECTURE.md` has the map with the reasons; `tests/tidy.rs` holds the rules.
#![warn(missing_docs)]

pub mod charts;
pub mod domain;
pub mod error;
#[cfg(feature = "export")]
pub mod export;
pub mod protocol;
pub mod script;
#[cfg(feature = "export")]
pub mod store;
#[cfg(all(feature = "store", target_arch = "wasm32"))]
pub mod store_worker;
#[cfg(feature = "train")]
pub mod train;
#[cfg(feature = "export")]
pub mod ui;
#[cfg(all(feature = "web", target_arch = "wasm32"))]
pub mod web;
#[cfg(all(feature = "train", feature = "web", target_arch = "wasm32"))]
pub mod worker;
