//! One batch, looked at; all metrics on demand; checkpoints by hand; the picture of a learning-rate test.

use crate::support::{Page, Visit};
use emberscope::domain::run::event::series;
use serde_json::{Value, json};

const DIGITS: &str =
    "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1000 }, batchSize: 32, epochs: 10000, device: 'cpu' }";

/// The mean of what the API says of a batch's samples.
fn mean_loss(batch: &Value) -> f64 {
    let losses: Vec<f64> = batch["samples"].as_array().into_iter().flatten().filter_map(|sample| sample["loss"].as_f64()).collect();
    assert_eq!(losses.len() as u64, batch["size"].as_u64().unwrap(), "{batch}");
    losses.iter().sum::<f64>() / losses.len() as f64
}

fn pause(page: &Page, after: u32) {
    page.until(&format!("e2e.batches() >= {after}"), 120);
    page.ask("emberscope.pause();");
    page.until("e2e.text('#phase') === 'Paused'", 20);
}

/// The text of the panel, once it shows the batch of `step`.
fn panel(page: &Page, step: u32) -> String {
    page.until(&format!("e2e.text('#batch-words').replace(/\\s/gu, '').startsWith('Batch{step}of')"), 20);
    page.text("#batch")
}

#[test]
fn a_click_on_a_batch_shows_what_was_said_of_its_samples() {
    Visit::new().run(|page| {
        let run = page.start(DIGITS);
        pause(page, 40);

        // Where the cursor reads, the click looks; Enter does the same.
        page.ask("document.querySelector('#chart-batch-loss').scrollIntoView({ block: 'center' }); await e2e.frames(3);");
        page.click("#chart-batch-loss .chart");
        page.until("e2e.text('#batch-words').startsWith('Batch ')", 20);
        let step = page.number("return Number(document.querySelector('#batch-step').value);") as u32;
        let last = page.number("return e2e.batches();") as u32;
        assert!((last * 2 / 5..last * 3 / 5).contains(&step), "the middle of {last} is not {step}");
        let said = panel(page, step);
        let epoch = (step - 1) / 27;
        // The last batch of an epoch is smaller, and the middle may be one.
        let size = if step.is_multiple_of(27) { 18 } else { 32 };
        assert!(said.contains(&format!("epoch {}, number {} of 27 in it, {size} samples", epoch + 1, step - epoch * 27)), "{said}");
        assert!(said.contains("Predictions as they were when this batch was trained"), "{said}");
        // From a thousand on, numbers are written in groups.
        let together: String = said.chars().filter(|letter| !letter.is_whitespace()).collect();
        assert!(together.contains(&format!("all{last}batchessofar")), "{said}");
        assert_eq!(page.number("return document.querySelectorAll('#batch-samples canvas').length;"), f64::from(size));

        // The mean of what is said of the samples is the recorded loss, and the panel shows that.
        let recorded = page.series(run, series::BATCH_LOSS)[step as usize - 1];
        let batch = page.ask(&format!("const b = await emberscope.batch({run}, {step}); b.inputs = b.inputs.length; return b;"));
        let mean = mean_loss(&batch);
        assert!((mean - f64::from(recorded)).abs() < 1e-5 * mean, "{mean} {recorded}");
        assert_eq!((&batch["source"]["kind"], &batch["inputs"]), (&json!("as_trained"), &json!(size * 784)));
        assert!(page.text("#batch-facts").contains(&format!("{recorded:.6} nats")), "{}", page.text("#batch-facts"));
        let wrong = batch["samples"].as_array().into_iter().flatten().filter(|sample| sample["predicted"] != sample["label"]).count();
        let missed = page.number("return [...document.querySelectorAll('#batch-samples li.missed')].filter(li => li.textContent.includes('✗ wrong')).length;");
        assert_eq!(missed as usize, wrong, "what is wrong is said in words");

        // By loss, the worst first.
        page.ask("const order = document.querySelector('#batch-order'); order.value = 'loss'; order.dispatchEvent(new Event('change'));");
        page.until("document.querySelector('#batch-samples li canvas')?.getAttribute('aria-label').includes('loss')", 10);
        let shown = "[...document.querySelectorAll('#batch-samples canvas')].map(c => Number(c.getAttribute('aria-label').match(/loss ([0-9.]+)/)[1]))";
        page.until(&format!("{shown}.every((loss, i, all) => i === 0 || loss <= all[i - 1])"), 10);

        // Another by its number, by the buttons, by the keyboard.
        let look_at = |step: &str| {
            page.ask(&format!("const field = document.querySelector('#batch-step'); field.value = '{step}'; field.dispatchEvent(new Event('change'));"));
        };
        look_at("1");
        assert!(panel(page, 1).contains("gradient norm"), "the first batch is looked into");
        page.click("#batch-next");
        panel(page, 2);
        look_at("999999");
        panel(page, last);
        page.ask("const chart = document.querySelector('#chart-batch-loss .chart'); chart.scrollIntoView({ block: 'center' }); chart.focus();
                  for (const key of ['Home', 'Enter']) { chart.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })); await e2e.frames(3); }");
        panel(page, 1);

        // While it trains, and after its end.
        page.ask("emberscope.resume();");
        page.until(&format!("e2e.batches() > {last} + 5"), 60);
        let while_training = page.ask(&format!("const b = await emberscope.batch({run}, {last}); return b;"));
        assert_eq!(while_training["source"]["kind"], "as_trained");
        let p = page.ask("const b = await emberscope.batch(1, 1); return Array.from(await emberscope.predict(b.inputs.slice(0, 784)));");
        assert!((p.as_array().into_iter().flatten().filter_map(Value::as_f64).sum::<f64>() - 1.0).abs() < 1e-5, "predict while it trains: {p}");
        page.ask("emberscope.stop('enough');");
        page.finished(run);
        assert_eq!(page.ask(&format!("return (await emberscope.batch({run}, {step})).samples;")), batch["samples"], "the same after the end");
        let unknown = page.attempt(&format!("return emberscope.batch({run}, 0);")).unwrap_err();
        assert!(unknown["hint"].as_str().is_some_and(|hint| hint.contains("from 1")), "{unknown}");

        // An earlier run: its samples and labels, judged by the weights that it has left, and that is said.
        let second = page.start("{ ...emberscope.defaultConfig('planar'), epochs: 2, device: 'cpu' }");
        page.finished(second);
        let old = page.ask(&format!("const b = await emberscope.batch({run}, {step}); return b;"));
        assert_eq!(old["source"]["kind"], "kept_weights");
        assert!((old["loss"].as_f64().unwrap() - mean_loss(&old)).abs() < 1e-9 && mean_loss(&old) < mean_loss(&batch), "it has learned since");
        let labels = |batch: &Value| -> Vec<Value> { batch["samples"].as_array().into_iter().flatten().map(|s| s["label"].clone()).collect() };
        assert_eq!(labels(&old), labels(&batch));
        // Points in the plane: a plot and a table.
        page.ask("emberscope.lookAtBatch(3);");
        assert!(panel(page, 3).contains("Predictions as they were"));
        assert!(page.number("return document.querySelectorAll('#batch-samples tbody tr').length;") > 0.0);
        assert!(page.text("#batch .scatter figcaption").contains("predicted wrong"));
    });
}

#[test]
fn all_metrics_are_there_on_demand_and_change_nothing() {
    Visit::new().run(|page| {
        let plain = page.start(&DIGITS.replace("epochs: 10000", "epochs: 30"));
        page.finished(plain);
        // The same once more, held in the middle of an epoch. From its start on, since it could be over by any later moment; a
        // worker that is warm may have trained a few batches by then.
        let short = DIGITS.replace("epochs: 10000", "epochs: 30");
        let run = page.ask(&format!("const run = await emberscope.start({short}); emberscope.pause(); return run;"));
        let run = run.as_u64().expect("a run's id is a number");
        page.until("e2e.text('#phase') === 'Paused'", 60);
        let held = page.number("return e2e.batches();");
        page.ask("emberscope.step(5);");
        page.until(&format!("e2e.batches() === {held} + 5"), 60);
        let step = page.number("return e2e.batches();");
        page.click("#evaluate");
        page.until("e2e.text('#evaluation-head').startsWith('Asked for at step')", 20);
        let head = page.text("#evaluation-head");
        assert!(head.contains(&format!("step {step}")) && head.contains("150 validation samples") && head.contains("top 3"), "{head}");
        let by_api = page.ask("const e = await emberscope.evaluate(); return [e.step, e.report.accuracy, e.report.top5Accuracy];");
        assert_eq!(by_api[0].as_f64(), Some(step));
        assert!(by_api[2].as_f64() >= by_api[1].as_f64(), "{by_api}");
        page.ask("emberscope.resume();");
        page.finished(run);
        for name in [series::BATCH_LOSS, series::VAL_LOSS] {
            assert_eq!(page.series(run, name), page.series(plain, name), "{name}: the run was not disturbed");
        }
        assert_eq!(page.series(run, series::VAL_LOSS).len(), 30, "what was asked for is no epoch's value");
        // Every epoch's evaluation can be chosen, and the one that was asked for.
        let options = page.ask("return [...document.querySelectorAll('#evaluation-choice option')].map(o => o.textContent);");
        let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(options.len(), 33, "{options:?}");
        page.ask(
            "const choice = document.querySelector('#evaluation-choice'); choice.value = '27'; choice.dispatchEvent(new Event('change'));",
        );
        page.until("e2e.text('#evaluation-head').startsWith('Epoch 1, step 27')", 10);
        // After the end, too.
        assert_eq!(page.ask("return (await emberscope.evaluate()).step;"), 810);
    });
}

#[test]
fn weights_are_kept_put_back_used_and_forgotten() {
    Visit::new().run(|page| {
        let run = page.start(DIGITS);
        pause(page, 30);
        page.fill("#checkpoint-name", "early");
        page.click("#keep-checkpoint");
        page.until("e2e.text('#checkpoint-said').includes('kept as')", 20);
        let card = page.until("emberscope.checkpoints()[0]", 10);
        let step = card["step"].as_u64().unwrap();
        assert_eq!((&card["name"], &card["byHand"]), (&json!("early"), &json!(true)));
        assert!(page.text("#checkpoint-sum").contains("1 of at most 8 by hand"), "{}", page.text("#checkpoint-sum"));
        let early = page.ask("return (await emberscope.evaluate()).report;");

        page.ask("emberscope.resume();");
        page.until(&format!("e2e.batches() >= {step} + 40"), 60);
        // Used without being put back: the run's own weights are others.
        page.click(".use-checkpoint");
        let lent = page.ask("const e = await emberscope.evaluate(); return [e.report, e.checkpoint.name, e.step];");
        assert_eq!((&lent[0], &lent[1], &lent[2]), (&early, &json!("early"), &json!(step)), "as it was, to the last digit");
        page.click(".use-checkpoint");
        pause(page, 1);
        assert_ne!(page.ask("return (await emberscope.evaluate()).report;"), early);

        page.click(".put-back");
        page.until("e2e.text('#checkpoint-said').includes('was put back')", 20);
        assert_eq!(page.ask("return (await emberscope.evaluate()).report;"), early);
        page.ask("emberscope.stop('enough');");
        page.finished(run);
        page.until("emberscope.history(1, 'checkpoint/put_back')['checkpoint/put_back']?.value[0] > 0", 5);

        let gone = page.ask("const { id } = emberscope.checkpoints()[0]; await emberscope.forgetCheckpoint(id); return id;");
        page.until("emberscope.checkpoints().length === 0", 5);
        let error = page.attempt(&format!("return emberscope.putBack({gone});")).unwrap_err();
        assert_eq!(error["code"], "invalid_state", "{error}");
    });
}

#[test]
fn a_rate_test_is_drawn_and_its_rate_taken_over() {
    Visit::new().run(|page| {
        assert_eq!(page.ask("return document.querySelector('#rate-test').classList.contains('hidden');"), true);
        let run = page.start(
            "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 2000 }, batchSize: 16, epochs: 50, device: 'cpu',
               callbacks: [{ name: 'lr_finder', low: 1e-6, high: 10, batches: 80 }] }",
        );
        page.finished(run);
        page.until("e2e.text('#rate-words').includes('suggested rate')", 10);
        let suggested = page.series(run, "lr_finder/suggestion")[0];
        assert!(
            page.ask("return document.querySelector('#rate-test svg').getAttribute('aria-label');")
                .as_str()
                .unwrap()
                .contains("falls fastest")
        );
        assert!(page.text(".rate-note").contains("suggested"));
        page.click("#use-rate");
        page.until("e2e.text('#rate-said').includes('in the setup')", 5);
        let setup = page.ask("const c = emberscope.config(); return [c.optimizer.learningRate, c.callbacks.length];");
        let rate = setup[0].as_f64().unwrap();
        assert!((rate / f64::from(suggested) - 1.0).abs() < 0.01 && setup[1] == 0, "{setup} {suggested}");
    });
}
