//! Evaluations: all metrics of a validation, checked against each other and the data, and its worst samples. Never here: how they are
//! computed.

use super::head::Data;
use super::limits::{MOST_EPOCHS, MOST_REPORT, MOST_ROC, MOST_WORST};
use crate::domain::data::limits::MOST_CLASSES;
use crate::domain::format::json::{Problem, Scan};
use crate::domain::run::event::{Evaluation, SampleOutcome};
use crate::export::jsonl::fields::Fields;

/// The metrics of a validation, and the numbers of its worst samples.
pub fn evaluation(fields: &Fields<'_>, data: Option<&Data>) -> std::result::Result<(Evaluation, Vec<f32>), Problem> {
    let report = fields.get_within("report", MOST_REPORT)?;
    let mut evaluation = Evaluation { epoch: fields.get("epoch")?, step: fields.get("step")?, report, worst: Vec::new() };
    let classes = evaluation.report.per_class.len();
    if classes > MOST_CLASSES {
        return Err(format!("the metrics are of {classes} classes, more than {MOST_CLASSES}"));
    }
    if evaluation.report.per_class.iter().any(|class| class.roc.len() > MOST_ROC) {
        return Err(format!("a ROC curve has more than {MOST_ROC} points"));
    }
    if !evaluation.report.confusion.is_of(classes) {
        return Err("the confusion matrix is not one of as many classes as there are".into());
    }
    if let Some((_, names)) = data.filter(|(_, names)| names.len() != classes) {
        return Err(format!("the metrics are of {classes} classes, the header names {}", names.len()));
    }
    if evaluation.epoch > MOST_EPOCHS {
        return Err(format!("there is no epoch {}", evaluation.epoch));
    }
    fields.each("worst", |outcome| {
        if evaluation.worst.len() == MOST_WORST {
            return Err(format!("there are more than {MOST_WORST} worst samples"));
        }
        let (index, label, predicted) = (outcome.get("index")?, outcome.get("label")?, outcome.get("predicted")?);
        let (probability, loss) = (outcome.number("probability")?, outcome.number("loss")?);
        evaluation.worst.push(SampleOutcome { index, label, predicted, probability, loss });
        Ok(())
    })?;
    let mut numbers = Vec::new();
    Scan::new(fields.raw("numbers")?).list(|scan| {
        numbers.push(scan.number()?.ok_or("a number of a sample is missing")?);
        Ok(())
    })?;
    let size = data.map_or_else(|| numbers.len() / evaluation.worst.len().max(1), |(shape, _)| shape.len());
    if !numbers.is_empty() && numbers.len() != size * evaluation.worst.len() {
        return Err(format!("{} numbers are not those of {} samples of {size}", numbers.len(), evaluation.worst.len()));
    }
    Ok((evaluation, numbers))
}
