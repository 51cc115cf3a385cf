//! Watch over the workers and the window: whether they answer, and whether anybody sees the page. Never here: what follows from it, which
//! the session decides.

use super::Page;
use crate::charts::Listener;
use crate::protocol::RunId;
use crate::ui::parts::lean;
use crate::ui::session::Intent;
use crate::ui::session::heartbeat::LOOK_MS;
use crate::ui::state::phase::Phase;
use crate::ui::state::store::Run;
use crate::web::tasks::now_ms;
use crate::web::wake::Screen;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

impl Page {
    /// Looks every second whether the workers answer.
    pub(super) fn follow_heartbeats(self) {
        let look = move || {
            let inner = self.inner();
            let longest = |run: RunId| inner.store.borrow().run(run).map(Run::longest_batch_ms);
            let longest_batch_ms = inner.session.borrow().live_run().and_then(longest).unwrap_or(0.0);
            // Never refused: a look changes nothing.
            self.intend(Intent::Look { now_ms: now_ms(), workers: inner.supervisor.looks(), longest_batch_ms }).ok();
        };
        set_interval(look, Duration::from_millis(u64::from(LOOK_MS)));
    }

    /// Tells the session when the page is hidden and when it is back, and keeps the screen on while a run trains.
    pub(super) fn follow_visibility(self) {
        // Never refused: the page is hidden, whatever goes on.
        let tell = move || drop(self.intend(Intent::PageHidden(document().hidden())));
        tell();
        let screen = Rc::<RefCell<Screen>>::default();
        let shelved = self.inner().shelf.shelved;
        let has_room = move || shelved.with(|shelved| shelved.waiting.is_empty());
        let trains = lean::memo(move || has_room() && self.phase.with(|phase| phase.is_live() && *phase != Phase::Paused));
        let its_screen = screen.clone();
        lean::effect(move || Screen::keep_on(&its_screen, trains.get()));
        let back = move |_| {
            tell();
            Screen::keep_on(&screen, trains.get_untracked() && !document().hidden());
        };
        std::mem::forget(Listener::new(&window(), "visibilitychange", back));
    }
}
