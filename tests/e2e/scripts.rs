//! Callbacks written in JavaScript: what they are told and what they change, and what becomes of bad ones. That they are
//! shut in is in `sandbox`.

use crate::support::{ENDLESS, Page, Visit};
use serde_json::{Value, json};

/// 850 samples in batches of 64: 14 an epoch, 28 in all.
pub const SMALL: &str = "{ ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 1000 }, epochs: 2, device: 'cpu' }";

/// Trains [`SMALL`] with one script switched on; gives the run, its end, and how the script stands.
fn train_with(page: &Page, text: &str) -> (u64, Value, Value) {
    let run = page.start(&format!("{{ ...{SMALL}, scripts: [{{ name: 'mine', text: {} }}] }}, {{ runScripts: true }}", json!(text)));
    let end = page.finished(run);
    (run, end, page.ask("return emberscope.scripts()[0];"))
}

pub fn console(script: &Value) -> Vec<&str> {
    script["console"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn hears_of_everything_in_order_and_its_values_become_series_with_charts() {
    Visit::new().run(|page| {
        let (run, end, script) = train_with(
            page,
            "let last = 0, sum = 0;
             const seen = [];
             function on_train_begin(logs) { seen.push('begin ' + logs.epochs + ' ' + logs.steps); }
             function on_epoch_begin(epoch) { seen.push('epoch ' + epoch); }
             function on_batch_end(step, logs) {
               if (step !== last + 1) throw new Error('step ' + step + ' after ' + last);
               last = step;
               sum += logs.loss;
               log('my/loss', logs.loss);
               log('my/size', logs.size);
               log('double', 2 * logs['batch/accuracy']);
               if (step === 3) log('my/loss', 7);
             }
             function on_validation_end(epoch, logs) { seen.push('validated ' + (logs.val_loss > 0)); }
             function on_epoch_end(epoch, logs) {
               log('my/ratio', logs.val_loss / logs.loss);
               seen.push('end ' + epoch + ' at ' + last);
             }
             function on_train_end(logs) { seen.push(logs.reason); print(seen.join(', ')); }",
        );
        assert_eq!((&end["reason"], &script["state"]), (&json!("completed"), &json!("on")), "{script}");
        let seen = "begin 2 28, epoch 0, validated true, end 0 at 14, epoch 1, validated true, end 1 at 28, completed";
        assert_eq!(console(&script), ["log(\"my/loss\"): a second value at step 3 is left out; a series has one a step", seen]);
        let loss = page.series(run, "batch/loss");
        assert_eq!(page.series(run, "my/loss"), loss, "what it was told is what is recorded, to the bit");
        assert_eq!(page.series(run, "my/size"), [vec![64.0; 13], vec![18.0]].concat().repeat(2));
        let doubled: Vec<f32> = page.series(run, "batch/accuracy").iter().map(|value| 2.0 * value).collect();
        assert_eq!(page.series(run, "double"), doubled);
        let ratios = page.ask(&format!("const s = emberscope.history({run}, 'my/ratio')['my/ratio']; return [[...s.step], [...s.value]];"));
        assert_eq!(ratios[0], json!([14, 28]));
        let (train, val) = (page.series(run, "train/loss"), page.series(run, "val/loss"));
        for (index, (train, val)) in train.into_iter().zip(val).enumerate() {
            let ratio = ratios[1][index].as_f64().unwrap_or(f64::NAN) as f32;
            assert!((ratio - val / train).abs() < 1e-5, "{ratio} is not {val} / {train}");
        }
        for chart in ["#chart-own-my-ratio", "#chart-own-my-loss", "#chart-own-double"] {
            page.until(&format!("document.querySelector('{chart} canvas')"), 5);
        }
    });
}

#[test]
fn sets_the_learning_rate_of_the_run_and_not_of_the_setup() {
    Visit::new().run(|page| {
        let text = "function on_train_begin() { set_learning_rate(0.004); }
                    function on_epoch_end(epoch, logs) { if (epoch === 0) set_learning_rate(logs.lr / 4); }";
        let run = page.start(&format!("{{ ...{ENDLESS}, scripts: [{{ name: 'mine', text: {} }}] }}, {{ runScripts: true }}", json!(text)));
        page.until(&format!("Math.abs(emberscope.history({run}, 'lr').lr?.value.at(-1) - 0.001) < 1e-8"), 30);
        page.ask("emberscope.stop('enough');");
        page.finished(run);
        let rates = page.series(run, "lr");
        assert!(rates[..160].iter().all(|rate| *rate == 0.004), "the run waits for what on_train_begin asks for: {rates:?}");
        let change = rates.iter().position(|rate| *rate == 0.001).expect("it was waited for");
        println!("REPORT asked for at step 160, the rate changed at step {}", change + 1);
        assert!(rates[change..].iter().all(|rate| *rate == 0.001) && rates[..change].iter().all(|rate| *rate == 0.004));
        assert_eq!(page.number("return emberscope.config().optimizer.learningRate;"), 0.001, "the setup keeps its own");
    });
}

#[test]
fn stops_the_run_with_its_reason() {
    Visit::new().run(|page| {
        let text = "function on_batch_end(step) { if (step === 5) stop('five are enough'); }";
        let run = page.start(&format!("{{ ...{ENDLESS}, scripts: [{{ name: 'mine', text: {} }}] }}, {{ runScripts: true }}", json!(text)));
        let end = page.finished(run);
        assert_eq!(end["reason"], "five are enough");
        assert_eq!(page.text("#phase"), "Stopped: five are enough");
    });
}

#[test]
fn what_fails_is_switched_off_with_its_line_and_the_training_goes_on() {
    let cases = [
        (
            "throws",
            "// one\n\nfunction on_batch_end(step, logs) {\n  if (step > 2)\n    logs.nothing.there;\n}",
            "on_batch_end",
            5,
            "TypeError",
        ),
        (
            "throws in a function called by a hook",
            "const f = () => {\n  throw new Error('mine');\n};\nfunction on_epoch_end() { f(); }",
            "on_epoch_end",
            2,
            "Error: mine",
        ),
        (
            "asks for nonsense",
            "function on_train_begin() {\n  set_learning_rate('fast');\n}",
            "on_train_begin",
            2,
            "give a number from 0 to 1000",
        ),
        ("logs into the record", "function on_batch_end(step) {\n\n  log('val/loss', 1);\n}", "on_batch_end", 3, "\"my/val/loss\""),
        (
            "loops without end",
            "function on_batch_end(step) {\n  let x = 1;\n  while (x > 0)\n    x += 1;\n}",
            "on_batch_end",
            3,
            "longer than its 250 ms",
        ),
        (
            "loops without end behind a catch",
            "function on_batch_end(step) {\n  for (;;) { try {\n for (const x of [1]) { while (1); }\n } catch {} }\n}",
            "on_batch_end",
            3,
            "longer than its 250 ms",
        ),
        (
            "never comes back in another way",
            "\nfunction on_batch_end(step) {\n  /^(a+)+$/.test('a'.repeat(60) + 'b');\n}",
            "on_batch_end",
            2,
            "has not come back for 2 s",
        ),
    ];
    Visit::new().run(|page| {
        for (what, text, hook, line, message) in cases {
            let (_, end, script) = train_with(page, text);
            assert_eq!((&end["reason"], &end["step"]), (&json!("completed"), &json!(28)), "{what}");
            let found = (&script["state"], &script["hook"], &script["line"]);
            assert_eq!(found, (&json!("broken"), &json!(hook), &json!(line)), "{what}: {script}");
            assert!(script["problem"].as_str().is_some_and(|problem| problem.contains(message)), "{what}: {script}");
            assert!(page.text("#notices").contains(&format!("line {line}")), "{what}: {}", page.text("#notices"));
            assert!(page.text("#scripts .script-state").starts_with(&format!("switched off: line {line}, in {hook}")), "{what}");
            assert_eq!(page.number("return document.querySelectorAll('.wrong-line').length;"), 1.0);
            assert_eq!(page.text("#scripts .wrong-line"), line.to_string());
        }
        assert_eq!(page.number("return document.querySelectorAll('iframe').length;"), 0.0, "nothing of them is left");

        let thrown = page.attempt("return emberscope.setScript('mine', 'let a = 1;\\nlet b = ;\\n', true);").expect_err("it is wrong");
        assert_eq!(thrown["code"], "script");
        assert!(thrown["message"].as_str().is_some_and(|message| message.contains("line 2: SyntaxError")), "{thrown}");
        let thrown = page.attempt("return emberscope.setScript('mine', 'function on_epoch_end() {\\n', true);").expect_err("it is open");
        assert!(thrown["message"].as_str().is_some_and(|message| message.contains("line 2: SyntaxError")), "{thrown}");
        let thrown = page.attempt("return emberscope.setScript('mine', '\\nimport(\"./emberscope.js\");', true);").expect_err("it loads");
        assert!(thrown["message"].as_str().is_some_and(|message| message.contains("line 2: import is not there")), "{thrown}");
        let thrown = page.attempt("return emberscope.setScript('mine', '\\nfor (;;) ;', true);").expect_err("it does not end");
        assert!(thrown["message"].as_str().is_some_and(|message| message.contains("line 2: took longer than its 250 ms")), "{thrown}");
    });
}

#[test]
fn comes_switched_off_from_outside_until_the_visitor_switches_it_on() {
    Visit::new().run(|page| {
        let text = "function on_epoch_end(epoch, logs) { log('my/value', epoch); }";
        let config = format!("{{ ...{SMALL}, scripts: [{{ name: 'theirs', text: {} }}] }}", json!(text));
        let run = page.start(&config);
        page.finished(run);
        assert_eq!(page.series(run, "my/value"), Vec::<f32>::new());
        let script = page.ask("return emberscope.scripts()[0];");
        assert_eq!((&script["state"], &script["fromOutside"]), (&json!("off"), &json!(true)));
        assert!(
            !page.ask("return document.querySelector('.script-foreign').offsetParent?.localName ?? null;").is_null(),
            "the note is seen"
        );
        assert!(page.text(".script-foreign").contains("written by someone else; read it, then switch it on"));
        assert!(!page.ask("return JSON.stringify(emberscope.config());").as_str().unwrap_or_default().contains("\"on\""));

        page.click(".script input[role=switch]");
        page.until("emberscope.scripts()[0].state === 'on'", 10);
        assert!(page.ask("return document.querySelector('.script-foreign').offsetParent;").is_null(), "the note is gone");
        page.click("#main-action");
        page.until("e2e.lastRun().id === 2 && e2e.lastRun().state === 'finished'", 60);
        page.finished(2);
        assert_eq!(page.series(2, "my/value"), [0.0, 1.0]);

        // The same name with another text is another callback.
        page.ask(&format!(
            "const config = {config}; config.scripts[0].text += '\\n// changed'; return emberscope.start(config).then(emberscope.finished);"
        ));
        assert_eq!(page.series(3, "my/value"), Vec::<f32>::new());
        assert_eq!(page.ask("return emberscope.scripts()[0].state;"), "off");
    });
}

#[test]
fn is_written_in_the_page_from_an_example_and_left_by_keyboard() {
    Visit::new().run(|page| {
        let options = page.number("return document.querySelectorAll('#script-example option').length;") as u32;
        for index in 0..options {
            page.ask(&format!(
                "const menu = document.querySelector('#script-example'); menu.value = {index}; menu.dispatchEvent(new Event('change'));"
            ));
            page.click("#script-add");
        }
        page.until(&format!("document.querySelectorAll('.script').length === {options}"), 5);
        page.ask(
            "document.querySelectorAll('.script input[role=switch]').forEach(one => one.click());
             await e2e.until('all read', () => emberscope.scripts().every(one => one.state === 'on'), 20000);",
        );
        let run = page.ask(
            "const scripts = emberscope.config().scripts;
             const config = { ...emberscope.defaultConfig('mlp'), scripts, device: 'cpu', epochs: 2, data: { name: 'digits', samples: 1500 } };
             return emberscope.start(config, { runScripts: true });",
        );
        let run = run.as_u64().expect("an id");
        page.finished(run);
        let scripts = page.ask("return emberscope.scripts();");
        for script in scripts.as_array().into_iter().flatten() {
            assert_eq!(script["state"], "on", "{script}");
        }
        for (name, values) in [("smooth/loss", 40), ("speed/batches_per_second", 2), ("gradient/usual", 1)] {
            assert_eq!(page.series(run, name).len(), values, "{name}");
        }

        // The keyboard goes in, writes, and comes out again.
        const TAB: char = '\u{e004}';
        const ESCAPE: char = '\u{e00c}';
        page.ask("const area = document.querySelector('.script textarea'); area.focus(); area.setSelectionRange(0, 0);");
        page.press(TAB);
        assert_eq!(page.ask("return [document.activeElement.localName, document.activeElement.value.slice(0, 5)];"), json!(["textarea", "  // "]));
        page.press(ESCAPE);
        page.press(TAB);
        assert_ne!(page.ask("return document.activeElement.localName;"), "textarea");
        page.until("emberscope.config().scripts[0].text.startsWith('  // ')", 5);
        page.until("emberscope.scripts()[0].state === 'on'", 10);
    });
}

#[test]
fn an_older_run_s_text_comes_back_switched_off() {
    Visit::new().run(|page| {
        let (text, other) =
            ("function on_epoch_end(epoch) { print('first ' + epoch); }", "function on_epoch_end(epoch) { print('second'); }");
        let (run, _, script) = train_with(page, text);
        assert_eq!(console(&script), ["first 0", "first 1"]);
        page.ask(&format!("await emberscope.setScript('mine', {}, true);", json!(other)));
        assert_eq!(page.ask("return emberscope.scripts()[0].state;"), json!("on"));
        page.click(&format!("tr[data-run=\"{run}\"] .run-more"));
        page.click(&format!("tr[data-run=\"{run}\"] + tr .run-edit"));
        page.until(&format!("emberscope.scripts()[0].text === {}", json!(text)), 5);
        assert_eq!(page.ask("return emberscope.scripts()[0].state;"), json!("off"));
        let run = page.start("");
        page.finished(run);
        assert_eq!(page.ask("return emberscope.scripts()[0].console.length;"), json!(0), "it was not called");
    });
}

#[test]
fn a_pause_while_a_run_waits_for_its_scripts_stays_a_pause() {
    Visit::new().run(|page| {
        let text = json!("function on_train_begin() { print('ready'); log('mine/begun', 1); }");
        let config = format!("{{ ...{SMALL}, epochs: 100, scripts: [{{ name: 'mine', text: {text} }}] }}");
        // At once, before the scripts can have answered.
        page.ask(&format!("await emberscope.start({config}, {{ runScripts: true }}); emberscope.pause();"));
        page.until("emberscope.scripts()[0].console.includes('ready')", 20);
        assert_eq!(page.number("await e2e.frames(60); return e2e.batches();"), 0.0, "it stays held when its scripts are ready");
        assert_eq!(page.text("#phase"), "Paused");
        page.ask("emberscope.step(2);");
        page.until("e2e.batches() === 2", 20);
        page.ask("emberscope.resume();");
        page.until("e2e.batches() > 10", 20);
    });
}
