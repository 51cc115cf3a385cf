//! What a run has learned outlives it: its last weights and its best can be exported until the run is deleted, whatever has
//! become of the worker. And predictions for very many samples beside a training.

use crate::store::{again, is_kept};
use crate::support::{ENDLESS, Page, Pair, Visit, images_file, labels_file, numbers, report};
use emberscope::export::weights::Weights;
use serde_json::{Value, json};

const SMALL: &str = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 400 }, epochs: 3, device: 'cpu',
    monitors: { every: 1000, activationSamples: 16 } }";

fn export(page: &Page, run: u64, options: &str) -> Weights {
    let bytes = page.file(&format!("return emberscope.export({run}, 'safetensors'{options});"));
    Weights::from_bytes(&bytes).expect("the page wrote it")
}

/// A run's entry in the list of runs.
fn entry(page: &Page, run: u64) -> Value {
    page.ask(&format!("return emberscope.runs().find(run => run.id === {run}) ?? null;"))
}

/// A configuration of four epochs that keeps the best weights. The highest loss counts as the best here, so that the best
/// epoch is one of the first.
fn keeps_best() -> String {
    format!(
        "{{ ...{SMALL}, epochs: 4,
            callbacks: [{{ name: 'model_checkpoint', save: 'best', monitor: 'val/loss', mode: 'max' }}] }}"
    )
}

fn memory(page: &Page) -> f64 {
    page.number("return emberscope.runs().reduce((sum, run) => sum + run.bytes, 0);")
}

#[test]
fn each_run_keeps_its_last_and_its_best_weights_until_it_is_deleted() {
    Visit::new().run(|page| {
        let config = keeps_best();
        let first = page.start(&config);
        page.finished(first);
        let last = export(page, first, "");
        let best = export(page, first, ", { weights: 'best' }");
        assert_ne!(last.values, best.values);
        let losses = page.series(first, "val/loss");
        let highest = (0..losses.len()).max_by(|&a, &b| losses[a].total_cmp(&losses[b])).expect("there were epochs");
        assert_eq!((last.step, best.step), (Some(24), Some(6 * (highest as u32 + 1))), "340 samples, 6 batches an epoch: {losses:?}");
        assert_eq!(export(page, first, ", { weights: 'checkpoint: best val/loss' }").values, best.values);
        // Shown and offered by the panel of files.
        for button in ["#export-safetensors", "#export-best-safetensors"] {
            page.until(&format!("!document.querySelector('{button}').disabled"), 5);
        }
        let words =
            page.ask(&format!("return emberscope.runs().find(run => run.id === {first}).weights.map(card => [card.name, card.step]);"));
        assert_eq!(words, json!([["last", 24], ["checkpoint: best val/loss", best.step]]));

        // A second run, one that is stopped, and one that keeps no best.
        let second = page.start(&format!("{{ ...{SMALL}, seed: 2 }}"));
        page.finished(second);
        let other = export(page, second, "");
        assert_ne!(other.values, last.values);
        let none = page.attempt(&format!("return emberscope.export({second}, 'safetensors', {{ weights: 'best' }});")).unwrap_err();
        assert!(none["message"].as_str().is_some_and(|text| text.contains("run 2 has no weights \"best\"")), "{none}");
        let stopped = page.start(ENDLESS);
        page.until("e2e.batches() > 10", 60);
        page.ask("emberscope.stop('enough');");
        let end = page.finished(stopped);
        assert_eq!(export(page, stopped, "").step.map(u64::from), end["step"].as_u64());

        // The earlier ones are what they were, though the worker has another model; and though it is gone altogether.
        assert_eq!(export(page, first, "").values, last.values);
        let live = page.start(ENDLESS);
        page.until("e2e.batches() > 5", 60);
        page.click("#reset");
        page.until("e2e.text('#phase') === 'Ready'", 10);
        assert_eq!(export(page, first, ", { weights: 'best' }").values, best.values);
        assert_eq!(export(page, second, "").values, other.values);
        let gone = page.attempt(&format!("return emberscope.export({live}, 'safetensors');")).unwrap_err();
        assert!(gone["message"].as_str().is_some_and(|text| text.contains("has left no weights")), "{gone}");

        // They count in the table's memory, and go with their run.
        let parameters = last.parameters() as f64;
        let (before, bytes) = (memory(page), entry(page, first)["bytes"].as_f64().unwrap_or_default());
        assert!(bytes > 8.0 * parameters, "two models of {parameters} numbers in {bytes} bytes");
        page.ask(&format!("emberscope.delete({first});"));
        assert!(before - memory(page) > 8.0 * parameters);
        let deleted = page.attempt(&format!("return emberscope.export({first}, 'safetensors');")).unwrap_err();
        assert!(deleted["message"].as_str().is_some_and(|text| text.contains("no run")), "{deleted}");
    });
}

#[test]
fn weights_put_back_after_the_end_are_the_run_s_last_ones() {
    Visit::new().run(|page| {
        let run = page.start(&format!("{{ ...{SMALL}, callbacks: [{{ name: 'model_checkpoint', save: {{ epochs: 1 }}, copies: 3 }}] }}"));
        page.finished(run);
        let last = export(page, run, "");
        page.ask("await emberscope.putBack(emberscope.checkpoints()[0].id);");
        let now = export(page, run, "");
        assert_ne!(now.values, last.values);
        let next = page.start(&format!("{{ ...{SMALL}, seed: 3 }}"));
        page.finished(next);
        assert_eq!(export(page, run, "").values, now.values);
    });
}

#[test]
fn sixty_thousand_predictions_leave_the_training_its_turns_and_answer_by_one_model() {
    Visit::new().run(|page| {
        let count = 60_000;
        page.start("{ ...emberscope.defaultConfig('cnn'), epochs: 10000, device: 'cpu' }");
        page.until("e2e.batches() >= 5", 60);
        page.ask(&format!(
            "window.many = new Float32Array({count} * 784).map((_, i) => (i % 784 + Math.floor(i / 784) % 2) % 5 / 5);
             window.answered = null;
             window.from = e2e.batches();
             window.rows = emberscope.predict(many).then(rows => {{ answered = e2e.batches(); return rows; }}, thrown => {{ answered = -1; throw thrown; }});"
        ));
        // The training goes on, and so does everything else: pause, a step, and a small question are not held up by it.
        page.until("e2e.batches() > from + 3 && answered === null", 60);
        page.ask("emberscope.pause();");
        page.until("e2e.text('#phase') === 'Paused'", 20);
        assert_eq!(page.ask("return answered;"), Value::Null, "it goes on while the run is held");
        page.ask("window.held = e2e.batches(); emberscope.step(2);");
        page.until("e2e.batches() === held + 2", 20);
        let small = page.ask("return [(await emberscope.predict(many.subarray(0, 784))).length, answered];");
        assert_eq!(small, json!([10, null]), "a small question does not wait for a large one");
        page.ask("emberscope.resume();");
        let rows = page.ask("const all = await rows; return [all.length, answered > from, Array.from(all.subarray(0, 20)), Array.from(all.subarray(-20))];");
        assert_eq!((&rows[0], &rows[1]), (&json!(count * 10), &json!(true)));
        // By the weights of one moment: the samples come in pairs, and the last pair gets what the first got.
        let (first, last) = (numbers(&rows[2]), numbers(&rows[3]));
        let difference = first.iter().zip(&last).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 1e-6, "{first:?} {last:?}");
        page.ask("emberscope.stop('enough');");
        page.until("e2e.lastRun().state === 'finished'", 20);
        assert!(page.number("return (await emberscope.predict(many.subarray(0, 784 * 300))).length;") > 0.0, "and after the end");
    });
}

#[test]
fn any_run_answers_by_the_weights_that_it_has_left() {
    Visit::new().run(|page| {
        let config = keeps_best();
        // What it answers while the worker has its model, and the same run undisturbed.
        let first = page.start(&config);
        page.finished(first);
        page.ask("window.inputs = new Float32Array(3 * 784).map((_, i) => i % 7 / 7);");
        let asked = |by: &str| {
            let rows = page.ask(&format!("return Array.from(await emberscope.predict(inputs{by}));"));
            let judged = page
                .ask(&format!("const e = await emberscope.evaluate({}); return [e.run, e.step, e.report];", by.trim_start_matches(", ")));
            (rows, judged)
        };
        let by_worker = asked("");
        let plain = page.start(&format!("{{ ...{SMALL}, seed: 9, epochs: 40 }}"));
        page.finished(plain);

        // Another one goes on beside the questions, and is not disturbed.
        let live = page.ask(&format!(
            "const run = await emberscope.start({{ ...{SMALL}, seed: 9, epochs: 40 }}); emberscope.pause(); emberscope.step(5); return run;"
        ));
        let live = live.as_u64().expect("a run's id");
        page.until("e2e.batches() >= 5 && e2e.text('#phase') === 'Paused'", 60);
        let last = format!(", {{ run: {first} }}");
        assert_eq!(asked(&last), by_worker);
        let best = asked(&format!(", {{ run: {first}, weights: 'best' }}"));
        assert_ne!(best, by_worker);
        assert_eq!(asked(&format!(", {{ run: {live} }}")), asked(""), "of a run that goes on, the present weights");
        page.ask("emberscope.resume();");
        page.finished(live);
        for name in ["batch/loss", "val/loss"] {
            assert_eq!(page.series(live, name), page.series(plain, name), "{name}");
        }

        // In the page, of the run that is shown.
        page.ask(&format!("emberscope.show({first});"));
        page.until("e2e.text('#evaluate') === 'Evaluate its last weights'", 10);
        page.click("#evaluate");
        page.until("e2e.text('#evaluation-head').includes('\u{201c}last\u{201d}, step 24')", 20);
        page.click("#evaluate-best");
        page.until("e2e.text('#evaluation-head').includes('\u{201c}checkpoint: best val/loss\u{201d}')", 20);
        page.ask("emberscope.lookAtBatch(2);");
        page.until("e2e.text('#batch-source').includes('judged by its last weights, after step 24')", 20);

        for (by, says) in [
            ("{ run: 99 }", "no run 99"),
            ("{ run: 1, weights: 'other' }", "run 1 has no weights \"other\""),
            ("{ run: 1, weight: 'best' }", "has no \"weight\""),
            ("{}", "the run's id is undefined"),
        ] {
            let refused = page.attempt(&format!("return emberscope.predict(inputs, {by});")).unwrap_err();
            assert!(refused["message"].as_str().is_some_and(|text| text.contains(says)), "{by}: {refused}");
        }
    });
}

#[test]
fn a_question_that_is_too_large_is_refused_and_the_run_goes_on() {
    Visit::new().run(|page| {
        // Images of one pixel in 256 classes: a small question with a very large answer.
        let labels: Vec<u8> = (0..=255).cycle().take(2_560).collect();
        let pair = Pair { name: "pixels", images: images_file(2_560, 1, 1, &labels), labels: labels_file(2_560, &labels) };
        let id = page.load_by_fetch(&pair);
        page.start(&format!(
            "{{ ...emberscope.defaultConfig('mlp'), data: {{ name: 'loaded', id: '{id}' }}, epochs: 10000, device: 'cpu' }}"
        ));
        page.until("e2e.batches() >= 5", 60);
        let refused = page.attempt("return emberscope.predict(new Float32Array(60e6));").unwrap_err();
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(
            message.contains("60000000 numbers are too many")
                && refused["hint"].as_str().is_some_and(|hint| hint.contains("262144 samples of 1")),
            "{refused}"
        );
        page.ask("window.from = e2e.batches();");
        page.until("e2e.batches() > from + 10 && e2e.text('#phase') === 'Training'", 30);
        assert_eq!(page.number("return (await emberscope.predict(new Float32Array(1000))).length;"), 256_000.0);
        page.ask("emberscope.stop('enough');");
    });
}

#[test]
fn what_an_earlier_visit_has_left_is_saved_gone_on_from_and_deleted() {
    Visit::new().run(|page| {
        let run = page.start(&keeps_best());
        page.finished(run);
        let best = export(page, run, ", { weights: 'best' }");
        is_kept(page, run);
        again(page, 1);
        page.until("document.querySelectorAll('#checkpoint-list tbody tr').length === 2", 20);
        assert!(page.text("#checkpoint-sum").starts_with("2 left by the run"), "{}", page.text("#checkpoint-sum"));
        assert_eq!(page.ask("return document.querySelectorAll('#checkpoint-list .put-back').length;"), 0, "no worker has its model");
        let line = "#checkpoint-list tbody tr:nth-child(2)";
        assert!(page.text(line).contains("best val/loss"), "{}", page.text(line));
        let saved = page.file(&format!(
            "const made = [], create = URL.createObjectURL, click = HTMLAnchorElement.prototype.click;
             URL.createObjectURL = blob => {{ made.push(blob); return 'blob:nowhere'; }};
             HTMLAnchorElement.prototype.click = function () {{ made.push(this.download); }};
             try {{
               document.querySelector('{line} .save-checkpoint').click();
               await e2e.until('a file', () => made.length >= 2, 60000);
             }} finally {{ URL.createObjectURL = create; HTMLAnchorElement.prototype.click = click; }}
             return made[0];"
        ));
        assert_eq!(Weights::from_bytes(&saved).expect("the page wrote it").values, best.values);

        let step = 24;
        page.click("#checkpoint-list tbody tr:first-child .branch-checkpoint");
        page.until(&format!("e2e.text('#first-weights').includes('Run 1 at step {step}')"), 20);
        let branch = page
            .start("{ ...emberscope.config(), callbacks: [], epochs: 1, optimizer: { name: 'sgd', learningRate: 0.001, momentum: 0 } }");
        page.finished(branch);
        assert_eq!(page.ask("return e2e.lastRun().goesOnFrom;"), format!("goes on from Run 1 at step {step}"));
        assert_eq!(page.ask("return document.querySelector('tr[data-run=\"1\"] .run-overlay').checked;"), true, "drawn beside it");
        // It does begin where the other one was: not where that began.
        let (first, parent) = (page.series(branch, "batch/loss")[0], page.series(1, "batch/loss"));
        assert!(first < 0.8 * parent[0] && !parent.contains(&first), "{first}, and {} at the begin of its parent", parent[0]);

        page.ask("document.querySelector('tr[data-run=\"1\"] .run-name').click();");
        page.until("document.querySelectorAll('#checkpoint-list tbody tr').length === 2", 20);
        page.click(&format!("{line} .forget"));
        page.until("emberscope.runs()[0].weights.length === 1", 20);
        is_kept(page, branch);
        again(page, 2);
        let left = page.ask("return emberscope.runs().map(run => run.weights.map(card => card.name));");
        assert_eq!(left, json!([["last"], ["last"]]));
        let parent = page.ask("return emberscope.runs()[1].goesOnFrom;");
        assert_eq!(parent, format!("goes on from Run 1 at step {step}"), "it names its parent in the next visit, too");
    });
}

#[test]
fn data_are_made_while_a_run_goes_on() {
    Visit::new().run(|page| {
        let run = page.start("{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1000 }, epochs: 10000, device: 'cpu' }");
        page.until("e2e.batches() >= 20", 60);
        page.ask(
            "window.gaps = [];
             let last = performance.now();
             window.stopWatching = emberscope.on('on_batch_end', () => { const now = performance.now(); gaps.push(now - last); last = now; });
             window.from = e2e.batches();",
        );
        page.fill("#samples-count", "100000");
        page.until("e2e.text('#data-words').includes('100 000 samples')", 120);
        let [batches, longest] = ["e2e.batches() - from", "Math.max(...gaps)"].map(|what| page.number(&format!("return {what};")));
        report(format_args!("beside 100 000 digits that are drawn {batches} batches were trained, {longest:.0} ms apart at most"));
        // In one go, hardly a batch would have come between the wish and the answer.
        assert!(batches > 200.0, "{batches} batches");
        // Held and asked in the midst of it.
        page.fill("#samples-count", "99999");
        page.ask("emberscope.pause();");
        page.until("e2e.text('#phase') === 'Paused'", 20);
        assert_eq!(page.number("return (await emberscope.predict(new Float32Array(784))).length;"), 10.0);
        assert!(!page.text("#data-words").contains("99 999"), "all that before the data are there");
        page.ask("emberscope.resume(); emberscope.stop('enough');");
        assert_eq!(page.finished(run)["reason"], "enough");
    });
}
