//! Changes of the list of runs, as signals. The runs themselves are in the store.

use crate::protocol::RunId;
use crate::ui::state::queue::Queue;
use leptos::prelude::*;
use std::time::Duration;

/// The time after which the table follows a run that is going on.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);

/// Changes of the list of runs. The runs themselves are in the store.
#[derive(Clone, Copy)]
pub struct Runs {
    /// Counts changes of the list: runs that come and go, names, pins, overlays, which one is shown.
    pub list: RwSignal<u32>,
    /// Counts looks at what is recorded: a few a second, not one a message.
    pub tick: RwSignal<u32>,
    /// The run (or group) whose curves stand out, while the visitor points at its name.
    pub emphasis: RwSignal<Option<RunId>>,
    /// The seeds that are trained in turn.
    pub queue: RwSignal<Option<Queue>>,
    is_waiting: StoredValue<bool>,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            list: RwSignal::new(0),
            tick: RwSignal::new(0),
            emphasis: RwSignal::new(None),
            queue: RwSignal::new(None),
            is_waiting: StoredValue::new(false),
        }
    }
}

impl Runs {
    /// Says that the list has changed.
    pub fn changed(&self) {
        self.list.update(|count| *count = count.wrapping_add(1));
    }

    /// Says that something was recorded; who follows is told soon, and not more often than is read.
    pub fn recorded(&self) {
        if self.is_waiting.get_value() {
            return;
        }
        self.is_waiting.set_value(true);
        let runs = *self;
        set_timeout(
            move || {
                runs.is_waiting.set_value(false);
                runs.tick.update(|count| *count = count.wrapping_add(1));
            },
            FOLLOW_EVERY,
        );
    }

    /// Follows the list and, every so often, what is recorded.
    pub fn track(&self) {
        self.list.track();
        self.tick.track();
    }
}
