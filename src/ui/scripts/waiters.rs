//! Waiters for scripts: a run that begins when they have heard of it, and whoever needs all that they say.
//!
//! Never here: what they are told meanwhile.

use super::{PendingStart, Scripts};
use crate::protocol::RunId;
use crate::ui::session::Intent;
use futures_channel::oneshot;

/// The number of looks that a run waits for its callbacks to be read before it starts without them: one to two seconds.
const BEGIN_LOOKS: u32 = 2;

impl Scripts {
    /// Whether a run is held for its scripts.
    pub(super) fn is_beginning(self) -> bool {
        self.inner().pending_start.borrow().is_some()
    }

    /// Whether the run has said what it begins with, or is gone.
    pub(super) fn has_begun(self, run: RunId) -> bool {
        self.host().store().borrow().run(run).is_none_or(|run| run.begin.is_some())
    }

    /// Says when a run need not be held for its scripts any more; wakes those who wait for runs that no live script belongs to any
    /// more; stops looking when there is nothing to look at.
    pub(super) fn settle(self) {
        let inner = self.inner();
        let can_begin = |pending_start: &mut PendingStart| {
            let live = inner.live.borrow();
            let mut own = live.iter().filter(|script| script.run == Some(pending_start.run)).peekable();
            pending_start.waited > BEGIN_LOOKS
                || own.peek().is_none()
                || self.has_begun(pending_start.run) && own.all(|script| script.feed.is_ready() && script.feed.is_done(0))
        };
        let ready = inner.pending_start.borrow_mut().take_if(can_begin);
        if let Some(PendingStart { run, .. }) = ready {
            // Refused by nobody: a run that is gone needs no word.
            self.host().intend(Intent::ScriptsReady(run)).ok();
        }
        let live = inner.live.borrow();
        let (ready, waiting) = inner.waiters.take().into_iter().partition(|(run, _)| !live.iter().any(|script| script.run == Some(*run)));
        *inner.waiters.borrow_mut() = waiting;
        let ready: Vec<(RunId, oneshot::Sender<()>)> = ready;
        for (_, waiter) in ready {
            waiter.send(()).ok();
        }
        if live.is_empty()
            && let Some(interval) = inner.interval.borrow_mut().take()
        {
            interval.clear();
        }
    }

    /// Waits until the scripts of `run` have heard everything.
    pub async fn drained(self, run: RunId) {
        let receiver = {
            let inner = self.inner();
            if !inner.live.borrow().iter().any(|script| script.run == Some(run)) {
                return;
            }
            let (sender, receiver) = oneshot::channel();
            inner.waiters.borrow_mut().push((run, sender));
            receiver
        };
        receiver.await.ok();
    }
}
