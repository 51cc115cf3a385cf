//! The head of a lesson's file: lines of `key: value` between two lines of `---`. A line that begins with a space goes on with the
//! one before it, `#` begins a remark.

use super::check::{self, Check, is_run_name};
use super::config::{Differences, of_preset, with_differences};
use super::fault::{Fault, Read, quoted, text};
use super::markdown::Line;
use crate::domain::run::config::RunConfig;

/// The most runs, looks and checks of a lesson.
const MOST_RUNS: usize = 8;
const MOST_LOOKS: usize = 8;
const MOST_CHECKS: usize = 16;
/// The most seeds that a run is made with.
const MOST_SEEDS: u32 = 8;
/// The longest title, summary and titles of runs and looks, in bytes.
const MOST_TITLE: usize = 80;
const MOST_SUMMARY: usize = 240;
const MOST_LABEL: usize = 60;
/// The most minutes of a lesson.
const MOST_MINUTES: u32 = 240;

/// The level of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A level for whoever has not trained a network yet.
    Start,
    /// A level for whoever has.
    Basic,
    /// A level for those who want to know more.
    Advanced,
}

impl Level {
    const ALL: [(&'static str, Self); 3] = [("start", Self::Start), ("basic", Self::Basic), ("advanced", Self::Advanced)];

    /// The name in files and on the page.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}

/// A run that the learner makes.
#[derive(Clone, Debug, PartialEq)]
pub struct LessonRun {
    /// The name in checks.
    pub name: String,
    /// The title on its button.
    pub title: String,
    /// The configuration.
    pub config: RunConfig,
    /// Number of seeds that it is made with, from the configuration's own on.
    pub seeds: u32,
}

/// A place on the page that the learner is led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The title on its button.
    pub title: String,
    /// The id of the element.
    pub place: String,
    /// The steps that all charts then show; all where there are none.
    pub steps: Option<(u32, u32)>,
    /// The run that is shown; that which was made last where none is named.
    pub run: Option<String>,
}

/// All of the head.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// The title.
    pub title: String,
    /// A sentence on what it is about.
    pub summary: String,
    /// Number of minutes that it takes.
    pub minutes: u32,
    /// The level.
    pub level: Level,
    /// The runs, in their order.
    pub runs: Vec<LessonRun>,
    /// The places to look at.
    pub looks: Vec<Look>,
    /// The checks.
    pub checks: Vec<Check>,
}

/// A key with its value, which may be of several lines.
struct Entry {
    line: usize,
    key: String,
    value: String,
}

/// The longest value, in bytes: that of a run with its differences.
const MOST_VALUE: usize = 10_000;

fn entries(lines: &[Line]) -> Read<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    for &(line, raw) in lines {
        if raw.trim().is_empty() || raw.starts_with('#') {
            // A remark within a value: the lines are still counted.
            if let Some(last) = entries.last_mut() {
                last.value.push('\n');
            }
            continue;
        }
        if raw.starts_with([' ', '\t']) {
            let Some(last) = entries.last_mut() else {
                return Err(Fault::new(line, "the head begins with a space", "write title: and the title there"));
            };
            last.value.push('\n');
            last.value.push_str(raw);
            if last.value.len() > MOST_VALUE {
                return Err(Fault::new(line, format!("{} is longer than {MOST_VALUE} bytes", last.key), "make it shorter"));
            }
            continue;
        }
        let unclear = || {
            let hint = "write KEY: and its value; a line that goes on with the one before it begins with a space";
            Fault::new(line, format!("{} is no line of the head", quoted(raw.trim())), hint)
        };
        let (key, value) = raw.split_once(':').ok_or_else(unclear)?;
        entries.push(Entry { line, key: key.trim().to_owned(), value: value.to_owned() });
    }
    Ok(entries)
}

/// The head in `lines`, of which `begin` is the line before the first.
pub fn parse(begin: usize, lines: &[Line]) -> Read<Head> {
    let (mut title, mut summary, mut minutes, mut level) = (None, None, None, None);
    let (mut runs, mut looks, mut checks) = (Vec::new(), Vec::new(), Vec::new());
    for Entry { line, key, value } in entries(lines)? {
        match key.as_str() {
            "title" => once(line, &key, &mut title, text(line, "title", &value, MOST_TITLE)?)?,
            "summary" => once(line, &key, &mut summary, text(line, "summary", &joined(&value), MOST_SUMMARY)?)?,
            "minutes" => {
                let number = value.trim().parse().ok().filter(|minutes| (1..=MOST_MINUTES).contains(minutes));
                let what =
                    || Fault::new(line, format!("{} minutes", quoted(value.trim())), format!("write a number from 1 to {MOST_MINUTES}"));
                once(line, &key, &mut minutes, number.ok_or_else(what)?)?;
            }
            "level" => {
                let found = Level::ALL.into_iter().find(|(name, _)| *name == value.trim());
                let what = || Fault::new(line, format!("there is no level {}", quoted(value.trim())), "use start, basic or advanced");
                once(line, &key, &mut level, found.ok_or_else(what)?.1)?;
            }
            "run" => {
                let run = run(line, &value, &runs)?;
                push(line, "runs", MOST_RUNS, &mut runs, run)?;
            }
            "look" => push(line, "looks", MOST_LOOKS, &mut looks, (line, look(line, &joined(&value))?))?,
            "check" => push(line, "checks", MOST_CHECKS, &mut checks, (line, check::parse(line, &value)?))?,
            other => {
                let hint = "the head has title, summary, minutes, level, run, look and check";
                return Err(Fault::new(line, format!("there is no {}", quoted(other)), hint));
            }
        }
    }
    for (line, check) in &checks {
        check.claim.runs().into_iter().try_for_each(|run| known(*line, &runs, run))?;
        without_validation(*line, &runs, check)?;
    }
    for (line, look) in &looks {
        look.run.iter().try_for_each(|run| known(*line, &runs, run))?;
    }
    let missing = |what: &str, example: &str| Fault::new(begin, format!("the head has no {what}"), format!("add a line: {example}"));
    if runs.is_empty() {
        return Err(missing("run", "run: first: The first run = planar"));
    }
    if checks.is_empty() {
        return Err(missing("check", "check: first: val/accuracy last > 0.9"));
    }
    Ok(Head {
        title: title.ok_or_else(|| missing("title", "title: Why a line is not enough"))?,
        summary: summary.ok_or_else(|| missing("summary", "summary: What the lesson is about, in a sentence"))?,
        minutes: minutes.ok_or_else(|| missing("minutes", "minutes: 6"))?,
        level: level.ok_or_else(|| missing("level", "level: start"))?,
        runs,
        looks: looks.into_iter().map(|(_, look)| look).collect(),
        checks: checks.into_iter().map(|(_, check)| check).collect(),
    })
}

fn joined(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn once<T>(line: usize, key: &str, place: &mut Option<T>, value: T) -> Read<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Fault::new(line, format!("{key} is there twice"), "take one of the two away")),
    }
}

fn push<T>(line: usize, what: &str, most: usize, list: &mut Vec<T>, value: T) -> Read<()> {
    if list.len() == most {
        return Err(Fault::new(line, format!("there are more than {most} {what}"), "take some away, or make two lessons of it"));
    }
    list.push(value);
    Ok(())
}

fn known(line: usize, runs: &[LessonRun], name: &str) -> Read<()> {
    if runs.iter().any(|run| run.name == name) {
        return Ok(());
    }
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    Err(Fault::new(line, format!("there is no run {}", quoted(name)), format!("use one of {}", names.join(", "))))
}

/// Refuses a check of validation in a run that holds nothing out.
fn without_validation(line: usize, runs: &[LessonRun], check: &Check) -> Read<()> {
    let check::Claim::Larger { first, second, .. } = &check.claim else { return Ok(()) };
    for term in [first, second] {
        let check::Term::Measured(measured) = term else { continue };
        let is_held_out = runs.iter().any(|run| run.name == measured.run && run.config.validation > 0.0);
        if measured.series.starts_with("val/") && !is_held_out {
            let what = format!("the run {} holds out no samples, so it has no {}", quoted(&measured.run), measured.series);
            return Err(Fault::new(line, what, "take \"validation\": 0 away, or check a series of the training"));
        }
    }
    Ok(())
}

/// A run: `NAME: TITLE = BASE`, then `, N seeds` and `+ {…}` where they are wanted. The base is a preset, or one of the `runs` above.
fn run(line: usize, value: &str, runs: &[LessonRun]) -> Read<LessonRun> {
    let hint =
        "write NAME: TITLE = PRESET + {…}, for example: run: slow: A tiny step = planar + {\"optimizer\":{\"learningRate\":0.00001}}";
    let unclear = |what: String| Fault::new(line, what, hint);
    let (words, json) = value.split_at(value.find('{').unwrap_or(value.len()));
    let begin = line + words.matches('\n').count();
    let words = joined(words);
    let (names, source) = words.split_once('=').ok_or_else(|| unclear("this run has no = between its title and its preset".to_owned()))?;
    let (name, title) = names.split_once(':').ok_or_else(|| unclear("this run has no : between its name and its title".to_owned()))?;
    let name = name.trim();
    if !is_run_name(name) {
        let hint = "use up to 24 small letters, digits and hyphens, a letter first, and not lowest, median or highest";
        return Err(Fault::new(line, format!("{} cannot be the name of a run", quoted(name)), hint));
    }
    if runs.iter().any(|other| other.name == name) {
        return Err(Fault::new(line, format!("two runs are called {}", quoted(name)), "give each a name of its own"));
    }
    let title = text(line, "the title of this run", title, MOST_LABEL)?;
    let source = match (source.trim().strip_suffix('+'), json.is_empty()) {
        (Some(source), false) => source,
        (None, true) => source,
        _ => return Err(unclear("a + must stand between the preset and the differences, and nowhere else".to_owned())),
    };
    let (preset, seeds) = match source.split_once(',') {
        None => (source, 1),
        Some((preset, seeds)) => {
            let number = seeds.trim().strip_suffix("seeds").and_then(|number| number.trim().parse().ok());
            let range = 2..=MOST_SEEDS;
            let wrong = || {
                Fault::new(line, format!("{} after the preset", quoted(seeds.trim())), format!("write 2 to {MOST_SEEDS} seeds, as 4 seeds"))
            };
            (preset, number.filter(|number| range.contains(number)).ok_or_else(wrong)?)
        }
    };
    let differences = Differences { json: json.trim_end(), line: begin };
    let base = match runs.iter().find(|run| run.name == preset.trim()) {
        Some(run) => run.config.clone(),
        None => of_preset(line, preset.trim())?,
    };
    Ok(LessonRun { name: name.to_owned(), title, config: with_differences(base, &differences)?, seeds })
}

/// A look: `TITLE = PLACE`, or `TITLE = RUN: PLACE`; then `, steps A to B` where it is wanted.
fn look(line: usize, value: &str) -> Read<Look> {
    let hint = "write TITLE = ID, for example: look: The first steps = chart-batch-loss, steps 1 to 60";
    let (title, target) =
        value.split_once('=').ok_or_else(|| Fault::new(line, "this look has no = between its title and its place", hint))?;
    let title = text(line, "the title of this look", title, MOST_LABEL)?;
    let (target, steps) = match target.split_once(',') {
        None => (target, None),
        Some((target, range)) => (target, Some(check::steps(line, range)?)),
    };
    let (run, place) = match target.split_once(':') {
        None => (None, target),
        Some((run, place)) => (Some(run.trim().to_owned()), place),
    };
    let place = place.trim();
    let is_id = !place.is_empty() && place.len() <= MOST_LABEL && place.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_id {
        return Err(Fault::new(line, format!("{} is no place on the page", quoted(place)), hint));
    }
    Ok(Look { title, place: place.to_owned(), steps, run })
}
