//! The part of the API that asks about a model: predictions, one batch, an evaluation, checkpoints.

use super::args::{is_absent, options, run_id, samples, text_or, whole};
use super::bind::{add0, add1, add2, or_throw, promise, set};
use crate::domain::data::batch_view::{SampleOrder, Source};
use crate::domain::run::checkpoint::{CheckpointId, LAST};
use crate::domain::run::event::SampleOutcome;
use crate::error::Result;
use crate::ui::actions::measure::measure;
use crate::ui::actions::questions::{self, Model, Slice};
use crate::ui::page::Page;
use crate::web::js::{get, to_js};
use js_sys::{Array, Float32Array, Object};
use wasm_bindgen::JsValue;

/// Bytes of samples' numbers that one answer brings along; a batch with more comes without them.
const MOST_INPUT_BYTES: usize = 64 << 20;

pub(super) fn publish(page: Page, api: &Object) {
    add2(api, "predict", move |inputs: JsValue, by: JsValue| promise(predict(page, inputs, by)));
    add1(api, "evaluate", move |by: JsValue| promise(evaluate(page, by)));
    add2(api, "batch", move |run: JsValue, step: JsValue| promise(batch(page, run, step)));
    add0(api, "checkpoints", move || {
        let inner = page.inner();
        let store = inner.store.borrow();
        page.current_run().and_then(|id| store.run(id)).map_or_else(|| Array::new().into(), |run| to_js(&run.checkpoints))
    });
    add1(api, "keepCheckpoint", move |name: JsValue| {
        promise(async move { Ok(to_js(&questions::keep_checkpoint(page, text_or(&name, "the checkpoint's name", "")?).await?)) })
    });
    add1(api, "putBack", move |id: JsValue| promise(async move { Ok(to_js(&questions::put_back(page, needed(&id)?).await?)) }));
    add1(api, "forgetCheckpoint", move |id: JsValue| {
        promise(async move { Ok(to_js(&questions::forget_checkpoint(page, needed(&id)?).await?)) })
    });
    add1(api, "measure", move |given: JsValue| {
        promise(async move {
            // It takes nothing yet: what is given is not passed over in silence.
            options(&given, "measure()", &[])?;
            Ok(to_js(&measure(page).await?))
        })
    });
    add1(api, "lookAtBatch", move |step: JsValue| or_throw(look_at(page, &step)));
}

fn needed(id: &JsValue) -> Result<CheckpointId> {
    whole(id, "the checkpoint's id", "checkpoints() lists them")
}

/// The model that is meant: the id of a checkpoint, `{run, weights}` of any run that has weights, or undefined, which is the
/// checkpoint that the page uses, if any.
fn meant(page: Page, by: &JsValue) -> Result<Model> {
    if is_absent(by) {
        return Ok(Model::in_use(page));
    }
    if !by.is_object() {
        return needed(by).map(|id| Model::Last(Some(id)));
    }
    options(by, "the model to ask", &["run", "weights"])?;
    Ok(Model::Of(run_id(&get(by, "run"))?, text_or(&get(by, "weights"), "weights", LAST)?))
}

async fn predict(page: Page, inputs: JsValue, by: JsValue) -> Result<JsValue> {
    let rows = questions::predict(page, samples(&inputs)?, meant(page, &by)?).await?;
    Ok(Float32Array::from(rows.as_slice()).into())
}

async fn evaluate(page: Page, by: JsValue) -> Result<JsValue> {
    let (run, checkpoint, evaluation) = questions::evaluate(page, meant(page, &by)?).await?;
    let answer = to_js(&evaluation);
    set(&answer, "run", &run.into());
    set(&answer, "checkpoint", &checkpoint.map_or(JsValue::NULL, |card| to_js(&card)));
    Ok(answer)
}

fn sample(outcome: &SampleOutcome) -> JsValue {
    to_js(outcome)
}

async fn batch(page: Page, run: JsValue, step: JsValue) -> Result<JsValue> {
    let run = run_id(&run)?;
    let step = whole(&step, "the batch", "batch(run, 1) is the first")?;
    let width = {
        let inner = page.inner();
        let store = inner.store.borrow();
        store.run(run).and_then(|run| run.data.as_ref()).map_or(1, |(shape, _)| shape.len())
    };
    let most = (MOST_INPUT_BYTES / (4 * width.max(1))) as u32;
    let shown = questions::show_batch(page, run, step, Slice { order: SampleOrder::Position, first: 0, most }).await?;
    let answer = to_js(&shown.view);
    set(&answer, "run", &run.into());
    if shown.view.source != Source::None {
        set(&answer, "loss", &shown.loss().into());
        set(&answer, "accuracy", &shown.accuracy().into());
    }
    let samples: Array = shown.outcomes.iter().map(sample).collect();
    set(&answer, "samples", &samples);
    if shown.numbers.len() == width * shown.outcomes.len() {
        set(&answer, "inputs", &Float32Array::from(shown.numbers.as_slice()));
    }
    Ok(answer)
}

fn look_at(page: Page, step: &JsValue) -> Result<JsValue> {
    questions::look_at_batch(page, whole(step, "the batch", "lookAtBatch(1) is the first")?);
    Ok(JsValue::UNDEFINED)
}
