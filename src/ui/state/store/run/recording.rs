//! Recording: how a run takes in batches, values, looks and costs, and goes back to an earlier step where it was interrupted.
//!
//! Never here: the messages that bring them.

use super::Run;
use crate::domain::cost::watch::WatchCost;
use crate::domain::record::interruption::Interruption;
use crate::domain::record::probe::Probe;
use crate::domain::record::series::Series;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::event::{Logs, Step, series};
use crate::error::Result;
use crate::protocol::frame::Frame;

/// The most interruptions that are told of.
const MOST_INTERRUPTIONS: usize = 1_000;

impl Run {
    /// Takes in a frame of batches; returns it for those who want each batch.
    ///
    /// # Errors
    /// [`crate::error::Code::Protocol`] when the bytes are not a frame; nothing is recorded then.
    pub fn take_frame(&mut self, bytes: &[u8]) -> Result<Frame> {
        let frame = Frame::decode(bytes)?;
        for (name, values) in &frame.columns {
            // A phase that the device cannot time is NaN throughout: no series, rather than one full of holes.
            if values.iter().all(|value| value.is_nan()) && name.starts_with("time/") {
                continue;
            }
            let series = self.column(name);
            // As with single values: a second one at a step cannot be drawn.
            let last = series.last().map(|(step, _)| step);
            let later = frame.steps.iter().copied().zip(values.iter().copied()).filter(|(step, _)| last.is_none_or(|last| *step > last));
            series.extend(later);
            if let Some(interruption) = self.interruptions.last_mut().filter(|_| name == series::BATCH_LOSS) {
                frame.steps.iter().zip(values).for_each(|(step, loss)| interruption.compare(*step, *loss));
            }
        }
        self.costs.take(&frame.columns);
        if let Some((_, values)) = frame.columns.iter().find(|(name, _)| name == series::TIME_MARKS) {
            self.bands.take(&frame.steps, values);
        }
        self.at_ms.extend(&frame.at_ms);
        Ok(frame)
    }

    /// Takes in what is known of weights that it leaves, in place of those of the same name.
    pub fn take_weights(&mut self, card: CheckpointCard) {
        self.weights.retain(|known| known.name != card.name);
        self.weights.push(card);
    }

    /// Takes in what watching costs.
    pub fn take_watching(&mut self, mut cost: WatchCost) {
        for (name, value) in cost.logs() {
            self.take_value(cost.step, name, value);
        }
        self.watch_changes.extend(cost.change.take());
        self.watching = Some(cost);
    }

    /// Takes in a look into the network: its values as series, its histograms as they are.
    pub fn take_probe(&mut self, probe: Probe) {
        for (name, value) in probe.logs() {
            self.take_value(probe.step, &name, value);
        }
        self.probes.push(probe);
    }

    /// Records `logs` at `step`.
    pub fn take_logs(&mut self, step: Step, logs: &Logs) {
        for (name, value) in &logs.0 {
            self.take_value(step, name, *value);
        }
    }

    /// Records one value. A second value of one series at one step cannot be drawn and is left out.
    pub fn take_value(&mut self, step: Step, name: &str, value: f64) {
        let series = self.column(name);
        if series.last().is_none_or(|(last, _)| last < step) {
            series.push(step, value as f32);
        }
    }

    fn column(&mut self, name: &str) -> &mut Series {
        self.series.entry(name.to_owned()).or_default()
    }

    /// Lets the run go on from its state of `step`, since it was interrupted: drops all that was recorded after that, which is trained
    /// once more. What it has cost stays in the sums of the run's times.
    pub fn interrupt(&mut self, step: Step, why: String) {
        if self.interruptions.len() < MOST_INTERRUPTIONS {
            let losses = self.series.get(series::BATCH_LOSS).into_iter().flat_map(Series::iter).filter(|(at, _)| *at > step);
            let interruption = Interruption::new(step, why, losses, self.interruptions.last_mut());
            self.interruptions.push(interruption);
        }
        self.series.values_mut().for_each(|series| series.truncate_from(step.saturating_add(1)));
        self.series.retain(|_, series| !series.is_empty());
        self.at_ms.truncate(step as usize);
        self.probes.go_back_to(step);
        self.evaluations.go_back_to(step);
        self.diagnoses.retain(|diagnosis| diagnosis.step <= step);
        self.bands.go_back_to(step);
        self.watching.take_if(|cost| cost.step > step);
        let per_epoch = self.begin.as_ref().map_or(0, |begin| begin.batches_per_epoch);
        self.costs.begin_epoch(step.checked_div(per_epoch).unwrap_or(0));
    }
}
