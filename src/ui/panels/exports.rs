//! The panel of exports: the shown run as files, with their progress and their size.

use crate::ui::actions::exports::{Kind, can_export, export};
use crate::ui::page::Page;
use crate::ui::parts::explain::heading;
use crate::ui::parts::files::save_blob;
use crate::ui::parts::format::format_size as size;
use crate::ui::parts::lean;
use leptos::prelude::*;
use std::rc::Rc;

fn row(page: Page, kind: Kind, busy: RwSignal<Option<(Kind, f64)>>, said: RwSignal<Option<(Kind, String)>>) -> impl IntoView {
    let shown = lean::memo(move || {
        page.runs.track();
        page.inner().store.borrow().shown().map(|run| (run.id, run.batches() > 0 && can_export(page, run, kind)))
    });
    let is_ready = move || shown.get().is_some_and(|(_, is_ready)| is_ready);
    let estimate = move || {
        page.runs.track();
        let inner = page.inner();
        let store = inner.store.borrow();
        store.shown().filter(|run| run.batches() > 0).map_or_else(String::new, |run| format!("about {}", size(kind.estimate(run))))
    };
    let start = move |_| {
        let Some((run, _)) = shown.get_untracked() else { return };
        busy.set(Some((kind, 0.0)));
        lean::spawn(async move {
            let result = export(page, run, kind, Rc::new(move |share| busy.set(Some((kind, share))))).await;
            busy.set(None);
            match result {
                Ok(blob) => {
                    let name = kind.file_name(run);
                    save_blob(&blob, &name);
                    said.set(Some((kind, format!("{name}: {}", size(blob.size())))));
                }
                Err(error) => page.notify(error),
            }
        });
    };
    let progress = move || {
        busy.get()
            .filter(|(busy, _)| *busy == kind)
            .map(|(_, share)| view! { <progress max="1" value=share.to_string() aria-label="Progress of the file"></progress> })
    };
    let saved = move || said.get().filter(|(known, _)| *known == kind).map_or(String::new(), |(_, words)| words);
    view! {
        <li class="export-row">
            <button id=format!("export-{}", kind.id()) disabled=move || busy.get().is_some() || !is_ready() on:click=start aria-describedby=format!("export-{}-words", kind.id())>"Save"</button>
            <div>
                <strong>{kind.title()}</strong>" "<span class="note">{lean::text(estimate)}</span>
                <p class="note" id=format!("export-{}-words", kind.id())>{kind.contents()}</p>
                {lean::maybe(progress)}
                <p class="export-said" role="status">{lean::text(saved)}</p>
            </div>
        </li>
    }
}

/// The panel of exports.
pub fn view(page: Page) -> impl IntoView {
    let (busy, said) = (RwSignal::new(None), RwSignal::new(None));
    let rows = lean::list(Kind::ALL.into_iter().map(|kind| row(page, kind, busy, said)));
    view! {
        <section class="panel" id="exports" aria-labelledby="exports-title">
            {heading("exports-title", "Save this run", "Files are made in this tab from every recorded value, also while the run goes on; nothing is sent anywhere.")}
            <ul class="exports">{rows}</ul>
        </section>
    }
}
