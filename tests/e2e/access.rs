//! Access for everybody: nothing is cut off at any width, and axe, the accessibility checker, finds nothing in any state of
//! the page, light and dark.

use crate::support::{ENDLESS, Page, Visit, report};
use serde_json::json;

/// axe-core as published; `vendor/README.md` says from where.
const AXE: &str = include_str!("vendor/axe.min.js");

/// Widths of windows: a phone, a tablet upright and across, and three screens.
const WIDTHS: [(u32, u32); 6] = [(390, 844), (768, 1024), (1024, 768), (1440, 900), (1920, 1080), (2560, 1440)];

/// Trains so that every section of the page has something to show, and unfolds what can be unfolded.
fn fill_all_sections(page: &Page) {
    let run = page.start(
        "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1500 }, epochs: 3, device: 'cpu', monitors: { every: 5, trainSubset: 128 },
           callbacks: [{ name: 'model_checkpoint', monitor: 'val/loss' }],
           scripts: [{ name: 'mine', text: 'function on_batch_end(step, logs) { log(\"my/size\", logs.size); print(step); }' }] }, { runScripts: true }",
    );
    page.finished(run);
    // A diverged run: with findings, and something to compare.
    let diverged = page.start(
        "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1500 }, epochs: 2, device: 'cpu', optimizer: { name: 'sgd', learningRate: 1000 } }",
    );
    page.finished(diverged);
    page.ask(&format!("emberscope.show({run}); emberscope.overlay({diverged}, true); emberscope.lookAtBatch(3);"));
    page.until("document.querySelectorAll('#batch-samples tr, .batch-samples li').length > 2", 20);
    unfold(page);
}

/// Unfolds all that is folded, and opens the table of one chart.
fn unfold(page: &Page) {
    page.ask(
        "for (const folded of document.querySelectorAll('details:not(.tool-menu)')) folded.open = true;
         for (const button of document.querySelectorAll('.explain[aria-expanded=\"false\"]')) button.click();
         document.querySelector('#chart-batch-time .tools [aria-label=\"table\"][aria-pressed=\"false\"]')?.click();
         document.querySelector('.run-more[aria-expanded=\"false\"]')?.click();
         await e2e.frames(3);",
    );
}

#[test]
fn nothing_is_cut_off_or_wider_than_the_page() {
    Visit::new().script(include_str!("access.js")).run(|page| {
        fill_all_sections(page);
        let mut found = Vec::new();
        for (width, height) in WIDTHS {
            page.window(width, height);
            // Before anything is scrolled to: charts out of view keep their size until they are painted again.
            let sideways =
                page.ask("await access.settled(); const page = document.scrollingElement; return page.scrollWidth - page.clientWidth;");
            if sideways != 0 {
                found.push(format!("{width}: the page can be scrolled sideways by {sideways} px"));
            }
            page.ask("await e2e.seeEverything();");
            assert_eq!(page.number("return innerWidth;"), f64::from(width), "nothing forces a wider layout");
            let misfits = page.ask("return access.misfits();");
            found.extend(misfits.as_array().into_iter().flatten().map(|misfit| format!("{width}: {misfit}")));
            let scrolled = page.ask("return access.scrolled();");
            report(format_args!("at {width} px wide is scrolled sideways: {scrolled}"));
            // A screen has room for all tables but those with a column for everything, or for every curve of every run.
            let has_many_columns =
                |label: &serde_json::Value| label.as_str().is_some_and(|label| label == "Table of runs" || label.starts_with("Values of "));
            if width >= 1024 {
                let others = scrolled.as_array().into_iter().flatten().filter(|label| !has_many_columns(label));
                found.extend(others.map(|label| format!("{width}: {label} has to be scrolled")));
            }
        }
        assert!(found.is_empty(), "{found:#?}");
    });
}

#[test]
fn axe_finds_nothing_in_any_state_of_the_page() {
    Visit::new().script(include_str!("access.js")).run(|page| {
        let mut found = Vec::new();
        for scheme in ["light", "dark"] {
            page.prefer(scheme);
            page.open();
            // By the protocol: the page's policy lets nothing else in.
            page.cdp("Runtime.evaluate", &json!({ "expression": AXE, "returnByValue": true }));
            let mut check = |state: &str| {
                let violations = page.ask("return access.violations();");
                found.extend(violations.as_array().into_iter().flatten().map(|words| format!("{scheme}, {state}: {words}")));
            };
            check("fresh");
            unfold(page);
            check("with the setup unfolded");
            page.start(ENDLESS);
            page.until("e2e.batches() >= 30", 60);
            page.ask("emberscope.pause();");
            page.until("e2e.text('#phase') === 'Paused'", 10);
            check("paused");
            page.click("#slow-step");
            page.until("e2e.text('#slow-act').includes('Forward')", 30);
            page.click("#slow-next");
            check("a step in slow motion");
            page.click("#slow-close");
            page.ask("emberscope.stop('enough'); await emberscope.finished(e2e.lastRun().id);");
            fill_all_sections(page);
            page.ask("access.colourAll();");
            check("after runs, with all sections");
            page.click(".board-help");
            page.until("document.querySelector('#chart-help').open", 5);
            check("with the help open");
            page.ask("document.querySelector('#chart-help').close();");
            page.ask("document.querySelector('#chart-loss .tool-menu').open = true;");
            page.fill("#learning-rate", "-5");
            page.until("e2e.text('#notices') !== '' || document.querySelector('.problem')", 5);
            check("with a menu open and a field refused");
            page.window(390, 844);
            page.ask("await access.settled();");
            check("on a phone, with the setup over the page");
            page.click("#close-setup");
            page.ask("await access.settled();");
            check("on a phone");
            page.window(1440, 1000);
            for thing in ["Loss", "Network"] {
                page.ask("document.activeElement.blur();");
                page.press('p');
                while !page.text("#stage-words").starts_with(thing) {
                    page.click("#stage-next");
                }
                check(&format!("presenting: {thing}"));
                page.click("#stage-leave");
            }
        }
        assert!(found.is_empty(), "{found:#?}");
    });
}
