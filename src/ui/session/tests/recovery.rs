//! Recovery: what becomes of a run whose worker is gone.

use super::*;
use crate::domain::run::journal::{At, Entry, Input};

fn state(step: u32) -> Rc<SavedState> {
    Rc::new(SavedState { step, bytes: vec![step as u8] })
}

/// A session in which a run trains on `worker`.
fn training(worker: WorkerKind, device: DeviceWish) -> Session {
    let mut asked = request(1);
    asked.config.device = device;
    let (mut session, _) = start(asked, worker);
    session.hear(worker, &started(1));
    session.hear(worker, &Event::Records { run: 1 });
    session
}

/// The effects of an intent that makes sense.
fn intend(session: &mut Session, intent: Intent) -> Vec<Effect> {
    session.intend(intent).expect("it makes sense")
}

fn die(session: &mut Session, worker: WorkerKind) -> Vec<Effect> {
    intend(session, Intent::WorkerDied(worker, lost()))
}

fn goes_on_from(effects: &[Effect]) -> Option<u32> {
    effects.iter().find_map(|effect| match effect {
        Effect::GoOn { request, .. } => Some(request.state.as_ref()?.step),
        _ => None,
    })
}

#[test]
fn a_run_goes_on_from_its_last_state_on_the_same_device() {
    for worker in [CPU, GPU] {
        let mut session = training(worker, DeviceWish::Auto);
        for step in [10, 20] {
            intend(&mut session, Intent::StateKept(1, state(step)));
        }
        let error = Error::new(Code::WorkerDied, "it died\nat a place in it", "start again");
        let effects = intend(&mut session, Intent::WorkerDied(worker, error));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::GoOn { why, .. } if why == "it died")), "{effects:?}");
        assert_eq!((goes_on_from(&effects), ends(&effects), phases(&effects)), (Some(20), 0, vec![Phase::Starting]));
        let (to, request, paused) = launched(&effects);
        assert_eq!((to, request.state, paused), (worker, Some(state(20)), false));
        assert_eq!((session.live_run(), session.predictor()), (Some(1), Some((Some(1), worker))));
        // Its worker is asked for its first words anew.
        assert_eq!(phases(&session.hear(worker, &started(1))), [Phase::Running]);
    }
}

#[test]
fn without_a_state_it_begins_again_and_one_that_never_worked_does_not() {
    let mut session = training(CPU, DeviceWish::Cpu);
    let effects = die(&mut session, CPU);
    assert!(effects.contains(&Effect::BeginAgain(1, choice(CPU))), "{effects:?}");
    assert_eq!(launched(&effects).1.state, None);

    let (mut session, _) = start(request(1), CPU);
    session.hear(CPU, &started(1));
    assert_eq!(ends(&die(&mut session, CPU)), 1);
}

#[test]
fn a_run_that_is_lost_three_times_at_one_place_has_failed_and_says_by_what() {
    let mut session = training(CPU, DeviceWish::Cpu);
    // Each time it comes further, it may be lost again.
    for step in 1..20 {
        intend(&mut session, Intent::StateKept(1, state(step)));
        assert_eq!(goes_on_from(&die(&mut session, CPU)), Some(step));
        session.hear(CPU, &started(1));
    }
    session.hear(CPU, &Event::Records { run: 1 });
    // The same state once more is no way on.
    intend(&mut session, Intent::StateKept(1, state(19)));
    assert_eq!(goes_on_from(&die(&mut session, CPU)), Some(19));
    let effects = die(&mut session, CPU);
    let Some(Effect::End(1, Err(error))) = effects.last() else { panic!("{effects:?}") };
    assert!(error.message().contains("3 times at one place") && error.message().contains("the GPU was lost"), "{error:?}");
    assert_eq!((session.live_run(), session.predictor()), (None, None));
}

#[test]
fn a_gpu_that_is_lost_twice_gives_way_to_the_cpu_where_the_page_may_choose() {
    for (device, second) in [(DeviceWish::Auto, CPU), (DeviceWish::Webgpu, GPU)] {
        let mut session = training(GPU, device);
        intend(&mut session, Intent::StateKept(1, state(5)));
        let effects = session.hear(GPU, &failed(1, lost()));
        assert!(effects.starts_with(&[Effect::Dismiss(GPU), Effect::ProbeAgain(lost())]), "{effects:?}");
        assert_eq!(launched(&effects).0, GPU);
        let effects = die(&mut session, GPU);
        assert_eq!((launched(&effects).0, goes_on_from(&effects)), (second, Some(5)));
        assert_eq!(ends(&die(&mut session, second)), 1);
    }
}

#[test]
fn what_was_written_down_is_repeated_and_what_was_not_is_sent_again() {
    let mut session = training(CPU, DeviceWish::Cpu);
    intend(&mut session, Intent::SetLearningRate { rate: 0.5, by: Author::Visitor });
    intend(&mut session, Intent::SetWatchBudget(7.0));
    intend(&mut session, Intent::Pause);
    let entry = Entry { step: 3, at: At::Batch, input: Input::LearningRate(0.5) };
    let heard = session.hear(CPU, &Event::Input { run: 1, number: 0, entry });
    assert_eq!(heard, [Effect::Record, Effect::TellHooks]);
    intend(&mut session, Intent::StateKept(1, state(2)));
    let effects = die(&mut session, CPU);
    assert_eq!((sent(&effects), launched(&effects).2), (vec![Command::SetWatchBudget { percent: 7.0 }], true));
}

#[test]
fn a_hang_ends_with_the_run_or_with_another_worker_as_the_visitor_wants() {
    for (intent, is_over) in [(Intent::EndSilent, true), (Intent::ReplaceSilent, false)] {
        let mut session = training(CPU, DeviceWish::Cpu);
        intend(&mut session, Intent::StateKept(1, state(5)));
        let look = |now_ms| Look { worker: CPU, heard_ms: (now_ms == 0.0).then_some(0.0), is_ready: true, is_asked: false };
        for now_ms in (0..120).map(|second| f64::from(second) * 1_000.0) {
            intend(&mut session, Intent::Look { now_ms, workers: vec![look(now_ms)], longest_batch_ms: 1.0 });
        }
        let effects = intend(&mut session, intent);
        assert!(effects.starts_with(&[Effect::Dismiss(CPU)]), "{effects:?}");
        assert_eq!((ends(&effects) == 1, goes_on_from(&effects)), (is_over, (!is_over).then_some(5)));
        assert_eq!(session.live_run().is_none(), is_over);
    }
}
