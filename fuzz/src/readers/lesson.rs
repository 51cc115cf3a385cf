//! Lessons: the files of the page and the words of their language, mixed, cut, repeated and damaged; and lists of them.

use super::super::check::{Gauge, Reader};
use super::super::damage::{damage, damage_lines};
use super::super::draw::Draw;
use super::config;
use emberscope::domain::lesson::judge::{Evidence, Verdict, judge};
use emberscope::domain::lesson::{list, parse};

/// The reader of lessons and their list.
pub struct Lesson;

/// Whole lessons, for their lines.
const FILES: [&str; 4] = [
    include_str!("../../../www/lessons/first-run.md"),
    include_str!("../../../www/lessons/straight-line.md"),
    include_str!("../../../www/lessons/better-or-lucky.md"),
    include_str!("../../../www/lessons/index.txt"),
];

/// Words of the languages of heads, checks and text.
const WORDS: [&str; 34] = [
    "line",
    "lowest ",
    "highest ",
    ": ",
    " = ",
    " > ",
    " < ",
    "val/accuracy",
    "batch/loss",
    "grad/norm/",
    " last",
    " spread",
    " in steps ",
    "1 to 9",
    " found ",
    "not ",
    "nan",
    "90%",
    "2 * ",
    "planar",
    ", 3 seeds",
    " + {",
    "}",
    "`",
    "**",
    "*",
    "[a](#b)",
    "](",
    "[",
    "\\",
    "- [x] ",
    "```",
    "é",
    "\t",
];

fn words(draw: &mut Draw) -> String {
    let count = draw.count(8);
    (0..count).map(|_| if draw.one_in(12) { draw.text() } else { (*draw.pick(&WORDS)).to_owned() }).collect()
}

/// A run whose differences are those of any configuration.
fn run(draw: &mut Draw) -> String {
    let json = config::config(draw).json(draw).replace('\n', " ");
    format!("run: r{}: Title = planar + {json}", draw.below(3))
}

impl Reader for Lesson {
    fn name(&self) -> &'static str {
        "lesson"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let mut lines: Vec<String> = draw.pick(&FILES).lines().map(str::to_owned).collect();
        for _ in 0..draw.count(2) {
            let at = draw.below(lines.len() + 1);
            let line = match draw.below(4) {
                0 => run(draw),
                1 => format!("check: {}", words(draw)),
                2 => words(draw),
                _ => {
                    let other = *draw.pick(&FILES);
                    let others: Vec<&str> = other.lines().collect();
                    (*draw.pick(&others)).to_owned()
                }
            };
            if draw.one_in(2) && at < lines.len() { lines[at] = line } else { lines.insert(at, line) }
        }
        if draw.one_in(3) {
            damage_lines(&mut lines, draw);
        }
        let mut text = lines.join(if draw.one_in(8) { "\r\n" } else { "\n" }).into_bytes();
        if draw.one_in(8) {
            damage(&mut text, draw);
        }
        text
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let text = String::from_utf8_lossy(input);
        let listed = gauge.measure(|| list::names(&text));
        let Ok(lesson) = gauge.measure(|| parse("x", &text)) else { return listed.is_ok() };
        for run in &lesson.runs {
            run.config.validate().expect("what is accepted can be run");
        }
        for check in &lesson.checks {
            for run in check.claim.runs() {
                assert!(lesson.run(run).is_some(), "a check is of a run of its lesson");
            }
            let outcome = judge(check, &lesson, &|_| Vec::<&dyn Evidence>::new());
            assert_eq!(outcome.verdict, Verdict::Open, "without a run there is no verdict");
        }
        assert_eq!(lesson.choices.iter().filter(|choice| choice.is_right).count(), 1);
        true
    }
}
