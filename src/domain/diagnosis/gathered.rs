//! Diagnoses gathered for readers: of one finding at one place the last word counts, and layers that suffer from the same are one finding
//! that names them.
//!
//! The record keeps each as it was told. Never here: rules, words of the page.

use super::{Diagnosis, Finding, Severity};

/// The most diagnoses that are gathered: a file may bring any number.
const MOST: usize = 1000;

/// A finding as it is shown: one cause, with all places where it was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathered<'a> {
    /// The diagnosis that is told: the most severe one, of several such the first.
    pub main: &'a Diagnosis,
    /// The places, in the order in which they were told; empty where it is the whole run.
    pub places: Vec<&'a str>,
}

impl Diagnosis {
    /// Whether another layer with this finding suffers from the same: what is to be done is done for all layers.
    fn is_like(&self, other: &Self) -> bool {
        let is_of_layers = matches!(self.finding, Finding::DeadUnits | Finding::Saturation);
        // What was so before the first update has another cause.
        self.finding == other.finding && (self.place == other.place || is_of_layers && (self.since <= 1) == (other.since <= 1))
    }

    /// Whether it says that the run has got over what was told before.
    pub fn is_over(&self) -> bool {
        self.finding == Finding::LearningRateTooHigh && self.severity == Severity::Note
    }
}

/// Whether `diagnoses` have a fault that a run cannot get over, whatever is changed while it goes on.
pub fn is_lost(diagnoses: &[Diagnosis]) -> bool {
    let ends = |found: &Diagnosis| found.finding == Finding::DeadUnits && found.severity == Severity::Problem;
    diagnoses.iter().any(|found| found.finding == Finding::NotFinite || ends(found))
}

/// The finding of `group`: diagnoses that are alike, at most one a place.
fn gathered<'a>(group: &[&'a Diagnosis]) -> Option<Gathered<'a>> {
    let places = group.iter().map(|found| found.place.as_str()).filter(|place| !place.is_empty()).collect();
    let main = group.iter().copied().reduce(|most, next| if next.severity > most.severity { next } else { most })?;
    Some(Gathered { main, places })
}

/// The findings in the first thousand of `diagnoses`, in the order in which they were told first.
pub fn gather(diagnoses: &[Diagnosis]) -> Vec<Gathered<'_>> {
    let mut groups: Vec<Vec<&Diagnosis>> = Vec::new();
    for found in diagnoses.iter().take(MOST) {
        match groups.iter_mut().find(|group| group[0].is_like(found)) {
            None => groups.push(vec![found]),
            Some(group) => match group.iter_mut().find(|known| known.place == found.place) {
                Some(known) => *known = found,
                None => group.push(found),
            },
        }
    }
    groups.iter().filter_map(|group| gathered(group)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::testing::found;

    #[test]
    fn layers_with_one_cause_are_one_finding_and_the_last_word_counts() {
        use Finding::{DeadUnits, LearningRateTooHigh, MissingSeries, Saturation};
        use Severity::{Note, Problem, Warning};
        let all = [
            found(LearningRateTooHigh, "", Warning, 3),
            found(DeadUnits, "relu_1", Warning, 20),
            found(DeadUnits, "relu_2", Problem, 20),
            found(Saturation, "tanh_1", Warning, 1),
            found(Saturation, "tanh_2", Warning, 40),
            found(MissingSeries, "early_stopping", Warning, 0),
            found(MissingSeries, "model_checkpoint", Warning, 0),
            found(DeadUnits, "relu_1", Problem, 20),
            found(LearningRateTooHigh, "", Note, 3),
        ];
        let gathered = gather(&all);
        let said: Vec<_> = gathered.iter().map(|one| (one.main.finding, one.main.severity, one.places.join(" "))).collect();
        let expected = [
            (LearningRateTooHigh, Note, ""),
            (DeadUnits, Problem, "relu_1 relu_2"),
            (Saturation, Warning, "tanh_1"),
            (Saturation, Warning, "tanh_2"),
            (MissingSeries, Warning, "early_stopping"),
            (MissingSeries, Warning, "model_checkpoint"),
        ];
        assert_eq!(said, expected.map(|(finding, severity, places)| (finding, severity, places.to_owned())));
        assert!(gathered[0].main.is_over() && !gathered[1].main.is_over());
        assert!(is_lost(&all) && !is_lost(&all[..2]) && gather(&[]).is_empty());
    }
}
