//! The costs on the page: the phases of each batch's time, the cost of watching, and that the budget is kept.

use crate::support::{ENDLESS, Extent, Visit, report};

/// The phases of a CPU's batch.
const PHASES: [&str; 9] = ["data", "forward", "backward", "update", "read", "probe", "callbacks", "idle", "other"];

#[test]
fn the_ledger_of_a_run_sums_to_the_wall_time_and_is_shown() {
    Visit::new().run(|page| {
        // Held for half a second, from when the page says so: in no batch's time.
        let run = page.ask(
            "const run = await emberscope.start({ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 6000 },
               epochs: 3, device: 'cpu', monitors: { every: 20, trainSubset: 256 } });
             emberscope.pause();
             return run;",
        );
        let run = run.as_u64().expect("a run's id is a number");
        page.until("e2e.text('#phase') === 'Paused'", 60);
        page.ask("await new Promise(done => setTimeout(done, 500)); emberscope.resume();");
        page.finished(run);
        let batches = page.series(run, "time/batch_ms");
        assert_eq!(batches.len(), 240);
        let phases = PHASES.map(|phase| page.series(run, &format!("time/{phase}_ms")));
        for (index, batch) in batches.iter().enumerate() {
            let parts: Vec<f32> = phases.iter().map(|values| values[index]).collect();
            let sum: f32 = parts.iter().sum();
            assert!((sum - batch).abs() < 1e-3 * batch + 1e-3, "batch {index}: {parts:?} are not {batch}");
            assert!(parts.iter().all(|&ms| ms >= -0.01), "batch {index}: {parts:?}");
        }
        // The epochs' times are those of their batches.
        let epochs = page.series(run, "time/epoch_ms");
        for (epoch, of_epoch) in epochs.iter().enumerate() {
            let sum: f32 = batches[80 * epoch..80 * (epoch + 1)].iter().sum();
            assert!((sum - of_epoch).abs() < 1e-3 * of_epoch, "epoch {epoch}: {sum} and {of_epoch}");
        }
        let paused = page.series(run, "time/paused_ms");
        // That it is in no batch's time is held by tests/native/costs.rs, with a clock of its own.
        assert!(paused.len() == 1 && paused[0] > 490.0, "{paused:?}");

        // The table: each phase with its share, which are all of it.
        let shares = page.ask(
            "return [...document.querySelectorAll('#cost-table tbody tr')].map(row => [row.cells[0].textContent, ...[4, 8].map(cell => parseFloat(row.cells[cell].textContent))]);",
        );
        let shares = shares.as_array().unwrap();
        // Behind them the whole batch, and views of the network where there were any: they are in no batch.
        let names: Vec<&str> = shares[PHASES.len()..].iter().filter_map(|row| row[0].as_str()).collect();
        assert!(matches!(names[..], ["whole batch"] | ["whole batch", "network picture"]), "{shares:?}");
        for column in [1, 2] {
            let sum: f64 = shares[..PHASES.len()].iter().map(|row| row[column].as_f64().unwrap()).sum();
            assert!((sum - 100.0).abs() < 0.6, "{sum} % in all: {shares:?}");
        }
        assert!(page.text("#cost-words").contains("2 batches are left out"), "{}", page.text("#cost-words"));
        assert!(page.text(".band-words").contains("warm-up") && page.text(".band-words").contains("a pause"), "{}", page.text(".band-words"));

        // Training samples measured as validation is, on the same axis.
        assert_eq!(page.series(run, "train_eval/loss").len(), 3);
        assert!(page.text("#chart-loss .legend").contains("same weights") && page.text("#chart-accuracy .legend").contains("same weights"));
        page.ask("document.querySelector('#time').scrollIntoView();");
        page.shoot("costs", Extent::Visible);
    });
}

#[test]
fn watching_is_measured_and_an_expensive_setting_is_brought_within_the_budget() {
    Visit::new().run(|page| {
        let run = page.start(
            "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 12000 }, epochs: 60, device: 'cpu', monitors: { every: 1, watchBudget: 5 } }",
        );
        // With an error once enough sections without watching have been compared, until then what could be timed directly.
        page.until("/watching costs (at least )?[0-9.]+/.test(e2e.text('#watching')) && e2e.text('#watch-changes').includes('looks every')", 90);
        page.finished(run);
        assert!(page.text("#watching").starts_with("watching costs "), "{}", page.text("#watching"));
        let every = *page.series(run, "watch/look_every").last().unwrap();
        assert!(every > 1.0, "looks at each batch cannot cost less than 5 %");
        let changes = page.text("#watch-changes");
        assert!(changes.contains("looks every") && changes.contains("instead of 1 batches, to stay within 5 %"), "{changes}");
        let looks = page.ask("return emberscope.history(1, 'grad/norm')['grad/norm'].step.length;").as_f64().unwrap();
        let batches = page.number("return e2e.batches();");
        assert!(looks < batches, "{looks} looks in {batches} batches");
        assert_eq!(page.series(run, "batch/loss").len() as f64, batches, "no record is left out");
        report(format_args!("looks at every batch of the MLP, 5 % allowed: {}; {changes}", page.text("#watching")));

        // Another budget, while nothing runs: for the next run.
        page.fill("#watch-budget", "250");
        page.until("e2e.text('#notices').includes('monitors.watchBudget is 250')", 5);
        page.fill("#watch-budget", "2");
        page.until("document.querySelector('#watch-budget').value === '2'", 5);
    });
}

#[test]
fn batches_of_a_hidden_page_are_marked_and_left_out_of_the_averages() {
    Visit::new().run(|page| {
        page.ask("window.seen = []; document.addEventListener('visibilitychange', () => seen.push(document.visibilityState));");
        let run = page.start(ENDLESS);
        page.until("e2e.batches() >= 20", 60);
        page.hide_for(500);
        page.until("seen.join() === 'hidden,visible'", 10);
        let batches = page.number("return e2e.batches();");
        page.until(&format!("e2e.batches() >= {batches} + 20"), 60);
        page.ask("emberscope.stop('enough');");
        page.finished(run);
        // 2: hidden, one of the bits of `time/marks`.
        let marks = page.series(run, "time/marks");
        let hidden = marks.iter().filter(|&&mark| mark as u32 & 2 != 0).count();
        println!("{hidden} of {} batches while the page was hidden", marks.len());
        assert!(hidden > 0 && hidden < marks.len() - 20, "{hidden} of {}", marks.len());
        page.until("e2e.text('.band-words').includes('the page was hidden')", 5);
        // With those of the warm-up (1); none was synchronised (8).
        let left_out = marks.iter().filter(|&&mark| mark as u32 & 11 != 0).count();
        let said = "e2e.text('#cost-words').match(/([^.]*) batches are left out/)?.[1].replace(/\\D/g, '')";
        page.until(&format!("{said} === '{left_out}'"), 5);
    });
}
