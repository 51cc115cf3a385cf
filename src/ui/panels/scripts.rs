//! The panel in which callbacks are written: an editor for each, its switch, its state, its console, and help on hooks
//! and functions, right there.

mod editor;

use crate::domain::run::script::{MOST_SCRIPTS, ScriptSpec};
use crate::script::console::LineAuthor;
use crate::script::{examples, hooks};
use crate::ui::page::Page;
use crate::ui::parts::controls::scroller;
use crate::ui::parts::explain::heading;
use crate::ui::parts::format::{format_count, format_ms};
use crate::ui::parts::lean::{self, Button};
use crate::ui::scripts::State;
use crate::ui::state::phase::Phase;
use leptos::html::Pre;
use leptos::prelude::*;

/// Changes the script called `name`, unless the configuration would be wrong.
fn change(page: Page, name: &str, with: impl FnOnce(&mut ScriptSpec)) {
    let mut scripts = page.config.with_untracked(|config| config.scripts.clone());
    let Some(script) = scripts.iter_mut().find(|script| script.name == name) else { return };
    let old = script.clone();
    with(script);
    let new = script.clone();
    if let Err(error) = crate::domain::run::script::validate_all(&scripts) {
        page.notify(error);
        // The field shows the old value again.
        page.config.update(|_| {});
        return;
    }
    if old == new {
        return;
    }
    let was_on = page.scripts.status(name).with_untracked(|status| status.state == State::On);
    page.scripts.edited(&old, &new);
    page.config.update(|config| config.scripts = scripts);
    // What was on is read anew at once; in a run, the text that it began with goes on.
    if was_on && !page.phase.with_untracked(Phase::is_live) {
        switch_on(page, new.name);
    }
}

fn switch_on(page: Page, name: String) {
    // What is wrong is shown beside the editor.
    lean::spawn(async move { drop(page.switch_on(name).await) });
}

/// A name like `wish` that no script has.
fn free_name(page: Page, wish: &str) -> String {
    let is_free = |name: &str| page.config.with_untracked(|config| config.scripts.iter().all(|script| script.name != name));
    let numbered = (2..).map(|n| format!("{wish} {n}"));
    std::iter::once(wish.to_owned()).chain(numbered).find(|name| is_free(name)).unwrap_or_default()
}

fn add(page: Page, example: &examples::Example) {
    let wish = if example.name == "Empty" { "Callback" } else { example.name };
    let spec = ScriptSpec::new(free_name(page, wish), example.text);
    page.config.update(|config| config.scripts.push(spec));
}

fn state_words(state: &State, is_live: bool) -> String {
    match state {
        State::Off => "off".to_owned(),
        State::Checking => "being read …".to_owned(),
        State::On if is_live => "on, from the next run on".to_owned(),
        State::On => "on".to_owned(),
        State::Running => "running".to_owned(),
        State::Broken(problem) => format!("switched off: {problem}"),
    }
}

fn console(page: Page, name: &str) -> AnyView {
    let status = page.scripts.status(name);
    let host = lean::Node::<Pre>::new();
    let lines = {
        let status = status.clone();
        move || {
            status.with(|status| {
                let left_out = status.console.left_out();
                let first = (left_out > 0).then(|| (LineAuthor::Page, format!("{left_out} lines before are not kept")));
                let kept = status.console.lines().map(|(author, line)| (author, line.to_owned()));
                first
                    .into_iter()
                    .chain(kept)
                    .map(
                        |(author, line)| view! { <span class=if author == LineAuthor::Page { "of-page" } else { "" }>{line + "\n"}</span> },
                    )
                    .map(IntoAny::into_any)
                    .collect::<Vec<_>>()
                    .into_any()
            })
        }
    };
    let is_empty = {
        let status = status.clone();
        lean::memo(move || status.with(|status| status.console.lines().next().is_none()))
    };
    lean::effect(move || {
        status.track();
        if let Some(host) = host.get() {
            // After the lines are there: the last one is the news.
            request_animation_frame(move || host.set_scroll_top(host.scroll_height()));
        }
    });
    view! {
        <pre class="script-console" class:hidden=is_empty role="log" aria-live="off" aria-label="Console" tabindex="0" node_ref=host>
            {lean::live(lines)}
        </pre>
    }
    .into_any()
}

fn script(page: Page, name: String) -> AnyView {
    let name = StoredValue::new(name);
    let status = page.scripts.status(&name.get_value());
    let spec = lean::memo(move || {
        page.config.with(|config| config.scripts.iter().find(|script| name.with_value(|name| script.name == *name)).cloned())
    });
    let followed = status.clone();
    let state = lean::memo(move || followed.with(|status| status.state.clone()));
    let live = lean::memo(move || page.phase.with(Phase::is_live));
    let wrong = lean::memo(move || state.with(|state| if let State::Broken(problem) = state { problem.line } else { 0 }));
    let ask_for = RwSignal::new(None);
    let is_on = lean::memo(move || state.with(|state| matches!(state, State::Checking | State::On | State::Running)));
    let is_broken = lean::memo(move || state.with(|state| matches!(state, State::Broken(_))));
    let toggle = move |event| match event_target_checked(&event) {
        true => switch_on(page, name.get_value()),
        false => page.scripts.switch_off(&name.get_value()),
    };
    let rename = move |event| {
        let new = event_target_value(&event).trim().to_owned();
        change(page, &name.get_value(), |script| script.name = new);
    };
    let remove = move || {
        let name = name.get_value();
        page.scripts.switch_off(&name);
        page.config.update(|config| config.scripts.retain(|script| script.name != name));
    };
    let progress = {
        let status = status.clone();
        move || {
            status.with(|status| match (&status.state, status.told) {
                (State::Off | State::Checking | State::Broken(_), _) | (_, 0) => String::new(),
                (_, told) => {
                    let lag = if status.behind > 0 {
                        format!("{} batches behind · ", format_count(status.behind as f64))
                    } else {
                        String::new()
                    };
                    let spent = format_ms(status.spent_ms);
                    format!("{lag}{} batches told · {spent} in its hooks, beside the training", format_count(told as f64))
                }
            })
        }
    };
    let is_own = lean::memo(move || status.with(|status| !status.is_foreign));
    let text = move || spec.with(|spec| spec.as_ref().map(|spec| spec.text.clone()).unwrap_or_default());
    let budget = move || spec.with(|spec| spec.as_ref().map_or(String::new(), |spec| spec.budget_ms.to_string()));
    let label = format!("Text of {}", name.get_value());
    let go_to_line = move || match wrong.get() {
        0 => ().into_any(),
        line => Button::new("Go to this line", "").view(move || ask_for.set(Some(line))),
    };
    let set_budget = move |event| {
        let wish = event_target_value(&event).trim().parse::<f64>().unwrap_or(f64::NAN);
        change(page, &name.get_value(), |script| script.budget_ms = wish as u32);
    };
    view! {
        <article class="script" aria-label=lean::text(move || format!("Callback {}", name.get_value()))>
            <div class="script-head">
                <input
                    class="script-name" type="text" aria-label="Name" maxlength="60" on:change=rename
                    prop:value=lean::text(move || { spec.track(); name.get_value() })
                />
                <label class="field inline tick"><input type="checkbox" role="switch" prop:checked=is_on on:change=toggle /><span>"Switched on"</span></label>
                <label class="field inline script-budget" title="A loop that goes on for longer than this in one call switches the callback off">
                    <span>"ms a call"</span>
                    <input type="number" inputmode="numeric" min="10" max="1000" prop:value=lean::text(budget) on:change=set_budget />
                </label>
                {Button { name: "Remove this callback", ..Button::new("×", "Remove") }.view(remove)}
            </div>
            <p class="script-foreign" role="note" class:hidden=is_own>
                <strong>"This setup brings a callback written by someone else; read it, then switch it on. "</strong>
                "It can stop the run, change its learning rate, record values and print. It cannot reach the network, this page or anything stored."
            </p>
            {editor::view(label, text, wrong, ask_for, move |text| change(page, &name.get_value(), |script| script.text = text))}
            <div class="script-state" class:problem=is_broken>
                <span role="status">{lean::text(move || state.with(|state| state_words(state, live.get())))}</span>
                {lean::live(go_to_line)}
            </div>
            <p class="note script-progress">{lean::text(progress)}</p>
            {console(page, &name.get_value())}
        </article>
    }
    .into_any()
}

fn table(caption: &'static str, entries: &'static [hooks::Entry]) -> AnyView {
    let rows = entries.iter().map(|entry| {
        view! { <tr><th scope="row"><code>{entry.name}{entry.arguments}</code></th><td>{entry.about}</td></tr> }
    });
    view! { <table class="script-docs"><caption>{caption}</caption><tbody>{lean::list(rows)}</tbody></table> }.into_any()
}

/// A link to the panel from elsewhere.
pub fn link(page: Page) -> AnyView {
    let go = move || page.sections.open("scripts");
    view! { <p class="note">"Or your own, in JavaScript: "{Button { class: "small", ..Button::new("Write a callback", "") }.view(go)}</p> }
        .into_any()
}

/// The panel.
pub fn view(page: Page) -> AnyView {
    let names = move || page.config.with(|config| config.scripts.iter().map(|script| script.name.clone()).collect());
    let chosen = RwSignal::new(0_usize);
    let has_room = lean::memo(move || page.config.with(|config| config.scripts.len() < MOST_SCRIPTS));
    let options = || examples::ALL.iter().enumerate().map(|(index, example)| (index.to_string(), example.name.to_owned())).collect();
    let pick = move |index: String| chosen.set(index.parse().unwrap_or(0));
    let choice = lean::choice("script-example", "New callback, from an example", options, move || chosen.get().to_string(), pick);
    let add = move || {
        if let Some(example) = examples::ALL.get(chosen.get_untracked()) {
            add(page, example);
        }
    };
    let add = Button { id: "script-add", enabled: has_room.into(), ..Button::new("Add", "") }.view(add);
    view! {
        <section class="panel" id="scripts" tabindex="-1" aria-labelledby="scripts-title">
            {heading("scripts-title", "Callbacks in JavaScript", "Your own hooks, with Keras' names. They are called beside the training, which never waits for them: each hears of every batch, in order, and what it asks for takes effect some batches later. They run in a sandbox without network, storage or this page.")}
            {lean::each(names, move |name| script(page, name))}
            <div class="script-add">{choice}{add}</div>
            <p class="note" id="editor-keys">"In the editor, Tab writes two spaces; Escape, then Tab, leaves it."</p>
            <details class="own-data">
                <summary>"Hooks and functions"</summary>
                {scroller("Hooks and functions", view! { {table("Hooks", &hooks::ALL)}{table("Functions", &hooks::FUNCTIONS)} }.into_any())}
                <p class="note">
                    "Variables outside of the hooks live as long as the run. The text is strict JavaScript without timers or imports. A hook that throws, or loops for longer than its time (250 ms unless you change it), switches the callback off, with its line; the training goes on. One that does not come back for 2 s in another way is ended. When the run ends, what is left is told first, for up to 10 s. The text travels with the setup's link; whether it is on never does."
                </p>
            </details>
        </section>
    }
    .into_any()
}
