//! Questions about a model in training: what is remembered of its batches, evaluations on demand, checkpoints by hand.

use crate::support::{block_on, config, noise};
use emberscope::domain::callback::spec::{CallbackSpec, CheckpointSpec, RunInfo};
use emberscope::domain::callback::{Callback, CallbackList, Controls};
use emberscope::domain::callback::{Mode, SharedHistory};
use emberscope::domain::data::batch_view::{Batches, outcomes};
use emberscope::domain::data::sampler::split;
use emberscope::domain::data::{Dataset, SampleShape};
use emberscope::domain::metrics::probabilities;
use emberscope::domain::model::{LayerSpec, Padding};
use emberscope::domain::record::batch_memory::SharedBatchMemory;
use emberscope::domain::run::checkpoint::MOST_BY_HAND;
use emberscope::domain::run::config::RunConfig;
use emberscope::domain::run::event::{Evaluation, series};
use emberscope::protocol::floats;
use emberscope::train::assessment::Assessment;
use emberscope::train::clock::{Clock, WallClock};
use emberscope::train::device_logs::{Reading, read_all, resolve};
use emberscope::train::fit::{Host, Moment, Turn, fit};
use emberscope::train::inference::{PIECE, Prediction, piece};
use emberscope::train::model::Net;
use emberscope::train::{Batch, Trainer};
use std::cell::RefCell;
use std::rc::Rc;

/// Serves before each batch for which `when` says so, by `how`.
struct Asking<W, H> {
    clock: WallClock,
    begun: u32,
    served: u32,
    when: W,
    how: H,
}

impl<W, H> Clock for Asking<W, H> {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl<W: Fn(u32) -> bool, H: FnMut(&mut Trainer)> Host for Asking<W, H> {
    async fn turn(&mut self, moment: Moment) -> Turn {
        let Moment::Batch { waiting } = moment else { return Turn::default() };
        // Once before each batch; the turn after an answer goes on.
        let serve = self.served == self.begun && (self.when)(self.begun);
        if serve {
            return Turn { serve, ..Turn::default() };
        }
        assert!(self.served <= self.begun || waiting == 0, "an answer comes when all that was trained is read");
        self.begun += 1;
        self.served = self.begun;
        Turn::default()
    }

    async fn serve(&mut self, trainer: &mut Trainer) {
        assert_eq!(trainer.step_count(), self.begun, "between two batches");
        (self.how)(trainer);
        self.served += 1;
    }
}

/// The evaluations of a run, in order.
#[derive(Clone, Default)]
struct Judged(Rc<RefCell<Vec<Evaluation>>>);

impl Callback for Judged {
    fn name(&self) -> &'static str {
        "judged"
    }

    fn on_evaluation(&mut self, event: &Evaluation) -> Controls {
        self.0.borrow_mut().push(event.clone());
        Controls::new()
    }
}

/// A run with all state that a question might disturb: dropout, batch norm, Adam's state.
fn delicate() -> (RunConfig, Dataset) {
    let layers = vec![
        LayerSpec::Dense { units: 24 },
        LayerSpec::BatchNorm,
        LayerSpec::Relu,
        LayerSpec::Dropout { rate: 0.3 },
        LayerSpec::Dense { units: 12 },
        LayerSpec::Tanh,
    ];
    let mut config = config(layers, 0.01);
    config.epochs = 4;
    (config, noise(SampleShape::Vector(6), 300, 6, 5))
}

fn evaluate(trainer: &Trainer, config: &RunConfig, data: &Dataset) -> Evaluation {
    evaluate_net(trainer, trainer.net(), config, data)
}

fn evaluate_net(trainer: &Trainer, net: &Net, config: &RunConfig, data: &Dataset) -> Evaluation {
    let held_out = split(data.len(), config.validation, u64::from(config.seed)).validation;
    let mut assessment = Assessment::new(trainer.loss());
    while block_on_nested(assessment.advance(net, data, &held_out)) {}
    assessment.evaluation(0, trainer.step_count(), data.classes().len())
}

/// Finishes a future on the CPU, where nothing waits, inside another one, where no runtime may be started.
fn block_on_nested<T>(future: impl Future<Output = emberscope::error::Result<T>>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result.expect("the CPU does not fail");
        }
    }
}

struct Ran {
    trainer: Trainer,
    history: emberscope::domain::callback::History,
    evaluations: Vec<Evaluation>,
    memory: SharedBatchMemory,
}

/// Trains, asking before the batches for which `when` says so.
fn run(config: &RunConfig, data: &Dataset, reading: Reading, when: impl Fn(u32) -> bool, how: impl FnMut(&mut Trainer)) -> Ran {
    let mut trainer = Trainer::new(config, data, &burn::tensor::Device::flex()).unwrap();
    let (history, judged, memory) = (SharedHistory::default(), Judged::default(), SharedBatchMemory::default());
    let info = RunInfo { learning_rate: 0.01, total_steps: 100 };
    let mut callbacks = CallbackList::new();
    for callback in config.callbacks.iter().filter_map(|spec| spec.build(&info)) {
        callbacks.push(callback);
    }
    let mut callbacks = callbacks.with(history.clone()).with(judged.clone()).with(memory.clone());
    let mut host = Asking { clock: WallClock::default(), begun: 0, served: 0, when, how };
    block_on(fit(&mut trainer, data, config, reading, &mut callbacks, &mut host)).unwrap();
    let evaluations = judged.0.borrow().clone();
    Ran { trainer, history: history.read(), evaluations, memory }
}

/// The values that training recorded, without its times.
fn trained(ran: &Ran) -> Vec<f32> {
    [series::BATCH_LOSS, series::BATCH_ACCURACY, series::TRAIN_LOSS, series::VAL_LOSS]
        .iter()
        .flat_map(|name| ran.history.values(name))
        .collect()
}

#[test]
fn evaluating_in_the_middle_of_an_epoch_leaves_the_run_the_same_to_the_bit() {
    let (config, data) = delicate();
    for reading in [Reading::AtOnce, Reading::Together { latency_ms: 50.0 }] {
        let undisturbed = run(&config, &data, reading, |_| false, |_| {});
        let asked = Rc::new(RefCell::new(0));
        let count = asked.clone();
        let disturbed = run(
            &config,
            &data,
            reading,
            |begun| begun % 3 == 1,
            |trainer| {
                let report = evaluate(trainer, &config, &data).report;
                assert!(report.accuracy.is_some() && report.top3_accuracy.is_some() && report.top5_accuracy.is_some());
                *count.borrow_mut() += 1;
            },
        );
        assert_eq!(*asked.borrow(), 20, "60 batches, every third");
        let bits = |ran: &Ran| trained(ran).into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(&disturbed), bits(&undisturbed));
        assert_eq!(evaluate(&disturbed.trainer, &config, &data), evaluate(&undisturbed.trainer, &config, &data));
    }
}

#[test]
fn what_is_remembered_of_a_batch_is_what_was_recorded_of_it() {
    let (config, data) = delicate();
    let ran = run(&config, &data, Reading::AtOnce, |_| false, |_| {});
    let losses = ran.history.get(series::BATCH_LOSS);
    let accuracies = ran.history.values(series::BATCH_ACCURACY);
    assert_eq!((losses.len(), ran.memory.extent().batches), (60, 60));
    let mut batches = Batches::new(&config, &data);
    for (&(step, loss), accuracy) in losses.iter().zip(accuracies) {
        let (_, _, samples) = batches.locate(step).unwrap();
        let labels: Vec<u32> = samples.iter().map(|&index| data.labels()[index as usize]).collect();
        let outcomes = outcomes(&samples, &labels, ran.memory.get(step).as_deref());
        let mean = outcomes.iter().map(|outcome| outcome.loss).sum::<f64>() / outcomes.len() as f64;
        let right = outcomes.iter().filter(|outcome| outcome.predicted == Some(outcome.label)).count();
        assert!((mean - f64::from(loss)).abs() < 1e-6 * mean.max(1.0), "step {step}: {mean} {loss}");
        // Only the right labels give the recorded accuracy: the samples are those that were trained.
        assert_eq!(right as f32 / outcomes.len() as f32, accuracy, "step {step}");
        for outcome in outcomes {
            assert!(outcome.probability >= 1.0 / 6.0 - 1e-6, "the predicted class is the likeliest of six: {outcome:?}");
        }
    }
}

fn checkpoints(save: CheckpointSpec, copies: u32) -> CallbackSpec {
    CallbackSpec::ModelCheckpoint { save, monitor: "val/loss".into(), mode: Mode::Auto, initial_value_threshold: None, copies }
}

#[test]
fn weights_put_back_evaluate_as_they_did_at_their_step_to_the_bit() {
    let (mut config, data) = delicate();
    config.callbacks = vec![checkpoints(CheckpointSpec::Epochs(1), 3), checkpoints(CheckpointSpec::Best, 1)];
    let mut ran = run(&config, &data, Reading::AtOnce, |_| false, |_| {});
    let kept = ran.trainer.checkpoints();
    let epochs: Vec<_> = kept.iter().filter(|card| card.name == "checkpoint: every 1 epochs").collect();
    assert_eq!(epochs.iter().map(|card| card.step).collect::<Vec<_>>(), [30, 45, 60], "the last three of four");
    let best = kept.iter().find(|card| card.value.is_some()).unwrap();
    let (_, value) = best.value.clone().unwrap();
    let lowest = ran.evaluations.iter().filter_map(|e| e.report.log_loss).fold(f64::INFINITY, f64::min);
    assert_eq!(value, lowest);
    // In an order that is not that of keeping.
    for card in epochs.iter().rev().copied().chain([best]).chain([epochs[0]]) {
        ran.trainer.put_back(card.id).unwrap();
        let recorded = ran.evaluations.iter().find(|evaluation| evaluation.step == card.step).unwrap();
        let again = evaluate(&ran.trainer, &config, &data);
        assert_eq!(again.report, recorded.report, "{card:?}");
        assert_eq!(again.worst, recorded.worst, "{card:?}");
    }
}

#[test]
fn going_on_from_a_checkpoint_is_going_on_from_its_optimiser_as_well() {
    let (config, data) = delicate();
    let device = burn::tensor::Device::flex();
    let clock = crate::support::NativeHost::default();
    let batch = |i: u32| Batch::gather(&data, &(i * 16..(i + 1) * 16).collect::<Vec<_>>());
    let mut trainer = Trainer::new(&config, &data, &device).unwrap();
    for i in 0..5 {
        trainer.step(batch(i), None, &clock);
    }
    let card = trainer.keep("mine".into(), 1.0).unwrap();
    // Weights, batch norm's two means of 24, and twice the weights for Adam.
    assert_eq!(card.bytes, 4 * (3 * trainer.parameters() + 48));
    // Dropout goes by the step, so a model without it is compared: the same updates from the same state.
    let mut plain = config.clone();
    plain.model.layers.retain(|layer| !matches!(layer, LayerSpec::Dropout { .. }));
    let mut trainer = Trainer::new(&plain, &data, &device).unwrap();
    for i in 0..5 {
        trainer.step(batch(i), None, &clock);
    }
    let card = trainer.keep("mine".into(), 1.0).unwrap();
    let mut go_on = || {
        for i in 5..9 {
            trainer.step(batch(i), None, &clock);
        }
        let after = evaluate(&trainer, &plain, &data).report;
        trainer.put_back(card.id).unwrap();
        after
    };
    let (first, second, third) = (go_on(), go_on(), go_on());
    assert!(first == second && second == third, "from the same state the same comes, moments and their age included");
}

#[test]
fn checkpoints_by_hand_are_bounded_and_those_asked_about_change_nothing() {
    let (config, data) = delicate();
    let mut trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let clock = crate::support::NativeHost::default();
    let untrained = evaluate(&trainer, &config, &data).report;
    let first = trainer.keep("first".into(), 0.0).unwrap();
    for i in 0..10 {
        trainer.step(Batch::gather(&data, &(i * 16..(i + 1) * 16).collect::<Vec<_>>()), None, &clock);
    }
    let present = evaluate(&trainer, &config, &data).report;
    assert_ne!(present, untrained);
    let (net, card) = trainer.network(Some(first.id)).unwrap();
    assert_eq!((card, evaluate_net(&trainer, &net, &config, &data).report), (Some(first.clone()), untrained));
    assert_eq!(evaluate(&trainer, &config, &data).report, present);

    for _ in 1..MOST_BY_HAND {
        trainer.keep("more".into(), 0.0).unwrap();
    }
    let error = trainer.keep("too many".into(), 0.0).unwrap_err();
    assert_eq!((error.message(), error.hint()), ("8 checkpoints are kept by hand", "forget one first"));
    trainer.forget(first.id).unwrap();
    let next = trainer.keep("again".into(), 0.0).unwrap();
    assert!(trainer.checkpoints().iter().all(|card| card.id != first.id) && next.id > first.id, "an id is not given twice");
    let missing = trainer.put_back(first.id).unwrap_err();
    assert!(missing.message().contains("no checkpoint 1"), "{missing}");
}

#[test]
fn weights_given_with_a_question_answer_as_the_model_that_they_are_of() {
    let (config, data) = delicate();
    let ran = run(&config, &data, Reading::AtOnce, |_| false, |_| {});
    let (net, device) = (ran.trainer.net(), burn::tensor::Device::flex());
    let mut heads = net.plan().arrays();
    let mut arrays: Vec<Vec<f32>> = block_on(read_all(net.arrays())).unwrap();
    // In any order, as a file may have them.
    heads.reverse();
    arrays.reverse();
    let given = Net::given(net.plan().clone(), &heads, arrays.clone(), &device).unwrap();
    let inputs = inputs(PIECE + 3, 6);
    assert_eq!(predict(&given, &inputs), predict(net, &inputs));
    let [judged, expected] = [&given, net].map(|net| evaluate_net(&ran.trainer, net, &config, &data));
    assert_eq!(judged, expected);
    let refused = |heads: &[_], arrays| Net::given(net.plan().clone(), heads, arrays, &device).err().unwrap().to_string();
    assert!(refused(&heads[1..], arrays[1..].to_vec()).contains("the file has no"));
    arrays[0].pop();
    assert!(refused(&heads, arrays).contains("not as many values as its shape says"));
}

#[test]
fn putting_back_in_the_middle_of_a_run_takes_the_run_there() {
    let (config, data) = delicate();
    let plain = run(&config, &data, Reading::AtOnce, |_| false, |_| {});
    let kept = Rc::new(RefCell::new(None));
    let moved = run(
        &config,
        &data,
        Reading::AtOnce,
        |begun| begun == 10 || begun == 40,
        |trainer| {
            let mut kept = kept.borrow_mut();
            match *kept {
                None => *kept = Some(trainer.keep(String::new(), 0.0).unwrap().id),
                Some(id) => assert_eq!(trainer.put_back(id).unwrap().step, 10),
            }
        },
    );
    let (a, b) = (plain.history.values(series::BATCH_LOSS), moved.history.values(series::BATCH_LOSS));
    assert_eq!(a[..40], b[..40], "keeping changes nothing");
    assert_ne!(a[40..], b[40..]);
    assert_eq!(moved.history.get(series::BATCH_LOSS).last().unwrap().0, 60, "the step goes on");
}

/// Numbers for `samples` samples of `width`.
fn inputs(samples: usize, width: usize) -> Vec<f32> {
    (0..samples * width).map(|i| ((i * 37 % 101) as f32 - 50.0) / 25.0).collect()
}

/// What a network says of `inputs`, in the pieces that it asks for; and how many these were.
fn predict(net: &Net, inputs: &[f32]) -> (Vec<f32>, usize) {
    let mut prediction = Prediction::new(net.clone(), inputs.len()).unwrap();
    let mut pieces = 0;
    while let Some(piece) = prediction.next_piece() {
        block_on_nested(prediction.take(inputs[piece].to_vec()));
        pieces += 1;
    }
    (floats::from_bytes(&prediction.rows().0), pieces)
}

#[test]
fn a_model_asked_in_one_piece_and_in_many_says_the_same_to_the_bit() {
    let (dense, data) = delicate();
    let image = SampleShape::Image { channels: 1, height: 9, width: 9 };
    let conv = vec![
        LayerSpec::Conv2d { filters: 5, kernel: 3, stride: 1, padding: Padding::Same },
        LayerSpec::BatchNorm,
        LayerSpec::Relu,
        LayerSpec::MaxPool2d { size: 2 },
        LayerSpec::Flatten,
        LayerSpec::Dense { units: 7 },
    ];
    let cases = [(dense, data, 6), (config(conv, 0.01), noise(image, 80, 4, 2), 81)];
    for (config, data, width) in cases {
        let ran = run(&config, &data, Reading::AtOnce, |_| false, |_| {});
        let net = ran.trainer.net();
        let samples = 3 * PIECE + 44;
        let inputs = inputs(samples, width);
        let whole = Batch { inputs: inputs.clone(), labels: vec![0; samples] };
        let outputs = block_on(resolve(vec![net.evaluate(whole)])).unwrap().remove(0).values;
        let whole: Vec<u32> = outputs.chunks_exact(outputs.len() / samples).flat_map(probabilities).map(f32::to_bits).collect();
        let (rows, pieces) = predict(net, &inputs);
        assert_eq!((pieces, rows.len()), (4, whole.len()));
        assert_eq!(rows.into_iter().map(f32::to_bits).collect::<Vec<_>>(), whole);
    }
}

#[test]
fn a_question_keeps_the_weights_of_its_moment_while_training_goes_on() {
    let (config, data) = delicate();
    let mut trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let clock = crate::support::NativeHost::default();
    let step = |trainer: &mut Trainer, i: u32| {
        trainer.step(Batch::gather(&data, &(i * 16..(i + 1) * 16).collect::<Vec<_>>()), None, &clock);
    };
    step(&mut trainer, 0);
    let inputs = inputs(2 * PIECE, 6);
    let (expected, _) = predict(trainer.net(), &inputs);
    let mut prediction = Prediction::new(trainer.network(None).unwrap().0, inputs.len()).unwrap();
    let mut i = 1;
    while let Some(piece) = prediction.next_piece() {
        block_on_nested(prediction.take(inputs[piece].to_vec()));
        step(&mut trainer, i);
        i += 1;
    }
    let (rows, classes) = prediction.rows();
    assert_eq!((floats::from_bytes(&rows), classes), (expected.clone(), 6));
    assert_ne!(predict(trainer.net(), &inputs).0, expected, "the model itself has moved on");
}

#[test]
fn large_images_come_in_smaller_pieces_and_too_many_numbers_are_refused() {
    let side = 256;
    let wide = config(vec![LayerSpec::Conv2d { filters: 16, kernel: 3, stride: 1, padding: Padding::Same }, LayerSpec::Flatten], 0.01);
    let plan = wide.model.plan(SampleShape::Image { channels: 1, height: side, width: side }, 2, wide.loss).unwrap();
    assert_eq!(piece(&plan), 8, "16 channels of 256 by 256 are a million numbers a sample");
    let (config, data) = delicate();
    let trainer = Trainer::new(&config, &data, &burn::tensor::Device::flex()).unwrap();
    let refused = |numbers| Prediction::new(trainer.net().clone(), numbers).err().unwrap().to_string();
    assert!(refused(7).contains("7 numbers are not whole samples of 6; give 6 numbers a sample"), "{}", refused(7));
    let too_many = refused(6 * 20_000_000);
    assert!(too_many.contains("120000000 numbers are too many") && too_many.contains("11184810 samples of 6"), "{too_many}");
}
