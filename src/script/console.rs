//! The console of a script: its last printed lines and the page's remarks, bounded so that a chatty script does not fill memory.

use std::collections::VecDeque;

/// The largest number of lines that a console keeps.
pub const MOST_LINES: usize = 200;

/// The author of a console line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineAuthor {
    /// The script printed the line.
    Script,
    /// The page added the line.
    Page,
}

/// The last lines of a script's console, with a count of those that were dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Console {
    lines: VecDeque<(LineAuthor, String)>,
    left_out: usize,
}

impl Console {
    /// Adds a line, and drops the oldest one when there are more than [`MOST_LINES`].
    pub fn add(&mut self, author: LineAuthor, line: String) {
        self.lines.push_back((author, line));
        while self.lines.len() > MOST_LINES {
            self.lines.pop_front();
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Counts lines that the sandbox dropped before they were sent.
    pub fn leave_out(&mut self, lines: usize) {
        // A script may say any number.
        self.left_out = self.left_out.saturating_add(lines);
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = (LineAuthor, &str)> {
        self.lines.iter().map(|(author, line)| (*author, line.as_str()))
    }

    /// Number of lines that were dropped.
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_the_others_counted() {
        let mut console = Console::default();
        for n in 0..MOST_LINES + 5 {
            console.add(LineAuthor::Script, n.to_string());
        }
        console.leave_out(2);
        assert_eq!((console.lines().count(), console.left_out()), (MOST_LINES, 7));
        assert_eq!(console.lines().next(), Some((LineAuthor::Script, "5")));
    }
}
