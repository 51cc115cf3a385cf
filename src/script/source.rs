//! The source of a script's worker: the prelude, the visitor's text with guards in its loops, a table of its hooks.
//!
//! The text stands on the top level, not inside a function: a brace too many in it is then an error with its line and
//! not a way out. It is strict (`"use strict"`), so that a misspelt variable is an error too.

use super::guard::guard;
use super::{hooks, logs};
use crate::domain::record::known;
use crate::domain::run::script::ScriptSpec;

const PRELUDE: &str = include_str!("prelude.js");

/// The program that a script's worker is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The text of the program: prelude, script, table of hooks.
    pub program: String,
    /// The program's line on which the visitor's text begins, from 1.
    pub first_line: u32,
    /// Number of lines of the visitor's text.
    pub lines: u32,
    /// Whether the loops of the text have guards.
    pub guarded: bool,
}

/// The program for `script`, ready to start.
pub fn source(script: &ScriptSpec) -> Source {
    // The browser's text field and the lines of errors know one kind of line end.
    let text = script.text.replace("\r\n", "\n").replace('\r', "\n");
    let guarded = guard(&text);
    let lines = text.split('\n').count() as u32;
    let first_line = PRELUDE.matches('\n').count() as u32 + 1;
    let values = [
        ("$BUDGET_MS", script.budget_ms.to_string()),
        ("$FIRST_LINE", first_line.to_string()),
        ("$LAST_LINE", (first_line + lines.saturating_sub(1)).to_string()),
        ("$RECORDED", format!("{:?}", known::reserved())),
        ("$MOST_NAMES", logs::MOST_NAMES.to_string()),
    ];
    let prelude = values.into_iter().fold(PRELUDE.to_owned(), |text, (name, value)| text.replace(name, &value));
    let table: Vec<String> = hooks::ALL.iter().map(|hook| format!("{0}:typeof {0}===\"function\"?{0}:null", hook.name)).collect();
    let program = format!("{prelude}{}\n;__ready({{{}}});\n", guarded.text, table.join(","));
    Source { program, first_line, lines, guarded: guarded.sure }
}

impl Source {
    /// The visitor's line for a line of the program; 0 before the text. A line behind the text (a bracket that is still
    /// open there) maps to the text's last line.
    pub fn line(&self, of_program: u32) -> u32 {
        if of_program < self.first_line { 0 } else { (of_program - self.first_line + 1).min(self.lines) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_stands_where_the_source_says() {
        let text = "let a = 1;\r\nwhile (a) {}\nfunction on_epoch_end() {}";
        let source = source(&ScriptSpec { budget_ms: 99, ..ScriptSpec::new("mine", text) });
        assert_eq!((source.lines, source.guarded), (3, true));
        let line = |n: u32| source.program.lines().nth((source.first_line + n - 2) as usize).unwrap();
        assert_eq!((line(1), line(2), line(3)), ("let a = 1;", "while (__tick(2),a) {}", "function on_epoch_end() {}"));
        assert!(source.program.starts_with("\"use strict\";\n") && source.program.contains("BUDGET_MS = 99,"));
        assert!(!source.program.lines().take(source.first_line as usize).any(|line| line.contains("= $")), "all values are filled in");
        assert!(source.program.contains(r#"RECORDED = ["batch", "lr", "#));
        assert!(source.program.contains(&format!("FIRST_LINE = {}, LAST_LINE = {};", source.first_line, source.first_line + 2)));
        assert_eq!([0, source.first_line - 1, source.first_line + 1, source.first_line + 9].map(|n| source.line(n)), [0, 0, 2, 3]);
    }

    #[test]
    fn a_text_that_ends_in_a_comment_does_not_swallow_the_table() {
        let source = source(&ScriptSpec::new("mine", "// end"));
        assert!(source.program.contains("\n// end\n;__ready({on_train_begin:"));
    }
}
