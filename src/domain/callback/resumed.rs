//! Callbacks whose state goes through text: each decides afterwards as if it had not. Never used outside tests.

mod tests {
    use crate::domain::callback::spec::{CallbackSpec, RunInfo};
    use crate::domain::callback::testing::{BATCHES, batch_begin, batch_end, epoch_end};
    use crate::domain::callback::{CallbackList, Controls};
    use crate::domain::format::json::Scan;
    use crate::domain::rng::Rng;
    use serde_json::Value;

    /// The states as a file has them.
    fn through_text(states: &Value) -> Value {
        let text = states.to_string();
        let back = Scan::new(&text).value().unwrap();
        assert_eq!(back.to_string(), text, "to the bit");
        back
    }

    /// Callbacks of every kind with random values, as JSON.
    fn specs(rng: &mut Rng) -> Vec<CallbackSpec> {
        let (patience, delta) = (rng.below(4), [0.0, 1e-4, 0.1][rng.below(3) as usize]);
        let (every, copies, cooldown) = (1 + rng.below(4), 1 + rng.below(3), rng.below(3));
        let schedule = ["constant", "cosine", "one_cycle"][rng.below(3) as usize];
        let (low, smoothing) = (rng.range(1e-6, 1e-2), rng.range(0.0, 0.98));
        [
        format!(r#"{{"name":"early_stopping","monitor":"x","mode":"max","patience":{patience},"minDelta":{delta},"restoreBestWeights":true}}"#),
        format!(r#"{{"name":"early_stopping","monitor":"x","mode":"min","patience":{},"baseline":0.7}}"#, patience + 1),
        format!(r#"{{"name":"model_checkpoint","save":"best","monitor":"x","mode":"max","copies":{copies}}}"#),
        format!(r#"{{"name":"model_checkpoint","save":{{"batches":{every}}}}}"#),
        r#"{"name":"terminate_on_nan"}"#.to_owned(),
        format!(
            r#"{{"name":"reduce_lr_on_plateau","monitor":"x","mode":"max","factor":0.37,"patience":{patience},"minDelta":{delta},"cooldown":{cooldown}}}"#
        ),
        format!(r#"{{"name":"learning_rate_scheduler","schedule":{{"name":"{schedule}"}}}}"#),
        format!(r#"{{"name":"learning_rate_scheduler","schedule":{{"name":"step","decaySteps":{},"decayRate":0.7}}}}"#, 3 * every),
        format!(r#"{{"name":"lr_finder","low":{low},"high":1,"batches":40,"smoothing":{smoothing}}}"#),
    ]
    .iter()
    .map(|json| serde_json::from_str(json).unwrap())
    .collect()
    }

    fn list(specs: &[CallbackSpec]) -> CallbackList {
        let run = RunInfo { learning_rate: 0.1, total_steps: u64::from(8 * BATCHES) };
        let mut list = CallbackList::new();
        specs.iter().filter_map(|spec| spec.build(&run)).for_each(|callback| list.push(callback));
        list
    }

    /// One thing that happens in a run.
    #[derive(Clone, Debug)]
    enum Event {
        Begin(u32),
        Batch(u32, f64, f64),
        Epoch(u32, f64),
        Log(f64),
    }

    /// Eight epochs on plateaus: accuracies that are parts of a whole, such as 0.9033333, come again and again.
    fn events(rng: &mut Rng) -> Vec<Event> {
        let (count, mut right) = (1 + rng.below(900), 0);
        let mut events = Vec::new();
        for epoch in 0..8 {
            for step in epoch * BATCHES + 1..=(epoch + 1) * BATCHES {
                let rate = if rng.below(3) == 0 { rng.uniform() / 7.0 } else { 0.1 };
                events.extend([Event::Begin(step), Event::Batch(step, rng.range(0.1, 3.0) * rng.uniform(), rate)]);
            }
            if rng.below(2) == 0 {
                right = rng.below(count + 1);
            }
            let value = if rng.below(12) == 0 { f64::NAN } else { f64::from(right) / f64::from(count) };
            if rng.below(4) == 0 {
                events.push(Event::Log(value));
            }
            events.push(Event::Epoch(epoch, value));
        }
        events
    }

    fn play(list: &mut CallbackList, events: &[Event]) -> Vec<Controls> {
        let tell = |event: &Event| match *event {
            Event::Begin(step) => list.on_batch_begin(&batch_begin(step)),
            Event::Batch(step, loss, rate) => list.on_batch_end(&batch_end(step, loss, rate)),
            Event::Epoch(epoch, value) => list.on_epoch_end(&epoch_end(epoch, "x", value)),
            Event::Log(value) => {
                list.on_log(1, "x", value);
                Controls::new()
            }
        };
        events.iter().map(tell).collect()
    }

    #[test]
    fn states_that_went_through_text_decide_the_same() {
        let mut cuts = 0;
        for seed in 0..300 {
            let rng = &mut Rng::new(seed, "resumed");
            let (specs, events) = (specs(rng), events(rng));
            for spec in &specs {
                let make = || list(std::slice::from_ref(spec));
                let mut whole = make();
                let expected = play(&mut whole, &events);
                for _ in 0..4 {
                    let cut = rng.below(events.len() as u32 + 1) as usize;
                    let mut first = make();
                    let mut controls = play(&mut first, &events[..cut]);
                    let mut second = make();
                    second.load_state(through_text(&first.save_state())).unwrap();
                    controls.extend(play(&mut second, &events[cut..]));
                    // NaN is told as text, since it is not the same as itself.
                    assert_eq!(format!("{controls:?}"), format!("{expected:?}"), "seed {seed}, {spec:?}, cut at {cut}");
                    assert_eq!(second.save_state().to_string(), whole.save_state().to_string(), "seed {seed}, {spec:?}, cut at {cut}");
                    cuts += 1;
                }
            }
        }
        assert_eq!(cuts, 10_800);
    }

    /// A reader of text that is off would make an equal value on a plateau an improvement, or the other way round.
    #[test]
    fn a_reader_that_is_one_unit_off_would_decide_otherwise() {
        let read = |text: &str| serde_json::from_str::<f64>(text).unwrap();
        let off = (1..1000).filter(|&right| {
            let value = f64::from(right) / 900.0;
            read(&value.to_string()).to_bits() != value.to_bits()
        });
        // If this is none, serde_json has become exact, and the reader by hand is no longer needed for states.
        assert!(off.count() > 10);
    }
}
