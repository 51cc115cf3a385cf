//! One step in slow motion on the page: four acts with the batch's own numbers, by mouse and by keyboard; a run that goes on is held
//! for it and goes on afterwards.

use crate::support::{ENDLESS, Extent, Page, Visit};

const RIGHT: char = '\u{e014}';
const LEFT: char = '\u{e012}';
const ESCAPE: char = '\u{e00c}';

/// The last number in `words`.
fn last_number(words: &str) -> f64 {
    let number = words.trim_end_matches('.').rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
    number.parse().unwrap_or_else(|_| panic!("{words:?} ends with no number"))
}

/// Clicks the button, and waits for the first act.
fn film(page: &Page) {
    page.until("!document.querySelector('#slow-step').disabled", 30);
    page.click("#slow-step");
    page.until("e2e.text('#slow-act') === '1 of 4 · Forward'", 60);
    // The keyboard is where the film goes on.
    page.until("document.activeElement?.id === 'slow-next'", 5);
}

fn facts(page: &Page) -> Vec<String> {
    let facts = page.ask("return [...document.querySelectorAll('#slow-facts ul:not(.unseen) li')].map(fact => fact.textContent);");
    facts.as_array().into_iter().flatten().map(|fact| fact.as_str().unwrap_or_default().to_owned()).collect()
}

/// The colours of the network's picture, as one number.
fn picture(page: &Page) -> f64 {
    page.number(
        "await e2e.frames(2);
         const canvas = document.querySelector('#network-picture');
         const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
         return data.reduce((sum, value, index) => (sum * 31 + value * (index % 7 + 1)) % 1000003, 7);",
    )
}

fn reduced_motion(page: &Page) {
    page.cdp("Emulation.setEmulatedMedia", &serde_json::json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] }));
}

#[test]
fn before_start_a_slow_step_is_the_first_batch_of_a_held_run() {
    Visit::new().run(|page| {
        // Nothing moves, so each picture is still.
        reduced_motion(page);
        page.until("(document.querySelector('#network-picture')?.ariaLabel ?? '').startsWith('The network after 0')", 30);
        film(page);
        page.until("e2e.text('#phase') === 'Paused'", 20);
        let words = page.text("#slow-words");
        let size = page.number("return emberscope.config().batchSize;");
        assert!(words.starts_with(&format!("Batch 1 has {size} samples; the first of them, sample ")), "{words}");
        assert_eq!(page.ask("return document.querySelector('#slow-play');"), serde_json::Value::Null);
        page.shoot("slow-forward", Extent::Visible);
        let mut pictures = vec![picture(page)];
        // The loss is the mean of its terms, and that of the record.
        page.click("#slow-next");
        page.until("e2e.text('#slow-act') === '2 of 4 · Loss'", 5);
        pictures.push(picture(page));
        page.shoot("slow-loss", Extent::Visible);
        let terms = facts(page);
        let (mean, terms) = terms.split_last().expect("facts");
        let sum: f64 = terms.iter().map(|term| last_number(term)).sum();
        assert_eq!(terms.len(), 9, "eight samples and the rest");
        assert!((sum / size - last_number(mean)).abs() < 2e-5, "{sum} and {mean}");
        let run = page.number("return e2e.lastRun().id;") as u64;
        let recorded = page.series(run, "batch/loss");
        assert_eq!(recorded.len(), 1);
        assert!((f64::from(recorded[0]) - last_number(mean)).abs() < 2e-6 * f64::from(recorded[0]).max(1.0), "{recorded:?} and {mean}");
        assert!((last_number(&page.text("#slow-words")) - last_number(mean)).abs() < 1e-9);
        // By the keyboard from here on.
        page.press(RIGHT);
        page.until("e2e.text('#slow-act') === '3 of 4 · Backward'", 5);
        pictures.push(picture(page));
        page.shoot("slow-backward", Extent::Visible);
        assert!(facts(page)[0].starts_with("output: gradient "), "{:?}", facts(page));
        page.press(RIGHT);
        page.until("e2e.text('#slow-act') === '4 of 4 · Update'", 5);
        pictures.push(picture(page));
        page.shoot("slow-update", Extent::Visible);
        let words = page.text("#slow-words");
        assert!(words.starts_with("Adam moves every weight against its gradient; the one that moves most is in "), "{words}");
        // Adam's first step is the learning rate against the gradient's sign.
        let numbers: Vec<f64> = words
            .trim_end_matches('.')
            .rsplit(" from ")
            .next()
            .unwrap()
            .split(" to ")
            .map(|n| n.replace('−', "-").parse().unwrap())
            .collect();
        assert!((numbers[1] - numbers[0]).abs() > 0.9e-3 && (numbers[1] - numbers[0]).abs() < 1.1e-3, "{numbers:?}");
        assert!(facts(page).last().unwrap().contains('√'), "{:?}", facts(page));
        pictures.sort_by(f64::total_cmp);
        pictures.dedup();
        assert_eq!(pictures.len(), 4, "each act has its own picture");
        page.press(LEFT);
        page.until("e2e.text('#slow-act') === '3 of 4 · Backward'", 5);
        page.press(ESCAPE);
        page.until("e2e.text('#slow-words') === '' && document.activeElement?.id === 'slow-step'", 5);
        assert_eq!(page.number("return e2e.batches();"), 1.0, "looking has trained nothing");
        // The run goes on.
        page.click("#main-action");
        page.until("e2e.batches() > 20", 60);
        page.ask("emberscope.stop('enough');");
        assert_eq!(page.finished(run)["reason"], "enough");
    });
}

#[test]
fn nothing_moves_from_act_to_act() {
    Visit::new().newcomer().run(|page| {
        reduced_motion(page);
        page.until("(document.querySelector('#network-picture')?.ariaLabel ?? '').startsWith('The network after 0')", 30);
        for (width, height) in [(1440, 900), (390, 844)] {
            page.window(width, height);
            page.ask("await e2e.frames(3);");
            let head = "[...document.querySelectorAll('#picture-network .card-head *')].map(part => Math.round(part.getBoundingClientRect().top - document.querySelector('#picture-network').getBoundingClientRect().top))";
            let before = page.ask(&format!("return {head};"));
            film(page);
            assert_eq!(page.ask(&format!("return {head};")), before, "{width}: the head of the card stays as it is");
            let places = "['#slow-next', '#chart-loss', '#every-batch'].map(part => Math.round(scrollY + document.querySelector(part).getBoundingClientRect().top))";
            let places = || page.ask(&format!("await e2e.frames(2); return {places};"));
            let first = places();
            for act in ["2 of 4 · Loss", "3 of 4 · Backward", "4 of 4 · Update"] {
                page.click("#slow-next");
                page.until(&format!("e2e.text('#slow-act') === {act:?}"), 5);
                assert_eq!(places(), first, "{width}: {act}");
            }
            page.click("#slow-close");
            page.until("e2e.text('#slow-words') === ''", 5);
        }
    });
}

#[test]
fn a_run_that_goes_on_is_held_for_a_slow_step_and_its_acts_play() {
    Visit::new().run(|page| {
        page.click("#preset option[value=planar]");
        page.until("document.querySelector('#surface') !== null", 30);
        let run = page.start(&ENDLESS.replace("'mlp'", "'planar'"));
        page.until("e2e.batches() > 30", 60);
        film(page);
        page.until("e2e.text('#phase') === 'Paused'", 20);
        let (words, batches) = (page.text("#slow-words"), page.number("return e2e.batches();"));
        assert!(words.starts_with(&format!("Batch {batches} has ")) && words.ends_with("The run is paused after it."), "{words}");
        // A unit of it, by the keyboard.
        page.ask("document.querySelector('#network-picture').focus();");
        page.press(RIGHT);
        page.until("e2e.text('#unit-words').includes('and the loss changes by')", 5);
        page.click("#slow-play");
        page.shoot("slow-planar-playing", Extent::Visible);
        page.until("e2e.text('#slow-act') === '4 of 4 · Update' && e2e.text('#slow-play') === 'Play'", 60);
        page.shoot("slow-planar-update", Extent::Visible);
        page.click("#slow-close");
        // The next one is the next batch.
        film(page);
        page.until(&format!("e2e.text('#slow-words').startsWith('Batch {} has ')", batches + 1.0), 5);
        page.click("#main-action");
        page.until(&format!("e2e.batches() > {batches} + 20"), 60);
        page.ask("emberscope.stop('enough');");
        page.finished(run);
    });
}
