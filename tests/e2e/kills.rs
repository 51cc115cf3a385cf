//! A run outlives its browser: killed at any moment without a word, as by an empty battery, it goes on when the page is opened again,
//! and ends with the numbers of a run that nobody disturbed.
//!
//! Three kills a run of the tests; `cargo xtask test kills` makes a hundred, `EMBERSCOPE_KILLS` any number.

use crate::store::{LONG, is_as_undisturbed, learned};
use crate::support::{Page, Visit, report};
use emberscope::domain::rng::Rng;
use serde_json::Value;
use std::time::{Duration, Instant};

fn last(page: &Page) -> Value {
    page.ask("const { id, state, batches, savedAt, interruptions } = emberscope.runs().at(-1) ?? {}; return { id, state, batches, savedAt, interruptions };")
}

/// What came of the kills so far.
#[derive(Debug, Default)]
struct Tally {
    kills: u32,
    begun_again: u32,
    ended: u32,
    repeated: u64,
}

impl Tally {
    /// Checks a run that has ended, and makes room for the next one.
    fn check(&mut self, page: &Page, run: &Value, whole: &[(String, Vec<u32>)]) {
        let id = run["id"].as_u64().expect("an id");
        for interruption in run["interruptions"].as_array().into_iter().flatten() {
            assert!(interruption["differsAt"].is_null(), "{interruption}");
            self.repeated += interruption["repeated"].as_u64().unwrap_or_default();
        }
        is_as_undisturbed(page, id, whole);
        self.ended += 1;
        page.ask(&format!("emberscope.delete({id});"));
    }
}

#[test]
fn a_run_ends_the_same_however_often_its_browser_is_killed() {
    let wanted: u32 = std::env::var("EMBERSCOPE_KILLS").map_or(3, |kills| kills.parse().expect("EMBERSCOPE_KILLS is a number"));
    let config = LONG.replace("epochs: 300", "epochs: 150");
    Visit::new().with_profile().run(|page| {
        let undisturbed = page.start(&config);
        page.finished(undisturbed);
        let whole = learned(page, undisturbed);
        page.ask(&format!("emberscope.delete({undisturbed});"));

        let mut rng = Rng::new(20_261_128, "kills");
        let (mut tally, begin) = (Tally::default(), Instant::now());
        page.start(&config);
        while tally.kills < wanted {
            // The moment is what is tested: any will do, so there is nothing to wait for.
            std::thread::sleep(Duration::from_millis(200 + u64::from(rng.below(4_000))));
            if !page.kill_browser() {
                println!("NOT TESTED: the death of the browser; there is no /proc to find its processes in.");
                return;
            }
            tally.kills += 1;
            page.open_again();
            page.until("e2e.text('#runs-kept').includes('kept on this device')", 60);
            let run = last(page);
            if run["state"] == "finished" {
                tally.check(page, &run, &whole);
                page.start(&config);
            } else if run["state"] == "interrupted" && !run["savedAt"].is_null() {
                page.click("#interrupted button");
            } else {
                // Killed before there was anything to go on from.
                assert!(run["id"].is_null() || run["state"] == "interrupted", "{run}");
                tally.begun_again += 1;
                page.ask("emberscope.runs().forEach(({ id }) => emberscope.delete(id));");
                page.start(&config);
            }
            page.until("emberscope.runs().at(-1)?.state === 'running' || emberscope.runs().at(-1)?.state === 'finished'", 60);
        }
        page.until("emberscope.runs().at(-1)?.state === 'finished'", 600);
        tally.check(page, &last(page), &whole);
        report(format_args!("{tally:?} in {:.0} s: every run as one that nobody disturbed", begin.elapsed().as_secs_f64()));
    });
}
