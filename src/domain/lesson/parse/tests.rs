//! Lessons as they are written, whole and with every mistake.

use super::*;
use crate::domain::lesson::markdown::Span;
use crate::domain::run::config::{DeviceWish, RunConfig};
use proptest::prelude::*;

const GOOD: &str = r#"---
title: Why a line is not enough
summary: One hidden layer bends
  the border.
minutes: 6
level: start

# remarks are for teachers
run: line: No hidden layer = planar + {
  "data": {"name": "xor", "samples": 600},
  "model": {"layers": []}, "epochs": 4}
run: seeds: Three times = planar, 3 seeds
run: short: As the first = line + {"epochs": 2}
look: The accuracy = line: chart-accuracy, steps 1 to 60
look: Loss = chart-loss
check: line: val/accuracy best < 0.75
check: It does better = seeds: val/loss last <
  line: val/loss last
---

## Predict
What *happens*?

- [ ] It learns
  all of it.
- [x] It cannot.

## Look
At the chart.
## Finding
A line cannot.
## Next
Try [another](#lesson=spiral).
"#;

#[test]
fn a_whole_lesson_is_read() {
    let lesson = parse("xor", GOOD).unwrap();
    assert_eq!((lesson.name.as_str(), lesson.title.as_str(), lesson.minutes), ("xor", "Why a line is not enough", 6));
    assert_eq!((lesson.summary.as_str(), lesson.level.name()), ("One hidden layer bends the border.", "start"));
    let line = lesson.run("line").unwrap();
    assert_eq!((line.title.as_str(), line.seeds, line.config.epochs, line.config.device), ("No hidden layer", 1, 4, DeviceWish::Cpu));
    assert!(line.config.model.layers.is_empty());
    assert_eq!((lesson.runs[1].seeds, lesson.runs[1].config.epochs), (3, 40));
    assert_eq!(lesson.runs[2].config, RunConfig { epochs: 2, ..line.config.clone() }, "a run may begin with another one");
    let look = Look { title: "The accuracy".into(), place: "chart-accuracy".into(), steps: Some((1, 60)), run: Some("line".into()) };
    assert_eq!(lesson.looks[0], look);
    assert_eq!((lesson.checks.len(), lesson.checks[1].words.as_str()), (2, "It does better"));
    assert_eq!(lesson.choices[0].words, [Span::Text("It learns all of it.".into())]);
    assert_eq!(lesson.choices.iter().map(|choice| choice.is_right).collect::<Vec<_>>(), [false, true]);
    assert_eq!(lesson.question.len(), 1, "the answers are no part of the question");
    assert_eq!(parse("xor", &GOOD.replace('\n', "\r\n")).unwrap().title, lesson.title, "files of other systems");
    assert!(parse("xor", &format!("\u{feff}\n{GOOD}")).is_ok());
}

#[test]
fn each_mistake_is_told_with_its_line_and_what_to_do() {
    let damaged = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        parse("xor", &GOOD.replacen(from, to, 1)).expect_err(to).to_string()
    };
    let mut otherwise = Vec::new();
    for (from, to, says) in [
        ("---\ntitle", "title", "xor.md, line 1: this file does not begin with a head; begin with a line of ---"),
        ("title: Why", "titel: Why", "xor.md, line 2: there is no \"titel\"; the head has title, summary"),
        ("title: Why a line is not enough\n", "", "line 1: the head has no title; add a line: title:"),
        ("title: Why a line is not enough", "title:", "line 2: title is empty"),
        ("level: start", "level: easy", "line 6: there is no level \"easy\"; use start, basic or advanced"),
        ("minutes: 6", "minutes: six", "line 5: \"six\" minutes; write a number from 1 to 240"),
        ("minutes: 6", "minutes: 6\nminutes: 7", "line 6: minutes is there twice"),
        ("run: line: No hidden layer = ", "run: line ", "line 9: this run has no = between"),
        ("run: line: No", "run: Line: No", "line 9: \"Line\" cannot be the name of a run"),
        ("run: seeds:", "run: line:", "two runs are called \"line\""),
        ("planar + {", "planar {", "line 9: a + must stand between the preset and the differences"),
        ("planar + {", "plane + {", "line 9: there is no preset \"plane\"; use one of cnn, mlp, softmax, planar"),
        ("\"samples\": 600}", "\"samples\": 600", "line 11: this is not JSON"),
        ("\"epochs\": 4", "\"epochs\": 0", "line 9: epochs is 0; use a number from 1 to 10000"),
        ("\"epochs\"", "\"epoch\"", "line 9: this is not a run configuration: unknown field `epoch`"),
        ("3 seeds", "300 seeds", "line 12: \"300 seeds\" after the preset; write 2 to 8 seeds"),
        ("line: chart-accuracy", "lines: chart-accuracy", "line 14: there is no run \"lines\"; use one of line, seeds, short"),
        ("chart-loss", "chart loss", "line 15: \"chart loss\" is no place on the page"),
        ("steps 1 to 60", "steps 60", "line 14: \"steps 60\" is no range of steps"),
        ("check: line:", "check: lime:", "line 16: there is no run \"lime\""),
        ("val/accuracy best", "val/accuracy", "line 16: \"line: val/accuracy\" is neither a number nor a value of a run"),
        ("\"epochs\": 4", "\"epochs\": 4, \"validation\": 0", "line 16: the run \"line\" holds out no samples, so it has no val/accuracy"),
        ("## Look", "## Looking", "line 28: there is no section \"Looking\"; use ## Predict, ## Look, ## Finding, ## Next"),
        ("## Look", "", "line 33: the section Look is missing"),
        ("## Next", "## Finding", "line 32: the section Finding is there twice"),
        ("A line cannot.\n", "", "the section Finding is empty"),
        ("- [x] It cannot.", "- [ ] It cannot.", "line 21: 0 answers are marked as right; mark one with - [x]"),
        ("- [x] It cannot.\n", "", "line 21: the question has 1 answers to choose from"),
        ("## Predict", "hello\n## Predict", "line 21: \"hello\" stands in no section"),
        ("#lesson=spiral", "https://example.org", "line 33: the link to \"https://example.org\" leads out of the page"),
    ] {
        let error = damaged(from, to);
        if !(error.contains(says) && error.starts_with("xor.md, line ")) {
            otherwise.push(format!("{to:?} gives {error}, and not {says}"));
        }
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    assert!(parse("x", "---\ntitle: a\n").unwrap_err().to_string().contains("line 2: the head has no end"));
    assert!(parse("x", &"a".repeat(MOST_BYTES + 1)).unwrap_err().to_string().contains("use at most 32768"));
    let many = GOOD.replacen("minutes", &format!("{}minutes", "look: A = b\n".repeat(9)), 1);
    assert!(parse("x", &many).unwrap_err().to_string().contains("more than 8 looks"));
}

/// Lines that a lesson may have, in any order.
fn any_lines() -> impl Strategy<Value = String> {
    let lines: Vec<String> = GOOD.lines().map(str::to_owned).collect();
    let line = prop_oneof![8 => proptest::sample::select(lines), 1 => ".{0,40}"];
    proptest::collection::vec(line, 0..40).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_panics_it(text in prop_oneof![any_lines(), ".{0,300}"]) {
        let _ = parse("x", &text);
    }

    #[test]
    fn a_lesson_cut_anywhere_or_with_a_letter_changed_is_read_or_told(at in 0..GOOD.len(), letter in any::<char>()) {
        prop_assume!(GOOD.is_char_boundary(at) && GOOD.is_char_boundary(at + 1));
        let changed = format!("{}{letter}{}", &GOOD[..at], &GOOD[at + 1..]);
        for text in [&GOOD[..at], &changed] {
            if let Err(error) = parse("x", text) {
                prop_assert!(error.message().starts_with("x.md, line ") && !error.hint().is_empty());
            }
        }
    }
}
