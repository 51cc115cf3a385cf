//! The domain: everything that can be said about a run without a device, a browser or a clock.
//!
//! Pure data and pure functions over it (std, serde, libm, flate2). Randomness comes from a seed, time from the
//! caller. Both sides of the worker boundary, and every native test, use these same types.
//!
//! | folder | subject |
//! |---|---|
//! | [`model`] | layers, shapes, parameters, first weights |
//! | [`data`] | data sets, the split, the order of samples, batches |
//! | [`run`] | what defines a run, its events, schedules, devices |
//! | [`callback`] | hooks, controls, and the callbacks of Keras |
//! | [`diagnosis`] | what is wrong with a run, and what would help |
//! | [`record`] | what a run leaves: series, probes, evaluations |
//! | [`metrics`] | loss, accuracy, confusion, ROC |
//! | [`cost`] | where the time goes, and what watching costs |

pub mod callback;
pub mod cost;
pub mod data;
pub mod diagnosis;
pub mod metrics;
pub mod model;
pub mod order;
pub mod record;
pub mod rng;
pub mod run;
