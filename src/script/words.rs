//! What comes out of the sandbox.

/// A message of a script's worker, or of the frame around it.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// The text has been read and its outer part has run.
    Ready {
        /// The hooks that it defines.
        hooks: Vec<String>,
        /// What it has printed meanwhile.
        prints: Vec<String>,
    },
    /// Rows of the present table are done.
    Report(Report),
    /// The text cannot be parsed, or there is no worker.
    Broken {
        /// What the browser says.
        message: String,
        /// The line of the program, or 0.
        line: u32,
    },
}

/// What the hooks asked for since the last report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Rows done of the present table.
    pub done: usize,
    /// Whether this is the answer to the table.
    pub last: bool,
    /// Lines printed.
    pub prints: Vec<String>,
    /// Lines that were too many to be sent.
    pub unprinted: usize,
    /// Values logged: name, steps, values.
    pub logged: Vec<(String, Vec<f64>, Vec<f64>)>,
    /// Asked for by `stop`.
    pub stop: Option<String>,
    /// Asked for by `set_learning_rate`; the last one counts.
    pub learning_rate: Option<f64>,
    /// Milliseconds spent in hooks.
    pub spent_ms: f64,
    /// What a hook threw; it is called no more.
    pub problem: Option<Problem>,
}

/// Why a script was switched off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// What happened.
    pub message: String,
    /// In which hook; empty outside of hooks.
    pub hook: String,
    /// At which line of the text, from 1; 0 when it is not known.
    pub line: u32,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.hook.is_empty()) {
            (0, true) => write!(f, "{}", self.message),
            (0, false) => write!(f, "{}: {}", self.hook, self.message),
            (line, true) => write!(f, "line {line}: {}", self.message),
            (line, false) => write!(f, "line {line}, in {}: {}", self.hook, self.message),
        }
    }
}
