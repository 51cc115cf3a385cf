//! The panel of imports for runs and weights, and the notice of the weights that the next run begins with.

use crate::ui::actions::files;
use crate::ui::page::Page;
use crate::ui::parts::explain::heading;
use crate::ui::parts::lean;
use leptos::prelude::*;

/// The notice that the next run begins with the weights of a file, with a button against it.
pub fn first_weights(page: Page) -> impl IntoView {
    let notice = move || {
        page.first_weights.get().map(|first| {
            let trained = first.weights.step.map_or_else(String::new, |step| format!(", trained for {step} updates"));
            let words = format!("The next run starts from weights of {} ({} numbers{trained}).", first.name, first.weights.parameters());
            view! {
                <div class="notice plain" id="first-weights">
                    <p>{words}</p>
                    <button on:click=move |_| page.first_weights.set(None)>"Start from the seed instead"</button>
                </div>
            }
        })
    };
    view! { <div role="status">{lean::maybe(notice)}</div> }
}

/// The panel of imports.
pub fn view(page: Page) -> impl IntoView {
    let chosen = move |event: leptos::ev::Event| files::take_chosen(page, &event);
    view! {
        <section class="panel" id="imports" aria-labelledby="imports-title">
            {heading("imports-title", "Open a run or weights", "A run that was saved as JSONL appears on the charts with every value. Weights in a .safetensors file become the start of the next run and answer predictions, if they fit the model in the setup. Or drop the file anywhere on the page.")}
            <label class="field" for="import-files">
                <span>"File (.jsonl or .safetensors)"</span>
                <input id="import-files" type="file" accept=".jsonl,.ndjson,.safetensors" multiple on:change=chosen />
            </label>
        </section>
    }
}
