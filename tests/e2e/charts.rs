//! Charts to work with: zoomed by wheel, keys and drags, read on other axes, hidden curves, tables, pictures.

use crate::support::{Extent, Page, Visit};
use emberscope::domain::run::event::series;

/// 100 batches in 5 epochs.
const RUN: &str = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1000 },
    validation: 0.2, batchSize: 40, epochs: 5, seed: 7, device: 'cpu' }";

/// The tests' functions in the page. `range`: the first and the last step of the chart's table, which shows the part in
/// view.
const TOOLS: &str = "
window.charts = {
  panel: id => document.querySelector('#' + id),
  chart: id => document.querySelector('#' + id + ' .chart'),
  key: (id, key, init = {}) => charts.chart(id).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init })),
  // An event at a share of the chart's width.
  at: (id, kind, share, init = {}) => {
    const box = charts.chart(id).getBoundingClientRect();
    const where = { clientX: box.left + share * box.width, clientY: box.top + box.height / 2, bubbles: true, cancelable: true };
    const Kind = kind === 'wheel' ? WheelEvent : kind.startsWith('pointer') ? PointerEvent : MouseEvent;
    const event = new Kind(kind, { pointerId: 7, pointerType: 'mouse', button: 0, ...where, ...init });
    charts.chart(id).dispatchEvent(event);
    return event.defaultPrevented;
  },
  rows: id => [...document.querySelectorAll('#' + id + ' tbody tr')].map(row => [...row.children].map(cell => cell.textContent)),
  range: async id => {
    await e2e.frames(4);
    const all = [];
    const button = name => [...document.querySelectorAll('#' + id + ' .chart-table button')].find(button => button.textContent === name);
    if (!button('First').disabled) { button('First').click(); await e2e.frames(4); }
    const first = Number(charts.rows(id)[0]?.[0]);
    if (!button('Last').disabled) { button('Last').click(); await e2e.frames(4); }
    return [first, Number(charts.rows(id).at(-1)?.[0])];
  },
  // What the page would have saved: name and bytes.
  saved: async act => {
    const made = [];
    const create = URL.createObjectURL, click = HTMLAnchorElement.prototype.click;
    URL.createObjectURL = blob => { made.push(blob); return 'blob:nowhere'; };
    HTMLAnchorElement.prototype.click = function () { made.push(this.download); };
    try { act(); await e2e.until('a file', () => made.length >= 2, 10000); }
    finally { URL.createObjectURL = create; HTMLAnchorElement.prototype.click = click; }
    return { name: made[1], blob: made[0] };
  },
};";

fn trained(page: &Page) -> u64 {
    page.ask(TOOLS);
    let run = page.start(RUN);
    assert_eq!(page.finished(run)["reason"], "completed");
    page.ask("charts.chart('chart-batch-loss').scrollIntoView({ block: 'center' }); await e2e.frames(4);");
    page.ask("charts.key('chart-batch-loss', 't'); await e2e.frames(4);");
    run
}

/// Clicks what may lie under the bar at the top: as a visitor, who scrolls first.
fn click(page: &Page, selector: &str) {
    page.ask(&format!("document.querySelector({selector:?}).scrollIntoView({{ block: 'center' }}); await e2e.frames(3);"));
    page.click(selector);
}

/// Sets the unit of the x axis.
fn set_axis(page: &Page, axis: &str) {
    page.ask(&format!(
        "const field = document.querySelector('#x-axis'); field.value = {axis:?};\
         field.dispatchEvent(new Event('change', {{ bubbles: true }})); await e2e.frames(4);"
    ));
}

/// The first and the last step in view of the batch loss.
fn in_view(page: &Page) -> (f64, f64) {
    let range = page.ask("return charts.range('chart-batch-loss');");
    (range[0].as_f64().unwrap_or(f64::NAN), range[1].as_f64().unwrap_or(f64::NAN))
}

#[test]
fn the_wheel_zooms_only_with_ctrl_keys_and_drags_zoom_and_all_charts_follow() {
    Visit::new().run(|page| {
        trained(page);
        assert_eq!(in_view(page), (1.0, 100.0));
        assert_eq!(
            page.ask("return charts.at('chart-batch-loss', 'wheel', 0.5, { deltaY: -300 });"),
            false,
            "the wheel alone is the page's"
        );
        assert_eq!(in_view(page), (1.0, 100.0));
        assert_eq!(page.ask("return charts.at('chart-batch-loss', 'wheel', 0.5, { deltaY: -300, ctrlKey: true });"), true);
        let (from, to) = in_view(page);
        assert!(from > 10.0 && to < 90.0 && to - from > 20.0, "{from} to {to}");
        // One part of the axis for all: the points of the epochs beside it are fewer now, and reading stays exact.
        page.ask("charts.key('chart-loss', 't');");
        let epochs = page.ask("return charts.range('chart-loss');");
        assert!(epochs[0].as_f64() >= Some(from) && epochs[1].as_f64() <= Some(to), "{epochs}");
        assert_eq!(page.ask("return document.querySelector('#follow').disabled;"), false);
        click(page, "#follow");
        assert_eq!(in_view(page), (1.0, 100.0));

        page.ask("charts.key('chart-batch-loss', 'End'); await e2e.frames(2); charts.key('chart-batch-loss', '+'); await e2e.frames(2); charts.key('chart-batch-loss', '+');");
        let (from, to) = in_view(page);
        assert!(from > 40.0 && to == 100.0, "around the cursor, which is at the end: {from} to {to}");
        page.ask("charts.key('chart-batch-loss', 'ArrowLeft', { shiftKey: true });");
        let panned = in_view(page);
        assert!(panned.0 < from && panned.1 < to, "{panned:?}");
        page.ask("charts.key('chart-batch-loss', '0');");
        assert_eq!(in_view(page), (1.0, 100.0));

        page.ask(
            "const id = 'chart-batch-loss'; charts.at(id, 'pointerdown', 0.4); charts.at(id, 'pointermove', 0.5);\
             charts.at(id, 'pointermove', 0.6); charts.at(id, 'pointerup', 0.6); charts.at(id, 'click', 0.6);",
        );
        let (from, to) = in_view(page);
        assert!(from > 25.0 && to < 70.0 && to - from < 40.0, "{from} to {to}");
        page.ask("charts.chart('chart-batch-loss').scrollIntoView({ block: 'center' });");
        page.shoot("chart-zoomed", Extent::Visible);
        page.ask("charts.at('chart-batch-loss', 'dblclick', 0.5);");
        assert_eq!(in_view(page), (1.0, 100.0));
    });
}

#[test]
fn any_axis_reads_the_very_batch() {
    Visit::new().run(|page| {
        let run = trained(page);
        let losses = page.series(run, series::BATCH_LOSS);
        let read = |axis: &str| {
            set_axis(page, axis);
            page.ask(
                "await e2e.frames(4); const id = 'chart-batch-loss'; charts.key(id, 'Home'); await e2e.frames(3);\
                      for (let i = 0; i < 36; i += 1) { charts.key(id, 'ArrowRight'); await e2e.frames(1); } await e2e.frames(3);",
            );
            (
                page.text("#chart-batch-loss .cursor-step"),
                page.text("#chart-batch-loss .reading"),
                page.text("#chart-batch-accuracy .cursor-step"),
            )
        };
        let expected = format!("{:.3}", losses[36]);
        for (axis, place) in [("step", "step 37"), ("epoch", "epoch 1.85"), ("relative time", " s"), ("wall time", ":")] {
            let (at, value, elsewhere) = read(axis);
            assert!(at.contains(place), "{axis}: {at}");
            assert!(
                expected.starts_with(value.trim_end_matches('0')) || value == expected,
                "{axis}: read {value}, recorded {}",
                losses[36]
            );
            assert_eq!(at, elsewhere, "{axis}: one cursor for all charts");
        }
        // Zoomed on one axis, it is the same part on another.
        set_axis(page, "step");
        page.ask("charts.key('chart-batch-loss', '+'); charts.key('chart-batch-loss', '+');");
        let before = in_view(page);
        set_axis(page, "epoch");
        let after = in_view(page);
        assert!((before.0 - after.0).abs() <= 1.0 && (before.1 - after.1).abs() <= 1.0, "{before:?} {after:?}");
        click(page, "#x-log");
        page.ask("charts.chart('chart-batch-loss').scrollIntoView({ block: 'center' });");
        page.shoot("chart-epochs-log", Extent::Visible);
    });
}

#[test]
fn curves_are_hidden_and_shown_by_their_names() {
    Visit::new().run(|page| {
        trained(page);
        let pressed = || page.ask("await e2e.frames(2); return [...document.querySelectorAll('#chart-loss .legend-entry')].map(e => e.ariaPressed).join();");
        let words = || page.ask("await e2e.frames(2); return charts.chart('chart-loss').ariaLabel;").as_str().unwrap_or_default().to_owned();
        assert!(words().contains("train: last") && words().contains("validation: last") && words().contains("epoch 5"), "{}", words());
        click(page, "#chart-loss .legend-entry:nth-child(2)");
        assert_eq!(pressed(), "true,false,true");
        assert!(!words().contains("train: last"), "{}", words());
        page.ask("document.querySelector('#chart-loss .legend-entry:nth-child(2)').dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }));");
        assert_eq!(pressed(), "false,true,false", "only this one");
        page.ask("document.querySelector('#chart-loss .legend-entry:nth-child(2)').dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }));");
        assert_eq!(pressed(), "true,true,true", "and all again");
    });
}

#[test]
fn the_table_is_the_record_and_csv_has_all_of_it() {
    Visit::new().run(|page| {
        let run = trained(page);
        let losses = page.series(run, series::BATCH_LOSS);
        let same = |rows: &serde_json::Value, from: usize| {
            for (row, loss) in rows.as_array().into_iter().flatten().zip(&losses[from..]) {
                assert_eq!(row[1].as_str().and_then(|text| text.parse::<f32>().ok()), Some(*loss), "{row}");
            }
        };
        let first = page.ask("return charts.rows('chart-batch-loss');");
        assert_eq!(first.as_array().map(Vec::len), Some(50));
        same(&first, 0);
        click(page, "#chart-batch-loss .chart-table button:nth-of-type(3)");
        let second = page.ask("await e2e.frames(3); return charts.rows('chart-batch-loss');");
        assert_eq!(second[0][0], "51");
        same(&second, 50);
        let csv = page.ask(
            "const button = [...document.querySelectorAll('#chart-batch-loss .chart-table button')].find(b => b.textContent === 'Save CSV');\
             const { name, blob } = await charts.saved(() => button.click()); return [name, await blob.text()];",
        );
        assert_eq!(csv[0], format!("emberscope-run-{run}-batch-loss.csv"));
        let lines: Vec<&str> = csv[1].as_str().unwrap_or_default().trim_end().split("\r\n").collect();
        assert_eq!((lines.len(), lines[0]), (101, "step,batch loss"));
        for (line, (step, loss)) in lines[1..].iter().zip((1..).zip(&losses)) {
            assert_eq!(*line, format!("{step},{loss}"));
        }
    });
}

#[test]
fn pictures_are_saved_with_title_legend_and_background() {
    Visit::new().run(|page| {
        trained(page);
        page.ask("charts.chart('chart-loss').scrollIntoView({ block: 'center' }); await e2e.frames(4);");
        let svg = page.ask(
            "const { name, blob } = await charts.saved(() => charts.key('chart-loss', 's')); const text = await blob.text();\
             const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');\
             return { name, type: blob.type, error: parsed.querySelector('parsererror')?.textContent ?? '', title: parsed.querySelector('title')?.textContent,\
               words: [...parsed.querySelectorAll('text')].map(e => e.textContent.trim()), lines: parsed.querySelectorAll('polyline').length, shapes: parsed.querySelectorAll('rect').length };",
        );
        assert_eq!((&svg["error"], &svg["title"], &svg["type"]), (&"".into(), &"Loss".into(), &"image/svg+xml".into()), "{svg}");
        for word in ["Loss", "each batch", "train", "validation", "nats", "step", "0"] {
            assert!(svg["words"].as_array().is_some_and(|words| words.iter().any(|found| found == word)), "{word}: {svg}");
        }
        assert!(svg["lines"].as_u64() >= Some(3) && svg["shapes"].as_u64() >= Some(5), "{svg}");
        let png = page.ask(
            "const { name, blob } = await charts.saved(() => charts.key('chart-loss', 'p')); const picture = await createImageBitmap(blob);\
             const canvas = new OffscreenCanvas(picture.width, picture.height); const context = canvas.getContext('2d'); context.drawImage(picture, 0, 0);\
             const data = new Uint32Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);\
             const box = charts.chart('chart-loss').getBoundingClientRect();\
             return { name, width: picture.width / box.width, height: picture.height / box.height, corner: data[0], colours: new Set(data).size, clear: data.some(pixel => pixel >>> 24 !== 255) };",
        );
        assert!(png["name"].as_str().is_some_and(|name| name.ends_with("-loss.png")), "{png}");
        assert!((png["width"].as_f64().unwrap_or(0.0) - 2.0).abs() < 0.05 && png["height"].as_f64() > Some(2.1), "twice as dense, with a head: {png}");
        assert_eq!((&png["corner"], &png["clear"]), (&0xffff_ffff_u32.into(), &false.into()), "a background without holes: {png}");
        assert!(png["colours"].as_u64() > Some(20), "{png}");
    });
}

#[test]
fn series_whose_names_differ_by_a_sign_have_charts_of_their_own() {
    Visit::new().run(|page| {
        let text = "function on_batch_end(step) { log('my/x', step); log('my-x', -step); log('x', 1); log('x/title', 2); }";
        let run = page.start(&format!(
            "{{ ...emberscope.defaultConfig('softmax'), data: {{ name: 'digits', samples: 1000 }}, epochs: 1, device: 'cpu',
               scripts: [{{ name: 'mine', text: {} }}] }}, {{ runScripts: true }}",
            serde_json::json!(text)
        ));
        page.finished(run);
        page.until("document.querySelectorAll('.own-chart canvas').length >= 4 * 3", 10);
        let ids = page.ask("return [...document.querySelectorAll('[id]')].map(element => element.id);");
        let ids: Vec<&str> = ids.as_array().unwrap().iter().filter_map(serde_json::Value::as_str).collect();
        let twice: Vec<_> = ids.iter().enumerate().filter(|(index, id)| ids[..*index].contains(id)).collect();
        assert!(twice.is_empty(), "elements with the same id: {twice:?}");
        // By its heading a chart says which series it is of.
        let titles = page.ask(
            "return [...document.querySelectorAll('.own-chart section')].map(chart => document.getElementById(chart.getAttribute('aria-labelledby')).textContent);",
        );
        assert_eq!(titles, serde_json::json!(["my-x", "x", "my/x", "x/title"]));
    });
}
