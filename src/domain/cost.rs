//! The cost of training and of watching it: the phases of each batch's time, and the share that probes and records take.
//!
//! | module | what lives there |
//! |---|---|
//! | [`ledger`] | every millisecond of the loop booked to exactly one phase of one batch |
//! | [`marks`] | reasons why a batch's time is special: warm-up, hidden tab, … |
//! | [`spread`] | mean and quantiles of millions of times in a few kilobytes |
//! | [`table`] | mean, median, 95th percentile and share of each phase |
//! | [`estimate`] | a ratio with its standard error |
//! | [`watch`] | the cost of watching, and how often a probe may be taken within the budget |
//!
//! Never here: a clock. Callers that have one pass the time in.

pub mod estimate;
pub mod ledger;
pub mod marks;
pub mod spread;
pub mod table;
pub mod watch;
