//! A batch in slow motion, between the turn in which it was wished for and the next one. Never here: what is looked at
//! ([`view::slow`](crate::train::view::slow)); the batch's own training, which is that of any other.

use super::{Fit, Host};
use crate::domain::view::slow::SlowWish;
use crate::error::Result;
use crate::train::clock::Clock;
use crate::train::view::slow::SlowMotion;

impl<H: Host> Fit<'_, H> {
    /// Looks at the batch with the samples at `indices`, which is trained next, before its update. As for all that a visitor
    /// asks for, its time is in none of the run's.
    pub(super) fn begin_slowly(&mut self, indices: &[u32]) -> SlowMotion {
        let begin = self.host.now_ms();
        let motion = SlowMotion::begin(self.trainer, self.data, indices);
        let now = self.host.now_ms();
        self.costs.leave_out(now - begin, now);
        motion
    }

    /// Looks at the same batch after its update, and tells the host of it.
    pub(super) async fn end_slowly(&mut self, motion: SlowMotion, wish: &SlowWish, epoch: u32, learning_rate: f64) -> Result<()> {
        let begin = self.host.now_ms();
        let (step, numbers) = motion.end(self.trainer, wish, epoch, learning_rate).await?;
        self.host.slowed(step, numbers);
        let now = self.host.now_ms();
        self.costs.leave_out(now - begin, now);
        Ok(())
    }
}
