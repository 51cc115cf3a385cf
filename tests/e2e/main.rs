//! The built page in Chromium, as a visitor meets it: opened from a static server, clicked, typed into, fed with files,
//! and asked through `window.emberscope`.
//!
//! `cargo xtask test e2e` builds the page and runs this. By hand: `EMBERSCOPE_DIST=dist cargo test --test e2e`. Figures
//! are printed as `REPORT` lines, and asserted only with wide margins: they are those of a shared machine. What could
//! not be tested says so in a `NOT TESTED` line, with its reason.
//!
//! | variable | meaning |
//! |---|---|
//! | `EMBERSCOPE_DIST` | the folder with the built page; must be set |
//! | `CHROMEDRIVER` | the driver; `chromedriver` on `PATH` if not set |
//! | `EMBERSCOPE_MNIST` | a folder with MNIST's `t10k-*` files; `../shared/data/mnist-t10k` if not set |
//! | `EMBERSCOPE_SHOTS` | where screenshots go; `target/e2e-shots` if not set |

mod access;
mod api;
mod batches;
mod charts;
mod costs;
mod devices;
mod diagnoses;
mod exports;
mod files;
mod looks;
mod numbers;
mod opening;
mod questions;
mod running;
mod runs;
mod scripts;
mod support;
mod workers;

/// What the native tests share; here for the native run that the browser's numbers are compared with.
#[path = "../support/mod.rs"]
mod native;
