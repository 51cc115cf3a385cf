//! The language of checks: what a lesson claims of its runs, as one line of its file.
//!
//! ```text
//! check: wide: val/accuracy last > 0.9
//! check: slow: train/loss best > 2 * fast: train/loss best
//! check: The noise is larger = small: batch/loss spread in steps 50 to 200 > large: batch/loss spread
//! check: fast: found nan
//! check: highest a: val/accuracy last > lowest b: val/accuracy last
//! ```
//!
//! Never here: values; the verdict is in [`judge`](super::judge).

use super::fault::{Fault, Read, quoted, text};
use crate::domain::diagnosis::Finding;
use crate::domain::record::known::{self, Known};

/// The longest words of a check, in bytes.
const MOST_WORDS: usize = 160;
/// The longest name of a run, in bytes.
const MOST_NAME: usize = 24;
/// The longest check, in bytes.
const MOST_CHECK: usize = 400;

/// A claim of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The claim in the words of the file; empty where it has none.
    pub words: String,
    /// The claim itself.
    pub claim: Claim,
}

/// A claim that can be checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// A number is larger than another one.
    Larger {
        /// The number that is named first.
        first: Term,
        /// Whether the first is claimed to be the larger one.
        is_first: bool,
        /// The other one.
        second: Term,
    },
    /// A fault was found in a run, or was not.
    Found {
        /// The run.
        run: String,
        /// The kind of the fault.
        finding: Finding,
        /// Whether it is claimed to be found.
        is_found: bool,
    },
}

/// A number of a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A number as it stands in the file.
    Number(f64),
    /// A number that is measured.
    Measured(Measured),
}

/// A number that is measured in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The factor that it is taken times.
    pub factor: f64,
    /// The choice among the run's seeds.
    pub among: Among,
    /// The run.
    pub run: String,
    /// The series.
    pub series: String,
    /// The number that is made of its values.
    pub statistic: Statistic,
    /// The first and the last step that count; all where there are none.
    pub steps: Option<(u32, u32)>,
}

/// The choice among the seeds of a run; of one seed all are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// The seed with the lowest number.
    Lowest,
    /// The middle one.
    Median,
    /// The seed with the highest number.
    Highest,
}

impl Among {
    const ALL: [(&'static str, Self); 3] = [("lowest", Self::Lowest), ("median", Self::Median), ("highest", Self::Highest)];
}

/// The number that is made of a series' values. Values that are NaN or infinite count for `first` and `last` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The first value.
    First,
    /// The last value.
    Last,
    /// The best value: the lowest of a loss, the highest of an accuracy.
    Best,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The mean.
    Mean,
    /// The standard deviation.
    Spread,
    /// The number of values that are neither NaN nor infinite.
    Count,
}

impl Statistic {
    /// All statistics with their names.
    pub const ALL: [(&'static str, Self); 8] = [
        ("first", Self::First),
        ("last", Self::Last),
        ("best", Self::Best),
        ("min", Self::Min),
        ("max", Self::Max),
        ("mean", Self::Mean),
        ("spread", Self::Spread),
        ("count", Self::Count),
    ];
}

impl Claim {
    /// Names of the runs that it is about; one may be there twice.
    pub fn runs(&self) -> Vec<&str> {
        match self {
            Self::Found { run, .. } => vec![run],
            Self::Larger { first, second, .. } => [first, second]
                .into_iter()
                .filter_map(|term| match term {
                    Term::Measured(measured) => Some(measured.run.as_str()),
                    Term::Number(_) => None,
                })
                .collect(),
        }
    }
}

/// Whether `name` can be that of a run: small letters, digits and hyphens, and no word of the language.
pub fn is_run_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_word = Among::ALL.iter().any(|(word, _)| *word == name);
    name.len() <= MOST_NAME && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(is_letter) && !is_word
}

/// The name of a kind of fault in checks, as in files and the API.
pub fn code(finding: Finding) -> String {
    let value = serde_json::to_value(finding).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// The check that stands at `line`.
pub fn parse(line: usize, value: &str) -> Read<Check> {
    let value = text(line, "this check", value, MOST_CHECK)?.split_whitespace().collect::<Vec<_>>().join(" ");
    let (words, claim) = value.split_once('=').unwrap_or(("", &value));
    let words = if words.is_empty() { String::new() } else { text(line, "the words of this check", words, MOST_WORDS)? };
    Ok(Check { words, claim: parse_claim(line, claim.trim())? })
}

fn parse_claim(line: usize, claim: &str) -> Read<Claim> {
    if let Some(at) = claim.find(['<', '>']) {
        let (first, second) = (term(line, &claim[..at])?, term(line, &claim[at + 1..])?);
        if let (Term::Number(_), Term::Number(_)) = (&first, &second) {
            return Err(Fault::new(line, "this check compares two numbers and looks at no run", "write RUN: SERIES last on one side"));
        }
        return Ok(Claim::Larger { first, is_first: claim[at..].starts_with('>'), second });
    }
    let hint = "write RUN: SERIES last > NUMBER, or RUN: found NAME; www/lessons/README.md has more";
    let unclear = || Fault::new(line, format!("{} is not a check", quoted(claim)), hint);
    let (run, rest) = claim.split_once(':').ok_or_else(unclear)?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (is_found, name) = match words[..] {
        ["found", name] => (true, name),
        ["not", "found", name] => (false, name),
        _ => return Err(unclear()),
    };
    let finding = Finding::ALL.into_iter().find(|&finding| name == code(finding) || (name == "nan" && finding == Finding::NotFinite));
    let finding = finding.ok_or_else(|| {
        let names: Vec<String> = Finding::ALL.into_iter().map(code).collect();
        Fault::new(line, format!("there is no finding {}", quoted(name)), format!("use one of {}", names.join(", ")))
    })?;
    Ok(Claim::Found { run: run.trim().to_owned(), finding, is_found })
}

/// The number that `text` is, also as a percentage.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let (digits, scale) = text.strip_suffix('%').map_or((text, 1.0), |digits| (digits.trim_end(), 0.01));
    digits.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * scale)
}

fn term(line: usize, text: &str) -> Read<Term> {
    let text = text.trim();
    if let Some(number) = number(text) {
        return Ok(Term::Number(number));
    }
    let hint = "write a number, or RUN: SERIES STATISTIC, for example wide: val/accuracy last";
    let unclear = || Fault::new(line, format!("{} is neither a number nor a value of a run", quoted(text)), hint);
    let (factor, text) = match text.split_once('*') {
        Some((factor, rest)) => (number(factor).ok_or_else(unclear)?, rest.trim()),
        None => (1.0, text),
    };
    let (run, rest) = text.split_once(':').ok_or_else(unclear)?;
    let (among, run) = match run.trim().split_once(' ') {
        Some((word, run)) => {
            let known = Among::ALL.into_iter().find(|(name, _)| *name == word).ok_or_else(unclear)?;
            (known.1, run.trim())
        }
        None => (Among::Median, run.trim()),
    };
    let mut words = rest.split_whitespace();
    let (series, statistic) = (words.next().ok_or_else(unclear)?, words.next().ok_or_else(unclear)?);
    let series = known::canonical(series).into_owned();
    if Known::of(&series).is_none() {
        let near = known::nearest(&series);
        let near = if near.is_empty() { "val/accuracy, val/loss, train/loss or batch/loss".to_owned() } else { near.join(", ") };
        return Err(Fault::new(line, format!("there is no series {}", quoted(&series)), format!("use for example {near}")));
    }
    let statistic = Statistic::ALL.into_iter().find(|(name, _)| *name == statistic).map(|(_, statistic)| statistic).ok_or_else(|| {
        let names = Statistic::ALL.map(|(name, _)| name).join(", ");
        Fault::new(line, format!("{} is no statistic", quoted(statistic)), format!("use one of {names}"))
    })?;
    let rest: Vec<&str> = words.collect();
    let steps = match rest[..] {
        [] => None,
        ["in", ref range @ ..] => Some(steps(line, &range.join(" "))?),
        _ => return Err(Fault::new(line, format!("{} is too much", quoted(&rest.join(" "))), "after the statistic only in steps A to B")),
    };
    Ok(Term::Measured(Measured { factor, among, run: run.to_owned(), series, statistic, steps }))
}

/// The range of `steps A to B`.
pub fn steps(line: usize, text: &str) -> Read<(u32, u32)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let range = match words[..] {
        ["steps", from, "to", to] => from.parse().ok().zip(to.parse().ok()).filter(|(from, to)| 0 < *from && from < to),
        _ => None,
    };
    let hint = "write steps A to B, A at least 1 and B larger, for example steps 1 to 100";
    range.ok_or_else(|| Fault::new(line, format!("{} is no range of steps", quoted(text.trim())), hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn measured(run: &str, series: &str, statistic: Statistic) -> Measured {
        Measured { factor: 1.0, among: Among::Median, run: run.into(), series: series.into(), statistic, steps: None }
    }

    #[test]
    fn checks_read_as_they_are_written() {
        let larger = |first, is_first, second| Claim::Larger { first, is_first, second };
        let accuracy = measured("wide", "val/accuracy", Statistic::Last);
        for (given, words, claim) in [
            ("wide: val/accuracy last > 0.9", "", larger(Term::Measured(accuracy.clone()), true, Term::Number(0.9))),
            ("wide: val_accuracy last < 90 %", "", larger(Term::Measured(accuracy.clone()), false, Term::Number(0.9))),
            ("It learns = 0.5 < wide: val/accuracy last", "It learns", larger(Term::Number(0.5), false, Term::Measured(accuracy.clone()))),
            (
                "a: batch/loss  spread in steps 5 to 20 > 2 * highest b: lr\n  max",
                "",
                larger(
                    Term::Measured(Measured { steps: Some((5, 20)), ..measured("a", "batch/loss", Statistic::Spread) }),
                    true,
                    Term::Measured(Measured { factor: 2.0, among: Among::Highest, ..measured("b", "lr", Statistic::Max) }),
                ),
            ),
            ("fast: found nan", "", Claim::Found { run: "fast".into(), finding: Finding::NotFinite, is_found: true }),
            ("a: not found dead_units", "", Claim::Found { run: "a".into(), finding: Finding::DeadUnits, is_found: false }),
        ] {
            assert_eq!(parse(1, given).unwrap(), Check { words: words.into(), claim }, "{given}");
        }
    }

    #[test]
    fn a_mistake_says_what_to_write() {
        for (given, says) in [
            ("", "this check is empty"),
            ("it works", "\"it works\" is not a check; write RUN: SERIES last > NUMBER"),
            ("a: found bugs", "there is no finding \"bugs\"; use one of not_finite, exploding_gradient"),
            ("a: lost", "is not a check"),
            ("1 < 2", "compares two numbers and looks at no run"),
            ("a: val/acuracy last > 1", "there is no series \"val/acuracy\"; use for example val/accuracy"),
            ("a: val/loss end > 1", "\"end\" is no statistic; use one of first, last, best, min, max, mean, spread, count"),
            ("a: val/loss last in steps 9 to 3 > 1", "\"steps 9 to 3\" is no range of steps"),
            ("a: val/loss last now > 1", "\"now\" is too much"),
            ("a val/loss last > 1", "\"a val/loss last\" is neither a number nor a value of a run"),
            ("best a: val/loss last > 1", "is neither a number nor"),
            ("x * a: val/loss last > 1", "is neither a number nor"),
            ("a: val/loss last > nan", "\"nan\" is neither"),
            ("a: val/loss > 1", "is neither a number nor"),
        ] {
            let error = parse(4, given).unwrap_err().in_file("a.md").to_string();
            assert!(error.starts_with("a.md, line 4: ") && error.contains(says), "{given}: {error}");
        }
    }

    #[test]
    fn names_of_runs_are_no_words_of_the_language() {
        assert!(["a", "wide-2"].into_iter().all(is_run_name));
        assert!(["", "2a", "A", "a b", "lowest", "-a", "é", &"a".repeat(25)].into_iter().all(|name| !is_run_name(name)));
    }

    proptest! {
        #[test]
        fn no_text_panics_it(text in "(a: |val/loss |last |in steps |to |[<>=*:%]| |found |not |nan|[0-9.e-]|é){0,14}") {
            let _ = parse(1, &text);
        }
    }
}
