//! What training and watching cost: where each batch's time goes, and how much of it is spent on looking.
//!
//! | module | what lives there |
//! |---|---|
//! | [`ledger`] | every millisecond of the loop booked to exactly one phase of one batch |
//! | [`marks`] | what is special about a batch's time: warm-up, hidden tab, … |
//! | [`spread`] | mean and quantiles of millions of times in a few kilobytes |
//! | [`table`] | mean, median, 95th percentile and share of each phase |
//! | [`estimate`] | a ratio with its standard error |
//! | [`watch`] | what watching costs, and how often it may look so that the budget is kept |
//!
//! Never here: a clock. Who has one says how late it is.

pub mod estimate;
pub mod ledger;
pub mod marks;
pub mod spread;
pub mod table;
pub mod watch;
