//! Board: what all charts of the dashboard share, as signals: what the x axis counts, which part of it is shown, how much is
//! smoothed.
//!
//! Never here: the row of controls for it, or what one chart has for itself (a log axis, hidden curves).

use crate::charts::{XAxis, XRange};
use crate::protocol::RunId;
use crate::ui::state::charts::FIRST;
use leptos::prelude::*;

/// View of all charts: x axis, range, smoothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SharedView {
    /// The quantity on the x axis.
    pub x: XAxis,
    /// The part of it that is shown.
    pub range: XRange,
    /// The part that `Follow` goes back to: all, or the last so many steps.
    pub follow: XRange,
    /// The weight of the past in smoothed lines; 0: none.
    pub smoothing: f64,
}

/// Board of all charts: their shared state, as signals.
#[derive(Clone, Copy)]
pub struct Board {
    /// The view of all charts.
    pub view: RwSignal<SharedView>,
    /// The chart that is told aloud: the one that was last worked with.
    pub spoken: RwSignal<String>,
    /// The id of a chart to come after a change; what it says aloud.
    pub words: RwSignal<String>,
    /// Whether the list of keys is open.
    pub help: RwSignal<bool>,
    /// The run whose course is shown.
    course: StoredValue<Option<RunId>>,
}

impl Board {
    /// Everything follows the run by step, nothing is smoothed.
    pub fn new() -> Self {
        // The zone as it is now: a run that goes on while the clocks change keeps it.
        let zone_minutes = -js_sys::Date::new_0().get_timezone_offset() as i32;
        let view = SharedView { x: XAxis { zone_minutes, ..XAxis::default() }, ..SharedView::default() };
        Self {
            view: RwSignal::new(view),
            spoken: RwSignal::new(FIRST.to_owned()),
            words: RwSignal::new(String::new()),
            help: RwSignal::new(false),
            course: StoredValue::default(),
        }
    }

    /// Shows a part of the x axis on all charts. All of it is followed from then on.
    pub fn show(&self, range: XRange) {
        self.view.update(|view| {
            view.range = range;
            if !matches!(range, XRange::Fixed(..)) {
                view.follow = range;
            }
        });
    }

    /// Turns to the course of `run`: another one is followed from its begin. Whoever shows a run and a part of it says so first.
    pub fn turn_to(&self, run: Option<RunId>) {
        if self.course.get_value() != run {
            self.course.set_value(run);
            self.follow();
        }
    }

    /// Follows the run again.
    pub fn follow(&self) {
        self.view.update(|view| view.range = view.follow);
    }

    /// Whether a part is shown that stays where it is.
    pub fn is_zoomed(&self) -> bool {
        self.view.with(|view| matches!(view.range, XRange::Fixed(..)))
    }
}
