//! Runs on the device: brought back when the page is opened, deleted, gone on with; and those that are in this tab only.

use super::runs as list;
use crate::charts::Listener;
use crate::domain::data::source::DataSpec;
use crate::domain::run::device::choose;
use crate::domain::run::state::SavedState;
use crate::error::{Code, Error, Result};
use crate::protocol::RunId;
use crate::store::disk::Trouble;
use crate::store::entry::unpack;
use crate::store::message::Card;
use crate::ui::page::Page;
use crate::ui::parts::lean;
use crate::ui::session::{Intent, Request};
use crate::ui::shelf::Shelf;
use crate::ui::state::phase::Phase;
use crate::ui::state::shelved::lost_words;
use crate::ui::state::store::{Revival, RunState};
use crate::web::tasks::{Pace, spawn};
use js_sys::Reflect;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

/// The most bytes of records that are brought back, the newest runs first: they are in memory from then on.
const MOST_BYTES: f64 = 300e6;
/// The most batches before a state whose records may be missing.
const MOST_MISSING: usize = 100_000;

/// Opens the shelf and brings back the runs of earlier visits, the oldest first, so that ids rise with time.
pub fn follow(page: Page) {
    spawn(async move {
        let shelf = page.inner().shelf.clone();
        shelf.shelved.update(|shelved| shelved.is_reading = true);
        let cards = shelf.open().await;
        let mut room = MOST_BYTES;
        let fits = |card: &&Card| {
            room -= card.log;
            room >= 0.0
        };
        let newest = cards.iter().rev().take_while(fits).count();
        let (left_out, wanted) = cards.split_at(cards.len() - newest);
        let (mut unread, mut last, mut elsewhere) = (left_out.len(), None, Vec::new());
        for card in wanted.iter().filter(|card| !shelf.has(&card.run)) {
            match bring_back(page, &shelf, card).await {
                Some(id) => {
                    last = Some(id);
                    elsewhere.extend(card.is_held.then(|| (id, card.clone())));
                }
                None => unread += 1,
            }
        }
        shelf.shelved.update(|shelved| (shelved.unread, shelved.is_reading) = (unread, false));
        // What was seen last is seen again, unless the visitor came for something else, or was quicker.
        let is_for_this = window().location().hash().is_ok_and(|hash| hash.is_empty());
        let is_free = page.phase.with_untracked(|phase| *phase == Phase::Idle) && page.inner().store.borrow().shown().is_none();
        if let Some(id) = last.filter(|_| is_for_this && is_free) {
            list::show(page, id);
        }
        elsewhere.into_iter().for_each(|(id, card)| follow_elsewhere(page, id, card));
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

/// Brings the run `id`, which another tab has, back once more when that one lets go of it: it may have come further there, or ended. A
/// page that was just left is such a tab, too, for a moment.
fn follow_elsewhere(page: Page, id: RunId, card: Card) {
    spawn(async move {
        let shelf = page.inner().shelf.clone();
        if !shelf.freed(&card.run).await {
            return;
        }
        let (is_there, is_shown) = {
            let inner = page.inner();
            let store = inner.store.borrow();
            let is_shown = store.shown().is_some_and(|run| run.id == id);
            (store.run(id).is_some_and(|run| run.state == RunState::Interrupted { elsewhere: true }), is_shown)
        };
        // Deleted meanwhile, or brought back by somebody else.
        if !is_there || list::forget(page, id).is_err() {
            return;
        }
        shelf.leave(id);
        match bring_back(page, &shelf, &Card { is_held: false, ..card }).await {
            Some(anew) if is_shown => list::show(page, anew),
            Some(_) => {}
            None => shelf.shelved.update(|shelved| shelved.unread += 1),
        }
    });
}

/// Number of runs that leaving the page would lose: recorded, and on no device and in no file.
pub fn at_risk(page: Page) -> usize {
    let inner = page.inner();
    let store = inner.store.borrow();
    store.runs().iter().filter(|run| run.batches() > 0 && !run.is_from_file && !inner.shelf.keeps(run.id)).count()
}

/// Lets the browser ask before the page is left, as long as that would lose a run; and holds a run for which the device has no room.
pub fn guard(page: Page) {
    let shelved = page.inner().shelf.shelved;
    let is_at_risk = lean::memo(move || {
        shelved.track();
        page.runs.track();
        at_risk(page) > 0
    });
    // Not there otherwise: it keeps some browsers from bringing a page back as it was left.
    let question = RefCell::new(None);
    lean::effect(move || {
        let ask = |event: web_sys::Event| {
            event.prevent_default();
            // Older browsers ask by this only.
            Reflect::set(&event, &"returnValue".into(), &true.into()).ok();
        };
        *question.borrow_mut() = is_at_risk.get().then(|| Listener::new(&window(), "beforeunload", ask));
    });
    let waiting = lean::memo(move || shelved.with(|shelved| shelved.waiting.clone()));
    // Never refused: the device is full, whatever goes on.
    lean::effect(move || drop(page.intend(Intent::NoRoom(waiting.get()))));
}

/// Deletes every run that has ended, here and on the device, with those that cannot be read.
pub fn delete_all(page: Page) {
    let ended: Vec<RunId> = page.inner().store.borrow().runs().iter().filter(|run| !run.is_live()).map(|run| run.id).collect();
    for id in ended {
        page.tell(list::delete(page, id));
    }
    spawn(async move { page.inner().shelf.clone().clear().await });
}

/// Goes on with the interrupted run `id` from the state that is kept of it, on the device that its configuration asks for. What was
/// recorded after that state is dropped, and trained again.
///
/// # Errors
/// [`Code::InvalidState`] when there is no such state, another run is going on, another tab trains this one, or its data have to be
/// loaded first; as [`Page::start`] for its device.
pub async fn go_on(page: Page, id: RunId) -> Result<()> {
    let refuse = |message: &str, hint: String| Error::new(Code::InvalidState, message, hint);
    let again = || "train it again with the same configuration".to_owned();
    page.check_idle()?;
    let inner = page.inner();
    let (config, found, batches) = {
        let store = inner.store.borrow();
        let run = store.known(id)?;
        (run.config.clone(), run.goes_on_from(), run.batches())
    };
    let step = found.ok_or_else(|| refuse("there is no state from which this run could go on", again()))?;
    if step as usize > batches + MOST_MISSING {
        return Err(refuse("most of what this run has recorded is gone", again()));
    }
    if let DataSpec::Loaded { id } = &config.data
        && page.shape_of(&config.data).is_none()
    {
        let hint = format!("load the files of \"{id}\" under Data first, then go on");
        return Err(refuse("this run trains on files, which the page does not keep", hint));
    }
    let choice = choose(config.device, &page.probed().await)?;
    let shelf = inner.shelf.clone();
    let bytes = shelf.state(id).await.ok_or_else(|| refuse("the state of this run is gone or damaged", again()))?;
    page.check_idle()?;
    shelf.go_on(id).await.map_err(|trouble| match trouble {
        Trouble::Busy => refuse("another tab of this page is training this run", "wait for its end, or stop it there".to_owned()),
        other => refuse(&lost_words(&other), again()),
    })?;
    let has_scripts = page.scripts.has_any(&config);
    let state = Some(Rc::new(SavedState { step, bytes }));
    let request = Request { run: id, config, first_weights: None, paused: false, has_scripts, state };
    let begun = page.intend(Intent::Start(Rc::new(request), choice));
    if begun.is_err() {
        shelf.let_go(id).await;
    }
    begun
}
