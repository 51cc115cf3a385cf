//! Diagnoses on the page: a run that is broken by its learning rate is told in words, leads to its chart and offers a way
//! out; thresholds are changed, refused and reset; a lost loss names its layer.

use crate::support::{Page, Visit};
use serde_json::json;

/// An MLP at a rate of 10, set up by hand: it dies within a few batches.
fn break_it(page: &Page) {
    page.set_up("mlp");
    page.click("#optimizer option[value=SGD]");
    page.fill_all(&[("samples-count", "1500"), ("learning-rate", "10"), ("momentum", "0"), ("batch-size", "32"), ("epochs", "4")]);
    // As often as asked for, whatever it costs on this machine.
    page.fill_all(&[("monitor-every", "10"), ("watch-budget", "0")]);
}

fn run_to_the_end(page: &Page, run: u64) {
    page.run_by_hand(run);
    page.ask("await e2e.frames(3);");
}

/// The selector of the finding called `title`.
fn finding(page: &Page, title: &str) -> String {
    let found = page.ask(&format!("return {FOUND};"));
    let at = found.as_array().into_iter().flatten().position(|known| known == title);
    format!(".finding:nth-child({})", 1 + at.unwrap_or_else(|| panic!("no {title:?} in {found}")))
}

const FOUND: &str = "[...document.querySelectorAll('.finding strong')].map(title => title.textContent)";
const CONFIG: &str = "emberscope.config()";

#[test]
fn a_finding_leads_to_its_chart_and_offers_a_change_of_the_setup() {
    Visit::new().run(|page| {
        break_it(page);
        run_to_the_end(page, 1);
        let dead = finding(page, "Problem: Dead units · relu_1");
        let words = page.text(&dead);
        for part in ["of the units of relu_1 are zero", "epoch 1", "Start anew with a lower learning rate (from 10 to 0.1)"] {
            assert!(words.contains(part), "no {part:?} in {words}");
        }

        // Show me: the chart is in view, marked, and all charts read the step at which it was found.
        let step = words.split("step ").nth(1).and_then(|rest| rest.split(',').next()).expect("it says the step").to_owned();
        page.click(&format!("{dead} .show-me"));
        page.until("document.querySelector('#chart-dead-units').classList.contains('pointed-out')", 5);
        let place = page.ask("await e2e.frames(3); const { top, bottom } = document.querySelector('#chart-dead-units').getBoundingClientRect(); return [top >= 0, top < innerHeight, bottom > 0];");
        assert_eq!(place, json!([true, true, true]));
        assert_eq!(page.ask("return document.activeElement.id;"), "chart-dead-units");
        page.until(&format!("e2e.text('#chart-dead-units .cursor-step') === 'step {step}'"), 5);
        assert!(page.text("#chart-dead-units .legend").contains('%'), "{}", page.text("#chart-dead-units .legend"));

        // Try this: the setup changes and says so, nothing starts.
        let remedy = format!("{dead} .remedy");
        assert_eq!(page.text(&remedy), "Try this: learning rate 10 → 0.1");
        page.click(&remedy);
        page.until(&format!("{CONFIG}.optimizer.learningRate === 0.1"), 5);
        assert_eq!(page.text(&remedy), "In the setup: learning rate 10 → 0.1");
        page.click(&format!("{dead} .remedy:nth-of-type(3)"));
        page.until(&format!("{CONFIG}.model.layers[2].type === 'leaky_relu'"), 5);
        assert!(page.text(&format!("{dead} [role=status]")).contains("Start a new run"));
        assert_eq!(page.ask("return [emberscope.runs().length, e2e.text('#phase')];"), json!([1, "Done"]));

        // It helps.
        run_to_the_end(page, 2);
        let titles = page.ask(&format!("return {FOUND};"));
        assert!(!titles.to_string().contains("Dead units"), "{titles}");
    });
}

#[test]
fn thresholds_are_changed_refused_and_reset_and_can_be_turned_off() {
    Visit::new().run(|page| {
        break_it(page);
        run_to_the_end(page, 1);
        let high = finding(page, "Problem: Learning rate too high");

        // From the finding to the field, through two folded parts.
        page.click(&format!("{high} .limits > summary"));
        page.click(&format!("{high} .limits .link-button"));
        page.until("document.activeElement.id === 'threshold-lossRise'", 5);
        page.fill("#threshold-lossRise", "0.5");
        let problem = page.text("#threshold-lossRise-problem");
        assert_eq!(problem, "the threshold lossRise (Loss has risen) is 0.5; use a number from 1 to 1000000; the old value stays");
        assert_eq!(
            page.ask(&format!("return [{CONFIG}.diagnosis.lossRise, document.querySelector('#threshold-lossRise').value];")),
            json!([1.5, "1.5"])
        );
        page.fill("#threshold-lossRise", "1000");
        page.until(&format!("{CONFIG}.diagnosis.lossRise === 1000"), 5);
        assert_eq!(page.text("#threshold-lossRise-problem"), "");
        assert!(page.text("#setup-diagnoses").contains("Learning rate too high · 1 changed"));
        page.fill("#threshold-lossSwing", "100");
        run_to_the_end(page, 2);
        let second = page.ask(&format!("return {FOUND};"));
        assert!(!second.to_string().contains("Learning rate too high"), "{second}");
        assert!(second.to_string().contains("Dead units"), "the others stay: {second}");

        page.click("#thresholds-reset");
        page.until(&format!("{CONFIG}.diagnosis.lossRise === 1.5 && {CONFIG}.diagnosis.lossSwing === 0.5"), 5);
        page.click("#diagnoses-enabled");
        page.until(&format!("{CONFIG}.diagnosis.enabled === false"), 5);
        run_to_the_end(page, 3);
        assert_eq!(page.ask(&format!("return {FOUND};")), json!([]));
    });
}

#[test]
fn a_lost_loss_is_run_once_more_in_the_browser_and_names_its_layer() {
    Visit::new().run(|page| {
        let run = page.start(
            "{ ...emberscope.defaultConfig('planar'), optimizer: { name: 'sgd', learningRate: 100 }, epochs: 1, device: 'cpu',
               model: { layers: [1, 2, 3, 4].flatMap(() => [{ type: 'dense', units: 64 }, { type: 'relu' }]) },
               monitors: { every: 0, activationSamples: 16 } }",
        );
        page.finished(run);
        page.ask("await e2e.frames(3);");
        let words = page.text(".finding");
        for part in ["Not a number · ", "Its batch was run once more, with the weights after step", "as in training", "(phase: "] {
            assert!(words.contains(part), "no {part:?} in {words}");
        }
        let lost = page.series(run, "batch/loss").iter().position(|loss| !loss.is_finite()).expect("the rate is far too high");
        assert!(words.contains(&format!("The loss of step {} is NaN or infinite", lost + 1)), "{words}");
        assert_eq!(page.text(".finding .remedy"), "Try this: learning rate 100 → 0.1");
    });
}
