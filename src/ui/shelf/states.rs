//! States on the shelf: from the last one a run goes on in a later visit. Never here: what is in a state.

use super::Shelf;
use crate::domain::run::event::Step;
use crate::protocol::RunId;
use crate::store::disk::Trouble;
use crate::store::entry::STATE;
use crate::store::message::What;
use crate::ui::state::keeping::push_back;
use crate::ui::state::shelved::Mode;

impl Shelf {
    /// Puts the state from which the run `id` could go on in place of the one before. `taken` is called when another one may come.
    pub fn keep_state(&self, id: RunId, step: Step, bytes: Vec<u8>, taken: Box<dyn FnOnce()>) {
        match self.mode() {
            // The page has it: enough for a worker that dies, not for a page that does.
            Mode::TabOnly | Mode::Opening => taken(),
            Mode::Kept => {
                let mut taken = Some(taken);
                if let Some(kept) = self.runs.borrow_mut().get_mut(&id) {
                    kept.has_state = true;
                    // One that waits for room is replaced by the next.
                    if !kept.is_lost && !kept.out.is_full() {
                        kept.taken = taken.take();
                    }
                }
                self.put(id, STATE.to_owned(), step.to_string(), bytes);
                if let Some(taken) = taken {
                    taken();
                }
            }
        }
    }

    /// The state that the run `id` could go on from, as it was put.
    pub async fn state(&self, id: RunId) -> Option<Vec<u8>> {
        let (key, filed) = self.runs.borrow().get(&id).and_then(|kept| Some((kept.key.clone(), kept.state.clone()?)))?;
        self.file(&key, &filed).await
    }

    /// Begins to write the run `id` of an earlier visit again, which is to go on.
    ///
    /// # Errors
    /// [`Trouble::Busy`] while another tab writes it, [`Trouble::Gone`] when it was deleted.
    pub async fn go_on(&self, id: RunId) -> Result<(), Trouble> {
        self.write(id, true).await?;
        if let Some(kept) = self.runs.borrow_mut().get_mut(&id) {
            (kept.has_state, kept.is_lost) = (true, false);
        }
        Ok(())
    }

    /// Keeps that the run `id` was interrupted for the reason `why`, and goes on from its state of `step`.
    pub fn note_back(&self, id: RunId, step: Step, why: &str) {
        if let Some(kept) = self.runs.borrow_mut().get_mut(&id) {
            kept.goes_on = true;
        }
        self.push(id, |out| push_back(step, why, out));
    }

    /// Writes the run `id` no further: it did not go on.
    pub async fn let_go(&self, id: RunId) {
        self.write(id, false).await.ok();
    }

    async fn write(&self, id: RunId, hold: bool) -> Result<(), Trouble> {
        let run = {
            let mut runs = self.runs.borrow_mut();
            let kept = runs.get_mut(&id).ok_or(Trouble::Gone)?;
            (kept.is_live, kept.goes_on) = (hold, false);
            kept.key.clone()
        };
        let done = self.ask(What::Append { run, hold, commit: true }, &vec![Vec::new()]).await;
        if done.is_err()
            && let Some(kept) = self.runs.borrow_mut().get_mut(&id)
        {
            kept.is_live = false;
        }
        done.map(drop)
    }
}
