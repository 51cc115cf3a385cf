//! The result of a run, as a student gives it back.
//!
//! Never here: the form of files and codes (`export::result`).

use crate::domain::class::line;
use crate::domain::class::result::{Curve, LessonOutcome, MOST_NAME, MOST_WORDS, Metric, StudentResult, without_scripts};
use crate::domain::class::thin::thin;
use crate::domain::lesson::judge::Verdict;
use crate::domain::run::event::series;
use crate::error::{Code, Error, Result};
use crate::export::result::FILE_POINTS;
use crate::ui::state::lessons::Lessons;
use crate::ui::state::rows::{outcome_of, state_words};
use crate::ui::state::store::{Run, Store};

/// The series whose curves a result has, with their names on the page, in the order of the menu.
pub const CURVES: [(&str, &str); 5] = [
    (series::VAL_LOSS, "Validation loss"),
    (series::VAL_ACCURACY, "Validation accuracy"),
    (series::TRAIN_LOSS, "Training loss"),
    (series::TRAIN_ACCURACY, "Training accuracy"),
    (series::BATCH_LOSS, "Batch loss"),
];

/// The number of metrics among them: all but the last, which has a value a batch.
const METRICS: usize = 4;

/// The result of `run` by the student `name`.
///
/// # Errors
/// [`Code::InvalidState`] when there is no name, or nothing was recorded yet.
pub fn result_of(run: Option<&Run>, name: &str, build: &str, lesson: Option<LessonOutcome>) -> Result<StudentResult> {
    let missing = |what: &str, hint: &str| Error::new(Code::InvalidState, what, hint);
    let name = line(name, MOST_NAME);
    if name.is_empty() {
        return Err(missing("your result has no name yet", "write yours beside the button"));
    }
    let Some(run) = run.filter(|run| run.batches() > 0) else {
        return Err(missing("there is no run to save yet", "press Start, and save when it is done"));
    };
    let curve = |name: &str| {
        let series = run.series.get(name).filter(|series| !series.is_empty())?;
        Some(Curve { name: name.to_owned(), points: thin(series, FILE_POINTS) })
    };
    let metric = |name: &str| {
        let outcome = outcome_of(run, name);
        Some(Metric { name: name.to_owned(), last: outcome.last?, best: outcome.best })
    };
    Ok(StudentResult {
        name,
        state: line(&state_words(run), MOST_WORDS),
        epochs: run.epochs_done() as u32,
        build: line(build, MOST_WORDS),
        lesson,
        metrics: CURVES[..METRICS].iter().filter_map(|(name, _)| metric(name)).collect(),
        curves: CURVES.iter().filter_map(|(name, _)| curve(name)).collect(),
        config: without_scripts(run.config.clone()),
    })
}

/// The outcome of the checks of the lesson that is open; `None` while none is, or while none of its checks can be judged.
pub fn lesson_outcome(lessons: &Lessons, store: &Store) -> Option<LessonOutcome> {
    let lesson = lessons.called(&lessons.open)?;
    let outcomes = lessons.outcomes(&lesson, store);
    let holds = outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Holds).count();
    if outcomes.iter().all(|outcome| outcome.verdict == Verdict::Open) {
        return None;
    }
    Some(LessonOutcome { name: lesson.name.clone(), holds: holds as u32, of: lesson.checks.len() as u32 })
}
