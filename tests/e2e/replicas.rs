//! Several workers that share each batch: the numbers are the same to the bit whoever computes them, and whoever is lost on the way.

use crate::store::{is_as_undisturbed, learned};
use crate::support::{KEEP_WORKERS, Page, Visit, report};

/// A device with four cores, and a way to wait for what passes quickly.
const CORES: &str = "window.coresNow = 4;
    Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => coresNow });
    window.when = async condition => { while (!condition()) await new Promise(done => setTimeout(done, 5)); };";

/// A small CNN with all that differs from row to row of a batch.
const SHARED: &str =
    "{ ...emberscope.defaultConfig('cnn'), data: { name: 'digits', samples: 1500 }, epochs: 4, device: 'cpu', seed: 5, workers: 3,
    monitors: { every: 7, watchBudget: 0 },
    model: { layers: [{ type: 'conv2d', filters: 6, kernel: 3 }, { type: 'batch_norm' }, { type: 'relu' }, { type: 'max_pool2d', size: 2 },
      { type: 'flatten' }, { type: 'dropout', rate: 0.25 }, { type: 'dense', units: 24 }, { type: 'relu' }] } }";

const AT_WORK: &str = "e2e.text('#device-badge').includes('3 workers at work')";

/// Trains `SHARED` on this page's worker alone.
fn alone(page: &Page) -> Vec<(String, Vec<u32>)> {
    page.ask("coresNow = 1;");
    page.open_again();
    page.ask("coresNow = 1;");
    let run = page.start(SHARED);
    page.until("e2e.text('#device-badge').includes('one worker at work')", 60);
    page.finished(run);
    assert_eq!(page.number("return workers.length;"), 1.0);
    learned(page, run)
}

#[test]
fn three_workers_train_what_one_trains() {
    Visit::new().script(KEEP_WORKERS).script(CORES).run(|page| {
        let run = page.start(SHARED);
        page.until(AT_WORK, 60);
        assert_eq!(page.finished(run)["reason"], "completed");
        assert_eq!(page.number("return workers.length;"), 3.0, "two more were started");
        let together = learned(page, run);
        // They are kept for the next run.
        let again = page.start(SHARED);
        page.until(AT_WORK, 60);
        page.finished(again);
        assert_eq!(page.number("return workers.length;"), 3.0);
        is_as_undisturbed(page, again, &together);
        let alone = alone(page);
        for ((name, one), (_, other)) in together.iter().zip(&alone) {
            assert!(one == other, "{name}: {} values of three workers, {} of one", one.len(), other.len());
        }
        assert_eq!(together.len(), alone.len());
    });
}

#[test]
fn a_replica_that_dies_or_falls_silent_costs_time_and_nothing_else() {
    Visit::new().script(KEEP_WORKERS).script(CORES).run(|page| {
        let long = format!("{{ ...{SHARED}, epochs: 40 }}");
        let run = page.start(&long);
        page.until(AT_WORK, 60);
        // One dies with a word, the other without.
        page.ask("workers[1].dispatchEvent(new ErrorEvent('error', { message: 'RuntimeError: out of memory', cancelable: true }));");
        page.until("e2e.text('#device-badge').includes('2 workers at work')", 30);
        page.ask("window.went = performance.now(); workers[2].terminate();");
        page.until("e2e.text('#device-badge').includes('one worker at work')", 60);
        report(format_args!("a silent replica was given up after {} ms", page.number("return Math.round(performance.now() - went);")));
        assert_eq!(page.ask("return emberscope.runs()[0].state;"), "running");
        assert_eq!(page.finished(run)["reason"], "completed");
        assert_eq!(page.ask("return emberscope.runs()[0].interruptions;"), serde_json::json!([]), "the run itself was not interrupted");
        // The next run has a new one for the one that the page knows to be dead; that another is silent only its worker knows.
        let again = page.start(&long);
        page.until("e2e.text('#device-badge').includes('2 workers at work')", 60);
        page.finished(again);
        is_as_undisturbed(page, run, &learned(page, again));
    });
}

#[test]
fn the_quickest_way_is_measured_and_set() {
    Visit::new().script(CORES).run(|page| {
        page.ask("coresNow = 2;");
        page.click("#preset option[value=cnn]");
        page.click("#measure");
        page.until("e2e.text('#measure') === 'Measuring …'", 5);
        page.until("e2e.text('#paces').startsWith('Milliseconds a batch: 1 worker ')", 60);
        let words = page.text("#paces");
        report(format_args!("{words}"));
        let set = page.ask("const { device, workers = 1 } = emberscope.config(); return [device, workers];");
        assert_eq!(set[0], "cpu");
        assert!(
            words.contains("2 workers ") && words.contains(if set[1] == 2 { "with 2 workers is set" } else { "with 1 worker is set" }),
            "{words}, {set}"
        );
        assert_eq!(page.number("return emberscope.runs().length;"), 0.0, "nothing of it is kept");
        // It is not said of another model.
        page.fill("#batch-size", "32");
        page.until("e2e.text('#paces') === ''", 5);
        let run = page.start("{ ...emberscope.defaultConfig('mlp'), epochs: 10000, device: 'cpu' }");
        let refused = page.attempt("return await emberscope.measure();").unwrap_err();
        assert!(refused["message"].as_str().is_some_and(|words| words.contains("a run is going on")), "{refused}");
        page.ask("emberscope.stop('enough');");
        page.finished(run);
        let paces = page.ask("return await emberscope.measure();");
        assert_eq!(paces.as_array().map(Vec::len), Some(2), "{paces}");
        assert!(paces[0]["batchMs"].as_f64().is_some_and(|ms| ms > 0.0) && paces[1]["workers"] == 2, "{paces}");
    });
}
