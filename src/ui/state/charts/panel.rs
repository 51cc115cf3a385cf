//! [`Panel`]: one chart of the dashboard, where it stands, what it says of itself, and which of the recorded series are its curves.
//!
//! Never here: which charts there are.

use crate::charts::{ChartSpec, SeriesSpec, Style};
use std::rc::Rc;

/// The place of a chart on the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The first screen: the course of loss and accuracy, every batch and every epoch.
    Course,
    /// The values of every batch alone.
    Batches,
    /// Series that callbacks log under names of their own.
    Own,
    /// Charts of times and costs.
    Time,
    /// Charts of what happens in the layers.
    Network,
}

/// Panel of a chart on the dashboard: what it shows and what it says of itself.
pub struct Panel {
    /// The place.
    pub place: Place,
    /// The element's id.
    pub id: Rc<str>,
    /// The meaning of the numbers, in a sentence or two; true of a picture of it, too.
    pub note: &'static str,
    /// Hints for its use on the page, and for how it is drawn here; may be empty.
    pub hint: &'static str,
    /// The specification of the drawing, with its curves but where [`Panel::curves`] says otherwise.
    pub spec: ChartSpec,
    /// The choice of its curves.
    pub curves: Curves,
    /// Whether a click on a point leads to its batch.
    pub picks_batches: bool,
    /// Whether its values are times of batches, so that warm-up, hidden page and pauses are marked on it.
    pub has_bands: bool,
    /// The words that it shows while it has no values. Empty, with [`Curves::Each`]: it is not there before it has any.
    pub empty: &'static str,
}

/// The choice of a chart's curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curves {
    /// The curves of its spec.
    Fixed,
    /// The curves of its spec; those whose name begins so only once they are recorded.
    Optional {
        /// The beginning of the names, for example `train_eval/`.
        prefix: &'static str,
    },
    /// Every recorded series whose name begins so; biases are left out, there are many and they say little.
    Each {
        /// The beginning of the names, for example `grad/norm/`.
        prefix: &'static str,
    },
}

/// The beginning of the names of raw values of each batch.
const RAW: &str = "batch/";

/// The number of curves of one chart that are told apart at a glance.
const MOST_CURVES: usize = 12;

impl Panel {
    /// Whether the series called `name`, or those below it, are among its curves.
    pub fn shows(&self, name: &str) -> bool {
        match self.curves {
            Curves::Fixed | Curves::Optional { .. } => self.spec.series.iter().any(|curve| curve.name == name),
            Curves::Each { prefix } => name.starts_with(prefix) || name == prefix.trim_end_matches('/'),
        }
    }

    /// The curves of a run beside the shown one: without that run's single batches, where it has curves of epochs too.
    pub fn beside<'a>(&self, recorded: impl Iterator<Item = &'a String>) -> Vec<SeriesSpec> {
        let is_raw = |curve: &SeriesSpec| curve.name.starts_with(RAW);
        let mut curves = self.series(recorded);
        if !curves.iter().all(is_raw) {
            curves.retain(|curve| !is_raw(curve));
        }
        curves
    }

    /// The chart's curves, given the names of the series that are recorded.
    pub fn series<'a>(&self, recorded: impl Iterator<Item = &'a String>) -> Vec<SeriesSpec> {
        let prefix = match self.curves {
            Curves::Fixed => return self.spec.series.clone(),
            Curves::Optional { prefix } => {
                let names: Vec<&String> = recorded.collect();
                let is_there = |name: &String| !name.starts_with(prefix) || names.contains(&name);
                return self.spec.series.iter().filter(|curve| is_there(&curve.name)).cloned().collect();
            }
            Curves::Each { prefix } => prefix,
        };
        let names = recorded.filter(|name| name.starts_with(prefix) && !name.ends_with("/bias") && !name.ends_with("/beta"));
        let label =
            |name: &str| name[prefix.len()..].trim_end_matches("_ms").trim_end_matches("/kernel").trim_end_matches("/gamma").to_owned();
        names
            .take(MOST_CURVES)
            .enumerate()
            .map(|(index, name)| SeriesSpec::new(name.clone(), label(name), Style { width: 1.4, ..Style::nth(index) }))
            .collect()
    }
}
