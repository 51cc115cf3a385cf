//! The data of the setup: finding out what it looks like, and taking in the visitor's own.
//!
//! The worker generates and parses; the page only shows what the worker says of it.

use crate::domain::data::source::DataSpec;
use crate::domain::run::device::WorkerKind;
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, Event, RequestId, floats};
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::state::arrivals::check_kept;
use crate::ui::state::data::{DataView, NamedBytes, Preview, set_name, sort_out};
use crate::ui::state::files::Files;
use crate::ui::supervisor::Answer;
use crate::web::port::Bulk;
use leptos::prelude::*;
use std::rc::Rc;
use std::sync::Arc;

/// The look of a set out of the worker's answer.
pub(super) fn view_of(answer: Answer) -> Result<DataView> {
    match answer? {
        (Event::DataReady { summary, .. }, bulk) => {
            let bytes = bulk.first().map_or(&[][..], Vec::as_slice);
            let samples = floats::from_bytes(bytes);
            Ok(DataView { summary, samples: Arc::new(samples) })
        }
        _ => Err(Error::new(Code::Protocol, "the worker answered another question", "reload the page")),
    }
}

/// Keeps the preview in step with the setup, and with the data that the visitor loads.
pub fn follow(page: Page) {
    let wanted = lean::memo(move || {
        let (spec, seed) = page.config.with(|config| (config.data.clone(), config.seed));
        let is_loaded = page.loaded.with(|loaded| loaded.view(&spec).is_some());
        (spec, seed, is_loaded)
    });
    // One question at a time, and then the latest: links may come in faster than a worker makes what they name.
    let is_asking = StoredValue::new(false);
    let answered = RwSignal::new(0_u32);
    lean::effect(move || {
        answered.track();
        let now = wanted.get();
        let (spec, seed, _) = now.clone();
        let preview = page.loaded.with_untracked(|loaded| Preview::of(spec.clone(), loaded));
        let must_ask = matches!(preview, Preview::Loading(_));
        page.preview.set(preview);
        if !must_ask || is_asking.get_value() {
            return;
        }
        is_asking.set_value(true);
        lean::spawn(async move {
            let supervisor = page.inner().supervisor.clone();
            let data = spec.clone();
            let answer = supervisor.ask(WorkerKind::Cpu, |request| Command::DescribeData { request, data, seed }, Bulk::new()).await;
            is_asking.set_value(false);
            // The visitor may have gone on to other data in the meantime.
            if wanted.get_untracked() == now {
                page.preview.set(match view_of(answer) {
                    Ok(view) => Preview::Ready(spec, view),
                    Err(error) => Preview::Failed(spec, error),
                });
            } else {
                answered.update(|count| *count = count.wrapping_add(1));
            }
        });
    });
}

/// Makes a data set of two files, in any order, and returns its id.
///
/// # Errors
/// [`Code::InvalidData`] when they do not make one; the page stays as it was.
pub async fn load_files(page: Page, files: Vec<NamedBytes>) -> Result<String> {
    let [images, labels] = sort_out(files)?;
    let supervisor = page.inner().supervisor.clone();
    check_kept(supervisor.kept_bytes(), images.bytes.len() + labels.bytes.len())?;
    // Not yet a set: nobody need be told of the id.
    let id = page.loaded.try_update_untracked(|loaded| loaded.reserve(&set_name(&images.name))).unwrap_or_default();
    let files = Rc::new(Files::Idx { name: id.clone(), images: images.bytes, labels: labels.bytes });
    let command = |request: RequestId| files.command(request, id.clone());
    let answer = supervisor.ask(WorkerKind::Cpu, command, files.bulk()).await;
    let view = view_of(answer);
    if view.is_ok() {
        // Kept for the other workers only now that it is known to be good; this one has it.
        supervisor.keep_files(&id, files, WorkerKind::Cpu);
    }
    page.loaded.update(|loaded| loaded.arrive(&id, view.clone().ok()));
    view.map(|_| id)
}

/// Loads files as [`load_files`] does, and makes them the setup's data.
///
/// # Errors
/// As [`load_files`].
pub async fn use_files(page: Page, files: Vec<NamedBytes>) -> Result<()> {
    let id = load_files(page, files).await?;
    page.config.update(|config| config.data = DataSpec::Loaded { id });
    Ok(())
}
