//! The part of the API that is about the list of runs: what each came to, and what can be done with them.

use super::args::{flag_or, run_id, text, whole};
use super::bind::{add0, add1, add2, config_of, or_throw, problem, promise, set};
use crate::domain::run::list::median::Spread;
use crate::domain::run::list::outcome::Outcome;
use crate::error::Result;
use crate::protocol::RunId;
use crate::ui::actions::{runs as list, setup};
use crate::ui::page::Page;
use crate::ui::state::rows::{GroupRow, Row, differences_of, group_rows, rows};
use crate::ui::state::store::RunState;
use crate::web::js::{get, to_js};
use js_sys::{Array, Object};
use wasm_bindgen::JsValue;

/// Puts its calls into the API.
pub(super) fn publish(page: Page, api: &Object) {
    add0(api, "runs", move || runs(page));
    add0(api, "groups", move || {
        let inner = page.inner();
        group_rows(&inner.store.borrow()).iter().map(|group| group_entry(page, group)).collect::<Array>().into()
    });
    add2(api, "rename", move |run, name| {
        let renamed = run_id(&run).and_then(|run| list::rename(page, run, &text(&name, "the name")?));
        or_throw(renamed.map(JsValue::from))
    });
    add1(api, "delete", move |run| or_throw(run_id(&run).and_then(|run| list::delete(page, run)).map(|()| JsValue::UNDEFINED)));
    add1(api, "show", move |run| {
        // The configuration is asked for because that says whether the run is there.
        let shown = run_id(&run).and_then(|run| list::config_of(page, run).map(|_| list::show(page, run)));
        or_throw(shown.map(|()| JsValue::UNDEFINED))
    });
    add2(api, "overlay", move |run, on| switch(&run, &on, |run, on| list::overlay(page, run, on)));
    add2(api, "pin", move |run, on| switch(&run, &on, |run, on| list::pin(page, run, on)));
    add2(api, "runSeeds", move |config, count| promise(run_seeds(page, config, count)));
    add0(api, "cancelSeeds", move || {
        page.cancel_seeds();
        JsValue::UNDEFINED
    });
    add1(api, "link", move |config| or_throw(config_of(page, config).and_then(|config| setup::link(&config)).map(JsValue::from)));
}

/// Calls `act` with the run and whether on; without a second argument it is.
fn switch(run: &JsValue, on: &JsValue, act: impl FnOnce(RunId, bool) -> Result<()>) -> JsValue {
    let done = run_id(run).and_then(|run| act(run, flag_or(on, "the second argument", true)?));
    or_throw(done.map(|()| JsValue::UNDEFINED))
}

fn outcome(outcome: Outcome) -> JsValue {
    let entry = Object::new();
    set(&entry, "last", &outcome.last.map_or(JsValue::NULL, JsValue::from));
    set(&entry, "best", &outcome.best.map_or(JsValue::NULL, |(value, _)| value.into()));
    set(&entry, "bestEpoch", &outcome.best.map_or(JsValue::NULL, |(_, epoch)| epoch.into()));
    entry.into()
}

fn runs(page: Page) -> JsValue {
    let inner = page.inner();
    let store = inner.store.borrow();
    let list = Array::new();
    let differences = differences_of(&store);
    for ((run, row), (_, difference)) in store.runs().iter().zip(rows(&store)).zip(differences) {
        let Row { id, name, overlaid, pinned, shown, loss, accuracy, took_ms, seed, bytes, parent, earlier, .. } = row;
        let entry = Object::new();
        set(&entry, "id", &id.into());
        set(&entry, "name", &name.into());
        set(&entry, "config", &to_js(&run.config));
        set(&entry, "state", &run.state.id().into());
        set(&entry, "device", &run.device.as_str().into());
        set(&entry, "why", &run.why.as_str().into());
        set(&entry, "batches", &(run.batches() as f64).into());
        set(&entry, "epochs", &(run.epochs_done() as f64).into());
        set(&entry, "seed", &seed.into());
        set(&entry, "tookMs", &took_ms.into());
        set(&entry, "bytes", &(bytes as f64).into());
        set(&entry, "weights", &to_js(&run.weights));
        set(&entry, "goesOnFrom", &parent.map_or(JsValue::NULL, JsValue::from));
        set(&entry, "shown", &shown.into());
        set(&entry, "pinned", &pinned.into());
        set(&entry, "overlaid", &overlaid.into());
        set(&entry, "earlier", &earlier.into());
        set(&entry, "savedAt", &run.can_go_on_from.map_or(JsValue::NULL, JsValue::from));
        set(&entry, "interruptions", &to_js(&run.interruptions));
        set(&entry, "kept", &inner.shelf.keeps(id).into());
        set(&entry, "differences", &difference.map_or(JsValue::NULL, JsValue::from));
        set(&entry, "val/loss", &outcome(loss));
        set(&entry, "val/accuracy", &outcome(accuracy));
        if let RunState::Failed(error) = &run.state {
            set(&entry, "error", &problem(error));
        }
        list.push(&entry);
    }
    list.into()
}

fn spread((spread, without): (Option<Spread>, usize)) -> JsValue {
    let Some(found) = spread else { return JsValue::NULL };
    let entry = Object::new();
    for (key, value) in [("median", found.median), ("min", found.min), ("max", found.max)] {
        set(&entry, key, &value.into());
    }
    set(&entry, "count", &(found.count as f64).into());
    set(&entry, "withoutNumber", &(without as f64).into());
    entry.into()
}

/// The entry of a group of seeds: `{id, name, runs, asked, finished, words, "val/loss": {last, best}, …}`.
fn group_entry(page: Page, row: &GroupRow) -> JsValue {
    let entry = Object::new();
    set(&entry, "id", &row.id.into());
    set(&entry, "name", &row.name.as_str().into());
    set(&entry, "words", &row.words.as_str().into());
    set(&entry, "overlaid", &row.overlaid.into());
    set(&entry, "runs", &to_js(&row.runs));
    set(&entry, "asked", &(row.asked as f64).into());
    set(&entry, "finished", &(row.finished as f64).into());
    let [last_loss, best_loss, last_accuracy, best_accuracy] = row.values;
    for (key, last, best) in [("val/loss", last_loss, best_loss), ("val/accuracy", last_accuracy, best_accuracy)] {
        let of = Object::new();
        set(&of, "last", &spread(last));
        set(&of, "best", &spread(best));
        set(&entry, key, &of);
    }
    let inner = page.inner();
    let store = inner.store.borrow();
    let medians = Object::new();
    if let Some(group) = store.group(row.id) {
        for (name, series) in group.medians() {
            set(&medians, name, &super::describe::columns(series));
        }
        set(&entry, "medianOf", &(group.median_of() as f64).into());
    }
    set(&entry, "medians", &medians);
    entry.into()
}

async fn run_seeds(page: Page, config: JsValue, count: JsValue) -> Result<JsValue> {
    let config = config_of(page, config)?;
    let end = list::run_seeds(page, config, whole(&count, "the number of seeds", "runSeeds(config, 3) trains three")?).await?;
    let inner = page.inner();
    let groups = group_rows(&inner.store.borrow());
    let entry = groups.iter().find(|group| group.id == end.group).map(|group| group_entry(page, group));
    // All its runs may have been deleted in the meantime.
    let entry = entry.unwrap_or_else(|| Object::new().into());
    if get(&entry, "asked").is_undefined() {
        set(&entry, "asked", &(end.asked as f64).into());
        set(&entry, "finished", &(end.finished as f64).into());
        set(&entry, "runs", &to_js(&end.runs));
    }
    Ok(entry)
}
