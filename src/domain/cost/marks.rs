//! What is special about a batch's time, as bits that are recorded with it (series `time/marks`).

use crate::domain::run::event::Step;

/// Memory is first touched, a GPU compiles its programs: the first batches of a run, on a GPU also the first of each
/// shape and all that were read together with it.
pub const WARM_UP: u32 = 1;
/// The page was not in view during the batch: browsers then give it less time.
pub const HIDDEN: u32 = 2;
/// The run was held before the batch. The pause itself is in none of its times.
pub const AFTER_PAUSE: u32 = 4;
/// Run phase by phase, with a wait for the device after each: slower than the others by that.
pub const SYNCHRONISED: u32 = 8;
/// Nothing was watched during the batch but its own record, to learn what watching costs.
pub const BARE: u32 = 16;
/// The network was looked into.
pub const LOOK: u32 = 32;

/// Batches with one of these are kept out of all averages.
pub const KEPT_OUT: u32 = WARM_UP | HIDDEN | SYNCHRONISED;

/// Batches in a row with the same mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// [`WARM_UP`], [`HIDDEN`] or [`AFTER_PAUSE`].
    pub mark: u32,
    /// The first batch.
    pub from: Step,
    /// The last batch.
    pub to: Step,
}

/// Where a run's times mean something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bands(Vec<Band>);

impl Bands {
    /// The most that are kept: a run that is stepped through by hand has a pause before each batch.
    pub const MOST: usize = 500;

    /// Takes in batches with their marks, as they were recorded.
    pub fn take(&mut self, steps: &[Step], marks: &[f32]) {
        for (&step, &bits) in steps.iter().zip(marks).filter(|&(_, &bits)| bits != 0.0) {
            for mark in [WARM_UP, HIDDEN, AFTER_PAUSE] {
                if bits as u32 & mark == 0 {
                    continue;
                }
                let goes_on = |band: &&mut Band| band.mark == mark && band.to + 1 == step && mark != AFTER_PAUSE;
                if let Some(band) = self.0.iter_mut().rev().find(goes_on) {
                    band.to = step;
                } else if self.0.len() < Self::MOST {
                    self.0.push(Band { mark, from: step, to: step });
                }
            }
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Band] {
        &self.0
    }

    /// Whether there is any with `mark`.
    pub fn has(&self, mark: u32) -> bool {
        self.0.iter().any(|band| band.mark == mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_band_and_each_pause_is_its_own() {
        let mut bands = Bands::default();
        let bits = [WARM_UP, WARM_UP, 0, HIDDEN | AFTER_PAUSE, HIDDEN | LOOK, AFTER_PAUSE, AFTER_PAUSE | BARE];
        bands.take(&[1, 2, 3, 4], &bits[..4].iter().map(|&bits| bits as f32).collect::<Vec<_>>());
        bands.take(&[5, 6, 7], &bits[4..].iter().map(|&bits| bits as f32).collect::<Vec<_>>());
        let band = |mark, from, to| Band { mark, from, to };
        assert_eq!(
            bands.all(),
            [band(WARM_UP, 1, 2), band(HIDDEN, 4, 5), band(AFTER_PAUSE, 4, 4), band(AFTER_PAUSE, 6, 6), band(AFTER_PAUSE, 7, 7)]
        );
        assert!(bands.has(HIDDEN) && !bands.has(SYNCHRONISED));
    }
}
