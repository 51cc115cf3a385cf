//! The rules on a loss that stands still: a learning rate that is too low, and a run that learns nothing.
//!
//! Never here: whether it stands still, which follows from the sums of a stretch of epochs.

use crate::domain::diagnosis::diagnostician::context::Context;
use crate::domain::diagnosis::diagnostician::words::{number, percent};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity, rates};
use crate::domain::run::event::{Step, series};

/// A stretch in which the loss did not fall.
pub struct Judged {
    /// The last step.
    pub step: Step,
    /// The first step.
    pub since: Step,
    /// Whether the weights hardly moved either.
    pub hardly_moves: bool,
    /// Whether a higher learning rate may help.
    pub may_rise: bool,
    /// The larger of the first loss and that of guessing.
    pub start: f64,
    /// The mean loss.
    pub mean: f64,
    /// The mean accuracy.
    pub accuracy: f64,
}

impl Judged {
    /// Tells that the weights hardly move: `ratio` is the largest update, `fell` how the loss went, in words.
    pub fn too_low(&self, ratio: f64, fell: &str, context: &Context) -> Option<Diagnosis> {
        if self.mean <= context.limits.still_high * context.guess.loss {
            return None;
        }
        let remedy = if context.learning_rate > 0.0 {
            format!("Raise the learning rate {}, and further until the loss falls.", context.higher_rate())
        } else {
            from_zero(context)
        };
        let moved = if ratio > 0.0 {
            format!("no update moved the weights of a layer by more than {} of their size", number(ratio))
        } else {
            "no update moved a weight at all".to_owned()
        };
        Some(Diagnosis {
            evidence: format!("From step {} to {} {moved}, and {fell}.", self.since, self.step,),
            limits: context.limits.limits(&["updateRatioLow", "leastFall", "stillHigh"]),
            remedy,
            ..context.found(Finding::LearningRateTooLow, Severity::Warning, self.step, self.since)
        })
    }

    /// Tells that the run is no better than guessing.
    pub fn no_learning(&self, context: &Context) -> Option<Diagnosis> {
        let skill = context.guess.skill(self.accuracy);
        // Far above guessing the loss has run away, which is another finding.
        if self.mean > context.limits.loss_rise * self.start
            || self.mean < (1.0 - context.limits.no_learning) * context.guess.loss
            || skill >= context.limits.no_learning_skill
        {
            return None;
        }
        let remedy = if context.learning_rate == 0.0 {
            from_zero(context)
        } else {
            let (direction, rate) = if self.may_rise { ("higher", context.higher_rate()) } else { ("lower", context.lower_rate()) };
            format!(
                "Start anew with a {direction} learning rate ({rate}); if that does not help, add a hidden layer or check that the labels \
                 belong to the samples."
            )
        };
        let guess = context.guess.loss_in_words();
        let level = if self.mean > context.guess.loss {
            format!("above {guess}")
        } else {
            format!("no more than {} below {guess}", percent(context.limits.no_learning))
        };
        // Standing weights will stay where they are; moving ones may yet find a way.
        let (severity, patience) =
            if self.hardly_moves { (Severity::Problem, "updateRatioLow") } else { (Severity::Warning, "leastBatches") };
        Some(Diagnosis {
            evidence: format!(
                "From step {} to {} the loss stood at {}, {level}, and {} of the samples were right, where guessing gets {}.",
                self.since,
                self.step,
                number(self.mean),
                percent(self.accuracy),
                percent(context.guess.accuracy),
            ),
            limits: context.limits.limits(&["noLearning", "noLearningSkill", "leastFall", patience]),
            remedy,
            series: series::TRAIN_LOSS.to_owned(),
            ..context.found(Finding::NoLearning, severity, self.step, self.since)
        })
    }
}

/// The remedy where the learning rate is 0.
fn from_zero(context: &Context) -> String {
    format!("Set a learning rate above 0, for example {}.", number(rates::higher(0.0, context.usual_rate)))
}
