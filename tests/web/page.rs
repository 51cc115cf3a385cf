//! The page's half, in a real window: charts that draw, plain data to JavaScript and back.

#![cfg(target_arch = "wasm32")]

use emberscope::charts::{Chart, ChartSpec, Dash, Painter, SeriesSpec, Style, Theme, XRange};
use emberscope::domain::record::series::Series;
use emberscope::domain::run::preset;
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

/// A host of 400 by 200 pixels in the page.
fn host() -> HtmlElement {
    let document = web_sys::window().unwrap().document().unwrap();
    let host: HtmlElement = document.create_element("div").unwrap().unchecked_into();
    host.style().set_property("width", "400px").unwrap();
    host.style().set_property("height", "200px").unwrap();
    document.body().unwrap().append_child(&host).unwrap();
    host
}

type Record = Rc<RefCell<BTreeMap<String, Series>>>;

/// A chart of one series with these values.
fn chart_of(host: &HtmlElement, values: impl IntoIterator<Item = f32>, spec: ChartSpec) -> (Chart, Record, Painter) {
    let mut series = Series::new();
    series.extend((1..).zip(values));
    let store: Record = Rc::new(RefCell::new(BTreeMap::from([("batch/loss".to_owned(), series)])));
    let painter = Painter::new();
    let spec = ChartSpec { series: vec![SeriesSpec::new("batch/loss", "batch <loss> & \"more\"", Style::RAW)], ..spec };
    let chart = Chart::mount(host, spec, store.clone(), Theme::light(), &painter).expect("canvas works here");
    chart.paint_now();
    (chart, store, painter)
}

/// The value of `code`, JavaScript that sees `text`.
fn ask(code: &str, text: &str) -> JsValue {
    js_sys::Function::new_with_args("text", code).call1(&JsValue::NULL, &text.into()).unwrap()
}

#[wasm_bindgen_test]
fn an_svg_is_well_formed_and_has_every_extreme() {
    // Dense: columns of many points. A spike up, a spike down, a value that is missing.
    let value = |step: u32| match step {
        4_321 => 9.0,
        12_345 => -7.0,
        15_000 => f32::NAN,
        _ => (step as f32).sin(),
    };
    for (count, dash) in [(20_000, Dash::Solid), (20_000, Dash::Dashed), (60, Dash::Dashed)] {
        let host = host();
        let (chart, ..) =
            chart_of(&host, (1..=count).map(value), ChartSpec { title: "Loss <&> \u{7} \"x\"".into(), ..ChartSpec::default() });
        chart.update_spec(|spec| spec.series[0].style.dash = dash);
        let svg = chart.svg();
        let problem =
            ask("return new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')?.textContent ?? ''", &svg);
        assert_eq!(problem.as_string().unwrap(), "", "{svg}");
        let words = ask(
            "return [...new DOMParser().parseFromString(text, 'image/svg+xml').querySelectorAll('title, text')].map(e => e.textContent.trim()).join('|')",
            &svg,
        );
        let words = words.as_string().unwrap();
        assert!(words.contains("Loss <&>  \"x\"") && words.contains("batch <loss> & \"more\""), "{words}");
        // The curve's own document: its highest and its lowest vertex, in shares of the plot.
        let extremes = ask(
            "const inner = new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('svg svg');\
             const points = [...inner.querySelectorAll('polygon, polyline')].flatMap(e => e.getAttribute('points').trim().split(' ').map(p => Number(p.split(',')[1])));\
             const [, top, , height] = inner.getAttribute('viewBox').split(' ').map(Number);\
             return [Math.min(...points), Math.max(...points)].map(y => (y - top) / height).join()",
            &svg,
        );
        let extremes: Vec<f64> = extremes.as_string().unwrap().split(',').map(|share| share.parse().unwrap()).collect();
        if count > 100 {
            // The y axis goes a little beyond the values: 9 and -7 are near its ends, the sine would be in the middle.
            assert!(extremes[0] < 0.12 && extremes[1] > 0.88, "{dash:?}: {extremes:?}");
        } else {
            let lines = ask("return [...text.matchAll(/<polyline/g)].length", &svg).as_f64().unwrap();
            assert!(lines > 10.0, "dashes are parts of the line: {lines}");
        }
        host.remove();
    }
}

#[wasm_bindgen_test]
async fn what_lies_outside_is_marked_and_a_smoothed_line_is_drawn_over_the_recorded() {
    let host = host();
    let (chart, _record, _painter) =
        chart_of(&host, (0..600).map(|step| if step == 300 { 1e6 } else { (step % 7) as f32 }), ChartSpec::default());
    let texts = |chart: &Chart| ask("return [...text.matchAll(/[0-9]+ above/g)].join()", &chart.svg()).as_string().unwrap();
    assert_eq!(texts(&chart), "");
    chart.update_spec(|spec| spec.robust = true);
    assert_eq!(texts(&chart), "1 above");
    chart.paint_now();
    let before = painted(&host);
    chart.update_spec(|spec| spec.smoothing = 0.9);
    next_frame().await;
    next_frame().await;
    assert!(painted(&host) != before, "another picture");
    let opacities = ask(
        "return [...new Set([...text.matchAll(/<poly[^>]*opacity=.([0-9.]+)/g)].map(m => Number(m[1]).toFixed(2)))].sort().join()",
        &chart.svg(),
    );
    assert_eq!(opacities.as_string().unwrap(), "0.32,1.00", "the recorded line is faded and there");
    drop(chart);
    host.remove();
}

#[wasm_bindgen_test]
fn gestures_ask_for_parts_of_the_axis_and_clicks_still_pick() {
    let host = host();
    let (chart, _record, _painter) = chart_of(&host, (0..1_000).map(|step| step as f32), ChartSpec::default());
    let asked: Rc<RefCell<Vec<XRange>>> = Rc::default();
    let picked: Rc<RefCell<Vec<u32>>> = Rc::default();
    let (asks, picks) = (asked.clone(), picked.clone());
    chart.on_range(Rc::new(move |range| asks.borrow_mut().push(range)));
    chart.on_pick(Rc::new(move |read| picks.borrow_mut().push(read.step)));
    let left = host.get_bounding_client_rect().left();
    let pointer = |kind: &str, id: i32, x: f64, of: &str| {
        let init = js_sys::Object::new();
        for (key, value) in
            [("pointerId", f64::from(id).into()), ("clientX", (left + x).into()), ("pointerType", of.into()), ("bubbles", true.into())]
        {
            js_sys::Reflect::set(&init, &key.into(), &value).unwrap();
        }
        let class = if kind == "click" { "MouseEvent" } else { "PointerEvent" };
        let class: js_sys::Function = js_sys::Reflect::get(&web_sys::window().unwrap(), &class.into()).unwrap().unchecked_into();
        let event = js_sys::Reflect::construct(&class, &js_sys::Array::of2(&kind.into(), &init)).unwrap();
        host.dispatch_event(event.unchecked_ref()).unwrap();
    };
    for kind in ["pointerdown", "pointerup", "click"] {
        pointer(kind, 1, 200.0, "mouse");
    }
    assert_eq!((asked.borrow().len(), picked.borrow().len()), (0, 1), "a click picks");
    for (kind, x) in [("pointerdown", 150.0), ("pointermove", 200.0), ("pointerup", 250.0), ("click", 250.0)] {
        pointer(kind, 1, x, "mouse");
    }
    assert_eq!((asked.borrow().len(), picked.borrow().len()), (1, 1), "a drag zooms and does not pick");
    let XRange::Fixed(from, to) = asked.borrow()[0] else { panic!("a part") };
    assert!(from > 200.0 && to < 700.0 && to - from > 150.0, "{from} to {to}");
    // Two fingers go apart.
    for (kind, id, x) in [("pointerdown", 1, 180.0), ("pointerdown", 2, 220.0), ("pointermove", 1, 140.0), ("pointermove", 2, 260.0)] {
        pointer(kind, id, x, "touch");
    }
    let XRange::Fixed(from, to) = *asked.borrow().last().unwrap() else { panic!("a part") };
    assert!((to - from) < 450.0, "three times as close: {from} to {to}");
    drop(chart);
    host.remove();
}

#[wasm_bindgen_test]
async fn a_chart_draws_what_is_recorded_and_leaves_nothing_behind() {
    let host = host();
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
    let error =
        from_js::<emberscope::domain::run::config::RunConfig>(JsValue::from_str("no"), "a run configuration", "try again").unwrap_err();
    assert!(error.message().contains("this is not a run configuration"), "{error}");
}
