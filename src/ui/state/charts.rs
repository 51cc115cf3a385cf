//! Charts of the dashboard: what each shows, how it is scaled, and what it says of itself.
//!
//! Plain data. Never here: elements, signals.

mod catalogue;
mod known;
mod panel;

pub use catalogue::{FIRST, all};
pub use known::spec_of;
pub use panel::{Curves, Panel, Place};
use std::rc::Rc;

/// The id of the chart that shows the series called `name`; `None` if none does.
pub fn chart_of(name: &str) -> Option<Rc<str>> {
    all().into_iter().find(|panel| panel.shows(name)).map(|panel| panel.id)
}

/// The place of the chart `id` of the catalogue.
pub fn place_of(id: &str) -> Option<Place> {
    all().into_iter().find(|panel| &*panel.id == id).map(|panel| panel.place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::event::series;

    #[test]
    fn the_first_screen_has_batches_and_epochs_on_one_axis() {
        for (id, names) in [
            (FIRST, [series::BATCH_LOSS, series::TRAIN_LOSS, series::VAL_LOSS]),
            ("chart-accuracy", [series::BATCH_ACCURACY, series::TRAIN_ACCURACY, series::VAL_ACCURACY]),
        ] {
            let panel = all().into_iter().find(|panel| &*panel.id == id).expect("it is in the catalogue");
            let recorded: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let curves = panel.series(recorded.iter());
            assert_eq!(curves.iter().map(|curve| curve.name.as_str()).collect::<Vec<_>>(), names, "the batches lie under the epochs");
            assert!(curves[1..].iter().all(|curve| curve.style.width >= 2.0 * curves[0].style.width && curve.style.edge > 0.0));
            assert!(panel.picks_batches);
            assert_eq!(panel.beside(recorded.iter()).len(), 2, "no noise of other runs");
            assert_eq!(chart_of(names[0]).as_deref(), Some(id));
        }
    }

    #[test]
    fn a_chart_of_batches_alone_keeps_them_for_other_runs() {
        let panel = all().into_iter().find(|panel| &*panel.id == "chart-batch-loss").expect("it is in the catalogue");
        assert_eq!(panel.beside([series::BATCH_LOSS.to_owned()].iter()).len(), 1);
    }
}
