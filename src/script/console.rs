//! What a script prints, and what is said of it: the last lines, so that a chatty script does not fill the memory.

use std::collections::VecDeque;

/// The most lines that are kept.
pub const MOST_LINES: usize = 200;

/// What kind of line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Printed by the script.
    Script,
    /// Said by the page.
    Page,
}

/// The lines of a console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Console {
    lines: VecDeque<(Voice, String)>,
    left_out: usize,
}

impl Console {
    /// Adds a line; the oldest goes when there are too many.
    pub fn add(&mut self, voice: Voice, line: String) {
        self.lines.push_back((voice, line));
        while self.lines.len() > MOST_LINES {
            self.lines.pop_front();
            self.left_out += 1;
        }
    }

    /// So many lines were not even sent.
    pub fn leave_out(&mut self, lines: usize) {
        self.left_out += lines;
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = (Voice, &str)> {
        self.lines.iter().map(|(voice, line)| (*voice, line.as_str()))
    }

    /// How many lines are no longer there.
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
            console.add(Voice::Script, n.to_string());
        }
        console.leave_out(2);
        assert_eq!((console.lines().count(), console.left_out()), (MOST_LINES, 7));
        assert_eq!(console.lines().next(), Some((Voice::Script, "5")));
    }
}
