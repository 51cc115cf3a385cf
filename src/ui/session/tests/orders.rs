//! Any order of intents and messages: a worker that is a model of the real one obeys what the session sends, and after every
//! step everything that must always hold is checked.

use super::*;
use crate::domain::run::journal::{At, Entry, Input};
use crate::domain::run::trail::TrailCard;
use proptest::prelude::*;
use std::collections::HashMap;

/// Something that happens. Runs and workers are chosen among those that there are, also the wrong ones.
#[derive(Clone, Debug)]
enum Move {
    Start { on_gpu: bool, auto: bool, paused: bool, scripts: bool, weights: bool },
    Pause,
    Resume,
    Step(u32),
    Stop(bool),
    Rate(bool),
    Budget,
    Reset,
    ScriptsReady { old: bool },
    Hidden(bool),
    Dies { gpu: bool },
    PredictBy { gpu: bool },
    Says { gpu: bool, old: bool, what: u8 },
    Look { ms: f64, answers: bool },
    Wait,
    EndSilent,
    ReplaceSilent,
    WritesDown { gpu: bool },
    Saves { old: bool },
    NoRoom { full: bool, old: bool },
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        2 => any::<(bool, bool, bool, bool, bool)>()
            .prop_map(|(on_gpu, auto, paused, scripts, weights)| Move::Start { on_gpu, auto, paused, scripts, weights }),
        1 => Just(Move::Pause),
        1 => Just(Move::Resume),
        1 => (1_u32..4).prop_map(Move::Step),
        1 => any::<bool>().prop_map(Move::Stop),
        1 => any::<bool>().prop_map(Move::Rate),
        1 => Just(Move::Budget),
        1 => Just(Move::Reset),
        2 => prop::bool::weighted(0.2).prop_map(|old| Move::ScriptsReady { old }),
        1 => any::<bool>().prop_map(Move::Hidden),
        1 => any::<bool>().prop_map(|gpu| Move::Dies { gpu }),
        1 => any::<bool>().prop_map(|gpu| Move::PredictBy { gpu }),
        4 => (0.0..30_000.0, prop::bool::weighted(0.2)).prop_map(|(ms, answers)| Move::Look { ms, answers }),
        1 => Just(Move::Wait),
        2 => Just(Move::EndSilent),
        2 => Just(Move::ReplaceSilent),
        2 => any::<bool>().prop_map(|gpu| Move::WritesDown { gpu }),
        2 => prop::bool::weighted(0.2).prop_map(|old| Move::Saves { old }),
        2 => (any::<bool>(), prop::bool::weighted(0.2)).prop_map(|(full, old)| Move::NoRoom { full, old }),
        8 => (any::<bool>(), prop::bool::weighted(0.2), 0_u8..12).prop_map(|(gpu, old, what)| Move::Says { gpu, old, what }),
    ]
}

/// The mailbox of a worker's run, as `worker::run::Mailbox` keeps it.
#[derive(Clone, Debug, Default)]
struct Mailbox {
    run: RunId,
    paused: bool,
    steps: u32,
    learning_rate: Option<f64>,
    stop: Option<String>,
}

impl Mailbox {
    fn obey(&mut self, command: &Command) {
        match command {
            Command::Pause => (self.paused, self.steps) = (true, 0),
            Command::Resume => (self.paused, self.steps) = (false, 0),
            Command::Step { batches } => (self.paused, self.steps) = (true, self.steps + batches),
            Command::SetLearningRate { learning_rate } => self.learning_rate = Some(*learning_rate),
            Command::Stop { reason } => drop(self.stop.get_or_insert_with(|| reason.clone())),
            _ => {}
        }
    }

    fn repeat(&mut self, input: &Input) {
        match input {
            Input::LearningRate(rate) => self.learning_rate = Some(*rate),
            Input::Stop(reason) => drop(self.stop.get_or_insert_with(|| reason.clone())),
            _ => {}
        }
    }
}

/// The visitor's wishes for the live run.
#[derive(Default)]
struct Wanted {
    paused: bool,
    steps: u32,
    learning_rate: Option<f64>,
    stop: Option<String>,
    scripts_ready: bool,
    no_room: bool,
    has_numbers: bool,
}

#[derive(Default)]
struct World {
    session: Session,
    workers: HashMap<WorkerKind, Mailbox>,
    /// Each run's first request, and how often it ended.
    runs: Vec<(Request, usize)>,
    wanted: Wanted,
    launches: usize,
    now_ms: f64,
    /// The runs whose list of checkpoints is not empty.
    with_checkpoints: Vec<RunId>,
    /// The workers whose silence is told.
    told: Vec<WorkerKind>,
    /// Inputs that the worker of the last run has written down, as the record of the run has it.
    inputs: Vec<Input>,
    saved: u32,
}

impl World {
    fn last(&self) -> RunId {
        self.runs.len() as RunId
    }

    /// Performs `effects` as the page does, and checks each.
    fn perform(&mut self, effects: &[Effect], live_before: Option<RunId>) {
        self.perform_heard(effects, live_before, None);
    }

    fn perform_heard(&mut self, effects: &[Effect], live_before: Option<RunId>, heard: Option<&Event>) {
        for (index, effect) in effects.iter().enumerate() {
            match effect {
                Effect::Begin(request, _) => {
                    assert_eq!(live_before, None, "two runs are live");
                    self.runs.push(((**request).clone(), 0));
                    self.inputs.clear();
                }
                Effect::Launch { worker, request, paused } => {
                    let (first, ended) = &self.runs[request.run as usize - 1];
                    let same = Request { state: first.state.clone(), ..(**request).clone() };
                    assert_eq!((first, *ended), (&same, 0), "a relaunch sends the same request");
                    let mut mailbox = Mailbox { run: request.run, paused: *paused, ..Mailbox::default() };
                    if request.state.is_some() {
                        self.inputs.iter().for_each(|input| mailbox.repeat(input));
                    }
                    self.workers.insert(*worker, mailbox);
                    self.launches += 1;
                }
                Effect::BeginAgain(run, _) => {
                    assert_eq!(*run, self.last());
                    self.inputs.clear();
                }
                Effect::Send(worker, command) => {
                    let live = self.session.live_run();
                    assert!(live.is_some(), "{command:?} after the run's end");
                    let mailbox = self.workers.get_mut(worker).expect("a worker that lives");
                    assert_eq!(Some(mailbox.run), live, "{command:?} to a worker that has another run");
                    mailbox.obey(command);
                }
                Effect::Dismiss(worker) => drop(self.workers.remove(worker)),
                Effect::Ping(worker) => assert!(self.workers.contains_key(worker)),
                Effect::Silences(silences) => {
                    self.told = silences.iter().filter(|silence| silence.is_told).map(|silence| silence.worker).collect();
                }
                Effect::LoseModel(run) => self.with_checkpoints.retain(|known| known != run),
                Effect::Record => {
                    if let Some(Event::Checkpoints { run, .. } | Event::Trail { run, .. }) = heard {
                        self.with_checkpoints.push(*run);
                    }
                }
                Effect::Phase(run, phase) => {
                    assert!(phase.is_live() && self.session.live_run() == Some(*run), "{phase:?} of a run that is not live");
                }
                Effect::End(run, _) => self.runs[*run as usize - 1].1 += 1,
                Effect::TellHooks => assert_eq!(index + 1, effects.len(), "hooks are told last: {effects:?}"),
                Effect::StartScripts(run) => {
                    assert_eq!(index + 1, effects.len());
                    assert_eq!(self.session.live_run(), Some(*run));
                    self.wanted.scripts_ready = false;
                }
                _ => {}
            }
        }
    }

    fn intend(&mut self, intent: Intent) -> bool {
        let live = self.session.live_run();
        match self.session.intend(intent) {
            Ok(effects) => {
                self.perform(&effects, live);
                true
            }
            Err(_) => {
                assert_eq!(self.session.live_run(), live, "what is refused changes nothing");
                false
            }
        }
    }

    fn go(&mut self, made: &Move) {
        let kind = |gpu: bool| if gpu { GPU } else { CPU };
        let run_of = |world: &Self, old: bool| if old { world.last().saturating_sub(1) } else { world.last() };
        match *made {
            Move::Start { on_gpu, auto, paused, scripts, weights: with_weights } => {
                let mut asked = Request { paused, has_scripts: scripts, ..request(self.last() + 1) };
                asked.config.device = if auto { DeviceWish::Auto } else { DeviceWish::Webgpu };
                asked.first_weights = with_weights.then(weights).flatten();
                let was_idle = self.session.check_idle().is_ok();
                let wanted = Wanted { paused, scripts_ready: !scripts, ..Wanted::default() };
                assert_eq!(self.intend(Intent::Start(Rc::new(asked), choice(kind(on_gpu)))), was_idle);
                if was_idle {
                    self.wanted = wanted;
                }
            }
            Move::Pause => {
                if self.intend(Intent::Pause) {
                    (self.wanted.paused, self.wanted.steps) = (true, 0);
                }
            }
            Move::Resume => {
                if self.intend(Intent::Resume) {
                    (self.wanted.paused, self.wanted.steps) = (false, 0);
                }
            }
            Move::Step(batches) => {
                if self.intend(Intent::Step { batches }) {
                    (self.wanted.paused, self.wanted.steps) = (true, self.wanted.steps + batches);
                }
            }
            Move::Stop(by_visitor) => {
                let by = if by_visitor { Author::Visitor } else { Author::Callback };
                let reason = format!("{by:?}");
                if self.intend(Intent::Stop { reason: reason.clone(), by }) {
                    self.wanted.stop.get_or_insert(reason);
                }
            }
            Move::Rate(by_visitor) => {
                let by = if by_visitor { Author::Visitor } else { Author::Callback };
                let is_live = self.session.live_run().is_some();
                let rate = f64::from(self.launches as u32) / 8.0;
                if self.intend(Intent::SetLearningRate { rate, by }) && is_live {
                    self.wanted.learning_rate = Some(rate);
                }
            }
            Move::Budget => assert!(self.intend(Intent::SetWatchBudget(5.0))),
            Move::Reset => {
                assert!(self.intend(Intent::Reset));
                assert_eq!(self.session.live_run(), None);
            }
            Move::ScriptsReady { old } => {
                let run = run_of(self, old);
                if self.session.live_run() == Some(run) {
                    self.wanted.scripts_ready = true;
                }
                assert!(self.intend(Intent::ScriptsReady(run)));
            }
            Move::Hidden(hidden) => assert!(self.intend(Intent::PageHidden(hidden))),
            Move::Dies { gpu } => {
                self.workers.remove(&kind(gpu));
                assert!(self.intend(Intent::WorkerDied(kind(gpu), lost())));
            }
            Move::PredictBy { gpu } => assert!(self.intend(Intent::PredictBy(kind(gpu)))),
            Move::Says { gpu, old, what } => {
                let run = run_of(self, old);
                let validated = Validation { epoch: 0, step: 3, logs: Logs::default() };
                let event = match what {
                    0 => started(run),
                    1 | 2 => Event::Records { run },
                    3 => status(run, true),
                    4 => status(run, false),
                    5 => Event::ValidationBegun { run, begin: validated },
                    6 => Event::ValidationEnded { run, end: validated },
                    7 => Event::Logged { run, step: 1, name: "mine".to_owned(), value: 1.0 },
                    8 => failed(run, lost()),
                    9 => failed(run, Error::new(Code::InvalidModel, "it does not fit", "change it")),
                    10 if old => Event::Trail { run, trail: TrailCard::default() },
                    10 => Event::Checkpoints { run, kept: Vec::new() },
                    _ => finished(run),
                };
                // What trains the steps that were asked for, in the worker and in this model of it.
                let live = self.session.live_run();
                let is_its = live == Some(run) && self.workers.get(&kind(gpu)).is_some_and(|mailbox| mailbox.run == run);
                if is_its && matches!(event, Event::Records { .. }) {
                    self.wanted.has_numbers = true;
                }
                let effects = self.session.hear(kind(gpu), &event);
                self.perform_heard(&effects, live, Some(&event));
            }
            Move::Look { ms, answers } => {
                self.now_ms += ms;
                let heard_ms = answers.then_some(self.now_ms);
                let workers = self.workers.keys().map(|&worker| Look { worker, heard_ms, is_ready: true, is_asked: false }).collect();
                assert!(self.intend(Intent::Look { now_ms: self.now_ms, workers, longest_batch_ms: 1.0 }));
                assert!(!answers || self.told.is_empty());
            }
            Move::Wait => assert!(self.intend(Intent::Wait)),
            Move::WritesDown { gpu } => {
                let run = self.last();
                let Some(mailbox) = self.workers.get(&kind(gpu)).filter(|mailbox| mailbox.run == run) else { return };
                let inputs = [mailbox.learning_rate.map(Input::LearningRate), mailbox.stop.clone().map(Input::Stop)];
                if self.session.live_run() != Some(run) {
                    return;
                }
                for input in inputs.into_iter().flatten() {
                    let entry = Entry { step: 1, at: At::Batch, input: input.clone() };
                    let event = Event::Input { run, number: self.inputs.len() as u32, entry };
                    let live = self.session.live_run();
                    let effects = self.session.hear(kind(gpu), &event);
                    assert_eq!(effects, [Effect::Record, Effect::TellHooks]);
                    self.inputs.push(input);
                    self.perform_heard(&effects, live, Some(&event));
                }
            }
            Move::Saves { old } => {
                self.saved += 1;
                let state = Rc::new(SavedState { step: self.saved, bytes: Vec::new() });
                assert!(self.intend(Intent::StateKept(run_of(self, old), state)));
            }
            Move::NoRoom { full, old } => {
                let runs = full.then(|| run_of(self, old));
                let is_its = runs.is_some() && runs == self.session.live_run();
                // Steps that are under way are taken back; those that were never sent are not.
                if is_its && !self.wanted.no_room && self.wanted.scripts_ready {
                    self.wanted.steps = 0;
                }
                self.wanted.no_room = is_its;
                assert!(self.intend(Intent::NoRoom(runs.into_iter().collect())));
            }
            Move::ReplaceSilent => {
                let told = self.told.first().copied();
                assert_eq!(self.intend(Intent::ReplaceSilent), told.is_some());
            }
            Move::EndSilent => {
                let told = self.told.first().copied();
                let had =
                    told.and_then(|worker| self.workers.get(&worker)).is_some_and(|mailbox| self.session.live_run() == Some(mailbox.run));
                assert_eq!(self.intend(Intent::EndSilent), told.is_some());
                assert!(told.is_none_or(|worker| !self.workers.contains_key(&worker)));
                assert!(!had || self.session.live_run().is_none());
            }
        }
    }

    fn check(&self) {
        let model_of = self.session.predictor().and_then(|(run, _)| run);
        assert!(self.with_checkpoints.iter().all(|run| Some(*run) == model_of), "{:?}, but {model_of:?}", self.with_checkpoints);
        for (request, ended) in &self.runs {
            let is_live = self.session.live_run() == Some(request.run);
            assert_eq!(*ended, usize::from(!is_live), "run {} has ended {ended} times, live: {is_live}", request.run);
        }
        let Some(run) = self.session.live_run() else { return };
        let on: Vec<&Mailbox> = self.workers.values().filter(|mailbox| mailbox.run == run).collect();
        let [mailbox] = on[..] else { panic!("run {run} is on {} workers", on.len()) };
        let Wanted { paused, scripts_ready, no_room, has_numbers, .. } = self.wanted;
        let is_held = paused || !scripts_ready || no_room;
        assert_eq!(mailbox.paused, is_held, "held by the visitor: {paused}, scripts are ready: {scripts_ready}, no room: {no_room}");
        if !has_numbers {
            let steps = if scripts_ready && !no_room { self.wanted.steps } else { 0 };
            assert_eq!(mailbox.steps, steps, "steps that were asked for");
        }
        assert_eq!((mailbox.learning_rate, &mailbox.stop), (self.wanted.learning_rate, &self.wanted.stop));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_intents_and_messages_keeps_the_house_rules(moves in prop::collection::vec(any_move(), 1..60)) {
        let mut world = World::default();
        for made in &moves {
            world.go(made);
            world.check();
        }
        world.go(&Move::Reset);
        world.check();
    }
}
