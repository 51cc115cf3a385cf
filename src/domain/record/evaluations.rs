//! The evaluations of a run: its validations and the last one that was asked for, within bounds, whatever the run's
//! length.
//!
//! All epochs' reports are kept as long as they fit into [`BUDGET`]; then every second of the older ones goes, and so on.
//! The numbers of the worst samples (pictures) and the full ROC curves are kept of the latest and the best only.

use crate::domain::metrics::ranking::thin;
use crate::domain::run::checkpoint::CheckpointCard;
use crate::domain::run::event::{Evaluation, Step};
use std::rc::Rc;

/// The largest number of bytes that the reports of a run's epochs may take.
const BUDGET: usize = 16 << 20;
/// The largest number of epochs' reports.
const MOST: usize = 200;
/// The distance between the points of an older ROC curve, in both rates together.
const OLD_ROC_STEP: f64 = 1.0 / 50.0;

/// The origin of an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// The validation at the end of an epoch.
    Epoch,
    /// A request by the visitor, for the present weights or for a checkpoint's.
    Asked(Option<CheckpointCard>),
}

/// One evaluation, with the images of its worst samples.
#[derive(Clone)]
pub struct StoredEvaluation {
    /// The origin of the evaluation.
    pub origin: Origin,
    /// The metrics.
    pub evaluation: Rc<Evaluation>,
    /// The numbers of its worst samples, one after the other; empty where they were dropped.
    pub numbers: Rc<Vec<f32>>,
}

/// The stored evaluations of a run.
pub struct Evaluations {
    epochs: Vec<StoredEvaluation>,
    asked: Option<StoredEvaluation>,
    /// The position of the evaluation with the lowest log loss.
    best: usize,
    seen: usize,
    /// Bytes that the epochs' reports may take.
    budget: usize,
}

impl Default for Evaluations {
    fn default() -> Self {
        Self::within(BUDGET)
    }
}

/// The approximate number of bytes of a report.
fn bytes(evaluation: &Evaluation) -> usize {
    let report = &evaluation.report;
    let classes = report.per_class.len();
    let curves: usize = report.per_class.iter().map(|class| size_of_val(class) + size_of_val(class.roc.as_slice())).sum();
    size_of_val(evaluation) + curves + classes * classes * size_of::<u64>() + size_of_val(evaluation.worst.as_slice())
}

impl StoredEvaluation {
    /// Drops the parts that are kept for the latest and the best evaluation only.
    fn shrink(&mut self) {
        if self.numbers.is_empty() {
            return;
        }
        self.numbers = Rc::default();
        let evaluation = Rc::make_mut(&mut self.evaluation);
        for class in &mut evaluation.report.per_class {
            class.roc = thin(&class.roc, OLD_ROC_STEP);
        }
    }
}

impl Evaluations {
    /// No evaluations yet, whose reports may take `budget` bytes. The latest and the best stay even where they take more.
    pub fn within(budget: usize) -> Self {
        Self { epochs: Vec::new(), asked: None, best: 0, seen: 0, budget }
    }

    /// Adds an epoch's validation.
    pub fn push(&mut self, evaluation: Evaluation, numbers: Vec<f32>) {
        self.seen += 1;
        self.epochs.push(StoredEvaluation { origin: Origin::Epoch, evaluation: Rc::new(evaluation), numbers: Rc::new(numbers) });
        self.settle();
        // Every second of the older ones goes; the best and the latest stay.
        while self.epochs.len() > MOST || self.bytes() > self.budget {
            let (best, last, before) = (self.best, self.epochs.len() - 1, self.epochs.len());
            let mut index = 0;
            self.epochs.retain(|_| {
                let stays = index % 2 == 0 || index == best || index == last;
                index += 1;
                stays
            });
            if self.epochs.len() == before {
                // Whatever is left stays: the best, the latest, and the first.
                break;
            }
            self.settle();
        }
    }

    /// Drops the evaluations after `step`.
    pub fn go_back_to(&mut self, step: Step) {
        let before = self.epochs.len();
        self.epochs.retain(|judgement| judgement.evaluation.step <= step);
        self.seen -= before - self.epochs.len();
        self.asked.take_if(|judgement| judgement.evaluation.step > step);
        self.settle();
    }

    /// Finds the best evaluation again, and shrinks all but it and the latest.
    fn settle(&mut self) {
        let loss = |judgement: &StoredEvaluation| judgement.evaluation.report.log_loss.unwrap_or(f64::INFINITY);
        self.best =
            (0..self.epochs.len()).reduce(|best, i| if loss(&self.epochs[i]) < loss(&self.epochs[best]) { i } else { best }).unwrap_or(0);
        let last = self.epochs.len().saturating_sub(1);
        for (index, judgement) in self.epochs.iter_mut().enumerate() {
            if index != self.best && index != last {
                judgement.shrink();
            }
        }
    }

    /// Stores an evaluation that was asked for, in place of the last such.
    pub fn set_asked(&mut self, evaluation: Evaluation, checkpoint: Option<CheckpointCard>, numbers: Vec<f32>) {
        let (evaluation, numbers) = (Rc::new(evaluation), Rc::new(numbers));
        self.asked = Some(StoredEvaluation { origin: Origin::Asked(checkpoint), evaluation, numbers });
    }

    /// The kept evaluations of epochs, in order.
    pub fn epochs(&self) -> &[StoredEvaluation] {
        &self.epochs
    }

    /// The evaluation of the last epoch.
    pub fn latest(&self) -> Option<&StoredEvaluation> {
        self.epochs.last()
    }

    /// The evaluation of the epoch with the lowest log loss.
    pub fn best(&self) -> Option<&StoredEvaluation> {
        self.epochs.get(self.best)
    }

    /// The evaluation of the epoch that ended at `step`.
    pub fn at(&self, step: Step) -> Option<&StoredEvaluation> {
        self.epochs.iter().find(|judgement| judgement.evaluation.step == step)
    }

    /// The last evaluation that was asked for.
    pub fn asked(&self) -> Option<&StoredEvaluation> {
        self.asked.as_ref()
    }

    /// Number of epochs that were evaluated.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// The approximate number of bytes of all evaluations.
    pub fn bytes(&self) -> usize {
        let all = self.epochs.iter().chain(&self.asked);
        all.map(|judgement| bytes(&judgement.evaluation) + size_of_val(judgement.numbers.as_slice())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metrics::report::EvaluationReport;
    use crate::domain::model::Loss;

    fn evaluation(epoch: u32, right: f32) -> Evaluation {
        let report = EvaluationReport::new(&[right, 0.0, 0.0, right], &[0, 1], 2, Loss::CrossEntropy);
        Evaluation { epoch, step: (epoch + 1) * 10, report, worst: Vec::new() }
    }

    #[test]
    fn evaluations_beyond_the_budget_are_thinned_out_and_no_further() {
        // The numbers of one evaluation alone are more than the budget; the best is the second of four.
        for best in 0..8 {
            let mut all = Evaluations::within(1_000);
            for epoch in 0..8 {
                all.push(evaluation(epoch, if epoch == best { 9.0 } else { 1.0 }), vec![0.5; 4_000]);
                assert!(all.epochs().len() <= 4, "{} are kept", all.epochs().len());
                assert_eq!(all.latest().unwrap().evaluation.epoch, epoch);
            }
            assert_eq!(all.best().unwrap().evaluation.epoch, best);
        }
    }

    #[test]
    fn the_best_and_the_latest_stay_with_their_pictures_however_many_come() {
        let mut all = Evaluations::default();
        for epoch in 0..1_000 {
            // Best at epoch 321: there the largest margin.
            let right = 5.0 - (epoch as f32 - 321.0).abs() / 1_000.0;
            all.push(evaluation(epoch, right), vec![0.5; 4]);
            assert!(all.epochs().len() <= MOST && all.bytes() <= BUDGET);
            assert_eq!(all.latest().unwrap().evaluation.epoch, epoch);
            assert_eq!(all.best().unwrap().evaluation.epoch, epoch.min(321));
        }
        assert_eq!(all.seen(), 1_000);
        assert!(all.epochs().is_sorted_by(|a, b| a.evaluation.step < b.evaluation.step));
        let pictured: Vec<u32> =
            all.epochs().iter().filter(|judgement| !judgement.numbers.is_empty()).map(|judgement| judgement.evaluation.epoch).collect();
        assert_eq!(pictured, [321, 999]);
        assert!(all.at(3220).is_some() && all.at(5).is_none());
    }
}
