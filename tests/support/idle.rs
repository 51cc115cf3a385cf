//! A host of the training loop without any other work; shared by the tests of every device.

use emberscope::train::clock::{Clock, WallClock};
use emberscope::train::fit::{Host, Moment, Turn};

/// A host without any other work between batches.
#[derive(Default)]
pub struct Idle(WallClock);

impl Clock for Idle {
    fn now_ms(&self) -> f64 {
        self.0.now_ms()
    }
}

impl Host for Idle {
    async fn turn(&mut self, _: Moment) -> Turn {
        Turn::default()
    }
}
