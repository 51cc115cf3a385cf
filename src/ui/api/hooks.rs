//! The hooks as the page's own code and `window.emberscope.on` see them: names, and who listens.

use crate::domain::run::event::{BatchBegin, BatchEnd, PhaseTimes, TrainBegin};
use crate::protocol::frame::Frame;
use crate::protocol::{Event, RunId};
use crate::web::js::to_js;
use serde::{Serialize, Serializer};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// The hooks' names, as in Keras.
pub const NAMES: [&str; 12] = [
    "on_train_begin",
    "on_train_end",
    "on_epoch_begin",
    "on_epoch_end",
    "on_batch_begin",
    "on_batch_end",
    "on_validation_begin",
    "on_validation_end",
    "on_log",
    "on_evaluation",
    "on_probe",
    "on_diagnosis",
];

struct Listener {
    id: u32,
    hook: &'static str,
    handler: js_sys::Function,
}

/// The handlers, each with its hook.
#[derive(Clone, Default)]
pub struct Listeners(Rc<RefCell<(u32, Vec<Listener>)>>);

impl Listeners {
    /// Calls `handler` at `hook` from now on; returns what [`Listeners::remove`] takes.
    pub fn add(&self, hook: &'static str, handler: js_sys::Function) -> u32 {
        let mut inner = self.0.borrow_mut();
        inner.0 += 1;
        let id = inner.0;
        inner.1.push(Listener { id, hook, handler });
        id
    }

    /// Calls it no more.
    pub fn remove(&self, id: u32) {
        self.0.borrow_mut().1.retain(|listener| listener.id != id);
    }

    fn listened(&self, hook: &str) -> bool {
        self.0.borrow().1.iter().any(|listener| listener.hook == hook)
    }

    /// Calls the handlers of `hook`. A handler that throws is reported in the console; the others are still called.
    fn call(&self, hook: &str, payload: &impl Serialize) {
        // Copied out, since a handler may add or remove handlers.
        let handlers: Vec<_> =
            self.0.borrow().1.iter().filter(|listener| listener.hook == hook).map(|listener| listener.handler.clone()).collect();
        if handlers.is_empty() {
            return;
        }
        let payload = to_js(payload);
        for handler in handlers {
            if let Err(thrown) = handler.call1(&JsValue::UNDEFINED, &payload) {
                web_sys::console::error_2(&format!("a handler of {hook} failed").into(), &thrown);
            }
        }
    }

    /// Passes on an event that is a hook.
    pub fn event(&self, event: &Event) {
        match event {
            Event::Started { run, begin, device, .. } => self.call("on_train_begin", &TrainPayload { run: *run, device, begin }),
            Event::EpochBegun { run, begin } => self.call("on_epoch_begin", &Payload { run: *run, event: begin }),
            Event::ValidationBegun { run, begin } => self.call("on_validation_begin", &Payload { run: *run, event: begin }),
            Event::ValidationEnded { run, end } => {
                self.call("on_validation_end", &with_logs(*run, end.epoch, end.step, &end.logs.0));
            }
            Event::EpochEnded { run, end } => self.call("on_epoch_end", &with_logs(*run, end.epoch, end.step, &end.logs.0)),
            Event::Evaluated { run, evaluation } => self.call("on_evaluation", &Payload { run: *run, event: &**evaluation }),
            Event::Probed { run, probe } => self.call("on_probe", &Payload { run: *run, event: &**probe }),
            Event::Diagnosed { run, diagnosis } => self.call("on_diagnosis", &Payload { run: *run, event: &**diagnosis }),
            Event::Logged { run, step, name, value } => {
                self.call("on_log", &LogPayload { run: *run, step: *step, name, value: *value });
            }
            Event::Finished { run, end } => self.call("on_train_end", &Payload { run: *run, event: end }),
            _ => {}
        }
    }

    /// Passes on each batch of a frame, if anyone listens.
    pub fn frame(&self, run: RunId, begin: &TrainBegin, batch_size: usize, frame: &Frame) {
        let (on_begin, on_end) = (self.listened("on_batch_begin"), self.listened("on_batch_end"));
        if !on_begin && !on_end {
            return;
        }
        for row in 0..frame.len() {
            let event = frame.batch(row, begin, batch_size);
            if on_begin {
                let begin = BatchBegin { step: event.step, epoch: event.epoch, batch: event.batch, size: event.size };
                self.call("on_batch_begin", &Payload { run, event: &begin });
            }
            if on_end {
                self.call("on_batch_end", &batch_payload(run, &event));
            }
        }
    }
}

#[derive(Serialize)]
struct Payload<'a, T: Serialize> {
    run: RunId,
    #[serde(flatten)]
    event: &'a T,
}

#[derive(Serialize)]
struct TrainPayload<'a> {
    run: RunId,
    device: &'a str,
    #[serde(flatten)]
    begin: &'a TrainBegin,
}

#[derive(Serialize)]
struct LogsPayload<'a> {
    run: RunId,
    epoch: u32,
    step: u32,
    #[serde(serialize_with = "as_object")]
    logs: &'a [(String, f64)],
}

fn as_object<S: Serializer>(logs: &&[(String, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(logs.iter().map(|(name, value)| (name, value)))
}

fn with_logs(run: RunId, epoch: u32, step: u32, logs: &[(String, f64)]) -> LogsPayload<'_> {
    LogsPayload { run, epoch, step, logs }
}

#[derive(Serialize)]
struct LogPayload<'a> {
    run: RunId,
    step: u32,
    name: &'a str,
    value: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchLogs {
    loss: f64,
    accuracy: f64,
    learning_rate: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchPayload {
    run: RunId,
    step: u32,
    epoch: u32,
    batch: u32,
    size: u32,
    at_ms: f64,
    logs: BatchLogs,
    times: PhaseTimes,
}

fn batch_payload(run: RunId, event: &BatchEnd) -> BatchPayload {
    let &BatchEnd { step, epoch, batch, size, at_ms, times, loss, accuracy, learning_rate } = event;
    BatchPayload { run, step, epoch, batch, size, at_ms, times, logs: BatchLogs { loss, accuracy, learning_rate } }
}
