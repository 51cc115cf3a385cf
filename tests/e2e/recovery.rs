//! A run outlives its worker: it goes on in a fresh one from its last state, on the charts that is marked, and what is trained once
//! more is compared with what was recorded. One that is lost again and again at one place ends, and says by what.

use crate::heartbeat;
use crate::store::{LONG, is_as_undisturbed, learned};
use crate::support::{ENDLESS, Extent, Flags, KEEP_WORKERS, Page, Visit, report};

/// Kills the worker that was started last, and waits for what comes of it.
const DEATHS: &str = "window.when = async condition => { while (!condition()) await new Promise(done => setTimeout(done, 5)); };
    window.die = () => workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'RuntimeError: out of memory', cancelable: true }));
    window.last = () => emberscope.runs().at(-1);
    window.rates = () => Array.from(emberscope.history(last().id, 'lr').lr?.value ?? []);
    window.changed = () => rates().indexOf(Math.fround(0.0007));";

/// A state is kept, and more than that is recorded.
const HAS_MORE: &str = "last().savedAt !== null && last().batches > last().savedAt + 20";

/// The one interruption of the last run: from where it went on, how far it was, how many batches were repeated, and whether all of
/// them were equal.
fn interruption(page: &Page) -> (f64, f64, f64, bool) {
    let told = page.ask("return last().interruptions;");
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
    let number = |name: &str| told[0][name].as_f64().unwrap_or(f64::NAN);
    (number("from"), number("reached"), number("repeated"), told[0]["differsAt"].is_null())
}

#[test]
fn a_worker_that_dies_is_replaced_and_the_run_ends_as_if_nothing_had_been() {
    Visit::new().script(KEEP_WORKERS).script(DEATHS).run(|page| {
        let run = page.start(LONG);
        page.ask(&format!("await when(() => {HAS_MORE}); die();"));
        assert_eq!(page.finished(run)["reason"], "completed");
        let (from, reached, repeated, are_equal) = interruption(page);
        report(format_args!("went on from {from}, interrupted at {reached}"));
        assert!(reached > from + 19.0 && repeated == reached - from && are_equal, "{from} {reached} {repeated}");
        let words = page.text("#interruptions");
        println!("{words}");
        assert!(
            words.contains("out of memory") && words.contains(&format!("{repeated} batches repeated, all equal to the bit")),
            "{words}"
        );
        assert_eq!(page.number("return workers.length;"), 2.0);
        page.window(1440, 1200);
        page.shoot("interrupted-light-1440", Extent::Visible);
        page.prefer("dark");
        page.window(390, 844);
        page.ask("document.querySelector('#interruptions').scrollIntoView({ block: 'end' }); await e2e.frames(3);");
        page.shoot("interrupted-dark-390", Extent::Visible);
        page.window(1440, 1000);

        let whole = page.start(LONG);
        page.finished(whole);
        assert_eq!(page.text("#interruptions"), "");
        is_as_undisturbed(page, run, &learned(page, whole));

        // Another visit is told of it too.
        page.ask("await when(() => emberscope.runs().every(({ kept }) => kept)); await new Promise(done => setTimeout(done, 1500));");
        page.open_again();
        page.until("emberscope.runs().length === 2", 30);
        page.ask("emberscope.show(1);");
        page.until("e2e.text('#interruptions').includes('all equal to the bit')", 10);
    });
}

#[test]
fn what_the_visitor_changed_after_the_state_is_changed_again_at_the_same_batch() {
    Visit::new().script(KEEP_WORKERS).script(DEATHS).run(|page| {
        page.start(ENDLESS);
        page.ask("await when(() => last().savedAt !== null);");
        page.ask(
            "emberscope.set({ learningRate: 0.0007 });
             await when(() => changed() > 0);
             await when(() => last().batches > last().savedAt + 20);
             window.at = changed();
             window.afterTheState = at > last().savedAt;
             die();
             await when(() => last().interruptions[0]?.repeated === last().interruptions[0]?.reached - last().interruptions[0]?.from);",
        );
        let (_, _, _, are_equal) = interruption(page);
        assert!(are_equal, "{}", page.text("#interruptions"));
        assert_eq!(page.ask("return changed() === at;"), true);
        report(format_args!("the change came after the state: {}", page.ask("return afterTheState;")));
        page.ask("emberscope.stop('enough');");
    });
}

#[test]
fn a_run_that_is_lost_three_times_at_one_place_has_failed_with_its_record() {
    // Both ways in which a death is heard of: the browser's event, and a message that no healthy worker sends.
    let deaths = [
        ("die();", "out of memory", "worker_died"),
        ("workers.at(-1).dispatchEvent(new MessageEvent('message', { data: 'garbage' }));", "cannot be understood", "protocol"),
    ];
    for (kill, says, code) in deaths {
        Visit::new().script(KEEP_WORKERS).script(DEATHS).run(|page| {
            let run = page.start(ENDLESS);
            page.until("e2e.batches() >= 20", 60);
            page.ask("await emberscope.keepCheckpoint('mine');");
            page.until("emberscope.checkpoints().length === 1", 10);
            page.ask(&format!("window.ended = emberscope.finished({run}).then(() => 'finished', error => error);"));
            for deaths in 1..=3 {
                page.ask(&format!("{kill} await when(() => workers.length === {} || last().state === 'failed');", deaths + 1));
            }
            let error = page.ask("return await ended;");
            assert_eq!(error["code"], code, "{error}");
            assert_eq!(page.text("#phase"), "Failed");
            let notice = page.text("#notices").to_lowercase();
            println!("{notice}");
            assert!(notice.contains("3 times at one place") && notice.contains(says), "{notice}");
            assert_eq!(page.number("return emberscope.checkpoints().length;"), 0.0, "no checkpoints of a dead worker");
            page.click("#main-action");
            page.until("e2e.text('#phase') === 'Training' && e2e.batches() >= 5", 60);
            assert_eq!(page.text("#notices"), "", "the notice of the dead worker is gone");
            assert_eq!(page.number("return workers.length;"), 4.0);
        });
    }
}

#[test]
fn a_worker_that_hangs_is_replaced_when_the_visitor_wants_it() {
    Visit::new().script(KEEP_WORKERS).script(DEATHS).run(|page| {
        heartbeat::open(page);
        page.start(ENDLESS);
        page.ask(&format!("await when(() => {HAS_MORE});"));
        heartbeat::hang(page);
        page.until("e2e.text('#silence-words')", 40);
        page.click("#replace-silent");
        page.until("last().interruptions[0]?.repeated > 0 && e2e.text('#phase') === 'Training'", 60);
        assert!(page.text("#interruptions").contains("did not answer any more"), "{}", page.text("#interruptions"));
        assert_eq!(page.text("#silence-words"), "");
        page.ask("emberscope.stop('enough');");
    });
}

#[test]
fn a_gpu_process_that_is_killed_costs_a_run_nothing_but_time() {
    Visit::new().flags(Flags::WithWebGpu).script(KEEP_WORKERS).script(DEATHS).run(|page| {
        if !page.has_gpu("the death of the GPU's process") {
            return;
        }
        let run =
            page.start("{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1000 }, epochs: 30, device: 'webgpu' }");
        page.ask(&format!("await when(() => {HAS_MORE});"));
        assert!(page.ask("return last().device;").as_str().is_some_and(|device| device.contains("WebGPU")));
        page.dev_tools().tell_browser("Browser.crashGpuProcess");
        assert_eq!(page.finished(run)["reason"], "completed");
        println!("{} {}", page.text("#interruptions"), page.ask("return [last().device, last().why];"));
        let (from, reached, repeated, _) = interruption(page);
        assert_eq!(repeated, reached - from, "{from} {reached}");
    });
}
