//! Results of a class from real records: made, taken in, compared, coloured, laid out.

use super::curves::{Curves, Styles, chosen, is_wide, series_of, spec};
use super::made::{lesson_outcome, result_of};
use super::outcome::{BOTTOM, LEFT, RIGHT, TOP, picture};
use super::results::{Column, MOST_RESULTS, Results};
use crate::charts::axes::Size;
use crate::charts::{Scene, SeriesLookup, XKind, YRange};
use crate::domain::class::StudentResult;
use crate::domain::class::result::LessonOutcome;
use crate::domain::data::SampleShape;
use crate::domain::run::config::{OptimizerSpec, RunConfig};
use crate::domain::run::event::{EpochEnd, Logs, TrainBegin, TrainEnd, series};
use crate::domain::run::preset;
use crate::export::result::{read, to_code, to_file};
use crate::protocol::Event;
use crate::protocol::frame::Frame;
use crate::ui::state::lessons::Lessons;
use crate::ui::state::store::Store;
use proptest::prelude::*;
use std::sync::LazyLock;

/// A store with one run of `config` over two epochs of 300 batches, whose losses fall from `loss` on.
fn trained(config: RunConfig, loss: f32) -> Store {
    let mut store = Store::default();
    let run = store.begin(config, "cpu".to_owned(), String::new(), 1000.0);
    let begin = TrainBegin { epochs: 2, batches_per_epoch: 300, parameters: 10, train_samples: 600, validation_samples: 50 };
    let mut tell = |event: &Event, bulk: &[Vec<u8>]| drop(store.record(event, bulk, 2000.0).expect("it can be recorded"));
    tell(&Event::Started { run, device: "CPU".to_owned(), begin, shape: SampleShape::Vector(2), classes: vec!["a".to_owned()] }, &[]);
    for epoch in 0..2_u32 {
        let mut frame = Frame::default();
        for step in epoch * 300 + 1..=epoch * 300 + 300 {
            frame.push(step, f64::from(step), &[(series::BATCH_LOSS, loss / step as f32)]);
        }
        tell(&Event::Records { run }, &[frame.encode()]);
        let mut logs = Logs::default();
        logs.push(series::TRAIN_LOSS, f64::from(loss));
        let step = epoch * 300 + 300;
        logs.push(series::VAL_LOSS, f64::from(loss / (epoch + 1) as f32));
        logs.push(series::VAL_ACCURACY, 0.5 + 0.25 * f64::from(epoch));
        tell(&Event::EpochEnded { run, end: EpochEnd { step, epoch, logs, at_ms: 9.0 } }, &[]);
    }
    let end = TrainEnd { step: 600, epochs: 2, reason: "completed".to_owned(), logs: Logs::default(), at_ms: 9.0 };
    store.end(run, &Ok(end));
    store
}

fn with_rate(rate: f64) -> RunConfig {
    RunConfig { optimizer: OptimizerSpec::adam(rate), ..preset::config("planar").unwrap() }
}

fn student(name: &str, config: RunConfig, loss: f32) -> StudentResult {
    result_of(trained(config, loss).shown(), name, "build", None).unwrap()
}

/// A class of which each student has chosen another rate; the last one's run has diverged.
fn class() -> Results {
    let mut results = Results::default();
    for (name, rate, loss) in [("Cy", 0.1, 0.9), ("Ada", 0.001, 0.4), ("Bo", 0.01, 0.2), ("Dee", 10.0, f32::NAN)] {
        let result = student(name, with_rate(rate), loss);
        let text = to_file(&result);
        assert_eq!(results.add(result, text), Ok(true));
    }
    results
}

#[test]
fn a_result_is_made_of_a_run_and_comes_back_from_file_and_code() {
    let store = trained(with_rate(0.01), 2.0);
    let lesson = Some(LessonOutcome { name: "step-size".to_owned(), holds: 1, of: 2 });
    let result = result_of(store.shown(), "  Ada\n", "abc", lesson.clone()).unwrap();
    assert_eq!((result.name.as_str(), result.state.as_str(), result.epochs, &result.lesson), ("Ada", "done", 2, &lesson));
    assert_eq!(result.metric(series::VAL_LOSS).map(|metric| (metric.last, metric.best)), Some((1.0, Some((1.0, 2)))));
    let batches = result.curve(series::BATCH_LOSS).unwrap();
    assert!(batches.points.len() <= 200 && batches.points[0] == (1, 2.0) && batches.points.last().unwrap().0 == 600);
    assert_eq!(result.curve(series::VAL_ACCURACY).unwrap().points, [(300, 0.5), (600, 0.75)]);
    let mut back = read(to_file(&result).as_bytes()).unwrap();
    // They come back by their names.
    back.curves.sort_by_key(|curve| result.curves.iter().position(|other| other.name == curve.name));
    back.metrics.sort_by_key(|metric| result.metrics.iter().position(|other| other.name == metric.name));
    assert_eq!(back, result);
    let code = to_code(&result);
    assert_eq!(read(code.as_bytes()).unwrap().config, result.config);
    assert!(code.len() < 1000, "{} characters: a QR code of it can be read", code.len());

    assert!(result_of(store.shown(), " ", "", None).unwrap_err().to_string().contains("write yours"));
    assert!(result_of(Store::default().shown(), "Ada", "", None).unwrap_err().to_string().contains("press Start"));
    assert_eq!(lesson_outcome(&Lessons::default(), &store), None);
}

#[test]
fn a_class_is_compared_by_what_was_changed() {
    let mut results = class();
    assert_eq!(results.settings().iter().map(|setting| setting.label.as_str()).collect::<Vec<_>>(), ["learning rate"]);
    let names = |results: &Results, column, descending| {
        results
            .lines((column, descending), results.setting(""), &str::to_owned)
            .into_iter()
            .map(|line| line.name)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(names(&results, Column::Changed, false), "Ada Bo Cy Dee");
    assert_eq!(names(&results, Column::Name, true), "Dee Cy Bo Ada");
    assert_eq!(names(&results, Column::LastLoss, false), "Bo Ada Cy Dee");
    assert_eq!(names(&results, Column::LastLoss, true), "Cy Ada Bo Dee", "what is no number comes last");
    let line = &results.lines((Column::LastLoss, false), None, &str::to_owned)[0];
    assert_eq!(line.cells, ["learning rate 0.01", "0.100", "0.100 (2)", "75.00\u{a0}%", "75.00\u{a0}% (2)", "–"]);

    // A result of a lesson names it by its title; one without validation says what its numbers are of.
    let mut of_training = Results::default();
    let mut result = student("Eve", with_rate(0.01), 0.2);
    result.lesson = Some(LessonOutcome { name: "step-size".to_owned(), holds: 1, of: 4 });
    result.metrics.retain(|metric| metric.name == series::TRAIN_LOSS);
    of_training.add(result, String::new()).unwrap();
    let line = &of_training.lines((Column::Name, false), None, &|name| format!("The lesson {name}"))[0];
    assert_eq!(line.cells, ["nothing", "0.200 (training)", "0.200 (1) (training)", "–", "–", "The lesson step-size: 1 of 4"]);

    let again = student("Ada", with_rate(0.001), 0.4);
    let text = to_file(&again);
    assert_eq!(results.add(again.clone(), text), Ok(false), "a second copy changes nothing");
    assert_eq!(results.entries().len(), 4);
    results.remove(1);
    assert_eq!(names(&results, Column::Changed, true), "Dee Bo Ada");
    let mut full = Results::default();
    for at in 0..MOST_RESULTS {
        assert_eq!(full.add(again.clone(), at.to_string()), Ok(true));
    }
    assert!(full.add(again, "one more".to_owned()).unwrap_err().to_string().contains("100 results already"));
    assert!(full.settings().is_empty());
    full.clear();
    assert!(full.entries().is_empty());
}

#[test]
fn curves_are_lent_and_coloured_in_the_order_of_the_number() {
    let results = class();
    assert_eq!(series_of(&results).len(), 4, "training accuracy was not recorded");
    assert_eq!((chosen(&results, series::BATCH_LOSS), chosen(&results, "mood")), (series::BATCH_LOSS, series::VAL_LOSS));
    let styles = Styles::of(results.setting(""), 4);
    assert_eq!((styles.ordered, styles.all.iter().map(|style| style.colour).collect::<Vec<_>>()), (true, vec![4, 0, 2, 7]));
    let legend: Vec<&str> = styles.legend.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(legend, ["0.001", "0.01", "0.1", "10"]);
    let curves = Curves::of(&results);
    let spec = spec(&results, series::VAL_LOSS, &styles);
    assert_eq!((spec.series.len(), spec.x.kind, spec.y_range), (4, XKind::Epoch, YRange::Auto));
    assert!(spec.series.iter().all(|curve| curves.series(curve.run, &curve.name).is_some_and(|series| series.len() == 2)));
    let scene = Scene::build(&spec, &curves, Size { width: 600.0, height: 300.0, dpr: 1.0, font_px: 12.0 }, None);
    assert_eq!(scene.curves.len(), 4);
    assert_eq!(scene.x_full, (0.0, 2.0));
    assert!(scene.curves[3].gaps.len() == 2 && scene.curves[0].gaps.is_empty(), "a run that diverged is marked");
    assert!(is_wide(series::VAL_LOSS, [0.1, f32::NAN, 9.0].into_iter()) && !is_wide(series::VAL_ACCURACY, [0.001, 0.9].into_iter()));
    assert!(!is_wide(series::VAL_LOSS, [0.0, 9.0].into_iter()) && !is_wide(series::VAL_LOSS, std::iter::empty()));
}

#[test]
fn the_outcome_stands_against_the_rate() {
    let results = class();
    let setting = results.setting("").unwrap();
    let styles = Styles::of(Some(setting), 4);
    let of = picture(&results, series::VAL_LOSS, setting, &styles).unwrap();
    assert_eq!(of.x_label, "learning rate, log scale");
    let [cy, ada, bo, dee] = [0, 1, 2, 3].map(|at| of.points[at].clone());
    assert!(ada.x < bo.x && bo.x < cy.x && cy.x < dee.x, "in the order of the rate");
    assert!((bo.x - ada.x - (cy.x - bo.x)).abs() < 1e-9, "equal ratios are equally wide");
    assert!(bo.y > ada.y && ada.y > cy.y, "lower values lie lower");
    assert!(!dee.is_number && dee.y == TOP && bo.words == "Bo, learning rate 0.01: 0.100");
    assert_eq!(
        of.words,
        "4 runs, validation loss at the end against learning rate. The lowest, 0.100, came with learning rate 0.01 (Bo). \
         One run came to no number: the cross at the top."
    );
    assert!(picture(&results, "mood", setting, &styles).is_none());
}

#[test]
fn kinds_have_a_place_each() {
    let mut results = Results::default();
    for (at, optimizer) in OptimizerSpec::menu().into_iter().enumerate() {
        let result = student(&format!("S{at}"), RunConfig { optimizer, ..with_rate(0.01) }, 1.0);
        let text = to_file(&result);
        results.add(result, text).unwrap();
    }
    let setting = results.setting("optimiser").unwrap().clone();
    let styles = Styles::of(Some(&setting), 4);
    assert!(!styles.ordered && styles.legend.len() == 4);
    let of = picture(&results, series::VAL_LOSS, &setting, &styles).unwrap();
    assert_eq!(of.x_ticks.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>(), ["Adam", "AdamW", "SGD", "RMSprop"]);
}

proptest! {
    #[test]
    fn every_point_lies_in_the_plot(rates in prop::collection::vec((-6..3_i32, 1..9_u32, prop_oneof![0.001..1e4_f32, Just(f32::NAN), Just(f32::INFINITY)]), 2..12)) {
        static SAMPLE: LazyLock<StudentResult> = LazyLock::new(|| student("Ada", with_rate(1.0), 1.0));
        let mut results = Results::default();
        for (at, (power, digit, loss)) in rates.iter().enumerate() {
            let mut result = StudentResult { config: with_rate(f64::from(*digit) * 10_f64.powi(*power)), ..SAMPLE.clone() };
            result.metrics[0].last = *loss;
            results.add(result, at.to_string()).unwrap();
        }
        if let Some(setting) = results.setting("") {
            let styles = Styles::of(Some(setting), results.entries().len());
            let of = picture(&results, series::VAL_LOSS, setting, &styles).expect("all have the series");
            prop_assert_eq!(of.points.len(), rates.len());
            let inside = |x: f64, y: f64| (LEFT - 0.01..=RIGHT + 0.01).contains(&x) && (TOP - 0.01..=BOTTOM + 0.01).contains(&y);
            prop_assert!(of.points.iter().all(|point| inside(point.x, point.y)), "{:?}", of.points);
            prop_assert!(of.x_ticks.iter().all(|(x, _)| inside(*x, TOP)) && of.y_ticks.iter().all(|(y, _)| inside(LEFT, *y)));
        }
    }
}
