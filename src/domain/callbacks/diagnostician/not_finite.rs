//! The first value that is NaN or infinite: where it arose, in which phase of which step, and what grew before it.
//!
//! A loss that is not finite says that the outputs were not, and no more. A look at the same step names the first layer
//! or array on the way: weights, then forward from the first layer, then backward from the last. Never here: limits, a
//! single value counts.

use super::Scene;
use super::looks::Looks;
use super::losses::Losses;
use super::words::{number, tenth};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::event::{Step, series};
use crate::domain::probe::{Histogram, Probe, Summary};

/// How many values of `histogram` are NaN or infinite.
fn broken(histogram: &Histogram) -> u64 {
    u64::from(histogram.nans) + u64::from(histogram.infinities)
}

fn is_broken(summary: &Summary) -> bool {
    broken(&summary.histogram) > 0
}

fn share(summary: &Summary) -> String {
    format!("{} of {}", broken(&summary.histogram), summary.histogram.total())
}

/// What grew before: the gradient's norm over the last looks, the loss since the start.
fn growth(losses: &Losses, looks: &Looks) -> String {
    let walk = |what: &str, [from, to]: [(Step, f64); 2]| {
        if from.0 == to.0 {
            format!("{what} was {} at step {}", number(to.1), to.0)
        } else {
            format!("{what} went from {} (step {}) to {} (step {})", number(from.1), from.0, number(to.1), to.0)
        }
    };
    let parts = [
        looks.norm_ends().map(|ends| walk("the gradient's norm", ends)),
        losses.ends().map(|ends| walk("the loss", ends)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing was seen before it".to_owned() } else { format!("before it {}", parts.join(" and ")) }
}

fn diagnosis(step: Step, since: Step, place: &str, series: String, seen: &str, growth: &str, scene: &Scene) -> Diagnosis {
    let remedy = if scene.learning_rate > 0.0 {
        format!("Lower the learning rate {}, or clip the gradient's norm at 1, and start anew.", tenth(scene.learning_rate))
    } else {
        "Check the data for values far too large, and start anew.".to_owned()
    };
    Diagnosis {
        place: place.to_owned(),
        evidence: format!("{seen}; {growth} (a single such value counts)."),
        remedy,
        series,
        ..scene.found(Finding::NotFinite, Severity::Problem, step, since)
    }
}

/// The batch of `step` had no finite loss, and nobody looked into the network.
pub(super) fn in_batch(step: Step, losses: &Losses, looks: &Looks, scene: &Scene) -> Diagnosis {
    let seen = match losses.ends() {
        Some([_, (last, _)]) => format!(
            "The outputs for the batch of step {step} are NaN or infinite in the forward pass: it overflowed, or the update of step {last} \
             broke the weights"
        ),
        None => format!("The outputs for the batch of step {step}, the first, are NaN or infinite in the forward pass"),
    };
    diagnosis(step, step, "", series::BATCH_LOSS.to_owned(), &seen, &growth(losses, looks), scene)
}

/// The first place in `probe` that is not finite, if any. `is_loss_lost`: the loss of the same step is not finite either.
pub(super) fn in_probe(probe: &Probe, is_loss_lost: bool, losses: &Losses, looks: &Looks, scene: &Scene) -> Option<Diagnosis> {
    let step = probe.step;
    let growth = growth(losses, looks);
    let found = |since, place: &str, series: String, seen: String| Some(diagnosis(step, since, place, series, &seen, &growth, scene));
    if let Some(array) = probe.weights.iter().find(|array| is_broken(&array.weights)) {
        // The update of the last batch with a finite loss: before it the outputs, and with them the weights, were finite.
        let culprit = losses.ends().map(|[_, (last, _)]| last).filter(|&last| is_loss_lost && last < step);
        let (since, by) = match culprit {
            Some(last) => (last, format!("the update of step {last} broke them, whose batch still had a finite loss")),
            None => (looks.last_step().unwrap_or(0) + 1, "an earlier update broke them".to_owned()),
        };
        let seen = format!("{} weights of {} are NaN or infinite at step {step}: {by} (phase: update)", share(&array.weights), array.name);
        return found(since, &array.name, format!("weight/norm/{}", array.name), seen);
    }
    if let Some(layer) = probe.activations.iter().find(|layer| is_broken(&layer.values)) {
        let what = share(&layer.values);
        let seen = format!("{what} outputs of {} are NaN or infinite at step {step}, from finite weights (phase: forward)", layer.name);
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
