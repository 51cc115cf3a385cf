//! `window.emberscope` does what the README says: configurations are checked, hooks are called, history and predictions
//! come back, and what is wrong is told as `{code, message, hint}`.

use crate::support::{ENDLESS, Page, Visit, gzip, images_file, labels_file, numbers};
use emberscope::domain::run::event::series;
use serde_json::{Value, json};

const SMALL: &str = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1000 }, epochs: 2, device: 'cpu' }";

/// The series that have a value a batch on the CPU; all others have one an epoch.
const PER_BATCH: [&str; 9] = [
    series::BATCH_LOSS,
    series::BATCH_ACCURACY,
    series::LEARNING_RATE,
    series::TIME_BATCH,
    series::TIME_DATA,
    series::TIME_FORWARD,
    series::TIME_BACKWARD,
    series::TIME_UPDATE,
    series::TIME_READ,
];

/// Asserts that `body` throws this code, with these words in its message and its hint.
fn throws(page: &Page, body: &str, code: &str, words: [&str; 2]) {
    let thrown = page.attempt(body).expect_err(body);
    assert_eq!(thrown["code"], code, "{body}: {thrown}");
    for (part, words) in ["message", "hint"].into_iter().zip(words) {
        assert!(thrown[part].as_str().is_some_and(|text| text.contains(words)), "{body}: no {words:?} in the {part} of {thrown}");
    }
}

#[test]
fn validate_names_the_layer_and_the_remedy() {
    Visit::new().run(|page| {
        let good = page.ask("return emberscope.validate(emberscope.defaultConfig());");
        assert_eq!((&good["ok"], &good["parameters"]), (&json!(true), &json!(56_714)));
        assert_eq!(good["shapes"].as_array().map(Vec::len), Some(10), "nine layers and the output");

        let wrong = page.ask(
            "const config = emberscope.defaultConfig();
             config.model.layers[3].kernel = 30;
             return emberscope.validate(config);",
        );
        let error = &wrong["errors"][0];
        assert_eq!((&wrong["ok"], &error["code"]), (&json!(false), &json!("invalid_model")));
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("layer 4 (Conv 2-D)") && message.contains("kernel 30×30 is larger than its input 13×13"), "{message}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("smaller kernel")), "{error}");

        let flat = page.ask("return emberscope.validate({ ...emberscope.defaultConfig(), data: { name: 'moons' } });");
        assert!(flat["errors"][0]["message"].as_str().is_some_and(|message| message.starts_with("layer 1 (Conv 2-D)")), "{flat}");
    });
}

#[test]
fn what_is_wrong_is_refused_with_code_message_and_hint() {
    Visit::new().run(|page| {
        throws(
            page,
            "return emberscope.start({ ...emberscope.defaultConfig(), batchSize: 0 });",
            "invalid_config",
            ["batchSize is 0", "1 to 4096"],
        );
        throws(
            page,
            "return emberscope.start({ ...emberscope.defaultConfig(), epoch: 3 });",
            "invalid_config",
            ["epoch", "defaultConfig()"],
        );
        throws(page, "return emberscope.start(7);", "invalid_config", ["", "defaultConfig()"]);
        throws(
            page,
            "const config = emberscope.defaultConfig(); config.model.layers[0].filters = 0; return emberscope.start(config);",
            "invalid_model",
            ["layer 1 (Conv 2-D)", "use 1 to"],
        );
        throws(
            page,
            "const data = { name: 'loaded', id: 'none' };\
             return emberscope.start({ ...emberscope.defaultConfig(), data }).then(run => emberscope.finished(run));",
            "unknown_data",
            ["none", "load"],
        );
        throws(page, "return emberscope.defaultConfig('resnet');", "invalid_config", ["resnet", "cnn"]);
        throws(page, "return emberscope.on('on_batch_finish', () => {});", "invalid_config", ["on_batch_finish", "on_batch_end"]);
        throws(page, "return emberscope.on('on_batch_end', 5);", "invalid_config", ["not a function", ""]);
        throws(page, "return emberscope.pause();", "invalid_state", ["no run", "start"]);
        throws(page, "return emberscope.finished(99);", "invalid_state", ["no run 99", ""]);
        throws(page, "return emberscope.history(99);", "invalid_state", ["no run 99", ""]);
        throws(page, "return emberscope.set({ learningRate: -1 });", "invalid_config", ["learningRate", "from 0"]);
        throws(page, "return emberscope.set({ momentum: 1 });", "invalid_config", ["momentum", ""]);
        throws(page, "return emberscope.loadData({ images: new Uint8Array(3) });", "invalid_data", ["labels", "loadData"]);

        let run = page.start(ENDLESS);
        throws(page, &format!("return emberscope.start({SMALL});"), "invalid_state", ["a run is going on", "stop"]);
        page.ask("emberscope.stop('enough');");
        assert_eq!(page.finished(run)["reason"], "enough");
    });
}

#[test]
fn hooks_come_once_in_order_until_they_are_unsubscribed() {
    Visit::new().run(|page| {
        // 850 samples in batches of 64: 14 an epoch, the last of 18.
        let seen = page.ask(&format!(
            "const seen = {{ batches: [], few: [], order: [] }};
             for (const hook of emberscope.hooks) emberscope.on(hook, () => {{ if (!/batch|log/.test(hook)) seen.order.push(hook); }});
             emberscope.on('on_batch_end', event => seen.batches.push(event));
             const remove = emberscope.on('on_batch_end', event => {{ seen.few.push(event.step); if (event.step === 5) remove(); }});
             const run = await emberscope.start({{ ...{SMALL}, monitors: {{ every: 20, activationSamples: 16, watchBudget: 0 }} }});
             seen.end = await emberscope.finished(run);
             return seen;"
        ));
        let batches = seen["batches"].as_array().expect("a list");
        let steps: Vec<u64> = batches.iter().filter_map(|event| event["step"].as_u64()).collect();
        assert_eq!(steps, (1..=28).collect::<Vec<_>>(), "each batch once, in order");
        assert_eq!(seen["few"], json!([1, 2, 3, 4, 5]), "no call after unsubscribing");
        let last = &batches[13];
        assert_eq!((&last["epoch"], &last["batch"], &last["size"]), (&json!(0), &json!(13), &json!(18)));
        assert!(last["logs"]["loss"].as_f64().is_some_and(|loss| loss > 0.0), "{last}");
        assert!(last["times"]["forward"].as_f64().is_some_and(|ms| ms > 0.0), "{last}");
        // Looks into the network at steps 1 and 21: one in each epoch.
        let epoch = ["on_epoch_begin", "on_probe", "on_validation_begin", "on_evaluation", "on_validation_end", "on_epoch_end"];
        let order: Vec<&str> = ["on_train_begin"].into_iter().chain(epoch).chain(epoch).chain(["on_train_end"]).collect();
        assert_eq!(seen["order"], json!(order));
        assert_eq!((&seen["end"]["step"], &seen["end"]["epochs"]), (&json!(28), &json!(2)));
        assert!(seen["end"]["logs"]["val/accuracy"].as_f64().is_some(), "{}", seen["end"]);
    });
}

#[test]
fn a_handler_that_throws_harms_nobody() {
    Visit::new().expect_error("a handler of on_batch_end failed").run(|page| {
        let run = page.ask(&format!(
            "emberscope.on('on_batch_end', () => {{ throw new Error('mine'); }});
             window.calls = 0;
             emberscope.on('on_batch_end', () => {{ calls += 1; }});
             return emberscope.start({SMALL});"
        ));
        page.finished(run.as_u64().expect("an id"));
        assert_eq!(page.number("return calls;"), 28.0);
    });
}

#[test]
fn history_predictions_and_fetched_data_come_back_as_documented() {
    Visit::new().run(|page| {
        // Bright images are of class 1, dark ones of class 0: learned within a few batches.
        let labels: Vec<u8> = (0..200).map(|i| i % 2).collect();
        let pixels: Vec<u8> = labels.iter().flat_map(|&label| [if label == 1 { 220 } else { 30 }; 64]).collect();
        let pair = crate::support::Pair {
            name: "bright or dark",
            images: gzip(&images_file(200, 8, 8, &pixels)),
            labels: labels_file(200, &labels),
        };
        let id = page.load_by_fetch(&pair);
        assert_eq!(id, "served");
        assert_eq!(page.load_by_fetch(&pair), "served-2", "a second set of the same name gets an id of its own");

        throws(page, "return emberscope.predict(new Float32Array(64));", "invalid_state", ["no trained model", "train"]);
        let run = page.start(&format!(
            "{{ ...emberscope.defaultConfig('softmax'), data: {{ name: 'loaded', id: '{id}' }},
                optimizer: {{ name: 'adam', learningRate: 0.01 }}, monitors: {{ every: 20, activationSamples: 16, watchBudget: 0 }}, batchSize: 16, epochs: 10, device: 'cpu' }}"
        ));
        page.finished(run);

        let history = page.ask(&format!(
            "return Object.entries(emberscope.history({run})).map(([name, {{ step, value }}]) => [name, [...step], value.length]);"
        ));
        // 170 samples to train on: eleven batches an epoch.
        let history: Vec<(&str, Vec<u64>, u64)> = history
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| {
                let steps = entry[1].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
                (entry[0].as_str().unwrap_or_default(), steps, entry[2].as_u64().unwrap_or_default())
            })
            .collect();
        // What is measured now and then has steps of its own.
        let is_regular = |name: &str| PER_BATCH.contains(&name) || !(name.starts_with("time/") || name.starts_with("watch/"));
        for (name, steps, values) in history.iter().filter(|(name, ..)| is_regular(name)) {
            let is_of_looks = ["grad/", "weight/", "update_ratio/", "activation/"].iter().any(|prefix| name.starts_with(prefix));
            let expected: Vec<u64> = match (PER_BATCH.contains(name), is_of_looks) {
                (true, _) => (1..=110).collect(),
                (false, true) => (1..=110).step_by(20).collect(),
                (false, false) => (1..=10).map(|epoch| epoch * 11).collect(),
            };
            assert_eq!((steps, *values), (&expected, expected.len() as u64), "{name}");
        }
        for name in PER_BATCH.into_iter().chain([series::TRAIN_LOSS, series::TRAIN_ACCURACY, series::VAL_LOSS, series::VAL_ACCURACY]) {
            assert!(history.iter().any(|(known, ..)| *known == name), "no {name}");
        }
        assert_eq!(
            page.ask(&format!("return Object.keys(emberscope.history({run}, ['lr', 'val/loss', 'none']));")),
            json!(["lr", "val/loss"])
        );

        let rows = numbers(&page.ask(
            "const image = brightness => Array(64).fill(brightness);
             return Array.from(await emberscope.predict([...image(0.86), ...image(0.12), ...image(0.5)]));",
        ));
        assert_eq!(rows.len(), 6);
        for row in rows.chunks(2) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{rows:?}");
        }
        assert!(rows[1] > 0.6 && rows[2] > 0.6, "bright is 1, dark is 0: {rows:?}");
        throws(page, "return emberscope.predict(new Float32Array(65));", "invalid_data", ["65", "64"]);
        throws(page, "return emberscope.predict(new Float32Array(70e6));", "invalid_data", ["70000000 numbers are too many", "67108864"]);
        throws(page, "return emberscope.predict([]);", "invalid_data", ["0 numbers", "64"]);
    });
}

#[test]
fn what_a_hook_is_told_is_in_the_record_before_it_is_told() {
    Visit::new().run(|page| {
        let seen = page.ask(&format!(
            "const seen = {{ begin: [], validated: [], epochs: [], evaluated: 0, batches: [], end: null }};
             const values = (run, name) => [...(emberscope.history(run, name)[name]?.value ?? [])];
             const of = run => emberscope.runs().find(({{ id }}) => id === run);
             emberscope.on('on_train_begin', ({{ run, device }}) => seen.begin.push(of(run).device === device, of(run).state));
             emberscope.on('on_batch_end', ({{ run, step }}) => seen.batches.push(values(run, 'batch/loss').length >= step));
             emberscope.on('on_validation_end', ({{ run, logs }}) => seen.validated.push(values(run, 'val/loss').at(-1) === Math.fround(logs['val/loss'])));
             emberscope.on('on_epoch_end', ({{ run, epoch, logs }}) => seen.epochs.push([
               epoch, of(run).epochs, values(run, 'val/loss').length, values(run, 'val/loss').at(-1) === Math.fround(logs['val/loss']),
             ]));
             emberscope.on('on_train_end', ({{ run }}) => {{ seen.end = [of(run).state, of(run).epochs, e2e.text('#phase')]; }});
             await emberscope.finished(await emberscope.start({SMALL}));
             return seen;"
        ));
        assert_eq!(seen["begin"], json!([true, "running"]));
        assert_eq!(seen["validated"], json!([true, true]));
        assert_eq!(seen["epochs"], json!([[0, 1, 1, true], [1, 2, 2, true]]));
        assert_eq!(seen["end"][0], "finished", "{seen}");
        assert_eq!(seen["end"][1], 2);
        assert!(seen["batches"].as_array().is_some_and(|told| told.len() == 28 && told.iter().all(|there| *there == json!(true))), "{seen}");
    });
}
