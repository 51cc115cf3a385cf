//! The room on the device: how much there is, whether it lasts, and what waits where there is none.

use super::Shelf;
use crate::protocol::RunId;
use crate::store::disk::Trouble;
use crate::store::message::{Said, What};
use crate::ui::state::shelved::{Mode, Shelved, lost_words};
use crate::web::opfs;
use crate::web::port::Bulk;
use crate::web::tasks::spawn;
use leptos::prelude::*;

impl Shelf {
    /// Asks how much room is taken, and whether it lasts.
    pub fn ask_room(&self) {
        let (answer, shelved) = (self.ask(What::Room, &Bulk::new()), self.shelved);
        spawn(async move {
            if let Ok((Said::Room { used, quota }, _)) = answer.await {
                let is_lasting = opfs::is_lasting(false).await;
                shelved.update(|shelved| (shelved.room, shelved.is_lasting) = ((used, quota), is_lasting));
            }
        });
    }

    /// Asks the browser to keep everything until the visitor deletes it, as they wish by a click.
    pub fn keep_for_good(&self) {
        ask_to_last(self.shelved, true);
    }

    /// A run begins to be kept. With the first of a visit there is something to be kept for good, so the browser is asked for that where it
    /// answers by itself (its answer may change from visit to visit). One that would ask the visitor is only asked by their click: such a
    /// question in the middle of a Start would be about nothing that they have seen.
    pub(super) fn ask_once_to_last(&self) {
        if self.mode() == Mode::Kept && !self.has_asked.replace(true) && opfs::decides_alone() {
            ask_to_last(self.shelved, false);
        }
    }

    /// Notes that there is no room for what waits of the run `id`.
    pub(super) fn note_full(&self, id: RunId) {
        self.shelved.update(|shelved| {
            shelved.note_full(id);
            shelved.trouble = lost_words(&Trouble::Full);
        });
    }

    /// Notes that nothing waits any more of the run `id`.
    pub(super) fn note_room(&self, id: RunId) {
        // Called for each message: the page is told when something changes.
        if self.shelved.with_untracked(|shelved| shelved.waiting.contains(&id) || shelved.left.contains(&id)) {
            self.shelved.update(|shelved| shelved.note_room(id));
            self.ask_room();
        }
    }

    /// Tries again to keep what waits.
    pub fn try_again(&self) {
        let mut full = Vec::new();
        for (id, kept) in self.runs.borrow_mut().iter_mut().filter(|(_, kept)| kept.out.is_full()) {
            kept.out.try_again();
            full.push(*id);
        }
        full.into_iter().for_each(|id| self.post(id));
    }

    /// Lets the runs that wait go on without being kept. What they record waits on, as far as there is memory for it.
    pub fn go_on_unkept(&self) {
        self.shelved.update(Shelved::go_on_unkept);
    }
}

/// Asks the browser to keep everything for good; a refusal is told to whoever wished it.
fn ask_to_last(shelved: RwSignal<Shelved>, by_visitor: bool) {
    spawn(async move {
        let is_lasting = opfs::is_lasting(true).await;
        shelved.update(|shelved| {
            shelved.is_lasting = is_lasting.or(shelved.is_lasting);
            shelved.has_refused = by_visitor && is_lasting != Some(true);
        });
    });
}
