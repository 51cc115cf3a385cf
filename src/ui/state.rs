//! State: what the page remembers, as plain data. Never here: signals, views.

pub mod charts;
pub mod store;
