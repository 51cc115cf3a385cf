//! Standing: how the shown run stands, as the run bar tells it, and which other run goes on meanwhile.
//!
//! The page's phase and progress are those of the run that was started last. Where another one is shown, its own record says how it
//! stands: a bar that has the end of one run and the loss of another is true of neither. Never here: words.

use super::phase::Phase;
use super::store::{Run, RunState, Store};
use crate::domain::callback::Progress;
use crate::domain::number::widened;
use crate::domain::run::event::series;
use crate::protocol::RunId;

/// The standing of the shown run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The phase; idle where no run is shown.
    pub phase: Phase,
    /// The progress.
    pub progress: Progress,
    /// The device in words.
    pub device: String,
    /// The learning rate of its last batch.
    pub rate: f64,
    /// Another run that goes on meanwhile, with its name.
    pub other: Option<(RunId, String)>,
}

impl Standing {
    /// The standing of the run that `store` shows; `phase` and `progress` are those of the run that was started last.
    pub fn of_shown(store: &Store, phase: &Phase, progress: Progress) -> Self {
        let shown = store.shown();
        let other = store.runs().iter().find(|run| run.is_live() && shown.is_none_or(|shown| shown.id != run.id));
        let other = other.map(|run| (run.id, run.tag.name.clone()));
        let Some(run) = shown else { return Self { other, ..Self::default() } };
        let last = run.series.get(series::LEARNING_RATE).and_then(|rates| rates.last());
        // The record has single precision, and the setup's rate has digits that are lost in it.
        let begun = run.config.optimizer.learning_rate();
        let rate = last.map(|(_, rate)| rate).filter(|rate| *rate != begun as f32);
        let rate = rate.map_or(begun, widened);
        let (phase, progress) = match &run.state {
            RunState::Finished(end) => (Phase::Finished(end.clone()), progress_of(run)),
            RunState::Failed(error) => (Phase::Failed(error.clone()), progress_of(run)),
            RunState::Interrupted { elsewhere } => (Phase::Interrupted { elsewhere: *elsewhere }, progress_of(run)),
            _ => (phase.clone(), progress),
        };
        Self { phase, progress, device: run.device.clone(), rate, other }
    }
}

/// The progress of a run that has ended: as it was told last, or of one that came out of a file as it was recorded.
fn progress_of(run: &Run) -> Progress {
    if run.progress.total_steps > 0.0 {
        return run.progress;
    }
    let (batches, epochs) = (run.begin.as_ref().map_or(0, |begin| begin.batches_per_epoch), run.config.epochs);
    Progress {
        step: run.batches() as u32,
        total_steps: f64::from(batches) * f64::from(epochs),
        epoch: (run.epochs_done() as u32).saturating_sub(1),
        epochs,
        ..Progress::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::event::{Logs, TrainBegin, TrainEnd};
    use crate::domain::run::preset;

    fn begun(store: &mut Store) -> RunId {
        let id = store.begin(preset::config("planar").unwrap(), "cpu".to_owned(), String::new(), 0.0);
        let run = store.run_mut(id).unwrap();
        run.begin = Some(TrainBegin { parameters: 1, train_samples: 64, validation_samples: 1, batches_per_epoch: 10, epochs: 40 });
        id
    }

    fn end(store: &mut Store, id: RunId, reason: &str, batches: u32) {
        let run = store.run_mut(id).unwrap();
        (1..=batches).for_each(|step| run.take_value(step, series::LEARNING_RATE, 0.01));
        run.at_ms = vec![1.0; batches as usize];
        run.take_value(batches, series::TRAIN_LOSS, 0.5);
        let end = TrainEnd { step: batches, epochs: 1, reason: reason.to_owned(), logs: Logs::default(), at_ms: 1.0 };
        store.end(id, &Ok(end));
    }

    #[test]
    fn every_word_is_of_the_shown_run_and_one_that_goes_on_is_named() {
        let mut store = Store::default();
        let present = Progress { step: 7, total_steps: 400.0, epoch: 0, epochs: 40, samples_per_second: 99.0, ..Progress::default() };
        assert_eq!(Standing::of_shown(&store, &Phase::Idle, Progress::default()), Standing::default());
        let first = begun(&mut store);
        store.run_mut(first).unwrap().progress = Progress { step: 400, epoch: 39, samples_per_second: 5.0, ..present };
        end(&mut store, first, "completed", 400);
        let second = begun(&mut store);
        let live = Standing::of_shown(&store, &Phase::Paused, present);
        assert_eq!((&live.phase, live.progress, &live.other), (&Phase::Paused, present, &None));
        store.show(first);
        let shown = Standing::of_shown(&store, &Phase::Paused, present);
        assert!(matches!(&shown.phase, Phase::Finished(end) if end.reason == "completed"), "{:?}", shown.phase);
        assert_eq!((shown.progress.step, shown.progress.samples_per_second, shown.rate), (400, 5.0, 0.01));
        assert_eq!(shown.other, Some((second, "Run 2".to_owned())));
        store.clear_shown();
        assert_eq!(Standing::of_shown(&store, &Phase::Paused, present).other, Some((second, "Run 2".to_owned())));
        end(&mut store, second, "early stopping", 10);
        store.show(second);
        // Nothing was told of its progress, as of a run out of a file.
        let stopped = Standing::of_shown(&store, &Phase::Idle, present);
        assert!(matches!(&stopped.phase, Phase::Finished(end) if end.reason == "early stopping"));
        assert_eq!((stopped.progress.step, stopped.progress.total_steps, stopped.progress.epoch, stopped.other), (10, 400.0, 0, None));
        for elsewhere in [true, false] {
            store.run_mut(second).unwrap().state = RunState::Interrupted { elsewhere };
            assert_eq!(Standing::of_shown(&store, &Phase::Idle, present).phase, Phase::Interrupted { elsewhere });
        }
    }
}
