//! A lesson's file, read.

use super::check::Check;
use super::fault::{Fault, Read};
pub use super::head::{LessonRun, Level, Look};
use super::markdown::{Block, Line};
pub use super::sections::Choice;
use super::{head, sections};
use crate::error::Result;

/// The most bytes of a lesson's file.
pub const MOST_BYTES: usize = 32 * 1024;

/// A lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// The name in addresses: that of its file, without `.md`.
    pub name: String,
    /// The title.
    pub title: String,
    /// A sentence on what it is about.
    pub summary: String,
    /// Number of minutes that it takes.
    pub minutes: u32,
    /// The level.
    pub level: Level,
    /// The question that is answered before the run.
    pub question: Vec<Block>,
    /// The answers to choose from, of which one is right.
    pub choices: Vec<Choice>,
    /// The runs that the learner makes.
    pub runs: Vec<LessonRun>,
    /// The words on what to look at.
    pub look: Vec<Block>,
    /// The places to look at.
    pub looks: Vec<Look>,
    /// The finding, in plain words.
    pub finding: Vec<Block>,
    /// The checks that the page makes by itself.
    pub checks: Vec<Check>,
    /// The words on what to change next.
    pub next: Vec<Block>,
}

impl Lesson {
    /// The time that it takes and its level, in words.
    pub fn facts(&self) -> String {
        format!("{} min · {}", self.minutes, self.level.name())
    }

    /// The run called `name`.
    pub fn run(&self, name: &str) -> Option<&LessonRun> {
        self.runs.iter().find(|run| run.name == name)
    }
}

/// The lesson in the file `name.md` with this `text`.
///
/// # Errors
/// [`Code::InvalidLesson`](crate::error::Code::InvalidLesson), with file and line, what is wrong and what to do.
pub fn parse(name: &str, text: &str) -> Result<Lesson> {
    read(name, text).map_err(|fault| fault.in_file(&format!("{name}.md")))
}

fn read(name: &str, text: &str) -> Read<Lesson> {
    if text.len() > MOST_BYTES {
        return Err(Fault::new(1, format!("this file has {} bytes", text.len()), format!("use at most {MOST_BYTES}")));
    }
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<Line> = text.lines().enumerate().map(|(index, line)| (index + 1, line)).collect();
    let is_fence = |line: &Line| line.1.trim_end() == "---";
    let Some(begin) = lines.iter().position(|line| !line.1.trim().is_empty()).filter(|&at| is_fence(&lines[at])) else {
        return Err(Fault::new(
            1,
            "this file does not begin with a head",
            "begin with a line of ---, then title: and the rest of the head",
        ));
    };
    let Some(length) = lines[begin + 1..].iter().position(is_fence) else {
        return Err(Fault::new(lines.len(), "the head has no end", "close it with a line of ---"));
    };
    let (first, last) = (begin + 1, begin + 1 + length);
    let head = head::parse(lines[begin].0, &lines[first..last])?;
    let sections = sections::parse(&lines[last + 1..], lines.len())?;
    Ok(Lesson {
        name: name.to_owned(),
        title: head.title,
        summary: head.summary,
        minutes: head.minutes,
        level: head.level,
        question: sections.question,
        choices: sections.choices,
        runs: head.runs,
        look: sections.look,
        looks: head.looks,
        finding: sections.finding,
        checks: head.checks,
        next: sections.next,
    })
}

#[cfg(test)]
mod tests;
