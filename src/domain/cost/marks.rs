//! Marks that say why a batch's time is special, as bits that are recorded with it (series `time/marks`).

use crate::domain::run::event::Step;

/// The batch was warm-up: memory is first touched, a GPU compiles its programs. Marked are the first batches of a run, on
/// a GPU also the first of each shape and all that were read together with it.
pub const WARM_UP: u32 = 1;
/// The page was not in view during the batch: browsers then give it less time.
pub const HIDDEN: u32 = 2;
/// The run was paused before the batch. The pause itself is in none of its times.
pub const AFTER_PAUSE: u32 = 4;
/// The batch was run phase by phase, with a wait for the device after each, which makes it slower.
pub const SYNCHRONISED: u32 = 8;
/// The batch was bare: no probe, nothing sent to the page, to learn the cost of watching.
pub const BARE: u32 = 16;
/// The batch had a probe.
pub const LOOK: u32 = 32;

/// The marks that keep a batch out of all averages.
pub const KEPT_OUT: u32 = WARM_UP | HIDDEN | SYNCHRONISED;

/// A range of consecutive batches with the same mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// The mark: [`WARM_UP`], [`HIDDEN`] or [`AFTER_PAUSE`].
    pub mark: u32,
    /// The first batch.
    pub from: Step,
    /// The last batch.
    pub to: Step,
}

/// The marked ranges of a run, which the charts shade.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bands(Vec<Band>);

impl Bands {
    /// The largest number of bands that are kept: a run that is stepped through by hand has a pause before each batch.
    pub const MOST: usize = 500;

    /// Adds batches with their recorded marks.
    pub fn take(&mut self, steps: &[Step], marks: &[f32]) {
        for (&step, &bits) in steps.iter().zip(marks).filter(|&(_, &bits)| bits != 0.0) {
            for mark in [WARM_UP, HIDDEN, AFTER_PAUSE] {
                if bits as u32 & mark == 0 {
                    continue;
                }
                let goes_on = |band: &&mut Band| band.mark == mark && band.to.checked_add(1) == Some(step) && mark != AFTER_PAUSE;
                if let Some(band) = self.0.iter_mut().rev().find(goes_on) {
                    band.to = step;
                } else if self.0.len() < Self::MOST {
                    self.0.push(Band { mark, from: step, to: step });
                }
            }
        }
    }

    /// Drops what lies after `step`.
    pub fn go_back_to(&mut self, step: Step) {
        self.0.retain(|band| band.from <= step);
        self.0.iter_mut().for_each(|band| band.to = band.to.min(step));
    }

    /// All bands, in the order in which they began.
    pub fn all(&self) -> &[Band] {
        &self.0
    }

    /// Whether there is a band with `mark`.
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
