//! The readers: a file each, with the grammar of its inputs.

mod commands;
mod config;
mod events;
mod frames;
mod gzip;
mod idx;
mod jsonl;
mod lesson;
mod link;
mod result;
mod safetensors;
mod sandbox;
mod states;
mod store;
mod views;

use super::check::Reader;

/// All readers.
pub const ALL: [&dyn Reader; 14] = [
    &idx::Idx,
    &gzip::Gzip,
    &config::Config,
    &link::Link,
    &result::StudentResult,
    &jsonl::Jsonl,
    &lesson::Lesson,
    &safetensors::Safetensors,
    &states::States,
    &frames::Frames,
    &sandbox::Sandbox,
    &commands::Commands,
    &events::Events,
    &store::StoredRun,
];

/// The reader called `name`.
pub fn named(name: &str) -> Option<&'static dyn Reader> {
    ALL.into_iter().find(|reader| reader.name() == name)
}
