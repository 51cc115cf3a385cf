//! Lessons: each file in `www/lessons/` is read, each of its runs is made natively on three seeds, and each of its checks holds on
//! all three. What a lesson says happens, happens.

use crate::support::{NativeHost, train_with};
use emberscope::domain::callback::spec::RunInfo;
use emberscope::domain::callback::{Callback, CallbackList};
use emberscope::domain::diagnosis::{Diagnosis, Diagnostician, Finding};
use emberscope::domain::lesson::check::{Claim, Term};
use emberscope::domain::lesson::judge::{Evidence, Made, Verdict, judge};
use emberscope::domain::lesson::parse::Lesson;
use emberscope::domain::lesson::{list, markdown, parse};
use emberscope::domain::record::series::Series;
use emberscope::domain::run::config::RunConfig;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// What is added to every seed of a lesson: as it is, and twice with seeds that have nothing in common with these.
const SEEDS: [u32; 3] = [0, 100, 200];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("www/lessons")
}

fn text(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn names() -> Vec<String> {
    list::names(&text("index.txt")).unwrap()
}

fn lessons() -> Vec<Lesson> {
    names().iter().map(|name| parse(name, &text(&format!("{name}.md"))).unwrap_or_else(|error| panic!("{error}"))).collect()
}

#[test]
fn every_file_is_listed_once_and_read() {
    let mut files: Vec<String> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.retain(|file| file != "index.txt" && file != "README.md");
    files.sort();
    let mut listed: Vec<String> = names().iter().map(|name| format!("{name}.md")).collect();
    listed.sort();
    assert_eq!(files, listed, "index.txt has every lesson of the folder");
    let lessons = lessons();
    assert!(lessons.len() >= 12, "{} lessons", lessons.len());
    for lesson in &lessons {
        let (right, first) = (lesson.choices.iter().position(|choice| choice.is_right), &lesson.runs[0]);
        assert!(!lesson.looks.is_empty() && right.is_some(), "{}: nothing to look at", lesson.name);
        assert!(first.config.validate().is_ok(), "{}", lesson.name);
    }
    let first = lessons.iter().filter(|lesson| lesson.choices[0].is_right).count();
    assert!(first < lessons.len() / 2, "the first answer is right in {first} lessons: nobody needs to think");
}

/// The places that have something of the shown run alone: no other run is drawn beside it there.
const OF_ONE_RUN: [&str; 4] = ["diagnoses", "predictions", "histograms", "picture-network"];

#[test]
fn a_look_at_what_one_run_has_names_the_run() {
    let mut broken = Vec::new();
    for lesson in lessons() {
        for look in lesson.looks.iter().filter(|look| OF_ONE_RUN.contains(&look.place.as_str())) {
            let is_found = |run: &str| {
                let says = |claim: &Claim| matches!(claim, Claim::Found { run: of, is_found: true, .. } if of == run);
                look.place != "diagnoses" || lesson.checks.iter().any(|check| says(&check.claim))
            };
            if !look.run.as_deref().is_some_and(is_found) {
                broken.push(format!("{}: {:?} leads to {:?} of {:?}", lesson.name, look.title, look.place, look.run));
            }
        }
    }
    assert!(broken.is_empty(), "a run with findings, or its name, is missing: {broken:#?}");
}

#[test]
fn links_to_other_lessons_lead_to_one() {
    let names = names();
    for lesson in lessons() {
        let blocks = [&lesson.question, &lesson.look, &lesson.finding, &lesson.next];
        for block in blocks.into_iter().flatten() {
            let spans = match block {
                markdown::Block::Heading(spans) | markdown::Block::Paragraph(spans) => vec![spans],
                markdown::Block::List { items, .. } => items.iter().collect(),
                markdown::Block::Code(_) => Vec::new(),
            };
            for span in spans.into_iter().flatten() {
                if let markdown::Span::Link { target, .. } = span
                    && let Some(other) = target.strip_prefix("lesson=")
                {
                    assert!(names.iter().any(|name| name == other), "{}: there is no lesson {other}", lesson.name);
                }
            }
        }
    }
}

/// The example in the format's description is a lesson.
#[test]
fn the_readme_shows_a_lesson_that_is_one() {
    let readme = text("README.md");
    let example = readme.split("````markdown\n").nth(1).and_then(|rest| rest.split("````").next()).expect("the README has an example");
    let lesson = parse("example", example).unwrap_or_else(|error| panic!("{error}"));
    assert!(lesson.runs.len() > 1 && lesson.checks.len() > 1);
}

/// Notes the faults that are found.
#[derive(Clone, Default)]
struct Notebook(Rc<RefCell<Vec<Finding>>>);

impl Callback for Notebook {
    fn name(&self) -> &'static str {
        "notebook"
    }
    fn on_diagnosis(&mut self, event: &Diagnosis) {
        self.0.borrow_mut().push(event.finding);
    }
}

/// A run with what it recorded.
struct Recorded {
    series: BTreeMap<String, Series>,
    found: Vec<Finding>,
}

impl Evidence for Recorded {
    fn series(&self, name: &str) -> Option<&Series> {
        self.series.get(name)
    }
    fn has(&self, finding: Finding) -> bool {
        self.found.contains(&finding)
    }
}

/// The run of `config`, with the series that checks of the lesson ask for.
fn made(config: &RunConfig, names: &[String]) -> Recorded {
    let data = config.data.generate(u64::from(config.seed)).expect("a lesson's data is built in");
    let notebook = Notebook::default();
    let info = RunInfo { learning_rate: config.optimizer.learning_rate(), total_steps: 0 };
    let mut callbacks = CallbackList::new();
    config.callbacks.iter().filter_map(|spec| spec.build(&info)).for_each(|callback| callbacks.push(callback));
    if let Some(doctor) = Diagnostician::for_run(config, &data) {
        callbacks.push(Box::new(doctor));
    }
    let (_, history, _) = train_with(config, &data, callbacks.with(notebook.clone()), &mut NativeHost::default());
    let series = names.iter().map(|name| (name.clone(), history.get(name).iter().copied().collect())).collect();
    let found = notebook.0.borrow().clone();
    Recorded { series, found }
}

/// The runs and the series that are asked for.
fn asked(lesson: &Lesson) -> (BTreeSet<String>, Vec<String>) {
    let (mut runs, mut names) = (BTreeSet::new(), Vec::new());
    for check in &lesson.checks {
        match &check.claim {
            Claim::Larger { first, second, .. } => {
                for term in [first, second] {
                    if let Term::Measured(measured) = term {
                        runs.insert(measured.run.clone());
                        names.push(measured.series.clone());
                    }
                }
            }
            Claim::Found { run, .. } => drop(runs.insert(run.clone())),
        }
    }
    (runs, names)
}

/// The checks of `lesson` that do not hold with `more` added to its seeds.
fn broken_checks(lesson: &Lesson, more: u32) -> Vec<String> {
    let begin = Instant::now();
    let (runs, names) = asked(lesson);
    let mut all: BTreeMap<&str, Vec<Recorded>> = BTreeMap::new();
    for run in lesson.runs.iter().filter(|run| runs.contains(&run.name)) {
        let configs = (0..run.seeds).map(|seed| RunConfig { seed: run.config.seed + seed + more, ..run.config.clone() });
        all.insert(&run.name, configs.map(|config| made(&config, &names)).collect());
    }
    let made = |name: &str| -> Made { all.get(name).into_iter().flatten().map(|run| run as &dyn Evidence).collect() };
    let mut broken = Vec::new();
    for check in &lesson.checks {
        let outcome = judge(check, lesson, &made);
        println!("REPORT {} +{more}: {:?}: {}", lesson.name, outcome.verdict, outcome.words);
        if outcome.verdict != Verdict::Holds {
            broken.push(format!("{}, seeds +{more}: {}", lesson.name, outcome.words));
        }
    }
    println!("REPORT {} +{more}: {:.1} s", lesson.name, begin.elapsed().as_secs_f64());
    broken
}

/// What a lesson says to try next, as further lines of its head: its name, the words that it says so in, the runs and what must be so.
const TRIES: &[(&str, &str, &str)] = &[
    (
        "step-size",
        "5 with several seeds: it may be better than 0.5, or fail, by luck. And 20?",
        r#"run: five: 5 = small, 5 seeds + {"optimizer": {"learningRate": 5}}
run: twenty: 20 = small + {"optimizer": {"learningRate": 20}}
check: lowest five: val/accuracy last < 0.9 * highest five: val/accuracy last
check: twenty: val/accuracy last < 70%"#,
    ),
    (
        "overfitting",
        "2 000 samples. It may still overfit, but the curves part less.",
        r#"run: many: 2000 samples = long + {"data": {"samples": 2000}}
check: many: val/loss last < 0.6 * long: val/loss last"#,
    ),
    (
        "vanishing-gradients",
        "Add batch norm before each sigmoid",
        r#"run: normed: Batch norm = sigmoid + {"model": {"layers": [{"type": "flatten"},
    {"type": "dense", "units": 32}, {"type": "batch_norm"}, {"type": "sigmoid"},
    {"type": "dense", "units": 32}, {"type": "batch_norm"}, {"type": "sigmoid"},
    {"type": "dense", "units": 32}, {"type": "batch_norm"}, {"type": "sigmoid"},
    {"type": "dense", "units": 32}, {"type": "batch_norm"}, {"type": "sigmoid"},
    {"type": "dense", "units": 32}, {"type": "batch_norm"}, {"type": "sigmoid"},
    {"type": "dense", "units": 32}, {"type": "batch_norm"}, {"type": "sigmoid"}]}}
check: normed: val/accuracy last > 3 * sigmoid: val/accuracy last"#,
    ),
    (
        "dead-units",
        "Set the rate to 1: most units still die. Then put *leaky ReLU* in place of ReLU",
        r#"run: one: Rate 1 = dead + {"optimizer": {"learningRate": 1}}
run: leaky: Leaky ReLU = one + {"model": {"layers": [{"type": "flatten"}, {"type": "dense", "units": 64}, {"type": "leaky_relu"}]}}
check: one: activation/dead/relu_1 last > 70%
check: leaky: val/accuracy last > 75%
check: one: val/accuracy last < 0.9 * leaky: val/accuracy last"#,
    ),
    (
        "hunting-nan",
        "a norm of 1 and keep the rate of 10. The NaN stays away",
        r#"run: clipped: Clipped = calm + {"optimizer": {"learningRate": 10}, "callbacks": [{"name": "gradient_clip", "norm": 1}]}
check: clipped: not found nan
check: clipped: train/loss last > 1000"#,
    ),
];

#[test]
fn what_a_lesson_says_to_try_goes_as_it_says() {
    let mut tries = Vec::new();
    for (name, words, more) in TRIES {
        let text = text(&format!("{name}.md"));
        assert!(text.replace('\n', " ").contains(words), "{name} says otherwise than {words:?}");
        let known = parse(name, &text).unwrap_or_else(|error| panic!("{error}")).checks.len();
        let mut lesson = parse(name, &text.replacen("\n---\n", &format!("\n{more}\n---\n"), 1)).unwrap_or_else(|error| panic!("{error}"));
        lesson.checks.drain(..known);
        tries.push(lesson);
    }
    assert_hold(tries);
}

#[test]
fn every_check_of_every_lesson_holds_on_three_seeds() {
    assert_hold(lessons());
}

/// Fails where a check of `lessons` does not hold. All of them by as many threads as there are processors: each run is a small one.
/// `EMBERSCOPE_LESSON=NAME` makes one only.
fn assert_hold(lessons: Vec<Lesson>) {
    let only = std::env::var("EMBERSCOPE_LESSON").ok();
    let lessons: Vec<Lesson> = lessons.into_iter().filter(|lesson| only.as_ref().is_none_or(|only| lesson.name.contains(only))).collect();
    let work: Vec<(&Lesson, u32)> = lessons.iter().flat_map(|lesson| SEEDS.map(|more| (lesson, more))).collect();
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                while let Some(&(lesson, more)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = broken_checks(lesson, more);
                    broken.lock().expect("nobody panics with it").extend(found);
                }
            });
        }
    });
    let broken = broken.into_inner().expect("nobody panics with it");
    assert!(broken.is_empty(), "{broken:#?}");
}
