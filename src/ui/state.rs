//! State: what the page remembers, as plain data that is compiled and tested natively. Never here: signals, views, the
//! browser, a clock.

pub mod additions;
pub mod arrivals;
pub mod charts;
pub mod class;
pub mod data;
pub mod files;
pub mod glossary;
pub mod keeping;
pub mod lessons;
pub mod outgoing;
pub mod own_charts;
pub mod phase;
pub mod queue;
pub mod replaced;
pub mod rows;
pub mod sections;
pub mod shelved;
pub mod standing;
pub mod store;
pub mod view;
pub mod weights;
