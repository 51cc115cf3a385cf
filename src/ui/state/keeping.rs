//! Keeping a run on the device: which entries its events become, in the order in which they are recorded. The other way is
//! [`Revival`](super::store::Revival).
//!
//! Plain data. Never here: when they are written, and whether.

use super::store::{Run, Store};
use crate::domain::run::event::Step;
use crate::export::jsonl::lines;
use crate::protocol::{Event, floats};
use crate::store::entry::{Kind, Mark, pack};
use crate::store::frame::MOST;

/// Appends an entry, but for one that is larger than an entry may be: the rest of the run is worth more.
fn push(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    if payload.len() <= MOST {
        pack(kind, payload, out);
    }
}

/// Appends values at `step`.
pub fn push_values<N: AsRef<str>>(step: Step, values: &[(N, f64)], out: &mut Vec<u8>) {
    if !values.is_empty() {
        push(Kind::Line, &lines::values_line(step, values.iter().map(|(name, value)| (name.as_ref(), *value))), out);
    }
}

/// The name and the marks of a run.
pub fn mark_of(store: &Store, run: &Run) -> Mark {
    let pinned = store.pins().contains(&run.id);
    Mark { name: run.tag.name.clone(), colour: run.tag.colour, pinned, cut_short: run.tag.cut_short }
}

/// Appends the entry of a run's name and marks.
pub fn push_mark(store: &Store, run: &Run, out: &mut Vec<u8>) {
    push(Kind::Mark, &mark_of(store, run).to_bytes(), out);
}

/// Appends the entry of a run's end.
pub fn push_end(run: &Run, out: &mut Vec<u8>) {
    push(Kind::End, &lines::end(&run.ending(), run.batches()), out);
}

/// Appends the entry of a run that was interrupted for the reason `why`, and goes on from the state of `step`.
pub fn push_back(step: Step, why: &str, out: &mut Vec<u8>) {
    push(Kind::Back, &[&step.to_le_bytes(), why.as_bytes()].concat(), out);
}

/// Appends the entries of `event`, which is in the record of `run` already; `data_hash` is the hash of its data, if it is known.
pub fn push_event(store: &Store, run: &Run, event: &Event, bulk: &[Vec<u8>], data_hash: Option<String>, out: &mut Vec<u8>) {
    let bytes = bulk.first().map_or(&[][..], Vec::as_slice);
    match event {
        Event::Started { .. } => {
            push(Kind::Begin, &lines::header(&run.head(data_hash)), out);
            push_mark(store, run, out);
        }
        Event::Records { .. } => push(Kind::Batches, bytes, out),
        Event::ValidationEnded { end, .. } => push_values(end.step, &end.logs.0, out),
        Event::EpochEnded { end, .. } => push_values(end.step, &end.logs.0, out),
        Event::Logged { step, name, value, .. } => push_values(*step, &[(name.as_str(), *value)], out),
        Event::Watched { cost, .. } => push_values(cost.step, &cost.logs(), out),
        // As the record thins the looks, so are they written: of the others there are the values.
        Event::Probed { probe, .. } => match run.probes.kept().last() {
            Some(kept) if kept.step == probe.step => push(Kind::Line, &lines::probe(probe), out),
            _ => push_values(probe.step, &probe.logs(), out),
        },
        Event::Evaluated { evaluation, .. } => push(Kind::Line, &lines::evaluation(evaluation, &floats::from_bytes(bytes)), out),
        Event::Input { number, entry, .. } => {
            let json = serde_json::to_vec(entry).unwrap_or_default();
            push(Kind::Input, &[&number.to_le_bytes(), &json[..]].concat(), out);
        }
        Event::Diagnosed { diagnosis, .. } => push(Kind::Line, &lines::diagnosis(diagnosis), out),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::SampleShape;
    use crate::domain::metrics::report::EvaluationReport;
    use crate::domain::model::Loss;
    use crate::domain::record::probe::{Probe, Summary, WeightProbe};
    use crate::domain::run::checkpoint::CheckpointCard;
    use crate::domain::run::event::{EpochBegin, EpochEnd, Evaluation, Logs, TrainBegin, TrainEnd, series};
    use crate::domain::run::journal::{At, Entry, Input};
    use crate::domain::run::preset;
    use crate::protocol::frame::Frame;
    use crate::store::entry::{Filed, STATE, WEIGHTS, unpack};
    use crate::ui::state::store::{Left, Probes, Revival, RunState};
    use proptest::prelude::*;

    fn card(name: &str) -> CheckpointCard {
        let value = Some(("val/loss".to_owned(), 0.1 + 0.2));
        CheckpointCard { id: 3, name: name.to_owned(), by_hand: false, step: 9, value, at_ms: 1.0 / 3.0, bytes: 40 }
    }

    fn probe(step: u32) -> Probe {
        let summary = || Summary::of(&[0.5, -0.25, step as f32]);
        let kernel = WeightProbe { name: "dense_1/kernel".into(), weights: summary(), gradient: summary(), update_ratio: 0.001 };
        Probe { step, weights: vec![kernel], activations: Vec::new() }
    }

    fn frame(steps: std::ops::RangeInclusive<u32>) -> Vec<Vec<u8>> {
        let mut frame = Frame::default();
        for step in steps {
            let values = [(series::BATCH_LOSS, 1.0 / step as f32), (series::TIME_BATCH, 2.0), (series::TIME_MARKS, (step % 3) as f32)];
            frame.push(step, f64::from(step) * 1.5, &values);
        }
        vec![frame.encode()]
    }

    /// A run of `epochs` epochs of ten batches in a store, and its entries.
    fn trained(epochs: u32, looks: bool) -> (Store, u32, Vec<u8>) {
        let mut store = Store::default();
        let run = store.begin(preset::config("mlp").unwrap(), "cpu".to_owned(), "you chose it".to_owned(), 5.0);
        let begin = TrainBegin { parameters: 1, train_samples: 64, validation_samples: 1, batches_per_epoch: 10, epochs };
        let classes = vec!["a".to_owned(), "b".to_owned()];
        let mut events =
            vec![(Event::Started { run, device: "CPU".to_owned(), begin, shape: SampleShape::Vector(2), classes }, Vec::new())];
        for epoch in 0..epochs {
            let step = 10 * epoch + 10;
            events.push((Event::EpochBegun { run, begin: EpochBegin { epoch, step: step - 10 } }, Vec::new()));
            events.push((Event::Records { run }, frame(step - 9..=step - 5)));
            if looks {
                events.push((Event::Probed { run, probe: Box::new(probe(step - 5)) }, Vec::new()));
            }
            events.push((Event::Logged { run, step: step - 5, name: "mine".to_owned(), value: f64::NAN }, Vec::new()));
            events.push((Event::Records { run }, frame(step - 4..=step)));
            let report = EvaluationReport::new(&[1.0, -1.0, 0.5, f32::from(epoch as u8)], &[0, 1], 2, Loss::CrossEntropy);
            let evaluation = Evaluation { epoch, step, report, worst: Vec::new() };
            events.push((Event::Evaluated { run, evaluation: Box::new(evaluation) }, vec![Vec::new()]));
            let logs = Logs(vec![("train/loss".into(), 0.1 * f64::from(epoch)), ("val/loss".into(), f64::INFINITY)]);
            events.push((Event::EpochEnded { run, end: EpochEnd { epoch, step, logs, at_ms: 4.0 } }, Vec::new()));
        }
        let mut packed = Vec::new();
        for (event, bulk) in &events {
            store.record(event, bulk, 77.5).unwrap();
            push_event(&store, store.run(run).unwrap(), event, bulk, Some("0123456789abcdef".to_owned()), &mut packed);
        }
        (store, run, packed)
    }

    fn revived(packed: &[u8]) -> (Store, u32, Left) {
        let mut revival = Revival::default();
        unpack(packed).for_each(|(kind, payload)| revival.take(kind, payload));
        let mut store = Store::default();
        let (run, left) = store.revive(revival, false).expect("it has begun");
        (store, run, left)
    }

    /// Everything of a record that is seen.
    fn seen(run: &Run) -> String {
        let series: Vec<_> = run.series.iter().map(|(name, series)| (name, series.iter().collect::<Vec<_>>())).collect();
        let probes: Vec<_> = run.probes.kept().iter().collect();
        let latest = run.evaluations.latest().map(|latest| format!("{:?}", latest.evaluation));
        let diagnoses = &run.diagnoses;
        format!(
            "{series:?}{:?}{probes:?}{latest:?}{diagnoses:?}{:?}{:?}{:?}{:?}",
            run.at_ms,
            run.costs,
            run.bands.all(),
            run.begin,
            (&run.data, run.inputs.entries(), &run.interruptions)
        )
    }

    #[test]
    fn a_run_comes_back_as_it_was() {
        let (mut store, id, mut packed) = trained(3, true);
        store.rename(id, "my net").unwrap();
        store.set_pinned(id, true).unwrap();
        store.end(id, &Ok(TrainEnd { step: 30, epochs: 3, reason: "completed".to_owned(), logs: Logs::default(), at_ms: 46.0 }));
        let run = store.run(id).unwrap();
        push_mark(&store, run, &mut packed);
        push_end(run, &mut packed);
        let about = serde_json::to_string(&card("last")).unwrap();
        let filed = Filed { slot: format!("{WEIGHTS}last"), number: 1, bytes: 40, sum: 7, about };
        pack(Kind::File, &filed.to_bytes(), &mut packed);
        let (other, back, left) = revived(&packed);
        let back = other.run(back).unwrap();
        assert_eq!(seen(back), seen(run));
        assert_eq!((&back.tag.name, &back.state, back.is_earlier, back.is_live()), (&"my net".to_owned(), &run.state, true, false));
        assert_eq!((&back.device, back.started_at, back.data_hash.as_deref()), (&run.device, 77.5, Some("0123456789abcdef")));
        assert_eq!(back.probes.seen(), run.probes.seen());
        assert_eq!((other.pins(), &back.weights), (&[back.id][..], &vec![card("last")]));
        assert_eq!(left, Left { weights: vec![("last".to_owned(), filed)], state: None, unread: 0 });
    }

    #[test]
    fn an_interrupted_run_says_so_and_has_its_state() {
        let (_, _, mut packed) = trained(1, false);
        for (number, step) in [(1, "5"), (2, "10")] {
            let filed = Filed { slot: STATE.to_owned(), number, bytes: 1, sum: 1, about: step.to_owned() };
            pack(Kind::File, &filed.to_bytes(), &mut packed);
        }
        let (store, id, left) = revived(&packed);
        let run = store.run(id).unwrap();
        assert_eq!((&run.state, run.can_go_on_from), (&RunState::Interrupted { elsewhere: false }, Some(10)));
        assert_eq!(left.state.map(|state| state.number), Some(2));
        let row = crate::ui::state::rows::rows(&store).remove(0);
        assert_eq!((row.state.as_str(), row.can_go_on, row.earlier, row.live), ("interrupted at batch 10; kept", true, true, false));
    }

    #[test]
    fn a_run_that_goes_on_drops_what_lies_after_its_state_here_and_on_the_device() {
        let (mut store, id, mut packed) = trained(3, true);
        let input = |step, rate| Entry { step, at: At::Batch, input: Input::LearningRate(rate) };
        for (number, entry) in [(0, input(3, 0.1 + 0.2)), (1, input(20, f64::MIN_POSITIVE))] {
            let event = Event::Input { run: id, number, entry };
            store.record(&event, &[], 9.0).unwrap();
            push_event(&store, store.run(id).unwrap(), &event, &[], None, &mut packed);
        }
        push_back(15, "the worker died", &mut packed);
        let device = ("cpu".to_owned(), "you chose it".to_owned());
        store.clear_shown();
        store.go_on(id, 15, "the worker died".to_owned(), device);
        assert!(store.shown().is_none(), "it trains, and somebody looks elsewhere");
        let (other, back, left) = revived(&packed);
        let (run, back) = (store.run(id).unwrap(), other.run(back).unwrap());
        assert_eq!((run.batches(), run.series[series::BATCH_LOSS].len(), run.series["val/loss"].len(), run.probes.seen()), (15, 15, 1, 2));
        assert_eq!((&run.state, run.is_live(), back.is_live(), left.unread), (&RunState::Starting, true, false, 0));
        // The device's name is told anew by the worker; all else is the same.
        store.run_mut(id).unwrap().device = back.device.clone();
        assert_eq!(seen(back), seen(store.run(id).unwrap()));
        // It is recorded on as if nothing had been there.
        let event = Event::Records { run: id };
        store.record(&event, &frame(16..=20), 99.0).unwrap();
        let interruption = store.run(id).unwrap().interruptions[0].clone();
        assert_eq!((interruption.from, interruption.reached, interruption.repeated, interruption.differs_at), (15, 30, 5, None));
        push_event(&store, store.run(id).unwrap(), &event, &frame(16..=20), None, &mut packed);
        let (other, back, left) = revived(&packed);
        assert_eq!(seen(other.run(back).unwrap()), seen(store.run(id).unwrap()));
        assert_eq!((other.run(back).unwrap().batches(), left.unread), (20, 0));
    }

    #[test]
    fn a_state_that_was_taken_back_is_none() {
        let (_, _, mut packed) = trained(1, false);
        for (number, bytes) in [(1, 9), (2, 0)] {
            let filed = Filed { slot: STATE.to_owned(), number, bytes, sum: 1, about: "10".to_owned() };
            pack(Kind::File, &filed.to_bytes(), &mut packed);
        }
        let (store, id, left) = revived(&packed);
        assert_eq!((store.run(id).unwrap().goes_on_from(), left.state, left.unread), (None, None, 0));
    }

    #[test]
    fn weights_that_were_deleted_do_not_come_back() {
        let (_, _, mut packed) = trained(1, false);
        for (name, bytes) in [("last", 40), ("best", 40), ("last", 0)] {
            let about = serde_json::to_string(&card(name)).unwrap();
            let filed = Filed { slot: format!("{WEIGHTS}{name}"), number: 1, bytes, sum: 1, about };
            pack(Kind::File, &filed.to_bytes(), &mut packed);
        }
        let (store, id, left) = revived(&packed);
        assert_eq!(store.run(id).unwrap().weights, [card("best")]);
        assert_eq!((left.weights.len(), left.weights[0].0.as_str(), left.unread), (1, "best", 0));
    }

    #[test]
    fn a_later_begin_begins_the_record_anew() {
        let (_, _, first) = trained(2, true);
        let (store, id, second) = trained(1, false);
        let (other, back, _) = revived(&[first, second].concat());
        assert_eq!(seen(other.run(back).unwrap()), seen(store.run(id).unwrap()));
    }

    #[test]
    fn looks_that_are_not_kept_leave_their_values() {
        let epochs = Probes::MOST as u32 + 60;
        let (store, id, packed) = trained(epochs, true);
        let (other, back, left) = revived(&packed);
        let (run, back) = (store.run(id).unwrap(), other.run(back).unwrap());
        assert_eq!((back.series["grad/norm"].len(), back.probes.seen(), left.unread), (epochs as usize, run.probes.seen(), 0));
        assert!(back.probes.kept().len() <= Probes::MOST);
    }

    #[test]
    fn batches_that_are_missing_are_no_shift_of_the_others() {
        let (_, _, packed) = trained(3, false);
        let mut kept = Vec::new();
        let mut batches = 0;
        for (kind, payload) in unpack(&packed) {
            batches += u32::from(kind == Kind::Batches as u8);
            if kind != Kind::Batches as u8 || batches != 3 {
                pack(Kind::of(kind).unwrap(), payload, &mut kept);
            }
        }
        let (store, id, left) = revived(&kept);
        let run = store.run(id).unwrap();
        assert_eq!((run.batches(), run.series[series::BATCH_LOSS].len(), left.unread), (30, 25, 0));
        assert_eq!((run.at_ms[9], run.at_ms[14], run.at_ms[15]), (15.0, 15.0, 24.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever was damaged, what comes back can be shown, and takes no more memory than what was read.
        #[test]
        fn any_entries_come_back_or_are_left_out(
            order in proptest::collection::vec((any::<prop::sample::Index>(), any::<Option<(prop::sample::Index, u8)>>()), 0..40), from in 0_u32..5_000_000,
        ) {
            let (_, _, mut packed) = trained(2, true);
            packed.extend({ let mut late = Vec::new(); pack(Kind::Batches, &frame(from + 21..=from + 25)[0], &mut late); late });
            let all: Vec<(u8, Vec<u8>)> = unpack(&packed).map(|(kind, payload)| (kind, payload.to_vec())).collect();
            let mut revival = Revival::default();
            let (mut read, mut has_begun) = (0, false);
            for (which, flip) in order {
                let (kind, mut payload) = all[which.index(all.len())].clone();
                if let Some((at, byte)) = flip && !payload.is_empty() {
                    let at = at.index(payload.len());
                    payload[at] = byte;
                }
                read += payload.len();
                has_begun |= kind == Kind::Begin as u8;
                revival.take(kind, &payload);
            }
            let mut store = Store::default();
            match store.revive(revival, true) {
                None => {}
                Some((id, _)) => {
                    prop_assert!(has_begun);
                    let run = store.run(id).unwrap();
                    prop_assert!(run.batches() <= read / 8 + 200, "{} batches of {read} bytes", run.batches());
                    crate::ui::state::rows::rows(&store);
                    seen(run);
                }
            }
        }
    }
}
