//! The heartbeat of the workers: told when it is a hang, not told when it is slow work or the page's own absence, and ended
//! without losing the record.

use super::*;
use crate::ui::session::heartbeat::{Look, Silence, Work};
use proptest::prelude::*;

/// A page that looks at one worker, by a clock of the test.
struct Watched {
    session: Session,
    worker: WorkerKind,
    now_ms: f64,
    heard_ms: Option<f64>,
    longest_ms: f64,
    is_ready: bool,
}

impl Watched {
    /// A page with a run on `worker`, which has just begun: it has said so, and trained nothing.
    fn begun(worker: WorkerKind) -> Self {
        let (mut session, _) = start(request(1), worker);
        session.hear(worker, &started(1));
        let mut watched = Self { session, worker, now_ms: 5_000.0, heard_ms: Some(4_900.0), longest_ms: 0.0, is_ready: true };
        watched.look();
        watched
    }

    /// A page with a run that has trained batches, of which the longest took `longest_ms`.
    fn training(worker: WorkerKind, longest_ms: f64) -> Self {
        let mut watched = Self::begun(worker);
        watched.session.hear(worker, &Event::Records { run: 1 });
        let end = EpochEnd { epoch: 0, step: 3, logs: Logs::default(), at_ms: 1.0 };
        watched.session.hear(worker, &Event::EpochEnded { run: 1, end });
        watched.longest_ms = longest_ms;
        watched
    }

    fn look(&mut self) -> Vec<Effect> {
        let look = Look { worker: self.worker, heard_ms: self.heard_ms, is_ready: self.is_ready, is_asked: false };
        let intent = Intent::Look { now_ms: self.now_ms, workers: vec![look], longest_batch_ms: self.longest_ms };
        self.session.intend(intent).expect("it is given")
    }

    /// Looks after `ms`, in which the worker has said nothing.
    fn after(&mut self, ms: f64) -> Vec<Effect> {
        self.now_ms += ms;
        self.look()
    }

    /// Milliseconds of looks, one a second, until a silence is told; `None` when it is not within `most_ms`.
    fn told_within(&mut self, most_ms: f64) -> Option<f64> {
        let begin = self.now_ms;
        while self.now_ms - begin < most_ms {
            let effects = self.after(1_000.0);
            if told(&effects).is_some() {
                return Some(self.now_ms - begin);
            }
        }
        None
    }
}

fn silences(effects: &[Effect]) -> Option<&[Silence]> {
    effects.iter().find_map(|effect| if let Effect::Silences(silences) = effect { Some(&silences[..]) } else { None })
}

fn told(effects: &[Effect]) -> Option<Silence> {
    silences(effects)?.iter().copied().find(|silence| silence.is_told)
}

#[test]
fn a_hang_is_told_within_fifteen_seconds_with_what_is_known() {
    // The last message came any time before the first silent look.
    for before in [0.0, 500.0, 999.0] {
        let mut watched = Watched::training(CPU, 200.0);
        watched.now_ms += 1_000.0;
        watched.heard_ms = Some(watched.now_ms - before);
        assert_eq!(watched.look(), [], "it has just been heard of");
        let took_ms = watched.told_within(60_000.0).expect("it is given");
        assert!(before + took_ms <= 15_000.0, "told after {} ms", before + took_ms);
    }
    let mut watched = Watched::training(CPU, 200.0);
    let effects = watched.after(1_000.0);
    assert_eq!(effects, [Effect::Ping(CPU)], "it is asked as soon as it is not heard of");
    watched.told_within(13_000.0);
    let silence =
        watched.session.intend(Intent::Look { now_ms: watched.now_ms, workers: Vec::new(), longest_batch_ms: 0.0 }).expect("it is given");
    assert_eq!(silence, [Effect::Silences(Vec::new())], "a worker that is gone is silent no more");
    let words = |work, run| Silence { worker: CPU, run, seconds: 15, work, is_told: true }.words();
    assert_eq!(words(Work::batches(200.0, 64), Some(1)), "The worker has not answered for 15 s; the longest batch took 0.2 s");
    assert_eq!(words(Work::batches(3.0, 64), Some(1)), "The worker has not answered for 15 s; the longest batch took less than 0.1 s");
    assert_eq!(words(Work::FirstBatch(1.0), Some(1)), "The worker has not answered for 15 s; no batch has been trained yet");
}

#[test]
fn a_silence_is_noted_before_it_is_told_and_over_at_the_first_word() {
    let mut watched = Watched::training(CPU, 200.0);
    let mut noted = None;
    while noted.is_none() {
        noted = silences(&watched.after(1_000.0)).map(<[Silence]>::to_vec);
    }
    assert_eq!((noted.as_ref().map(Vec::len), noted.expect("it is given")[0].is_told), (Some(1), false));
    watched.told_within(60_000.0).expect("it is given");
    watched.heard_ms = Some(watched.now_ms + 500.0);
    assert_eq!(watched.after(1_000.0), [Effect::Silences(Vec::new())]);
    assert_eq!(watched.session.intend(Intent::EndSilent).unwrap_err().code(), Code::InvalidState, "it answers again");
}

#[test]
fn slow_work_is_no_hang() {
    // Batches of 30 s are answered after 30 s, and a hang among them is told all the same.
    let mut slow = Watched::training(CPU, 30_000.0);
    assert_eq!(slow.told_within(60_000.0), None);
    assert!(slow.told_within(240_000.0).is_some());
    // A validation's piece of 128 samples is longer than a batch of one.
    let mut one = Watched::training(CPU, 500.0);
    let mut request = request(1);
    request.config.batch_size = 1;
    (one.session, _) = start(request, CPU);
    one.session.hear(CPU, &started(1));
    one.session.hear(CPU, &Event::Records { run: 1 });
    assert_eq!(one.told_within(60_000.0), None);
    // What it has once answered after is no hang the next time.
    let mut learned = Watched::training(CPU, 200.0);
    let silent = |watched: &mut Watched| (0..12).all(|_| told(&watched.after(1_000.0)).is_none());
    assert!(silent(&mut learned));
    learned.heard_ms = Some(learned.now_ms + 500.0);
    learned.after(1_000.0);
    assert_eq!(learned.told_within(40_000.0), None);
    // A GPU compiles in its first epoch, and not later.
    assert_eq!(Watched::begun(GPU).told_within(55_000.0), None);
    assert!(Watched::training(GPU, 20.0).told_within(15_000.0).is_some());
    // A program that is being loaded.
    let mut loading = Watched::training(CPU, 20.0);
    (loading.is_ready, loading.heard_ms) = (false, None);
    assert_eq!(loading.told_within(55_000.0), None);
    assert!(!loading.after(1_000.0).contains(&Effect::Ping(CPU)), "who is not ready cannot be asked");
}

#[test]
fn a_first_batch_has_the_time_that_a_slow_device_needs_for_it() {
    let first = |batch_size: usize| {
        let mut request = request(1);
        request.config.batch_size = batch_size;
        let (mut session, _) = start(request, CPU);
        let image = SampleShape::Image { channels: 1, height: 28, width: 28 };
        let Event::Started { run, device, begin, .. } = started(1) else { unreachable!() };
        session.hear(CPU, &Event::Started { run, device, begin, shape: image, classes: vec![String::new(); 10] });
        let mut watched = Watched::begun(CPU);
        watched.session = session;
        watched
    };
    // The small CNN: about a million multiplications a sample, three times that in training, a hundred million a second.
    assert!(first(64).told_within(15_000.0).is_some());
    assert_eq!(first(4096).told_within(60_000.0), None);
    assert!(first(4096).told_within(300_000.0).is_some());
}

#[test]
fn a_worker_of_which_nothing_is_wanted_may_be_silent() {
    let mut watched = Watched::training(CPU, 20.0);
    watched.session.hear(CPU, &finished(1));
    assert_eq!((0..100).flat_map(|_| watched.after(1_000.0)).collect::<Vec<_>>(), []);
    // A question is waited for.
    let look = Look { worker: CPU, heard_ms: Some(0.0), is_ready: true, is_asked: true };
    let mut tellings = 0;
    for second in 1..=20 {
        let now_ms = watched.now_ms + 1e3 * f64::from(second);
        let intent = Intent::Look { now_ms, workers: vec![look], longest_batch_ms: 0.0 };
        tellings += usize::from(told(&watched.session.intend(intent).expect("it is given")).is_some());
    }
    assert!(tellings > 0);
    let effects = watched.session.intend(Intent::EndSilent).expect("it is given");
    assert_eq!(effects, [Effect::Dismiss(CPU), Effect::Silences(Vec::new()), Effect::LoseModel(1)], "the ended run is not touched");
}

#[test]
fn the_visitor_waits_as_long_again_or_ends_the_run_and_keeps_its_record() {
    let mut watched = Watched::training(CPU, 20.0);
    watched.told_within(15_000.0).expect("it is given");
    let effects = watched.session.intend(Intent::Wait).expect("it is given");
    assert!(silences(&effects).is_some_and(|silences| silences.len() == 1) && told(&effects).is_none(), "{effects:?}");
    assert_eq!(watched.told_within(13_000.0), None);
    assert!(watched.told_within(3_000.0).is_some());

    let effects = watched.session.intend(Intent::EndSilent).expect("it is given");
    assert_eq!(effects[..3], [Effect::Dismiss(CPU), Effect::Silences(Vec::new()), Effect::CutShort(1)]);
    let Some(Effect::End(1, Err(error))) = effects.last() else { panic!("{effects:?}") };
    assert!(error.code() == Code::WorkerDied && error.message().contains("did not answer"), "{error}");
    assert!(effects.contains(&Effect::LoseModel(1)) && !effects.contains(&Effect::Clear), "{effects:?}");
    assert_eq!((watched.session.live_run(), watched.session.current_run()), (None, Some(1)));
    assert_eq!(launched(&watched.session.intend(Intent::Start(Rc::new(request(2)), choice(CPU))).expect("it is given")).1.run, 2);
}

#[test]
fn a_run_is_not_blamed_for_the_silence_of_the_run_before() {
    let mut watched = Watched::training(CPU, 30_000.0);
    assert_eq!(watched.told_within(60_000.0), None);
    watched.heard_ms = Some(watched.now_ms + 1.0);
    watched.session.hear(CPU, &finished(1));
    watched.after(1_000.0);
    watched.session.intend(Intent::Start(Rc::new(request(2)), choice(CPU))).expect("it is given");
    watched.longest_ms = 0.0;
    assert!(watched.told_within(16_000.0).is_some(), "a minute of the last run is none of this one's");
}

/// Something that happens to the page's clock: a look on time, or the page held up for a while.
#[derive(Clone, Debug)]
enum Pass {
    Look,
    HeldUp(f64),
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// A machine that sleeps, a hidden tab, a debugger: however late the looks come, a worker that answers within a look or two
    /// is never called silent.
    #[test]
    fn a_page_that_is_held_up_takes_no_worker_for_silent(
        passes in prop::collection::vec(prop_oneof![3 => Just(Pass::Look), 1 => (0.0..1e7).prop_map(Pass::HeldUp)], 1..80),
        answers in prop::collection::vec(any::<bool>(), 80),
    ) {
        let mut watched = Watched::training(CPU, 20.0);
        let mut unanswered = 0;
        for (pass, answers) in passes.iter().zip(answers) {
            watched.now_ms += if let Pass::HeldUp(ms) = pass { 1_000.0 + ms } else { 1_000.0 };
            // At the latest every sixth look; the answer to the ping may be read after the look that came late.
            unanswered = if answers || unanswered >= 5 { 0 } else { unanswered + 1 };
            if unanswered == 0 {
                watched.heard_ms = Some(watched.now_ms - 0.5);
            }
            prop_assert_eq!(told(&watched.look()), None);
        }
    }

    /// A worker that answers no more is told, whatever the clock does, within as many looks as there are seconds; and only once
    /// that is told can it be ended.
    #[test]
    fn a_hang_is_told_whatever_the_clock_does(gaps in prop::collection::vec(-1e3..1e7_f64, 40), longest_ms in 0.0..1_000.0_f64) {
        let mut watched = Watched::training(CPU, longest_ms);
        let mut is_told = false;
        let mut counted_ms = 0.0;
        for gap in gaps {
            let before = watched.session.intend(Intent::EndSilent);
            prop_assert_eq!(before.is_ok(), is_told);
            if is_told {
                prop_assert_eq!(watched.session.live_run(), None);
                return Ok(());
            }
            counted_ms += gap.clamp(0.0, 2_000.0);
            is_told = told(&watched.after(gap)).is_some();
            prop_assert_eq!(is_told, counted_ms >= 14_000.0, "{} ms were counted", counted_ms);
        }
    }
}
