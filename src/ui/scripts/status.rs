//! The status of a script: all that the page shows of it besides its text, and the page's own words on it.

use crate::domain::run::script::ScriptSpec;
use crate::error::{Code, Error};
use crate::script::console::{Console, LineAuthor};
use crate::script::hooks;
use crate::script::words::Problem;

/// The state of a script.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum State {
    /// Not called.
    #[default]
    Off,
    /// Being read by the browser.
    Checking,
    /// Called from the next run on.
    On,
    /// Being called.
    Running,
    /// Switched off by itself, or never on because of this.
    Broken(Problem),
}

impl State {
    /// The name in the API.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Checking => "checking",
            Self::On => "on",
            Self::Running => "running",
            Self::Broken(_) => "broken",
        }
    }
}

/// The status of a script: all that the page shows of it besides its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The state.
    pub state: State,
    /// The text that was switched on.
    pub(super) approved: Option<String>,
    /// Whether it came with a configuration from outside and was never switched on since.
    pub is_foreign: bool,
    /// The lines that it printed.
    pub console: Console,
    /// Batches that it has not heard of yet.
    pub behind: usize,
    /// Batches of the present run that it has heard of.
    pub told: usize,
    /// Milliseconds spent in its hooks in this run.
    pub spent_ms: f64,
}

/// Notes of the page on a script before it runs.
pub(super) fn notes(spec: &ScriptSpec, is_guarded: bool) -> Console {
    let mut console = Console::default();
    for words in hooks::strangers(&spec.text) {
        console.add(LineAuthor::Page, words);
    }
    if !is_guarded {
        let words = "its loops could not be made out for sure: one without end is ended after 2 s, without its line";
        console.add(LineAuthor::Page, words.to_owned());
    }
    console
}

/// The error of a script that cannot be read or has failed.
pub(super) fn script_error(name: &str, problem: &Problem) -> Error {
    let hint = "the callback is switched off; a run goes on without it. Mend it under Callbacks and switch it on again";
    Error::new(Code::Script, format!("callback {name:?}: {problem}"), hint)
}
