//! The domain: all parts of a run that need no device, no browser and no clock.
//!
//! Pure data and pure functions over it (std, serde, libm, flate2). Randomness comes from a seed, time from the
//! caller. Both sides of the worker boundary, and every native test, use these same types.
//!
//! | folder | subject |
//! |---|---|
//! | [`model`] | layers, shapes, parameters, first weights |
//! | [`data`] | data sets, the split, the order of samples, batches |
//! | [`run`] | a run's configuration, its events, schedules, devices |
//! | [`callback`] | hooks, controls, and the callbacks of Keras |
//! | [`diagnosis`] | faults of a run, and remedies |
//! | [`record`] | the record of a run: series, probes, evaluations |
//! | [`metrics`] | loss, accuracy, confusion, ROC |
//! | [`lesson`] | lessons: their files, their checks |
//! | [`class`] | settings of a class, and the results that its students give back |
//! | [`view`] | what each unit of a network gives, as it is asked for |
//! | [`cost`] | the time of each phase, and the cost of watching |
//! | [`format`](mod@format) | JSON to the last bit, safetensors, checksums |

pub mod bounded;
pub mod callback;
pub mod class;
pub mod cost;
pub mod data;
pub mod diagnosis;
pub mod format;
pub mod lesson;
pub mod metrics;
pub mod model;
pub mod number;
pub mod order;
pub mod record;
pub mod rng;
pub mod run;
pub mod view;
