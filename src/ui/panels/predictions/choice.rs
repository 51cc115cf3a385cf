//! The choice among a run's evaluations. Never here: their figures.

use crate::domain::record::evaluations::StoredEvaluation;
use crate::domain::run::event::Step;
use crate::ui::state::store::Run;

/// The choice of the evaluation that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Choice {
    /// The evaluation of the newest epoch.
    #[default]
    Latest,
    /// The evaluation of the epoch with the lowest log loss so far.
    Best,
    /// The last evaluation that was asked for.
    Asked,
    /// The evaluation of the epoch that ended at this step.
    At(Step),
}

impl Choice {
    /// The evaluation that is chosen among those of `run`, or else the latest.
    pub(super) fn of(self, run: &Run) -> Option<&StoredEvaluation> {
        let all = &run.evaluations;
        match self {
            Self::Latest => all.latest(),
            Self::Best => all.best(),
            Self::Asked => all.asked(),
            Self::At(step) => all.at(step),
        }
        .or(all.latest())
        .or(all.asked())
    }

    /// The value in the menu.
    pub(super) fn value(self) -> String {
        match self {
            Self::Latest => "latest".to_owned(),
            Self::Best => "best".to_owned(),
            Self::Asked => "asked".to_owned(),
            Self::At(step) => step.to_string(),
        }
    }

    /// The choice of a menu's value.
    pub(super) fn read(value: &str) -> Self {
        match value {
            "best" => Self::Best,
            "asked" => Self::Asked,
            other => other.parse().map_or(Self::Latest, Self::At),
        }
    }
}
