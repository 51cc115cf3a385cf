//! Runs of earlier visits: brought back when the page is opened, deleted from the device, gone on with.

use super::runs as list;
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::store::entry::unpack;
use crate::store::message::Card;
use crate::ui::page::Page;
use crate::ui::shelf::Shelf;
use crate::ui::state::phase::Phase;
use crate::ui::state::store::Revival;
use crate::web::tasks::{Pace, spawn};
use leptos::prelude::*;

/// The most bytes of records that are brought back, the newest runs first: they are in memory from then on.
const MOST_BYTES: f64 = 300e6;

/// Opens the shelf and brings back the runs of earlier visits, the oldest first, so that ids rise with time.
pub fn follow(page: Page) {
    spawn(async move {
        let shelf = page.inner().shelf.clone();
        let cards = shelf.open().await;
        let mut room = MOST_BYTES;
        let fits = |card: &&Card| {
            room -= card.log;
            room >= 0.0
        };
        let newest = cards.iter().rev().take_while(fits).count();
        let (left_out, wanted) = cards.split_at(cards.len() - newest);
        let (mut unread, mut last) = (left_out.len(), None);
        for card in wanted.iter().filter(|card| !shelf.has(&card.run)) {
            match bring_back(page, &shelf, card).await {
                Some(id) => last = Some(id),
                None => unread += 1,
            }
        }
        shelf.shelved.update(|shelved| shelved.unread = unread);
        // What was seen last is seen again, unless the visitor came for something else, or was quicker.
        let is_for_this = window().location().hash().is_ok_and(|hash| hash.is_empty());
        let is_free = page.phase.with_untracked(|phase| *phase == Phase::Idle) && page.inner().store.borrow().shown().is_none();
        if let Some(id) = last.filter(|_| is_for_this && is_free) {
            list::show(page, id);
        }
    });
}

async fn bring_back(page: Page, shelf: &Shelf, card: &Card) -> Option<RunId> {
    let mut revival = Revival::default();
    let (mut pace, mut first) = (Pace::begin(), true);
    loop {
        let (piece, is_last) = shelf.read(&card.run, first).await.ok()?;
        for (kind, payload) in unpack(&piece) {
            revival.take(kind, payload);
            pace.breathe().await;
        }
        if is_last {
            break;
        }
        first = false;
    }
    let inner = page.inner();
    let (id, left) = inner.store.borrow_mut().revive(revival, card.is_held)?;
    shelf.adopt(id, &card.run, left.state);
    for (name, filed) in left.weights {
        inner.kept_weights.keep_filed(id, &name, &card.run, filed);
    }
    page.runs.changed();
    page.touch();
    Some(id)
}

/// Deletes every run that has ended, here and on the device, with those that cannot be read.
pub fn delete_all(page: Page) {
    let ended: Vec<RunId> = page.inner().store.borrow().runs().iter().filter(|run| !run.is_live()).map(|run| run.id).collect();
    for id in ended {
        page.tell(list::delete(page, id));
    }
    spawn(async move { page.inner().shelf.clone().clear().await });
}

/// Goes on with the interrupted run `id` from the state that is kept of it.
///
/// # Errors
/// [`Code::InvalidState`] when there is no such state, or it cannot be gone on from.
pub async fn go_on(page: Page, id: RunId) -> Result<()> {
    let shelf = page.inner().shelf.clone();
    let hint = "train it again with the same configuration";
    let state = shelf.state(id).await.ok_or_else(|| Error::new(Code::InvalidState, "the state of this run is gone or damaged", hint))?;
    let message = format!("this version of the page cannot go on from a state of {} bytes", state.len());
    Err(Error::new(Code::InvalidState, message, hint))
}
