//! The sections of the page below the first screen: what each is called, what is in it, and which one has the element of an id.
//!
//! Plain data. Never here: which are open (`ui::page::sections`), what they show (`ui::panels`).

use super::charts::{self, Place};

/// A section that opens and closes.
#[derive(Debug, PartialEq, Eq)]
pub struct Section {
    /// The id of its element; links, lessons and the device's memory name it by that.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// The question that it answers, in a few words.
    pub about: &'static str,
    /// The ids of its panels, but for those of charts.
    panels: &'static [&'static str],
    /// The charts in it.
    place: Option<Place>,
}

/// The id of the sheet with the setup, which opens from the side.
pub const SETUP: &str = "setup";
/// The id of the section of every batch.
pub const EVERY_BATCH: &str = "every-batch";
/// The id of the section with a look inside.
pub const INSIDE: &str = "network";
/// The id of the section of predictions.
pub const PREDICTIONS: &str = "outcome";
/// The id of the section of callbacks.
pub const CALLBACKS: &str = "own";
/// The id of the section of a class.
pub const CLASS: &str = "class";
/// The id of the card of the data.
pub const DATA: &str = "picture-data";
/// The id of the card of the network.
pub const NETWORK: &str = "picture-network";
/// The id of the card of the outcome.
pub const OUTCOME: &str = "picture-outcome";
/// The id of the place of the findings.
pub const FINDINGS: &str = "findings";

/// All sections, in the order of the page.
pub const ALL: [Section; 8] = [
    Section {
        id: EVERY_BATCH,
        title: "Every batch",
        about: "one batch after the other, and the samples in each",
        panels: &["batch", "batches-shown"],
        place: Some(Place::Batches),
    },
    Section {
        id: "time",
        title: "Time",
        about: "where the milliseconds go",
        panels: &["cost-of-training", "cost-of-watching"],
        place: Some(Place::Time),
    },
    Section {
        id: INSIDE,
        title: "Inside the network",
        about: "gradients, updates and activations of each layer",
        panels: &["histograms"],
        place: Some(Place::Network),
    },
    Section {
        id: PREDICTIONS,
        title: "Predictions",
        about: "what it gets right, what it confuses, and kept weights",
        panels: &["predictions", "checkpoints"],
        place: None,
    },
    Section { id: "runs", title: "Runs", about: "all runs of this visit, side by side", panels: &["runs-panel"], place: None },
    Section {
        id: "files-out-and-in",
        title: "Files",
        about: "save this run, open another",
        panels: &["exports", "imports", "import-files"],
        place: None,
    },
    Section { id: CALLBACKS, title: "Callbacks", about: "your own code at every batch", panels: &["scripts"], place: Some(Place::Own) },
    Section {
        id: CLASS,
        title: "Class",
        about: "a link for your students, and what came back",
        panels: &["class-link-panel", "class-results"],
        place: None,
    },
];

/// The beginning of the ids of charts of callbacks' series.
const OWN_CHART: &str = "chart-own-";

/// The section that has the element `id` in it, or is it; `None` for what is on the first screen or in the setup.
pub fn of(id: &str) -> Option<&'static Section> {
    let place = if id.starts_with(OWN_CHART) { Some(Place::Own) } else { charts::place_of(id) };
    ALL.iter().find(|section| section.id == id || section.panels.contains(&id) || place.is_some() && section.place == place)
}

/// Whether the element `id` is the setup or in it.
pub fn is_in_setup(id: &str) -> bool {
    id == SETUP || id.starts_with("setup-") && id != "setup-replaced" || id.starts_with("threshold-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chart_is_on_the_first_screen_or_in_a_section() {
        for panel in charts::all() {
            assert_eq!(of(&panel.id).is_none(), panel.place == Place::Course, "{}", panel.id);
        }
        assert_eq!(of("chart-own-my-x").map(|section| section.id), Some(CALLBACKS));
        assert_eq!(of("nowhere"), None);
    }

    #[test]
    fn ids_are_of_one_section_each() {
        for (index, section) in ALL.iter().enumerate() {
            assert_eq!(of(section.id), Some(section));
            for id in section.panels {
                assert_eq!(of(id), Some(section), "{id}");
            }
            assert!(ALL[..index].iter().all(|other| other.id != section.id && other.title != section.title));
        }
    }

    #[test]
    fn fields_of_the_setup_are_known() {
        assert!(["setup", "setup-model", "threshold-dead"].into_iter().all(is_in_setup));
        assert!(!["setup-replaced", "chart-loss"].into_iter().any(is_in_setup));
    }
}
