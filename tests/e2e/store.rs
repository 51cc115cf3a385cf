//! Runs that outlive their tab: the page is opened again, in mid-run too, and what was recorded is there; deleting deletes; damage,
//! another tab and a browser that keeps nothing are no trouble.

use crate::support::{ENDLESS, Page, Visit, report};
use serde_json::{Value, json};

/// A few seconds' training.
pub const SMALL: &str = "{ ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 1000 }, epochs: 2, device: 'cpu' }";

/// Waits until the page keeps runs, and has none on their way.
pub fn is_kept(page: &Page, run: u64) {
    page.until(&format!("emberscope.runs().find(({{ id }}) => id === {run})?.kept"), 20);
    // What was recorded goes to the device a few times a second.
    page.ask("await new Promise(done => setTimeout(done, 1500));");
}

/// Opens the page anew and waits until it has so many runs.
pub fn again(page: &Page, runs: usize) {
    page.open_again();
    page.until(&format!("emberscope.runs().length === {runs} && e2e.text('#runs-kept').includes('kept on this device')"), 30);
}

/// The runs that the page has.
pub fn runs(page: &Page) -> Vec<Value> {
    let runs = page.ask("return emberscope.runs().map(({ id, name, state, batches, earlier, pinned, shown, weights }) => ({ id, name, state, batches, earlier, pinned, shown, weights }));");
    runs.as_array().expect("a list").clone()
}

/// The names of all files that the page keeps, by a look of the test's own.
const FILES: &str = "const list = async folder => {
    const names = [];
    for await (const entry of folder.values()) names.push(...entry.kind === 'file' ? [entry.name] : (await list(entry)).map(name => `${entry.name}/${name}`));
    return names;
  };
  return (await list(await navigator.storage.getDirectory())).sort();";

fn files(page: &Page) -> Vec<String> {
    let names = page.ask(FILES);
    names.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

#[test]
fn a_run_is_there_again_with_every_value_its_name_and_its_weights() {
    Visit::new().run(|page| {
        let run = page.start(SMALL);
        page.finished(run);
        page.ask("emberscope.rename(1, 'my net'); emberscope.pin(1);");
        let names: Vec<String> = {
            let names = page.ask("return Object.keys(emberscope.history(1)).sort();");
            names.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        let before: Vec<Vec<f32>> = names.iter().map(|name| page.series(run, name)).collect();
        let batches = page.number("return e2e.batches();");
        let weights = page.ask("return [...new Uint8Array(await (await emberscope.export(1, 'safetensors')).arrayBuffer())];");
        let predicted = page.ask("return Array.from(await emberscope.predict(new Float32Array(784), { run: 1 }));");
        is_kept(page, run);
        report(format_args!("files of one run: {:?}", files(page)));

        let begin = page.number("return performance.now();");
        again(page, 1);
        report(format_args!(
            "opened again; ready {:.0} ms after the page's begin (before: {begin:.0})",
            page.number("return performance.now();")
        ));
        let found = runs(page);
        assert_eq!((&found[0]["name"], &found[0]["state"], &found[0]["earlier"]), (&json!("my net"), &json!("finished"), &json!(true)));
        assert_eq!((&found[0]["pinned"], &found[0]["shown"], found[0]["batches"].as_f64()), (&json!(true), &json!(true), Some(batches)));
        for (name, before) in names.iter().zip(before) {
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&page.series(1, name)), bits(&before), "{name}");
        }
        let now = page.ask("return [...new Uint8Array(await (await emberscope.export(1, 'safetensors')).arrayBuffer())];");
        assert!(now == weights, "the weights are the same to the bit");
        let again_predicted = page.ask("return Array.from(await emberscope.predict(new Float32Array(784), { run: 1 }));");
        assert_eq!(again_predicted, predicted);
        assert!(page.text("tr[data-run=\"1\"] .run-mark").contains("earlier visit"));

        // It is a run like the others: another one goes its way beside it.
        let second = page.start(SMALL);
        assert_eq!(page.finished(second)["reason"], "completed");
        assert_eq!(page.series(second, "batch/loss"), page.series(1, "batch/loss"), "the same seed, the same numbers");
    });
}

#[test]
fn a_run_that_was_interrupted_is_there_as_far_as_it_came_and_can_be_deleted() {
    Visit::new().run(|page| {
        let run = page.start(ENDLESS);
        page.until("e2e.batches() >= 60", 60);
        is_kept(page, run);
        let before = page.number("return e2e.batches();");
        again(page, 1);
        let found = runs(page);
        let batches = found[0]["batches"].as_f64().unwrap_or_default();
        report(format_args!("{batches} batches are there of a run that was left at {before} or a little later"));
        assert_eq!((&found[0]["state"], &found[0]["earlier"]), (&json!("interrupted"), &json!(true)));
        assert!(batches >= 60.0 && page.series(1, "batch/loss").len() as f64 == batches);
        let words = format!("interrupted at batch {batches}; kept");
        page.until(&format!("e2e.text('tr[data-run=\"1\"]').includes({words:?})"), 10);
        page.click("tr[data-run=\"1\"] .run-more");
        page.click("tr[data-run=\"1\"] + tr .run-delete");
        page.click("tr[data-run=\"1\"] + tr .run-delete");
        page.until("emberscope.runs().length === 0", 10);
        page.ask("await new Promise(done => setTimeout(done, 1000));");
        assert_eq!(files(page), Vec::<String>::new());
        again(page, 0);
    });
}

/// A run of some seconds with much that a state must carry: Adam's means, dropout, the best weights, a rate that falls on a plateau.
pub const LONG: &str = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 2000 }, epochs: 300, device: 'cpu', seed: 7,
  model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 64 }, { type: 'relu' }, { type: 'dropout', rate: 0.25 }] },
  callbacks: [{ name: 'model_checkpoint', save: 'best' }, { name: 'reduce_lr_on_plateau', monitor: 'train/loss', factor: 0.7, patience: 1 }] }";

/// The names of the series that follow from configuration and seed alone: no times.
fn trained_series(page: &Page, run: u64) -> Vec<String> {
    let names = page.ask(&format!("return Object.keys(emberscope.history({run})).sort();"));
    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| !name.starts_with("time/") && !name.starts_with("watch/")).map(str::to_owned).collect()
}

/// Numbers as their bits.
fn bits(values: Vec<f32>) -> Vec<u32> {
    values.into_iter().map(f32::to_bits).collect()
}

/// What a run has learned: the series whose values stand at steps that follow from configuration and seed alone (looks are taken as
/// the clock allows), with the bits of all their values.
pub fn learned(page: &Page, run: u64) -> Vec<(String, Vec<u32>)> {
    let is_of_no_clock = |name: &String| ["batch/", "train/", "val/", "train_eval/", "lr"].iter().any(|begin| name.starts_with(begin));
    let names = trained_series(page, run).into_iter().filter(is_of_no_clock);
    names.map(|name| (name.clone(), bits(page.series(run, &name)))).collect()
}

/// Fails where a run has not learned what one that nobody disturbed has, to the bit.
pub fn is_as_undisturbed(page: &Page, run: u64, undisturbed: &[(String, Vec<u32>)]) {
    let learned = learned(page, run);
    assert!(["batch/loss", "val/loss"].iter().all(|wanted| undisturbed.iter().any(|(name, _)| name == wanted)));
    assert!(undisturbed.iter().all(|(_, values)| !values.is_empty()));
    let names = |series: &[(String, Vec<u32>)]| series.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&learned), names(undisturbed));
    for ((name, one), (_, other)) in learned.iter().zip(undisturbed) {
        assert!(one == other, "{name}: {} values, and {} undisturbed", one.len(), other.len());
    }
}

#[test]
fn a_run_that_was_interrupted_goes_on_and_ends_as_if_nothing_had_been() {
    Visit::new().run(|page| {
        let run = page.start(LONG);
        // At a pause a state is kept at once. One script each: the run is a matter of seconds.
        let wait = |batches: f64, then: &str| {
            page.ask(&format!("await new Promise(done => {{ const look = () => e2e.batches() >= {batches} ? done() : setTimeout(look, 5); look(); }}); {then}"))
        };
        wait(40.0, "emberscope.pause();");
        page.until("emberscope.runs()[0].state === 'paused'", 20);
        is_kept(page, run);
        assert!(files(page).iter().any(|name| name.contains("/f.")), "{:?}", files(page));
        let paused = page.number("return e2e.batches();");
        page.ask("emberscope.resume();");
        wait(paused + 60.0, "await new Promise(done => setTimeout(done, 600));");

        again(page, 1);
        let batches = runs(page)[0]["batches"].as_f64().unwrap_or_default();
        report(format_args!("paused at {paused}, interrupted at {batches}"));
        assert!(batches > paused, "{batches}");
        assert!(page.text("#interrupted").contains(&format!("was interrupted at batch {batches}")), "{}", page.text("#interrupted"));
        page.click("#interrupted button");
        page.until("emberscope.runs()[0].state === 'running'", 30);
        page.until("e2e.text('tr[data-run=\"1\"]').includes('training')", 10);
        assert_eq!(page.finished(run)["reason"], "completed");
        assert_eq!(runs(page).len(), 1);

        let whole = page.start(LONG);
        assert_eq!(page.finished(whole)["reason"], "completed");
        let names = trained_series(page, whole);
        assert!(names.iter().any(|name| name == "val/loss") && names == trained_series(page, run), "{names:?}");
        is_as_undisturbed(page, run, &learned(page, whole));
        is_kept(page, whole);
        again(page, 2);
        let found = runs(page);
        assert_eq!((&found[0]["state"], &found[0]["batches"]), (&json!("finished"), &found[1]["batches"]));
        assert_eq!(bits(page.series(1, "batch/loss")), bits(page.series(2, "batch/loss")), "what was kept is what was trained");
        // Of runs that have ended no state takes room.
        let sizes = page.ask(
            "const root = await navigator.storage.getDirectory(), states = [];
             for await (const page of root.values()) for await (const run of page.values()) for await (const file of run.values())
               if (file.name.startsWith('f.')) states.push((await file.getFile()).size);
             return states.filter(size => size === 0).length;",
        );
        assert!(sizes.as_u64().is_some_and(|empty| empty >= 1), "{sizes}");
    });
}

#[test]
fn all_runs_are_deleted_by_one_button_that_asks_first() {
    Visit::new().run(|page| {
        for _ in 0..2 {
            let run = page.start(SMALL);
            page.finished(run);
            is_kept(page, run);
        }
        again(page, 2);
        page.click("#delete-kept");
        assert_eq!((page.text("#delete-kept").as_str(), runs(page).len()), ("Really delete all?", 2));
        page.click("#delete-kept");
        page.until("emberscope.runs().length === 0", 10);
        page.ask("await new Promise(done => setTimeout(done, 1000));");
        assert_eq!(files(page), Vec::<String>::new());
        again(page, 0);
    });
}

#[test]
fn damaged_and_foreign_files_break_nothing() {
    Visit::new().run(|page| {
        let run = page.start(SMALL);
        page.finished(run);
        is_kept(page, run);
        let batches = page.number("return e2e.batches();");
        // A byte in the middle of the log, a run that is junk, and a stranger's file.
        page.ask(
            "const root = await navigator.storage.getDirectory();
             const [name] = await (async () => { const names = []; for await (const key of root.keys()) names.push(key); return names; })();
             const folder = await root.getDirectoryHandle(name);
             const keys = []; for await (const key of folder.keys()) keys.push(key);
             const log = await (await folder.getDirectoryHandle(keys[0])).getFileHandle('log');
             const bytes = new Uint8Array(await (await log.getFile()).arrayBuffer());
             bytes[bytes.length >> 1] ^= 1;
             const put = async (handle, bytes) => { const file = await handle.createWritable(); await file.write(bytes); await file.close(); };
             await put(log, bytes);
             const junk = await folder.getDirectoryHandle('00000000aaaa-00000000bbbb', { create: true });
             await put(await junk.getFileHandle('log', { create: true }), new Uint8Array(3000).fill(69));
             await put(await folder.getFileHandle('stranger', { create: true }), new Uint8Array(9));",
        );
        again(page, 1);
        assert!(page.text("#runs-kept").contains("One kept run is damaged"), "{}", page.text("#runs-kept"));
        let found = runs(page);
        assert_eq!((&found[0]["state"], &found[0]["name"]), (&json!("finished"), &json!("Run 1")));
        assert!(found[0]["batches"].as_f64().is_some_and(|found| found <= batches), "{found:?}");
        let next = page.start(SMALL);
        assert_eq!(page.finished(next)["reason"], "completed");
        is_kept(page, next);
        page.click("#delete-kept");
        page.click("#delete-kept");
        page.until("emberscope.runs().length === 0", 10);
        page.ask("await new Promise(done => setTimeout(done, 1000));");
        assert!(files(page).iter().all(|name| name.ends_with("/stranger")), "{:?}", files(page));
    });
}

/// Opens the page once more beside itself, and waits until it has brought runs back; it is `other()` from then on.
fn open_other_tab(page: &Page) {
    page.ask(
        "const frame = document.createElement('iframe'); frame.src = location.href; document.body.append(frame);
         window.other = () => frame.contentWindow.emberscope;
         window.otherText = (selector) => frame.contentDocument.querySelector(selector)?.textContent ?? '';",
    );
    page.until("other()?.runs?.().length", 30);
}

#[test]
fn a_run_of_another_tab_is_there_whole_once_that_lets_go_of_it() {
    Visit::new().run(|page| {
        let run = page.start(ENDLESS);
        page.until("e2e.batches() >= 30", 60);
        is_kept(page, run);
        open_other_tab(page);
        assert_eq!(page.ask("return other().runs()[0].state;"), "interrupted");
        page.until("otherText('#phase') === 'Going on in another tab'", 20);
        page.ask("emberscope.stop(); await emberscope.finished(1);");
        page.until("other().runs()[0]?.state === 'finished'", 20);
        assert_eq!(page.ask("return other().runs().length;"), 1);
        assert_eq!(page.ask("return other().runs()[0].batches;"), page.ask("return emberscope.runs()[0].batches;"));
        page.until("otherText('#phase').startsWith('Stopped')", 10);
    });
}

#[test]
fn another_tab_sees_a_run_that_goes_on_and_cannot_spoil_it() {
    Visit::new().run(|page| {
        let run = page.start(ENDLESS);
        page.until("e2e.batches() >= 30", 60);
        is_kept(page, run);
        open_other_tab(page);
        let other = page.ask(
            "const [run] = other().runs();
             let refused = null; try { other().rename(run.id, 'stolen'); other().delete(run.id); } catch (error) { refused = error; }
             await new Promise(done => setTimeout(done, 1500));
             return { state: run.state, earlier: run.earlier, batches: run.batches };",
        );
        assert_eq!((&other["state"], &other["earlier"]), (&json!("interrupted"), &json!(true)));
        assert!(other["batches"].as_f64().is_some_and(|batches| batches >= 30.0), "{other}");
        let batches = page.number("return e2e.batches();");
        page.until(&format!("e2e.batches() > {batches}"), 20);
        page.ask("emberscope.stop(); await emberscope.finished(1);");
        is_kept(page, run);
        let end = page.number("return e2e.batches();");
        again(page, 1);
        let found = runs(page);
        assert_eq!((&found[0]["state"], &found[0]["name"], found[0]["batches"].as_f64()), (&json!("finished"), &json!("Run 1"), Some(end)));
    });
}

#[test]
fn a_browser_that_keeps_nothing_is_told_of_and_trains_as_ever() {
    let refuse = "Object.defineProperty(Navigator.prototype, 'storage', { get: () => undefined });";
    // It asks before it is left, which a browser refuses where nobody has touched the page.
    Visit::new().script(refuse).expect_error("'beforeunload' confirmation panel").run(|page| {
        page.until("e2e.text('#runs-kept').startsWith('Runs are kept only in this tab')", 20);
        let run = page.start(SMALL);
        assert_eq!(page.finished(run)["reason"], "completed");
        assert_eq!(page.ask("return [emberscope.runs()[0].kept, document.querySelectorAll('#delete-kept').length];"), json!([false, 0]));
        page.open_again();
        page.until("e2e.text('#runs-kept') !== ''", 20);
        assert!(runs(page).is_empty());
    });
}

#[test]
fn a_page_that_was_left_and_is_brought_back_as_it_was_goes_on() {
    Visit::new().run(|page| {
        page.site.put("elsewhere.html", "<!doctype html><title>elsewhere</title>".into());
        let run = page.start(ENDLESS);
        page.until("e2e.batches() >= 30", 60);
        page.ask("addEventListener('pageshow', ({ persisted }) => { window.isBack = persisted; }); setTimeout(() => { location.href = 'elsewhere.html'; });");
        page.until("document.title === 'elsewhere'", 20);
        page.ask("await new Promise(done => setTimeout(done, 2000)); setTimeout(() => history.back());");
        // Where the browser has not kept the page, it is a visit like any other, and tested as such.
        page.until("document.title !== 'elsewhere' && window.emberscope?.runs().length === 1", 60);
        if page.ask("return window.isBack === true;") != true {
            println!("NOT TESTED: a page out of the back/forward cache; this Chromium made it anew");
            return;
        }
        let batches = page.number("return e2e.batches();");
        page.until(&format!("emberscope.runs()[0].state === 'running' && e2e.batches() > {batches} + 30"), 60);
        page.ask("emberscope.stop('enough');");
        assert_eq!(page.finished(run)["reason"], "enough");
        // The time away is in no batch that counts, but for the one in which the worker was stopped before it heard that it is hidden.
        let times = page.ask("const { 'time/batch_ms': ms, 'time/marks': marks } = emberscope.history(1, ['time/batch_ms', 'time/marks']);
             return Array.from(ms.value).filter((value, index) => value > 1000 && !(marks.value[index] & 2));");
        assert!(times.as_array().is_some_and(|times| times.len() <= 1), "{times}");
        is_kept(page, run);
        let here = learned(page, run);
        again(page, 1);
        is_as_undisturbed(page, 1, &here);
    });
}
