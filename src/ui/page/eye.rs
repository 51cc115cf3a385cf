//! Eye: what the page's pictures of the network are of, and the last view that came, as signals.
//!
//! Never here: asking for a view ([`actions::view`](crate::ui::actions::view)), pictures.

use crate::domain::run::event::Step;
use crate::domain::view::Subject;
use crate::protocol::RunId;
use crate::ui::state::view::slow::{Show, SlowFilm};
use crate::ui::state::view::{Seen, UnitPlace};
use leptos::prelude::*;
use std::sync::Arc;

/// Choice of what the pictures of the network show, and the last view that came.
#[derive(Clone, Copy)]
pub struct Eye {
    /// The sample that is looked at, where samples are images or tables; a plane is drawn wherever there is one.
    pub subject: RwSignal<Subject>,
    /// The numbers of a sample that the visitor gave.
    pub given: StoredValue<Arc<Vec<f32>>>,
    /// The two inputs of the plane.
    pub axes: RwSignal<[u32; 2]>,
    /// The moment of the run that is looked at, and the run; `None`: as it is now.
    pub moment: RwSignal<Option<(RunId, Step)>>,
    /// Whether occlusion is wanted.
    pub occlusion: RwSignal<bool>,
    /// The last view.
    pub seen: RwSignal<Option<Arc<Seen>>>,
    /// The reason why there is no view; empty while there is one.
    pub trouble: RwSignal<String>,
    /// The unit that is pointed at.
    pub unit: RwSignal<Option<UnitPlace>>,
    /// Number of pictures in view: without any nothing is asked for.
    pub watchers: RwSignal<u32>,
    /// The step in slow motion that is shown in place of the view.
    pub slow: RwSignal<Option<Arc<SlowFilm>>>,
    /// The act of it, and how far that is.
    pub show: RwSignal<Show>,
    /// Whether one is on its way.
    pub is_slowing: RwSignal<bool>,
}

impl Default for Eye {
    fn default() -> Self {
        Self {
            subject: RwSignal::new(Subject::HeldOut { number: 0 }),
            given: StoredValue::default(),
            axes: RwSignal::new([0, 1]),
            moment: RwSignal::new(None),
            occlusion: RwSignal::new(false),
            seen: RwSignal::new(None),
            trouble: RwSignal::default(),
            unit: RwSignal::new(None),
            watchers: RwSignal::new(0),
            slow: RwSignal::new(None),
            show: RwSignal::default(),
            is_slowing: RwSignal::new(false),
        }
    }
}

impl Eye {
    /// Reads the view that is shown: that of the step in slow motion while there is one and `slow_too`, else the last view; followed.
    pub fn with_shown<T>(&self, slow_too: bool, read: impl FnOnce(Option<&Seen>) -> T) -> T {
        self.slow.with(|film| match film {
            Some(film) if slow_too => read(Some(&film.before)),
            _ => self.seen.with(|seen| read(seen.as_deref())),
        })
    }

    /// Looks at a sample with these numbers.
    pub fn give(&self, numbers: Vec<f32>) {
        self.given.set_value(Arc::new(numbers));
        // Told to those who follow even if it was that before: the sample is another one.
        self.subject.set(Subject::Given);
    }

    /// The moment of `run` that is looked at.
    pub fn moment_of(&self, run: RunId) -> Option<Step> {
        self.moment.get().filter(|(of, _)| *of == run).map(|(_, step)| step)
    }
}
