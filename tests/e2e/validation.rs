//! Training without validation, by hand: what the page says in place of what it cannot know.

use crate::support::{Page, Visit};
use serde_json::json;

fn set_up(page: &Page, validation: &str) {
    page.set_up("mlp");
    page.fill_all(&[("samples-count", "400"), ("epochs", "2"), ("validation", validation)]);
}

#[test]
fn a_run_without_validation_trains_and_the_page_says_that_there_is_none() {
    Visit::new().run(|page| {
        set_up(page, "0");
        assert_eq!(page.run_by_hand(1)["reason"], "completed");
        page.until("e2e.text('#phase') === 'Done'", 10);
        let config = page.ask("return emberscope.runs()[0].config.validation;");
        assert_eq!(config, json!(0));
        assert_eq!(page.number("return emberscope.runs()[0].batches;"), 14.0, "all 400 samples, in batches of 64");
        let names = page.ask("return Object.keys(emberscope.history(1)).filter(name => /^val|validation/.test(name));");
        assert_eq!(names, json!([]));
        // Each place that shows validation says why it does not.
        page.ask("await e2e.seeEverything();");
        assert!(page.text("#no-validation").starts_with("No validation data was held out in this run"), "{}", page.text("#no-validation"));
        assert_eq!(page.ask("return document.querySelector('#evaluate').disabled;"), json!(true));
        for chart in ["#chart-loss", "#chart-accuracy"] {
            assert!(page.text(chart).contains("No validation data was held out in this run"), "{}", page.text(chart));
            assert!(!page.text(&format!("{chart} .legend")).contains("validation"), "{}", page.text(&format!("{chart} .legend")));
        }
        assert!(page.text("#runs-panel").contains("no validation"), "{}", page.text("#runs-panel"));
        assert!(page.text("#latest").contains("train loss"), "{}", page.text("#latest"));
        let refused = page.attempt("return emberscope.evaluate();").unwrap_err();
        assert_eq!((&refused["code"], &refused["message"]), (&json!("invalid_state"), &json!("no validation data was held out")));
        let report = String::from_utf8(page.file("return emberscope.export(1, 'report');")).expect("text");
        assert!(report.contains("No validation data was held out") && report.contains("400 to train on, none held out"));
        for kind in ["csv", "jsonl", "tensorboard", "safetensors"] {
            assert!(page.number(&format!("return (await emberscope.export(1, '{kind}')).size;")) > 1000.0, "{kind}");
        }
        // It comes back from its file as what it was.
        page.ask("await emberscope.importRun(await emberscope.export(1, 'jsonl'));");
        page.until("e2e.text('#no-validation').startsWith('No validation data')", 5);

        // A callback that would wait for ever is refused, and the reason says what to do.
        let waits = page
            .attempt("return emberscope.start({ ...emberscope.config(), callbacks: [{ name: 'early_stopping', monitor: 'val/loss' }] });");
        let message = waits.expect_err("it is refused")["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains("monitor is val/loss, but no validation data is held out"), "{message}");

        // With validation again, all of it is there.
        set_up(page, "0.15");
        assert_eq!(page.run_by_hand(3)["reason"], "completed");
        page.until("e2e.text('#no-validation') === '' && !document.querySelector('#evaluate').disabled", 10);
        assert!(page.text("#chart-loss .legend").contains("validation"));
        assert!(!page.text("#chart-loss").contains("No validation data"));
    });
}
