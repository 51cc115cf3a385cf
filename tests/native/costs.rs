//! The cost of training, booked by a clock that stands still unless work is done: phases, pauses, hidden time, marks,
//! the cost of watching, and that none of it changes what is trained.

use crate::support::{block_on, config, noise, train};
use emberscope::domain::callback::{Callback, CallbackList, Controls};
use emberscope::domain::callback::{History, SharedHistory};
use emberscope::domain::cost::ledger::Phase;
use emberscope::domain::cost::marks;
use emberscope::domain::cost::watch::WatchCost;
use emberscope::domain::data::sampler::{split, train_subset};
use emberscope::domain::data::{Dataset, SampleShape};
use emberscope::domain::metrics::tally;
use emberscope::domain::model::LayerSpec;
use emberscope::domain::record::probe::{MonitorSpec, Probe};
use emberscope::domain::run::config::RunConfig;
use emberscope::domain::run::event::{BatchBegin, BatchEnd, series};
use emberscope::train::clock::Clock;
use emberscope::train::device_logs::{Reading, read_all, resolve};
use emberscope::train::fit::{Host, Moment, Turn, fit};
use emberscope::train::{Batch, Trainer};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Milliseconds that only pass when somebody says so, and a thousandth at each look, so that no two looks are the same.
#[derive(Clone, Default)]
struct Hand(Rc<Cell<f64>>);

impl Hand {
    fn pass(&self, ms: f64) {
        self.0.set(self.0.get() + ms);
    }
}

impl Clock for Hand {
    fn now_ms(&self) -> f64 {
        self.pass(0.001);
        self.0.get()
    }
}

/// Takes 2 ms for a batch's begin, 3 ms for its end, 7 ms for a look.
struct Slow(Hand);

impl Callback for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }
    fn on_batch_begin(&mut self, _: &BatchBegin) -> Controls {
        self.0.pass(2.0);
        Controls::new()
    }
    fn on_batch_end(&mut self, _: &BatchEnd) -> Controls {
        self.0.pass(3.0);
        Controls::new()
    }
    fn on_probe(&mut self, _: &Probe) -> Controls {
        self.0.pass(7.0);
        Controls::new()
    }
}

/// Gives 5 ms away before each batch, 1 ms of it to send; holds the run for a second before batch 4, and is hidden from
/// batch 6 to 8.
struct Surroundings {
    clock: Hand,
    turns: u32,
    sent_ms: f64,
    quiet: Rc<RefCell<Vec<bool>>>,
}

impl Clock for Surroundings {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl Host for Surroundings {
    async fn turn(&mut self, moment: Moment) -> Turn {
        self.clock.pass(5.0);
        let mut turn = Turn { sent_ms: self.sent_ms, ..Turn::default() };
        if let Moment::Batch { waiting } = moment {
            if self.turns == 3 && waiting > 0 {
                turn.read_first = true;
                return turn;
            }
            self.turns += 1;
            turn.hidden = (6..=8).contains(&self.turns);
            if self.turns == 4 {
                self.clock.pass(1000.0);
                turn.paused_ms = 1000.0;
            }
        }
        turn
    }

    fn keep_quiet(&mut self, quiet: bool) {
        self.quiet.borrow_mut().push(quiet);
    }
}

fn small(monitors: MonitorSpec) -> (RunConfig, Dataset) {
    // 200 samples, 160 to train on, in ten batches.
    let mut config = config(vec![LayerSpec::Dense { units: 12 }, LayerSpec::Relu], 0.01);
    config.monitors = monitors;
    config.epochs = 2;
    (config, noise(SampleShape::Vector(6), 200, 3, 1))
}

struct Course {
    history: History,
    weights: Vec<Vec<f32>>,
    quiet: Vec<bool>,
    wall_ms: f64,
}

fn run_by_hand(config: &RunConfig, data: &Dataset, reading: Reading) -> Course {
    let clock = Hand::default();
    let quiet = Rc::new(RefCell::new(Vec::new()));
    let mut host = Surroundings { clock: clock.clone(), turns: 0, sent_ms: 1.0, quiet: quiet.clone() };
    let mut trainer = Trainer::new(config, data, &burn::tensor::Device::flex()).unwrap();
    let history = SharedHistory::default();
    let mut callbacks = CallbackList::new().with(history.clone()).with(Slow(clock.clone()));
    block_on(fit(&mut trainer, data, config, reading, &mut callbacks, &mut host)).unwrap();
    let weights = block_on(read_all(trainer.net().weights().to_vec())).unwrap();
    let quiet = quiet.borrow().clone();
    Course { history: history.read(), weights, quiet, wall_ms: clock.0.get() }
}

const GPU: Reading = Reading::Together { latency_ms: 1.0 };

#[test]
fn phases_sum_to_the_batch_and_batches_to_the_wall_time() {
    for reading in [Reading::AtOnce, GPU] {
        let (config, data) = small(MonitorSpec { every: 4, watch_budget: 0.0, sync_every: 6, ..MonitorSpec::default() });
        let Course { history, wall_ms, .. } = run_by_hand(&config, &data, reading);
        let batches = history.values(series::TIME_BATCH);
        assert_eq!(batches.len(), 20);
        let phases = Phase::ALL.map(|phase| history.values(phase.series()));
        for (index, batch) in batches.iter().enumerate() {
            let parts: Vec<f32> = phases.iter().map(|values| values[index]).filter(|ms| !ms.is_nan()).collect();
            assert!(parts.iter().all(|&ms| ms >= -1e-4), "batch {index}: {parts:?}");
            assert!((parts.iter().sum::<f32>() - batch).abs() < 1e-3, "batch {index}: {parts:?} are not {batch}");
        }
        // What no batch has: the second of the pause, the validations' four turns, the hooks after each epoch's last batch.
        let booked: f64 = batches.iter().map(|&ms| f64::from(ms)).sum();
        let outside = 1000.0 + 2.0 * 5.0;
        let rest = wall_ms - outside - booked;
        assert!((0.0..2.0 * (3.0 * 6.0 + 7.0)).contains(&rest), "{reading:?}: {wall_ms} ms in all, {booked} booked, {rest} not");
    }
}

#[test]
fn each_phase_is_what_it_says_and_a_pause_is_in_none() {
    let (config, data) = small(MonitorSpec { watch_budget: 0.0, ..MonitorSpec::OFF });
    let Course { history, .. } = run_by_hand(&config, &data, Reading::AtOnce);
    let (idle, callbacks) = (history.values(series::TIME_IDLE), history.values(series::TIME_CALLBACKS));
    for index in 0..20 {
        let first_of_epoch = index % 10 == 0;
        assert!((idle[index] - 4.0).abs() < 0.1, "batch {index} gave away {} ms", idle[index]);
        // Begin 2 ms and sending 1 ms; 3 ms for the end of the batch before.
        let hooks = if first_of_epoch { 3.0 } else { 6.0 };
        assert!((callbacks[index] - hooks).abs() < 0.1, "batch {index}: {} ms of hooks", callbacks[index]);
        assert!(history.values(series::TIME_BATCH)[index] < 11.0);
    }
    assert!(history.values(series::TIME_ENCODE).iter().all(|ms| ms.is_nan()), "the CPU hands nothing over");
    assert_eq!(history.get(series::TIME_PAUSED), [(4, 1000.0)]);
    let marked = |mark: u32| -> Vec<u32> {
        let points = history.get(series::TIME_MARKS).iter();
        points.filter(|&&(_, bits)| bits as u32 & mark != 0).map(|&(step, _)| step).collect()
    };
    assert_eq!((marked(marks::WARM_UP), marked(marks::HIDDEN), marked(marks::AFTER_PAUSE)), (vec![1, 2], vec![6, 7, 8], vec![4]));
    assert_eq!((marked(marks::BARE), marked(marks::LOOK), marked(marks::SYNCHRONISED)), (vec![], vec![], vec![]));
}

/// Three hours in a laptop that was closed, in milliseconds.
const SLEEP_MS: f64 = 3.0 * 3_600_000.0;

/// A machine that sleeps in the middle of batch 12.
struct Asleep(Hand);

impl Callback for Asleep {
    fn name(&self) -> &'static str {
        "asleep"
    }
    fn on_batch_begin(&mut self, begin: &BatchBegin) -> Controls {
        self.0.pass(if begin.step == 12 { SLEEP_MS } else { 1.0 });
        Controls::new()
    }
}

/// Surroundings that also sleep in the turn before batch 15, and hold the run for hours before batch 17.
struct Closed(Surroundings);

impl Clock for Closed {
    fn now_ms(&self) -> f64 {
        self.0.now_ms()
    }
}

impl Host for Closed {
    async fn turn(&mut self, moment: Moment) -> Turn {
        let mut turn = self.0.turn(moment).await;
        if let Moment::Batch { .. } = moment {
            let ms = if matches!(self.0.turns, 15 | 17) { SLEEP_MS } else { 0.0 };
            self.0.clock.pass(ms);
            turn.paused_ms += if self.0.turns == 17 { ms } else { 0.0 };
        }
        turn
    }
}

#[test]
fn hours_that_a_machine_slept_are_in_no_time_and_are_told_as_a_pause() {
    for reading in [Reading::AtOnce, GPU] {
        let (config, data) = small(MonitorSpec { watch_budget: 0.0, ..MonitorSpec::OFF });
        let clock = Hand::default();
        let mut host = Closed(Surroundings { clock: clock.clone(), turns: 0, sent_ms: 1.0, quiet: Rc::default() });
        let mut trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
        let history = SharedHistory::default();
        let mut callbacks = CallbackList::new().with(history.clone()).with(Slow(clock.clone())).with(Asleep(clock.clone()));
        let end = block_on(fit(&mut trainer, &data, &config, reading, &mut callbacks, &mut host)).unwrap();
        let history = history.read();
        for (name, most) in [(series::TIME_BATCH, 20.0), (series::TIME_EPOCH, 200.0), (series::TIME_VALIDATION, 20.0)] {
            let values = history.values(name);
            assert!(!values.is_empty() && values.iter().all(|ms| (0.0..most).contains(ms)), "{reading:?} {name}: {values:?}");
        }
        let pauses: Vec<(u32, i64)> =
            history.get(series::TIME_PAUSED).iter().map(|&(step, ms)| (step, (ms / 1e3).round() as i64)).collect();
        assert_eq!(pauses, [(4, 1), (13, 10_800), (15, 10_800), (17, 10_800)], "{reading:?}");
        let paused = history.get(series::TIME_MARKS).iter().filter(|(_, bits)| *bits as u32 & marks::AFTER_PAUSE != 0);
        assert_eq!(paused.map(|&(step, _)| step).collect::<Vec<_>>(), [4, 13, 15, 17], "{reading:?}");
        // A pause is in the run's own time, as ever; a sleep is not.
        assert!((SLEEP_MS..SLEEP_MS + 10_000.0).contains(&end.at_ms), "{reading:?}: {} ms", end.at_ms);
    }
}

#[test]
fn work_that_takes_long_is_no_sleep() {
    // Batches of an hour each: all are as long as the first.
    struct Long(Hand);
    impl Callback for Long {
        fn name(&self) -> &'static str {
            "long"
        }
        fn on_batch_begin(&mut self, _: &BatchBegin) -> Controls {
            self.0.pass(3_600_000.0);
            Controls::new()
        }
    }
    let (config, data) = small(MonitorSpec { watch_budget: 0.0, ..MonitorSpec::OFF });
    let clock = Hand::default();
    let mut host = Surroundings { clock: clock.clone(), turns: 0, sent_ms: 1.0, quiet: Rc::default() };
    let mut trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let history = SharedHistory::default();
    let mut callbacks = CallbackList::new().with(history.clone()).with(Long(clock));
    block_on(fit(&mut trainer, &data, &config, Reading::AtOnce, &mut callbacks, &mut host)).unwrap();
    let history = history.read();
    assert!(history.values(series::TIME_BATCH).iter().all(|&ms| ms >= 3.6e6), "{:?}", history.values(series::TIME_BATCH));
    assert_eq!(history.get(series::TIME_PAUSED), [(4, 1000.0)]);
}

#[test]
fn a_gpus_first_batch_of_each_shape_is_warm_up_with_all_that_share_its_read() {
    let (mut config, data) = small(MonitorSpec { watch_budget: 0.0, ..MonitorSpec::OFF });
    // 160 samples to train on: eight batches of 18 and one of 16.
    config.batch_size = 18;
    let Course { history, .. } = run_by_hand(&config, &data, GPU);
    let warm: Vec<u32> =
        history.get(series::TIME_MARKS).iter().filter(|(_, bits)| *bits as u32 & marks::WARM_UP != 0).map(|&(step, _)| step).collect();
    assert!(warm.contains(&1) && warm.contains(&9), "the ninth batch is the first of 16: {warm:?}");
    assert!(!warm.contains(&18), "and the second of that size is not: {warm:?}");
    assert!(history.values(series::TIME_FORWARD).iter().all(|ms| ms.is_nan()));
    assert!(history.values(series::TIME_ENCODE).iter().all(|&ms| ms > 0.0), "a GPU's phases are handed over");
}

#[test]
fn synchronised_samples_are_told_apart_and_change_nothing() {
    let (config, data) = small(MonitorSpec { sync_every: 5, ..MonitorSpec::OFF });
    let Course { history, weights, .. } = run_by_hand(&config, &data, GPU);
    let steps = |name: &str| history.get(name).iter().map(|&(step, _)| step).collect::<Vec<_>>();
    // The first, at step 5, is warm-up.
    for name in [series::TIME_GPU_DATA, series::TIME_GPU_FORWARD, series::TIME_GPU_BACKWARD, series::TIME_GPU_UPDATE, series::TIME_GPU_WAIT]
    {
        // Step 6 as well, unless it was quick enough to be read together with the warm-up, which spoils its time.
        let steps: Vec<_> = steps(name).into_iter().filter(|&step| step != 6).collect();
        assert_eq!(steps, [11, 16], "{name}");
        assert!(history.values(name).iter().all(|&ms| ms > 0.0));
    }
    let marked = history.get(series::TIME_MARKS).iter().filter(|(_, bits)| *bits as u32 & marks::SYNCHRONISED != 0);
    assert_eq!(marked.map(|&(step, _)| step).filter(|&step| step != 6).collect::<Vec<_>>(), [5, 11, 16]);
    let (plain, data) = small(MonitorSpec::OFF);
    assert_eq!(run_by_hand(&plain, &data, GPU).weights, weights, "to the bit");
}

/// 400 batches, so that there is time for bare sections.
fn long(monitors: MonitorSpec) -> (RunConfig, Dataset) {
    let (mut config, data) = small(monitors);
    config.batch_size = 2;
    config.epochs = 5;
    (config, data)
}

#[test]
fn watching_changes_nothing_that_is_trained_and_loses_no_record() {
    let (config, data) = long(MonitorSpec { every: 3, ..MonitorSpec::default() });
    let watched = run_by_hand(&config, &data, Reading::AtOnce);
    let (config, data) = long(MonitorSpec::OFF);
    let alone = run_by_hand(&config, &data, Reading::AtOnce);
    assert_eq!(watched.weights, alone.weights, "to the bit");
    assert_eq!(watched.history.values(series::BATCH_LOSS), alone.history.values(series::BATCH_LOSS));
    let bare = watched.history.values(series::TIME_MARKS).iter().filter(|bits| **bits as u32 & marks::BARE != 0).count();
    assert!(bare > 20 && bare < 150, "{bare} of 400 batches were bare");
    assert!(watched.quiet.contains(&true) && !watched.quiet.last().unwrap(), "the surroundings keep quiet, and not for ever");
    assert!(!alone.quiet.contains(&true));
}

/// Keeps what it is told of watching.
#[derive(Clone, Default)]
struct Listener(Rc<RefCell<Vec<WatchCost>>>);

impl Callback for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }
    fn on_watching(&mut self, event: &WatchCost) {
        self.0.borrow_mut().push(event.clone());
    }
}

/// The looks of this run cost 7 ms in a hook, batches about 11.
#[test]
fn looks_that_cost_too_much_become_rarer_and_the_cost_is_told() {
    let (config, data) = long(MonitorSpec { every: 1, ..MonitorSpec::default() });
    let clock = Hand::default();
    let mut host = Surroundings { clock: clock.clone(), turns: 100, sent_ms: 0.0, quiet: Rc::default() };
    let mut trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let (history, listener) = (SharedHistory::default(), Listener::default());
    let mut callbacks = CallbackList::new().with(history.clone()).with(listener.clone()).with(Slow(clock));
    block_on(fit(&mut trainer, &data, &config, Reading::AtOnce, &mut callbacks, &mut host)).unwrap();
    let told = listener.0.borrow();
    let last = told.last().expect("the end tells");
    assert_eq!((last.look_every, last.step), (16, 400), "7 ms every 16 batches of 11 ms is 4 %, every 8 it is 8: {last:?}");
    assert!((last.looks.percent - 3.9).abs() < 0.6, "{last:?}");
    assert!(told.iter().any(|cost| cost.change.as_deref().is_some_and(|words| words.contains("looks every 16 instead of 1 batches"))));
    let steps: Vec<u32> = history.read().get("grad/norm").iter().map(|&(step, _)| step).collect();
    assert!(steps.len() < 40 && steps.windows(2).skip(5).all(|pair| pair[1] - pair[0] >= 8), "{steps:?}");
    assert_eq!(history.read().values(series::WATCH_LOOK_EVERY).last(), Some(&16.0));
}

/// Dropout makes the running curve that of crippled nets, and an epoch's first batches that of older weights.
#[test]
fn training_samples_with_the_same_weights_as_validation() {
    let layers = vec![LayerSpec::Dense { units: 48 }, LayerSpec::Relu, LayerSpec::Dropout { rate: 0.5 }];
    let mut config = config(layers, 0.01);
    config.epochs = 12;
    config.monitors = MonitorSpec { train_subset: 40, ..MonitorSpec::OFF };
    let data = noise(SampleShape::Vector(10), 80, 3, 6);
    let (trainer, history, end) = train(&config, &data);
    let (same, running) = (history.values(series::TRAIN_EVAL_LOSS), history.values(series::TRAIN_LOSS));
    assert_eq!(same.len(), 12);
    assert!(same.iter().zip(&running).all(|(same, running)| same < running), "{same:?} {running:?}");
    assert!(history.values(series::TRAIN_EVAL_ACCURACY).last() > history.values(series::TRAIN_ACCURACY).last());
    // It equals an evaluation by hand.
    let seed = u64::from(config.seed);
    let samples = train_subset(&split(data.len(), config.validation, seed).train, 40, seed);
    assert_eq!(samples.len(), 40);
    let outputs = block_on(resolve(vec![trainer.evaluate(Batch::gather(&data, &samples))])).unwrap().remove(0);
    let by_hand = tally(&outputs.values, &outputs.labels, config.loss);
    assert!((f64::from(*same.last().unwrap()) - by_hand.mean_loss()).abs() < 1e-6);
    assert!((end.logs.get(series::TRAIN_EVAL_ACCURACY).unwrap() - by_hand.accuracy()).abs() < 1e-12);
    // And it changes nothing.
    config.monitors = MonitorSpec::OFF;
    let (_, plain_history, _) = train(&config, &data);
    assert_eq!(plain_history.values(series::VAL_LOSS), history.values(series::VAL_LOSS));
    assert!(plain_history.get(series::TRAIN_EVAL_LOSS).is_empty());
}
