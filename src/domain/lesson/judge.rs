//! The verdict on a check: the numbers that it names, measured in recorded runs, and the outcome in words.
//!
//! A number that cannot be measured is no verdict: the run is not over, has no such values, or has none in the range.

use super::check::{Among, Check, Claim, Measured, Statistic, Term};
use super::parse::Lesson;
use crate::domain::diagnosis::Finding;
use crate::domain::record::known::{Better, Known, Unit};
use crate::domain::record::series::Series;

/// A run that has been made, as a check sees it.
pub trait Evidence {
    /// The values of the series called `name`.
    fn series(&self, name: &str) -> Option<&Series>;
    /// Whether the fault was found.
    fn has(&self, finding: Finding) -> bool;
}

/// The runs that were made of one run of a lesson, each of another seed; none while not all of them are over.
pub type Made<'a> = Vec<&'a dyn Evidence>;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The claim holds.
    Holds,
    /// The claim does not hold.
    Fails,
    /// The claim cannot be judged yet.
    Open,
}

/// The outcome of a check, and what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The measured numbers and the claim, in words.
    pub words: String,
}

/// The outcome of `check` for the runs of `lesson`, which `made` gives by their names.
pub fn judge<'a>(check: &Check, lesson: &Lesson, made: &dyn Fn(&str) -> Made<'a>) -> Outcome {
    match &check.claim {
        Claim::Found { run, finding, is_found } => {
            let runs = made(run);
            let title = title_of(lesson, run);
            if runs.is_empty() {
                return Outcome { verdict: Verdict::Open, words: waits(&title) };
            }
            let count = runs.iter().filter(|run| run.has(*finding)).count();
            let holds = if *is_found { count == runs.len() } else { count == 0 };
            let told = match (runs.len(), count) {
                (1, 0) => "was not found".to_owned(),
                (1, _) => "was found".to_owned(),
                (all, count) => format!("was found in {count} of {all} runs"),
            };
            let claimed = if holds {
                ""
            } else if *is_found {
                "; it should have been"
            } else {
                "; it should not have been"
            };
            Outcome { verdict: verdict(holds), words: format!("“{}” {told} in {title}{claimed}.", finding.title()) }
        }
        Claim::Larger { first, is_first, second } => {
            let (first, second) = (measure(first, lesson, made), measure(second, lesson, made));
            let (left, right) = match (first, second) {
                (Ok(left), Ok(right)) => (left, right),
                (Err(words), _) | (_, Err(words)) => return Outcome { verdict: Verdict::Open, words },
            };
            // NaN is neither larger nor smaller than anything.
            let holds = if *is_first { left.size() > right.size() } else { left.size() < right.size() };
            let unit = left.unit.or(right.unit).unwrap_or_default();
            let than = match (is_first, holds) {
                (true, true) => "is more than",
                (false, true) => "is less than",
                (true, false) => "should be more than",
                (false, false) => "should be less than",
            };
            Outcome { verdict: verdict(holds), words: format!("{}{} {than} {}.", left.words(unit), left.pause(), right.words(unit)) }
        }
    }
}

fn verdict(holds: bool) -> Verdict {
    if holds { Verdict::Holds } else { Verdict::Fails }
}

fn title_of(lesson: &Lesson, run: &str) -> String {
    lesson.run(run).map_or_else(|| run.to_owned(), |run| format!("“{}”", run.title))
}

fn waits(title: &str) -> String {
    format!("Not yet: {title} has not been run to its end.")
}

/// A side of a comparison: a number times a factor.
struct Side {
    factor: f64,
    value: f64,
    /// The words on what was measured; none for a number of the file.
    about: Option<String>,
    unit: Option<Unit>,
}

impl Side {
    fn words(&self, unit: Unit) -> String {
        let mut value = readable(self.value, unit);
        if self.factor != 1.0 {
            value = format!("{} × {value} = {}", readable(self.factor, Unit::Plain), readable(self.size(), unit));
        }
        match &self.about {
            None => value,
            Some(about) => format!("{about}, {value}"),
        }
    }

    /// The number that is compared.
    fn size(&self) -> f64 {
        self.factor * self.value
    }

    /// The comma that ends the number of something measured before the sentence goes on.
    fn pause(&self) -> &'static str {
        if self.about.is_some() { "," } else { "" }
    }
}

fn measure<'a>(term: &Term, lesson: &Lesson, made: &dyn Fn(&str) -> Made<'a>) -> Result<Side, String> {
    let measured = match term {
        Term::Number(value) => return Ok(Side { factor: 1.0, value: *value, about: None, unit: None }),
        Term::Measured(measured) => measured,
    };
    let title = title_of(lesson, &measured.run);
    let runs = made(&measured.run);
    if runs.is_empty() {
        return Err(waits(&title));
    }
    let known = Known::of(&measured.series);
    let name = known.map_or(measured.series.as_str(), |known| known.title);
    let mut values: Vec<f64> = Vec::new();
    for run in &runs {
        let value = run.series(&measured.series).and_then(|series| statistic(series, measured));
        let value = value.ok_or_else(|| format!("{name} was not recorded in {title}{}.", range_words(measured)))?;
        // A few, in order: no sort of std's for them.
        let at = values.iter().take_while(|other| **other < value).count();
        values.insert(at, value);
    }
    let value = match measured.among {
        Among::Lowest => values[0],
        Among::Median => values[values.len() / 2],
        Among::Highest => values[values.len() - 1],
    };
    let among = match (values.len(), measured.among) {
        (1, _) => "",
        (_, Among::Lowest) => " (lowest of its runs)",
        (_, Among::Median) => " (median of its runs)",
        (_, Among::Highest) => " (highest of its runs)",
    };
    let unit = if measured.statistic == Statistic::Count { Some(Unit::Plain) } else { known.map(|known| known.unit) };
    // Of a family of series the title does not say which one it is.
    let which = if known.is_some_and(|known| known.name != measured.series) { format!(" ({})", measured.series) } else { String::new() };
    let about = format!("{name}{which} of {title}, {}{}{among}", statistic_words(measured.statistic), range_words(measured));
    Ok(Side { factor: measured.factor, value, about: Some(about), unit })
}

fn range_words(measured: &Measured) -> String {
    measured.steps.map_or(String::new(), |(from, to)| format!(" in steps {from} to {to}"))
}

fn statistic_words(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::First => "first value",
        Statistic::Last => "last value",
        Statistic::Best => "best value",
        Statistic::Min => "smallest value",
        Statistic::Max => "largest value",
        Statistic::Mean => "mean",
        Statistic::Spread => "standard deviation",
        Statistic::Count => "number of values that are numbers",
    }
}

/// The number that `measured` makes of `series`; none where there are no values for it.
fn statistic(series: &Series, measured: &Measured) -> Option<f64> {
    let (from, to) = measured.steps.unwrap_or((0, u32::MAX));
    let inside = || series.iter().filter(move |(step, _)| (from..=to).contains(step)).map(|(_, value)| f64::from(value));
    let finite = || inside().filter(|value| value.is_finite());
    let is_higher = Better::of(&measured.series) == Better::Higher;
    match measured.statistic {
        Statistic::First => inside().next(),
        Statistic::Last => inside().last(),
        Statistic::Best if is_higher => finite().reduce(f64::max),
        Statistic::Best | Statistic::Min => finite().reduce(f64::min),
        Statistic::Max => finite().reduce(f64::max),
        Statistic::Mean => mean(finite()),
        Statistic::Spread => {
            let middle = mean(finite())?;
            Some(libm::sqrt(mean(finite().map(|value| (value - middle) * (value - middle)))?))
        }
        Statistic::Count => Some(finite().count() as f64),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    (count > 0.0).then(|| sum / count)
}

/// `value` with three digits, as a percentage where it is a share.
fn readable(value: f64, unit: Unit) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "not a number".to_owned() } else { "infinite".to_owned() };
    }
    let digits = |value: f64| {
        let size = value.abs();
        match size {
            0.0 => "0".to_owned(),
            _ if !(1e-4..1e6).contains(&size) => format!("{value:.1e}"),
            _ => {
                let places = (2 - libm::floor(libm::log10(size)) as i32).clamp(0, 6) as usize;
                let text = format!("{value:.places$}");
                if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
            }
        }
    };
    match unit {
        Unit::Share => format!("{} %", digits(100.0 * value)),
        Unit::Named(name) => format!("{} {name}", digits(value)),
        Unit::Plain => digits(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::parse as check;
    use super::*;

    struct Run {
        values: Vec<(&'static str, Vec<(u32, f32)>)>,
        series: Vec<Series>,
        found: Vec<Finding>,
    }

    impl Run {
        fn new(values: &[(&'static str, &[(u32, f32)])], found: &[Finding]) -> Self {
            let values: Vec<_> = values.iter().map(|(name, points)| (*name, points.to_vec())).collect();
            let series = values.iter().map(|(_, points)| points.iter().copied().collect()).collect();
            Self { values, series, found: found.to_vec() }
        }
    }

    impl Evidence for Run {
        fn series(&self, name: &str) -> Option<&Series> {
            self.values.iter().position(|(known, _)| *known == name).map(|at| &self.series[at])
        }
        fn has(&self, finding: Finding) -> bool {
            self.found.contains(&finding)
        }
    }

    fn lesson() -> Lesson {
        let text = "---\ntitle: T\nsummary: S\nminutes: 1\nlevel: start\nrun: a: Run A = planar\nrun: b: Run B = planar, 3 seeds\nrun: c: Run C = planar\n\
                    check: a: found nan\n---\n## Predict\nq\n- [x] y\n- [ ] n\n## Look\nl\n## Finding\nf\n## Next\nn\n";
        crate::domain::lesson::parse("t", text).unwrap()
    }

    fn outcome(words: &str) -> (Verdict, String) {
        let accuracy: &[(u32, f32)] = &[(10, 0.5), (20, 0.9), (30, 0.8)];
        let loss: &[(u32, f32)] = &[(1, 4.0), (2, 2.0), (3, f32::NAN), (4, 6.0)];
        let a = Run::new(&[("val/accuracy", accuracy), ("batch/loss", loss)], &[Finding::NotFinite]);
        let b: Vec<Run> = [0.7, 0.6, 0.65].map(|last| Run::new(&[("val/accuracy", &[(30, last)])], &[])).into();
        let made = |name: &str| -> Made {
            match name {
                "a" => vec![&a],
                "b" => b.iter().map(|run| run as &dyn Evidence).collect(),
                _ => Vec::new(),
            }
        };
        let Outcome { verdict, words } = judge(&check(1, words).unwrap(), &lesson(), &made);
        (verdict, words)
    }

    #[test]
    fn each_statistic_is_that_of_the_values() {
        for (claim, near) in [
            ("val/accuracy first", 0.5),
            ("val/accuracy last", 0.8),
            ("val/accuracy best", 0.9),
            ("val/accuracy min", 0.5),
            ("val/accuracy last in steps 1 to 25", 0.9),
            ("val/accuracy mean in steps 15 to 30", 0.85),
            ("batch/loss best", 2.0),
            ("batch/loss max", 6.0),
            ("batch/loss mean", 4.0),
            ("batch/loss spread", 1.632_993),
            ("batch/loss count", 3.0),
        ] {
            assert_eq!(outcome(&format!("a: {claim} > {}", near - 1e-4)).0, Verdict::Holds, "{claim}");
            assert_eq!(outcome(&format!("a: {claim} < {}", near + 1e-4)).0, Verdict::Holds, "{claim}");
            assert_eq!(outcome(&format!("a: {claim} < {}", near - 1e-4)).0, Verdict::Fails, "{claim}");
        }
    }

    #[test]
    fn the_outcome_says_what_was_measured() {
        for (claim, verdict, says) in [
            ("a: val/accuracy last > 75%", Verdict::Holds, "Validation accuracy of “Run A”, last value, 80 %, is more than 75 %."),
            ("a: val/accuracy last > 0.9", Verdict::Fails, "Validation accuracy of “Run A”, last value, 80 %, should be more than 90 %."),
            (
                "a: batch/loss first > 2 * a: batch/loss last in steps 1 to 2",
                Verdict::Fails,
                "Batch loss of “Run A”, first value, 4, should be more than Batch loss of “Run A”, last value in steps 1 to 2, 2 × 2 = 4.",
            ),
            ("highest b: val/accuracy last < a: val/accuracy last", Verdict::Holds, "last value (highest of its runs), 70 %, is less than"),
            ("lowest b: val/accuracy last < 0.61", Verdict::Holds, "(lowest of its runs), 60 %"),
            ("b: val/accuracy last > 0.64", Verdict::Holds, "(median of its runs), 65 %"),
            ("a: found nan", Verdict::Holds, "“Not a number” was found in “Run A”."),
            ("a: not found nan", Verdict::Fails, "was found in “Run A”; it should not have been."),
            ("a: found dead_units", Verdict::Fails, "“Dead units” was not found in “Run A”; it should have been."),
            ("b: found nan", Verdict::Fails, "was found in 0 of 3 runs in “Run B”"),
            ("c: found nan", Verdict::Open, "Not yet: “Run C” has not been run to its end."),
            ("c: val/loss last < 1", Verdict::Open, "Not yet: “Run C”"),
            ("a: val/loss last < 1", Verdict::Open, "Validation loss was not recorded in “Run A”."),
            ("a: val/accuracy last in steps 1 to 5 < 1", Verdict::Open, "was not recorded in “Run A” in steps 1 to 5."),
        ] {
            let (found, words) = outcome(claim);
            assert_eq!((found, words.contains(says)), (verdict, true), "{claim}: {words}");
        }
        assert_eq!(outcome("a: batch/loss last in steps 1 to 3 > 0").0, Verdict::Fails, "NaN is not larger than anything");
        assert_eq!(outcome("a: batch/loss last in steps 1 to 3 < 9").0, Verdict::Fails, "nor smaller");
    }

    #[test]
    fn numbers_are_readable() {
        for (value, unit, text) in [
            (0.98765, Unit::Share, "98.8 %"),
            (1.0, Unit::Share, "100 %"),
            (0.123_456, Unit::Plain, "0.123"),
            (1234.5, Unit::Plain, "1234"),
            (2.0, Unit::Plain, "2"),
            (0.000_012, Unit::Plain, "1.2e-5"),
            (0.0, Unit::Plain, "0"),
            (f64::NAN, Unit::Share, "not a number"),
            (12.0, Unit::Named("ms"), "12 ms"),
        ] {
            assert_eq!(readable(value, unit), text);
        }
    }
}
