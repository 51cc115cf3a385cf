//! The first screen and the page's order: what a newcomer sees without scrolling, values from the first batch on, sections that
//! remember, the sheet with the setup, and the presentation.

use crate::support::{ENDLESS, Extent, Page, Visit, report};
use serde_json::json;

/// WebDriver's code points for keys.
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';
const RIGHT: char = '\u{e014}';
const PAGE_UP: char = '\u{e00e}';

/// Whether all of each element lies within the window, unscrolled; the names of those that do not.
fn outside(page: &Page, selectors: &[&str]) -> Vec<String> {
    page.ask("scrollTo(0, 0); await e2e.frames(3);");
    let check = |selector: &&str| {
        let inside = page.ask(&format!(
            "const box = document.querySelector({selector:?})?.getBoundingClientRect();
             return Boolean(box) && box.width > 0 && box.height > 0 && box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;"
        ));
        (inside != true).then(|| (*selector).to_owned())
    };
    selectors.iter().filter_map(check).collect()
}

#[test]
fn the_first_screen_is_complete_at_every_size() {
    Visit::new().newcomer().run(|page| {
        let screen = [
            "#main-action",
            "#progress",
            "#picture-data",
            "#picture-network",
            "#picture-outcome",
            "#chart-loss",
            "#chart-accuracy",
            "#open-setup",
        ];
        let phone = ["#main-action", "#progress", "#chart-loss", "#open-setup"];
        let mut missing = Vec::new();
        let mut look = |state: &str| {
            for (width, height, parts) in [(1440, 900, &screen[..]), (1920, 1080, &screen[..]), (390, 844, &phone[..])] {
                page.window(width, height);
                missing.extend(outside(page, parts).into_iter().map(|part| format!("{state}, {width}x{height}: {part}")));
            }
        };
        look("idle");
        let link = page.ask(&format!("return emberscope.link({ENDLESS}).split('#')[1];"));
        page.open_at(&format!("#{}", link.as_str().expect("text")));
        page.ask(
            "window.clicks = e2e.watchClicks('#main-action');
             const bar = document.querySelector('.run-bar');
             bar.addEventListener('click', () => { window.moved = 0; }, true);
             new MutationObserver(() => { window.moved ||= performance.now(); })
               .observe(bar, { childList: true, characterData: true, subtree: true, attributes: true });
             emberscope.on('on_batch_end', () => { window.first ??= performance.now(); });",
        );
        page.click("#main-action");
        page.until("e2e.batches() > 20", 60);
        let after = page.ask("return [moved, first].map(time => Math.round(time - clicks.clicked));");
        report(format_args!("[something moves, first batch] ms after the click on Start: {after}"));
        look("training");
        page.ask("emberscope.stop('enough'); await emberscope.finished(e2e.lastRun().id);");
        look("done");
        assert!(missing.is_empty(), "{missing:#?}");
    });
}

/// The upper ends of the elements, in the page.
fn tops(page: &Page, selectors: &[&str]) -> Vec<f64> {
    let top = |selector: &&str| {
        page.number(&format!("return Math.round(scrollY + document.querySelector({selector:?}).getBoundingClientRect().top);"))
    };
    selectors.iter().map(top).collect()
}

#[test]
fn the_curves_are_seen_beside_a_lesson() {
    Visit::new().newcomer().run(|page| {
        page.ask("location.hash = 'lesson=step-size';");
        page.until("document.querySelector('#lesson-predict')", 20);
        let parts = ["#main-action", "#chart-loss", "#chart-accuracy", "#lesson-title"];
        for (width, height) in [(1024, 768), (1280, 720), (1440, 900), (1920, 1080)] {
            page.window(width, height);
            assert_eq!(outside(page, &parts), Vec::<String>::new(), "{width}x{height}");
        }
        // The setup beside the lesson too.
        page.window(1440, 900);
        page.click("#open-setup");
        page.until("document.querySelector('#setup').checkVisibility()", 5);
        assert_eq!(outside(page, &parts), Vec::<String>::new(), "with the setup");
    });
}

#[test]
fn a_phone_has_both_curves_before_the_cards() {
    Visit::new().newcomer().run(|page| {
        page.window(390, 844);
        page.ask("await e2e.frames(3);");
        let order = tops(
            page,
            &["#run-bar", "#chart-loss", "#chart-accuracy", "#picture-network", "#picture-data", "#picture-outcome", "#every-batch"],
        );
        assert!(order.is_sorted(), "{order:?}");
    });
}

#[test]
fn the_network_has_the_room_of_a_larger_window() {
    Visit::new().newcomer().run(|page| {
        let size = |width, height| {
            page.window(width, height);
            page.number("await e2e.frames(3); return document.querySelector('#network-picture').clientHeight;")
        };
        let (small, large) = (size(1440, 900), size(1920, 1080));
        assert!(large > 1.3 * small, "{small} and {large}");
    });
}

#[test]
fn a_unit_that_is_pointed_at_moves_nothing() {
    Visit::new().newcomer().run(|page| {
        page.until("(document.querySelector('#network-picture')?.ariaLabel ?? '').startsWith('The network after 0')", 30);
        for (width, height) in [(1440, 900), (390, 844)] {
            page.window(width, height);
            page.ask("await e2e.frames(3);");
            let below = ["#every-batch", "#picture-outcome"];
            let before = tops(page, &below);
            page.ask("document.querySelector('#network-picture').focus();");
            page.press(RIGHT);
            page.until("e2e.text('#unit-words').startsWith('conv2d_1')", 5);
            assert_eq!(tops(page, &below), before, "{width}");
            page.press(ESCAPE);
            page.until("e2e.text('#unit-words').startsWith('Point')", 5);
        }
    });
}

#[test]
fn both_charts_have_values_from_the_first_batch_on() {
    Visit::new().newcomer().run(|page| {
        let config =
            "{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 10000 }, batchSize: 32, epochs: 10000, device: 'cpu' }";
        let link = page.ask(&format!("return emberscope.link({config}).split('#')[1];"));
        page.open_at(&format!("#{}", link.as_str().expect("text")));
        let empty = "[...document.querySelectorAll('.course .chart-empty')].map(words => words.textContent)";
        assert!(page.ask(&format!("return {empty};")).to_string().contains("first batch"), "before the start it says what will come");
        page.click("#step");
        page.until("e2e.batches() === 1", 60);
        assert_eq!(
            page.ask(&format!("await e2e.frames(3); return {empty};")),
            json!(["", ""]),
            "one batch of hundreds, long before the epoch's end"
        );
        for chart in ["#chart-loss", "#chart-accuracy"] {
            let entries = page.ask(&format!(
                "return [...document.querySelectorAll('{chart} .legend-entry')].map(entry => entry.classList.contains('absent'));"
            ));
            assert_eq!(entries, json!([false, true, true]), "{chart}: the batch is there, the epochs are to come");
        }
        page.click("#main-action");
        page.until("e2e.batches() > 1", 60);

        // A click on a point leads to its batch, in a section that was closed.
        assert_eq!(page.ask("return document.querySelector('#batch') === null;"), true);
        page.until("e2e.batches() >= 20", 60);
        page.ask("emberscope.pause();");
        page.until("e2e.text('#phase') === 'Paused'", 20);
        page.click("#chart-loss .chart");
        page.until("e2e.text('#batch-words').startsWith('Batch ')", 20);
        assert_eq!(page.ask("return document.querySelector('#every-batch .section-button').ariaExpanded;"), "true");
    });
}

fn open_sections(page: &Page) -> serde_json::Value {
    page.ask("await e2e.frames(2); return [...document.querySelectorAll('.section-button[aria-expanded=\"true\"]')].map(button => button.closest('.part').id);")
}

#[test]
fn sections_are_closed_at_first_cost_nothing_and_remember() {
    Visit::new().newcomer().run(|page| {
        assert_eq!(open_sections(page), json!([]));
        assert_eq!(
            page.number("return document.querySelectorAll('.part canvas, .part table, .part input').length;"),
            0.0,
            "nothing is drawn in them"
        );
        page.ask("document.querySelector('#runs .section-button').focus();");
        page.press(ENTER);
        page.ask("document.querySelector('#time .section-button').focus();");
        page.press(ENTER);
        assert_eq!(open_sections(page), json!(["time", "runs"]));
        page.until("document.querySelectorAll('#time canvas').length > 0", 5);
        page.press(ENTER);
        assert_eq!(open_sections(page), json!(["runs"]));
        assert_eq!(page.ask("return document.querySelector('#chart-batch-time').checkVisibility();"), false);
        page.open();
        assert_eq!(open_sections(page), json!(["runs"]), "as they were left");
        assert_eq!(page.ask("return document.querySelector('#chart-batch-time');"), json!(null));
    });
}

#[test]
fn a_browser_that_refuses_storage_is_no_trouble() {
    let refuse = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('refused', 'SecurityError'); } });";
    Visit::new().newcomer().script(refuse).run(|page| {
        page.click("#runs .section-button");
        assert_eq!(open_sections(page), json!(["runs"]));
        page.open();
        assert_eq!(open_sections(page), json!([]));
        assert_eq!(page.text("#notices"), "");
    });
}

#[test]
fn the_setup_is_a_sheet_for_the_keyboard_too() {
    Visit::new().newcomer().run(|page| {
        let state = || page.ask("await e2e.frames(2); return [document.querySelector('#open-setup').ariaExpanded, document.querySelector('#setup').checkVisibility(), document.activeElement.id];");
        for (width, height) in [(1920, 1080), (390, 844)] {
            page.window(width, height);
            page.ask("document.querySelector('#open-setup').focus();");
            assert_eq!(state(), json!(["false", false, "open-setup"]));
            page.press(ENTER);
            assert_eq!(state(), json!(["true", true, "setup"]));
            if width == 1920 {
                let (sheet, chart) = (page.number("return document.querySelector('#setup').getBoundingClientRect().right;"), page.number("return document.querySelector('#chart-loss').getBoundingClientRect().left;"));
                assert!(sheet <= chart, "the sheet ends at {sheet}, the charts begin at {chart}");
            }
            page.press(ESCAPE);
            assert_eq!(state(), json!(["false", false, "open-setup"]), "the keyboard is back where it came from");
        }
        // From elsewhere, to a part of it, and back there.
        page.window(1920, 1080);
        page.ask("document.querySelector('#own-data').focus();");
        page.press(ENTER);
        page.until("document.querySelector('#setup-own-data').open && document.activeElement.id === 'setup-own-data'", 5);
        page.press(ESCAPE);
        page.until("document.activeElement.id === 'own-data'", 5);
        // Data and example without the sheet.
        page.window(1440, 900);
        page.click("#preset option[value=planar]");
        page.until("emberscope.config().data.name !== 'digits'", 10);
        page.click("#data-source option[value=moons]");
        page.until("emberscope.config().data.name === 'moons' && e2e.text('#data-words').includes('samples of 2')", 20);
        assert_eq!(state()[0], "false");
    });
}

#[test]
fn every_chart_and_term_explains_itself_when_asked() {
    Visit::new().run(|page| {
        assert_eq!(page.number("return document.querySelectorAll('.explanation').length;"), 0.0);
        page.click("#chart-loss .explain");
        page.until("document.querySelector('#chart-loss .explanation') !== null", 5);
        let words = page.text("#chart-loss .explanation");
        for part in ["raw loss of each batch", "nats", "guessing among ten classes", "One pass over all training samples"] {
            assert!(words.contains(part), "no {part:?} in {words}");
        }
        let silent = page.ask("return [...document.querySelectorAll('.chart-panel')].filter(panel => !panel.querySelector('.explain')).map(panel => panel.id);");
        assert_eq!(silent, json!([]), "every chart can be asked");
        page.click(".run-bar .explain");
        page.until("document.querySelector('#about-run .explanation') !== null", 5);
        for part in ["samples/s", "ms/batch", "learning rate", "epoch", "batch"] {
            assert!(page.text("#about-run .explanation").contains(part), "{part}");
        }
        page.press(ESCAPE);
        page.until("document.querySelector('#about-run .explanation') === null", 5);
    });
}

#[test]
fn a_presentation_goes_from_thing_to_thing_by_keyboard() {
    Visit::new().newcomer().run(|page| {
        let run = page.start("{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1000 }, epochs: 3, device: 'cpu' }");
        page.finished(run);
        page.ask("document.activeElement.blur();");
        page.window(1920, 1080);
        page.press('p');
        page.until("e2e.text('#stage-words').startsWith('Loss')", 5);
        // Seen: that chart and the run's state; nothing else.
        let seen = |selector: &str| {
            page.ask(&format!("return document.querySelector({selector:?})?.checkVisibility({{ visibilityProperty: true }}) ?? false;"))
                == true
        };
        assert!(
            seen("#chart-loss .chart") && seen("#phase") && seen("#latest") && !seen("#chart-accuracy") && !seen("h1") && !seen("#runs")
        );
        assert!(page.number("return document.querySelector('#chart-loss .chart').getBoundingClientRect().height;") > 600.0);
        page.shoot("present-loss", Extent::Visible);
        page.press(RIGHT);
        page.until("e2e.text('#stage-words').startsWith('Accuracy')", 5);
        assert!(seen("#chart-accuracy .chart") && !seen("#chart-loss"));
        for _ in 0..2 {
            page.press(RIGHT);
        }
        page.until("e2e.text('#stage-words').startsWith('Network')", 5);
        assert!(seen("#picture-network") && !seen("#picture-data"));
        page.shoot("present-network", Extent::Visible);
        page.press(PAGE_UP);
        page.until("e2e.text('#stage-words').startsWith('Data')", 5);
        page.press(ESCAPE);
        page.until("document.activeElement.id === 'present'", 5);
        assert!(seen("#chart-accuracy") && seen("#runs") && !seen("#stage-words"));
        // In a field it is a letter.
        page.ask("document.querySelector('#x-axis').focus();");
        page.press('p');
        assert!(!seen("#stage-words"));
    });
}

#[test]
fn findings_are_told_in_the_run_bar_and_lead_to_themselves() {
    Visit::new().newcomer().run(|page| {
        assert_eq!(page.ask("return document.querySelector('#to-findings');"), json!(null));
        let run = page.start("{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 1000 }, epochs: 2, device: 'cpu', optimizer: { name: 'sgd', learningRate: 1000 } }");
        page.finished(run);
        page.until("/^[0-9]+ findings?$/.test(e2e.text('#to-findings'))", 10);
        page.click("#to-findings");
        page.until("document.activeElement.id === 'diagnoses'", 5);
        // From a finding to what shows it, in a section that is closed.
        page.click(".show-me");
        page.until("document.querySelector('.pointed-out')?.checkVisibility()", 5);
    });
}

#[test]
fn predictions_are_drawn_a_few_times_a_second_however_short_the_epochs_are() {
    Visit::new().run(|page| {
        page.ask(
            "window.drawn = 0;
             new MutationObserver(changes => changes.forEach(({ addedNodes }) => addedNodes.forEach(node => { drawn += node.classList?.contains('prediction-grid') ? 1 : 0; })))
               .observe(document.querySelector('#predictions'), { childList: true, subtree: true });
             window.begun = performance.now();",
        );
        let run = page.start("{ ...emberscope.defaultConfig('planar'), data: { name: 'moons', samples: 40, noise: 0.1 }, batchSize: 40, epochs: 1000, device: 'cpu', monitors: { every: 0 } }");
        page.finished(run);
        page.until("drawn > 0", 10);
        let [epochs, drawn, most] = ["emberscope.history(e2e.lastRun().id, 'val/loss')['val/loss'].step.length", "drawn", "3 + (performance.now() - begun) / 250"]
            .map(|value| page.number(&format!("return {value};")));
        assert!(drawn <= most, "drawn {drawn} times in {epochs} epochs; at four a second that is at most {most}");
    });
}
