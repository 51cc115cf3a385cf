//! Recording: from a worker's message to the record of its run. Everything that a hook is told is recorded here before it is told.

use super::Store;
use crate::error::Result;
use crate::protocol::frame::Frame;
use crate::protocol::{Event, floats};

impl Store {
    /// Takes `event`, which came at `now_ms` (since 1970), into the record of its run. Gives the batches of
    /// [`Event::Records`], for those who want each.
    ///
    /// # Errors
    /// [`crate::error::Code::Protocol`] when a frame of batches is damaged; nothing is recorded then.
    pub fn record(&mut self, event: &Event, bulk: &[Vec<u8>], now_ms: f64) -> Result<Option<Frame>> {
        let Some(run) = event.run().and_then(|run| self.run_mut(run)) else { return Ok(None) };
        let bytes = bulk.first().map_or(&[][..], Vec::as_slice);
        match event {
            Event::Records { .. } => return run.take_frame(bytes).map(Some),
            Event::Started { device, begin, shape, classes, .. } => {
                run.device.clone_from(device);
                run.begin = Some(begin.clone());
                run.data = Some((*shape, classes.clone()));
                // The clock of the batches starts here, not when the worker was asked. That of a run that goes on has started.
                if run.at_ms.is_empty() {
                    run.started_at = now_ms;
                }
            }
            Event::EpochBegun { begin, .. } => run.costs.begin_epoch(begin.epoch),
            // The values come once more with the epoch's end, and are recorded once.
            Event::ValidationEnded { end, .. } => run.take_logs(end.step, &end.logs),
            Event::EpochEnded { end, .. } => run.take_logs(end.step, &end.logs),
            Event::Logged { step, name, value, .. } => run.take_value(*step, name, *value),
            Event::Probed { probe, .. } => run.take_probe((**probe).clone()),
            Event::Evaluated { evaluation, .. } => run.evaluations.push((**evaluation).clone(), floats::from_bytes(bytes)),
            Event::Learned { card, .. } => run.take_weights(card.clone()),
            Event::Checkpoints { kept, .. } => run.checkpoints.clone_from(kept),
            Event::Trail { trail, .. } => run.trail.clone_from(trail),
            Event::Watched { cost, .. } => run.take_watching((**cost).clone()),
            Event::Input { number, entry, .. } => drop(run.inputs.take(*number, entry.clone())),
            Event::Diagnosed { diagnosis, .. } => run.diagnoses.push((**diagnosis).clone()),
            _ => {}
        }
        Ok(None)
    }
}
