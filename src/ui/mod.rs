//! The page: what the visitor sees and does, and `window.emberscope`.
//!
//! | module | what lives there | needs a browser |
//! |---|---|---|
//! | [`state`] | what the page remembers, as plain data: runs and their records, data sets, first weights | no |
//! | [`session`] | what a run goes through, decided: an intent or a worker's message in, effects out | no |
//! | `page` | the thin shell: signals of the state; performs the session's effects and decides nothing | yes |
//! | `actions` | what can be done with the page, by panels and by the API alike | yes |
//! | `supervisor` | starts, feeds and buries workers | yes |
//! | `shelf` | keeps runs on the device, by the storage worker | yes |
//! | `scripts` | runs the visitor's JavaScript | yes |
//! | `panels` | one room a section of the page; none knows another | yes |
//! | `parts` | what panels are built of | yes |
//! | `api` | `window.emberscope` and its hooks | yes |
//!
//! Signals hold small things (the configuration, how the run stands, a version counter); recorded columns live in the
//! [`state`], outside of signals, and charts borrow them once a frame. Never here: Burn, `train`, `worker`.

#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod actions;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod api;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod app;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod dashboard;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod kept_weights;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod page;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod panels;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod parts;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod scripts;
pub mod session;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod shelf;
pub mod state;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
mod supervisor;

#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub use app::mount;
