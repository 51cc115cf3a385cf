//! The rule on the re-run of a batch without a finite loss: the batch, the phase and the layer that lost the first value.
//!
//! The order is that of training: weights, forward from the first layer, loss, backward from the last layer, update.
//! Never here: limits, a single value counts.

use super::context::Context;
use super::losses::Losses;
use super::not_finite::{diagnosis, growth};
use super::probes::ProbeRules;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::diagnosis::examination::{Examination, Lost, Rerun};
use crate::domain::run::event::{Step, series};

/// The weights that were used, in words. Training used those after the step before.
fn weights_used(rerun: &Rerun) -> String {
    if rerun.weights_of + 1 == rerun.step {
        match rerun.weights_of {
            0 => "with the first weights, as in training".to_owned(),
            step => format!("with the weights after step {step}, as in training"),
        }
    } else {
        format!("with the weights after step {}, since those that it was trained with were not kept", rerun.weights_of)
    }
}

fn share(lost: &Lost) -> String {
    format!("{} of {}", lost.values, lost.of)
}

fn samples(rerun: &Rerun) -> String {
    match rerun.samples.as_slice() {
        [only] => format!("for sample {only} of the data, one of {} in the batch", rerun.size),
        all if all.len() == rerun.size => format!("for all {} samples of the batch", rerun.size),
        [first, ..] => {
            format!("for {} of the {} samples of the batch, the first of them sample {first} of the data", rerun.samples.len(), rerun.size)
        }
        [] => format!("though the outputs of all {} samples are finite", rerun.size),
    }
}

/// The place where the first value was lost.
struct First {
    /// The step of the batch in whose training it was lost.
    step: Step,
    place: String,
    series: String,
    /// The place in words that follow "…: ".
    seen: String,
}

fn first(examination: &Examination) -> First {
    let Examination { batch, before } = examination;
    let found = |rerun: &Rerun, lost: &Lost, kind: &str, seen: String| First {
        step: rerun.step,
        place: lost.name.clone(),
        series: format!("{kind}/{}", lost.name),
        seen,
    };
    let whole = |seen: &str| First { step: batch.step, place: String::new(), series: series::BATCH_LOSS.to_owned(), seen: seen.to_owned() };
    if let Some(weights) = &batch.weights {
        let what = format!("{} weights of {}", share(weights), weights.name);
        let Some(before) = before.as_ref().filter(|before| before.weights.is_none()) else {
            return found(
                batch,
                weights,
                "weight/norm",
                format!("{what} were not finite before it, broken by an earlier update (phase: update)"),
            );
        };
        return match &before.gradient {
            Some(gradient) => {
                let seen = format!(
                    "{what} were not finite before it, so the batch of step {} was run once more as well, {}: its loss is finite, but {} \
                     values of the gradient of {} are not, the first on the way back (phase: backward)",
                    before.step,
                    weights_used(before),
                    share(gradient),
                    gradient.name
                );
                found(before, gradient, "grad/norm", seen)
            }
            None => {
                let seen = format!(
                    "{what} were not finite before it, so the batch of step {} was run once more as well, {}: its loss and its gradient are \
                     finite, so its update overflowed (phase: update)",
                    before.step,
                    weights_used(before)
                );
                found(before, weights, "update_ratio", seen)
            }
        };
    }
    if let Some(layer) = &batch.layer {
        let seen = format!(
            "all weights are finite, and {} is the first layer whose output is not, in {} values and in the end {} (phase: forward)",
            layer.name,
            share(layer),
            samples(batch)
        );
        return found(batch, layer, "activation/mean", seen);
    }
    if !batch.loss.is_finite() {
        return whole("all weights and the outputs of all layers are finite, the loss is not (phase: loss)");
    }
    match &batch.gradient {
        Some(gradient) => {
            let seen = format!(
                "the loss is finite this time, {} values of the gradient of {} are not (phase: backward)",
                share(gradient),
                gradient.name
            );
            found(batch, gradient, "grad/norm", seen)
        }
        None => whole("this time every value is finite, so it cannot be said where it was lost"),
    }
}

/// The diagnosis that `examination` leads to.
pub(super) fn in_examination(examination: &Examination, losses: &Losses, probes: &ProbeRules, context: &Context) -> Diagnosis {
    let batch = &examination.batch;
    let First { step, place, series, seen } = first(examination);
    let seen = format!("The loss of step {} is NaN or infinite. Its batch was run once more, {}: {seen}", batch.step, weights_used(batch),);
    diagnosis(batch.step, step, &place, series, &seen, &growth(losses, probes), context)
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;
    use crate::domain::callback::Callback;
    use crate::domain::diagnosis::Finding;

    fn lost(name: &str) -> Option<Lost> {
        Lost::among(name, &[f32::NAN, 1.0, f32::INFINITY, 2.0])
    }

    fn healthy(step: Step) -> Rerun {
        Rerun { step, weights_of: step - 1, size: 32, weights: None, layer: None, samples: Vec::new(), loss: 1.0, gradient: None }
    }

    /// What is told of a loss that is lost at step 3.
    fn words(batch: Rerun, before: Option<Rerun>) -> Diagnosis {
        let mut stage = Stage::new(&[10; 10]);
        assert_eq!(stage.losses([2.3, 40.0, f64::NAN]), []);
        let mut found = told(stage.doctor.on_examination(&Examination { batch, before }));
        found.extend(stage.begin_batch());
        found.extend(stage.losses([f64::NAN; 5]));
        let [only] = found.try_into().expect("it is told once");
        assert_eq!((only.finding, only.step), (Finding::NotFinite, 3));
        assert!(only.evidence.contains("the loss went from 2.3 (step 1) to 40 (step 2)"), "{}", only.evidence);
        only
    }

    #[test]
    fn the_first_place_in_the_order_of_training_is_named() {
        let forward = Rerun { layer: lost("dense_2"), samples: vec![417], loss: f32::NAN, gradient: lost("dense_1/kernel"), ..healthy(3) };
        let found = words(forward.clone(), Some(healthy(2)));
        assert_eq!((found.place.as_str(), found.series.as_str(), found.since), ("dense_2", "activation/mean/dense_2", 3));
        for part in
            ["with the weights after step 2, as in training", "2 of 4 values", "sample 417 of the data, one of 32", "(phase: forward)"]
        {
            assert!(found.evidence.contains(part), "no {part:?} in {}", found.evidence);
        }

        let broken = Rerun { weights: lost("dense_1/kernel"), ..forward };
        let backward = Rerun { gradient: lost("output/kernel"), ..healthy(2) };
        let found = words(broken.clone(), Some(backward));
        assert_eq!((found.place.as_str(), found.series.as_str(), found.since), ("output/kernel", "grad/norm/output/kernel", 2));
        assert!(found.evidence.contains("batch of step 2 was run once more as well") && found.evidence.contains("(phase: backward)"));

        let found = words(broken.clone(), Some(healthy(2)));
        assert_eq!((found.place.as_str(), found.since), ("dense_1/kernel", 2));
        assert!(found.evidence.contains("its update overflowed (phase: update)"), "{}", found.evidence);

        let older = Rerun { weights: lost("dense_1/kernel"), ..healthy(2) };
        for before in [None, Some(older)] {
            let found = words(broken.clone(), before);
            assert!(found.evidence.contains("broken by an earlier update (phase: update)"), "{}", found.evidence);
        }

        let found = words(Rerun { loss: f32::INFINITY, ..healthy(3) }, None);
        assert!(found.place.is_empty() && found.evidence.contains("(phase: loss)"), "{}", found.evidence);
    }

    #[test]
    fn what_was_not_kept_or_does_not_come_again_is_said() {
        let found = words(Rerun { weights_of: 30, layer: lost("dense_1"), samples: (0..32).collect(), ..healthy(3) }, None);
        assert!(found.evidence.contains("with the weights after step 30, since those that it was trained with were not kept"));
        assert!(found.evidence.contains("for all 32 samples of the batch"), "{}", found.evidence);
        assert!(words(healthy(3), None).evidence.contains("this time every value is finite"));
    }
}
