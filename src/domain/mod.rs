//! The domain: everything that can be said about a run without a device, a browser or a clock.
//!
//! Pure data and pure functions over it (std, serde, libm, flate2). Randomness comes from a seed, time from the
//! caller. Both sides of the worker boundary, and every native test, use these same types.

pub mod batch_memory;
pub mod batch_view;
pub mod callback;
pub mod callbacks;
pub mod checkpoint;
pub mod config;
pub mod cost;
pub mod dataset;
pub mod device;
pub mod diagnosis;
pub mod evaluations;
pub mod event;
pub mod examination;
pub mod init;
pub mod metrics;
pub mod order;
pub mod preset;
pub mod probe;
pub mod rng;
pub mod runs;
pub mod sampler;
pub mod schedule;
pub mod script;
pub mod series;
pub mod spec;
