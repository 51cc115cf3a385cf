//! What comes in may be of any length, or made to do harm: each length has its limit, told in words, and the page goes on. And a
//! setup that something from outside replaces can be had back.

use crate::support::{Page, Visit, gzip, images_file, labels_file, on_disk, report};
use emberscope::domain::model::LayerSpec;
use emberscope::domain::run::config::RunConfig;
use emberscope::domain::run::preset;
use emberscope::export::link;
use serde_json::{Value, json};

/// WebDriver's code points for keys.
const ENTER: char = '\u{e007}';
const TAB: char = '\u{e004}';

/// Waits for a notice with `says` in it, and dismisses all.
fn is_told(page: &Page, says: &str) {
    page.until(&format!("e2e.text('#notices').toLowerCase().includes({:?})", says.to_lowercase()), 30);
    println!("{}", page.text("#notices"));
    page.ask("document.querySelectorAll('#notices .notice button').forEach(button => button.click());");
    page.until("e2e.text('#notices') === ''", 5);
}

/// Trains a moment: whatever came in, the page goes on.
fn trains_on(page: &Page) {
    let run = page.start("{ ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 300 }, epochs: 1, device: 'cpu' }");
    assert_eq!(page.finished(run)["reason"], "completed");
}

/// A run's file of these lines after a header with `config`.
fn run_file(config: &Value, lines: &[Value]) -> Vec<u8> {
    let header = json!({
        "record": "header", "format": "emberscope-run", "version": 1, "config": config, "begin": null, "dataHash": null, "device": "made up",
        "why": "", "beganUnixMs": 1.7e12, "weightsFrom": null, "columns": [], "looks": 0,
    });
    let end = json!({ "record": "end", "batches": 0, "state": "open" });
    [&[header], lines, &[end]].concat().iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

fn config() -> Value {
    serde_json::from_str(&preset::config("mlp").expect("there is such a preset").to_json()).expect("JSON")
}

#[test]
fn weights_whose_sizes_no_computer_can_hold_are_refused() {
    Visit::new().run(|page| {
        // Both the length and the product of the shape of "b" overflow.
        let header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\
             \"b\":{\"dtype\":\"F32\",\"shape\":[4294967295,4294967295],\"data_offsets\":[8,4]}}";
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 4]].concat();
        page.upload("#import-files", &[on_disk("overflow.safetensors", &file)]);
        is_told(page, "overflow.safetensors: these weights cannot be read: \"b\" ends before it begins");
        trains_on(page);
    });
}

#[test]
fn a_file_that_names_thousands_of_series_opens_with_a_few_charts_and_a_list_of_the_rest() {
    Visit::new().run(|page| {
        let values: serde_json::Map<String, Value> = (0..4_900).map(|index| (format!("x/{index}"), json!(index))).collect();
        let file = run_file(&config(), &[json!({ "record": "values", "step": 1, "values": values })]);
        report(format_args!("a run of 4 900 series in {} kB", file.len() / 1000));
        page.ask("window.stopWatching = e2e.watchFrames();");
        page.upload("#import-files", &[on_disk("many-series.jsonl", &file)]);
        page.until("emberscope.runs().length === 1", 30);
        let charts = "document.querySelectorAll('.own-chart:not(.hidden) .chart').length";
        page.until(&format!("{charts} === 24 && e2e.text('#own-words').includes('4 876')"), 60);
        page.ask("await e2e.seeEverything();");
        let frames = page.ask("return stopWatching();");
        report(format_args!("opened and looked through: longest task {} ms, frames {frames}", frames["longestTask"]));
        assert_eq!(page.number("return Object.keys(emberscope.history(1)).length;"), 4_900.0, "all of them are there");
        let canvases = page.number("return document.querySelectorAll('canvas').length;");
        assert!(canvases < 250.0, "{canvases} canvases");
        assert!(page.number("return document.querySelector('#own-series').length;") <= 100.0);

        // By keyboard alone: a part of the name, the list, the button; the focus goes to the chart.
        page.ask("document.querySelector('#own-part').focus();");
        "x/4899".chars().for_each(|letter| page.press(letter));
        page.until("document.querySelector('#own-series').length === 1", 10);
        page.press(TAB);
        assert_eq!(page.ask("return [document.activeElement.id, document.activeElement.value];"), json!(["own-series", "x/4899"]));
        page.press(TAB);
        assert_eq!(page.ask("return document.activeElement.id;"), "open-own");
        page.press(ENTER);
        page.until(
            "document.activeElement.id === 'chart-own-x-4899' && document.querySelectorAll('#chart-own-x-4899 canvas').length === 3",
            10,
        );
        assert_eq!(page.number(&format!("return {charts};")), 24.0, "one has made room");
        // Again and again: what goes is gone.
        for series in 3_000..3_010 {
            page.fill("#own-part", &format!("x/{series}"));
            page.until(&format!("document.querySelector('#own-series').value === 'x/{series}'"), 10);
            page.click("#open-own");
            page.until(&format!("document.querySelector('#chart-own-x-{series} canvas')"), 10);
        }
        assert_eq!(page.number("return document.querySelectorAll('canvas').length;"), canvases);
        assert_eq!(page.text("#chart-own-x-3009 h2"), "x/3009");
        page.ask("document.querySelector('#chart-own-x-3009 .chart').focus();");
        page.press('\u{e011}');
        page.until("e2e.text('#chart-own-x-3009 .reading') !== ''", 10);
        trains_on(page);
    });
}

#[test]
fn links_and_files_of_thousands_of_layers_or_callbacks_are_refused_at_once() {
    Visit::new().run(|page| {
        let mut long = preset::config("mlp").expect("there is such a preset");
        long.model.layers = vec![LayerSpec::Relu; 16_000];
        let fragment = link::encode(&long).expect("it is a link");
        report(format_args!("a link of 16 000 layers has {} characters", fragment.len()));
        page.ask("window.stopWatching = e2e.watchFrames();");
        page.ask(&format!("location.hash = {fragment:?};"));
        is_told(page, "model.layers has 16000 entries, more than 100");
        let mut many = config();
        many["callbacks"] = (0..10_000).map(|patience| json!({ "name": "early_stopping", "patience": patience })).collect();
        page.upload("#config-file", &[on_disk("callbacks.json", many.to_string().as_bytes())]);
        is_told(page, "callbacks has 10000 entries, more than 16");
        let file = run_file(&many, &[]);
        page.upload("#import-files", &[on_disk("callbacks.jsonl", &file)]);
        is_told(page, "callbacks has 10000 entries");
        let refused =
            page.attempt(&format!("return emberscope.start({});", json!({ "model": many["model"], "callbacks": many["callbacks"] })));
        assert!(refused.expect_err("too many")["message"].as_str().is_some_and(|message| message.contains("more than 16")));
        report(format_args!("each refused: longest task {} ms", page.ask("return stopWatching();")["longestTask"]));
        assert_eq!(page.ask("return emberscope.config();"), page.ask("return emberscope.defaultConfig();"), "nothing has changed");
        trains_on(page);
    });
}

/// Drops files, each a name and a number of mebibytes, and notes in `window.asked` how many were read.
fn drop_sizes(page: &Page, files: &str) {
    page.ask(&format!(
        "window.asked = 0;
         Blob.prototype.arrayBuffer = (read => function () {{ window.asked += 1; return read.call(this); }})(window.readBlob ??= Blob.prototype.arrayBuffer);
         const mebibyte = new Blob([new Uint8Array(1 << 20)]), transfer = new DataTransfer();
         for (const [name, size] of {files}) transfer.items.add(new File(Array(size).fill(mebibyte), name));
         document.querySelector('.page').dispatchEvent(new DragEvent('drop', {{ dataTransfer: transfer, bubbles: true, cancelable: true }}));"
    ));
}

#[test]
fn files_that_are_too_many_or_too_large_together_are_refused_before_one_is_read() {
    Visit::new().run(|page| {
        drop_sizes(page, "[['a', 120], ['b', 120], ['c', 120]]");
        is_told(page, "3 files have 377 MB together");
        drop_sizes(page, "[['a', 129], ['b', 1]]");
        is_told(page, "a has 135 MB");
        drop_sizes(page, "Array.from({ length: 65 }, (_, index) => ['file-' + index, 0])");
        is_told(page, "65 files came at once");
        drop_sizes(page, "[['a.safetensors', 129]]");
        is_told(page, "a.safetensors has 135 MB");
        assert_eq!(page.number("return asked;"), 0.0, "none was read");
        let refused = page.attempt("return emberscope.loadData({ images: new Uint8Array(129 << 20), labels: new Uint8Array(4) });");
        assert!(refused.expect_err("too large")["message"].as_str().is_some_and(|message| message.contains("images has 135 MB")));
        trains_on(page);
    });
}

#[test]
fn a_small_device_is_spared_and_a_packed_set_takes_little_more_than_its_size() {
    Visit::new().run(|page| {
        // 2 048 images of 256 by 256: 128 MiB in 130 kB.
        let (count, side) = (2_048_u32, 256_u32);
        let images = gzip(&images_file(count, side, side, &vec![7; (count * side * side) as usize]));
        let labels = labels_file(count, &(0..count).map(|index| (index % 2) as u8).collect::<Vec<_>>());
        report(format_args!("a set of 134 MB in {} kB", images.len() / 1000));
        let files = [on_disk("large-images.gz", &images), on_disk("large-labels", &labels)];
        page.site.before_workers("Object.defineProperty(WorkerNavigator.prototype, 'deviceMemory', { get: () => 0.5 });\n");
        page.cdp("Network.clearBrowserCache", &json!({}));
        page.open();
        page.click(".own-data > summary");
        page.upload("#files", &files);
        is_told(page, "more than the limit of 68 MB: the browser says that this device has 0.5 GB of memory");
        page.site.restore(&page.site.loader("worker_cpu"));
        page.cdp("Network.clearBrowserCache", &json!({}));
        page.open();
        page.click(".own-data > summary");
        let before = page.memory();
        page.upload("#files", &files);
        page.until("e2e.text('#data-words').startsWith('2 048 samples of 256×256')", 120);
        let after = page.memory();
        report(format_args!("a packed set of 134 MB: page's process {before:?} MB before, {after:?} MB after (present, peak)"));
        if let (Some((before, _)), Some((_, peak))) = (before, after) {
            assert!(peak.saturating_sub(before) < 4 * 134 + 64, "{peak} MB at the peak, {before} MB before");
        }
    });
}

#[test]
fn a_setup_that_a_link_or_a_file_replaces_comes_back_by_keyboard() {
    Visit::new().run(|page| {
        let to_hash = |seed: u32| {
            page.ask(&format!("location.hash = emberscope.link({{ ...emberscope.defaultConfig('mlp'), seed: {seed} }}).split('#')[1];"));
            page.until(&format!("emberscope.config().seed === {seed}"), 10);
        };
        // The example is nobody's work.
        to_hash(11);
        assert_eq!(page.text("#setup-replaced"), "");
        page.fill("#epochs", "17");
        let mine = page.ask("return emberscope.config();");
        to_hash(12);
        page.until("e2e.text('#setup-replaced').includes('The setup was replaced by that of the link.')", 5);
        assert_eq!(page.ask("return document.querySelector('#setup-replaced').closest('[role=status]') !== null;"), true, "it is announced");
        // A second one does not push out what the visitor made.
        to_hash(13);
        page.ask("document.querySelector('#undo-setup').focus();");
        page.press(ENTER);
        page.until("emberscope.config().seed === 11", 5);
        assert_eq!(page.ask("return emberscope.config();"), mine);
        assert_eq!(page.ask("return document.activeElement.id;"), "undo-setup", "the keyboard stays");
        assert!(page.text("#setup-replaced").contains("The setup from before is back."));
        page.press(ENTER);
        page.until("emberscope.config().seed === 13", 5);
        page.press(ENTER);
        page.until("emberscope.config().seed === 11", 5);

        // A file that is dropped does the same.
        let other = page.ask("return JSON.stringify({ ...emberscope.defaultConfig('softmax'), seed: 5 });");
        page.ask(&format!(
            "const files = new DataTransfer(); files.items.add(new File([{other}], 'theirs.json'));
             document.querySelector('.page').dispatchEvent(new DragEvent('drop', {{ dataTransfer: files, bubbles: true, cancelable: true }}));"
        ));
        page.until("emberscope.config().seed === 5 && e2e.text('#setup-replaced').includes('theirs.json')", 10);
        page.click("#undo-setup");
        page.until("emberscope.config().seed === 11", 5);
        assert_eq!(page.ask("return emberscope.config();"), mine);
        page.click("#setup-replaced button:last-child");
        page.until("document.querySelector('#setup-replaced') === null", 5);
        let config: RunConfig = serde_json::from_value(mine).expect("it is a configuration");
        assert_eq!(config.validate(), Ok(()));
    });
}

#[test]
fn metrics_of_many_classes_are_shown_without_a_table_of_all_pairs() {
    Visit::new().run(|page| {
        use emberscope::domain::metrics::report::EvaluationReport;
        use emberscope::domain::model::Loss;
        let classes = 200_usize;
        let labels: Vec<u32> = (0..classes as u32).collect();
        // Each class is taken for the next one.
        let outputs: Vec<f32> =
            (0..classes * classes).map(|cell| if cell % classes == (cell / classes + 1) % classes { 3.0 } else { 0.0 }).collect();
        let report = EvaluationReport::new(&outputs, &labels, classes, Loss::CrossEntropy);
        let evaluation = json!({ "record": "evaluation", "epoch": 0, "step": 1, "report": report, "worst": [], "numbers": [] });
        let mut file = run_file(&config(), &[evaluation]);
        // A run that has begun.
        let text = String::from_utf8(file).expect("text");
        let begin = "\"begin\":{\"parameters\":1,\"trainSamples\":1,\"validationSamples\":1,\"batchesPerEpoch\":1,\"epochs\":1}";
        file = text.replace("\"begin\":null", begin).into_bytes();
        page.ask("window.stopWatching = e2e.watchFrames();");
        page.upload("#import-files", &[on_disk("many-classes.jsonl", &file)]);
        page.until("e2e.text('#largest-errors').includes('0 → 1: 1')", 30);
        let frames = page.ask("return stopWatching();");
        crate::support::report(format_args!("metrics of 200 classes: longest task {} ms", frames["longestTask"]));
        assert_eq!(page.number("return document.querySelectorAll('#largest-errors li').length;"), 30.0);
        assert_eq!(page.ask("return document.querySelector('#confusion');"), Value::Null);
        assert_eq!(page.number("return document.querySelectorAll('.roc-curve').length;"), 64.0);
    });
}
