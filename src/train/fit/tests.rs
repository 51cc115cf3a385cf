//! Runs that are cut off and go on: to the bit what they would have been.

mod case;
mod damage;
mod helpers;
mod shards;
mod stage;

use super::{Beginning, fit_from};
use crate::domain::rng::Rng;
use crate::domain::run::config::{DeviceWish, RunConfig};
use crate::domain::run::journal::{At, Entry, Input};
use crate::domain::run::state::RunState;
use case::{Case, Wish, callback};
use stage::{Course, Ended};

/// Number of random cases.
const CASES: u64 = 500;

/// A run of `case` in as many processes as `cuts` has places, and one more.
fn in_parts<'a>(case: &'a Case, cuts: &[(u32, At)]) -> (Course<'a>, Option<Vec<u8>>) {
    // Whoever computes the shards of a batch, and whoever is lost at it, is no part of what is trained.
    let course = Course::with_replicas(case, case.config.seed as usize % 4);
    let (mut bytes, mut first) = (None, None);
    for cut in cuts.iter().map(Some).chain([None]) {
        let state = bytes.take().map(|bytes: Vec<u8>| {
            let state = RunState::from_bytes(&bytes).unwrap();
            assert_eq!(state.clone().into_bytes().unwrap().bytes, bytes, "it is written as it was read");
            Box::new(state)
        });
        match course.run(Beginning { state, inputs: Vec::new() }, cut.copied()).unwrap() {
            Ended::Cut(saved) => {
                first.get_or_insert_with(|| saved.bytes.clone());
                bytes = Some(saved.bytes);
            }
            Ended::Finished => break,
        }
    }
    (course, first)
}

#[test]
fn a_run_that_is_stopped_anywhere_twice_goes_on_as_if_it_were_not() {
    let (mut cut, mut twice, mut inputs, mut lost) = (0, 0, 0, 0);
    for seed in 0..CASES {
        let case = Case::random(seed);
        let whole = Course::new(&case);
        assert!(matches!(whole.run(Beginning::default(), None).unwrap(), Ended::Finished));
        let expected = whole.lines();
        let entries = whole.inputs();
        inputs += entries.len();
        lost += usize::from(expected.iter().any(|line| line.starts_with("examination")));

        let mut rng = Rng::new(seed, "cuts");
        let epoch = (case.steps() / case.config.epochs).max(1);
        let mut place = || match rng.below(3) {
            0 => (epoch * (1 + rng.below(case.config.epochs)) + 1, At::Trained),
            _ => (1 + rng.below(case.steps().max(1)), At::Batch),
        };
        let mut cuts = [place(), place()];
        cuts.sort();
        let (parts, state) = in_parts(&case, &cuts);
        cut += usize::from(parts.processes() > 1);
        twice += usize::from(parts.processes() > 2);
        assert_same(&format!("seed {seed}, cut at {cuts:?}"), &parts.lines(), &expected);
        assert_eq!(parts.end(), whole.end(), "seed {seed}: weights, optimiser, checkpoints, callbacks");
        assert_eq!(parts.inputs(), entries, "seed {seed}");

        // What was asked for is repeated from what was written down, by nobody: from the first state on, and from the beginning.
        let quiet = Case { wishes: Vec::new(), ..case.clone() };
        if let Some(bytes) = state {
            let again = Course::new(&quiet);
            let state = Some(Box::new(RunState::from_bytes(&bytes).unwrap()));
            assert!(matches!(again.run(Beginning { state, inputs: entries.clone() }, None).unwrap(), Ended::Finished));
            let lines = again.lines();
            assert_same(&format!("seed {seed}, repeated from {:?}", cuts[0]), &lines, &expected[expected.len() - lines.len()..]);
            assert_eq!(again.end(), whole.end(), "seed {seed}, repeated from {:?}", cuts[0]);
        }
        if seed % 4 == 0 {
            let again = Course::new(&quiet);
            assert!(matches!(again.run(Beginning { state: None, inputs: entries }, None).unwrap(), Ended::Finished));
            assert_same(&format!("seed {seed}, repeated"), &again.lines(), &expected);
            assert_eq!(again.end(), whole.end(), "seed {seed}, repeated");
        }
    }
    println!("{CASES} cases: {cut} were cut, {twice} twice, {inputs} inputs, {lost} lost their numbers");
    assert!(cut > 400 && twice > 250 && inputs > 400 && lost > 10, "the cases are worth their time: {cut} {twice} {inputs} {lost}");
}

fn assert_same(what: &str, lines: &[String], expected: &[String]) {
    if let Some(at) = (0..lines.len().max(expected.len())).find(|&at| lines.get(at) != expected.get(at)) {
        let around = |lines: &[String]| lines.iter().skip(at.saturating_sub(2)).take(4).cloned().collect::<Vec<_>>().join("\n");
        panic!("{what}: line {at} differs:\n{}\nexpected:\n{}", around(lines), around(expected));
    }
}

#[test]
fn a_state_before_the_validation_goes_on_with_the_validation() {
    let case = Case::plain();
    let whole = Course::new(&case);
    whole.run(Beginning::default(), None).unwrap();
    let first_epoch = case.steps() / case.config.epochs;
    let parts = Course::new(&case);
    let Ended::Cut(saved) = parts.run(Beginning::default(), Some((first_epoch + 1, At::Trained))).unwrap() else {
        panic!("the first epoch ends");
    };
    assert_eq!(saved.step, first_epoch);
    let before = parts.lines().len();
    let state = RunState::from_bytes(&saved.bytes).unwrap();
    assert_eq!((state.place.epoch, state.place.batches), (0, first_epoch));
    assert_eq!(state.config().unwrap(), RunConfig { device: DeviceWish::Auto, ..case.config.clone() });
    parts.run(Beginning { state: Some(Box::new(state)), inputs: Vec::new() }, None).unwrap();
    assert!(parts.lines()[before].starts_with("validation begins"), "{}", parts.lines()[before]);
    assert_eq!(parts.lines(), whole.lines());
}

#[test]
fn time_goes_on_and_the_first_batches_are_warm_up_once_more() {
    let case = Case::plain();
    let parts = Course::new(&case);
    let Ended::Cut(saved) = parts.run(Beginning::default(), Some((8, At::Batch))).unwrap() else { panic!("it has more steps") };
    let state = Box::new(RunState::from_bytes(&saved.bytes).unwrap());
    let at_ms = state.place.at_ms;
    assert!(at_ms > 0.0);
    parts.run(Beginning { state: Some(state), inputs: Vec::new() }, None).unwrap();
    let times = parts.times();
    assert!(times.windows(2).all(|pair| pair[0].1 <= pair[1].1), "time never goes back: {times:?}");
    let warm: Vec<u32> = times.iter().filter(|(_, _, is_warm_up)| *is_warm_up).map(|(step, ..)| *step).collect();
    assert_eq!(warm, [1, 2, 8, 9]);
    assert!((times[7].1 - at_ms) < 200.0, "and does not jump either: {at_ms}, {:?}", times[7]);
}

#[test]
fn states_of_other_runs_are_refused_with_words() {
    let case = Case::plain();
    let course = Course::new(&case);
    let Ended::Cut(saved) = course.run(Beginning::default(), Some((5, At::Batch))).unwrap() else { panic!("it has more steps") };
    let says = |case: &Case, change: fn(&mut RunState)| {
        let mut state = RunState::from_bytes(&saved.bytes).unwrap();
        change(&mut state);
        let begin = Beginning { state: Some(Box::new(state)), inputs: Vec::new() };
        Course::new(case).run(begin, None).map(drop).unwrap_err().to_string()
    };
    let mut other = case.clone();
    other.config.batch_size += 1;
    assert!(says(&other, |_| ()).contains("another configuration"));
    let mut other = case.clone();
    other.data_seed += 1;
    assert!(says(&other, |_| ()).contains("on other data"));
    assert!(says(&case, |state| state.place.batches += 1).contains("does not go with its number of updates"));
    assert!(says(&case, |state| state.callbacks = serde_json::json!([["history", null]])).contains("other callbacks: history"));
    assert!(says(&case, |state| state.trainer.present.means.clear()).contains("running means"));
    assert!(says(&case, |state| state.trainer.heads[0].name.push('x')).contains("has no \"dense_1/kernel\""));
    let wish = Entry { step: 6, at: At::Batch, input: Input::PutBack(77) };
    let state = Some(Box::new(RunState::from_bytes(&saved.bytes).unwrap()));
    let error = Course::new(&case).run(Beginning { state, inputs: vec![wish] }, None).map(drop).unwrap_err();
    assert!(error.message().contains("repeating what was asked for before step 6: there is no checkpoint 77"), "{error}");
}

#[test]
fn a_rate_set_by_hand_on_a_stair_survives_a_resume() {
    let mut case = Case::plain();
    case.config.callbacks =
        vec![callback(r#"{"name":"learning_rate_scheduler","schedule":{"name":"step","decaySteps":9,"decayRate":0.5}}"#)];
    case.wishes = vec![Wish { step: 3, at: At::Batch, input: Input::LearningRate(0.02) }];
    let whole = Course::new(&case);
    whole.run(Beginning::default(), None).unwrap();
    let (parts, _) = in_parts(&case, &[(5, At::Batch)]);
    assert_eq!((parts.processes(), parts.lines()), (2, whole.lines()));
    assert!(whole.lines().iter().any(|line| line.starts_with("batch 8 ") && line.ends_with(&format!("{:016x}", 0.02_f64.to_bits()))));
}
