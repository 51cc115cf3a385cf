//! A machine with known costs is watched: the watch must find them out, and stay within its budget.

use super::*;
use crate::domain::rng::Rng;

/// What things cost on this machine, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Machine {
    batch: f64,
    look: f64,
    /// A batch that is not bare has this much of drawing and sending beside it.
    drawing: f64,
    hooks: f64,
    noise: f64,
    /// Batches a read.
    together: u32,
    sync: f64,
}

const LAPTOP: Machine = Machine { batch: 4.0, look: 3.0, drawing: 0.1, hooks: 0.02, noise: 0.1, together: 1, sync: 6.0 };

struct Course {
    cost: WatchCost,
    changes: Vec<String>,
    /// Percent of the time over the last half of the run that went into watching, as it really was.
    truth: f64,
    bare_part: f64,
    looked: Vec<Step>,
}

fn run(machine: Machine, spec: MonitorSpec, batches: u32, seed: u64) -> Course {
    let mut rng = Rng::new(seed, "machine");
    let mut now = 1000.0;
    let mut watch = Watch::new(&spec, machine.together > 1, seed, now);
    let (mut changes, mut last) = (Vec::new(), None);
    let (mut plain_ms, mut all_ms, mut bare) = (0.0, 0.0, 0);
    let mut looked = Vec::new();
    let mut step = 0;
    while step < batches {
        let mut reading = Reading::default();
        let mut plain = 0.0;
        for _ in 0..machine.together {
            step += 1;
            let plan = watch.plan(step, reading.batches == 0, true, now);
            // The machine drifts slowly, as machines do.
            let batch = machine.batch * (1.0 + 0.3 * f64::from(step) / f64::from(batches)) * (1.0 + machine.noise * rng.normal()).max(0.1);
            let look = if plan.look { machine.look * (1.0 + machine.noise * rng.normal()) } else { 0.0 };
            let drawing = if plan.bare { 0.0 } else { machine.drawing };
            let sync = if plan.synchronised { machine.sync } else { 0.0 };
            plain += batch;
            reading.batches += 1;
            // Half of a look is summing up, half makes the batch itself longer.
            reading.compute_ms += batch + look / 2.0 + drawing + sync;
            reading.looks_ms += look / 2.0;
            reading.looks += u32::from(plan.look);
            reading.synchronised |= plan.synchronised;
            reading.ms += batch + look + drawing + sync + machine.hooks;
            bare += u32::from(plan.bare);
            if plan.look {
                looked.push(step);
            }
        }
        now += reading.ms;
        reading.step = step;
        reading.record_ms = Some(machine.hooks * f64::from(reading.batches));
        reading.diagnoses_ms = Some(0.0);
        watch.take(&reading, now);
        if step > batches / 2 {
            plain_ms += plain;
            all_ms += reading.ms;
        }
        if let Some(cost) = watch.report(step, now, step >= batches) {
            changes.extend(cost.change.clone());
            last = Some(cost);
        }
    }
    let truth = 100.0 * (all_ms / plain_ms - 1.0);
    Course { cost: last.expect("the last step reports"), changes, truth, bare_part: f64::from(bare) / f64::from(batches), looked }
}

fn spec(every: u32, watch_budget: f64) -> MonitorSpec {
    MonitorSpec { every, watch_budget, sync_every: 0, ..MonitorSpec::default() }
}

#[test]
fn the_true_cost_is_found_within_its_error() {
    for (machine, every) in [
        (LAPTOP, 20),
        (Machine { drawing: 0.0, hooks: 0.0, ..LAPTOP }, 40),
        (Machine { batch: 60.0, look: 30.0, drawing: 1.0, ..LAPTOP }, 20),
        (Machine { batch: 0.4, look: 0.2, drawing: 0.01, hooks: 0.003, ..LAPTOP }, 50),
        (Machine { together: 8, ..LAPTOP }, 40),
    ] {
        let mut squares = 0.0;
        let mut errors = 0.0;
        for seed in 0..12 {
            let Course { cost, truth, .. } = run(machine, spec(every, 20.0), 30_000, seed);
            assert!(cost.compared && cost.sections >= 6, "{cost:?}");
            squares += (cost.total.percent - truth).powi(2) / 12.0;
            errors += cost.total.error / 12.0;
            assert!(cost.total.error < 2.5, "{machine:?}: {cost:?}");
            let looks = 100.0 * machine.look / (f64::from(every) * machine.batch * 1.15);
            assert!((cost.looks.percent / looks - 1.0).abs() < 0.35, "looks cost {looks} %: {cost:?}");
        }
        let off = f64::sqrt(squares);
        assert!(off < 2.0 * errors + 0.1, "{machine:?}: off by {off}, said to be {errors}");
    }
}

#[test]
fn an_expensive_setting_comes_to_stay_within_the_budget_and_says_so() {
    for (look, budget, together) in [(3.0, 5.0, 1), (30.0, 5.0, 1), (3.0, 1.0, 1), (10.0, 5.0, 8)] {
        let machine = Machine { look, together, drawing: 0.02, ..LAPTOP };
        let Course { cost, changes, truth, bare_part, .. } = run(machine, spec(1, budget), 20_000, 3);
        assert!(truth <= 1.15 * budget + 1.5, "{truth} % of {budget} % with looks of {look} ms");
        assert!(cost.look_every > 1 && cost.look_every.is_power_of_two());
        // Not rarer than needed: at half the interval it would be over the budget, or nearly.
        let doubled = 2.0 * 100.0 * look / (f64::from(cost.look_every) * 4.0 * 1.15);
        assert!(doubled > 0.5 * budget, "{cost:?}");
        assert!(changes.iter().any(|words| words.contains("instead of 1 batches, to stay within")), "{changes:?}");
        assert!(bare_part < 0.2, "{bare_part} of the batches are bare");
    }
}

#[test]
fn a_cheap_setting_is_left_as_it_is() {
    let Course { cost, changes, .. } = run(Machine { look: 0.2, ..LAPTOP }, spec(20, 5.0), 8_000, 1);
    assert_eq!((cost.look_every, changes), (20, Vec::<String>::new()));
}

#[test]
fn synchronised_samples_stay_below_a_percent() {
    let machine = Machine { together: 4, sync: 40.0, ..LAPTOP };
    let monitors = MonitorSpec { sync_every: 50, ..spec(0, 5.0) };
    let Course { cost, changes, .. } = run(machine, monitors, 20_000, 2);
    assert!(cost.sync_every >= 800 && cost.timing.percent < 1.3, "{cost:?}");
    assert!(changes.iter().any(|words| words.contains("synchronised samples every")), "{changes:?}");
}

#[test]
fn without_a_budget_nothing_is_bare_and_looks_are_on_their_grid() {
    let monitors = spec(20, 0.0);
    let mut watch = Watch::new(&monitors, false, 1, 0.0);
    for step in 1..5_000 {
        let now = f64::from(step) * 5.0;
        assert_eq!(watch.plan(step, true, true, now), Plan { look: step % 20 == 1, ..Plan::default() });
        watch.take(&Reading { step, batches: 1, ms: 5.0, compute_ms: 5.0, looks_ms: 90.0, ..Reading::default() }, now);
        assert_eq!(watch.report(step, now, true), None);
    }
}

#[test]
fn with_a_budget_hardly_a_look_is_lost() {
    let Course { looked, .. } = run(Machine { look: 0.1, ..LAPTOP }, spec(20, 5.0), 10_000, 5);
    // Where more than one is due in a bare section, one comes after it.
    assert!(looked.len() >= 450, "{} of 500", looked.len());
}
