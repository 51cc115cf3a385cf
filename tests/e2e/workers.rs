//! A worker that dies, never comes up, or falls silent is reported, what it recorded stays, and the next start works.

use crate::support::{Page, Visit};

/// Keeps every worker where a test can reach it.
const KEEP_WORKERS: &str = "window.workers = [];
    window.Worker = class extends Worker { constructor(...how) { super(...how); workers.push(this); } };";

const RUN: &str = "{ ...emberscope.defaultConfig('mlp'), device: 'cpu' }";

fn starts_and_trains(page: &Page) {
    page.click("#main-action");
    page.until("e2e.text('#phase') === 'Training' && e2e.batches() >= 5", 60);
    assert_eq!(page.text("#notices"), "", "the notice of the dead worker is gone");
}

#[test]
fn a_worker_that_dies_while_training_is_reported_and_replaced() {
    // Both ways in which a death is heard of: the browser's event, and a message that no healthy worker sends.
    let deaths = [
        (
            "workers[0].dispatchEvent(new ErrorEvent('error', { message: 'RuntimeError: out of memory', cancelable: true }));",
            "out of memory",
            "worker_died",
        ),
        ("workers[0].dispatchEvent(new MessageEvent('message', { data: 'garbage' }));", "cannot be understood", "protocol"),
    ];
    for (kill, says, code) in deaths {
        Visit::new().script(KEEP_WORKERS).run(|page| {
            let run = page.start(RUN);
            page.until("e2e.batches() >= 20", 60);
            page.ask(&format!("window.ended = emberscope.finished({run}).then(() => 'finished', error => error); {kill}"));
            assert_eq!(page.ask("return (await ended).code;"), code);
            assert_eq!(page.text("#phase"), "Failed");
            let notice = page.text("#notices");
            println!("{notice}");
            assert!(notice.contains(says), "{notice}");
            assert!(page.number("return e2e.batches();") >= 20.0, "what was recorded stays");
            assert!(page.text("#batches-shown").contains("batches shown"));
            starts_and_trains(page);
            assert_eq!(page.number("return workers.length;"), 2.0);
        });
    }
}

#[test]
fn loaded_data_outlives_the_worker_that_had_it() {
    Visit::new().script(KEEP_WORKERS).run(|page| {
        let pair = crate::support::mnist();
        let id = page.load_by_fetch(&pair);
        let config = format!("{{ ...emberscope.defaultConfig('mlp'), data: {{ name: 'loaded', id: '{id}' }}, device: 'cpu' }}");
        page.start(&config);
        page.until("e2e.batches() >= 5", 60);
        page.ask("workers[0].dispatchEvent(new ErrorEvent('error', { message: 'gone', cancelable: true }));");
        page.until("e2e.text('#phase') === 'Failed'", 5);
        let run = page.start(&config);
        page.until("e2e.batches() >= 5", 60);
        page.ask("emberscope.stop('enough');");
        assert_eq!(page.finished(run)["reason"], "enough");
    });
}

#[test]
fn a_worker_that_cannot_be_loaded_is_reported_and_tried_again() {
    Visit::new().expect_error("worker_cpu").run(|page| {
        // The page has its worker already; Reset while training ends it, and the next one does not come.
        page.start(RUN);
        page.until("e2e.batches() >= 1", 60);
        for file in ["worker_cpu_loader.js", "worker_cpu.js"] {
            page.site.hide(file);
        }
        page.cdp("Network.clearBrowserCache", &serde_json::json!({}));
        page.click("#reset");
        page.click("#main-action");
        page.until("e2e.text('#phase') === 'Failed'", 30);
        let notice = page.text("#notices");
        println!("{notice}");
        assert!(notice.contains("could not be loaded") && notice.contains("start again"), "{notice}");
        for file in ["worker_cpu_loader.js", "worker_cpu.js"] {
            page.site.restore(file);
        }
        starts_and_trains(page);
    });
}

#[test]
fn a_worker_that_falls_silent_is_got_rid_of_by_reset() {
    Visit::new().script(KEEP_WORKERS).run(|page| {
        page.start(RUN);
        page.until("e2e.batches() >= 5", 60);
        // Ended behind the page's back: no event tells of it.
        page.ask("workers[0].terminate();");
        page.click("#reset");
        page.until("e2e.text('#phase') === 'Ready'", 5);
        starts_and_trains(page);
    });
}
