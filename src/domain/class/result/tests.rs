//! Results come back as they were, and what is none is refused with what is wrong.

use super::*;
use crate::domain::run::preset;
use proptest::prelude::*;

fn config_of(value: Value) -> Result<RunConfig> {
    RunConfig::from_json(&value.to_string())
}

fn read(json: &str) -> Result<StudentResult> {
    StudentResult::from_json(json.as_bytes(), config_of)
}

fn written(result: &StudentResult) -> String {
    result.to_json(&result.config.to_json())
}

fn sample() -> StudentResult {
    StudentResult {
        name: "Ada Lovelace".to_owned(),
        state: "done".to_owned(),
        epochs: 3,
        build: "abc123".to_owned(),
        lesson: Some(LessonOutcome { name: "step-size".to_owned(), holds: 2, of: 3 }),
        metrics: vec![Metric { name: "val/loss".to_owned(), last: 0.5, best: Some((0.25, 2)) }],
        curves: vec![Curve { name: "val/loss".to_owned(), points: vec![(10, 1.5), (20, 0.25), (30, 0.5)] }],
        config: preset::config("planar").unwrap(),
    }
}

fn any_value() -> impl Strategy<Value = f32> {
    prop_oneof![4 => any::<f32>().prop_filter("finite", |value| value.is_finite()), 1 => Just(f32::NAN)]
}

fn any_name() -> impl Strategy<Value = String> {
    "\\PC{0,39}[a-z]"
}

prop_compose! {
    fn any_result()(
        (name, state, build) in (any_name(), "\\PC{0,80}", "[0-9a-f]{0,16}"),
        (epochs, holds, more) in (any::<u32>(), 0..20_u32, 0..20_u32),
        lesson in prop::option::of("[a-z0-9-]{1,20}"),
        // By their names, as they come back.
        metrics in prop::collection::btree_map("[a-z/_]{1,12}", (any_value(), prop::option::of((-1e3..1e3_f32, 1..99_u32))), 0..5),
        curves in prop::collection::btree_map("[a-z/_]{1,12}", prop::collection::btree_map(any::<u32>(), any_value(), 1..40), 0..5),
        preset in prop::sample::select(preset::all()),
    ) -> StudentResult {
        StudentResult {
            name, state, epochs, build,
            lesson: lesson.map(|name| LessonOutcome { name, holds, of: holds + more }),
            metrics: metrics.into_iter().map(|(name, (last, best))| Metric { name, last, best }).collect(),
            curves: curves.into_iter().map(|(name, points)| Curve { name, points: points.into_iter().collect() }).collect(),
            config: preset.config,
        }
    }
}

proptest! {
    #[test]
    fn results_come_back_as_they_were(result in any_result()) {
        let text = written(&result);
        let back = read(&text).unwrap();
        // As text: NaN is not equal to itself.
        prop_assert_eq!(written(&back), text);
        prop_assert_eq!(back.config, result.config);
    }

    #[test]
    fn a_rounded_value_is_near(value in any_value()) {
        let near = rounded(value);
        prop_assert!(near.is_nan() == value.is_nan() && (value.is_nan() || (near - value).abs() <= 0.000_51 * value.abs() + f32::MIN_POSITIVE));
    }
}

#[test]
fn what_is_wrong_is_named() {
    let good = written(&sample());
    assert_eq!(read(&good), Ok(sample()));
    let many_points = format!(r#"{{"x":{{"steps":[{}0],"values":[{}0]}}}}"#, "0,".repeat(1_000), "0,".repeat(1_000));
    let many_curves: String = (0..9).map(|at| format!(r#""c{at}":{{"steps":[1],"values":[1]}},"#)).collect();
    let curves = r#"{"val/loss":{"steps":[10,20,30],"values":[1.5,0.25,0.5]}}"#;
    let with_curves = |text: &str| good.replace(curves, text);
    for (json, says) in [
        (good.replace("Ada Lovelace", &"é".repeat(41)), "the student's name has 41 characters; use at most 40"),
        (good.replace("Ada Lovelace", "Ada\\nLovelace"), "the student's name has a line break"),
        (good.replace("Ada Lovelace", " "), "it has no name"),
        (good.replace(r#""classResult":1"#, r#""classResult":2"#), "it has format 2, and this page reads format 1; reload"),
        (good.replace("classResult", "other"), "it does not begin as a result does"),
        (good[..good.len() / 2].to_owned(), "this is no result of a student: it is no JSON"),
        (good.replace("[10,20,30]", "[10,20]"), "val/loss has 2 steps and 3 values"),
        (good.replace("[10,20,30]", "[10,20,20]"), "the steps of val/loss do not rise"),
        (good.replace("[10,20,30]", "[10,20,4294967296]"), "a whole number is missing"),
        (good.replace("1.5,", "\"1.5\","), "val/loss has something that is no number"),
        (good.replace("1.5,", "1e39,"), "val/loss has something that is no number"),
        (with_curves(&many_points), "x has 1001 points; at most 1000 are read"),
        (with_curves(&format!("{{{}}}", many_curves.trim_end_matches(','))), "it has 9 curves; at most 8 are read"),
        (with_curves(r#"{"x":{"steps":[],"values":[]}}"#), "x has 0 steps"),
        (good.replace(r#""holds":2"#, r#""holds":4"#), "its lesson is none"),
        (good.replace("step-size", "../x"), "its lesson is none"),
        (good.replace(r#""epochs":3"#, r#""epochs":-3"#), "epochs: a whole number is missing"),
        (good.replace(r#""batchSize":"#, r#""batchsize":"#), "this is not a run configuration"),
        (format!("{good}{}", " ".repeat(MOST_BYTES)), "results of up to 256 kB are read"),
    ] {
        let error = read(&json).expect_err(says).to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn fields_of_a_later_build_are_passed_over() {
    let good = written(&sample());
    assert_eq!(read(&good.replace(r#""state":"#, r#""mood":[1],"state":"#)), Ok(sample()));
}

#[test]
fn files_are_named_after_the_student() {
    assert_eq!(
        [file_name("Ada Lovelace"), file_name("李"), file_name("../x")],
        ["result-ada-lovelace.json", "result-student.json", "result-x.json"]
    );
}
