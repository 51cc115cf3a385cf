//! The messages that come out of a script's sandbox.

/// A message of a script's worker, or of the frame around it.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// The text has been read, and its top level has run.
    Ready {
        /// Names of the hooks that it defines.
        hooks: Vec<String>,
        /// Lines that it printed meanwhile.
        prints: Vec<String>,
    },
    /// The sandbox begins to read the text.
    Started,
    /// The script answers that it is alive.
    Alive,
    /// Rows of the present table have been done.
    Report(Report),
    /// The text cannot be parsed, or the worker cannot start.
    Broken {
        /// The browser's error message.
        message: String,
        /// The line of the program, or 0 when it is not known.
        line: u32,
    },
}

/// The hooks' requests and output since the last report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Number of rows of the present table that are done.
    pub done: usize,
    /// Whether the whole table is done.
    pub last: bool,
    /// Lines printed.
    pub prints: Vec<String>,
    /// Number of lines that were too many to be sent.
    pub unprinted: usize,
    /// Logged values: name, steps, values.
    pub logged: Vec<(String, Vec<f64>, Vec<f64>)>,
    /// The reason given to `stop`, if it was called.
    pub stop: Option<String>,
    /// The rate given to `set_learning_rate`; the last call counts.
    pub learning_rate: Option<f64>,
    /// Milliseconds spent in hooks.
    pub spent_ms: f64,
    /// The error that a hook threw; the script is then called no more.
    pub problem: Option<Problem>,
}

/// The reason why a script was switched off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// The error message.
    pub message: String,
    /// The name of the hook; empty outside of hooks.
    pub hook: String,
    /// The line of the visitor's text, from 1; 0 when it is not known.
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
