//! Panels: one room for each section of the page. They know the page and its parts.

pub mod batch;
pub mod charts;
pub mod checkpoints;
pub mod costs;
pub mod diagnoses;
pub mod dropped;
pub mod exports;
pub mod histograms;
pub mod imports;
pub mod predictions;
pub mod rate_test;
pub mod run_bar;
pub mod runs;
pub mod scripts;
pub mod setup;
pub mod share;
