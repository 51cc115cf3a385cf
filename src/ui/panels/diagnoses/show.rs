//! The way from a diagnosis to the chart that shows it, and from a threshold to its field in the setup.

use crate::charts::{At, XRange};
use crate::domain::diagnosis::{Diagnosis, Finding};
use crate::ui::page::Page;
use crate::ui::parts::controls::threshold_field;
use crate::ui::parts::focus::{self, element};
use crate::ui::state::charts::{FIRST, chart_of};
use leptos::prelude::set_timeout;
use std::rc::Rc;
use std::time::Duration;
use web_sys::HtmlElement;

/// Whether the element takes up any room: a panel without values does not.
fn is_visible(element: &HtmlElement) -> bool {
    element.offset_width() > 0
}

/// The ids of the panels that show a diagnosis, the best first.
fn places(diagnosis: &Diagnosis) -> [Rc<str>; 2] {
    let [first, second] = match diagnosis.finding {
        Finding::UnbalancedData => ["picture-data", "chart-accuracy"],
        // Weights have no curve, but a histogram.
        Finding::NotFinite if diagnosis.series.starts_with("weight/") => ["histograms", FIRST],
        _ => [FIRST; 2],
    };
    let chart = chart_of(&diagnosis.series).filter(|_| first == second);
    [chart.unwrap_or_else(|| first.into()), second.into()]
}

/// Brings the chart that shows `diagnosis` into view, marks it for a while, and puts the cursor of all charts at the
/// step of the diagnosis.
pub fn show(page: Page, diagnosis: &Diagnosis) {
    let places = places(diagnosis);
    for id in &places {
        page.sections.reveal(id);
    }
    let step = diagnosis.step.max(1);
    // Once what was opened is on the page.
    set_timeout(move || point_out(page, &places, step), Duration::ZERO);
}

fn point_out(page: Page, places: &[Rc<str>], step: u32) {
    let found = places.iter().filter_map(|id| element(id)).find(is_visible);
    let Some(panel) = found else { return };
    focus::point_out(&panel);
    // A part of the run that is zoomed into may not have the step in it.
    page.board.show(XRange::All);
    for chart in page.inner().charts.borrow().iter().flatten() {
        chart.set_cursor(Some(At { run: None, step }));
    }
}

/// Opens the field of the threshold called `name`.
pub fn open_threshold(page: Page, name: &str) {
    page.sections.open(&threshold_field(name));
}
