//! The lives of a run: the last state that the page has of it, and how often it was lost without coming further.

use crate::domain::run::state::SavedState;
use std::rc::Rc;

/// The lives of a run.
#[derive(Clone, Debug, Default)]
pub struct Lives {
    state: Option<Rc<SavedState>>,
    deaths: u32,
    has_trained: bool,
}

impl Lives {
    /// The lives of a run that goes on from `state`, or begins.
    pub fn new(state: Option<Rc<SavedState>>) -> Self {
        Self { state, deaths: 0, has_trained: false }
    }

    /// The state to go on from.
    pub fn state(&self) -> Option<Rc<SavedState>> {
        self.state.clone()
    }

    /// Whether it has ever trained a batch: what fails before has never worked.
    pub fn has_trained(&self) -> bool {
        self.has_trained
    }

    /// Notes that a batch was trained.
    pub fn train(&mut self) {
        self.has_trained = true;
    }

    /// Takes another state. If it is further on, the next death is one at another place.
    pub fn keep(&mut self, state: Rc<SavedState>) {
        if self.state.as_ref().is_none_or(|before| before.step < state.step) {
            self.deaths = 0;
        }
        self.state = Some(state);
    }

    /// Notes a death; gives their number at this place.
    pub fn die(&mut self) -> u32 {
        self.deaths += 1;
        self.deaths
    }
}
