//! The store: every run of the visit with its configuration, its course and all its series.
//!
//! Plain data without signals: a run records thousands of values a second, and nobody needs to be told of each. A run is
//! in [`run`], how a worker's message becomes a part of its record in [`record`]; what several runs have to do with each
//! other (names, pins, overlays, seeds) in [`library`] and [`group`], the memory that they take in [`memory`], how a run of an
//! earlier visit comes back in [`revive`].

mod group;
mod head;
mod library;
mod memory;
mod record;
mod revive;
mod run;
mod tag;
#[cfg(test)]
mod tests;

pub use group::{Group, GroupId};
pub use memory::Usage;
pub use revive::{CLOSED, Left, Revival};
pub use run::{Probes, Run, RunState};
pub use tag::Tag;

use crate::charts::{RunClock, SeriesLookup};
use crate::domain::record::series::Series;
use crate::domain::run::config::RunConfig;
use crate::domain::run::event::{Step, TrainEnd, series};
use crate::domain::run::trail::TrailCard;
use crate::error::{Code, Error, Result};
use crate::export::record::{Ending, Imported};
use crate::protocol::RunId;

/// All runs of this visit, in the order of their starts.
#[derive(Default)]
pub struct Store {
    runs: Vec<Run>,
    shown: Option<RunId>,
    /// The last id that was given; those of deleted runs are not given again.
    last_id: RunId,
    /// The pinned runs, in the order of pinning.
    pins: Vec<RunId>,
    groups: Vec<Group>,
}

impl Store {
    /// The id that the next run will have.
    pub fn next_id(&self) -> RunId {
        self.last_id + 1
    }

    /// Adds a run that begins at `now_ms` (since 1970), shows it, and returns its id.
    pub fn begin(&mut self, config: RunConfig, device: String, why: String, now_ms: f64) -> RunId {
        let id = self.next_id();
        self.last_id = id;
        let tag = self.new_tag(id);
        self.runs.push(Run::new(id, tag, config, device, why, now_ms));
        self.shown = Some(id);
        id
    }

    /// Begins the run `id` again, on another device: nothing of the first attempt stays in its record.
    pub fn begin_again(&mut self, id: RunId, device: String, why: String, now_ms: f64) {
        if let Some(run) = self.run_mut(id) {
            let fresh = Run::new(id, run.tag.clone(), run.config.clone(), device, why, now_ms);
            *run = Run { weights_from: run.weights_from.take(), parent: run.parent.take(), ..fresh };
        }
    }

    /// Lets the run `id`, which was interrupted for the reason `interrupted`, go on from its state of `step`, on a device and for a
    /// reason. One of an earlier visit is shown; whoever looks at another one while it trains goes on looking.
    pub fn go_on(&mut self, id: RunId, step: Step, interrupted: String, (device, why): (String, String)) {
        let Some(run) = self.run_mut(id) else { return };
        let is_earlier = !run.is_live();
        run.interrupt(step, interrupted);
        // A batch whose time was not kept has that of the one before.
        let last = run.at_ms.last().copied().unwrap_or(0.0);
        run.at_ms.resize(step as usize, last);
        (run.device, run.why, run.state, run.can_go_on_from) = (device, why, RunState::Starting, None);
        run.tag.cut_short = false;
        // Those were its worker's, which is gone; the next one tells what it has.
        (run.checkpoints, run.trail) = (Vec::new(), TrailCard::default());
        if is_earlier {
            self.shown = Some(id);
        }
    }

    /// Ends the run `id`, by itself or by a failure.
    pub fn end(&mut self, id: RunId, result: &Result<TrainEnd>) {
        if let Some(run) = self.run_mut(id) {
            run.state = match result {
                Ok(end) => RunState::Finished(end.clone()),
                Err(error) => RunState::Failed(error.clone()),
            };
            run.settle();
        }
    }

    /// Adds a run that came out of a file, shows it if `show`, and returns its id.
    pub fn adopt(&mut self, run: Imported, show: bool) -> RunId {
        let Imported { head, series, at_ms } = run;
        let shown = self.shown;
        let id = self.begin(head.config, head.device, head.why, head.began_unix_ms);
        if !show {
            self.shown = shown;
        }
        if let Some(run) = self.run_mut(id) {
            run.state = match head.ending {
                Ending::Finished(end) => RunState::Finished(end),
                Ending::Failed(error) => RunState::Failed(error),
                Ending::Open => {
                    let hint = "nothing: this is all that was recorded until then";
                    RunState::Failed(Error::new(Code::InvalidState, "this run was exported before it had ended", hint))
                }
            };
            (run.data_hash, run.weights_from, run.parent) = (head.data_hash, head.weights_from, head.parent);
            (run.begin, run.diagnoses, run.data) = (head.begin, head.diagnoses, head.data);
            if let Some((evaluation, numbers)) = head.evaluation {
                run.evaluations.push(evaluation, numbers);
            }
            head.probes.into_iter().for_each(|probe| run.probes.push(probe));
            run.probes.count_at_least(head.looks);
            (run.series, run.at_ms, run.is_from_file) = (series, at_ms, true);
        }
        id
    }

    /// All runs.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The run `id`.
    pub fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// The run `id`, to be changed.
    pub fn run_mut(&mut self, id: RunId) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    /// The run that the charts show.
    pub fn shown(&self) -> Option<&Run> {
        self.shown.and_then(|id| self.run(id))
    }

    /// The run `id`, of a group one that is done; without an id, the run shown.
    fn of(&self, id: Option<RunId>) -> Option<&Run> {
        let Some(id) = id else { return self.shown() };
        self.run(id).or_else(|| self.done_of(self.group(id)?).into_iter().next())
    }

    /// Shows the run `id`, if it is there.
    pub fn show(&mut self, id: RunId) {
        if self.run(id).is_some() {
            self.shown = Some(id);
        }
    }

    /// Shows no run.
    pub fn clear_shown(&mut self) {
        self.shown = None;
    }
}

impl SeriesLookup for Store {
    fn series(&self, run: Option<RunId>, name: &str) -> Option<&Series> {
        match run {
            None => self.shown()?.series.get(name),
            Some(id) => match self.group(id) {
                Some(group) => group.median(name),
                None => self.run(id)?.series.get(name),
            },
        }
    }

    fn edges(&self, run: Option<RunId>, name: &str) -> Option<[&Series; 2]> {
        self.group(run?)?.edges(name)
    }

    fn last_step(&self, run: Option<RunId>) -> Option<u32> {
        Some(self.of(run)?.series.get(series::BATCH_LOSS)?.last()?.0)
    }

    fn clock(&self, run: Option<RunId>) -> RunClock<'_> {
        self.of(run).map_or_else(RunClock::default, |run| RunClock {
            batches_per_epoch: run.begin.as_ref().map_or(0, |begin| begin.batches_per_epoch),
            at_ms: &run.at_ms,
            started_at_ms: run.started_at,
        })
    }
}
