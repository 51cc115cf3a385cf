//! The words and units of the page in plain language, for whoever asks: a "?" beside a heading shows those that its panel uses.
//!
//! Plain data. Never here: what a chart shows (`ui::state::charts`).

/// A term with its meaning.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term as it is written on the page.
    pub term: &'static str,
    /// Other forms of it; compared without regard to case.
    forms: &'static [&'static str],
    /// The meaning, in a sentence or two.
    pub words: &'static str,
}

const fn entry(term: &'static str, forms: &'static [&'static str], words: &'static str) -> Entry {
    Entry { term, forms, words }
}

/// All terms.
pub const ALL: [Entry; 34] = [
    entry(
        "accuracy",
        &["share right", "predicted right"],
        "The share of samples for which the class with the highest probability is the right one.",
    ),
    entry("activation", &["activations"], "The numbers that come out of a layer for one sample."),
    entry("AUC", &[], "Area under the ROC curve: 1 is perfect, 0.5 is guessing."),
    entry("backward", &["backward pass"], "The way back through the network, in which the gradient of each weight is computed."),
    entry("batch", &["batches"], "A handful of samples that are used together for one update."),
    entry("checkpoint", &["checkpoints"], "A copy of all weights, kept as they were at one step."),
    entry("confusion", &["confusion matrix"], "A table of what was predicted for each class: what is right lies on its diagonal."),
    entry("dead unit", &["dead", "dead units"], "A unit that is zero for every sample: nothing can be learned through it."),
    entry("deviation", &["standard deviation"], "How far values usually lie from their mean."),
    entry("epoch", &["epochs"], "One pass over all training samples."),
    entry("F1", &[], "One number for precision and recall: high only if both are."),
    entry("forward", &["forward pass"], "The way through the network, from a sample to its prediction."),
    entry("gradient", &["gradients"], "The direction in which each weight would raise the loss most; an update goes the other way."),
    entry(
        "learning rate",
        &["rate", "step size"],
        "How far each update goes along the gradient. Too small is slow, too large tears the network about.",
    ),
    entry(
        "log scale",
        &["log", "logarithmic", "log x"],
        "An axis on which each line is so many times the one before, and not so much more.",
    ),
    entry(
        "loss",
        &["losses", "log loss"],
        "How wrong the predictions are, as one number: the smaller the better. It is what training lowers.",
    ),
    entry("mean", &["mean output"], "The sum of the values over their number."),
    entry("ms", &["milliseconds", "time", "ms/batch"], "Milliseconds: thousandths of a second."),
    entry("NaN", &["not a number"], "Not a number: what a computation gives that has no result. A loss of NaN never comes back."),
    entry(
        "nats",
        &["nat"],
        "The unit of the loss: 0 is certain and right, 2.3 is guessing among ten classes, 0.69 among two. One nat more is a probability of the right class 2.7 times smaller.",
    ),
    entry(
        "norm",
        &["length", "gradient norm", "length of the gradient"],
        "The length of a list of numbers, taken as an arrow: the root of the sum of their squares.",
    ),
    entry("precision", &[], "Of the samples that were given this class, the share that has it."),
    entry("recall", &[], "Of the samples that have this class, the share that was given it."),
    entry(
        "ROC",
        &["false positive rate", "true positive rate"],
        "How many right ones are found (up) at the price of how many false ones (right), for every threshold.",
    ),
    entry("samples/s", &["samples a second"], "Number of training samples that go through the network in a second."),
    entry("saturated", &["saturation"], "At the end of a unit's range, where it is flat: almost no gradient goes through it."),
    entry("seed", &["seeds"], "The number that all chance comes from: the same seed gives the same run."),
    entry("share of the layer", &["share"], "A part of a whole: 100 % is all of it."),
    entry("smoothing", &["smoothed"], "A running mean, drawn over the recorded values; nothing recorded is changed by it."),
    entry("step", &["steps", "update", "updates"], "One change of all weights, by one batch. Steps are counted from the begin of the run."),
    entry("training", &["train", "training samples"], "The samples that the network learns from."),
    entry("update ratio", &["ratio", "length of an update"], "The length of one update over the length of the weights that it changes."),
    entry(
        "validation",
        &["validation samples", "held-out"],
        "Samples that are held out: the network never learns from them, so they show what it can do on new ones.",
    ),
    entry("weight", &["weights"], "A number of the network that training changes."),
];

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '/'
}

/// Whether `form` stands in `text` as a word of its own; both in small letters.
fn stands_in(text: &str, form: &str) -> bool {
    text.match_indices(form).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
    })
}

/// The terms that are in `text`, in the order of the alphabet.
pub fn in_text(text: &str) -> Vec<&'static Entry> {
    let text = text.to_lowercase();
    let is_there = |entry: &&Entry| std::iter::once(&entry.term).chain(entry.forms).any(|form| stands_in(&text, &form.to_lowercase()));
    ALL.iter().filter(is_there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::known::Unit;
    use crate::ui::state::charts;

    fn terms(text: &str) -> Vec<&'static str> {
        in_text(text).into_iter().map(|entry| entry.term).collect()
    }

    #[test]
    fn every_unit_and_measure_of_a_chart_has_an_entry() {
        for panel in charts::all() {
            let measure = &panel.spec.y_label;
            assert!(!in_text(measure).is_empty(), "{}: {measure}", panel.id);
            if let Unit::Named(unit) = panel.spec.unit {
                assert!(!in_text(unit).is_empty(), "{}: {unit}", panel.id);
            }
        }
    }

    #[test]
    fn the_words_of_the_run_bar_have_entries() {
        for term in ["epoch", "batch", "samples/s", "ms/batch", "learning rate", "loss", "accuracy", "step", "nats", "validation"] {
            assert!(!in_text(term).is_empty(), "{term}");
        }
    }

    #[test]
    fn a_term_is_found_as_a_word_only() {
        assert_eq!(terms("The LOSS (nats) of each batch."), ["batch", "loss", "nats"]);
        assert_eq!(terms("glossy meantime"), [] as [&str; 0]);
    }

    #[test]
    fn terms_are_in_the_order_of_the_alphabet_and_none_comes_twice() {
        let all: Vec<String> = ALL.iter().map(|entry| entry.term.to_lowercase()).collect();
        assert!(all.is_sorted());
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
