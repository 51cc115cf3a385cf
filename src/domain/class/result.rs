//! The result that a student gives back: a name, the configuration, a few points of each curve, what the run came to, and whether the
//! lesson's check holds. As JSON, of a version, for a file; `export::result` packs the same into a code.
//!
//! What comes in may be anything: every length is limited and checked here. Callbacks in JavaScript are left out, since a configuration
//! from outside is only compared. Never here: packing, the page.

use super::text::check_line;
use crate::domain::lesson::list::is_name;
use crate::domain::run::config::RunConfig;
use crate::error::{Code, Error, Result};
use serde_json::Value;

/// The version of the form that is written and read.
pub const VERSION: u64 = 1;
/// The key of the version, which a file begins with: by it a file is known for a result.
pub const VERSION_KEY: &str = "classResult";
/// The most bytes of a result's JSON: many times what is written.
pub const MOST_BYTES: usize = 256 * 1024;
/// The most characters of a student's name.
pub const MOST_NAME: usize = 40;
/// The most points of a curve.
pub const MOST_POINTS: usize = 1_000;
/// The most curves, and the most metrics.
pub const MOST_CURVES: usize = 8;
/// The most characters of the run's state, of its build and of a curve's name.
pub const MOST_WORDS: usize = 80;
/// The most checks of a lesson.
const MOST_CHECKS: u64 = 1_000;

/// A student's result.
#[derive(Clone, Debug, PartialEq)]
pub struct StudentResult {
    /// The name that the student typed; never empty.
    pub name: String,
    /// The state of the run in words, as `done`.
    pub state: String,
    /// Epochs completed.
    pub epochs: u32,
    /// The build of the page; empty where it has none.
    pub build: String,
    /// The outcome of a lesson's checks, where one was open.
    pub lesson: Option<LessonOutcome>,
    /// The outcome in each metric.
    pub metrics: Vec<Metric>,
    /// The curves, thinned.
    pub curves: Vec<Curve>,
    /// The configuration, without callbacks in JavaScript.
    pub config: RunConfig,
}

/// The number of checks of a lesson that hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonOutcome {
    /// The name of the lesson.
    pub name: String,
    /// The number of checks that hold.
    pub holds: u32,
    /// The number of all checks.
    pub of: u32,
}

/// The outcome of a run in one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// The series' name, as `val/loss`.
    pub name: String,
    /// The last value; NaN where it was no number.
    pub last: f32,
    /// The best value and its epoch, counted from 1.
    pub best: Option<(f32, u32)>,
}

/// A curve of a few points.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The series' name.
    pub name: String,
    /// The points; steps rise, and there is at least one.
    pub points: Vec<(u32, f32)>,
}

/// A number as JSON writes it; `null` for what is none.
fn number(value: f32) -> String {
    if !value.is_finite() {
        return "null".to_owned();
    }
    value.to_string()
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn listed<T>(items: &[T], write: impl Fn(&T) -> String) -> String {
    items.iter().map(write).collect::<Vec<_>>().join(",")
}

impl StudentResult {
    /// The curve of the series `name`.
    pub fn curve(&self, name: &str) -> Option<&Curve> {
        self.curves.iter().find(|curve| curve.name == name)
    }

    /// The outcome in the series `name`.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// The result as one line of JSON, with `config` as the JSON of its configuration.
    pub fn to_json(&self, config: &str) -> String {
        let lesson = match &self.lesson {
            None => "null".to_owned(),
            Some(LessonOutcome { name, holds, of }) => format!(r#"{{"name":{},"holds":{holds},"of":{of}}}"#, quoted(name)),
        };
        let metric = |Metric { name, last, best }: &Metric| {
            let best = best.map_or_else(|| "null,null".to_owned(), |(value, epoch)| format!("{},{epoch}", number(value)));
            format!("{}:[{},{best}]", quoted(name), number(*last))
        };
        let curve = |Curve { name, points }: &Curve| {
            let (steps, values) = (listed(points, |(step, _)| step.to_string()), listed(points, |(_, value)| number(*value)));
            format!(r#"{}:{{"steps":[{steps}],"values":[{values}]}}"#, quoted(name))
        };
        let (name, state, build) = (quoted(&self.name), quoted(&self.state), quoted(&self.build));
        let (metrics, curves) = (listed(&self.metrics, metric), listed(&self.curves, curve));
        format!(
            r#"{{"{VERSION_KEY}":{VERSION},"name":{name},"state":{state},"epochs":{},"build":{build},"lesson":{lesson},"metrics":{{{metrics}}},"curves":{{{curves}}},"config":{config}}}"#,
            self.epochs
        )
    }

    /// Reads a result from JSON; `config_of` makes a configuration of what stands for it.
    ///
    /// # Errors
    /// [`Code::InvalidData`] or [`Code::InvalidConfig`], naming what is wrong and its limit.
    pub fn from_json(json: &[u8], config_of: fn(Value) -> Result<RunConfig>) -> Result<Self> {
        if json.len() > MOST_BYTES {
            return Err(wrong(format!("it has {} kB", json.len() / 1024), &format!("results of up to {} kB are read", MOST_BYTES / 1024)));
        }
        let mut fields: Value = serde_json::from_slice(json).map_err(|cause| damaged(&format!("it is no JSON ({cause})")))?;
        match fields.get(VERSION_KEY).and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(other) => {
                let message = format!("it has format {other}, and this page reads format {VERSION}");
                return Err(wrong(message, "reload the page without its cache, here and where the result was made"));
            }
            None => return Err(damaged("it does not begin as a result does")),
        }
        let mut take = |key: &str| fields.get_mut(key).map_or(Value::Null, Value::take);
        let name = words(&take("name"), "the student's name", MOST_NAME)?;
        if name.trim().is_empty() {
            return Err(damaged("it has no name"));
        }
        let result = Self {
            name,
            state: words(&take("state"), "the state", MOST_WORDS)?,
            epochs: whole(&take("epochs"), "epochs")?,
            build: words(&take("build"), "the build", MOST_WORDS)?,
            lesson: lesson(&take("lesson"))?,
            metrics: entries(&take("metrics"), "metrics", metric)?,
            curves: entries(&take("curves"), "curves", curve)?,
            config: without_scripts(config_of(take("config"))?),
        };
        Ok(result)
    }
}

/// The configuration as a result has it.
pub fn without_scripts(config: RunConfig) -> RunConfig {
    RunConfig { scripts: Vec::new(), ..config }
}

fn wrong(message: String, hint: &str) -> Error {
    Error::new(Code::InvalidData, message, hint)
}

fn damaged(what: &str) -> Error {
    wrong(format!("this is no result of a student: {what}"), "ask for the file or the code again")
}

fn words(value: &Value, name: &str, most: usize) -> Result<String> {
    let text = value.as_str().ok_or_else(|| damaged(&format!("{name} is missing")))?;
    check_line(name, text, most)?;
    Ok(text.to_owned())
}

fn whole(value: &Value, name: &str) -> Result<u32> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| damaged(&format!("{name}: a whole number is missing")))
}

/// A value of a curve: a number, or `null` for what was none.
fn value_of(value: &Value, name: &str) -> Result<f32> {
    match value {
        Value::Null => Ok(f32::NAN),
        other => {
            let number = other.as_f64().map(|number| number as f32).filter(|number| number.is_finite());
            number.ok_or_else(|| damaged(&format!("{name} has something that is no number")))
        }
    }
}

fn lesson(value: &Value) -> Result<Option<LessonOutcome>> {
    if value.is_null() {
        return Ok(None);
    }
    let name = words(&value["name"], "the lesson's name", MOST_WORDS)?;
    let (holds, of) = (whole(&value["holds"], "checks that hold")?, whole(&value["of"], "checks")?);
    if !is_name(&name) || holds > of || u64::from(of) > MOST_CHECKS {
        return Err(damaged("its lesson is none"));
    }
    Ok(Some(LessonOutcome { name, holds, of }))
}

/// The entries of an object, each read by `read` with its name.
fn entries<T>(value: &Value, what: &str, read: fn(String, &Value) -> Result<T>) -> Result<Vec<T>> {
    let entries = value.as_object().ok_or_else(|| damaged(&format!("{what} are missing")))?;
    if entries.len() > MOST_CURVES {
        return Err(wrong(format!("it has {} {what}", entries.len()), &format!("at most {MOST_CURVES} are read")));
    }
    let entry = |(name, value): (&String, &Value)| {
        check_line("the name of a curve", name, MOST_WORDS)?;
        read(name.clone(), value)
    };
    entries.iter().map(entry).collect()
}

fn metric(name: String, value: &Value) -> Result<Metric> {
    let last = value_of(&value[0], &name)?;
    let best = if value[2].is_null() { None } else { Some((value_of(&value[1], &name)?, whole(&value[2], &name)?)) };
    Ok(Metric { name, last, best: best.filter(|(value, _)| value.is_finite()) })
}

fn curve(name: String, value: &Value) -> Result<Curve> {
    let (Some(steps), Some(values)) = (value["steps"].as_array(), value["values"].as_array()) else {
        return Err(damaged(&format!("{name} has no points")));
    };
    if steps.len() > MOST_POINTS {
        return Err(wrong(format!("{name} has {} points", steps.len()), &format!("at most {MOST_POINTS} are read")));
    }
    if steps.is_empty() || steps.len() != values.len() {
        return Err(damaged(&format!("{name} has {} steps and {} values", steps.len(), values.len())));
    }
    let point = |(step, value)| Ok((whole(step, &name)?, value_of(value, &name)?));
    let points: Vec<(u32, f32)> = steps.iter().zip(values).map(point).collect::<Result<_>>()?;
    if points.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
        return Err(damaged(&format!("the steps of {name} do not rise")));
    }
    Ok(Curve { name, points })
}

/// The name of the file of a result: letters and digits of the student's name, in small letters.
pub fn file_name(name: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(letter).collect();
    let name = name.trim_matches('-');
    format!("result-{}.json", if name.is_empty() { "student" } else { name })
}

/// A value with four digits, as codes have it.
pub fn rounded(value: f32) -> f32 {
    if !value.is_finite() {
        return f32::NAN;
    }
    // By way of the larger type, whose text is in the page already.
    format!("{:.3e}", f64::from(value)).parse::<f64>().map_or(value, |near| near as f32)
}

#[cfg(test)]
mod tests;
