//! Limits of what is read: a file may say anything, and a page has some hundred megabytes. Never here: limits that a configuration or
//! data have everywhere.

/// The longest line, in bytes.
pub const MOST_LINE: usize = 32 << 20;
/// The largest number of values of all series together: 400 MB.
pub const MOST_VALUES: usize = 100_000_000;
/// The most series.
pub const MOST_SERIES: usize = 5_000;
/// The most looks into the network.
pub const MOST_PROBES: usize = 2_000;
/// The most arrays, and the most layers, that one probe looks into.
pub const MOST_ARRAYS: usize = 1_000;
/// The most diagnoses.
pub const MOST_DIAGNOSES: usize = 3_000;
/// The most samples that an evaluation keeps as its worst: several times what a run keeps.
pub const MOST_WORST: usize = 100;
/// The most points of one class's ROC curve: twice those of the finest one that is kept.
pub const MOST_ROC: usize = 1_000;
/// The longest report of all metrics, in bytes of JSON: that of the most classes, whose curves are most of it.
pub const MOST_REPORT: usize = 16 << 20;
/// The most numbers of one sample: a colour image of 1 000 by 1 000.
pub const MOST_NUMBERS: usize = 3_000_000;
/// More epochs than any run has.
pub const MOST_EPOCHS: u32 = 1_000_000;
