//! The record of a run: every value of every series, probes of the network, evaluations, the outcome of each sample.
//!
//! Never here: how values come about, how they are drawn or written to files.

pub mod batch_memory;
pub mod evaluations;
pub mod probe;
pub mod series;
