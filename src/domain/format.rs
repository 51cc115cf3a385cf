//! Formats of bytes and text that files and stored states have in common, each by hand and with a limit for every length.
//!
//! Here and not with the exports: a worker writes the state of its run, and has none of those. Never here: what is written, where
//! it goes.

pub mod checksum;
pub mod exact;
pub mod json;
pub mod safetensors;
