//! Imports: a run that was exported as JSONL, weights as safetensors.
//!
//! A run is taken in piece by piece between frames, so a large file freezes nothing and is never in memory as a whole. Data
//! sets are not taken in here: they are [`data`](super::data)'s.

use super::Boxed;
use crate::domain::model::match_arrays;
use crate::domain::run::device::choose;
use crate::error::{Code, Error, Result};
use crate::export::jsonl::Reader;
use crate::export::weights::Weights;
use crate::protocol::{Command, RunId};
use crate::ui::page::Page;
use crate::ui::session::Intent;
use crate::ui::session::launch::for_worker;
use crate::ui::state::arrivals::{MOST_BYTES, MOST_RUN, check_size};
use crate::ui::state::charts::FIRST;
use crate::ui::state::phase::Phase;
use crate::ui::state::weights::NamedWeights;
use crate::web::js::message_of;
use js_sys::Uint8Array;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

/// Bytes of a run that are taken in at once: a few milliseconds' work.
const PIECE: f64 = 192.0 * 1024.0;

/// A file and what it is called.
pub struct Source {
    blob: Blob,
    name: String,
}

impl Source {
    /// The file `blob`, called `name`.
    pub fn of(blob: Blob, name: &str) -> Self {
        Self { blob, name: name.to_owned() }
    }

    async fn bytes(&self, from: f64, to: f64) -> Result<Vec<u8>> {
        let failed = |cause: String| Error::new(Code::Fetch, format!("{} cannot be read: {cause}", self.name), "choose it again");
        let part = self.blob.slice_with_f64_and_f64(from, to).map_err(|thrown| failed(message_of(&thrown)))?;
        let buffer = JsFuture::from(part.array_buffer()).await.map_err(|thrown| failed(message_of(&thrown)))?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }
}

/// Takes in a run from a JSONL file and returns its id; shows it unless another one is going on.
///
/// # Errors
/// [`Code::InvalidData`] with the line and the reason; nothing has changed then.
pub fn import_run(page: Page, source: Source) -> Boxed<Result<RunId>> {
    Box::pin(take_run(page, source))
}

async fn take_run(page: Page, source: Source) -> Result<RunId> {
    let at = |error: Error| error.at(&source.name);
    check_size(&source.name, source.blob.size(), MOST_RUN)?;
    let mut reader = Reader::new();
    let (mut from, size) = (0.0, source.blob.size());
    while from < size {
        let to = size.min(from + PIECE);
        reader.push(&source.bytes(from, to).await?).map_err(at)?;
        from = to;
    }
    let run = reader.finish().map_err(at)?;
    let inner = page.inner();
    let show = !page.phase.with_untracked(Phase::is_live);
    let words = (run.head.device.clone(), format!("a run from {}", source.name));
    let id = inner.store.borrow_mut().adopt(run, show);
    if show {
        page.phase.set(Phase::Idle);
        page.device.set(Some(words));
    }
    page.runs.changed();
    page.touch();
    Ok(id)
}

/// Reads a file of weights. The next run begins with them; unless a run is going on, predictions use them at once.
///
/// # Errors
/// [`Code::InvalidData`] when the file is damaged or does not fit the model in the setup, naming the array and both shapes.
pub fn load_weights(page: Page, source: Source) -> Boxed<Result<Arc<NamedWeights>>> {
    Box::pin(take_weights(page, source))
}

async fn take_weights(page: Page, source: Source) -> Result<Arc<NamedWeights>> {
    let name = source.name.clone();
    // As large as 20 million parameters and a header.
    check_size(&name, source.blob.size(), MOST_BYTES)?;
    let weights = Weights::from_bytes(&source.bytes(0.0, source.blob.size()).await?).map_err(|error| error.at(&name))?;
    let config = page.config.get_untracked();
    config.validate()?;
    let shape = page.shape_of(&config.data);
    let (shape, classes) = shape.ok_or_else(|| Error::new(Code::UnknownData, "the setup's data is not loaded", "load it first"))?;
    let plan = config.model.plan(shape, classes, config.loss)?;
    match_arrays(&plan.arrays(), &weights.heads).map_err(|error| error.at(&name))?;
    let loaded = Arc::new(NamedWeights { name, weights, parent: None });
    if !page.phase.with_untracked(Phase::is_live) {
        let choice = choose(config.device, &page.probed().await)?;
        let supervisor = page.inner().supervisor.clone();
        supervisor.give_data(choice.worker, &config.data);
        let (arrays, values) = (loaded.weights.heads.clone(), loaded.weights.values.clone());
        let config = Box::new(for_worker(&config, choice.worker));
        supervisor.ask(choice.worker, |request| Command::GiveWeights { request, arrays, config }, values).await?;
        page.intend(Intent::PredictBy(choice.worker))?;
    }
    page.first_weights.set(Some(loaded.clone()));
    Ok(loaded)
}

fn is_weights(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".safetensors")
}

fn is_run(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".jsonl", ".ndjson"].iter().any(|ending| name.ends_with(ending))
}

/// Whether a file of this name is a run or weights.
pub fn knows(name: &str) -> bool {
    is_weights(name) || is_run(name)
}

/// The place on the page where a run or weights of this name are seen.
pub fn place_of(name: &str) -> &'static str {
    if is_weights(name) { "first-weights" } else { FIRST }
}

/// Takes in a run or weights, by the file's name.
///
/// # Errors
/// As [`load_weights`] and [`import_run`].
pub async fn take(page: Page, file: File) -> Result<()> {
    let name = file.name();
    let source = Source::of(file.unchecked_into(), &name);
    if is_weights(&name) { load_weights(page, source).await.map(|_| ()) } else { import_run(page, source).await.map(|_| ()) }
}
