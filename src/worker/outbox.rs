//! The outbox of a run: records for the page gathered into frames, hooks in their order between them, status now and
//! then.
//!
//! A frame goes out every [`FLUSH_MS`] or [`FLUSH_ROWS`] batches, and before every hook, so the page sees everything
//! in the order in which it happened. Nothing is dropped; while the page is busy ([`MAX_UNACKNOWLEDGED`] frames on
//! their way) records gather here into larger frames.

use super::samples::sample_bytes;
use crate::domain::callback::{Callback, Controls, ProgressMeter, Role};
use crate::domain::cost::watch::WatchCost;
use crate::domain::data::Dataset;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::record::probe::Probe;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::event::{BatchEnd, EpochBegin, EpochEnd, Evaluation, Step, TrainBegin, TrainEnd, Validation};
use crate::domain::run::journal::Entry;
use crate::domain::run::trail::TrailCard;
use crate::protocol::frame::Frame;
use crate::protocol::{Event, RunId};
use crate::web::port::PagePort;
use std::cell::RefCell;
use std::rc::Rc;

/// The time between two frames while there are records, in milliseconds: once a frame of the screen.
const FLUSH_MS: f64 = 16.0;
/// The largest number of batches in a frame.
const FLUSH_ROWS: usize = 256;
/// The largest number of frames that are not acknowledged.
const MAX_UNACKNOWLEDGED: u32 = 8;
/// Number of frames that are not acknowledged from which on the training waits for the page: some ten epochs.
const FAR_AHEAD: u32 = 32;
/// The shortest time between two status messages, in milliseconds.
const STATUS_MS: f64 = 100.0;

struct State {
    frame: Frame,
    unacknowledged: u32,
    flushed_ms: f64,
    status_ms: f64,
    /// The checkpoints, if they have changed; sent with the next status, for a callback may keep weights at every batch.
    checkpoints: Option<Vec<CheckpointCard>>,
    /// The trail, if it has changed; sent with the next status.
    trail: Option<TrailCard>,
    /// The run's end, once the training has ended.
    end: Option<TrainEnd>,
}

/// The outbox of one run; clones share it.
#[derive(Clone)]
pub struct Outbox {
    port: PagePort,
    run: RunId,
    device: Rc<str>,
    meter: ProgressMeter,
    /// The data set, for images of the worst samples.
    data: Rc<Dataset>,
    state: Rc<RefCell<State>>,
}

impl Outbox {
    /// An empty outbox for `run` on `device` (in words), with `meter` for its status.
    pub fn new(port: PagePort, run: RunId, device: &str, meter: ProgressMeter, data: Rc<Dataset>) -> Self {
        let never = f64::NEG_INFINITY;
        let state = State {
            frame: Frame::default(),
            unacknowledged: 0,
            flushed_ms: never,
            status_ms: never,
            checkpoints: None,
            trail: None,
            end: None,
        };
        Self { port, run, device: device.into(), meter, data, state: Rc::new(RefCell::new(state)) }
    }

    /// Sends everything that is due at `now_ms`, of a run that is paused or not.
    pub fn flush_if_due(&self, now_ms: f64, paused: bool) {
        let state = self.state.borrow();
        let due = now_ms - state.flushed_ms >= FLUSH_MS || state.frame.len() >= FLUSH_ROWS;
        let status_due = now_ms - state.status_ms >= STATUS_MS;
        let may_send = state.unacknowledged < MAX_UNACKNOWLEDGED;
        drop(state);
        if due && may_send {
            self.flush();
            self.state.borrow_mut().flushed_ms = now_ms;
        }
        if status_due {
            if paused {
                // What the page sees of a held run is all of it.
                self.flush();
            }
            self.send_status(paused);
            self.state.borrow_mut().status_ms = now_ms;
        }
    }

    /// Sends all records, whether the page is busy or not.
    pub fn flush(&self) {
        let mut state = self.state.borrow_mut();
        if state.frame.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut state.frame).encode();
        state.unacknowledged += 1;
        drop(state);
        self.port.post(&Event::Records { run: self.run }, &[bytes]);
    }

    /// The meter whose progress the status has.
    pub fn meter(&self) -> &ProgressMeter {
        &self.meter
    }

    /// Sends the status, and the lists of checkpoints and moments if they have changed.
    pub fn send_status(&self, paused: bool) {
        self.send_checkpoints();
        self.port.post(&Event::Status { run: self.run, paused, progress: self.meter.read() }, &[]);
    }

    /// Sends the list of checkpoints, and the trail, if they have changed.
    pub fn send_checkpoints(&self) {
        let kept = self.state.borrow_mut().checkpoints.take();
        if let Some(kept) = kept {
            self.port.post(&Event::Checkpoints { run: self.run, kept }, &[]);
        }
        let trail = self.state.borrow_mut().trail.take();
        if let Some(trail) = trail {
            self.port.post(&Event::Trail { run: self.run, trail }, &[]);
        }
    }

    /// Sends the run's end, if the training has ended by itself or by a stop. It is not sent in the hook, since other
    /// callbacks may log or restore weights in theirs: the page must hear of the end after all of that.
    pub fn finish(&self) {
        let end = self.state.borrow_mut().end.take();
        if let Some(end) = end {
            self.flush();
            self.send_status(false);
            self.port.post(&Event::Finished { run: self.run, end }, &[]);
        }
    }

    /// Whether more is on its way than a page takes in within a moment. Frames of batches wait by themselves; only what goes out in
    /// order, at each epoch, can come to this.
    pub fn is_far_ahead(&self) -> bool {
        self.state.borrow().unacknowledged >= FAR_AHEAD
    }

    /// Takes in that the page has acknowledged frames.
    pub fn acknowledge(&self, frames: u32) {
        let mut state = self.state.borrow_mut();
        state.unacknowledged = state.unacknowledged.saturating_sub(frames);
    }

    fn post_in_order(&self, event: &Event) {
        self.flush();
        self.port.post(event, &[]);
    }
}

impl Callback for Outbox {
    fn name(&self) -> &'static str {
        "outbox"
    }

    fn role(&self) -> Role {
        Role::Record
    }

    fn on_train_begin(&mut self, event: &TrainBegin) -> Controls {
        let (device, shape, classes) = (self.device.to_string(), self.data.shape(), self.data.classes().to_vec());
        self.port.post(&Event::Started { run: self.run, device, begin: event.clone(), shape, classes }, &[]);
        Controls::new()
    }

    /// Tells the page what it must know of any run that a worker has; a run that goes on is one that it knows.
    fn on_train_resume(&mut self, event: &TrainBegin, _: Step) {
        self.on_train_begin(event);
    }

    fn on_input(&mut self, number: u32, event: &Entry) {
        self.post_in_order(&Event::Input { run: self.run, number, entry: event.clone() });
    }

    fn on_epoch_begin(&mut self, event: &EpochBegin) -> Controls {
        self.post_in_order(&Event::EpochBegun { run: self.run, begin: *event });
        Controls::new()
    }

    fn on_batch_end(&mut self, event: &BatchEnd) -> Controls {
        self.state.borrow_mut().frame.push_batch(event);
        Controls::new()
    }

    fn on_probe(&mut self, event: &Probe) -> Controls {
        self.post_in_order(&Event::Probed { run: self.run, probe: Box::new(event.clone()) });
        Controls::new()
    }

    fn on_checkpoints(&mut self, kept: &[CheckpointCard]) {
        self.state.borrow_mut().checkpoints = Some(kept.to_vec());
    }

    fn on_trail(&mut self, trail: &TrailCard) {
        self.state.borrow_mut().trail = Some(trail.clone());
    }

    fn on_diagnosis(&mut self, event: &Diagnosis) {
        self.post_in_order(&Event::Diagnosed { run: self.run, diagnosis: Box::new(event.clone()) });
    }

    fn on_watching(&mut self, event: &WatchCost) {
        self.post_in_order(&Event::Watched { run: self.run, cost: Box::new(event.clone()) });
    }

    fn on_validation_begin(&mut self, event: &Validation) -> Controls {
        self.post_in_order(&Event::ValidationBegun { run: self.run, begin: event.clone() });
        Controls::new()
    }

    fn on_evaluation(&mut self, event: &Evaluation) -> Controls {
        self.flush();
        let indices: Vec<u32> = event.worst.iter().map(|outcome| outcome.index).collect();
        let bytes = sample_bytes(&self.data, &indices);
        self.port.post(&Event::Evaluated { run: self.run, evaluation: Box::new(event.clone()) }, &[bytes]);
        Controls::new()
    }

    fn on_validation_end(&mut self, event: &Validation) -> Controls {
        self.post_in_order(&Event::ValidationEnded { run: self.run, end: event.clone() });
        Controls::new()
    }

    fn on_epoch_end(&mut self, event: &EpochEnd) -> Controls {
        self.post_in_order(&Event::EpochEnded { run: self.run, end: event.clone() });
        Controls::new()
    }

    fn on_log(&mut self, step: Step, name: &str, value: f64) {
        self.post_in_order(&Event::Logged { run: self.run, step, name: name.to_owned(), value });
    }

    fn on_train_end(&mut self, event: &TrainEnd) -> Controls {
        self.state.borrow_mut().end = Some(event.clone());
        Controls::new()
    }
}
