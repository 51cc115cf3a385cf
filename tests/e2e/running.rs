//! Running the example by its buttons: start, pause, step, resume, a new learning rate, stop, reset.

use crate::support::{ENDLESS, Visit, report};

#[test]
fn the_example_starts_pauses_steps_goes_on_changes_its_rate_stops_and_clears() {
    Visit::new().run(|page| {
        // Its own few epochs may be over before the last button is clicked.
        page.fill("#epochs", "10000");
        page.ask(
            "window.first = NaN;
             window.watch = e2e.watchClicks('#main-action');
             const remove = emberscope.on('on_batch_end', () => { first = performance.now(); remove(); });",
        );
        page.click("#main-action");
        page.until("!Number.isNaN(first)", 60);
        report(format_args!("from click to first batch, default CNN on the CPU: {:.0} ms", page.number("return first - watch.clicked;")));
        page.until("e2e.batches() >= 10", 60);
        assert_eq!(page.text("#phase"), "Training");
        assert!(page.text("#speed").contains("samples/s"), "{}", page.text("#speed"));

        // Pause holds.
        page.click("#main-action");
        page.until("e2e.text('#phase') === 'Paused'", 10);
        report(format_args!("from click to paused, while training: {:.0} ms", page.number("return watch.said.Paused - watch.clicked;")));
        let held = page.number("return e2e.batches();");
        assert_eq!(page.number("await e2e.frames(30); return e2e.batches();"), held, "no batch is trained while it is held");
        assert_eq!(page.text("#main-action"), "Resume");

        // Step trains one.
        for extra in [1.0, 2.0] {
            page.click("#step");
            page.until(&format!("e2e.batches() >= {held} + {extra}"), 10);
            assert_eq!(page.number("await e2e.frames(30); return e2e.batches();"), held + extra, "Step trains exactly one batch");
            assert_eq!(page.text("#phase"), "Paused");
        }

        // Resume goes on, with another learning rate from some batch on.
        page.click("#main-action");
        page.until(&format!("e2e.batches() > {held} + 10"), 30);
        page.fill("#live-learning-rate", "0.0005");
        page.until("emberscope.history(e2e.lastRun().id, 'lr').lr.value.at(-1) === Math.fround(0.0005)", 10);
        let rates = page.series(1, "lr");
        let change = rates.iter().position(|&rate| rate == 0.0005).expect("it was waited for");
        assert!(rates[..change].iter().all(|&rate| rate == 0.001) && rates[change..].iter().all(|&rate| rate == 0.0005));
        assert!(change as f64 > held + 2.0, "changed at batch {change}, after {held} were trained");

        // Stop says why.
        page.click("#stop");
        let end = page.finished(1);
        assert_eq!(end["reason"], "you stopped it");
        assert_eq!(page.text("#phase"), "Stopped: you stopped it");
        assert_eq!(page.text("#main-action"), "Start");
        let batches = page.number("return e2e.batches();");
        assert_eq!(end["step"].as_f64(), Some(batches), "every batch up to the stop is recorded");

        // Reset clears.
        page.click("#reset");
        page.until("e2e.text('#phase') === 'Ready'", 5);
        assert_eq!((page.text("#latest"), page.text("#batches-shown")), (String::new(), String::new()));
        assert!(page.text("#device-badge").starts_with("CPU · "), "{}", page.text("#device-badge"));
    });
}

#[test]
fn a_stop_while_it_starts_and_a_start_by_step_are_obeyed() {
    Visit::new().run(|page| {
        // Both clicks before the worker can have answered the first.
        page.ask(
            "document.querySelector('#main-action').click();
             await e2e.until('Stop', () => !document.querySelector('#stop').disabled, 5000);",
        );
        page.ask("document.querySelector('#stop').click();");
        assert_eq!(page.finished(1)["reason"], "you stopped it");

        page.click("#step");
        page.until("e2e.text('#phase') === 'Paused' && e2e.batches() === 1", 60);
        assert_eq!(page.number("await e2e.frames(30); return e2e.batches();"), 1.0, "a run begun by Step waits after its first batch");
        page.click("#stop");
        assert_eq!(page.finished(2)["step"], 1);
    });
}

#[test]
fn a_reset_while_training_ends_the_run_and_the_next_one_works() {
    Visit::new().run(|page| {
        page.fill("#epochs", "10000");
        page.click("#main-action");
        page.until("e2e.batches() >= 5", 60);
        page.ask("window.ended = emberscope.finished(1).then(() => 'finished', ({ code }) => code);");
        page.click("#reset");
        assert_eq!(page.ask("return ended;"), "invalid_state");
        assert_eq!(page.text("#phase"), "Ready");
        page.click("#main-action");
        page.until("e2e.lastRun().id === 2 && e2e.batches() >= 5", 60);
    });
}

#[test]
fn a_stop_ends_a_held_run_though_a_question_waits_beside_it() {
    Visit::new().run(|page| {
        let run = page.start(ENDLESS);
        page.until("e2e.batches() > 5", 60);
        // In one go, so that they meet at one turn of the loop.
        page.ask("emberscope.pause(); const asked = emberscope.evaluate(); emberscope.stop('enough'); await asked;");
        assert_eq!(page.finished(run)["reason"], "enough");
    });
}

/// Epochs of a few milliseconds, each with its reports, come faster than any page can take them in: the training waits for it,
/// so that a stop is obeyed at once and the record ends where it was.
#[test]
fn a_page_is_never_far_behind_epochs_of_milliseconds() {
    Visit::new().run(|page| {
        let run =
            page.start("{ ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 300 }, epochs: 10000, device: 'cpu' }");
        page.until("e2e.batches() >= 1000", 120);
        let seen = page.number("const seen = e2e.batches(); emberscope.stop('enough'); return seen;");
        assert_eq!(page.finished(run)["reason"], "enough");
        let behind = page.number("return e2e.batches();") - seen;
        report(format_args!("{behind} batches behind after {seen}"));
        assert!(behind < 1000.0, "the page was {behind} batches behind");
    });
}

/// A browser that counts the locks of its screen, as a headless one has no screen to keep on.
const SCREEN: &str = "window.locks = 0;
    Object.defineProperty(navigator, 'wakeLock', { value: { request: async kind => {
      if (kind === 'screen') locks += 1;
      return { release: async () => { locks -= 1; } };
    } } });";

#[test]
fn the_screen_stays_on_while_a_run_trains_and_no_longer() {
    Visit::new().script(SCREEN).run(|page| {
        assert_eq!(page.number("return locks;"), 0.0);
        let run = page.start(ENDLESS);
        page.until("locks === 1", 10);
        page.ask("emberscope.pause();");
        page.until("locks === 0", 10);
        page.ask("emberscope.resume();");
        page.until("locks === 1", 10);
        page.ask("emberscope.stop('enough');");
        page.finished(run);
        page.until("locks === 0", 10);
    });
}
