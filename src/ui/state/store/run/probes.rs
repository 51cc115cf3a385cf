//! [`Probes`]: the looks into the network that a run keeps, thinned out when they become many. Never here: the values in them, which
//! are series too and stay.

use crate::domain::record::probe::Probe;
use crate::domain::run::event::Step;

/// Looks into the network whose histograms are kept: at most [`Probes::MOST`], so that memory stays bounded. When they
/// are more, every second one goes; their values stay, as series.
#[derive(Default)]
pub struct Probes {
    kept: Vec<Probe>,
    seen: usize,
    stride: usize,
}

impl Probes {
    /// The most that are kept: about 5 kB each for the small CNN.
    pub const MOST: usize = 400;

    pub(in crate::ui::state::store) fn push(&mut self, probe: Probe) {
        let stride = self.stride.max(1);
        if self.seen.is_multiple_of(stride) {
            self.kept.push(probe);
        }
        self.seen += 1;
        if self.kept.len() > Self::MOST {
            let mut index = 0;
            self.kept.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.stride = 2 * stride;
        }
    }

    /// Drops the looks after `step`.
    pub(super) fn go_back_to(&mut self, step: Step) {
        let before = self.kept.len();
        self.kept.retain(|probe| probe.step <= step);
        self.seen = self.seen.saturating_sub((before - self.kept.len()) * self.stride.max(1));
    }

    /// The looks that are kept, in order.
    pub fn kept(&self) -> &[Probe] {
        &self.kept
    }

    /// The place among those kept of the look at `step`, or of the last one before it; the first one where there is none before.
    pub fn place_at(&self, step: Step) -> usize {
        self.kept.partition_point(|probe| probe.step <= step).saturating_sub(1)
    }

    /// Counts looks whose histograms were left out of a file.
    pub(in crate::ui::state::store) fn count_at_least(&mut self, looks: usize) {
        self.seen = self.seen.max(looks);
    }

    /// The number of looks that there were.
    pub fn seen(&self) -> usize {
        self.seen
    }
}
