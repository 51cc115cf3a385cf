//! The table of known series: everything that a training records by itself, with its unit, its better direction, how
//! often it is recorded, and how it is drawn.
//!
//! One table, so that monitors, charts, the table of runs, scripts and exports say the same of a series. A series that
//! is not in it belongs to a callback. Never here: values; what a series means in detail ([`series`]).

use super::series::Series;
use crate::domain::run::event::series;

/// The direction in which a series gets better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Better {
    /// Lower values are better: losses, times, norms.
    #[default]
    Lower,
    /// Higher values are better: accuracies.
    Higher,
}

impl Better {
    /// The direction of the series `name`: from the table, else from its words. A name of which accuracy, AUC, precision,
    /// recall or F1 is a word (`my/top3_accuracy`) gets better upwards, unless it is a loss or an error (`accuracy_loss`).
    /// Keras asks its metric objects instead, and fails for names that it does not know.
    pub fn of(name: &str) -> Self {
        if let Some(known) = Known::of(name) {
            return known.better;
        }
        const HIGHER: [&str; 6] = ["acc", "accuracy", "auc", "precision", "recall", "f1"];
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
        let is_loss = name.contains("loss") || name.contains("error");
        if !is_loss && words.any(|word| HIGHER.contains(&word.to_ascii_lowercase().as_str())) { Self::Higher } else { Self::Lower }
    }

    /// The index of the best finite value of `series`, the earliest of equals.
    pub fn index_of_best(self, series: &Series) -> Option<usize> {
        match self {
            Self::Lower => series.column().index_of_min(),
            Self::Higher => series.column().index_of_max(),
        }
    }

    /// The word for the best value: `lowest` or `highest`.
    pub fn superlative(self) -> &'static str {
        match self {
            Self::Lower => "lowest",
            Self::Higher => "highest",
        }
    }
}

/// The unit of a series' values, as they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// A bare number.
    #[default]
    Plain,
    /// A share from 0 to 1, written as percent.
    Share,
    /// A number with the unit's name after it, for example `ms`.
    Named(&'static str),
}

/// The rhythm in which a series is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The raw value of every batch, at the batch's step.
    Batch,
    /// One value an epoch, at the step of the epoch's last batch.
    Epoch,
    /// Values at some steps only: probes of the network, sampled times, pauses.
    Sampled,
}

/// The scale of the y axis on which a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// A range around the values.
    Fitted,
    /// A range from zero to the largest value.
    FromZero,
    /// A logarithmic range.
    Log,
    /// The range from 0 to 1, always.
    Whole,
}

/// A known series, or a family of them: in a name `{class}` stands for a number, `{weights}` and `{layer}` for any name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// The name, for example `val/loss` or `val/f1/{class}`.
    pub name: &'static str,
    /// The title in words, for example `Gradient norm`.
    pub title: &'static str,
    /// The label of the y axis: the measured quantity.
    pub measure: &'static str,
    /// The unit of the values.
    pub unit: Unit,
    /// The direction in which the series gets better.
    pub better: Better,
    /// The rhythm in which it is recorded.
    pub kind: Kind,
    /// The scale on which it is drawn.
    pub scale: Scale,
}

const fn nats(name: &'static str, title: &'static str, kind: Kind) -> Known {
    Known { name, title, measure: "nats", unit: Unit::Plain, better: Better::Lower, kind, scale: Scale::Fitted }
}

const fn score(name: &'static str, title: &'static str, kind: Kind) -> Known {
    Known { name, title, measure: "share right", unit: Unit::Share, better: Better::Higher, kind, scale: Scale::Fitted }
}

const fn ms(name: &'static str, title: &'static str, kind: Kind) -> Known {
    Known { name, title, measure: "time", unit: Unit::Named("ms"), better: Better::Lower, kind, scale: Scale::FromZero }
}

const fn plain(name: &'static str, title: &'static str, measure: &'static str, kind: Kind, scale: Scale) -> Known {
    Known { name, title, measure, unit: Unit::Plain, better: Better::Lower, kind, scale }
}

const fn layer_share(name: &'static str, title: &'static str) -> Known {
    let measure = "share of the layer";
    Known { name, title, measure, unit: Unit::Share, better: Better::Lower, kind: Kind::Sampled, scale: Scale::Whole }
}

use Kind::{Batch, Epoch, Sampled};

/// All known series. The first part of each name is reserved: see [`is_recorded_by_training`].
pub static ALL: &[Known] = &[
    nats(series::BATCH_LOSS, "Batch loss", Batch),
    Known { scale: Scale::Whole, ..score(series::BATCH_ACCURACY, "Batch accuracy", Batch) },
    plain(series::LEARNING_RATE, "Learning rate", "learning rate", Batch, Scale::Fitted),
    nats(series::TRAIN_LOSS, "Training loss", Epoch),
    score(series::TRAIN_ACCURACY, "Training accuracy", Epoch),
    nats(series::TRAIN_EVAL_LOSS, "Training loss, same weights as validation", Epoch),
    score(series::TRAIN_EVAL_ACCURACY, "Training accuracy, same weights as validation", Epoch),
    nats(series::VAL_LOSS, "Validation loss", Epoch),
    score(series::VAL_ACCURACY, "Validation accuracy", Epoch),
    score("val/precision", "Precision, mean over classes", Epoch),
    score("val/recall", "Recall, mean over classes", Epoch),
    score("val/f1", "F1, mean over classes", Epoch),
    score("val/auc", "Area under the ROC curve, mean over classes", Epoch),
    score("val/top3_accuracy", "Top-3 accuracy", Epoch),
    score("val/top5_accuracy", "Top-5 accuracy", Epoch),
    score("val/precision/{class}", "Precision of a class", Epoch),
    score("val/recall/{class}", "Recall of a class", Epoch),
    score("val/f1/{class}", "F1 of a class", Epoch),
    score("val/auc/{class}", "Area under the ROC curve of a class", Epoch),
    ms(series::TIME_BATCH, "Batch time", Batch),
    ms(series::TIME_DATA, "Data time", Batch),
    ms(series::TIME_FORWARD, "Forward time", Batch),
    ms(series::TIME_BACKWARD, "Backward time", Batch),
    ms(series::TIME_UPDATE, "Update time", Batch),
    ms(series::TIME_ENCODE, "Encoding time", Batch),
    ms(series::TIME_READ, "Read-back time", Batch),
    ms(series::TIME_PROBE, "Probe time", Batch),
    ms(series::TIME_CALLBACKS, "Callback time", Batch),
    ms(series::TIME_IDLE, "Time given away", Batch),
    ms(series::TIME_OTHER, "Other time", Batch),
    plain(series::TIME_MARKS, "Marks of the batch's time", "bits", Batch, Scale::Fitted),
    ms(series::TIME_PAUSED, "Pause before the batch", Sampled),
    ms(series::TIME_VIEW, "Time of a view of the network", Sampled),
    ms(series::TIME_GPU_DATA, "GPU upload time", Sampled),
    ms(series::TIME_GPU_FORWARD, "GPU forward time", Sampled),
    ms(series::TIME_GPU_BACKWARD, "GPU backward time", Sampled),
    ms(series::TIME_GPU_UPDATE, "GPU update time", Sampled),
    ms(series::TIME_GPU_WAIT, "Wait for the GPU", Sampled),
    ms(series::TIME_EPOCH, "Epoch time", Epoch),
    ms(series::TIME_VALIDATION, "Validation time", Epoch),
    ms(series::TIME_BATCH_MEAN, "Mean batch time", Epoch),
    ms(series::TIME_BATCH_MEDIAN, "Median batch time", Epoch),
    ms(series::TIME_BATCH_P95, "95th percentile of batch times", Epoch),
    plain("grad/norm", "Gradient norm of all weights", "norm", Sampled, Scale::Log),
    plain("grad/norm/{weights}", "Gradient norm", "norm", Sampled, Scale::Log),
    plain("weight/norm/{weights}", "Weight norm", "norm", Sampled, Scale::Log),
    plain("update_ratio/{weights}", "Update to weight ratio", "ratio", Sampled, Scale::Log),
    plain("activation/mean/{layer}", "Activation mean", "mean", Sampled, Scale::Fitted),
    plain("activation/deviation/{layer}", "Activation deviation", "standard deviation", Sampled, Scale::Fitted),
    layer_share("activation/dead/{layer}", "Dead units"),
    layer_share("activation/saturated/{layer}", "Saturated units"),
    plain(series::WATCH_COST, "Cost of watching", "percent", Sampled, Scale::Fitted),
    plain(series::WATCH_ERROR, "Standard error of the cost of watching", "percent", Sampled, Scale::Fitted),
    plain(series::WATCH_LOOK_EVERY, "Batches between probes", "batches", Sampled, Scale::Fitted),
    nats(series::LR_FINDER_LOSS, "Smoothed loss of the rate test", Batch),
    plain(series::LR_FINDER_SUGGESTION, "Suggested learning rate", "learning rate", Sampled, Scale::Fitted),
];

/// The entry that stands for a series of a callback's own.
pub static OWN: Known = plain("", "", "value", Sampled, Scale::Fitted);

impl Known {
    /// The entry called `name` in the table itself, as `grad/norm/{weights}` is.
    pub fn entry(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|known| known.name == name)
    }

    /// The entry of the series `name`; `None` for a series of a callback's own.
    pub fn of(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|known| known.is(name))
    }

    /// Whether `name` is this series, or one of this family.
    fn is(&self, name: &str) -> bool {
        let Some(end) = self.name.find('{') else { return self.name == name };
        let (prefix, place) = self.name.split_at(end);
        name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && (place != "{class}" || rest.bytes().all(|b| b.is_ascii_digit())))
    }

    /// The first part of the name, before the first `/`.
    fn root(&self) -> &'static str {
        self.name.split('/').next().unwrap_or(self.name)
    }
}

/// The rhythm in which the series `name` is recorded; `None` for a series of a callback's own.
pub fn kind_of(name: &str) -> Option<Kind> {
    Known::of(name).map(|known| known.kind)
}

/// The reserved first parts of names, each once, in the order of the table.
pub fn reserved() -> Vec<&'static str> {
    let mut roots: Vec<&str> = ALL.iter().map(Known::root).collect();
    roots.dedup();
    roots
}

/// Whether `name` begins with a reserved part: only the training records there.
pub fn is_recorded_by_training(name: &str) -> bool {
    let root = name.split('/').next().unwrap_or_default();
    ALL.iter().any(|known| known.root() == root)
}

/// The name of a series in our table for a name of Keras (`val_loss`, `accuracy`, `learning_rate`), else the name as it is.
pub fn canonical(name: &str) -> std::borrow::Cow<'_, str> {
    let is_known = |name: &str| Known::of(name).is_some();
    let ours = match name {
        "learning_rate" => series::LEARNING_RATE.to_owned(),
        "acc" => series::TRAIN_ACCURACY.to_owned(),
        "val_acc" => series::VAL_ACCURACY.to_owned(),
        name if is_known(name) => return name.into(),
        name => match name.strip_prefix("val_") {
            Some(rest) => format!("val/{}", rest.trim_end_matches("_score")),
            None => format!("train/{name}"),
        },
    };
    if is_known(&ours) { ours.into() } else { name.into() }
}

/// Keras' name for the series `name` in an epoch's logs; `None` where Keras has none.
pub fn keras_name(name: &str) -> Option<String> {
    match name.split_once('/') {
        Some(("train", rest)) => Some(rest.to_owned()),
        Some(("val", rest)) if !rest.contains('/') => Some(format!("val_{rest}")),
        _ => None,
    }
}

/// The known per-epoch series whose names are nearest to `name` by edit distance, at most three.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let wanted = canonical(name).to_ascii_lowercase();
    let mut found: Vec<(usize, &str)> = Vec::new();
    for known in ALL.iter().filter(|known| known.kind == Kind::Epoch) {
        let far = distance(wanted.as_bytes(), known.name.as_bytes());
        // A few, in order: no sort of std's for them.
        let at = found.iter().take_while(|(other, _)| *other <= far).count();
        if at < 3 && far <= wanted.len().max(4) / 2 {
            found.insert(at, (far, known.name));
            found.truncate(3);
        }
    }
    found.into_iter().map(|(_, name)| name).collect()
}

/// The edit distance of Levenshtein; `_` and `/` count as the same letter.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let letter = |byte: u8| if byte == b'_' { b'/' } else { byte };
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter(x) != letter(y));
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cost::ledger::Phase;
    use crate::domain::metrics::report::EvaluationReport;
    use crate::domain::model::Loss;
    use crate::domain::record::probe::{ActivationProbe, Probe, WeightProbe};

    #[test]
    fn every_name_is_there_once_and_is_its_own_entry() {
        for (index, known) in ALL.iter().enumerate() {
            assert!(ALL[..index].iter().all(|other| other.name != known.name), "{}", known.name);
            let example = known.name.replace("{class}", "7").replace("{weights}", "dense_1/kernel").replace("{layer}", "relu_1");
            assert_eq!(Known::of(&example).map(|found| found.name), Some(known.name), "{example}");
            assert!(is_recorded_by_training(&example) && !known.title.is_empty() && !known.measure.is_empty());
        }
        for own in ["my/ratio", "loss", "val/f1/x", "val/f1/", "grad/norm/", "weights/output/kernel", ""] {
            assert_eq!(Known::of(own), None, "{own}");
        }
    }

    #[test]
    fn what_the_training_records_is_in_the_table() {
        let outputs: Vec<f32> = (0..36).map(|i| (i * 7 % 11) as f32).collect();
        let report = EvaluationReport::new(&outputs, &[0, 1, 2, 3, 4, 5], 6, Loss::CrossEntropy);
        let probe = Probe {
            step: 1,
            weights: vec![WeightProbe::of("dense_1/kernel".into(), &[1.0], &[1.0], &[2.0])],
            activations: ["relu", "tanh", "gelu"].map(|kind| ActivationProbe::of(&format!("{kind}_1"), kind, &[0.5], 1, 1)).to_vec(),
        };
        let names = report.logs().into_iter().chain(probe.logs()).map(|(name, _)| name);
        for name in names.chain(Phase::ALL.map(|phase| phase.series().to_owned())) {
            assert!(Known::of(&name).is_some(), "{name}");
        }
        assert_eq!(kind_of(series::TIME_EPOCH), Some(Kind::Epoch));
        assert_eq!(kind_of("grad/norm/dense_1/kernel"), Some(Kind::Sampled));
        assert_eq!(kind_of("my/ratio"), None);
        assert_eq!(reserved()[..3], ["batch", "lr", "train"]);
    }

    #[test]
    fn names_say_which_way_is_better() {
        for name in ["val/accuracy", "train/accuracy", "val/top3_accuracy", "val/auc", "val/auc/2", "val/f1", "my/precision", "mine recall"]
        {
            assert_eq!(Better::of(name), Better::Higher, "{name}");
        }
        for name in ["val/loss", "batch/loss", "grad/norm", "time/batch_ms", "val/accuracy_loss", "acceleration", "lr", ""] {
            assert_eq!(Better::of(name), Better::Lower, "{name}");
        }
    }

    #[test]
    fn keras_names_are_aliases_and_others_stay() {
        for (keras, ours) in [
            ("loss", "train/loss"),
            ("accuracy", "train/accuracy"),
            ("acc", "train/accuracy"),
            ("val_loss", "val/loss"),
            ("val_accuracy", "val/accuracy"),
            ("val_acc", "val/accuracy"),
            ("val_auc", "val/auc"),
            ("val_f1_score", "val/f1"),
            ("learning_rate", "lr"),
            ("lr", "lr"),
            ("val/loss", "val/loss"),
            ("my/loss", "my/loss"),
            ("val_mine", "val_mine"),
        ] {
            assert_eq!(canonical(keras), ours, "{keras}");
        }
        for known in ALL.iter().filter(|known| known.kind == Kind::Epoch) {
            let there = keras_name(known.name).unwrap_or_else(|| known.name.to_owned());
            assert_eq!(canonical(&there.replace("{class}", "0")), known.name.replace("{class}", "0"), "and back");
        }
    }

    #[test]
    fn a_typo_has_the_name_that_was_meant_among_the_nearest() {
        for (typo, meant) in
            [("val_los", "val/loss"), ("vall/loss", "val/loss"), ("val/acuracy", "val/accuracy"), ("validation_loss", "val/loss")]
        {
            assert!(nearest(typo).contains(&meant), "{typo}: {:?}", nearest(typo));
        }
        assert_eq!(nearest("val_los")[0], "val/loss");
        assert!(nearest("qqqqqqqqqqqqqqqqqqqq").is_empty());
    }
}
