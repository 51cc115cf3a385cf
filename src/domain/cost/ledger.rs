//! The ledger of the training loop: every millisecond is booked to exactly one phase of one batch.
//!
//! The loop says which phase it turns to and passes the time; the time since the last turn belongs to the phase before.
//! So the phases of a batch always sum to its wall time, and time that no phase claimed is there too, as
//! [`Phase::Other`]. Batches that come back from a GPU in one read share that read in equal parts.

use crate::domain::run::event::{PhaseTimes, series};

/// A phase of the training loop, to which its time is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Gathering the samples and handing them to the device.
    Data,
    /// The forward pass with the loss; on the CPU only.
    Forward,
    /// The backward pass; on the CPU only.
    Backward,
    /// The optimiser's update; on the CPU only.
    Update,
    /// Handing forward, backward and update over to a GPU, which then works asynchronously.
    Encode,
    /// Waiting for the batch's numbers, and computing loss and accuracy from them.
    Read,
    /// Watching: summarising a probe, and the waits of a synchronised sample.
    Probe,
    /// Running hooks, with encoding the records and sending them to the page.
    Callbacks,
    /// Giving way to messages, timers and other tasks of the thread.
    Idle,
    /// The rest of the time.
    Other,
}

impl Phase {
    /// All phases, in the order in which the chart stacks them.
    pub const ALL: [Self; 10] = [
        Self::Data,
        Self::Forward,
        Self::Backward,
        Self::Update,
        Self::Encode,
        Self::Read,
        Self::Probe,
        Self::Callbacks,
        Self::Idle,
        Self::Other,
    ];

    /// The name of the phase's series.
    pub const fn series(self) -> &'static str {
        match self {
            Self::Data => series::TIME_DATA,
            Self::Forward => series::TIME_FORWARD,
            Self::Backward => series::TIME_BACKWARD,
            Self::Update => series::TIME_UPDATE,
            Self::Encode => series::TIME_ENCODE,
            Self::Read => series::TIME_READ,
            Self::Probe => series::TIME_PROBE,
            Self::Callbacks => series::TIME_CALLBACKS,
            Self::Idle => series::TIME_IDLE,
            Self::Other => series::TIME_OTHER,
        }
    }

    /// The phase's name on the page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Update => "update",
            Self::Encode => "handing over",
            Self::Read => "read-back",
            Self::Probe => "looks",
            Self::Callbacks => "callbacks",
            Self::Idle => "given away",
            Self::Other => "other",
        }
    }
}

/// Milliseconds of each phase.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Phases([f64; Phase::ALL.len()]);

impl Phases {
    /// The milliseconds of `phase`.
    pub fn of(&self, phase: Phase) -> f64 {
        self.0[phase as usize]
    }

    /// The milliseconds of all phases together.
    pub fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    fn add(&mut self, phase: Phase, ms: f64) {
        self.0[phase as usize] += ms;
    }

    fn add_part(&mut self, others: &Self, part: f64) {
        for (own, other) in self.0.iter_mut().zip(others.0) {
            *own += part * other;
        }
    }

    /// The times as an event tells them. On a device that runs ahead (a GPU) forward, backward and update are `None`; on
    /// others `encode` is.
    pub fn times(&self, runs_ahead: bool, marks: u32) -> PhaseTimes {
        let own = |phase| (!runs_ahead).then(|| self.of(phase));
        PhaseTimes {
            batch: self.total(),
            data: self.of(Phase::Data),
            forward: own(Phase::Forward),
            backward: own(Phase::Backward),
            update: own(Phase::Update),
            encode: runs_ahead.then(|| self.of(Phase::Encode)),
            read: self.of(Phase::Read),
            probe: self.of(Phase::Probe),
            callbacks: self.of(Phase::Callbacks),
            idle: self.of(Phase::Idle),
            other: self.of(Phase::Other),
            marks,
        }
    }
}

/// The open book of the batches since the last read.
#[derive(Clone, Debug)]
pub struct Ledger {
    booked_until_ms: f64,
    phase: Phase,
    /// Times of the present batch.
    own: Phases,
    /// Times that are shared by all batches of the next read.
    shared: Phases,
    ended: Vec<Phases>,
}

impl Ledger {
    /// An empty ledger from `now_ms` on.
    pub fn new(now_ms: f64) -> Self {
        Self { booked_until_ms: now_ms, phase: Phase::Other, own: Phases::default(), shared: Phases::default(), ended: Vec::new() }
    }

    /// Books the time until `now_ms` to the present phase, and turns to `phase`.
    pub fn turn_to(&mut self, phase: Phase, now_ms: f64) {
        self.own.add(self.phase, now_ms - self.booked_until_ms);
        self.booked_until_ms = now_ms;
        self.phase = phase;
    }

    /// Books the time until `now_ms`, `parts` to the phases they name and the rest to the present phase, and turns to `phase`.
    pub fn turn_after(&mut self, parts: &[(Phase, f64)], phase: Phase, now_ms: f64) {
        for &(part, ms) in parts {
            self.own.add(part, ms);
            self.own.add(self.phase, -ms);
        }
        self.turn_to(phase, now_ms);
    }

    /// Leaves out `ms` of the time since the last turn, because the run was paused.
    pub fn leave_out(&mut self, ms: f64, now_ms: f64) {
        self.booked_until_ms = (self.booked_until_ms + ms).min(now_ms);
    }

    /// Begins a batch. Time booked since the last read, to report its batches, is shared by the next ones.
    pub fn begin_batch(&mut self, now_ms: f64) {
        self.turn_to(Phase::Other, now_ms);
        self.shared.add_part(&std::mem::take(&mut self.own), 1.0);
    }

    /// Ends the present batch, which has been handed to the device.
    pub fn end_batch(&mut self, now_ms: f64) {
        self.turn_to(Phase::Other, now_ms);
        self.ended.push(std::mem::take(&mut self.own));
    }

    /// Returns the phases of all ended batches, in order, once their numbers are read. `looks` has one entry a batch: the
    /// milliseconds of the present phase that belong to its [`Phase::Probe`].
    pub fn close(&mut self, looks: &[f64], now_ms: f64) -> Vec<Phases> {
        let phase = self.phase;
        self.turn_to(Phase::Callbacks, now_ms);
        self.shared.add_part(&std::mem::take(&mut self.own), 1.0);
        let mut batches = std::mem::take(&mut self.ended);
        for (batch, &ms) in batches.iter_mut().zip(looks) {
            batch.add(Phase::Probe, ms);
            self.shared.add(phase, -ms);
        }
        let shared = std::mem::take(&mut self.shared);
        let part = 1.0 / batches.len().max(1) as f64;
        for batch in &mut batches {
            batch.add_part(&shared, part);
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One call, and how much later it comes than the one before.
    #[derive(Clone, Debug)]
    enum Call {
        TurnTo(usize),
        Parts(f64),
        Pause(f64),
        Batch,
    }

    fn calls() -> impl Strategy<Value = Vec<(f64, Call)>> {
        let call = prop_oneof![
            4 => (0..Phase::ALL.len()).prop_filter("a CPU hands nothing over", |&phase| Phase::ALL[phase] != Phase::Encode).prop_map(Call::TurnTo),
            1 => (0.0..1.0).prop_map(Call::Parts),
            1 => (0.0..1.0).prop_map(Call::Pause),
            2 => Just(Call::Batch),
        ];
        prop::collection::vec((0.0..50.0, call), 1..60)
    }

    proptest! {
        #[test]
        fn all_phases_of_all_batches_sum_to_the_wall_time(calls in calls(), group in 1_usize..6, begin in -1e6..1e6) {
            let mut now = begin;
            let mut ledger = Ledger::new(now);
            let (mut begun_ms, mut paused, mut booked, mut open) = (now, 0.0, 0.0, 0);
            ledger.begin_batch(now);
            for (later, call) in calls {
                let from = now;
                now += later;
                match call {
                    Call::TurnTo(phase) => ledger.turn_to(Phase::ALL[phase], now),
                    Call::Parts(share) => ledger.turn_after(&[(Phase::Forward, share * later / 2.0), (Phase::Update, share * later / 2.0)], Phase::Other, now),
                    Call::Pause(share) => {
                        ledger.leave_out(share * later, now);
                        ledger.turn_to(Phase::Other, now);
                        paused += share * (now - from);
                    }
                    Call::Batch => {
                        ledger.end_batch(now);
                        open += 1;
                        if open == group {
                            ledger.turn_to(Phase::Read, now);
                            now += 3.0;
                            let looks: Vec<f64> = (0..open).map(|i| if i == 0 { 2.0 } else { 0.0 }).collect();
                            let batches = ledger.close(&looks, now);
                            prop_assert_eq!(batches.len(), group);
                            for batch in &batches {
                                prop_assert!(Phase::ALL.iter().all(|&phase| batch.of(phase) >= -1e-6), "{:?}", batch);
                                let times = batch.times(false, 0);
                                prop_assert!((times.sum() - times.batch).abs() < 1e-6);
                            }
                            booked += batches.iter().map(Phases::total).sum::<f64>();
                            let wall = now - begun_ms - paused;
                            prop_assert!((booked - wall).abs() < 1e-6, "booked {} of {}", booked, wall);
                            open = 0;
                        }
                        ledger.begin_batch(now);
                    }
                }
                prop_assert!(begun_ms <= now);
                begun_ms = begun_ms.min(now);
            }
        }
    }

    #[test]
    fn each_phase_gets_its_own_and_a_read_is_shared() {
        let mut ledger = Ledger::new(0.0);
        for (begin, gather) in [(0.0, 2.0), (10.0, 4.0)] {
            ledger.begin_batch(begin);
            ledger.turn_to(Phase::Idle, begin);
            ledger.turn_to(Phase::Data, begin + 1.0);
            ledger.turn_to(Phase::Other, begin + 1.0 + gather);
            ledger.turn_after(&[(Phase::Encode, 3.0)], Phase::Other, begin + 9.0);
            ledger.end_batch(begin + 10.0);
        }
        ledger.turn_to(Phase::Read, 20.0);
        let batches = ledger.close(&[0.0, 1.0], 31.0);
        let of = |phase| [batches[0].of(phase), batches[1].of(phase)];
        assert_eq!(of(Phase::Data), [2.0, 4.0]);
        assert_eq!((of(Phase::Idle), of(Phase::Encode)), ([1.0; 2], [3.0; 2]));
        assert_eq!((of(Phase::Read), of(Phase::Probe)), ([5.0; 2], [0.0, 1.0]));
        assert_eq!(of(Phase::Other), [4.0, 2.0]);
        assert_eq!(batches.iter().map(Phases::total).sum::<f64>(), 31.0);
        // What it takes to report them is shared by those that come next.
        ledger.begin_batch(35.0);
        ledger.end_batch(36.0);
        assert_eq!(ledger.close(&[0.0], 36.0)[0].of(Phase::Callbacks), 4.0);
    }
}
