//! The page's half, in a real window: charts that draw, plain data to JavaScript and back.

#![cfg(target_arch = "wasm32")]

use emberscope::charts::{Chart, ChartSpec, Painter, SeriesSpec, Style, Theme};
use emberscope::domain::preset;
use emberscope::domain::series::Series;
use emberscope::web::js::{from_js, to_js};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

async fn next_frame() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        web_sys::window().unwrap().request_animation_frame(&resolve).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

/// The canvases that lie on each other in `host`.
fn canvases(host: &HtmlElement) -> Vec<HtmlCanvasElement> {
    let nth = |n: usize| host.query_selector(&format!("canvas:nth-of-type({n})")).unwrap();
    (1..).map_while(nth).map(JsCast::unchecked_into).collect()
}

/// Pixels of all canvases in `host` that are not transparent.
fn painted(host: &HtmlElement) -> usize {
    let painted = |canvas: HtmlCanvasElement| {
        let context: CanvasRenderingContext2d = canvas.get_context("2d").unwrap().unwrap().unchecked_into();
        let pixels = context.get_image_data(0.0, 0.0, canvas.width().into(), canvas.height().into()).unwrap().data();
        pixels.0.chunks_exact(4).filter(|pixel| pixel[3] > 0).count()
    };
    canvases(host).into_iter().map(painted).sum()
}

#[wasm_bindgen_test]
async fn a_chart_draws_what_is_recorded_and_leaves_nothing_behind() {
    let document = web_sys::window().unwrap().document().unwrap();
    let host: HtmlElement = document.create_element("div").unwrap().unchecked_into();
    host.style().set_property("width", "400px").unwrap();
    host.style().set_property("height", "200px").unwrap();
    document.body().unwrap().append_child(&host).unwrap();
    let store: Rc<RefCell<BTreeMap<String, Series>>> = Rc::default();
    let spec = ChartSpec {
        title: "Loss".into(),
        y_label: "nats".into(),
        series: vec![SeriesSpec::new("batch/loss", "batch", Style::RAW)],
        ..ChartSpec::default()
    };
    let painter = Painter::new();
    let chart = Chart::mount(&host, spec, store.clone(), Theme::light(), &painter).expect("canvas works here");
    next_frame().await;
    next_frame().await;
    let axes_only = painted(&host);
    assert!(axes_only > 100, "axes are drawn: {axes_only} pixels");

    let mut series = Series::new();
    series.extend((1..=500).map(|step| (step, 1.0 / step as f32)));
    store.borrow_mut().insert("batch/loss".into(), series);
    chart.mark_dirty();
    next_frame().await;
    next_frame().await;
    assert!(painted(&host) > axes_only, "the curve is drawn");
    assert!(chart.summary().contains("0.002"), "{}", chart.summary());

    drop(chart);
    assert!(canvases(&host).is_empty());
}

#[wasm_bindgen_test]
fn configurations_cross_to_javascript_and_back() {
    for preset in preset::all() {
        let object = to_js(&preset.config);
        let back = from_js(object, "a run configuration", "").unwrap();
        assert_eq!(preset.config, back);
    }
    let error = from_js::<emberscope::domain::config::RunConfig>(JsValue::from_str("no"), "a run configuration", "try again").unwrap_err();
    assert!(error.message().contains("this is not a run configuration"), "{error}");
}
