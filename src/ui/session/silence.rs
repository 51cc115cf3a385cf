//! Silent workers: what each is known to do, and the end of one that does not answer. How long a silence may be is
//! [`heartbeat`](super::heartbeat)'s.

use super::heartbeat::{Look, Pulse, Work};
use super::{Current, Effect, Session, Stage};
use crate::domain::run::device::WorkerKind;
use crate::error::{Code, Error, Result};

impl Current {
    /// The work that its worker is known to do.
    fn work(&self, longest_batch_ms: f64) -> Work {
        match (self.choice.worker, self.has_numbers) {
            _ if self.stage == Stage::Starting => Work::Answering,
            (WorkerKind::Gpu, _) if !self.has_epoch => Work::Compiling,
            (_, false) => self.first_batch,
            (_, true) => Work::batches(longest_batch_ms, self.request.config.batch_size),
        }
    }
}

impl Session {
    /// The effects of a look at all workers.
    pub(super) fn look(&mut self, now_ms: f64, workers: &[Look], longest_batch_ms: f64) -> Vec<Effect> {
        let live = self.live();
        let known = |look: &Look| {
            let current = live.filter(|current| current.choice.worker == look.worker);
            let work = match current {
                _ if !look.is_ready => Work::Loading,
                Some(current) => current.work(longest_batch_ms),
                None if look.is_asked => Work::Answering,
                None => Work::Nothing,
            };
            (*look, work, current.map(Current::run))
        };
        let workers: Vec<_> = workers.iter().map(known).collect();
        let Pulse { ask, silences } = self.heartbeats.look(now_ms, &workers);
        ask.into_iter().map(Effect::Ping).chain(silences.map(Effect::Silences)).collect()
    }

    /// Forgets the silence of a worker that is gone or begins something new.
    pub(super) fn forget_silence(&mut self, worker: WorkerKind) -> Option<Effect> {
        self.heartbeats.forget(worker).map(Effect::Silences)
    }

    /// Ends the worker whose silence is told. The run in it goes on in a fresh one, if `goes_on`, or has failed, with all that was
    /// recorded kept.
    pub(super) fn end_silent(&mut self, goes_on: bool) -> Result<Vec<Effect>> {
        let answers = || Error::new(Code::InvalidState, "the worker answers again", "nothing was ended; stop the run if it is to end");
        let worker = self.heartbeats.told().ok_or_else(answers)?;
        let mut effects = vec![Effect::Dismiss(worker)];
        effects.extend(self.forget_silence(worker));
        let Some(current) = self.live().filter(|current| current.choice.worker == worker) else {
            effects.extend(self.lose_model_of(worker));
            return Ok(effects);
        };
        if goes_on {
            let error = Error::new(Code::WorkerDied, "the worker did not answer any more", "start again; what was recorded stays");
            effects.extend(self.lose(&error, true));
            return Ok(effects);
        }
        effects.push(Effect::CutShort(current.run()));
        let message = "the worker did not answer any more and was ended by you";
        effects.extend(self.fail(Error::new(Code::WorkerDied, message, "start again; what was recorded stays")));
        Ok(effects)
    }
}
