//! Losses that run away, jump, stand still and settle, told to a diagnostician batch by batch.

use crate::domain::diagnosis::diagnostician::stage::{Stage, layer, probe, weights};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::rng::Rng;

#[test]
fn a_loss_that_runs_away_is_told_with_the_step_since_when() {
    let mut stage = Stage::new(&[10; 10]);
    assert_eq!(stage.losses([2.4; 30]), []);
    let [found] = stage.losses([9.0; 10]).try_into().expect("one");
    assert_eq!((found.finding, found.severity), (Finding::LearningRateTooHigh, Severity::Warning));
    assert_eq!((found.since, found.step), (31, 32), "(8 * 2.4 + 2 * 9) / 10 is above 1.5 * 2.4");
    assert!(found.remedy.contains("from 0.1 to 0.01"), "{}", found.remedy);
}

#[test]
fn a_first_loss_below_guessing_is_no_measure() {
    let mut stage = Stage::new(&[10; 10]);
    assert_eq!(stage.losses([0.1].into_iter().chain([2.2; 50])), []);
}

#[test]
fn a_loss_that_jumps_without_coming_down_is_told_but_small_batches_may() {
    let jumps = || (0..40).map(|batch| if batch % 4 == 0 { 6.5 } else { 1.0 });
    let mut stage = Stage::new(&[10; 10]);
    stage.losses([2.3]);
    let [found] = stage.losses(jumps()).try_into().expect("one");
    assert_eq!(found.finding, Finding::LearningRateTooHigh);
    assert!(found.evidence.contains("jumps up and down about"), "{}", found.evidence);
    let mut stage = Stage::new(&[10; 10]);
    stage.batch_size = 4;
    assert_eq!(stage.losses([2.3].into_iter().chain(jumps())), []);
    let mut stage = Stage::new(&[10; 10]);
    assert_eq!(stage.losses([2.3].into_iter().chain(jumps().map(|loss| loss * 0.1))), [], "a low loss may jump");
}

/// Epochs of 50 batches around `level(batch)` with noise, and looks with this update ratio.
fn stand(stage: &mut Stage, epochs: u32, update_ratio: f64, level: impl Fn(u32) -> f64) -> Vec<Diagnosis> {
    let mut rng = Rng::new(1, "noise");
    let mut found = Vec::new();
    for epoch in 0..epochs {
        for batch in 0..50 {
            found.extend(stage.losses([level(epoch * 50 + batch) + 0.05 * rng.normal()]));
            if batch % 20 == 0 {
                let mut look = probe(0, vec![weights("dense_1/kernel", 1.0)], vec![]);
                look.weights[0].update_ratio = update_ratio;
                found.extend(stage.look(look));
            }
        }
        found.extend(stage.end_epoch((2.3, 0.1), (2.3, 0.1)));
    }
    found
}

#[test]
fn no_learning_needs_enough_batches_unless_the_weights_stand_still() {
    let findings = |found: &[Diagnosis]| found.iter().map(|found| (found.finding, found.step)).collect::<Vec<_>>();
    let mut stage = Stage::new(&[10; 10]);
    let found = stand(&mut stage, 8, 1e-3, |_| 2.31);
    assert_eq!(findings(&found), [(Finding::NoLearning, 300)]);
    assert!(found[0].evidence.contains("ln 10 = 2.3,"), "{}", found[0].evidence);
    let found = stand(&mut Stage::new(&[10; 10]), 6, 1e-6, |_| 2.31);
    assert_eq!(findings(&found), [(Finding::LearningRateTooLow, 50), (Finding::NoLearning, 50)]);
    let mut stage = Stage::new(&[10; 10]);
    stage.learning_rate = 0.0;
    let found = stand(&mut stage, 1, 0.0, |_| 2.31);
    assert_eq!(findings(&found), [(Finding::LearningRateTooLow, 50), (Finding::NoLearning, 50)]);
    assert!(found.iter().all(|found| found.remedy.contains("above 0")), "{found:?}");
}

#[test]
fn a_rate_that_was_too_high_or_has_killed_the_units_is_not_called_too_low() {
    let mut stage = Stage::new(&[10; 10]);
    let mut found = stage.losses([2.3; 10].into_iter().chain([9.0; 20]));
    found.extend(stand(&mut stage, 3, 0.0, |_| 2.4));
    let said: Vec<_> = found.iter().map(|found| found.finding).collect();
    assert_eq!(said, [Finding::LearningRateTooHigh, Finding::NoLearning], "{found:?}");
    let last = &found[1];
    assert!(last.remedy.contains("a lower learning rate (from 0.1 to 0.01)"), "{}", last.remedy);
    assert!(last.evidence.contains("stood at 2.4, above that of guessing, ln 10 = 2.3, and"), "{}", last.evidence);
    // One look is enough, long before the units are called dead.
    let mut stage = Stage::new(&[10; 10]);
    let mut look = probe(0, vec![weights("dense_1/kernel", 1.0)], vec![layer("relu_1", "relu")]);
    (look.weights[0].update_ratio, look.activations[0].dead) = (0.0, 1.0);
    let mut found = stage.losses([2.31; 20]);
    found.extend(stage.look(look));
    found.extend(stage.end_epoch((2.31, 0.1), (2.31, 0.1)));
    let [only] = found.try_into().expect("one");
    assert!(only.finding == Finding::NoLearning && only.remedy.contains("a lower"), "{only:?}");
    let still = stand(&mut Stage::new(&[10; 10]), 1, 0.0, |_| 2.29);
    assert!(still[0].evidence.contains("no update moved a weight at all"), "{}", still[0].evidence);
    assert!(still[1].evidence.contains("no more than 2 % below that of guessing"), "{}", still[1].evidence);
}

#[test]
fn a_rate_that_was_too_low_is_too_high_only_once_it_was_raised() {
    let runs_away = |rate| {
        let mut stage = Stage::new(&[10; 10]);
        stage.losses([2.3; 5]);
        stand(&mut stage, 1, 0.0, |_| 2.31);
        stage.learning_rate = rate;
        stage.losses([9.0; 30]).len()
    };
    assert_eq!([runs_away(0.1), runs_away(1.0)], [0, 1]);
}

#[test]
fn a_loss_that_has_settled_withdraws_what_was_said_of_the_rate() {
    let mut stage = Stage::new(&[10; 10]);
    let [high] = stage.losses([2.4; 10].into_iter().chain([9.0; 20])).try_into().expect("one");
    assert_eq!(stage.end_epoch((0.9, 0.7), (0.9, 0.7)), [], "not yet");
    let [over] = stage.end_epoch((0.1, 1.0), (0.1, 1.0)).try_into().expect("one");
    assert!(over.is_over() && over.since == high.since && over.evidence.contains("in epoch 2 its mean is 0.1"), "{over:?}");
    assert_eq!(stage.end_epoch((0.1, 1.0), (0.1, 1.0)), [], "once");
    assert_eq!(stage.losses([9.0; 20]).len(), 1, "and told again when it comes back");
}

#[test]
fn a_loss_that_falls_or_is_low_or_has_run_away_is_learning_enough() {
    let none = |level: &dyn Fn(u32) -> f64, accuracy, ratio| {
        let mut stage = Stage::new(&[10; 10]);
        stage.accuracy = accuracy;
        assert_eq!(stand(&mut stage, 8, ratio, level), []);
    };
    none(&|batch| 2.4 - 0.001 * f64::from(batch), 0.1, 1e-6);
    none(&|_| 2.2, 0.1, 1e-3);
    none(&|_| 2.31, 0.4, 1e-3);
    none(&|_| 1.2, 0.6, 1e-6);
}
