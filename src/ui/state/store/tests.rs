//! The store by its behaviour: runs that begin, record, end, come out of files, are grouped, counted and deleted.

use super::*;
use crate::domain::data::SampleShape;
use crate::domain::record::probe::Probe;
use crate::domain::run::event::{EpochEnd, Logs, TrainBegin, Validation};
use crate::domain::run::parent::Parent;
use crate::domain::run::preset;
use crate::protocol::Event;
use crate::protocol::frame::Frame;

fn config() -> RunConfig {
    preset::all().swap_remove(0).config
}

fn begin(store: &mut Store) -> RunId {
    store.begin(config(), "cpu".to_owned(), "you chose it".to_owned(), 1000.0)
}

fn started(run: RunId) -> Event {
    let begin = TrainBegin { epochs: 2, batches_per_epoch: 3, parameters: 10, train_samples: 30, validation_samples: 5 };
    Event::Started { run, device: "CPU (Flex, SIMD)".to_owned(), begin, shape: SampleShape::Vector(2), classes: vec!["a".to_owned()] }
}

fn frame(steps: std::ops::RangeInclusive<u32>, loss: f32) -> Vec<Vec<u8>> {
    let mut frame = Frame::default();
    for step in steps {
        frame.push(step, f64::from(step), &[(series::BATCH_LOSS, loss + step as f32)]);
    }
    vec![frame.encode()]
}

fn record(store: &mut Store, event: &Event, bulk: &[Vec<u8>]) -> Option<Frame> {
    store.record(event, bulk, 2000.0).expect("it can be recorded")
}

fn end(reason: &str) -> Result<TrainEnd> {
    Ok(TrainEnd { step: 3, epochs: 1, reason: reason.to_owned(), logs: Logs::default(), at_ms: 9.0 })
}

fn logs(pairs: &[(&str, f64)]) -> Logs {
    let mut logs = Logs::default();
    pairs.iter().for_each(|(name, value)| logs.push(name, *value));
    logs
}

#[test]
fn a_run_begins_shown_records_and_ends() {
    let mut store = Store::default();
    assert_eq!(store.next_id(), 1);
    let run = begin(&mut store);
    assert_eq!((run, store.shown().map(|run| run.id)), (1, Some(1)));
    assert_eq!(store.known(run).unwrap().state, RunState::Starting);

    record(&mut store, &started(run), &[]);
    let batches = record(&mut store, &Event::Records { run }, &frame(1..=3, 0.5)).expect("batches");
    assert_eq!(batches.steps, [1, 2, 3]);
    let known = store.known(run).unwrap();
    assert_eq!((known.batches(), known.started_at, known.device.as_str()), (3, 2000.0, "CPU (Flex, SIMD)"));
    assert_eq!(known.value_at(series::BATCH_LOSS, 2), Some(2.5));
    assert_eq!(store.clock(None).batches_per_epoch, 3);
    assert_eq!(store.last_step(None), Some(3));

    store.end(run, &end("completed"));
    let known = store.known(run).unwrap();
    assert_eq!((known.state.id(), known.is_live(), known.took_ms()), ("finished", false, 9.0));
}

#[test]
fn what_an_epoch_is_told_is_recorded_once() {
    let mut store = Store::default();
    let run = begin(&mut store);
    record(&mut store, &started(run), &[]);
    let validated = Validation { epoch: 0, step: 3, logs: logs(&[(series::VAL_LOSS, 0.25)]) };
    record(&mut store, &Event::ValidationEnded { run, end: validated }, &[]);
    assert_eq!(store.known(run).unwrap().value_at(series::VAL_LOSS, 3), Some(0.25));
    let all = logs(&[(series::TRAIN_LOSS, 0.5), (series::VAL_LOSS, 0.25)]);
    record(&mut store, &Event::EpochEnded { run, end: EpochEnd { epoch: 0, step: 3, logs: all, at_ms: 4.0 } }, &[]);
    let known = store.known(run).unwrap();
    assert_eq!((known.series[series::VAL_LOSS].len(), known.epochs_done()), (1, 1));
}

#[test]
fn a_damaged_frame_is_refused_and_leaves_the_record_as_it_was() {
    let mut store = Store::default();
    let run = begin(&mut store);
    let mut bytes = frame(1..=2, 0.0);
    bytes[0].pop();
    assert_eq!(store.record(&Event::Records { run }, &bytes, 0.0).unwrap_err().code(), Code::Protocol);
    assert!(store.record(&Event::Records { run }, &[], 0.0).is_err());
    assert_eq!(store.known(run).unwrap().batches(), 0);
    // Of a run that is not there nothing is recorded, and nothing is wrong.
    assert_eq!(record(&mut store, &Event::Records { run: 9 }, &frame(1..=2, 0.0)), None);
}

#[test]
fn a_run_that_begins_again_keeps_its_name_and_nothing_of_its_record() {
    let mut store = Store::default();
    let run = begin(&mut store);
    store.rename(run, "mine").unwrap();
    store.run_mut(run).unwrap().weights_from = Some("w.safetensors".to_owned());
    record(&mut store, &started(run), &[]);
    record(&mut store, &Event::Logged { run, step: 0, name: "mine/x".to_owned(), value: 1.0 }, &[]);
    store.begin_again(run, "cpu".to_owned(), "WebGPU did not start".to_owned(), 3000.0);
    let known = store.known(run).unwrap();
    assert_eq!((known.tag.name.as_str(), known.why.as_str()), ("mine", "WebGPU did not start"));
    assert_eq!(known.weights_from.as_deref(), Some("w.safetensors"));
    assert!(known.series.is_empty() && known.begin.is_none() && known.state == RunState::Starting);
    assert_eq!(store.next_id(), 2);
}

#[test]
fn ids_and_names_are_never_given_twice_and_the_last_run_is_shown_after_a_delete() {
    let mut store = Store::default();
    let [first, second] = [begin(&mut store), begin(&mut store)];
    let live = store.delete(second).unwrap_err();
    assert!(live.message().contains("still going on"), "{live}");
    store.end(second, &end("completed"));
    store.set_pinned(second, true).unwrap();
    assert_eq!(store.baseline().map(|run| run.id), Some(second));
    store.delete(second).unwrap();
    assert_eq!((store.shown().map(|run| run.id), store.pins().len()), (Some(first), 0));
    assert_eq!(begin(&mut store), 3);
    assert_eq!(store.rename(3, " Run 1 ").unwrap(), "Run 1 (2)");
    assert!(store.rename(3, " \n ").is_err() && store.known(second).is_err());
    let colours: Vec<u8> = store.runs().iter().map(|run| run.tag.colour).collect();
    assert_ne!(colours[0], colours[1]);
}

#[test]
fn the_median_of_a_group_is_of_the_runs_that_ended_by_themselves() {
    let mut store = Store::default();
    let group = store.begin_group(vec![7, 8, 9]);
    let runs: Vec<RunId> = (0..3).map(|_| begin(&mut store)).collect();
    for (index, &run) in runs.iter().enumerate() {
        store.join_group(group, run);
        record(&mut store, &Event::Records { run }, &frame(1..=5, 10.0 * index as f32));
        store.end(run, &end("completed"));
    }
    store.run_mut(runs[2]).unwrap().tag.cut_short = true;
    while store.advance_medians(2) {}
    let median = |store: &Store| store.series(Some(group), series::BATCH_LOSS).map(|series| series.iter().collect::<Vec<_>>());
    assert_eq!(median(&store), Some((1..=5).map(|step| (step, 5.0 + step as f32)).collect()));
    assert_eq!(
        store.edges(Some(group), series::BATCH_LOSS).map(|[low, high]| (low.get(0), high.get(0))),
        Some((Some((1, 1.0)), Some((1, 11.0))))
    );
    assert_eq!(store.group(group).map(Group::median_of), Some(2));
    // Without a second run there is no median; without any the group goes.
    store.delete(runs[0]).unwrap();
    while store.advance_medians(2) {}
    assert_eq!(median(&store), None);
    store.delete(runs[1]).unwrap();
    store.delete(runs[2]).unwrap();
    assert!(store.groups().is_empty());
}

#[test]
fn memory_is_counted_and_given_back() {
    let mut store = Store::default();
    let run = begin(&mut store);
    let empty = store.usage();
    assert_eq!((empty.runs, empty.batches), (1, 0));
    record(&mut store, &Event::Records { run }, &frame(1..=1000, 0.0));
    let full = store.usage();
    assert_eq!(full.batches, 1000);
    assert!(full.bytes >= empty.bytes + 1000 * (size_of::<f32>() + size_of::<f64>()), "{} after {}", full.bytes, empty.bytes);
    store.end(run, &end("completed"));
    assert!(store.usage().bytes <= full.bytes);
    store.delete(run).unwrap();
    assert_eq!(store.usage(), Usage::default());
}

#[test]
fn a_branch_names_its_parent_by_its_present_name_and_keeps_it_when_that_is_gone() {
    let mut store = Store::default();
    let (parent, branch) = (begin(&mut store), begin(&mut store));
    store.run_mut(branch).unwrap().parent = Some(Parent { run: Some(parent), name: "Run 1".to_owned(), step: 120 });
    let words = |store: &Store| store.parent_words(store.run(branch).unwrap());
    assert_eq!(words(&store).as_deref(), Some("goes on from Run 1 at step 120"));
    store.rename(parent, "the wide one").unwrap();
    assert_eq!(words(&store).as_deref(), Some("goes on from the wide one at step 120"));
    store.begin_again(branch, "CPU".to_owned(), String::new(), 0.0);
    assert!(words(&store).is_some(), "another device, the same parent");
    store.end(parent, &end("completed"));
    store.delete(parent).unwrap();
    assert_eq!(words(&store).as_deref(), Some("goes on from Run 1 at step 120"));
}

#[test]
fn the_look_of_a_moment_is_that_of_its_step_or_the_last_before_it() {
    let mut probes = Probes::default();
    assert_eq!(probes.place_at(5), 0);
    for step in [1, 21, 41] {
        probes.push(Probe { step, weights: Vec::new(), activations: Vec::new() });
    }
    assert_eq!([0, 1, 20, 21, 40, 41, 900].map(|step| probes.place_at(step)), [0, 0, 0, 1, 1, 2, 2]);
}
