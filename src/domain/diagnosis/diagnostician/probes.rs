//! The rules on probes of the network: gradients that explode or vanish, units that are dead, activations at their
//! ends, updates out of proportion.
//!
//! One probe proves little, so most rules wait for a streak of them. Never here: values that are not finite.

use super::context::Context;
use super::words::{number, percent};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::record::probe::{ActivationProbe, Probe, WeightProbe};
use crate::domain::run::event::Step;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Number of gradient norms that are kept, to take the median of.
const NORMS: usize = 21;
/// Number of kernels from which on a network has first and last layers.
const DEEP: usize = 3;

/// A number of probes in a row that agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Streak {
    since: Step,
    probes: u32,
}

/// The state of these rules: the last norms and the streaks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ProbeRules {
    last: Option<Step>,
    norms: VecDeque<(Step, f64)>,
    streaks: BTreeMap<String, Streak>,
    /// Whether the last probe saw a layer most of whose units are dead; it may be too early to tell of it.
    #[serde(default)]
    is_dead: bool,
}

fn is_kernel(array: &WeightProbe) -> bool {
    array.name.ends_with("/kernel")
}

/// Root mean square of the gradient of one array.
fn gradient_size(array: &WeightProbe) -> f64 {
    array.gradient.norm / (array.gradient.histogram.total().max(1) as f64).sqrt()
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// The share of units of layer `index` that are dead. A probe sees some samples only, but a unit that is zero for the
/// whole batch has a bias without gradient too: where the layer before has biases, both must agree.
fn dead_share(probe: &Probe, index: usize) -> f64 {
    let layer = &probe.activations[index];
    let Some(before) = index.checked_sub(1).map(|index| &probe.activations[index]) else { return layer.dead };
    let bias =
        probe.weights.iter().find(|array| array.name == format!("{}/bias", before.name) || array.name == format!("{}/beta", before.name));
    bias.map_or(layer.dead, |array| {
        let histogram = &array.gradient.histogram;
        layer.dead.min(f64::from(histogram.zeros) / histogram.total().max(1) as f64)
    })
}

/// The kernel that the update moved most for its size. Biases begin at zero, so theirs are large in every run.
pub(super) fn most_moved(probe: &Probe) -> Option<&WeightProbe> {
    let kernels = probe.weights.iter().filter(|array| is_kernel(array) && array.update_ratio.is_finite());
    kernels.max_by(|a, b| a.update_ratio.total_cmp(&b.update_ratio))
}

impl ProbeRules {
    /// The first and the last kept norm of the gradient, with their steps.
    pub(super) fn norm_ends(&self) -> Option<[(Step, f64); 2]> {
        Some([*self.norms.front()?, *self.norms.back()?])
    }

    /// Whether a layer's units were dead at the last probe.
    pub(super) fn is_dead(&self) -> bool {
        self.is_dead
    }

    /// The step of the last probe.
    pub(super) fn last_step(&self) -> Option<Step> {
        self.last
    }

    /// Adds a probe in which every value is finite, and asks the rules.
    pub(super) fn on_probe(&mut self, probe: &Probe, context: &Context) -> Vec<Diagnosis> {
        let mut found: Vec<Diagnosis> = self.exploding(probe, context).into_iter().collect();
        self.norms.push_back((probe.step, probe.gradient_norm()));
        if self.norms.len() > NORMS {
            self.norms.pop_front();
        }
        self.last = Some(probe.step);
        let mut is_dead = false;
        for (index, layer) in probe.activations.iter().enumerate() {
            if layer.is_rectifier() {
                let dead = dead_share(probe, index);
                is_dead |= dead > context.limits.dead_share;
                found.extend(self.dead_units(probe.step, layer, dead, context));
            }
            if layer.saturates() {
                found.extend(self.saturation(probe.step, layer, context));
            }
        }
        self.is_dead = is_dead;
        // Dead units let no gradient through: that they are dead is the finding.
        found.extend(self.vanishing(probe, is_dead, context));
        found.extend(self.large_updates(probe, context));
        found
    }

    /// Counts a probe for or against `key`; returns the step of the first, once there are enough in a row, `more` times
    /// as many as usual.
    fn streak(&mut self, key: String, holds: bool, step: Step, more: u32, context: &Context) -> Option<Step> {
        if !holds {
            self.streaks.remove(&key);
            return None;
        }
        let streak = self.streaks.entry(key).or_insert(Streak { since: step, probes: 0 });
        streak.probes = streak.probes.saturating_add(1);
        let is_long = streak.probes >= context.limits.streak * more && step.saturating_sub(streak.since) + 1 >= context.limits.streak_steps;
        is_long.then_some(streak.since)
    }

    fn exploding(&self, probe: &Probe, context: &Context) -> Option<Diagnosis> {
        let usual = median(self.norms.iter().map(|&(_, norm)| norm))?;
        let norm = probe.gradient_norm();
        let (factor, least) = (context.limits.exploding_factor, context.limits.exploding_norm);
        // Late in a run a single hard batch has a gradient many times the median, and nothing comes of it.
        if norm <= factor * usual || norm <= least || !context.is_still_high() {
            return None;
        }
        let largest = probe.weights.iter().max_by(|a, b| a.gradient.norm.total_cmp(&b.gradient.norm))?;
        Some(Diagnosis {
            evidence: format!(
                "The gradient's norm is {} at step {}, {} times {}, the median of the looks before ({}), and largest in {}.",
                number(norm),
                probe.step,
                number(norm / usual.max(1e-30)),
                number(usual),
                self.norms.len(),
                largest.name,
            ),
            limits: context.limits.limits(&["explodingFactor", "explodingNorm", "stillHigh"]),
            remedy: format!("Lower the learning rate {}, or clip the gradient's norm at 1.", context.lower_rate()),
            series: "grad/norm".to_owned(),
            ..context.found(Finding::ExplodingGradient, Severity::Problem, probe.step, self.last.unwrap_or(0).saturating_add(1))
        })
    }

    fn vanishing(&mut self, probe: &Probe, is_dead: bool, context: &Context) -> Option<Diagnosis> {
        let kernels: Vec<&WeightProbe> = probe.weights.iter().filter(|array| is_kernel(array)).collect();
        let (first, last) = (*kernels.first()?, *kernels.last()?);
        let (small, large) = (gradient_size(first), gradient_size(last));
        let limit = context.limits.vanishing_ratio;
        let holds = kernels.len() >= DEEP && !is_dead && context.is_still_high() && small < limit * large;
        let since = self.streak("vanishing".to_owned(), holds, probe.step, 1, context)?;
        let bounded = probe.activations.iter().find(|layer| layer.saturates());
        let remedy = match bounded {
            Some(layer) => format!("Use ReLU instead of {}, put batch norm between the layers, or use fewer layers.", layer.kind),
            None => "Put batch norm between the layers, or use fewer layers.".to_owned(),
        };
        Some(Diagnosis {
            place: first.name.clone(),
            evidence: format!(
                "Since step {since} the gradient is tiny in the first layers: at step {} a weight of {} gets {} on average, one of {} {}, \
                 {}.",
                probe.step,
                first.name,
                number(small),
                last.name,
                number(large),
                if small > 0.0 { format!("{} times as much", number(large / small)) } else { "and the first nothing at all".to_owned() },
            ),
            limits: context.limits.limits(&["vanishingRatio", "streak", "streakSteps", "stillHigh"]),
            remedy,
            series: format!("grad/norm/{}", first.name),
            ..context.found(Finding::VanishingGradient, Severity::Warning, probe.step, since)
        })
    }

    fn dead_units(&mut self, step: Step, layer: &ActivationProbe, dead: f64, context: &Context) -> Option<Diagnosis> {
        let is_lost = dead >= context.limits.dead_share_lost;
        let wanted = context.limits.dead_samples;
        let holds = if context.batch_size < wanted { is_lost } else { dead > context.limits.dead_share };
        let more = wanted.div_ceil(context.batch_size.max(1));
        let since = self.streak(format!("dead/{}", layer.name), holds, step, more, context)?;
        let severity = if is_lost { Severity::Problem } else { Severity::Warning };
        Some(Diagnosis {
            place: layer.name.clone(),
            evidence: format!(
                "{} of the units of {} are zero for every sample at step {step}, and too many have been in each look since step {since}.",
                percent(dead),
                layer.name,
            ),
            limits: context.limits.limits(&["deadShare", "deadShareLost", "deadSamples", "streak", "streakSteps"]),
            remedy: format!(
                "Start anew with a lower learning rate ({}), or with leaky ReLU: what is dead in this run stays dead.",
                context.lower_rate(),
            ),
            series: format!("activation/dead/{}", layer.name),
            ..context.found(Finding::DeadUnits, severity, step, since)
        })
    }

    fn saturation(&mut self, step: Step, layer: &ActivationProbe, context: &Context) -> Option<Diagnosis> {
        let holds = layer.saturated > context.limits.saturated_share && context.is_still_high();
        let since = self.streak(format!("saturated/{}", layer.name), holds, step, 1, context)?;
        Some(Diagnosis {
            place: layer.name.clone(),
            evidence: format!(
                "{} of what comes out of {} at step {step} is at the ends of the range of {}, and too much has been in each look since \
                 step {since}.",
                percent(layer.saturated),
                layer.name,
                layer.kind,
            ),
            limits: context.limits.limits(&["saturatedShare", "streak", "streakSteps", "stillHigh"]),
            // What was so before the first update is not the learning rate's fault.
            remedy: if since <= 1 {
                format!("Scale the inputs to about -1 to 1, or put batch norm before {}.", layer.name)
            } else {
                format!("Lower the learning rate {}, or put batch norm before {}.", context.lower_rate(), layer.name)
            },
            series: format!("activation/saturated/{}", layer.name),
            ..context.found(Finding::Saturation, Severity::Warning, step, since)
        })
    }

    fn large_updates(&mut self, probe: &Probe, context: &Context) -> Option<Diagnosis> {
        let limit = context.limits.update_ratio_high;
        let largest = most_moved(probe)?;
        let holds = largest.update_ratio > limit && context.is_still_high();
        let since = self.streak("updates".to_owned(), holds, probe.step, 1, context)?;
        Some(Diagnosis {
            evidence: format!(
                "In each look since step {since} an update moved the weights of a layer by more than {} of their size, at step {} {} by \
                 {}, and the loss is still {}.",
                percent(limit),
                probe.step,
                largest.name,
                percent(largest.update_ratio),
                number(context.level.unwrap_or(context.guess.loss)),
            ),
            limits: context.limits.limits(&["updateRatioHigh", "streak", "streakSteps", "stillHigh"]),
            remedy: format!("Lower the learning rate {}; an update of about 0.1 % of the weights is healthy.", context.lower_rate()),
            series: format!("update_ratio/{}", largest.name),
            ..context.found(Finding::LearningRateTooHigh, Severity::Warning, probe.step, since)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, bias, layer, probe, weights};
    use super::*;

    /// Probes every 20 batches of this loss: what is told.
    fn diagnosed(loss: f64, batch_size: u32, probes: impl IntoIterator<Item = Probe>) -> Vec<Diagnosis> {
        let mut stage = Stage::new(&[10; 10]);
        stage.batch_size = batch_size;
        let mut found = Vec::new();
        for probe in probes {
            found.extend(stage.losses([loss; 20]));
            found.extend(stage.look(probe));
        }
        found
    }

    fn gradients(norms: [f64; 3]) -> Probe {
        let names = ["dense_1/kernel", "dense_2/kernel", "output/kernel"];
        probe(0, names.iter().zip(norms).map(|(name, norm)| weights(name, norm)).collect(), vec![layer("sigmoid_1", "sigmoid")])
    }

    #[test]
    fn an_exploding_gradient_is_far_above_its_median_and_large() {
        let run = |loss, last| diagnosed(loss, 64, [[1.0; 3], [1.1; 3], [0.9; 3], last].map(gradients));
        let [found] = run(2.3, [1.0, 50.0, 2.0]).try_into().expect("one");
        assert_eq!((found.finding, found.since, found.step), (Finding::ExplodingGradient, 61, 80));
        assert!(
            found.evidence.contains("28.9 times 1.73, the median of the looks before (3)") && found.evidence.contains("dense_2/kernel"),
            "{}",
            found.evidence
        );
        assert_eq!(run(2.3, [30.0, 0.0, 0.0]), [], "large, but not so much larger");
        assert_eq!(run(0.1, [0.0, 50.0, 0.0]), [], "a hard batch of a run that has learned");
        assert_eq!(diagnosed(2.3, 64, [[0.01; 3], [5.0; 3]].map(gradients)), [], "grown, but not large");
    }

    #[test]
    fn a_vanishing_gradient_lasts_and_needs_layers_to_vanish_in() {
        let [found] = diagnosed(2.3, 64, [[1e-5, 0.1, 1.0]; 6].map(gradients)).try_into().expect("one");
        assert_eq!((found.finding, found.place.as_str(), found.since), (Finding::VanishingGradient, "dense_1/kernel", 20));
        assert_eq!(found.step, 80, "four looks");
        assert!(found.remedy.contains("instead of sigmoid"), "{}", found.remedy);
        assert_eq!(diagnosed(2.3, 64, [[0.01, 0.1, 1.0]; 6].map(gradients)), []);
        assert_eq!(diagnosed(0.1, 64, [[1e-5, 0.1, 1.0]; 6].map(gradients)), [], "it has learned all the same");
        let broken_off = [1e-5, 1e-5, 1e-5, 0.1, 1e-5, 1e-5, 1e-5].map(|first| gradients([first, 0.1, 1.0]));
        assert_eq!(diagnosed(2.3, 64, broken_off), []);
        let shallow = || probe(0, vec![weights("dense_1/kernel", 1e-5), weights("output/kernel", 1.0)], vec![]);
        assert_eq!(diagnosed(2.3, 64, (0..6).map(|_| shallow())), []);
    }

    fn relu(dead: f64, biases_without_gradient: usize) -> Probe {
        let mut look =
            probe(0, vec![bias("dense_1/bias", biases_without_gradient)], vec![layer("dense_1", "dense"), layer("relu_1", "relu")]);
        look.activations[1].dead = dead;
        look
    }

    #[test]
    fn dead_units_are_silent_for_the_samples_and_without_gradient_for_the_batch() {
        let run = |batch_size, count, dead, zeros| diagnosed(1.0, batch_size, (0..count).map(|_| relu(dead, zeros)));
        let [found] = run(64, 6, 0.95, 4).try_into().expect("one");
        assert_eq!((found.finding, found.severity, found.place.as_str()), (Finding::DeadUnits, Severity::Problem, "relu_1"));
        assert_eq!((found.since, found.step), (20, 80));
        assert_eq!(run(64, 6, 0.9, 4)[0].severity, Severity::Warning);
        assert_eq!(run(64, 6, 0.9, 2), [], "half of them woke for other samples of the batch");
        assert_eq!(run(64, 6, 0.6, 4), []);
        assert_eq!(run(1, 40, 0.9, 4), [], "one sample leaves most units silent");
        let [found] = run(1, 70, 1.0, 4).try_into().expect("a layer that is silent for 64 samples, one by one");
        assert_eq!(found.step, 64 * 20);
    }

    #[test]
    fn saturation_is_told_while_the_loss_is_high() {
        let run = |loss, saturated| {
            let mut look = probe(0, vec![weights("dense_1/kernel", 1.0)], vec![layer("tanh_1", "tanh")]);
            look.activations[0].saturated = saturated;
            diagnosed(loss, 64, vec![look; 6])
        };
        let [found] = run(2.3, 0.8).try_into().expect("one");
        assert_eq!((found.finding, found.place.as_str(), found.step), (Finding::Saturation, "tanh_1", 80));
        assert_eq!(found.series, "activation/saturated/tanh_1");
        assert_eq!(run(2.3, 0.5), []);
        assert_eq!(run(0.2, 0.8), []);
    }

    #[test]
    fn large_updates_that_last_are_too_large_steps_but_biases_may_begin_so() {
        let run = |loss, name: &str, ratio| {
            let mut look = probe(0, vec![weights(name, 1.0)], vec![]);
            look.weights[0].update_ratio = ratio;
            diagnosed(loss, 64, vec![look; 6])
        };
        let [found] = run(2.3, "dense_1/kernel", 0.3).try_into().expect("one");
        assert_eq!((found.finding, found.severity), (Finding::LearningRateTooHigh, Severity::Warning));
        assert!(found.evidence.contains("by 30 %"), "{}", found.evidence);
        assert_eq!(run(2.3, "dense_1/bias", 0.3), []);
        assert_eq!(run(2.3, "dense_1/kernel", 0.05), []);
        assert_eq!(run(0.5, "dense_1/kernel", 0.3), []);
    }

    #[test]
    fn looking_at_every_batch_is_not_hastier() {
        let mut stage = Stage::new(&[10; 10]);
        let mut found = Vec::new();
        for _ in 0..60 {
            stage.losses([2.3]);
            found.extend(stage.look(gradients([1e-5, 0.1, 1.0])));
        }
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].since, found[0].step), (1, 40));
    }
}
