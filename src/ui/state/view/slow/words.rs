//! The words of a step in slow motion: a sentence for each act, its numbers one by one, and what is known of a unit. Never here:
//! which act.

use super::{Act, SlowFilm};
use crate::charts::format_value;
use crate::domain::data::SampleShape;
use crate::domain::record::known::Unit;
use crate::domain::run::config::OptimizerSpec;
use crate::domain::view::slow::ArrayStep;
use crate::ui::state::view::UnitPlace;

/// A number with six digits that count, so that a weight's small change is seen.
fn exact(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() || !(1e-4..1e6).contains(&size) {
        return if value.is_finite() && value != 0.0 { signed(&format!("{value:.5e}")) } else { plain(value as f32) };
    }
    let decimals = (5.0 - size.log10().floor()).max(0.0) as usize;
    signed(&format!("{value:.decimals$}"))
}

/// A number with the minus that stands between numbers, too: two kinds of it in one formula would be a riddle.
fn signed(number: &str) -> String {
    number.replace('-', "−")
}

/// A number as it is read, with that minus.
pub fn plain(value: f32) -> String {
    signed(&format_value(value, Unit::Plain))
}

fn percent(share: f32) -> String {
    format!("{:.1} %", 100.0 * share)
}

impl SlowFilm {
    /// The right class of the sample that is followed, the probability that it was given, and its name.
    fn right(&self) -> (f32, String) {
        let label = self.step.view.sample.and_then(|sample| sample.label).unwrap_or(0);
        (self.before.numbers.outputs.get(label as usize).copied().unwrap_or(f32::NAN), self.before.class(label))
    }

    /// The sum of the batch's losses.
    fn sum(&self) -> f64 {
        self.terms.iter().map(|term| f64::from(term.loss)).sum::<f64>() + self.step.rest
    }

    /// The steps of the weights proper, each with the name of its layer.
    fn kernels(&self) -> impl Iterator<Item = (&str, &ArrayStep)> {
        let arrays = self.step.arrays.iter().zip(&self.arrays);
        arrays.filter_map(|(name, array)| Some((name.strip_suffix("/kernel")?, array)))
    }

    /// The lengths of the gradients by the weights, layer by layer.
    fn gradients(&self) -> Vec<(String, f32)> {
        self.kernels().map(|(layer, array)| (layer.to_owned(), array.gradient)).collect()
    }

    /// One sentence on `act`.
    pub fn caption(&self, act: Act) -> String {
        let (size, (share, right)) = (self.step.size, self.right());
        match act {
            Act::Forward => {
                let index = self.step.view.sample.and_then(|sample| sample.index).unwrap_or(0);
                format!(
                    "Batch {} has {size} samples; the first of them, sample {} of class {right}, goes through the layers, and the network gives \
                     its class {}.",
                    self.step.step(),
                    index.saturating_add(1),
                    percent(share)
                )
            }
            Act::Loss => {
                let own = self.step.view.sample.and_then(|sample| sample.loss).unwrap_or(f64::NAN);
                format!(
                    "The right class had {}, which costs −ln {} = {}; the loss is the mean of what all {size} samples cost, {}.",
                    percent(share),
                    exact(f64::from(share)),
                    exact(own),
                    exact(self.step.loss)
                )
            }
            Act::Backward => {
                let all = self.gradients();
                let ends = match (all.last(), all.first()) {
                    (Some((last, slope)), Some((first, other))) if last != first => {
                        format!("{} long in {last} and {} in {first}", plain(*slope), plain(*other))
                    }
                    (Some((last, slope)), _) => format!("{} long in {last}", plain(*slope)),
                    _ => String::new(),
                };
                format!(
                    "From the loss back to the first layer: how much it would rise with each answer and each weight. The gradient is {ends}."
                )
            }
            Act::Update => match self.most_moved() {
                Some((name, array)) => format!(
                    "{} moves every weight against its gradient; the one that moves most is in {name}, from {} to {}.",
                    self.optimizer.title(),
                    exact(f64::from(array.old)),
                    exact(f64::from(array.new))
                ),
                None => String::new(),
            },
        }
    }

    /// The numbers of `act`, one by one.
    pub fn facts(&self, act: Act) -> Vec<String> {
        match act {
            Act::Forward => {
                let mut classes: Vec<(u32, f32)> = (0..).zip(self.before.numbers.outputs.iter().copied()).collect();
                classes.sort_by(|a, b| b.1.total_cmp(&a.1));
                let best = classes.into_iter().take(4).map(|(class, share)| format!("{}: {}", self.before.class(class), percent(share)));
                let others: Vec<String> = self.terms.iter().map(|term| term.index.saturating_add(1).to_string()).collect();
                let more = if self.step.size as usize > others.len() { " …" } else { "" };
                best.chain([format!("samples {}{more}", others.join(", "))]).collect()
            }
            Act::Loss => {
                let term = |term: &crate::domain::view::slow::Term| {
                    let probability = exact(f64::from(term.probability));
                    format!(
                        "{} ({}): −ln {probability} = {}",
                        term.index.saturating_add(1),
                        self.before.class(term.label),
                        exact(f64::from(term.loss))
                    )
                };
                let rest = self.step.size as usize - self.terms.len().min(self.step.size as usize);
                let rest = (rest > 0).then(|| format!("{rest} more: {}", exact(self.step.rest)));
                let mean = format!("{} / {} = {}", exact(self.sum()), self.step.size, exact(self.step.loss));
                self.terms.iter().map(term).chain(rest).chain([mean]).collect()
            }
            Act::Backward => {
                let mut facts: Vec<String> =
                    self.gradients().into_iter().rev().map(|(name, slope)| format!("{name}: gradient {}", plain(slope))).collect();
                if self.step.clip != 1.0 {
                    facts.push(format!("all gradients clipped, times {}", exact(self.step.clip)));
                }
                facts
            }
            Act::Update => {
                let moved = self.kernels().map(|(layer, array)| {
                    let share = format_value(array.change / array.weights, Unit::Share);
                    format!("{layer}: moved {}, {share} of its length", plain(array.change))
                });
                moved.chain(self.most_moved().map(|(_, array)| self.rule(array))).collect()
            }
        }
    }

    /// The optimiser's rule with the numbers of one weight.
    fn rule(&self, array: super::ArrayStep) -> String {
        let slope = f64::from(array.slope) * self.step.clip;
        let [old, new, first, second] = [array.old, array.new, array.means[0], array.means[1]].map(f64::from);
        let (rate, updates) = (self.step.learning_rate, f64::from(self.step.updates));
        let adam = |kept: String, beta1: f64, beta2: f64, epsilon: f64| {
            let (mean, square) = (first / (1.0 - beta1.powf(updates)), second / (1.0 - beta2.powf(updates)));
            format!("{kept} − {rate} · {} / (√{} + {}) = {}", exact(mean), exact(square), signed(&format!("{epsilon:e}")), exact(new))
        };
        match self.optimizer {
            OptimizerSpec::Sgd { momentum: 0.0, .. } => format!("{} − {rate} · {} = {}", exact(old), exact(slope), exact(new)),
            OptimizerSpec::Sgd { momentum, .. } => {
                format!(
                    "{} − {rate} · {} = {}, of which the gradient is {} and the rest {momentum} of the last step",
                    exact(old),
                    exact(first),
                    exact(new),
                    exact(slope)
                )
            }
            OptimizerSpec::Adam { beta1, beta2, epsilon, .. } => adam(exact(old), beta1, beta2, epsilon),
            OptimizerSpec::AdamW { beta1, beta2, epsilon, weight_decay, .. } => {
                adam(format!("{} · {}", exact(old), exact(1.0 - rate * weight_decay)), beta1, beta2, epsilon)
            }
            OptimizerSpec::Rmsprop { epsilon, .. } => {
                format!(
                    "{} − {rate} · {} / (√{} + {}) = {}",
                    exact(old),
                    exact(slope),
                    exact(first),
                    signed(&format!("{epsilon:e}")),
                    exact(new)
                )
            }
        }
    }

    /// One unit in words: its answer, its slope, its bias.
    pub fn unit(&self, at: UnitPlace) -> String {
        let groups = self.before.groups();
        let Some(&group) = groups.get(at.group) else { return String::new() };
        let layer = self.before.layer(group);
        let Some(&number) = layer.shown.get(at.place) else { return String::new() };
        let first = &self.before.view.layers[group.first];
        let noun = if matches!(layer.output, SampleShape::Image { .. }) { "channel" } else { "unit" };
        let mut words = format!("{}, {noun} {} of {}", first.name, number + 1, layer.units);
        let of = |seen: &super::Seen| match seen.numbers.map(&seen.view, group.last, at.place) {
            [value] => Some(*value),
            _ => None,
        };
        if let (Some(answer), Some(slope)) = (of(&self.before), of(&self.slopes)) {
            words.push_str(&format!(" · answers {}, and the loss changes by {} per unit of that", plain(answer), plain(slope)));
        }
        let facts = |seen: &super::Seen| seen.numbers.facts(&seen.view, group.first, at.place);
        let (before, after) = (facts(&self.before), facts(&self.after));
        if before.gradient.is_finite() {
            words.push_str(&format!(" · gradient of its weights {}", plain(before.gradient)));
        }
        if before.bias.is_finite() {
            words.push_str(&format!(" · bias {} → {}", exact(f64::from(before.bias)), exact(f64::from(after.bias))));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::film;
    use super::*;

    #[test]
    fn each_act_says_its_numbers() {
        let film = film();
        let caption = |act| film.caption(act);
        assert_eq!(
            caption(Act::Forward),
            "Batch 21 has 9 samples; the first of them, sample 208 of class dog, goes through the layers, and the network gives its class 75.0 %."
        );
        assert_eq!(
            caption(Act::Loss),
            "The right class had 75.0 %, which costs −ln 0.750000 = 0.287682; the loss is the mean of what all 9 samples cost, 0.300000."
        );
        assert!(
            caption(Act::Backward).ends_with("The gradient is 0.500 long in output and 0.500 in conv2d_1."),
            "{}",
            caption(Act::Backward)
        );
        assert_eq!(
            caption(Act::Update),
            "Adam moves every weight against its gradient; the one that moves most is in output/kernel, from −0.300000 to −0.310000."
        );
    }

    #[test]
    fn the_terms_that_are_shown_sum_to_the_mean() {
        let facts = film().facts(Act::Loss);
        assert_eq!(facts.len(), 10);
        assert_eq!(facts[0], "1 (dog): −ln 0.750000 = 0.287682");
        assert_eq!(facts[8], "1 more: 0.398543");
        assert_eq!(facts[9], "2.70000 / 9 = 0.300000");
    }

    #[test]
    fn the_rule_is_that_of_the_optimiser() {
        let mut film = film();
        let rule = |film: &SlowFilm| film.facts(Act::Update).pop().unwrap();
        // 0.025 / (1 - 0.9^21) and 0.001 / (1 - 0.999^21).
        assert_eq!(rule(&film), "−0.300000 − 0.01 · 0.0280716 / (√0.0480970 + 1e−7) = −0.310000");
        film.optimizer = OptimizerSpec::Sgd { learning_rate: 0.01, momentum: 0.0 };
        film.step.clip = 0.5;
        assert_eq!(rule(&film), "−0.300000 − 0.01 · 0.125000 = −0.310000");
        assert!(film.facts(Act::Backward).contains(&"all gradients clipped, times 0.500000".to_owned()));
        assert_eq!(
            (exact(0.0), exact(1.234e-7), exact(f64::NAN), exact(31.25)),
            ("0".into(), "1.23400e−7".into(), "not a number".into(), "31.2500".into())
        );
    }

    #[test]
    fn a_unit_has_its_answer_its_slope_and_its_bias() {
        let words = film().unit(UnitPlace { group: 1, place: 2 });
        assert!(words.starts_with("dense_1, unit 3 of 3 · answers 402, and the loss changes by −402 per unit of that"), "{words}");
        assert!(words.contains("bias") && words.contains("→"), "{words}");
        assert_eq!(film().unit(UnitPlace { group: 9, place: 0 }), "");
    }
}
