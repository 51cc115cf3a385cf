//! Files out and in: each kind is made by the page and read by the programs it is made for, and comes back as it was.

use crate::support::{ENDLESS, Page, Visit, numbers, on_disk, report};
use emberscope::export::jsonl::Reader;
use serde_json::{Value, json};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

const SMALL: &str = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1000 }, epochs: 3,
    monitors: { every: 10, activationSamples: 16 }, device: 'cpu' }";

/// The output of a script in `tests/interop`, or what is missing for it.
fn python(script: &str, needs: &str, arguments: &[&Path]) -> Option<Value> {
    let has = Command::new("python3").args(["-c", &format!("import {needs}")]).output().is_ok_and(|output| output.status.success());
    if !has {
        println!("NOT TESTED: {script}; python3 with {needs} is not here (tests/interop/README.md)");
        return None;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(script);
    let output = Command::new("python3").arg(path).args(arguments).output().expect("it ran a moment ago");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    // Python writes NaN as no JSON has it; none of the numbers that matter is written so.
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{script}: {error}")))
}

/// The files in a zip, unpacked into a folder of their own.
fn unpack(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("exports-{name}"));
    std::fs::remove_dir_all(&folder).ok();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("it is a zip");
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).expect("it is there");
        let path = folder.join(file.enclosed_name().expect("its path is plain"));
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("its checksum is right");
        std::fs::write(path, content).expect("it can be written");
    }
    folder
}

/// Every series of a run as `{name: [[step, bits of the value] …]}`.
fn record(page: &Page, run: u64) -> Value {
    page.ask(&format!(
        "return Object.fromEntries(Object.entries(emberscope.history({run})).map(([name, {{ step, value }}]) =>
            [name, Array.from(new Uint32Array(value.buffer), (bits, i) => [step[i], bits])]));"
    ))
}

fn export(page: &Page, run: u64, kind: &str) -> Vec<u8> {
    page.file(&format!("return emberscope.export({run}, '{kind}');"))
}

/// A series' folder and tag in TensorBoard, as the documentation has them.
fn place(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some(("val", tag)) => ("validation", tag),
        Some(("train", tag)) => ("train", tag),
        _ => ("train", name),
    }
}

#[test]
fn tensorboard_reads_every_value_with_its_step_and_its_time() {
    Visit::new().run(|page| {
        page.ask("window.looks = []; emberscope.on('on_probe', probe => looks.push(probe));");
        let run = page.start(SMALL);
        page.finished(run);
        let folder = unpack("tensorboard", &export(page, run, "tensorboard"));
        let Some(read) = python("read_events.py", "tensorboard", &[&folder]) else { return };
        let record = record(page, run);
        let mut reader = Reader::new();
        reader.push(&export(page, run, "jsonl")).expect("the page wrote it");
        let whole = reader.finish().expect("the page wrote it");
        let mut values = 0;
        for (name, points) in record.as_object().expect("an object") {
            let (split, tag) = place(name);
            let found = read[split]["scalars"][tag].as_array().unwrap_or_else(|| panic!("no {tag} in {split}"));
            let points = points.as_array().expect("a list");
            assert_eq!(found.len(), points.len(), "{name}");
            for (found, point) in found.iter().zip(points) {
                assert_eq!((&found[0], &found[2]), (&point[0], &point[1]), "{name}");
                let step = point[0].as_u64().expect("a step") as u32;
                let wall_time = whole.head.began_unix_ms / 1e3 + whole.columns().at_ms(step) / 1e3;
                assert_eq!(found[1].as_u64(), Some(wall_time.to_bits()), "{name}: wall time at step {step}");
                values += 1;
            }
        }
        let looks = page.ask("return looks;");
        let mut histograms = 0;
        for look in looks.as_array().expect("a list") {
            let subjects = look["weights"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|array| [("weights", array, &array["weights"]), ("gradients", array, &array["gradient"])]);
            let layers = look["activations"].as_array().into_iter().flatten().map(|layer| ("activations", layer, &layer["values"]));
            for (kind, named, summary) in subjects.chain(layers) {
                let tag = format!("{kind}/{}", named["name"].as_str().expect("a name"));
                let all = read["train"]["histograms"][&tag].as_array().unwrap_or_else(|| panic!("no histogram {tag}"));
                let found = all.iter().find(|entry| entry[0] == look["step"]).unwrap_or_else(|| panic!("{tag} at step {}", look["step"]));
                let bins: Vec<f64> = summary["histogram"]["bins"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
                let zeros = summary["histogram"]["zeros"].as_f64().expect("a count");
                let counted: Vec<f64> = bins[..24].iter().chain([&zeros]).chain(&bins[24..]).copied().collect();
                let used = |counts: &[f64]| counts.iter().copied().filter(|&count| count > 0.0).collect::<Vec<_>>();
                let buckets: Vec<f64> = found[3].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
                assert_eq!(used(&buckets), used(&counted), "{tag}");
                assert_eq!(found[2].as_f64(), Some(counted.iter().sum()), "{tag}");
                histograms += 1;
            }
        }
        assert!(values > 500 && histograms > 20);
        report(format_args!("TensorBoard's reader: {values} scalars and {histograms} histograms equal to the record"));
    });
}

#[test]
fn a_run_comes_back_from_its_file_with_every_value_and_a_damaged_one_is_refused() {
    Visit::new().run(|page| {
        let run = page.start(SMALL);
        page.finished(run);
        let before = record(page, run);
        let bytes = export(page, run, "jsonl");
        let file = on_disk("run.jsonl", &bytes);
        page.upload("#import-files", &[file]);
        page.until("emberscope.runs().length === 2", 20);
        let back = page.number("return e2e.lastRun().id;") as u64;
        assert_eq!(record(page, back), before);
        assert_eq!(export(page, back, "jsonl"), bytes, "and it is written alike again");
        let states = page.ask("return emberscope.runs().map(run => [run.state, run.batches, run.device, JSON.stringify(run.config)]);");
        assert_eq!(states[0], states[1]);

        let cut = on_disk("cut.jsonl", &bytes[..bytes.len() / 2]);
        page.upload("#import-files", &[cut]);
        page.until("e2e.text('#notices') !== ''", 20);
        let notice = page.text("#notices");
        assert!(notice.contains("cut.jsonl: line "), "{notice}");
        let refused = page.attempt("return emberscope.importRun('{\"record\":\"batch\"}');").unwrap_err();
        assert_eq!(refused["code"], "invalid_data");
        assert!(refused["message"].as_str().is_some_and(|message| message.contains("line 1: the first record is not a")), "{refused}");
        assert_eq!(page.number("return emberscope.runs().length;"), 2.0);

        // A button saves too, and says what it saved.
        page.click("#export-csv");
        page.until("e2e.text('#exports').includes('tables.zip: ')", 20);
        let tables = unpack("csv", &export(page, run, "csv"));
        let text = std::fs::read_to_string(tables.join("batches.csv")).expect("it is in the zip");
        assert_eq!(text.lines().count(), 43, "42 batches and their header");
    });
}

/// Predictions for 32 made-up images, and the images themselves as little-endian bytes.
fn predictions(page: &Page) -> (Vec<f32>, Vec<u8>) {
    let inputs: Vec<f32> = (0_u32..32 * 784).map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0).collect();
    page.ask(&format!(
        "window.inputs = Float32Array.from({{ length: {} }}, (_, i) => (Math.imul(i, 2654435761) >>> 16) / 65536);",
        inputs.len()
    ));
    let rows = numbers(&page.ask("return Array.from(await emberscope.predict(inputs));"));
    (rows, inputs.iter().flat_map(|value| value.to_le_bytes()).collect())
}

fn weights_go_out_and_come_back(page: &Page, config: &str, what: &str) {
    let run = page.start(config);
    page.finished(run);
    let (before, inputs) = predictions(page);
    let bytes = export(page, run, "safetensors");
    let (weights, inputs) = (on_disk(&format!("{what}.safetensors"), &bytes), on_disk("inputs.f32", &inputs));
    if let Some(read) = python("forward.py", "safetensors, numpy", &[&weights, &inputs]) {
        let other = numbers(&read["probabilities"]);
        assert_eq!(other.len(), before.len());
        let difference = before.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        report(format_args!("{what}: largest difference of {} probabilities, numpy to the page: {difference:.1e}", before.len()));
        assert!(difference < 1e-4, "{difference}");
    }

    // A page that was opened anew and knows nothing but the file.
    page.open();
    page.ask(&format!("window.config = {config};"));
    page.upload("#import-files", std::slice::from_ref(&weights));
    page.until("e2e.text('#notices') + e2e.text('#first-weights') !== ''", 30);
    assert!(
        page.text("#notices").contains(".safetensors: "),
        "the CNN of the example is another model, or its data is: {}",
        page.text("#notices")
    );
}

#[test]
fn weights_leave_to_the_bit_and_come_back_into_predictions_and_the_next_run() {
    Visit::new().run(|page| {
        let run = page.start(SMALL);
        page.finished(run);
        let (before, _) = predictions(page);
        let weights = export(page, run, "safetensors");
        // Other weights, then these again: into predictions at once.
        let other = page.start(&format!("{{ ...{SMALL}, seed: 9 }}"));
        page.finished(other);
        assert_ne!(predictions(page).0, before);
        page.upload("#import-files", &[on_disk("mine.safetensors", &weights)]);
        page.until("e2e.text('#first-weights').includes('starts from weights of mine.safetensors')", 20);
        assert_eq!(predictions(page).0, before, "to the bit");

        // And into the next run: held before its first batch it has these very weights, though its seed is another.
        let config = format!("{{ ...{SMALL}, seed: 9, optimizer: {{ name: 'sgd', learningRate: 0 }} }}");
        let next = page.start(&config);
        page.finished(next);
        assert_eq!(page.text("#first-weights"), "", "for one run only");
        assert_eq!(predictions(page).0, before);
        let record = String::from_utf8(export(page, next, "jsonl")).expect("text");
        assert!(record.contains(r#""weightsFrom":"mine.safetensors""#));

        // While a run goes on, and while it is held.
        let live = page.start(ENDLESS);
        page.until("e2e.batches() > 5", 20);
        export(page, live, "safetensors");
        page.ask("emberscope.pause();");
        page.until("e2e.text('#phase') === 'Paused'", 20);
        let held = page.number("return e2e.batches();");
        let bytes = export(page, live, "safetensors");
        assert!(String::from_utf8_lossy(&bytes[..2000]).contains(&format!(r#""step":"{held}""#)), "after {held} updates");
        assert_eq!(page.number("await e2e.frames(20); return e2e.batches();"), held, "it goes on being held");
        page.ask("emberscope.stop('enough');");
        page.finished(live);
        assert_eq!(export(page, live, "safetensors").len(), bytes.len());

        // What does not fit is named with both shapes.
        let refused = page.attempt(
            "const config = emberscope.defaultConfig('mlp'); config.model.layers[1].units = 32; const run = await emberscope.start({ ...config, epochs: 1, \
             data: { name: 'digits', samples: 200 } }); await emberscope.finished(run); return emberscope.loadWeights(window.weights);",
        );
        assert!(refused.is_err(), "there are no weights yet");
        page.site.put("served/weights", weights);
        let refused = page.attempt("return emberscope.loadWeights(await (await fetch('served/weights')).blob());").unwrap_err();
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(message.contains("[784, 128] in the file, but [784, 32] in the model"), "{message}");
    });
}

#[test]
fn numpy_predicts_the_same_from_the_weights() {
    Visit::new().run(|page| {
        weights_go_out_and_come_back(page, SMALL, "MLP");
        let layers = "[{ type: 'conv2d', filters: 6, kernel: 3, padding: 'same' }, { type: 'batch_norm' }, { type: 'relu' }, { type: 'max_pool2d', size: 2 },
            { type: 'conv2d', filters: 8, kernel: 3, stride: 2 }, { type: 'relu' }, { type: 'flatten' }, { type: 'dense', units: 24 }, { type: 'batch_norm' }, { type: 'tanh' }]";
        let config = format!("{{ ...{SMALL}, model: {{ layers: {layers} }} }}");
        weights_go_out_and_come_back(page, &config, "CNN");
    });
}

#[test]
fn a_report_opens_without_a_network_and_draws_every_chart() {
    Visit::new().run(|page| {
        let run = page.start(SMALL);
        page.finished(run);
        let file = on_disk("report.html", &export(page, run, "report"));
        page.cdp("Network.enable", &json!({}));
        page.cdp(
            "Network.emulateNetworkConditions",
            &json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 }),
        );
        page.cdp("Page.navigate", &json!({ "url": format!("file://{}", file.display()) }));
        page.until("Number(document.documentElement.dataset.drawn) === document.querySelectorAll('figure').length", 20);
        assert!(page.number("return document.querySelectorAll('figure').length;") >= 8.0);
        assert_eq!(page.text("#trouble"), "");
        // The canvas has curves: pixels of more than one colour.
        let colours = page.number(
            "await e2e.frames(3);
             const canvas = document.querySelector('figure canvas');
             const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
             return new Set(pixels).size;",
        );
        assert!(colours > 10.0, "{colours} colours");
    });
}

/// A million batches: how long each file takes, how large it is, and how much memory the page's process takes.
#[test]
#[ignore = "takes minutes; tests/interop/README.md"]
fn a_million_batches_leave_in_every_format() {
    Visit::new().run(|page| {
        let count = 1_000_000;
        let took = page.number(&format!(
            "const config = JSON.stringify(emberscope.defaultConfig('mlp'));
             const columns = ['batch/loss', 'batch/accuracy', 'lr', 'time/batch_ms', 'time/data_ms', 'time/forward_ms', 'time/backward_ms', 'time/update_ms', 'time/read_ms'];
             const parts = [`{{\"record\":\"header\",\"format\":\"emberscope-run\",\"version\":1,\"config\":${{config}},\"begin\":null,\"dataHash\":null,\"device\":\"made up\",\"why\":\"\",\"beganUnixMs\":1700000000000,\"weightsFrom\":null,\"columns\":${{JSON.stringify(columns)}},\"looks\":0}}\\n`];
             let lines = '', seed = 1;
             const random = () => {{ seed = Math.imul(seed, 1664525) + 1013904223 >>> 0; return Math.fround(seed / 4294967296); }};
             for (let step = 1; step <= {count}; step += 1) {{
               lines += `{{\"record\":\"batch\",\"step\":${{step}},\"atMs\":${{step * 2.5}},\"values\":[${{columns.map(random)}}]}}\\n`;
               if (step % 1000 === 0) {{
                 lines += `{{\"record\":\"epoch\",\"step\":${{step}},\"values\":{{\"train/loss\":${{random()}},\"val/loss\":${{random()}}}}}}\\n`;
                 parts.push(new Blob([lines])); lines = '';
               }}
             }}
             parts.push('{{\"record\":\"end\",\"batches\":{count},\"state\":\"open\"}}\\n');
             window.file = new Blob(parts);
             const begin = performance.now();
             await emberscope.importRun(file);
             return performance.now() - begin;"
        ));
        let (size, before) = (page.number("return file.size;"), page.memory());
        report(format_args!("a run of {count} batches from {:.0} MB of JSONL: {:.1} s; page's process now {before:?} MB (present, peak)", size / 1e6, took / 1e3));
        let run = page.number("return e2e.lastRun().id;");
        for kind in ["jsonl", "csv", "tensorboard", "report"] {
            let result = page.ask(&format!(
                "const end = e2e.watchFrames(), begin = performance.now();
                 window.file = null;
                 window.file = await emberscope.export({run}, '{kind}');
                 const ms = performance.now() - begin, frames = end();
                 return [ms, file.size, frames.longestTask, frames.p95];"
            ));
            let [ms, size, longest, p95] = [0, 1, 2, 3].map(|index| result[index].as_f64().unwrap_or(f64::NAN));
            let memory = page.memory();
            report(format_args!(
                "{kind} of {count} batches: {:.1} s, {:.1} MB; longest task {longest:.0} ms, 95 % of frames under {p95:.0} ms; page's process {memory:?} MB (present, peak)",
                ms / 1e3,
                size / 1e6
            ));
        }
    });
}
