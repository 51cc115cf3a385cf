//! Lessons: the list, the one that is open, the runs that were made for it; the learner's progress, as it is kept on the device; and
//! recorded runs as checks see them.
//!
//! What the device gives back may be anything: what is not progress counts for nothing. Never here: the device's storage.

use super::store::{Run, RunState, Store};
use crate::domain::diagnosis::Finding;
use crate::domain::lesson::judge::{Evidence, Made, Outcome, judge};
use crate::domain::lesson::list::{MOST_LESSONS, is_name};
use crate::domain::lesson::parse::Lesson;
use crate::domain::record::series::Series;
use crate::error::{Error, Result};
use crate::protocol::RunId;
use std::sync::Arc;

/// Lessons: the list and the one that is open.
#[derive(Clone, Debug, Default)]
pub struct Lessons {
    /// Whether the list is open.
    pub is_listed: bool,
    /// The list; empty before it was asked for.
    pub list: Vec<Listed>,
    /// The reason for which there is no list.
    pub problem: Option<Error>,
    /// The name of the lesson that is open; empty while none is.
    pub open: String,
    /// Whether the learner has been led from it to another part of the page.
    pub is_away: bool,
    /// The runs that were made for it.
    pub made: Vec<MadeRuns>,
    /// The name of the run that is being made; empty while none is.
    pub making: String,
    /// The progress in all lessons.
    pub progress: Progress,
}

/// A lesson of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// The lesson, or the mistake in its file; `None` while it is on its way.
    pub lesson: Option<Result<Arc<Lesson>>>,
}

/// The runs that were made of one run of a lesson.
#[derive(Clone, Debug)]
pub struct MadeRuns {
    /// The name of the lesson's run.
    pub name: String,
    /// The runs, one a seed.
    pub runs: Vec<RunId>,
    /// The id by which they are drawn beside others: that of the run, or of the group of seeds.
    pub drawn_as: RunId,
}

impl Lessons {
    /// Whether the list is there with all its lessons: what comes bit by bit moves what is below it, and a click on it is lost.
    pub fn is_read(&self) -> bool {
        !self.list.is_empty() && self.list.iter().all(|listed| listed.lesson.is_some())
    }

    /// The place in the list of the lesson called `name`.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|listed| listed.name == name)
    }

    /// The lesson called `name`, if it is read and has no mistake.
    pub fn called(&self, name: &str) -> Option<Arc<Lesson>> {
        self.list[self.place(name)?].lesson.as_ref()?.as_ref().ok().cloned()
    }

    /// The name of the lesson so many places after the open one.
    pub fn neighbour(&self, distance: isize) -> Option<&str> {
        let at = self.place(&self.open)?.checked_add_signed(distance)?;
        self.list.get(at).map(|listed| listed.name.as_str())
    }

    /// The runs that were made of the lesson's run `name`.
    pub fn made_of(&self, name: &str) -> Option<&MadeRuns> {
        self.made.iter().find(|made| made.name == name)
    }

    /// Forgets what was made of the lesson's run `name`.
    pub fn forget(&mut self, name: &str) {
        self.made.retain(|made| made.name != name);
    }

    /// The outcome of each check of `lesson` in the runs that were made.
    pub fn outcomes(&self, lesson: &Lesson, store: &Store) -> Vec<Outcome> {
        let made = |name: &str| -> Made {
            let ids = self.made_of(name).map_or(&[][..], |made| &made.runs);
            let runs: Made = ids.iter().filter_map(|&id| store.run(id).map(|run| run as &dyn Evidence)).collect();
            // A run that was deleted since is no evidence, and the others are not all.
            if runs.len() == ids.len() { runs } else { Made::new() }
        };
        lesson.checks.iter().map(|check| judge(check, lesson, &made)).collect()
    }
}

/// Whether all `runs` came to their end, and none was cut short by the learner.
pub fn are_whole(runs: &[RunId], store: &Store) -> bool {
    runs.iter().all(|&id| store.run(id).is_some_and(|run| matches!(run.state, RunState::Finished(_)) && !run.tag.cut_short))
}

impl Evidence for Run {
    fn series(&self, name: &str) -> Option<&Series> {
        self.series.get(name)
    }

    fn has(&self, finding: Finding) -> bool {
        self.diagnoses.iter().any(|diagnosis| diagnosis.finding == finding)
    }
}

/// The longest text that is read as progress, in bytes: several times that of all lessons.
const MOST_TEXT: usize = 1 << 16;

/// The prediction that a learner made before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// The learner wanted to see first.
    Skipped,
    /// The answer with this number, from 0.
    Answer(u32),
}

/// The progress in one lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    name: String,
    /// The prediction, once there is one.
    pub predicted: Option<Prediction>,
    /// Whether all runs were made, and so the finding seen.
    pub done: bool,
}

/// The progress in all lessons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress(Vec<Mark>);

impl Progress {
    /// The progress in `text`: a lesson a line, with its name, `?` or `skipped` or the number of the answer, and `done` if it is.
    /// Lines that are something else count for nothing.
    pub fn read(text: &str) -> Self {
        let mut marks = Vec::new();
        for line in text.lines().take(if text.len() > MOST_TEXT { 0 } else { MOST_LESSONS }) {
            let mut words = line.split(' ');
            let (name, predicted) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let predicted = match predicted {
                "?" => None,
                "skipped" => Some(Prediction::Skipped),
                number => match number.parse() {
                    Ok(answer) => Some(Prediction::Answer(answer)),
                    Err(_) => continue,
                },
            };
            if is_name(name) {
                marks.push(Mark { name: name.to_owned(), predicted, done: words.next() == Some("done") });
            }
        }
        Self(marks)
    }

    /// The progress as text.
    pub fn write(&self) -> String {
        let mut text = String::new();
        for Mark { name, predicted, done } in &self.0 {
            let predicted = match predicted {
                None => "?".to_owned(),
                Some(Prediction::Skipped) => "skipped".to_owned(),
                Some(Prediction::Answer(answer)) => answer.to_string(),
            };
            text += &format!("{name} {predicted}{}\n", if *done { " done" } else { "" });
        }
        text
    }

    /// The progress in the lesson `name`.
    pub fn of(&self, name: &str) -> Mark {
        self.0.iter().find(|mark| mark.name == name).cloned().unwrap_or_default()
    }

    fn mark(&mut self, name: &str) -> &mut Mark {
        let at = self.0.iter().position(|mark| mark.name == name).unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push(Mark { name: name.to_owned(), ..Mark::default() });
        }
        &mut self.0[at]
    }

    /// Notes the prediction in the lesson `name`; the first one counts.
    pub fn predict(&mut self, name: &str, prediction: Prediction) {
        self.mark(name).predicted.get_or_insert(prediction);
    }

    /// Notes that the lesson `name` is done.
    pub fn finish(&mut self, name: &str) {
        self.mark(name).done = true;
    }

    /// Forgets the lesson `name`, so that it can be done again.
    pub fn forget(&mut self, name: &str) {
        self.0.retain(|mark| mark.name != name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn progress_comes_back_and_the_first_prediction_counts() {
        let mut progress = Progress::default();
        progress.predict("xor", Prediction::Answer(2));
        progress.predict("xor", Prediction::Skipped);
        progress.predict("spiral", Prediction::Skipped);
        progress.finish("xor");
        progress.finish("other");
        assert_eq!(progress.write(), "xor 2 done\nspiral skipped\nother ? done\n");
        assert_eq!(Progress::read(&progress.write()), progress);
        assert_eq!((progress.of("xor").predicted, progress.of("xor").done), (Some(Prediction::Answer(2)), true));
        assert_eq!(progress.of("unknown"), Mark::default());
        progress.forget("xor");
        assert_eq!(progress.of("xor"), Mark::default());
    }

    #[test]
    fn what_is_no_progress_counts_for_nothing() {
        for text in ["", "null", "{\"xor\":7}", "xor", "xor maybe done", "../x 1", "xor -1", &"a 1\n".repeat(70_000)] {
            assert_eq!(Progress::read(text), Progress::default(), "{text:.20}");
        }
        let many: String = (0..900).map(|at| format!("l{at} 0\n")).collect();
        assert_eq!(Progress::read(&many).0.len(), MOST_LESSONS);
        assert!(Progress::read("x\nxor ? done more").of("xor").done, "what is read goes on behind what is not");
    }

    #[test]
    fn neighbours_are_those_of_the_list() {
        let listed = |name: &str| Listed { name: name.to_owned(), lesson: None };
        let mut lessons = Lessons { list: ["a", "b"].map(listed).into(), open: "a".to_owned(), ..Lessons::default() };
        assert_eq!((lessons.neighbour(-1), lessons.neighbour(1), lessons.called("a")), (None, Some("b"), None));
        assert!(!lessons.is_read() && !Lessons::default().is_read());
        lessons.list.iter_mut().for_each(|listed| listed.lesson = Some(Err(Error::new(Code::InvalidLesson, "no lesson", "write one"))));
        assert!(lessons.is_read());
        lessons.open = "elsewhere".to_owned();
        assert_eq!((lessons.neighbour(-1), lessons.neighbour(1)), (None, None));
    }
}
