//! Panels: one room for each section of the page. They know the page, its actions, its state and its parts, and never each
//! other: `app` and `dashboard` alone put them together.

pub mod batch;
pub mod charts;
pub mod checkpoints;
pub mod class;
pub mod costs;
pub mod diagnoses;
pub mod exports;
pub mod histograms;
pub mod imports;
pub mod lessons;
pub mod network;
pub mod no_room;
pub mod outcome;
pub mod picture;
pub mod predictions;
pub mod present;
pub mod rate_test;
pub mod run_bar;
pub mod runs;
pub mod scripts;
pub mod setup;
pub mod share;
pub mod silence;
