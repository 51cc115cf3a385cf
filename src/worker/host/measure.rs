//! The host of a measurement: it lets it train until enough is timed. Never here: what is measured.

use crate::train::clock::{Clock, WallClock};
use crate::train::fit::{Host, Moment, Turn};
use crate::train::shards::Replicas;
use crate::web::tasks::Pace;
use crate::worker::team::Helpers;
use std::rc::Rc;

/// Number of batches before the measurement: the first ones compile programs and find memory.
const WARM_UP: u32 = 4;
/// Number of batches that a measurement has at least.
const LEAST: u32 = 6;
/// The time after which a measurement has enough batches, in milliseconds.
const ENOUGH_MS: f64 = 400.0;

/// The host of a measurement: it lets it train until it is over.
pub struct Measurement {
    clock: WallClock,
    helpers: Helpers,
    pace: Pace,
    /// Whether something else is to have the device.
    is_in_the_way: Rc<dyn Fn() -> bool>,
    /// Number of batches that were begun.
    batches: u32,
    /// Number of batches that were done at the begin and at the end, and the times.
    span: Option<((u32, f64), (u32, f64))>,
}

impl Measurement {
    /// A measurement that is about to begin; it ends early when something `is_in_the_way`.
    pub fn new(helpers: Helpers, is_in_the_way: Rc<dyn Fn() -> bool>) -> Self {
        Self { clock: WallClock::default(), helpers, pace: Pace::begin(), is_in_the_way, batches: 0, span: None }
    }

    /// The milliseconds a batch, if it has come to its end.
    pub fn batch_ms(&self) -> Option<f64> {
        let ((first, begin), (last, end)) = self.span?;
        (last > first && !(self.is_in_the_way)()).then(|| (end - begin) / f64::from(last - first))
    }
}

impl Clock for Measurement {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl Host for Measurement {
    async fn turn(&mut self, moment: Moment) -> Turn {
        self.pace.breathe().await;
        let mut turn = Turn { stop: (self.is_in_the_way)().then(|| "something else has the device".to_owned()), ..Turn::default() };
        if let Moment::Batch { waiting } = moment {
            // A moment at which batches are not read yet would count what is not done.
            if waiting == 0 && self.batches >= WARM_UP {
                let here = (self.batches, self.now_ms());
                let (begin, _) = *self.span.get_or_insert((here, here));
                self.span = Some((begin, here));
                if here.0 - begin.0 >= LEAST && here.1 - begin.1 >= ENOUGH_MS {
                    turn.stop = Some("measured".to_owned());
                }
            }
            self.batches += 1;
        }
        turn
    }

    fn replicas(&mut self) -> Option<&mut dyn Replicas> {
        Some(&mut self.helpers)
    }
}
