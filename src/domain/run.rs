//! A run as data: its configuration, the events of its training, its learning-rate schedule, device and checkpoints.
//!
//! Never here: the values that a run records ([`record`](crate::domain::record)), the training itself.

pub mod check;
pub mod checkpoint;
pub mod config;
pub mod device;
pub mod event;
pub mod journal;
pub mod list;
pub mod pace;
pub mod parent;
pub mod preset;
pub mod saving;
pub mod schedule;
pub mod script;
pub mod state;
pub mod trail;
