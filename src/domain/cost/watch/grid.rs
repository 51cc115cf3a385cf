//! The part of the watch that a run takes up again: where its looks stand, so that they stay on their grid. What it has measured is
//! the past of another process, and begins anew. Never here: when a look is due.

use crate::domain::format::exact;
use crate::domain::run::event::Step;
use serde::{Deserialize, Serialize};

/// The place of a cadence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grid {
    /// Number of times that the distance was doubled.
    pub doublings: u32,
    /// The step of the next turn.
    pub next: Step,
}

/// The place of a watch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WatchGrid {
    /// The budget in percent.
    #[serde(with = "exact")]
    pub budget: f64,
    /// The place of the looks into the network.
    pub looks: Grid,
    /// The place of the synchronised samples.
    pub syncs: Grid,
}
