//! One script while it is called: its sandbox, what it has heard, how long it has been silent.

use super::Status;
use super::tables;
use crate::domain::run::script::ScriptSpec;
use crate::protocol::RunId;
use crate::script::feed::{Feed, LOOK_MS, Look, Next};
use crate::script::hooks;
use crate::script::logs::{MOST_NAMES, Table};
use crate::script::source::{Source, source};
use crate::script::words::{Problem, Word};
use crate::ui::state::store::Run;
use crate::web::sandbox::Sandbox;
use futures_channel::oneshot;
use std::collections::HashSet;

/// The result of a first reading: the hooks, or what is wrong.
pub type Checked = Result<Vec<String>, Problem>;

/// Seconds after a run's end for what its scripts have not heard of yet.
pub const LATE_S: u32 = 10;
/// The lag is shown at most this often, in milliseconds, so that it can be read.
const SHOW_MS: f64 = 150.0;

/// The reason why a script is given up.
pub enum End {
    /// The script does not answer.
    Silent(Problem),
    /// The run is over, and the script has not heard of all of it.
    Late,
}

/// One script while it is called.
pub struct LiveScript {
    /// Names it, since a script may have had others before.
    pub id: u32,
    /// The script's name.
    pub name: String,
    /// The run that it belongs to; `None` while it is only read.
    pub run: Option<RunId>,
    /// The sender to somebody who waits for the result of a first reading.
    pub check: Option<oneshot::Sender<Checked>>,
    /// The text in the sandbox.
    pub source: Source,
    /// The feed of what it has been told.
    pub feed: Feed,
    /// Whether its run is over.
    pub has_ended: bool,
    /// Milliseconds spent in hooks.
    pub spent_ms: f64,
    /// Names that it has been told about.
    pub told_of: HashSet<String>,
    /// Names that it has logged under.
    names: HashSet<String>,
    text: String,
    looks_after_end: u32,
    shown_ms: f64,
    sandbox: Option<Sandbox>,
}

impl LiveScript {
    /// Starts `spec` in a sandbox of its own; `on_word` gets all that it says.
    pub fn new(
        id: u32,
        spec: &ScriptSpec,
        run: Option<RunId>,
        check: Option<oneshot::Sender<Checked>>,
        on_word: impl FnMut(Word) + 'static,
    ) -> Self {
        let source = source(spec);
        let sandbox = Sandbox::open(&source, on_word);
        Self {
            id,
            name: spec.name.clone(),
            run,
            check,
            source,
            feed: Feed::new(0),
            has_ended: false,
            spent_ms: 0.0,
            told_of: HashSet::new(),
            names: HashSet::new(),
            text: spec.text.clone(),
            looks_after_end: 0,
            shown_ms: f64::NEG_INFINITY,
            sandbox,
        }
    }

    /// The run has begun before, and has `batches` behind it that this script will not hear of.
    pub fn start_at(&mut self, batches: usize, begin: Table) {
        self.feed = Feed::new(batches);
        self.feed.moment(batches, begin);
    }

    /// Tells what is next, if anything is and no answer is awaited.
    pub fn tell(&mut self, run: &Run) {
        let table = match self.feed.next(run.batches()) {
            None => return,
            Some(Next::Moment(table)) => table,
            Some(Next::Batches(range)) => tables::batches(run, range),
        };
        if let Some(sandbox) = &self.sandbox {
            sandbox.tell(&table);
        }
    }

    /// Lets the script go on with its table, of which it has reported a part.
    pub fn go_on(&self) {
        if let Some(sandbox) = &self.sandbox {
            sandbox.go_on();
        }
    }

    /// Whether it may log under `name`: it has done so before, or has not used up its names.
    pub fn may_log(&mut self, name: &str) -> bool {
        self.names.contains(name) || self.names.len() < MOST_NAMES && self.names.insert(name.to_owned())
    }

    /// Puts how far it is into `status`, and says whether anything changed; not too often unless it `must`.
    pub fn show(&mut self, status: &mut Status, batches: usize, must: bool) -> bool {
        let now = web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now());
        let behind = self.feed.behind(batches);
        let told = batches - behind.min(batches);
        if !must && now - self.shown_ms < SHOW_MS || (status.behind, status.told) == (behind, told) {
            return false;
        }
        self.shown_ms = now;
        status.behind = behind;
        status.told = told;
        status.spent_ms = self.spent_ms;
        true
    }

    /// A look, one every [`LOOK_MS`]: whether it is to be given up.
    pub fn look(&mut self) -> Option<End> {
        if self.has_ended {
            self.looks_after_end += 1;
            if self.looks_after_end * LOOK_MS as u32 > LATE_S * 1000 {
                return Some(End::Late);
            }
        }
        match self.feed.look() {
            Look::Fine => return None,
            Look::Ask => {
                if let Some(sandbox) = &self.sandbox {
                    sandbox.ping();
                }
                return None;
            }
            Look::Silent => {}
        }
        const WHY: &str = "does it come to an end, and with the memory that there is?";
        let problem = match self.feed.calling() {
            Some((hook, batches)) => Problem {
                message: if hook == hooks::BATCH_END {
                    format!("{hook} has not come back for 2 s, some batches after step {batches}; {WHY}")
                } else {
                    format!("{hook} has not come back for 2 s; {WHY}")
                },
                hook: hook.to_owned(),
                line: 0,
            },
            None if self.feed.is_ready() => {
                let message = format!("it has not answered for 2 s, while no hook was called; what it left behind there, {WHY}");
                Problem { message, ..Problem::default() }
            }
            None if self.feed.has_started() => {
                let message = format!("it has not been read within 10 s; its part outside of hooks, {WHY}");
                Problem { message, ..Problem::default() }
            }
            None => Problem {
                message: "the sandbox does not answer; is the page's folder complete (sandbox/frame.html)?".to_owned(),
                ..Problem::default()
            },
        };
        Some(End::Silent(problem))
    }

    /// `problem` with a line where it has none: that on which its hook is defined.
    pub fn place(&self, mut problem: Problem) -> Problem {
        if problem.line == 0 && !problem.hook.is_empty() {
            problem.line = hooks::line_of(&self.text, &problem.hook);
        }
        problem.line = problem.line.min(self.source.lines);
        problem
    }
}
