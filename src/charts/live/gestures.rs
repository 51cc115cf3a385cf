//! Gestures on a chart, from what pointers do: a click, a look, a selection, a pan, a pinch.
//!
//! One model for the mouse: a drag selects a part to zoom into, with Shift it pans. For fingers: one reads values (and
//! scrolls the page up and down), two zoom and pan. Whatever moves more than [`CLICK_SLOP_PX`] is no click.
//!
//! Pure: pointers in, meanings out. Never here: which place of the axis is under a pointer.

/// Slop of a click: how far, in CSS pixels, the pointer may move between press and release. Beyond that it is a drag.
pub const CLICK_SLOP_PX: f32 = 4.0;

/// A selection narrower than this, in CSS pixels, is a slip.
pub const LEAST_SELECTION_PX: f32 = 6.0;

/// A point, in CSS pixels from the chart's upper left corner.
pub type Point = (f32, f32);

/// Input from a pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// A press with a finger, or with the main button of something more precise, with Shift or without.
    Down {
        /// Id of the pointer.
        id: i32,
        /// Place of the press.
        at: Point,
        /// Whether it is a finger.
        finger: bool,
        /// Whether Shift is held.
        shift: bool,
    },
    /// A move.
    Move {
        /// Id of the pointer.
        id: i32,
        /// Place that it moved to.
        at: Point,
    },
    /// A release.
    Up {
        /// Id of the pointer.
        id: i32,
        /// Place of the release.
        at: Point,
    },
    /// The end of a gesture that the browser has taken over for a scroll, or that Escape has given up.
    Cancel,
}

/// Meaning of an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// Input without a meaning.
    Nothing,
    /// The visitor reads values at x.
    Look(f32),
    /// A part is being selected: from x to x.
    Selecting(f32, f32),
    /// A part has been selected: from x to x.
    Selected(f32, f32),
    /// A selection was given up.
    Dropped,
    /// A pan: the place that was at the first x when the pointer was pressed is to be at the second.
    Pan(f32, f32),
    /// A pinch: the places that were at the first two x when the second finger came are to be at the last two.
    Pinch((f32, f32), (f32, f32)),
    /// A finger was added or lifted: the next pan or pinch starts from the present range.
    Grab,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Pointer {
    id: i32,
    from: Point,
    at: Point,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Idle,
    /// Pressed, not moved yet.
    Pressed {
        finger: bool,
        shift: bool,
    },
    /// A finger reads.
    Looking,
    Selecting,
    Panning,
    Pinching,
}

/// The pointers on a chart, and the gesture that they make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gestures {
    pointers: Vec<Pointer>,
    mode: Mode,
    /// Whether the last press was a click; `None`: no pointer has pressed since that was asked.
    click: Option<bool>,
}

impl Gestures {
    /// Takes in a pointer's input and returns its meaning.
    pub fn take(&mut self, input: Input) -> Meaning {
        match input {
            Input::Down { id, at, finger, shift } => self.down(id, at, finger, shift),
            Input::Move { id, at } => self.moved(id, at),
            Input::Up { id, at } => self.up(id, at),
            Input::Cancel => {
                let was = self.mode;
                *self = Self::default();
                if was == Mode::Selecting { Meaning::Dropped } else { Meaning::Nothing }
            }
        }
    }

    /// Whether the press that has just ended was a click; `None` if no pointer was pressed: then a program that helps to
    /// operate the page has clicked.
    pub fn take_click(&mut self) -> Option<bool> {
        self.click.take()
    }

    /// Whether a drag is going on that should not be lost when the pointer leaves the chart.
    pub fn is_dragging(&self) -> bool {
        matches!(self.mode, Mode::Selecting | Mode::Panning)
    }

    fn down(&mut self, id: i32, at: Point, finger: bool, shift: bool) -> Meaning {
        self.pointers.retain(|pointer| pointer.id != id);
        self.pointers.push(Pointer { id, from: at, at });
        self.click = Some(self.pointers.len() == 1);
        match self.pointers.len() {
            1 => {
                self.mode = Mode::Pressed { finger, shift };
                Meaning::Look(at.0)
            }
            2 if finger => {
                self.mode = Mode::Pinching;
                self.start_anew();
                Meaning::Grab
            }
            _ => Meaning::Nothing,
        }
    }

    fn moved(&mut self, id: i32, at: Point) -> Meaning {
        let Some(index) = self.pointers.iter().position(|pointer| pointer.id == id) else {
            // Above the chart, not pressed.
            return if self.pointers.is_empty() { Meaning::Look(at.0) } else { Meaning::Nothing };
        };
        self.pointers[index].at = at;
        let Pointer { from, .. } = self.pointers[index];
        let is_still = (at.0 - from.0).hypot(at.1 - from.1) <= CLICK_SLOP_PX;
        if let (Mode::Pressed { finger, shift }, false) = (self.mode, is_still) {
            self.click = Some(false);
            self.mode = match (finger, shift) {
                (true, _) => Mode::Looking,
                (false, true) => Mode::Panning,
                (false, false) => Mode::Selecting,
            };
        }
        match self.mode {
            Mode::Selecting => Meaning::Selecting(from.0, at.0),
            Mode::Panning => Meaning::Pan(from.0, at.0),
            Mode::Pinching => match self.pointers[..] {
                [a, b, ..] => Meaning::Pinch((a.from.0, b.from.0), (a.at.0, b.at.0)),
                _ => Meaning::Nothing,
            },
            Mode::Idle | Mode::Pressed { .. } | Mode::Looking => Meaning::Look(at.0),
        }
    }

    fn up(&mut self, id: i32, at: Point) -> Meaning {
        let Some(index) = self.pointers.iter().position(|pointer| pointer.id == id) else { return Meaning::Nothing };
        let Pointer { from, .. } = self.pointers.remove(index);
        let was = self.mode;
        if self.pointers.is_empty() {
            self.mode = Mode::Idle;
        } else if was == Mode::Pinching {
            // A finger that stays goes on to read, but lifting it is no click.
            self.mode = if self.pointers.len() >= 2 { Mode::Pinching } else { Mode::Looking };
            self.start_anew();
            return Meaning::Grab;
        }
        match was {
            Mode::Selecting if (at.0 - from.0).abs() >= LEAST_SELECTION_PX => Meaning::Selected(from.0, at.0),
            Mode::Selecting => Meaning::Dropped,
            _ => Meaning::Nothing,
        }
    }

    /// Restarts the gesture from the pointers' present places.
    fn start_anew(&mut self) {
        for pointer in &mut self.pointers {
            pointer.from = pointer.at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn down(id: i32, x: f32, finger: bool, shift: bool) -> Input {
        Input::Down { id, at: (x, 50.0), finger, shift }
    }

    fn to(id: i32, x: f32) -> Input {
        Input::Move { id, at: (x, 50.0) }
    }

    fn up(id: i32, x: f32) -> Input {
        Input::Up { id, at: (x, 50.0) }
    }

    fn play(inputs: &[Input]) -> (Vec<Meaning>, Option<bool>) {
        let mut gestures = Gestures::default();
        let meanings = inputs.iter().map(|&input| gestures.take(input)).collect();
        (meanings, gestures.take_click())
    }

    #[test]
    fn a_drag_is_not_a_click() {
        let clicks = |points: &[Point]| {
            let mut gestures = Gestures::default();
            gestures.take(Input::Down { id: 1, at: (100.0, 50.0), finger: false, shift: false });
            for &at in points {
                gestures.take(Input::Move { id: 1, at });
            }
            gestures.take(Input::Up { id: 1, at: points.last().copied().unwrap_or((100.0, 50.0)) });
            gestures.take_click()
        };
        for still in [&[][..], &[(104.0, 50.0)], &[(102.0, 47.0)]] {
            assert_eq!(clicks(still), Some(true), "{still:?}");
        }
        for moved in [&[(104.5, 50.0)][..], &[(97.0, 47.0)], &[(140.0, 50.0), (100.0, 50.0)]] {
            assert_eq!(clicks(moved), Some(false), "{moved:?}");
        }
        assert_eq!(Gestures::default().take_click(), None);
    }

    #[test]
    fn a_mouse_selects_and_with_shift_pans() {
        use Meaning::{Dropped, Look, Nothing, Pan, Selected, Selecting};
        let (meanings, click) =
            play(&[to(1, 90.0), down(1, 100.0, false, false), to(1, 102.0), to(1, 160.0), to(1, 220.0), up(1, 220.0), to(1, 230.0)]);
        assert_eq!(
            meanings,
            [Look(90.0), Look(100.0), Look(102.0), Selecting(100.0, 160.0), Selecting(100.0, 220.0), Selected(100.0, 220.0), Look(230.0)]
        );
        assert_eq!(click, Some(false));
        let (meanings, _) = play(&[down(1, 100.0, false, false), to(1, 110.0), to(1, 103.0), up(1, 103.0)]);
        assert_eq!(meanings[3], Dropped, "brought back, it is given up");
        let (meanings, _) = play(&[down(1, 100.0, false, false), to(1, 200.0), Input::Cancel, up(1, 200.0)]);
        assert_eq!(meanings[2..], [Dropped, Nothing]);
        let (meanings, click) = play(&[down(1, 100.0, false, true), to(1, 80.0), up(1, 80.0)]);
        assert_eq!((&meanings[1..], click), (&[Pan(100.0, 80.0), Nothing][..], Some(false)));
    }

    #[test]
    fn one_finger_reads_and_two_pinch() {
        use Meaning::{Grab, Look, Nothing, Pinch};
        let (meanings, click) = play(&[
            down(1, 100.0, true, false),
            to(1, 130.0),
            down(2, 200.0, true, false),
            to(2, 220.0),
            to(1, 110.0),
            up(2, 220.0),
            to(1, 115.0),
            up(1, 115.0),
        ]);
        let pinches = [Pinch((130.0, 200.0), (130.0, 220.0)), Pinch((130.0, 200.0), (110.0, 220.0))];
        assert_eq!(meanings, [Look(100.0), Look(130.0), Grab, pinches[0], pinches[1], Grab, Look(115.0), Nothing]);
        assert_eq!(click, Some(false));
    }

    proptest! {
        /// Whatever pointers do, when all are gone nothing is left of them.
        #[test]
        fn no_gesture_is_left_behind(inputs in prop::collection::vec((0..4_i32, 0..4_u8, 0.0_f32..500.0, any::<bool>(), any::<bool>()), 0..60)) {
            let mut gestures = Gestures::default();
            for (id, kind, x, finger, shift) in inputs {
                gestures.take(match kind {
                    0 => down(id, x, finger, shift),
                    1 => to(id, x),
                    2 => up(id, x),
                    _ => Input::Cancel,
                });
            }
            (0..4).for_each(|id| { gestures.take(up(id, 9.0)); });
            gestures.take_click();
            prop_assert_eq!(&gestures, &Gestures::default());
            prop_assert_eq!(gestures.take(to(1, 7.0)), Meaning::Look(7.0));
        }
    }
}
