//! Several runs side by side: their names, their outcomes, their order in a table, and the median curve over seeds.
//!
//! Pure: values in, values out. Never here: the runs themselves; the page keeps them.

pub mod key;
pub mod median;
pub mod names;
pub mod outcome;
pub mod seeds;
