//! The session by its effects: every transition by example, then any order of intents and messages.

mod heartbeat;
mod orders;
mod recovery;

use super::*;
use crate::domain::callback::Progress;
use crate::domain::data::SampleShape;
use crate::domain::run::config::{DeviceWish, RunConfig};
use crate::domain::run::device::Device;
use crate::domain::run::event::{EpochEnd, Logs, TrainBegin, TrainEnd, Validation};
use crate::domain::run::preset;
use crate::domain::run::state::SavedState;
use crate::export::weights::Weights;
use crate::protocol::{Event, Failure};
use crate::ui::session::heartbeat::Look;
use crate::ui::state::weights::NamedWeights;
use std::sync::Arc;

const CPU: WorkerKind = WorkerKind::Cpu;
const GPU: WorkerKind = WorkerKind::Gpu;

fn choice(worker: WorkerKind) -> Choice {
    let device = if worker == GPU { Device::Webgpu } else { Device::Cpu };
    Choice { device, worker, why: "a test".to_owned() }
}

fn request(run: RunId) -> Request {
    Request { run, config: preset::all().swap_remove(0).config, first_weights: None, paused: false, has_scripts: false, state: None }
}

fn weights() -> Option<Arc<NamedWeights>> {
    let weights = Weights { heads: Vec::new(), values: Vec::new(), step: None, config: None };
    Some(Arc::new(NamedWeights { name: "w.safetensors".to_owned(), weights, parent: None }))
}

fn lost() -> Error {
    Error::new(Code::DeviceLost, "the GPU was lost", "start again")
}

fn started(run: RunId) -> Event {
    let begin = TrainBegin { epochs: 2, batches_per_epoch: 3, parameters: 10, train_samples: 30, validation_samples: 5 };
    Event::Started { run, device: "named".to_owned(), begin, shape: SampleShape::Vector(2), classes: Vec::new() }
}

fn status(run: RunId, paused: bool) -> Event {
    Event::Status { run, paused, progress: Progress::default() }
}

fn finished(run: RunId) -> Event {
    Event::Finished { run, end: end() }
}

fn end() -> TrainEnd {
    TrainEnd { step: 3, epochs: 1, reason: "completed".to_owned(), logs: Logs::default(), at_ms: 9.0 }
}

fn failed(run: RunId, error: Error) -> Event {
    Event::Failed(Failure { run: Some(run), request: None, error })
}

/// A session in which `request` was started on `worker`, with the effects of that.
fn start(request: Request, worker: WorkerKind) -> (Session, Vec<Effect>) {
    let mut session = Session::default();
    let effects = session.intend(Intent::Start(Rc::new(request), choice(worker))).unwrap();
    (session, effects)
}

/// The request and the hold of the one launch among `effects`.
fn launched(effects: &[Effect]) -> (WorkerKind, Request, bool) {
    let mut launches = effects.iter().filter_map(|effect| match effect {
        Effect::Launch { worker, request, paused } => Some((*worker, (**request).clone(), *paused)),
        _ => None,
    });
    let launch = launches.next().expect("a launch");
    assert!(launches.next().is_none(), "one launch");
    launch
}

fn sent(effects: &[Effect]) -> Vec<Command> {
    let command = |effect: &Effect| if let Effect::Send(_, command) = effect { Some(command.clone()) } else { None };
    effects.iter().filter_map(command).collect()
}

fn phases(effects: &[Effect]) -> Vec<Phase> {
    effects.iter().filter_map(|effect| if let Effect::Phase(_, phase) = effect { Some(phase.clone()) } else { None }).collect()
}

fn ends(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::End(..))).count()
}

#[test]
fn a_start_is_one_launch_and_the_next_one_waits_for_the_end() {
    let (mut session, effects) = start(request(1), CPU);
    assert_eq!(launched(&effects), (CPU, request(1), false));
    assert_eq!((phases(&effects), sent(&effects)), (vec![Phase::Starting], vec![]));
    assert_eq!((session.live_run(), session.predictor()), (Some(1), Some((Some(1), CPU))));
    let refused = session.intend(Intent::Start(Rc::new(request(2)), choice(CPU))).unwrap_err();
    assert!(refused.message().contains("a run is going on"));
    assert_eq!(phases(&session.hear(CPU, &started(1))), [Phase::Running]);
    assert_eq!(ends(&session.hear(CPU, &finished(1))), 1);
    assert_eq!((session.live_run(), session.current_run(), session.predictor()), (None, Some(1), Some((Some(1), CPU))));
    assert_eq!(launched(&session.intend(Intent::Start(Rc::new(request(2)), choice(CPU))).unwrap()).1.run, 2);
}

#[test]
fn without_a_run_there_is_nothing_to_steer() {
    let mut session = Session::default();
    let wishes =
        [Intent::Pause, Intent::Resume, Intent::Step { batches: 1 }, Intent::Stop { reason: "enough".to_owned(), by: Author::Visitor }];
    for wish in wishes {
        assert_eq!(session.intend(wish).unwrap_err().code(), Code::InvalidState);
    }
    assert!(session.intend(Intent::SetLearningRate { rate: 0.1, by: Author::Callback }).is_err());
    // The visitor means the setup then.
    let effects = session.intend(Intent::SetLearningRate { rate: 0.1, by: Author::Visitor }).unwrap();
    assert_eq!(effects, [Effect::Setup(SetupChange::LearningRate(0.1))]);
    assert_eq!(session.intend(Intent::SetWatchBudget(3.0)).unwrap(), [Effect::Setup(SetupChange::WatchBudget(3.0))]);
    assert_eq!(session.intend(Intent::PageHidden(true)).unwrap(), []);
}

#[test]
fn values_out_of_range_change_nothing() {
    let (mut session, _) = start(request(1), CPU);
    for by in [Author::Visitor, Author::Callback] {
        assert_eq!(session.intend(Intent::SetLearningRate { rate: -1.0, by }).unwrap_err().code(), Code::InvalidConfig);
    }
    assert_eq!(session.intend(Intent::SetWatchBudget(101.0)).unwrap_err().code(), Code::InvalidConfig);
}

#[test]
fn pause_step_and_resume_are_shown_when_the_worker_says_so() {
    let (mut session, _) = start(request(1), CPU);
    session.hear(CPU, &started(1));
    assert_eq!(session.intend(Intent::Pause).unwrap(), [Effect::Send(CPU, Command::Pause)]);
    assert_eq!(phases(&session.hear(CPU, &status(1, false))), []);
    assert_eq!(phases(&session.hear(CPU, &status(1, true))), [Phase::Paused]);
    let step = session.intend(Intent::Step { batches: 2 }).unwrap();
    assert_eq!((sent(&step), phases(&step)), (vec![Command::Step { batches: 2 }], vec![]));
    assert_eq!(phases(&session.hear(CPU, &status(1, false))), [Phase::Running]);
    assert_eq!(phases(&session.hear(CPU, &status(1, true))), [Phase::Paused]);
    let resume = session.intend(Intent::Resume).unwrap();
    assert_eq!((sent(&resume), phases(&resume)), (vec![Command::Resume], vec![Phase::Running]));
    // Said before the worker had heard of it.
    assert_eq!(phases(&session.hear(CPU, &status(1, true))), []);
}

#[test]
fn a_run_with_scripts_is_held_for_them_and_that_is_no_pause() {
    let (mut session, effects) = start(Request { has_scripts: true, ..request(1) }, CPU);
    assert!(launched(&effects).2);
    assert_eq!(effects.last(), Some(&Effect::StartScripts(1)));
    session.hear(CPU, &started(1));
    assert_eq!(phases(&session.hear(CPU, &status(1, true))), []);
    assert_eq!(session.intend(Intent::ScriptsReady(1)).unwrap(), [Effect::Send(CPU, Command::Resume)]);
    // Once is enough, and of another run it means nothing.
    assert_eq!(session.intend(Intent::ScriptsReady(1)).unwrap(), []);
    assert_eq!(session.intend(Intent::ScriptsReady(7)).unwrap(), []);
}

#[test]
fn a_pause_while_scripts_hold_the_run_stays_a_pause() {
    let (mut session, _) = start(Request { has_scripts: true, ..request(1) }, CPU);
    session.hear(CPU, &started(1));
    session.hear(CPU, &status(1, true));
    assert_eq!(session.intend(Intent::Pause).unwrap(), [Effect::Phase(1, Phase::Paused)]);
    assert_eq!(session.intend(Intent::ScriptsReady(1)).unwrap(), []);
    assert_eq!(sent(&session.intend(Intent::Resume).unwrap()), [Command::Resume]);
}

#[test]
fn a_pause_taken_back_while_scripts_hold_the_run_is_none() {
    let (mut session, _) = start(Request { has_scripts: true, ..request(1) }, CPU);
    session.hear(CPU, &started(1));
    session.hear(CPU, &status(1, true));
    session.intend(Intent::Pause).unwrap();
    assert_eq!(session.intend(Intent::Resume).unwrap(), [Effect::Phase(1, Phase::Running)]);
    assert_eq!(session.intend(Intent::ScriptsReady(1)).unwrap(), [Effect::Send(CPU, Command::Resume)]);
}

#[test]
fn steps_while_scripts_hold_the_run_are_trained_when_they_are_ready() {
    let (mut session, effects) = start(Request { has_scripts: true, paused: true, ..request(1) }, CPU);
    assert!(launched(&effects).2);
    for _ in 0..2 {
        assert_eq!(sent(&session.intend(Intent::Step { batches: 1 }).unwrap()), []);
    }
    session.hear(CPU, &started(1));
    assert_eq!(session.intend(Intent::ScriptsReady(1)).unwrap(), [Effect::Send(CPU, Command::Step { batches: 2 })]);
}

/// A session in which run 1 trains and the device has no room for it.
fn without_room() -> Session {
    let (mut session, _) = start(request(1), CPU);
    session.hear(CPU, &started(1));
    assert_eq!(session.intend(Intent::NoRoom(vec![7, 1])).unwrap(), [Effect::Send(CPU, Command::Pause)]);
    session
}

#[test]
fn a_run_without_room_is_held_and_that_is_no_pause_of_the_visitors() {
    let mut session = without_room();
    assert_eq!(phases(&session.hear(CPU, &status(1, true))), []);
    // Told once more, as when another run waits too.
    assert_eq!(session.intend(Intent::NoRoom(vec![1, 8])).unwrap(), []);
    assert_eq!(session.intend(Intent::NoRoom(vec![8])).unwrap(), [Effect::Send(CPU, Command::Resume)]);
    assert_eq!(session.intend(Intent::NoRoom(Vec::new())).unwrap(), []);
    // Nothing is held for what an earlier run has left.
    assert_eq!(session.intend(Intent::NoRoom(vec![8])).unwrap(), []);
    session.hear(CPU, &finished(1));
    assert_eq!(session.intend(Intent::NoRoom(vec![1])).unwrap(), []);
}

#[test]
fn pause_and_steps_while_there_is_no_room_come_when_there_is() {
    let mut session = without_room();
    session.hear(CPU, &status(1, true));
    assert_eq!(session.intend(Intent::Pause).unwrap(), [Effect::Phase(1, Phase::Paused)]);
    assert_eq!(session.intend(Intent::NoRoom(Vec::new())).unwrap(), []);
    assert_eq!(sent(&session.intend(Intent::Resume).unwrap()), [Command::Resume]);

    let mut session = without_room();
    assert_eq!(sent(&session.intend(Intent::Step { batches: 2 }).unwrap()), []);
    // A batch that was under way: it is none of those.
    session.hear(CPU, &Event::Records { run: 1 });
    assert_eq!(session.intend(Intent::NoRoom(Vec::new())).unwrap(), [Effect::Send(CPU, Command::Step { batches: 2 })]);
}

#[test]
fn a_run_without_room_can_be_stopped_and_is_held_in_the_next_worker_too() {
    let mut session = without_room();
    let stop = session.intend(Intent::Stop { reason: "enough".to_owned(), by: Author::Visitor }).unwrap();
    assert_eq!(sent(&stop), [Command::Stop { reason: "enough".to_owned() }]);

    let mut session = without_room();
    session.hear(CPU, &Event::Records { run: 1 });
    let effects = session.intend(Intent::WorkerDied(CPU, lost())).unwrap();
    assert!(launched(&effects).2, "{effects:?}");
    session.hear(CPU, &started(1));
    assert_eq!(session.intend(Intent::NoRoom(Vec::new())).unwrap(), [Effect::Send(CPU, Command::Resume)]);
}

#[test]
fn scripts_and_store_both_let_go_before_a_run_goes_on() {
    for scripts_first in [true, false] {
        let (mut session, _) = start(Request { has_scripts: true, ..request(1) }, CPU);
        session.hear(CPU, &started(1));
        assert_eq!(session.intend(Intent::NoRoom(vec![1])).unwrap(), []);
        let mut let_go = [Intent::ScriptsReady(1), Intent::NoRoom(Vec::new())];
        if !scripts_first {
            let_go.reverse();
        }
        let [first, second] = let_go;
        assert_eq!(session.intend(first).unwrap(), []);
        assert_eq!(session.intend(second).unwrap(), [Effect::Send(CPU, Command::Resume)]);
    }
}

#[test]
fn a_visitors_stop_cuts_the_run_short_and_a_callbacks_does_not() {
    for (by, cut) in [(Author::Visitor, true), (Author::Callback, false)] {
        let (mut session, _) = start(request(1), CPU);
        let effects = session.intend(Intent::Stop { reason: "enough".to_owned(), by }).unwrap();
        assert_eq!(effects.contains(&Effect::CutShort(1)), cut);
        assert_eq!(sent(&effects), [Command::Stop { reason: "enough".to_owned() }]);
    }
}

#[test]
fn a_callback_changes_the_rate_of_the_run_and_not_of_the_setup() {
    let (mut session, _) = start(request(1), CPU);
    let command = Command::SetLearningRate { learning_rate: 0.5 };
    let effects = session.intend(Intent::SetLearningRate { rate: 0.5, by: Author::Callback }).unwrap();
    assert_eq!(effects, [Effect::Send(CPU, command.clone())]);
    let effects = session.intend(Intent::SetLearningRate { rate: 0.5, by: Author::Visitor }).unwrap();
    assert_eq!(effects, [Effect::Setup(SetupChange::LearningRate(0.5)), Effect::Send(CPU, command)]);
}

#[test]
fn a_worker_of_another_build_ends_the_run_and_no_other_device_takes_its_place() {
    let (mut session, _) = start(request(1), GPU);
    let outdated = Error::new(Code::Outdated, "a new version was put in place", "reload to go on");
    let effects = session.intend(Intent::WorkerDied(GPU, outdated.clone())).unwrap();
    assert!(effects.contains(&Effect::End(1, Err(outdated.clone()))), "{effects:?}");
    let is_elsewhere = |effect: &Effect| matches!(effect, Effect::Launch { .. } | Effect::BeginAgain(..) | Effect::ProbeAgain(_));
    assert!(!effects.iter().any(is_elsewhere), "nothing is said against the GPU either: {effects:?}");
    // That another kind of worker cannot come up is nothing to a run that has its own.
    let (mut session, _) = start(request(2), CPU);
    assert_eq!(session.intend(Intent::WorkerDied(GPU, outdated)).unwrap(), []);
    assert_eq!(session.live_run(), Some(2));
}

#[test]
fn a_lost_gpu_is_replaced_and_the_cpu_gets_the_same_request() {
    let asked = Request { first_weights: weights(), paused: true, has_scripts: true, ..request(1) };
    // Both ways in which a GPU is lost: the run fails by it, or the worker is gone.
    for dies in [false, true] {
        let (mut session, first) = start(asked.clone(), GPU);
        session.intend(Intent::PageHidden(true)).unwrap();
        session.intend(Intent::Step { batches: 3 }).unwrap();
        session.intend(Intent::SetLearningRate { rate: 0.5, by: Author::Visitor }).unwrap();
        session.intend(Intent::SetWatchBudget(7.0)).unwrap();
        let begun = session.hear(GPU, &started(1));
        assert!(begun.iter().any(|effect| matches!(effect, Effect::WeightsUsed(used) if Some(used) == asked.first_weights.as_ref())));
        session.intend(Intent::ScriptsReady(1)).unwrap();
        let effects = if dies { session.intend(Intent::WorkerDied(GPU, lost())).unwrap() } else { session.hear(GPU, &failed(1, lost())) };
        assert_eq!(effects.contains(&Effect::Dismiss(GPU)), !dies);
        assert!(effects.contains(&Effect::ProbeAgain(lost())), "the adapter may be gone");
        assert_eq!(launched(&effects), (CPU, launched(&first).1, true));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::BeginAgain(1, choice) if choice.why.contains("the GPU was lost"))));
        assert_eq!(
            sent(&effects),
            [Command::Hidden { hidden: true }, Command::SetLearningRate { learning_rate: 0.5 }, Command::SetWatchBudget { percent: 7.0 },]
        );
        assert_eq!((ends(&effects), phases(&effects)), (0, vec![Phase::Starting]));
        assert_eq!(session.predictor(), Some((Some(1), CPU)));
        // What is left of the lost worker says nothing any more.
        assert_eq!(session.hear(GPU, &started(1)), []);
        session.hear(CPU, &started(1));
        assert_eq!(sent(&session.intend(Intent::ScriptsReady(1)).unwrap()), [Command::Step { batches: 3 }]);
    }
}

#[test]
fn pause_and_stop_outlive_a_lost_gpu() {
    let (mut session, _) = start(request(1), GPU);
    session.intend(Intent::Pause).unwrap();
    assert!(launched(&session.intend(Intent::WorkerDied(GPU, lost())).unwrap()).2);

    let (mut session, _) = start(request(1), GPU);
    session.intend(Intent::Stop { reason: "enough".to_owned(), by: Author::Visitor }).unwrap();
    let effects = session.intend(Intent::WorkerDied(GPU, lost())).unwrap();
    assert_eq!(sent(&effects), [Command::Stop { reason: "enough".to_owned() }]);
}

#[test]
fn before_the_first_number_a_worker_is_replaced_only_on_auto() {
    let by_name = {
        let mut request = request(1);
        request.config.device = DeviceWish::Webgpu;
        request
    };
    let (mut session, _) = start(by_name, GPU);
    assert_eq!(ends(&session.hear(GPU, &failed(1, lost()))), 1);

    let (mut session, _) = start(request(1), CPU);
    assert_eq!(session.intend(Intent::WorkerDied(GPU, lost())).unwrap(), [Effect::ProbeAgain(lost())]);
    assert_eq!(ends(&session.intend(Intent::WorkerDied(CPU, lost())).unwrap()), 1);

    // Another failure is the run's own.
    let (mut session, _) = start(request(1), GPU);
    let error = Error::new(Code::InvalidModel, "it does not fit", "change it");
    let effects = session.hear(GPU, &failed(1, error.clone()));
    assert_eq!(effects.last(), Some(&Effect::End(1, Err(error))));
}

#[test]
fn a_reset_ends_the_run_with_its_worker_and_clears() {
    let (mut session, _) = start(request(1), CPU);
    let effects = session.intend(Intent::Reset).unwrap();
    assert!(effects.starts_with(&[Effect::CutShort(1), Effect::Dismiss(CPU)]), "{effects:?}");
    assert_eq!((ends(&effects), effects.last()), (1, Some(&Effect::Clear)));
    assert_eq!((session.current_run(), session.predictor()), (None, None));
    // A run that has ended keeps its model, and its worker.
    let (mut session, _) = start(request(2), CPU);
    session.hear(CPU, &finished(2));
    let effects = session.intend(Intent::Reset).unwrap();
    assert_eq!((ends(&effects), effects.contains(&Effect::Dismiss(CPU))), (0, false));
    assert_eq!((session.current_run(), session.predictor()), (None, Some((Some(2), CPU))));
}

#[test]
fn a_model_of_a_file_is_no_runs_and_never_takes_the_place_of_a_live_one() {
    let mut session = Session::default();
    session.intend(Intent::PredictBy(CPU)).unwrap();
    assert_eq!(session.predictor(), Some((None, CPU)));
    session.intend(Intent::WorkerDied(CPU, lost())).unwrap();
    assert_eq!(session.predictor(), None);
    session.intend(Intent::Start(Rc::new(request(1)), choice(GPU))).unwrap();
    session.intend(Intent::PredictBy(CPU)).unwrap();
    assert_eq!(session.predictor(), Some((Some(1), GPU)));
}

#[test]
fn a_run_loses_its_checkpoints_with_its_model_and_not_before() {
    let loses = |effects: &[Effect]| effects.contains(&Effect::LoseModel(1));
    let ended = || {
        let (mut session, _) = start(request(1), CPU);
        assert!(!loses(&session.hear(CPU, &finished(1))), "the worker has the model of a run that has ended");
        session
    };
    assert!(loses(&ended().intend(Intent::WorkerDied(CPU, lost())).unwrap()));
    assert!(!loses(&ended().intend(Intent::WorkerDied(GPU, lost())).unwrap()));
    assert!(loses(&ended().intend(Intent::Start(Rc::new(request(2)), choice(GPU))).unwrap()));
    assert!(loses(&ended().intend(Intent::PredictBy(CPU)).unwrap()));
    let (mut session, _) = start(request(1), CPU);
    assert!(loses(&session.intend(Intent::WorkerDied(CPU, lost())).unwrap()));
    // Kept in the last moment: the list must not come back.
    let late = Event::Checkpoints { run: 1, kept: Vec::new() };
    assert_eq!(session.hear(CPU, &late), []);
    assert!(ended().hear(CPU, &late).contains(&Effect::Record));
}

#[test]
fn a_message_is_recorded_before_hooks_are_told_and_the_state_is_set() {
    let validated = Validation { epoch: 0, step: 3, logs: Logs::default() };
    let messages = [
        started(1),
        Event::Records { run: 1 },
        Event::ValidationBegun { run: 1, begin: validated.clone() },
        Event::ValidationEnded { run: 1, end: validated },
        Event::EpochEnded { run: 1, end: EpochEnd { epoch: 0, step: 3, logs: Logs::default(), at_ms: 1.0 } },
        Event::Logged { run: 1, step: 3, name: "mine".to_owned(), value: 1.0 },
        finished(1),
        // Told after the end too, as when weights are kept by hand.
        Event::Logged { run: 1, step: 3, name: "mine".to_owned(), value: 1.0 },
    ];
    let (mut session, _) = start(request(1), CPU);
    for message in messages {
        let effects = session.hear(CPU, &message);
        assert_eq!(effects.last(), Some(&Effect::TellHooks), "{message:?}");
        let is_end = matches!(message, Event::Finished { .. });
        let is_noted = |effect: &Effect| if is_end { matches!(effect, Effect::End(1, Ok(_))) } else { *effect == Effect::Record };
        assert_eq!(effects.iter().filter(|effect| is_noted(effect)).count(), 1, "{message:?}");
    }
}

#[test]
fn a_request_is_checked_before_a_device_is_chosen() {
    let Request { config, .. } = request(1);
    let digits = Some((SampleShape::Image { channels: 1, height: 28, width: 28 }, 10));
    assert!(launch::check(&config, digits, None).is_ok() && launch::check(&config, None, weights().as_deref()).is_ok());
    assert!(launch::check(&config, Some((SampleShape::Vector(2), 2)), None).is_err(), "a CNN for points");
    assert!(launch::check(&config, digits, weights().as_deref()).is_err(), "weights of no array");
    let wrong = RunConfig { batch_size: 0, ..config.clone() };
    assert!(launch::check(&wrong, None, None).is_err());
    assert_eq!(launch::for_worker(&config, GPU).device, DeviceWish::Webgpu);
    assert_eq!(launch::for_worker(&config, CPU).device, DeviceWish::Cpu);
}

#[test]
fn a_run_with_a_state_goes_on_and_its_states_are_kept_one_by_one() {
    let state = Some(Rc::new(SavedState { step: 7, bytes: vec![1] }));
    let asked = Rc::new(Request { state, config: RunConfig { device: DeviceWish::Auto, ..request(3).config }, ..request(3) });
    let mut session = Session::default();
    let effects = session.intend(Intent::Start(asked.clone(), choice(GPU))).unwrap();
    let goes_on = Effect::GoOn { request: asked.clone(), choice: choice(GPU), why: "the page was closed".to_owned() };
    assert!(effects.contains(&goes_on), "{effects:?}");
    // Its record is not emptied where the GPU cannot be had.
    let effects = session.intend(Intent::WorkerDied(GPU, lost())).unwrap();
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::GoOn { request, choice, .. } if *request == asked && choice.worker == CPU)),
        "{effects:?}"
    );
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::BeginAgain(..) | Effect::Begin(..))));
    session.hear(CPU, &started(3));
    assert_eq!(session.hear(CPU, &Event::Saved { run: 3, step: 9 }), [Effect::KeepState(CPU)]);
    assert_eq!(session.hear(GPU, &Event::Saved { run: 3, step: 9 }), []);
    session.hear(CPU, &finished(3));
    assert_eq!(session.hear(CPU, &Event::Saved { run: 3, step: 9 }), []);
}
