//! A run outlives its browser: killed at any moment without a word, as by an empty battery, it goes on when the page is opened again,
//! and ends with the numbers of a run that nobody disturbed.
//!
//! Three kills a run of the tests; `cargo xtask test kills` makes a hundred, `EMBERSCOPE_KILLS` any number.

use crate::store::{bits, is_of_no_clock, trained_series};
use crate::support::{Page, Visit, report};
use emberscope::domain::rng::Rng;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Much that a state must carry, for some seconds: Adam's means, dropout, the best weights, a rate that falls on a plateau.
const RUN: &str = "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 2000 }, epochs: 150, device: 'cpu', seed: 7,
  model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 64 }, { type: 'relu' }, { type: 'dropout', rate: 0.25 }] },
  callbacks: [{ name: 'model_checkpoint', save: 'best' }, { name: 'reduce_lr_on_plateau', monitor: 'train/loss', factor: 0.7, patience: 1 }] }";

/// The names of what a run has learned, with the bits of all values.
fn learned(page: &Page, run: u64) -> Vec<(String, Vec<u32>)> {
    let names = trained_series(page, run).into_iter().filter(|name| is_of_no_clock(name));
    names.map(|name| (name.clone(), bits(page.series(run, &name)))).collect()
}

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
        for ((name, one), (other_name, other)) in learned(page, id).iter().zip(whole) {
            let is_same = name == other_name && one == other && !one.is_empty();
            assert!(is_same, "{name}: {} values, and {} undisturbed {other_name}; {self:?} {run}", one.len(), other.len());
        }
        self.ended += 1;
        page.ask(&format!("emberscope.delete({id});"));
    }
}

#[test]
fn a_run_ends_the_same_however_often_its_browser_is_killed() {
    let wanted: u32 = std::env::var("EMBERSCOPE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(3);
    Visit::new().with_profile().run(|page| {
        let undisturbed = page.start(RUN);
        page.finished(undisturbed);
        let whole = learned(page, undisturbed);
        assert!(whole.iter().any(|(name, _)| name == "batch/loss"));
        page.ask(&format!("emberscope.delete({undisturbed});"));

        let mut rng = Rng::new(20_261_128, "kills");
        let (mut tally, begin) = (Tally::default(), Instant::now());
        page.start(RUN);
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
                page.start(RUN);
            } else if run["state"] == "interrupted" && !run["savedAt"].is_null() {
                page.click("#interrupted button");
            } else {
                // Killed before there was anything to go on from.
                assert!(run["id"].is_null() || run["state"] == "interrupted", "{run}");
                tally.begun_again += 1;
                page.ask("emberscope.runs().forEach(({ id }) => emberscope.delete(id));");
                page.start(RUN);
            }
            page.until("emberscope.runs().at(-1)?.state === 'running' || emberscope.runs().at(-1)?.state === 'finished'", 60);
        }
        page.until("emberscope.runs().at(-1)?.state === 'finished'", 600);
        tally.check(page, &last(page), &whole);
        report(format_args!("{tally:?} in {:.0} s: every run as one that nobody disturbed", begin.elapsed().as_secs_f64()));
    });
}
