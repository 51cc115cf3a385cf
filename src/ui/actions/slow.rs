//! One step in slow motion: the run is held, its next batch is trained with everything looked at, and that becomes the film that the
//! network's picture shows.
//!
//! Without a run one is begun, and held after its first batch. Never here: pictures, words.

use crate::domain::view::slow::SlowWish;
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, Event, floats};
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::session::Intent;
use crate::ui::state::phase::Phase;
use crate::ui::state::view::slow::SlowFilm;
use crate::web::port::Bulk;
use leptos::prelude::*;
use std::sync::Arc;

/// Trains the next batch in slow motion, and shows it.
pub fn slow_step(page: Page) {
    page.eye.is_slowing.set(true);
    lean::spawn(async move {
        let film = film(page).await;
        page.eye.is_slowing.set(false);
        page.tell(film.map(|film| page.eye.slow.set(Some(Arc::new(film)))));
    });
}

async fn film(page: Page) -> Result<SlowFilm> {
    let (is_live, was_held) = page.phase.with_untracked(|phase| (phase.is_live(), matches!(phase, Phase::Running | Phase::Validating)));
    if is_live {
        // First, so that no batch slips in between the wish and the step.
        page.intend(Intent::Pause)?;
    } else {
        page.start(page.config.get_untracked(), true).await?;
    }
    let inner = page.inner();
    let gone = || Error::new(Code::InvalidState, "no run is going on", "start one");
    let (run, worker) = page.kept_network().ok_or_else(gone)?;
    let units = page.eye.seen.with_untracked(|seen| {
        seen.as_ref().map_or_else(Vec::new, |seen| seen.view.layers.iter().map(|layer| layer.shown.clone()).collect())
    });
    let asked = inner.supervisor.ask(worker, |request| Command::SlowStep { request, wish: SlowWish { units } }, Bulk::new());
    page.intend(Intent::Step { batches: 1 })?;
    let answer = asked.await?;
    let (Event::Slowed { step, .. }, bulk) = answer else {
        return Err(Error::new(Code::Protocol, "the worker answered another question", "reload the page"));
    };
    let numbers = step.numbers(bulk.iter().map(|bytes| floats::from_bytes(bytes)).collect())?;
    let known = { inner.store.borrow().run(run).map(|run| (run.config.optimizer.clone(), page.data_of(run))) };
    let (optimizer, data) = known.ok_or_else(gone)?;
    let classes = data.map_or_else(Vec::new, |(_, classes)| classes);
    Ok(SlowFilm::new(*step, numbers, optimizer, was_held, (run, classes)))
}
