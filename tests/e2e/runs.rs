//! Several runs: overlaid and tabled with the numbers that they recorded, renamed, deleted, run again, with several
//! seeds; and their configuration as a link and as a file.

use crate::support::{ENDLESS, Page, Visit, numbers, on_disk, report};
use serde_json::{Value, json};

/// A run of a second or less.
const SMALL: &str = "{ ...emberscope.defaultConfig('planar'), epochs: 6, device: 'cpu' }";

fn trained(page: &Page, config: &str) -> u64 {
    let run = page.start(config);
    page.finished(run);
    run
}

/// The text of the cells of a run's (or group's) line, after the name.
fn cells(page: &Page, run: u64) -> Vec<String> {
    let script = format!(
        "return [...document.querySelectorAll('tr[data-run=\"{run}\"] > td')].slice(1, -1).map(cell => cell.textContent.replace(/[\\u202f\\u00a0]/g, ' '));"
    );
    page.ask(&script).as_array().into_iter().flatten().map(|cell| cell.as_str().unwrap_or_default().to_owned()).collect()
}

fn act(page: &Page, run: u64, action: &str) {
    let selector = format!("tr[data-run=\"{run}\"] .run-more");
    if page.ask(&format!("return document.querySelector({selector:?}).getAttribute('aria-expanded');")) == "false" {
        page.click(&selector);
    }
    page.click(&format!("tr[data-run=\"{run}\"] + tr .run-{action}"));
}

/// Three significant digits, as the page writes losses.
fn three_digits(value: f64) -> String {
    let decimals = (2.0 - (1.0005 * value).abs().log10().floor()).max(0.0) as usize;
    format!("{value:.decimals$}")
}

#[test]
fn overlaid_runs_are_drawn_and_the_table_says_what_they_recorded() {
    Visit::new().run(|page| {
        let first = trained(page, SMALL);
        let second = trained(page, &format!("{{ ...{SMALL}, optimizer: {{ name: 'adam', learningRate: 0.03 }}, epochs: 4 }}"));
        page.until(&format!("document.querySelector('tr[data-run=\"{first}\"]') && document.querySelector('tr[data-run=\"{second}\"]')"), 10);
        for (run, epochs) in [(first, 6), (second, 4)] {
            let losses = page.series(run, "val/loss");
            let accuracies = page.series(run, "val/accuracy");
            assert_eq!(losses.len(), epochs);
            let (best, lowest) = losses.iter().enumerate().fold((0, f32::INFINITY), |a, (at, &loss)| if loss < a.1 { (at, loss) } else { a });
            let expected = [
                "done".to_owned(),
                three_digits(f64::from(losses[epochs - 1])),
                format!("{} ({})", three_digits(f64::from(lowest)), best + 1),
                format!("{:.2} %", 100.0 * accuracies[epochs - 1]),
            ];
            let found = cells(page, run);
            assert_eq!(found[..4], expected, "run {run}");
            assert_eq!((&found[5], &found[8]), (&format!("{epochs}/{epochs}"), &"1".to_owned()));
        }
        // In words against the run that is shown, and against the pinned one.
        let words = |run: u64| page.text(&format!("tr[data-run=\"{run}\"] + tr .run-difference"));
        assert_eq!(words(first), "learning rate 0.03 → 0.01; epochs 4 → 6");
        act(page, first, "pin");
        page.until(&format!("e2e.text('tr[data-run=\"{second}\"] + tr .run-difference').startsWith('learning rate 0.01 → 0.03')"), 5);

        // One tick draws the other run on every chart, in its own colour, with its name and readings.
        assert_eq!(page.ask("return document.querySelectorAll('.legend-run').length;"), 0);
        let colours = "(() => { const colours = new Set();
             const canvas = document.querySelectorAll('#chart-loss canvas')[1];
             const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
             for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) colours.add([data[at] >> 4, data[at + 1] >> 4, data[at + 2] >> 4].join());
             return colours.size; })()";
        page.ask("document.querySelector('#chart-loss').scrollIntoView(); await e2e.frames(5);");
        let alone = page.number(&format!("return {colours};"));
        page.click(&format!("tr[data-run=\"{first}\"] .run-overlay"));
        page.until("document.querySelectorAll('.legend-run').length >= 8", 5);
        page.ask("document.querySelector('#chart-loss').scrollIntoView();");
        // A further colour on the loss chart.
        page.until(&format!("{colours} > {alone}"), 5);
        assert!(page.text("#chart-batch-loss .legend-run").contains("Run 1"));
        // The cursor reads the overlaid run's recorded value.
        page.ask(
            "const chart = document.querySelector('#chart-loss .chart'); chart.focus();
             chart.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home', bubbles: true })); await e2e.frames(5);",
        );
        let reading = page.text("#chart-loss .legend-run .reading");
        assert!(reading.contains(&three_digits(f64::from(page.series(first, "val/loss")[0]))), "{reading}");

        // Eight overlaid runs on charts of every batch, beside none.
        let watched = || {
            page.ask("document.querySelector('#chart-batch-loss').scrollIntoView(); await e2e.frames(5);");
            page.ask(&format!("window.stopWatching = e2e.watchFrames(); window.last = await emberscope.start({{ ...{SMALL}, epochs: 40 }});"));
            page.ask("await emberscope.finished(last);");
            let frames = page.ask("return stopWatching();");
            ["median", "p95", "longestTask"].map(|key| frames[key].as_f64().unwrap_or(f64::NAN))
        };
        page.ask("emberscope.overlay(1, false);");
        let without = watched();
        page.ask(&format!(
            "for (let seed = 2; seed < 10; seed += 1) {{
                 const run = await emberscope.start({{ ...{SMALL}, seed, epochs: 40 }});
                 await emberscope.finished(run);
                 emberscope.overlay(run);
             }}"
        ));
        let with = watched();
        report(format_args!("[median, 95 %] of frames and the longest task in ms while training: {without:?} alone, {with:?} with eight runs overlaid"));
    });
}

#[test]
fn a_run_is_renamed_run_again_to_the_same_numbers_and_deleted() {
    Visit::new().run(|page| {
        let first = trained(page, SMALL);
        page.until(&format!("document.querySelector('tr[data-run=\"{first}\"]')"), 10);
        act(page, first, "rename");
        page.until("document.activeElement?.className === 'run-name-field'", 5);
        // By hand: the driver's own clearing leaves the field, which takes what is in it.
        page.ask(
            "const field = document.activeElement; field.value = '  small   net ';
             field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));",
        );
        page.until(&format!("e2e.text('tr[data-run=\"{first}\"] .run-name') === 'small net'"), 5);

        act(page, first, "rerun");
        page.until("emberscope.runs().length === 2", 10);
        let again = 2;
        page.finished(again);
        assert_eq!(page.series(first, "batch/loss"), page.series(again, "batch/loss"), "the same configuration and seed, the same numbers");
        let runs =
            page.ask("return emberscope.runs().map(({ name, differences, shown, bytes }) => ({ name, differences, shown, bytes }));");
        assert_eq!((&runs[0]["name"], &runs[0]["differences"]), (&json!("small net"), &json!("")));
        assert_eq!((&runs[1]["shown"], &runs[1]["differences"]), (&json!(true), &Value::Null));
        assert_eq!(page.ask("return emberscope.rename(2, 'small net');"), "small net (2)");

        // What a run takes up is what its values need: four bytes each and a little more.
        let values = page.number("return Object.values(emberscope.history(1)).reduce((sum, { value }) => sum + value.length, 0);");
        let bytes = runs[0]["bytes"].as_f64().unwrap_or_default();
        report(format_args!("a run of {values} values takes {bytes} bytes"));
        assert!(bytes > 4.0 * values && bytes < 4.0 * values + 200_000.0, "{bytes} bytes for {values} values");

        // One that is going on cannot go; one that ended goes when it was asked for twice.
        page.ask(&format!("window.live = await emberscope.start({ENDLESS});"));
        let refused = page.attempt("emberscope.delete(live);").expect_err("it is going on");
        assert_eq!(refused["code"], "invalid_state");
        page.ask("emberscope.show(1);");
        page.until("e2e.text('.shown-run').includes('small net; Run 3 is going on')", 5);
        page.ask("emberscope.stop(); await emberscope.finished(live).catch(() => {});");
        let before = page.text("#runs-usage");
        act(page, first, "delete");
        page.until(&format!("e2e.text('tr[data-run=\"{first}\"] + tr .run-delete') === 'Really delete?'"), 5);
        assert_eq!(page.ask("return emberscope.runs().length;"), 3, "asked first");
        act(page, first, "delete");
        page.until("emberscope.runs().length === 2 && emberscope.runs().every(({ id }) => id !== 1)", 5);
        page.until(&format!("e2e.text('#runs-usage') !== {before:?}"), 5);
        assert!(page.attempt("return emberscope.history(1);").is_err());
        assert_eq!(page.start(SMALL), 4, "ids are not given twice");
    });
}

#[test]
fn seeds_are_trained_in_turn_with_their_median_and_range_and_can_be_called_off() {
    Visit::new().run(|page| {
        // What is said in the middle is taken down by a hook: a look from outside may come when the second has ended.
        page.ask(&format!(
            "window.midway = null;
             emberscope.on('on_epoch_end', ({{ run }}) => {{ if (run === 2) midway ??= [e2e.text('#seeds-words'), emberscope.groups()[0].words]; }});
             window.seeds = emberscope.runSeeds({{ ...{SMALL}, seed: 11 }}, 3);"
        ));
        let group = page.ask("return seeds;");
        let midway = page.ask("return midway;");
        assert!(midway[0].as_str().is_some_and(|words| words.starts_with("Seed 12 is being trained (2 of 3)")), "{midway}");
        let claim = "seeds 11 to 13: 1 of 3 finished; median (lowest to highest) of these";
        assert_eq!(midway[1], claim);
        assert_eq!((&group["finished"], &group["asked"]), (&json!(3), &json!(3)));
        assert_eq!(page.ask("return emberscope.runs().map(({ seed }) => seed);"), json!([11, 12, 13]));
        for (name, last) in [("val/loss", true), ("val/loss", false), ("val/accuracy", true)] {
            let mut values: Vec<f32> = (1..=3)
                .map(|run| {
                    let series = page.series(run, name);
                    if last { series[series.len() - 1] } else { series.into_iter().fold(f32::INFINITY, f32::min) }
                })
                .collect();
            values.sort_by(f32::total_cmp);
            let found = &group[name][if last { "last" } else { "best" }];
            for (key, expected) in [("min", values[0]), ("median", values[1]), ("max", values[2])] {
                assert_eq!(found[key].as_f64().map(|value| value as f32), Some(expected), "{key} of {name}");
            }
        }
        // The median curve, batch by batch.
        let runs: Vec<Vec<f32>> = (1..=3).map(|run| page.series(run, "batch/loss")).collect();
        let medians = numbers(&page.ask("return [...emberscope.groups()[0].medians['batch/loss'].value];"));
        assert_eq!(medians.len(), runs[0].len());
        for (at, median) in medians.iter().enumerate() {
            let mut values = [runs[0][at], runs[1][at], runs[2][at]];
            values.sort_by(f32::total_cmp);
            assert_eq!(*median, values[1], "batch {at}");
        }
        assert!(page.text("#chart-loss .legend-run").contains("Seeds 1 (median and range of 3, each run faint)"));
        let id = group["id"].as_u64().expect("an id");
        let line = cells(page, id);
        assert_eq!(line[0], "3 of 3");
        assert!(
            line[1].contains(" – ") && line[1].starts_with(&three_digits(group["val/loss"]["last"]["median"].as_f64().unwrap_or(0.0))),
            "{line:?}"
        );

        // By the button, and called off by Stop: nothing more is claimed than was trained.
        page.ask(&format!("window.wanted = {ENDLESS}; location.hash = emberscope.link(wanted).split('#')[1];"));
        page.until("emberscope.config().epochs === wanted.epochs", 10);
        page.fill("#seed-count", "2");
        page.click("#run-seeds");
        page.until("e2e.text('#phase') === 'Training' && !document.querySelector('#stop').disabled", 60);
        page.click("#stop");
        page.until("e2e.text('#seeds-words') === ''", 20);
        let second = page.ask("return emberscope.groups()[0];");
        assert_eq!((&second["finished"], second["runs"].as_array().map(Vec::len)), (&json!(0), Some(1)), "{second}");
        assert!(second["words"].as_str().is_some_and(|words| words.contains("none finished yet, the rest cancelled")), "{second}");
        let refused = page.attempt(&format!("return emberscope.runSeeds({SMALL}, 1000);")).expect_err("too many");
        assert!(refused["hint"].as_str().is_some_and(|hint| hint.contains("2 to 32")), "{refused}");
    });
}

#[test]
fn a_link_fills_the_setup_of_a_fresh_window_and_a_wrong_one_is_refused() {
    Visit::new().run(|page| {
        assert_eq!(page.ask("return location.hash;"), "", "the address is clean until a link is asked for");
        page.fill("#epochs", "17");
        page.fill("#seed", "23");
        page.ask("window.wanted = emberscope.config();");
        page.click("#copy-link");
        page.until("location.hash.startsWith('#c=1.')", 5);
        page.until("e2e.text('#share-words') !== ''", 5);
        let (fragment, wanted) = (page.ask("return location.hash;"), page.ask("return wanted;"));
        let fragment = fragment.as_str().expect("text");
        report(format_args!("a link with two changed values has {} characters after the #", fragment.len() - 1));

        page.open_at(fragment);
        assert_eq!(page.ask("return emberscope.config();"), wanted);
        assert_eq!(
            (page.text("#phase"), page.ask("return emberscope.runs().length;")),
            ("Ready".to_owned(), json!(0)),
            "it starts nothing"
        );

        for (broken, says) in [
            (fragment.replace("c=1.", "c=7."), "format 7"),
            (fragment[..fragment.len() - 3].to_owned(), "damaged"),
            (format!("#c=1.{}", "A".repeat(20_000)), "20000 characters"),
        ] {
            page.open_at(&broken);
            page.until("e2e.text('#notices') !== ''", 5);
            assert!(page.text("#notices").contains(says), "{}", page.text("#notices"));
            assert_eq!(page.ask("return emberscope.config();"), page.ask("return emberscope.defaultConfig();"), "the default loads");
        }

        // A new fragment while the page is open: taken, but not while a run is going on.
        page.ask(&format!("location.hash = {fragment:?};"));
        page.until("emberscope.config().seed === 23", 5);
        page.start(ENDLESS);
        page.until("e2e.text('#phase') === 'Training'", 60);
        page.ask(&format!("location.hash = '#run-bar'; location.hash = {fragment:?};"));
        page.until("e2e.text('#notices').toLowerCase().includes('a run is going on')", 5);
        assert_eq!(page.ask("return emberscope.config().seed;"), 1);
        page.ask("emberscope.stop();");
        let refused = page.attempt("return emberscope.link({ ...emberscope.defaultConfig('mlp'), data: { name: 'loaded', id: 'mine' } });");
        assert!(refused.expect_err("own files")["message"].as_str().is_some_and(|message| message.contains("own files")));
    });
}

#[test]
fn a_configuration_is_saved_and_comes_back_by_picker_and_by_drop() {
    Visit::new().run(|page| {
        let config = page.ask("return { ...emberscope.defaultConfig('planar'), epochs: 9, seed: 77 };");
        let file = on_disk("config.json", &serde_json::to_vec_pretty(&config).expect("JSON"));
        page.upload("#config-file", &[file]);
        page.until("emberscope.config().seed === 77", 10);
        assert_eq!(page.ask("return emberscope.config();"), config);
        assert_eq!(page.text("#share-words"), "The setup is that of config.json.");

        // What is saved is what is read.
        let saved = page.ask(
            "let blob; const make = URL.createObjectURL; URL.createObjectURL = made => { blob = made; return make(made); };
             document.querySelector('#save-config').click(); URL.createObjectURL = make;
             return JSON.parse(await blob.text());",
        );
        assert_eq!(saved, config);

        let drop = |name: &str, content: &str| {
            page.ask(&format!(
                "const files = new DataTransfer(); files.items.add(new File([{content:?}], {name:?}));
                 document.querySelector('.page').dispatchEvent(new DragEvent('drop', {{ dataTransfer: files, bubbles: true, cancelable: true }}));"
            ));
        };
        let other = page.ask("return JSON.stringify({ ...emberscope.defaultConfig('mlp'), seed: 5 });");
        drop("whatever.txt", other.as_str().expect("text"));
        page.until("emberscope.config().seed === 5", 10);
        drop("config.json", "{ \"epochs\": 3 }");
        page.until("e2e.text('#notices').includes('config.json') && e2e.text('#notices').includes('missing field')", 10);
        assert_eq!(page.ask("return emberscope.config().seed;"), 5, "what is wrong changes nothing");
    });
}
