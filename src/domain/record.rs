//! The record of a run: every value of every series, probes of the network, evaluations, the outcome of each sample, interruptions;
//! and the table of the series that are known.
//!
//! Never here: how values come about, how they are drawn or written to files.

pub mod batch_memory;
pub mod evaluations;
pub mod interruption;
pub mod known;
pub mod probe;
pub mod series;
