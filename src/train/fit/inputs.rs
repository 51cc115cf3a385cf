//! The inputs of a run: what its host asks for, each obeyed and written down at once; and those of a run that is repeated. Never
//! here: who asks.

use super::{Fit, Host, Moment};
use crate::domain::cost::ledger::Phase;
use crate::domain::run::journal::{At, Entry, Input};
use crate::domain::view::slow::SlowWish;
use crate::error::Result;
use crate::train::clock::Clock;

impl<H: Host> Fit<'_, H> {
    /// Gives the host its turn at this place and carries out its requests. Returns the wish to see the next batch in slow motion.
    pub(super) async fn take_turn(&mut self, at: At) -> Result<Option<SlowWish>> {
        self.repeat(at).await?;
        loop {
            self.costs.ledger.turn_to(Phase::Idle, self.host.now_ms());
            let moment = match at {
                At::Batch => Moment::Batch { waiting: self.pending.len() },
                At::Trained => Moment::Trained,
                At::Validation => Moment::Validation,
            };
            let turn = self.host.turn(moment).await;
            self.costs.end_turn(&turn, self.host.now_ms());
            let rate = turn.learning_rate.map(Input::LearningRate);
            let budget = turn.watch_budget.map(Input::WatchBudget);
            // A host may ask for a stop at each of its turns until the run has ended; it is one.
            let stop = turn.stop.filter(|_| self.stop.is_none()).map(Input::Stop);
            for input in [rate, budget, stop].into_iter().flatten() {
                self.obey_input(input, at)?;
            }
            let saves = turn.save && at != At::Validation;
            if !turn.read_first && !turn.serve && !saves {
                return Ok(turn.slow);
            }
            self.read_pending().await?;
            if turn.serve {
                let begin = self.host.now_ms();
                self.host.serve(self.trainer).await;
                let now = self.host.now_ms();
                self.costs.leave_out(now - begin, now);
                self.note_changes(at);
            }
            if saves {
                // Boxed: its program stays out of that of every turn.
                Box::pin(self.save()).await;
            }
        }
    }

    /// Obeys the inputs that are to be repeated `at` this place.
    async fn repeat(&mut self, at: At) -> Result<()> {
        let here = (self.trainer.step_count() + 1, at);
        while let Some(entry) = self.repeated.pop_front_if(|entry| (entry.step, entry.at) <= here) {
            self.read_pending().await?;
            let place = format!("repeating what was asked for before step {}", entry.step);
            self.obey_input(entry.input, at).map_err(|error| error.at(place))?;
        }
        Ok(())
    }

    /// Obeys an input, and writes it down.
    fn obey_input(&mut self, input: Input, at: At) -> Result<()> {
        match input {
            Input::LearningRate(rate) => self.trainer.set_learning_rate(rate),
            Input::WatchBudget(percent) => self.costs.watch.set_budget(percent),
            Input::Stop(ref reason) => self.stop = self.stop.take().or_else(|| Some(reason.clone())),
            // The trainer itself tells what was changed in it, whoever did.
            Input::Keep(name) => {
                self.trainer.keep(name, self.host.now_ms() - self.begin_ms)?;
                return self.note_kept(at);
            }
            Input::PutBack(id) => {
                self.trainer.put_back(id)?;
                return self.note_kept(at);
            }
            Input::Forget(id) => {
                self.trainer.forget(id)?;
                return self.note_kept(at);
            }
        }
        self.note(input, at);
        Ok(())
    }

    fn note_kept(&mut self, at: At) -> Result<()> {
        self.note_changes(at);
        self.callbacks.on_checkpoints(&self.trainer.checkpoints());
        Ok(())
    }

    /// Writes down the changes of the trainer since the last time.
    fn note_changes(&mut self, at: At) {
        for input in self.trainer.take_inputs() {
            self.note(input, at);
        }
    }

    fn note(&mut self, input: Input, at: At) {
        let entry = Entry { step: self.trainer.step_count() + 1, at, input };
        self.callbacks.on_input(self.journal.count() as u32, &entry);
        self.journal.push(entry);
    }
}
