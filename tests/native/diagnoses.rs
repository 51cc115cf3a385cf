//! Diagnoses through the real loop: runs that are broken on purpose, each with what must be found, and healthy runs,
//! in which nothing must be.
//!
//! The table of broken runs with the words shown is in `tests/native/diagnoses.md`, which is checked here.

mod runs;

use emberscope::domain::data::planar::Planar;
use emberscope::domain::data::{Dataset, Features, SampleShape, numbered_classes};
use emberscope::domain::diagnosis::remedy::remedies;
use emberscope::domain::diagnosis::{Diagnosis, Finding};
use emberscope::domain::model::LayerSpec;
use emberscope::domain::record::probe::MonitorSpec;
use emberscope::train::Trainer;
use runs::{Run, broken_runs, deep, dense, drawn, healthy_runs, mlp, planar, run, sgd};
use std::collections::BTreeSet;

/// The file with the table of findings for readers.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/native/diagnoses.md");

fn row(run: &Run, found: &Diagnosis) -> String {
    let Diagnosis { finding, severity, place, step, since, evidence, why, remedy, .. } = found;
    let place = if place.is_empty() { String::new() } else { format!(", in {place}") };
    let limits: Vec<String> = found.limits.iter().map(|limit| format!("{} {}", limit.name, limit.value)).collect();
    let limits = if limits.is_empty() { "none: a single value counts".to_owned() } else { limits.join(", ") };
    format!("| {} | {} ({severity:?}{place}) | {step} ({since}) | {evidence} *{why}* {remedy} | {limits} |", run.name, finding.title())
}

/// `text` with every number as `#`: rates that are far too high let roundings decide, and those differ between processors.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if !character.is_ascii_digit() {
            out.push(character);
            continue;
        }
        while characters.next_if(|next| next.is_ascii_digit() || matches!(next, '.' | 'e' | '-')).is_some() {}
        out.push('#');
    }
    out
}

#[test]
fn each_broken_run_is_told_and_the_table_of_them_is_up_to_date() {
    let mut untold: BTreeSet<String> = BTreeSet::new();
    let mut told: BTreeSet<Finding> = BTreeSet::new();
    let mut table = String::from(
        "# What is found in runs that are broken on purpose\n\n\
         Made and checked by `tests/native/diagnoses.rs`; `EMBERSCOPE_WRITE=1 cargo test --test native diagnoses` writes it anew. Steps and numbers\n\
         are those of one machine.\n\n\
         | broken run | finding | raised at step (since) | words | thresholds |\n|---|---|---|---|---|\n",
    );
    for (run, must, may) in broken_runs() {
        let found = run.diagnose();
        let mut written = BTreeSet::new();
        for diagnosis in &found {
            println!("REPORT {}", row(&run, diagnosis));
            if must.contains(&diagnosis.finding) && written.insert(diagnosis.finding) {
                table += &row(&run, diagnosis);
                table.push('\n');
            }
        }
        let findings: BTreeSet<Finding> = found.iter().map(|diagnosis| diagnosis.finding).collect();
        told.extend(&findings);
        for finding in must.iter().filter(|finding| !findings.contains(finding)) {
            untold.insert(format!("{}: {finding:?} is not told", run.name));
        }
        for finding in findings.iter().filter(|finding| !must.contains(finding) && !may.contains(finding)) {
            untold.insert(format!("{}: {finding:?} is told without reason", run.name));
        }
    }
    assert!(untold.is_empty(), "{untold:#?}");
    assert_eq!(told.into_iter().collect::<Vec<_>>(), Finding::ALL, "each kind has a run that is broken that way");
    let healthy = healthy_runs().into_iter().map(|run| format!("- {}\n", run.name));
    table += "\nNothing is found in these healthy runs, looked into every 20 batches and at every batch:\n\n";
    table.extend(healthy);
    if std::env::var_os("EMBERSCOPE_WRITE").is_some() {
        std::fs::write(TABLE, &table).unwrap();
    }
    let kept = std::fs::read_to_string(TABLE).unwrap_or_default();
    for (kept, made) in kept.lines().zip(table.lines()) {
        let is_same = without_numbers(kept) == without_numbers(made);
        assert!(is_same, "{TABLE} is out of date, write it anew as its head says; it has\n{kept}\nbut now it is\n{made}");
    }
    assert_eq!(kept.lines().count(), table.lines().count(), "{TABLE} is out of date, write it anew as its head says");
}

#[test]
fn the_switch_turns_all_of_it_off() {
    let mut off = run("", drawn(600), mlp(64, LayerSpec::Relu), sgd(10.0), 2);
    assert!(!off.diagnose().is_empty());
    off.config.diagnosis.enabled = false;
    assert_eq!(off.diagnose(), []);
}

#[test]
fn a_threshold_that_is_changed_changes_what_is_found() {
    let mut patient = run("", drawn(600), mlp(64, LayerSpec::Relu), sgd(10.0), 2);
    patient.config.diagnosis.loss_rise = 1e6;
    patient.config.diagnosis.loss_swing = 100.0;
    assert!(patient.diagnose().iter().all(|found| found.finding != Finding::LearningRateTooHigh), "{:?}", patient.diagnose());
}

/// The one finding of a run that loses its numbers.
fn lost(found: Vec<Diagnosis>) -> Diagnosis {
    found.into_iter().find(|diagnosis| diagnosis.finding == Finding::NotFinite).expect("the run loses its numbers")
}

fn says(found: &Diagnosis, parts: &[&str]) {
    for part in parts {
        assert!(found.evidence.contains(part), "no {part:?} in {}", found.evidence);
    }
}

#[test]
fn a_lost_loss_is_run_once_more_and_names_batch_phase_and_layer() {
    let run = || run("", planar(Planar::Spiral, 600), deep(4, 64, &LayerSpec::Relu), sgd(10.0), 3);
    let found = lost(run().diagnose());
    says(&found, &["Its batch was run once more, with the weights after step", "as in training", "(phase: forward)"]);
    assert!(found.place.contains("dense") || found.place.contains("output"), "{found:?}");
    let seen = lost(run().look_every(1).diagnose());
    assert!(seen.step <= found.step, "a gradient overflows before the loss does");
    let mut never = run();
    never.config.monitors = MonitorSpec::OFF;
    assert_eq!(lost(never.diagnose()).place, found.place, "no look is needed");
}

/// Ten samples of one number each, in two classes, one a batch: the first is `size`, with the label that `kernel` gets wrong.
fn one_number(size: f32, others: f32, rate: f64) -> Run {
    let numbers = (0..10).map(|sample| if sample == 7 { size } else { others }).collect();
    let labels = (0..10).map(|sample| sample % 2).collect();
    let data = Dataset::new("numbers", SampleShape::Vector(1), numbered_classes(2), Features::Floats(numbers), labels).unwrap();
    let mut run = run("", data, vec![dense(1)], sgd(rate), 1).look_every(0);
    run.config.batch_size = 1;
    run
}

#[test]
fn each_phase_in_which_numbers_are_lost_is_told_from_the_others() {
    // Weights: dense_1 kernel and bias, output kernel and bias.
    let with = |kernel: f32, output: [f32; 2]| {
        move |trainer: &mut Trainer| {
            trainer.set_weight(0, vec![kernel]);
            trainer.set_weight(2, output.to_vec());
        }
    };
    // Forward: 1e38 * 1e3 overflows in the first layer, for one sample only.
    let found = lost(one_number(1e38, 1.0, 0.0).diagnose_with(with(1e3, [1.0, -1.0])));
    assert_eq!((found.place.as_str(), found.series.as_str(), found.since), ("dense_1", "activation/mean/dense_1", found.step));
    says(&found, &["1 of 1 values", "for sample 7 of the data, one of 1 in the batch", "(phase: forward)"]);

    // Backward: the outputs are 1e38 * 1e-8 * 1e4 * (1, -1); of class 1 the gradient of the first kernel is 1e38 * 2e4.
    let found = lost(one_number(1e38, 1e38, 1e-30).diagnose_with(with(1e-8, [1e4, -1e4])));
    assert_eq!((found.place.as_str(), found.series.as_str()), ("dense_1/kernel", "grad/norm/dense_1/kernel"));
    assert_eq!(found.since + 1, found.step, "the loss of the batch itself was finite");
    says(&found, &["was run once more as well", "values of the gradient of dense_1/kernel are not", "(phase: backward)"]);

    // Update: the gradient of 1e37 is finite, a thousand times it is not.
    let found = lost(one_number(1e37, 1e37, 1000.0).diagnose_with(with(1e-3, [1.0, -1.0])));
    assert_eq!((found.place.as_str(), found.since + 1), ("dense_1/kernel", found.step));
    says(&found, &["its loss and its gradient are finite, so its update overflowed (phase: update)"]);
}

#[test]
fn what_is_proposed_helps() {
    use Finding::*;
    let mut helpless = Vec::new();
    for (run, must, _) in broken_runs() {
        let found = run.diagnose();
        for finding in must.iter().filter(|&&finding| finding != UnbalancedData) {
            let Some(diagnosis) = found.iter().find(|diagnosis| diagnosis.finding == *finding) else { continue };
            let proposed = remedies(diagnosis, &found, &run.config);
            assert!(!proposed.is_empty(), "{}: {finding:?}", run.name);
            let mut outcomes = Vec::new();
            for remedy in proposed {
                let (mut config, mut tries) = (run.config.clone(), 0);
                remedy.apply(&mut config);
                let is_cured = loop {
                    tries += 1;
                    let again = Run { name: run.name, config: config.clone(), data: run.data.clone() }.diagnose();
                    let Some(still) = again.iter().find(|diagnosis| diagnosis.finding == *finding && !diagnosis.is_over()) else {
                        break true;
                    };
                    // What is still proposed of the same kind is tried as well: a rate of 10 is lowered more than once.
                    let next = remedies(still, &again, &config).into_iter().find(|next| next.learning_rate().is_some());
                    match next.filter(|_| remedy.learning_rate().is_some() && tries < 4) {
                        Some(next) => next.apply(&mut config),
                        None => break false,
                    }
                };
                println!("REPORT {}: {}: {} {}", run.name, finding.title(), remedy.words, if is_cured { "helps" } else { "does not help" });
                outcomes.push(is_cured);
            }
            if !outcomes.contains(&true) {
                helpless.push(format!("{}: {finding:?}", run.name));
            }
        }
    }
    assert!(helpless.is_empty(), "{helpless:#?}");
}

/// The diagnoses of healthy runs with this seed, with a probe every `every` batches.
fn false_alarms(seed: u32, every: u32) -> Vec<String> {
    let mut alarms = Vec::new();
    for mut run in healthy_runs() {
        run.config.seed = seed;
        let run = run.look_every(every);
        alarms.extend(run.diagnose().into_iter().map(|found| format!("{}, seed {seed}, looks every {every}: {found:?}", run.name)));
    }
    alarms
}

#[test]
fn healthy_runs_are_left_alone() {
    let alarms: Vec<String> = [20, 1].into_iter().flat_map(|every| false_alarms(3, every)).collect();
    assert!(alarms.is_empty(), "{alarms:#?}");
}

/// A check for changes of thresholds: `cargo test --test native diagnoses:: -- --ignored`.
#[test]
#[ignore = "takes two minutes"]
fn healthy_runs_of_many_seeds_are_left_alone() {
    let alarms: Vec<String> = (1..=40).flat_map(|seed| false_alarms(seed, 20)).collect();
    assert!(alarms.is_empty(), "{} runs: {alarms:#?}", 40 * healthy_runs().len());
}
