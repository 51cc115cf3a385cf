//! Switches: which scripts are on, and what puts them on and off.
//!
//! A script is on only as long as its text is, to the letter, the one that was switched on: a configuration from somebody
//! else cannot bring a callback that runs by itself. Never here: scripts while they are called.

use super::Scripts;
use super::status::{State, Status, notes, script_error};
use crate::domain::run::config::RunConfig;
use crate::domain::run::script::ScriptSpec;
use crate::error::{Code, Error, Result};
use crate::script::console::LineAuthor;
use crate::script::guard::line_of_import;
use crate::script::words::Problem;
use futures_channel::oneshot;
use leptos::prelude::*;

impl Scripts {
    /// Whether the script is on, with the very text that it has now.
    pub(super) fn is_on(self, spec: &ScriptSpec) -> bool {
        self.status(&spec.name).with_untracked(|status| status.approved.as_ref() == Some(&spec.text))
    }

    /// A configuration has come from a link, a file or another page: whatever callbacks it brings are off, until the
    /// visitor has read them and switches them on.
    pub fn arrive_from_outside(self, config: &RunConfig) {
        for status in self.inner().statuses.borrow().values() {
            status.update(|status| status.approved = None);
        }
        for spec in &config.scripts {
            self.status(&spec.name).set(Status { is_foreign: true, ..Status::default() });
        }
    }

    /// A configuration of this visit's runs is back in the setup: what was switched on with another text is off.
    pub fn arrive(self, config: &RunConfig) {
        for spec in config.scripts.iter().filter(|spec| !self.is_on(spec)) {
            self.status(&spec.name).update(|status| *status = Status { is_foreign: status.is_foreign, ..Status::default() });
        }
    }

    /// The visitor has typed another text, or another name: what was on stays on.
    pub fn edited(self, old: &ScriptSpec, new: &ScriptSpec) {
        let was_on = self.is_on(old);
        let status = self.status(&old.name);
        status.update(|status| {
            status.approved = was_on.then(|| new.text.clone());
            if matches!(status.state, State::Broken(_)) {
                status.state = State::Off;
            }
        });
        if old.name != new.name {
            self.inner().statuses.borrow_mut().remove(&old.name);
            self.inner().statuses.borrow_mut().insert(new.name.clone(), status);
            for script in self.inner().live.borrow_mut().iter_mut().filter(|script| script.name == old.name) {
                script.name.clone_from(&new.name);
            }
        }
    }

    /// Switches a script off, in the present run too.
    pub fn switch_off(self, name: &str) {
        self.inner().live.borrow_mut().retain(|script| script.name != name);
        self.status(name).update(|status| {
            status.approved = None;
            status.state = State::Off;
        });
        self.settle();
    }

    /// Lets the browser read the script called `name`, and switches it on if it can; in a run that is going on it is
    /// called from now on. Gives the hooks that it has.
    ///
    /// # Errors
    /// [`Code::Script`] with the line when it cannot be read or fails at once, [`Code::InvalidConfig`] when there is no such
    /// script.
    pub async fn switch_on(self, name: String, config: &RunConfig) -> Result<Vec<String>> {
        let spec = config.scripts.iter().find(|spec| spec.name == name).cloned();
        let spec =
            spec.ok_or_else(|| Error::new(Code::InvalidConfig, format!("there is no script {name:?}"), "setScript(name, text) adds one"))?;
        spec.validate()?;
        self.switch_off(&name);
        let status = self.status(&name);
        if let Some(line) = line_of_import(&spec.text) {
            let problem = Problem { message: "import is not there: a callback is one text".to_owned(), line, ..Problem::default() };
            status.update(|status| status.state = State::Broken(problem.clone()));
            return Err(script_error(&name, &problem));
        }
        status.update(|status| {
            *status = Status { state: State::Checking, is_foreign: status.is_foreign, console: notes(&spec, true), ..Status::default() };
        });
        let (sender, receiver) = oneshot::channel();
        self.start_live(&spec, None, Some(sender));
        let checked =
            receiver.await.unwrap_or_else(|_| Err(Problem { message: "it was switched off meanwhile".to_owned(), ..Problem::default() }));
        let found = checked.map_err(|problem| script_error(&name, &problem))?;
        status.update(|status| {
            status.state = State::On;
            status.approved = Some(spec.text.clone());
            status.is_foreign = false;
            if found.is_empty() {
                status.console.add(LineAuthor::Page, "it has no hook, so nothing of it is ever called".to_owned());
            }
        });
        if let Some((run, true)) = self.host().current_run() {
            self.start_live(&spec, Some(run), None);
            self.pump();
        }
        Ok(found)
    }

    /// Whether a script of `config` is on.
    pub fn has_any(self, config: &RunConfig) -> bool {
        config.scripts.iter().any(|spec| self.is_on(spec))
    }
}
