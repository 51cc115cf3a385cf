//! The built page in Chromium, as a visitor meets it: opened from a static server, clicked, typed into, fed with files,
//! and asked through `window.emberscope`.
//!
//! `cargo xtask test e2e` builds the page and runs this. By hand: `EMBERSCOPE_DIST=dist cargo test --test e2e`. How long
//! something took is printed in a `REPORT` line and never asserted: the machine is shared. What could not be tested says
//! so in a `NOT TESTED` line, with its reason.
//!
//! | variable | meaning |
//! |---|---|
//! | `EMBERSCOPE_DIST` | the folder with the built page; must be set |
//! | `CHROMEDRIVER` | the driver; `chromedriver` on `PATH` if not set |
//! | `EMBERSCOPE_MNIST` | a folder with MNIST's `t10k-*` files; drawn digits in their place if not set |
//! | `EMBERSCOPE_BROWSERS` | how many tests have a browser at once; 2 if not set |
//! | `EMBERSCOPE_KILLS` | how often `kills` kills a browser; 3 if not set |
//! | `EMBERSCOPE_REQUIRE_GPU` | `1`: a browser without a WebGPU adapter, if only in software, is a failure |
//! | `EMBERSCOPE_SHOTS` | where screenshots go; `target/e2e-shots` if not set |

mod access;
mod api;
mod arguments;
mod batches;
mod charts;
mod class;
mod costs;
mod deploy;
mod devices;
mod diagnoses;
mod exports;
mod files;
mod heartbeat;
mod kills;
mod lessons;
mod limits;
mod looks;
mod moments;
mod network;
mod numbers;
mod opening;
mod own_samples;
mod policy;
mod questions;
mod recovery;
mod replicas;
mod room;
mod running;
mod runs;
mod sandbox;
mod screen;
mod scripts;
mod slow;
mod store;
mod support;
mod validation;
mod weights;
mod workers;

/// The native tests' helpers, for the native run that the browser's numbers are compared with.
#[path = "../support/mod.rs"]
mod native;
