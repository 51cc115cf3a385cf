//! The reports of the training loop: the numbers of batches are read, judged, and told to the callbacks. Never here: which batch
//! is trained, and when it is read.

use super::depth::next_depth;
use super::{Fit, Head, Host};
use crate::domain::callback::{Controls, Role};
use crate::domain::cost::ledger::Phase;
use crate::domain::cost::{marks, watch};
use crate::domain::metrics::{SamplePrediction, Tally, judge_all};
use crate::domain::run::event::{BatchEnd, series};
use crate::error::Result;
use crate::train::PhaseWaits;
use crate::train::clock::Clock;
use crate::train::device_logs::{DeviceLogs, Reading, resolve_timed};

impl<H: Host> Fit<'_, H> {
    /// Waits for the numbers of all batches that were sent to the device, and reports them.
    pub(super) async fn read_pending(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let count = pending.len();
        if count == 0 {
            return Ok(());
        }
        self.costs.ledger.turn_to(Phase::Read, self.host.now_ms());
        let (heads, logs): (Vec<Head>, Vec<DeviceLogs>) = pending.into_iter().unzip();
        let outputs = resolve_timed(logs, &self.host).await?;
        let loss = self.trainer.loss();
        let judged: Vec<Vec<SamplePrediction>> = outputs.iter().map(|outputs| judge_all(&outputs.values, &outputs.labels, loss)).collect();
        let now = self.host.now_ms();
        let looks: Vec<f64> = outputs.iter().map(|outputs| outputs.looks_ms).collect();
        let marks: Vec<u32> = heads.iter().map(|head| head.marks).collect();
        let (times, mut read) = self.costs.close(&marks, &looks, now);
        self.place.epoch_ms += read.ms;
        if let Reading::Together { latency_ms } = self.reading {
            self.depth = next_depth(read.ms, count, latency_ms);
        }
        for (((head, outputs), predictions), times) in heads.into_iter().zip(outputs).zip(judged).zip(times) {
            let Head { begin, learning_rate, waits, kept, marks: _ } = head;
            let tally = Tally::of(&predictions);
            self.place.tally.add(tally);
            self.callbacks.on_predictions(begin.step, &predictions);
            let end = BatchEnd {
                step: begin.step,
                epoch: begin.epoch,
                batch: begin.batch,
                size: begin.size,
                loss: tally.mean_loss(),
                accuracy: tally.accuracy(),
                learning_rate,
                times,
                at_ms: now - self.begin_ms,
            };
            let controls = self.on_batch_end(&end, &mut read);
            self.obey(controls, end.step);
            self.tell_waits(&end, waits);
            let before = self.host.now_ms();
            if let Some(examination) = self.snapshots.examine(self.trainer, self.data, kept, end.loss).await? {
                // That is nobody's training time.
                let now = self.host.now_ms();
                self.costs.ledger.leave_out(now - before, now);
                let controls = self.callbacks.on_examination(&examination);
                self.obey(controls, end.step);
            }
            if let Some(probe) = outputs.probe {
                let begin = self.host.now_ms();
                let controls = self.callbacks.on_probe(&probe);
                read.looks_ms += self.host.now_ms() - begin;
                self.obey(controls, end.step);
            }
        }
        self.costs.watch.take(&read, self.host.now_ms());
        self.tell_costs(false);
        Ok(())
    }

    /// Keeps the present weights, to go back to them in time.
    pub(super) fn keep_moment(&mut self) {
        self.trainer.keep_moment();
        self.callbacks.on_trail(&self.trainer.trail());
    }

    /// Calls the hooks of a batch's end; at some batches it measures their time.
    fn on_batch_end(&mut self, end: &BatchEnd, read: &mut watch::Reading) -> Controls {
        read.step = end.step;
        let held_ms = self.costs.report(end.step);
        let controls = if self.costs.times_hooks(read.ms) {
            let host = &self.host;
            let (controls, spent) = self.callbacks.on_batch_end_timed(end, &|| host.now_ms());
            *read.record_ms.get_or_insert(0.0) += spent.of(Role::Record);
            *read.diagnoses_ms.get_or_insert(0.0) += spent.of(Role::Diagnosis);
            controls
        } else {
            self.callbacks.on_batch_end(end)
        };
        if let Some(ms) = held_ms {
            self.callbacks.on_log(end.step, series::TIME_PAUSED, ms);
        }
        controls
    }

    /// Records the device's time for each phase of a synchronised sample. The first one is warm-up: its waits are those
    /// for the programs to be compiled.
    fn tell_waits(&mut self, end: &BatchEnd, waits: Option<PhaseWaits>) {
        let waits = waits.filter(|_| end.times.marks & marks::WARM_UP == 0);
        let Some(PhaseWaits { data, forward, backward, update, wait }) = waits else { return };
        for (name, ms) in [
            (series::TIME_GPU_DATA, data),
            (series::TIME_GPU_FORWARD, forward),
            (series::TIME_GPU_BACKWARD, backward),
            (series::TIME_GPU_UPDATE, update),
            (series::TIME_GPU_WAIT, wait),
        ] {
            self.callbacks.on_log(end.step, name, ms);
        }
    }

    /// Tells the cost of watching, if it is time, or `always`.
    pub(super) fn tell_costs(&mut self, always: bool) {
        if let Some(cost) = self.costs.watch_cost(always, self.host.now_ms()) {
            self.callbacks.on_watching(&cost);
        }
    }
}
