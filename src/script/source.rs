//! The source of a script: the visitor's text with guards in its loops, and all that the sandbox must know beside it.
//!
//! The frame (`www/sandbox/frame.html`) makes a worker's program of it: its prelude, the text, a table of the hooks. The
//! text stands there on the top level, not inside a function: a brace too many in it is then an error with its line and
//! not a way out. It is strict (`"use strict"`), so that a misspelt variable is an error too.

use super::guard::guard;
use super::{feed, hooks, logs};
use crate::domain::record::known;
use crate::domain::run::script::ScriptSpec;
use serde::Serialize;

/// The source of a script, as it is sent into the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The visitor's text, with guards.
    pub text: String,
    /// Number of lines of the visitor's text.
    pub lines: u32,
    /// Whether the loops of the text have guards.
    pub guarded: bool,
    /// The time of one call of a hook, in milliseconds.
    pub budget_ms: u32,
    /// Names of all hooks, of which the text has some.
    pub hooks: Vec<&'static str>,
    /// First parts of names under which the training itself records.
    pub recorded: Vec<&'static str>,
    /// The largest number of series that the script may log.
    pub most_names: usize,
    /// The largest number of values of one series in one message.
    pub most_rows: usize,
}

/// The source of `script`, ready to start.
pub fn source(script: &ScriptSpec) -> Source {
    // The browser's text field and the lines of errors know one kind of line end.
    let text = script.text.replace("\r\n", "\n").replace('\r', "\n");
    let guarded = guard(&text);
    Source {
        lines: text.split('\n').count() as u32,
        text: guarded.text,
        guarded: guarded.sure,
        budget_ms: script.budget_ms,
        hooks: hooks::ALL.iter().map(|hook| hook.name).collect(),
        recorded: known::reserved(),
        most_names: logs::MOST_NAMES,
        most_rows: feed::CHUNK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_sent_line_by_line_with_what_bounds_it() {
        let text = "let a = 1;\r\nwhile (a) {}\rfunction on_epoch_end() {}";
        let source = source(&ScriptSpec { budget_ms: 99, ..ScriptSpec::new("mine", text) });
        assert_eq!((source.lines, source.guarded), (3, true));
        assert_eq!(source.text, "let a = 1;\nwhile (__tick(2),a) {}\nfunction on_epoch_end() {}");
        let sent = serde_json::to_value(&source).unwrap();
        assert_eq!((&sent["budgetMs"], &sent["mostNames"], &sent["mostRows"]), (&99.into(), &24.into(), &512.into()));
        assert_eq!((&sent["hooks"][2], &sent["recorded"][0]), (&"on_batch_end".into(), &"batch".into()));
    }
}
