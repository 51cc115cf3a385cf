//! A run as data: its configuration, the events of its training, its learning-rate schedule, device and checkpoints.
//!
//! Never here: what a run has recorded ([`record`](crate::domain::record)), how it is trained.

pub mod checkpoint;
pub mod config;
pub mod device;
pub mod event;
pub mod list;
pub mod preset;
pub mod schedule;
pub mod script;
