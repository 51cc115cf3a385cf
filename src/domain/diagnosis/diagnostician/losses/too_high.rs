//! The rules on a learning rate that is too high: that the loss rises, that it jumps, and that it has settled all the same.
//!
//! Never here: losses that stand still.

use super::recent::{Recent, kept, level, mean};
use crate::domain::diagnosis::diagnostician::context::Context;
use crate::domain::diagnosis::diagnostician::words::{number, percent};
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::run::event::{BatchEnd, EpochEnd, Step};

/// The batch size from which on the loss may not scatter more than `lossSwing`; smaller batches may, by the law of
/// large numbers.
const STEADY_BATCH: f64 = 64.0;
/// The share of the level of a loss that is still high below which it has settled.
const SETTLED: f64 = 0.5;

/// Tells that the mean of the `recent` losses is far above the `first` one and that of guessing.
pub fn rise((first_step, first): (Step, f64), recent: &Recent, event: &BatchEnd, context: &Context) -> Option<Diagnosis> {
    let level = level(recent, context.limits.loss_window)?;
    let start = first.max(context.guess.loss);
    let limit = context.limits.loss_rise * start;
    if level <= limit {
        return None;
    }
    let since = recent.iter().find(|&&(_, loss)| loss > limit).map_or(event.step, |&(step, _)| step);
    let from = if first >= context.guess.loss { format!("at step {first_step}") } else { "of guessing".to_owned() };
    let evidence = format!(
        "The mean loss of the last {} batches is {}, {} times the {} {from}.",
        context.limits.loss_window,
        number(level),
        number(level / start),
        number(start),
    );
    let severity = if level > context.limits.loss_rise_lost * start { Severity::Problem } else { Severity::Warning };
    let limits = context.limits.limits(&["lossRise", "lossRiseLost", "lossWindow"]);
    Some(Diagnosis { evidence, limits, ..too_high(event, since, severity, context) })
}

/// Tells that the `recent` losses jump about more than chance explains, and do not come down.
pub fn swing(recent: &Recent, event: &BatchEnd, context: &Context) -> Option<Diagnosis> {
    let count = kept(context.limits.loss_window);
    if recent.len() < count {
        return None;
    }
    let losses = || recent.iter().map(|&(_, loss)| loss);
    let centre = mean(losses());
    let deviation = mean(losses().map(|loss| (loss - centre) * (loss - centre))).sqrt();
    let half = |range| mean(recent.range(range).map(|&(_, loss)| loss));
    let (early, late) = (half(0..count / 2), half(count / 2..count));
    let chance = (STEADY_BATCH / f64::from(event.size.max(1))).sqrt().max(1.0) * context.guess.scatter.max(1.0);
    let allowed = context.limits.loss_swing * chance;
    let is_high = centre > context.limits.still_high * context.guess.loss;
    if !is_high || deviation <= allowed * centre || late < (1.0 - context.limits.least_fall) * early {
        return None;
    }
    let evidence = format!(
        "Over the last {count} batches the loss jumps up and down about {} by {} of it, more than the {} that chance explains in \
         batches of {}, and it does not come down.",
        number(centre),
        percent(deviation / centre),
        percent(allowed),
        event.size,
    );
    let since = recent.front().map_or(event.step, |&(step, _)| step);
    let limits = context.limits.limits(&["lossSwing", "lossWindow", "leastFall", "stillHigh"]);
    Some(Diagnosis { evidence, limits, ..too_high(event, since, Severity::Warning, context) })
}

fn too_high(event: &BatchEnd, since: Step, severity: Severity, context: &Context) -> Diagnosis {
    let remedy = format!("Lower the learning rate {}.", context.lower_rate());
    Diagnosis { remedy, ..context.found(Finding::LearningRateTooHigh, severity, event.step, since) }
}

/// The note that the loss has settled at a rate that was told to be too high `since` then; `None` while the epoch's mean `loss` is not
/// far below that of guessing.
pub fn settled(event: &EpochEnd, since: Step, loss: f64, context: &Context) -> Option<Diagnosis> {
    if loss.is_nan() || loss >= SETTLED * context.limits.still_high * context.guess.loss {
        return None;
    }
    Some(Diagnosis {
        evidence: format!(
            "At first the loss did not come down; in epoch {} its mean is {}, far below {}.",
            event.epoch + 1,
            number(loss),
            context.guess.loss_in_words(),
        ),
        why: "Large steps can switch units off or throw the run away; this run got over them.".to_owned(),
        limits: context.limits.limits(&["lossRise", "stillHigh"]),
        remedy: "Nothing has to be changed; a lower learning rate begins more calmly.".to_owned(),
        ..context.found(Finding::LearningRateTooHigh, Severity::Note, event.step, since)
    })
}
