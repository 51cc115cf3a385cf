//! One step in slow motion on the page: its four acts, how far the present one is, and how much of each column is lit in it, as
//! plain data. Never here: canvases, timers; the words ([`words`]).

pub mod words;

use super::Seen;
use crate::domain::run::config::OptimizerSpec;
use crate::domain::view::slow::{ArrayStep, SlowNumbers, SlowStep, Term};

/// The time in which an act is played, in milliseconds.
const ACT_MS: f64 = 2200.0;
/// The time for which its end stays, while the acts are played one after the other, in acts.
const REST: f64 = 1.6;
/// The light on a column that is not lit.
const DARK: f64 = 0.12;

/// The acts of a step, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Act {
    /// The way from the sample to the answer.
    #[default]
    Forward,
    /// The way from the answers to the batch's loss.
    Loss,
    /// The way from the loss back to every weight.
    Backward,
    /// The way from the old weights to the new ones.
    Update,
}

impl Act {
    /// All acts.
    pub const ALL: [Self; 4] = [Self::Forward, Self::Loss, Self::Backward, Self::Update];

    /// The name on the page.
    pub fn title(self) -> &'static str {
        ["Forward", "Loss", "Backward", "Update"][self as usize]
    }

    /// The act that lies `by` further; the first follows on the last, and none comes before the first.
    pub fn turn(self, by: isize) -> Self {
        Self::ALL[(self as isize + by).max(0) as usize % Self::ALL.len()]
    }
}

/// The state of a show: which act, how far, and whether the next ones follow by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Show {
    /// The act.
    pub act: Act,
    /// The time since its begin, in acts: 1 at its end, more while that stays.
    pub time: f64,
    /// Whether the next acts follow.
    pub is_playing: bool,
}

impl Show {
    /// The begin of `act`; its end where nothing is to move.
    pub fn of(act: Act, moves: bool) -> Self {
        Self { act, time: if moves { 0.0 } else { 1.0 }, is_playing: false }
    }

    /// Whether time changes anything.
    pub fn is_moving(&self) -> bool {
        self.time < 1.0 || self.is_playing
    }

    /// The share of the act that is over, from 0 to 1.
    pub fn share(&self) -> f64 {
        self.time.clamp(0.0, 1.0)
    }

    /// The state `ms` milliseconds later.
    pub fn later(mut self, ms: f64) -> Self {
        self.time += ms / ACT_MS;
        if !self.is_playing {
            self.time = self.time.min(1.0);
        } else if self.time >= 1.0 + REST {
            if self.act == Act::Update {
                (self.time, self.is_playing) = (1.0, false);
            } else {
                (self.act, self.time) = (self.act.turn(1), 0.0);
            }
        }
        self
    }
}

/// One step of a run, to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct SlowFilm {
    /// The step.
    pub step: SlowStep,
    /// The network before the update, with the batch's first sample.
    pub before: Seen,
    /// The slopes in place of answers and weights.
    pub slopes: Seen,
    /// The network with the weights after the update.
    pub after: Seen,
    /// The first samples' losses.
    pub terms: Vec<Term>,
    /// The steps of the arrays of weights.
    pub arrays: Vec<ArrayStep>,
    /// The rule of the update.
    pub optimizer: OptimizerSpec,
    /// Whether the run was going on, and was held for it.
    pub was_held: bool,
}

impl SlowFilm {
    /// The film of `step` of the run that `seen` names, whose view is to be replaced.
    pub fn new(step: SlowStep, numbers: SlowNumbers, optimizer: OptimizerSpec, was_held: bool, seen: (u32, Vec<String>)) -> Self {
        let (run, classes) = seen;
        let of = |numbers| Seen { run: Some(run), view: step.view.clone(), numbers, classes: classes.clone() };
        let (slopes, after) = (of(numbers.of_slopes()), of(numbers.of_after(&step.view)));
        let before = of(numbers.before);
        Self { before, slopes, after, terms: numbers.terms, arrays: numbers.arrays, step, optimizer, was_held }
    }

    /// The view whose numbers the boxes show in `act`.
    pub fn seen(&self, act: Act) -> &Seen {
        if act == Act::Backward { &self.slopes } else { &self.before }
    }

    /// The array whose weight moved most of all, with its name.
    pub fn most_moved(&self) -> Option<(String, ArrayStep)> {
        let moved = |array: &ArrayStep| (array.new - array.old).abs();
        self.step.arrays.iter().cloned().zip(self.arrays.iter().copied()).reduce(
            |best, next| {
                if moved(&next.1) > moved(&best.1) { next } else { best }
            },
        )
    }
}

/// The light on column `column` of `columns` (the inputs are the first) in `show`, from 0 to 1.
pub fn lit(show: Show, column: usize, columns: usize) -> f64 {
    let last = columns.saturating_sub(1);
    let after = |place: usize| {
        // The first column is there from the begin; each next one comes when the one before is lit.
        let begin = place as f64 - 1.0;
        let share = (show.share() * last.max(1) as f64 - begin).clamp(0.0, 1.0);
        DARK + (1.0 - DARK) * share
    };
    match show.act {
        Act::Forward => after(column),
        Act::Loss => {
            if column == last {
                1.0
            } else {
                2.0 * DARK
            }
        }
        Act::Backward => after(last.saturating_sub(column)),
        Act::Update => 1.0,
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::super::testing;
    use super::*;

    /// A step of a small network for images, whose last weight moved most.
    pub fn film() -> SlowFilm {
        let mut seen = testing::seen();
        let card = crate::domain::view::SampleCard { index: Some(207), number: None, of: 9, label: Some(1), loss: Some(0.287_682_07) };
        seen.view.sample = Some(card);
        let (classes, view) = (seen.classes.clone(), seen.view.clone());
        let slopes = seen.numbers.layers.iter().map(|layer| layer.iter().map(|value| -value).collect()).collect();
        let after = view
            .layers
            .iter()
            .zip(&seen.numbers.layers)
            .map(|(layer, numbers)| numbers[layer.shown.len() * layer.map as usize..].iter().map(|value| value + 0.5).collect());
        let terms = (0..8).map(|index| Term { index, label: 1, probability: 0.75, loss: 0.287_682_07 }).collect();
        let array =
            |old: f32, new: f32| ArrayStep { weights: 2.0, gradient: 0.5, change: 0.01, old, slope: 0.25, new, means: [0.025, 0.001] };
        let numbers = SlowNumbers {
            after: after.collect(),
            slopes,
            terms,
            arrays: vec![array(0.1, 0.099), array(0.0, 0.001), array(0.5, 0.499), array(0.0, 0.0), array(-0.3, -0.31), array(0.0, 0.002)],
            before: seen.numbers,
        };
        let step = SlowStep {
            epoch: 0,
            size: 9,
            loss: 0.3,
            rest: 2.7 - 8.0 * 0.287_682_07,
            learning_rate: 0.01,
            clip: 1.0,
            updates: 21,
            arrays: ["conv2d_1/kernel", "conv2d_1/bias", "dense_1/kernel", "dense_1/bias", "output/kernel", "output/bias"]
                .map(str::to_owned)
                .to_vec(),
            moved: vec![0, 1, 2, 0, 5, 1],
            view,
        };
        SlowFilm::new(step, numbers, OptimizerSpec::adam(0.01), true, (1, classes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_follow_each_other_and_end() {
        let mut show = Show { is_playing: true, ..Show::of(Act::Forward, true) };
        let mut seen = vec![show.act];
        for _ in 0..1000 {
            show = show.later(33.0);
            if seen.last() != Some(&show.act) {
                assert_eq!(show.time, 0.0);
                seen.push(show.act);
            }
        }
        assert_eq!(seen, Act::ALL);
        assert_eq!((show.time, show.is_playing, show.is_moving()), (1.0, false, false));
        // By hand an act ends, and the next one waits.
        let by_hand = Show::of(Act::Loss, true).later(1e6);
        assert_eq!((by_hand.act, by_hand.time, by_hand.is_moving()), (Act::Loss, 1.0, false));
        assert!(!Show::of(Act::Loss, false).is_moving(), "where nothing is to move an act is at its end at once");
        assert_eq!((Act::Forward.turn(-1), Act::Update.turn(1), Act::Update.turn(-1)), (Act::Forward, Act::Forward, Act::Backward));
    }

    #[test]
    fn light_goes_to_the_right_and_back() {
        let at = |act, time| (0..4).map(|column| lit(Show { act, time, is_playing: false }, column, 4)).collect::<Vec<_>>();
        for act in Act::ALL {
            if act != Act::Loss {
                assert_eq!(at(act, 1.0), [1.0; 4], "{act:?}");
            }
        }
        assert!(at(Act::Forward, 0.5).is_sorted_by(|a, b| a >= b) && at(Act::Backward, 0.5).is_sorted_by(|a, b| a <= b));
        assert_eq!((at(Act::Forward, 0.0)[0], at(Act::Forward, 0.0)[3]), (1.0, DARK));
        assert_eq!((at(Act::Backward, 0.0)[0], at(Act::Backward, 0.0)[3]), (DARK, 1.0));
        assert!(at(Act::Loss, 0.3)[2] < 0.5 && at(Act::Loss, 0.3)[3] == 1.0);
    }

    #[test]
    fn each_picture_has_its_own_numbers_at_the_same_places() {
        let film = testing::film();
        let (view, group) = (&film.step.view, film.before.groups()[2]);
        assert_eq!(
            film.step.arrays,
            ["conv2d_1/kernel", "conv2d_1/bias", "dense_1/kernel", "dense_1/bias", "output/kernel", "output/bias"]
        );
        assert_eq!(film.most_moved().unwrap().0, "output/kernel");
        let old = film.before.numbers.weights(view, group.first, 1).to_vec();
        assert_eq!(film.after.numbers.weights(view, group.first, 1), old.iter().map(|weight| weight + 0.5).collect::<Vec<_>>());
        assert_eq!(film.seen(Act::Backward).numbers.weights(view, group.first, 1), old.iter().map(|weight| -weight).collect::<Vec<_>>());
        assert_eq!(film.after.numbers.map(view, group.last, 0), film.before.numbers.map(view, group.last, 0));
    }
}
