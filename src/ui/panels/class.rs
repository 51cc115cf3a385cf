//! A class without a server: on a teacher's page the section in which its link is made and the results of students come together; on a
//! student's page the banner with the task and the result to give back; and on both the dialog with a QR code.
//!
//! Never here: what is locked or hidden where (each panel asks `Page::class`), the form of links and results.

mod banner;
mod chart;
mod choice;
mod code;
mod hand_in;
mod outcome;
mod results;
mod table;
mod teacher;

pub use banner::view as banner;
pub use code::view as code;

use crate::ui::page::Page;
use crate::ui::parts::lean;
use leptos::prelude::*;

/// The section of the class.
pub fn view(page: Page) -> AnyView {
    let said = view! { <p class="note" id="class-said" role="status">{move || page.class.said.get()}</p> };
    // A student's own result has its place in the banner where there is one.
    let own = lean::shown(
        move || !page.class.is_on(),
        move || view! { <section class="panel" aria-labelledby="own-result-title"><h2 id="own-result-title">"A result of your own"</h2> {hand_in::view(page)}</section> },
    );
    lean::list([teacher::view(page), results::view(page), said.into_any(), own.into_any()]).into_any()
}
