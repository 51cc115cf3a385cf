//! Lessons as a learner meets them: from the list and by a link, predicted, run, checked, remembered; and with mistakes in their
//! files.

use crate::support::{Extent, Page, Visit};
use serde_json::Value;

/// axe-core as published; `vendor/README.md` says from where.
const AXE: &str = include_str!("vendor/axe.min.js");
/// WebDriver's code point for Enter.
const ENTER: char = '\u{e007}';

/// A lesson whose runs take a second.
const SHORT: &str = r#"---
title: A short lesson
summary: Two quick runs.
minutes: 1
level: start
run: slow: Small steps = planar + {
  "data": {"name": "moons", "samples": 200}, "epochs": 3, "optimizer": {"learningRate": 0.0001}}
run: fast: Larger steps = slow, 2 seeds + {"optimizer": {"learningRate": 0.03}}
look: The first steps = slow: chart-batch-loss, steps 2 to 9
check: Larger steps get further = fast: train/loss last < slow: train/loss last
check: This does not hold = slow: train/loss last < 0.001
---
## Predict
Which is **better**?
- [ ] Small steps
- [x] Larger *steps*
## Look
Here.
## Finding
The finding of <b>the lesson</b>.
## Next
Go to [the next](#lesson=first-run).
"#;

fn focused(page: &Page) -> Value {
    page.ask("return document.activeElement.id;")
}

/// Serves these files in place of the lessons, and their list.
fn put(page: &Page, lessons: &[(&str, &str)]) {
    let list: String = lessons.iter().map(|(name, _)| format!("{name}.md\n")).collect();
    page.site.put("lessons/index.txt", list.into_bytes());
    for (name, text) in lessons {
        page.site.put(&format!("lessons/{name}.md"), text.as_bytes().to_vec());
    }
}

/// Opens the lesson `name` by a change of the address alone: what is on the page stays.
fn open_by_link(page: &Page, name: &str) {
    page.ask(&format!("location.hash = 'lesson={name}';"));
    page.until("document.querySelector('#lesson-skip')", 20);
}

/// Makes the lesson's run of this title, and waits for its end.
fn run(page: &Page, title: &str) {
    let row = format!("[...document.querySelectorAll('.lesson-step p')].find(row => row.textContent.includes('Run it: {title}'))");
    page.ask(&format!("{row}.querySelector('button').click();"));
    page.until(&format!("{row}.textContent.endsWith('✓ made')"), 60);
}

#[test]
fn a_lesson_is_found_predicted_run_checked_and_remembered() {
    Visit::new().expect_error("lessons/gone.md").run(|page| {
        put(page, &[("short", SHORT), ("gone", SHORT), ("broken", &SHORT.replace("minutes: 1", "minutes: one")), ("first-run", SHORT)]);
        page.site.hide("lessons/gone.md");
        assert_eq!(page.text(".lessons"), "", "nothing is in the way while no lesson is open");
        page.ask("document.querySelector('#lessons-button').focus();");
        page.press(ENTER);
        page.until("document.querySelectorAll('.lesson-list li').length === 4 && !e2e.text('.lesson-list').includes('…')", 20);
        assert_eq!(focused(page), "lesson-list");
        let told = page.text(".lesson-list");
        assert!(told.contains("broken.md, line 4: \"one\" minutes: write a number from 1 to 240."), "{told}");
        assert!(told.contains("gone.md cannot be fetched") && told.contains("put the file there"), "{told}");
        page.click(".lesson-list li:first-child button");
        page.until("e2e.text('#lesson-title') === 'A short lesson'", 10);
        page.until("document.activeElement.id === 'lesson'", 5);
        assert_eq!(page.ask("return location.hash;"), "#lesson=short");

        assert_eq!(page.ask("return document.querySelector('.lesson-run').disabled;"), true, "predicted before it is run");
        assert!(!page.text("#lesson").contains("The finding") && !page.text("#lesson").contains("Go to"), "nothing is given away");
        page.click(".lesson-answer:nth-of-type(2) input");
        page.click("#lesson-predict");
        page.until("e2e.text('#lesson-predicted') === 'Your prediction is noted.'", 5);
        run(page, "Small steps");
        assert!(page.text("#lesson-checked").contains("1 wait for a run"), "{}", page.text("#lesson-checked"));
        assert!(page.text("#lesson").contains("Shown when every run has been made"));
        run(page, "Larger steps");
        page.until("e2e.text('#lesson-checked') === '1 of 2 hold in your runs.'", 10);
        let checks = page.text(".lesson-checks");
        assert!(checks.contains("Training loss of “Larger steps”, last value (median of its runs)"), "{checks}");
        assert!(checks.contains("should be less than 0.001"), "{checks}");
        assert!(page.text(".lesson-verdict").contains("✓ You predicted it."));
        assert!(page.text("#lesson-finding").contains("The finding of <b>the lesson</b>."), "no text becomes HTML");
        assert_eq!(
            page.ask("return emberscope.runs().map(run => [run.seed, run.config.device]);"),
            serde_json::json!([[1, "cpu"], [1, "cpu"], [2, "cpu"]])
        );

        page.click(".lesson-step .show-me");
        page.until("document.activeElement.id === 'chart-batch-loss'", 5);
        assert_eq!(page.ask("return emberscope.runs().find(run => run.shown).name;"), "Small steps");
        // The bar tells of that run, and its steps are shown at once.
        assert_eq!(page.ask("await e2e.frames(3); return document.querySelector('#x-range').value;"), "part");
        assert!(page.text("#latest").starts_with("learning rate 0.0001"), "{}", page.text("#latest"));
        page.click("#lesson-back");
        page.until("document.activeElement.id === 'lesson-look' && !document.querySelector('#lesson-back')", 5);

        page.ask("location.reload();");
        page.until("window.emberscope && e2e.text('#lesson-title') === 'A short lesson'", 60);
        assert!(page.text("#lesson-predicted").contains("Your prediction is noted."), "it is remembered");
        assert_eq!(page.ask("return document.querySelector('.lesson-answer:nth-of-type(2) input').checked;"), true);
        page.click("#lessons-button");
        page.until("e2e.text('.lesson-list').includes('✓ done')", 10);
        page.click("#lesson-next");
        page.until("location.hash === '#lesson=gone'", 5);
        assert!(page.text("#lesson").contains("gone.md cannot be fetched"));
        page.click("#lesson-close");
        page.until("!document.querySelector('#lesson') && location.hash === ''", 5);
    });
}

#[test]
fn the_visitors_own_setup_comes_back_after_a_lesson() {
    Visit::new().run(|page| {
        put(page, &[("short", SHORT)]);
        page.fill("#epochs", "77");
        open_by_link(page, "short");
        page.click("#lesson-skip");
        run(page, "Small steps");
        assert_eq!(page.number("return emberscope.config().epochs;"), 3.0);
        assert!(page.text("#setup-replaced").contains("the lesson “A short lesson”"), "{}", page.text("#setup-replaced"));
        run(page, "Larger steps");
        page.click("#undo-setup");
        page.until("emberscope.config().epochs === 77", 5);
        assert_eq!(page.text(".lesson-verdict"), "", "who has skipped is not judged");
        page.click("#lesson-again");
        page.until("document.querySelector('#lesson-skip')", 5);
    });
}

#[test]
fn where_nothing_can_be_kept_or_no_list_is_there_the_page_still_works() {
    let refuse = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });";
    Visit::new().script(refuse).expect_error("lessons/index.txt").run(|page| {
        put(page, &[("short", SHORT)]);
        open_by_link(page, "short");
        page.click("#lesson-skip");
        run(page, "Small steps");
        page.site.hide("lessons/index.txt");
        page.open();
        page.click("#lessons-button");
        page.until("e2e.text('#lesson-list').includes('put a list of lessons there')", 10);
        page.site.restore("lessons/index.txt");
        page.click("#lessons-button");
        page.click("#lessons-button");
        page.until("document.querySelectorAll('.lesson-list li').length > 0", 10);
    });
}

/// Every lesson of the page opens by its link, without a message; the first is run to its end and all of its checks hold.
#[test]
fn the_lessons_of_the_page_can_be_read_by_everybody() {
    Visit::new().script(include_str!("access.js")).run(|page| {
        page.open_at("#lesson=first-run");
        page.until("document.querySelector('#lesson-skip')", 20);
        page.until("!document.querySelector('.lesson-list')", 5);
        page.click("#lessons-button");
        page.until("document.querySelectorAll('.lesson-list li').length >= 12 && !e2e.text('.lesson-list').includes('…')", 20);
        assert_eq!(page.number("return document.querySelectorAll('.lesson-list .problem').length;"), 0.0);
        let mut found = Vec::new();
        let mut check = |scheme: &str, state: &str| {
            page.cdp("Runtime.evaluate", &serde_json::json!({ "expression": AXE, "returnByValue": true }));
            page.ask("await access.settled();");
            let violations = page.ask("return access.violations();");
            found.extend(violations.as_array().into_iter().flatten().map(|words| format!("{scheme}, {state}: {words}")));
            for width in [390, 1440, 1920] {
                page.window(width, 900);
                let sideways = page
                    .number("await access.settled(); const page = document.scrollingElement; return page.scrollWidth - page.clientWidth;");
                assert_eq!(sideways, 0.0, "{state}: wider than {width}");
                page.shoot(&format!("lesson-{state}-{scheme}-{width}"), Extent::Visible);
            }
            page.window(1440, 1000);
        };
        check("light", "list");
        page.ask("document.querySelector('#lessons-button').click();");
        check("light", "fresh");
        page.click("#lesson-skip");
        run(page, "Train on digits");
        page.until("e2e.text('#lesson-checked') === 'All that the lesson says is so in your runs.'", 10);
        check("light", "done");
        page.click("#theme");
        check("dark", "done");
        assert!(found.is_empty(), "{found:#?}");
    });
}
