//! The first value that is NaN or infinite: its layer, its phase and step, and the growth of loss and gradient before it.
//!
//! A probe may see it before the loss does. A loss that is not finite says that the outputs were not, and no more; the
//! re-run of its batch tells more, in [`rerun`](super::rerun). Never here: limits, a single value counts.

use super::context::Context;
use super::losses::Losses;
use super::probes::ProbeRules;
use super::words::number;
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::record::probe::{Histogram, Probe, Summary};
use crate::domain::run::event::{Step, series};

/// Number of values in `histogram` that are NaN or infinite.
fn broken(histogram: &Histogram) -> u64 {
    u64::from(histogram.nans) + u64::from(histogram.infinities)
}

fn is_broken(summary: &Summary) -> bool {
    broken(&summary.histogram) > 0
}

fn share(summary: &Summary) -> String {
    format!("{} of {}", broken(&summary.histogram), summary.histogram.total())
}

/// The growth before it, in words: the gradient's norm over the last probes, the loss since the start.
pub(super) fn growth(losses: &Losses, probes: &ProbeRules) -> String {
    let walk = |what: &str, [from, to]: [(Step, f64); 2]| {
        if from.0 == to.0 {
            format!("{what} was {} at step {}", number(to.1), to.0)
        } else {
            format!("{what} went from {} (step {}) to {} (step {})", number(from.1), from.0, number(to.1), to.0)
        }
    };
    let parts = [probes.norm_ends().map(|ends| walk("the gradient's norm", ends)), losses.ends().map(|ends| walk("the loss", ends))];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing was seen before it".to_owned() } else { format!("before it {}", parts.join(" and ")) }
}

pub(super) fn diagnosis(step: Step, since: Step, place: &str, series: String, seen: &str, growth: &str, context: &Context) -> Diagnosis {
    let remedy = if context.learning_rate > 0.0 {
        format!("Lower the learning rate {}, or clip the gradient's norm at 1, and start anew.", context.lower_rate())
    } else {
        "Check the data for values far too large, and start anew.".to_owned()
    };
    Diagnosis {
        place: place.to_owned(),
        evidence: format!("{seen}; {growth}."),
        remedy,
        series,
        ..context.found(Finding::NotFinite, Severity::Problem, step, since)
    }
}

/// The diagnosis of a batch without a finite loss and without a probe.
pub(super) fn in_batch(step: Step, losses: &Losses, probes: &ProbeRules, context: &Context) -> Diagnosis {
    let seen = match losses.ends() {
        Some([_, (last, _)]) => format!(
            "The outputs for the batch of step {step} are NaN or infinite in the forward pass: it overflowed, or the update of step {last} \
             broke the weights"
        ),
        None => format!("The outputs for the batch of step {step}, the first, are NaN or infinite in the forward pass"),
    };
    diagnosis(step, step, "", series::BATCH_LOSS.to_owned(), &seen, &growth(losses, probes), context)
}

/// The diagnosis of the first place in `probe` that is not finite, if any. `is_loss_lost`: the loss of the same step is
/// not finite either.
pub(super) fn in_probe(probe: &Probe, is_loss_lost: bool, losses: &Losses, probes: &ProbeRules, context: &Context) -> Option<Diagnosis> {
    let step = probe.step;
    let growth = growth(losses, probes);
    let found = |since, place: &str, series: String, seen: String| Some(diagnosis(step, since, place, series, &seen, &growth, context));
    if let Some(array) = probe.weights.iter().find(|array| is_broken(&array.weights)) {
        // The update of the last batch with a finite loss: before it the outputs, and with them the weights, were finite.
        let culprit = losses.ends().map(|[_, (last, _)]| last).filter(|&last| is_loss_lost && last < step);
        let (since, by) = match culprit {
            Some(last) => (last, format!("the update of step {last} broke them, whose batch still had a finite loss")),
            None => (probes.last_step().unwrap_or(0).saturating_add(1), "an earlier update broke them".to_owned()),
        };
        let seen = format!("{} weights of {} are NaN or infinite at step {step}: {by} (phase: update)", share(&array.weights), array.name);
        return found(since, &array.name, format!("weight/norm/{}", array.name), seen);
    }
    if let Some(layer) = probe.activations.iter().find(|layer| is_broken(&layer.values)) {
        let what = share(&layer.values);
        let seen = format!(
            "{what} values that come out of {} are NaN or infinite at step {step}, from finite weights (phase: forward)",
            layer.name
        );
        return found(step, &layer.name, format!("activation/mean/{}", layer.name), seen);
    }
    if let Some(array) = probe.weights.iter().rev().find(|array| is_broken(&array.gradient)) {
        let what = share(&array.gradient);
        let from = if is_loss_lost { "" } else { ", from a finite loss" };
        let seen = format!("{what} values of the gradient of {} are NaN or infinite at step {step}{from} (phase: backward)", array.name);
        return found(step, &array.name, format!("grad/norm/{}", array.name), seen);
    }
    let array = probe.weights.iter().find(|array| !array.update_ratio.is_finite() && array.weights.norm > 0.0)?;
    let seen = format!("The update of {} is NaN or infinite at step {step}, from a finite gradient (phase: update)", array.name);
    found(step, &array.name, format!("update_ratio/{}", array.name), seen)
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, layer, probe, values, weights};
    use super::*;

    fn healthy() -> Probe {
        let arrays = ["dense_1/kernel", "dense_2/kernel", "output/kernel"];
        let layers = [("dense_1", "dense"), ("relu_1", "relu"), ("dense_2", "dense"), ("output", "dense")];
        probe(0, arrays.map(|name| weights(name, 1.0)).to_vec(), layers.map(|(name, kind)| layer(name, kind)).to_vec())
    }

    /// What is told when the look at a step with this loss is `broken`.
    fn told(loss: f64, broken: Probe) -> Diagnosis {
        let mut stage = Stage::new(&[10; 10]);
        stage.losses([2.3]);
        assert_eq!(stage.look(healthy()), []);
        let mut found = stage.losses([3.0, 300.0, loss]);
        found.extend(stage.look(broken));
        found.extend(stage.begin_batch());
        found.extend(stage.losses([f64::NAN; 30]));
        found.extend(stage.end_epoch((f64::NAN, 0.0), (f64::NAN, 0.0)));
        let [only] = found.try_into().expect("a lost run is told once");
        only
    }

    #[test]
    fn a_look_names_the_first_place_and_its_phase() {
        let lost = || values(f32::NAN);
        let mut forward = healthy();
        forward.activations[2].values = lost();
        forward.activations[3].values = lost();
        forward.weights.iter_mut().for_each(|array| array.gradient = lost());
        let found = told(f64::NAN, forward);
        assert_eq!((found.place.as_str(), found.series.as_str(), found.step), ("dense_2", "activation/mean/dense_2", 4));
        assert!(
            found.evidence.contains("phase: forward") && found.evidence.contains("4 of 4 values that come out of dense_2"),
            "{}",
            found.evidence
        );
        assert!(found.evidence.contains("the loss went from 2.3 (step 1) to 300 (step 3)"), "{}", found.evidence);

        let mut backward = healthy();
        backward.weights[0].gradient = lost();
        backward.weights[1].gradient = values(f32::INFINITY);
        let found = told(2.0, backward);
        assert_eq!(
            (found.place.as_str(), found.series.as_str()),
            ("dense_2/kernel", "grad/norm/dense_2/kernel"),
            "backward comes from the end"
        );
        assert!(found.evidence.contains("from a finite loss (phase: backward)"), "{}", found.evidence);

        let mut update = healthy();
        update.weights[1].update_ratio = f64::INFINITY;
        let found = told(2.0, update);
        assert_eq!(found.place, "dense_2/kernel");
        assert!(found.evidence.contains("from a finite gradient (phase: update)"), "{}", found.evidence);

        let mut weights = healthy();
        weights.weights.iter_mut().for_each(|array| array.weights = lost());
        weights.activations.iter_mut().for_each(|layer| layer.values = lost());
        let found = told(f64::NAN, weights);
        assert_eq!((found.place.as_str(), found.since), ("dense_1/kernel", 3));
        assert!(found.evidence.contains("the update of step 3 broke them"), "{}", found.evidence);
    }

    #[test]
    fn without_a_look_the_batch_is_named_at_the_next_hook_whichever_it_is() {
        let next_batch = |stage: &mut Stage| stage.losses([f64::NAN]);
        let look = |stage: &mut Stage| stage.look(healthy());
        for next in [Stage::begin_batch, next_batch, Stage::end, look] {
            let mut stage = Stage::new(&[10; 10]);
            stage.losses([2.3]);
            stage.look(healthy());
            assert_eq!(stage.losses([40.0, f64::INFINITY]), [], "a look may follow");
            let [found] = next(&mut stage).try_into().expect("one");
            assert_eq!((found.finding, found.place.as_str(), found.step), (Finding::NotFinite, "", 3));
            assert!(found.evidence.contains("the update of step 2 broke the weights"), "{}", found.evidence);
            assert!(found.evidence.contains("norm was 1.73 at step 1"), "{}", found.evidence);
            assert_eq!(stage.losses([f64::NAN; 5]), []);
        }
        let mut stage = Stage::new(&[10; 10]);
        stage.losses([f64::NAN]);
        assert!(stage.end()[0].evidence.contains("the first, are NaN"));
    }

    #[test]
    fn weights_that_are_all_zero_have_no_update_ratio_and_that_is_no_finding() {
        let mut look = healthy();
        look.weights[2].weights = values(0.0);
        look.weights[2].update_ratio = f64::NAN;
        let mut stage = Stage::new(&[10; 10]);
        stage.losses([2.3]);
        assert_eq!(stage.look(look), []);
    }
}
