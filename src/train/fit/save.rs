//! The state of a run, taken at a turn of the loop, and a loop that goes on from it. Never here: when a state is wanted, where its
//! bytes go.

use super::{Fit, Host};
use crate::domain::run::event::TrainBegin;
use crate::domain::run::state::{Place, RunState, SavedState, config_text};
use crate::error::{Code, Error, Result};
use crate::train::clock::Clock;

impl<H: Host> Fit<'_, H> {
    /// Hands the state to the host. No batch may wait for its numbers.
    pub(super) async fn save(&mut self) {
        let begin = self.host.now_ms();
        let state = self.state().await;
        self.host.take_state(state);
        let now = self.host.now_ms();
        self.costs.leave_out(now - begin, now);
    }

    async fn state(&mut self) -> Result<SavedState> {
        let trainer = self.trainer.state().await?;
        let weights = &trainer.present.arrays[..trainer.present.means.len()];
        let witness = self.snapshots.state(weights).await?;
        let data = *self.hash.get_or_insert_with(|| self.data.hash());
        let state = RunState {
            config: config_text(self.config),
            data,
            place: Place { at_ms: self.host.now_ms() - self.begin_ms, ..self.place.clone() },
            trainer,
            callbacks: self.callbacks.save_state(),
            watch: self.costs.watch.grid(),
            witness,
            journal: self.journal.clone(),
            stop: self.stop.clone(),
        };
        state.into_bytes()
    }

    /// Goes on from `state`, in place of the begin of the run.
    pub(super) fn take_up(&mut self, state: RunState, begin: &TrainBegin) -> Result<()> {
        let refuse = |message: &str, hint: &str| Err(Error::new(Code::InvalidData, message, hint));
        let RunState { config, data, place, trainer, callbacks, watch, witness, journal, stop } = state;
        if config != config_text(self.config) {
            return refuse("this state is of a run with another configuration", "go on with the one that is stored in the state");
        }
        if *self.hash.get_or_insert_with(|| self.data.hash()) != data {
            return refuse("this state is of a run on other data", "give the run the data that it was trained on");
        }
        let done = u64::from(place.epoch) * u64::from(begin.batches_per_epoch) + u64::from(place.batches);
        let samples = u64::from(place.batches) * self.config.batch_size as u64;
        let is_in_run = place.epoch <= self.config.epochs && place.batches <= begin.batches_per_epoch;
        if !is_in_run || done != u64::from(trainer.step) || u64::from(place.tally.samples) > samples {
            return refuse("the place of this state in its run does not go with its number of updates", "go on from an earlier state");
        }
        self.trainer.set_state(trainer)?;
        self.callbacks.load_state(callbacks)?;
        self.snapshots.go_on(witness, self.trainer, self.data)?;
        let step = self.trainer.step_count();
        self.costs.go_on(&watch, step);
        self.begin_ms = self.host.now_ms() - place.at_ms;
        self.repeated.drain(..journal.count().min(self.repeated.len()));
        (self.place, self.journal, self.stop) = (place, journal, stop);
        self.callbacks.on_train_resume(begin, step);
        self.callbacks.on_checkpoints(&self.trainer.checkpoints());
        Ok(())
    }
}
