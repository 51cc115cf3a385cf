//! Samples of the visitor's own in the data: clicked and drawn, given a class, added, trained on, looked at, and removed.

use crate::support::{Extent, Page, Visit};
use serde_json::Value;

/// The first line of the run's whole record.
fn header(page: &Page, run: u64) -> Value {
    let bytes = page.file(&format!("return emberscope.export({run}, 'jsonl');"));
    let text = String::from_utf8(bytes).expect("the record is text");
    serde_json::from_str(text.lines().next().unwrap_or_default()).expect("its first line is JSON")
}

fn add(page: &Page, class: &str, count: usize) {
    page.until("document.querySelector('#add-class option:nth-child(2)') !== null", 10);
    page.click(&format!("#add-class option[value=\"{class}\"]"));
    page.until("!document.querySelector('#add-sample').disabled", 10);
    page.click("#add-sample");
    page.until(&format!("e2e.text('#added-words').startsWith('{count} of yours')"), 30);
    page.until("!document.querySelector('#add-sample').disabled", 10);
}

#[test]
fn a_clicked_point_joins_the_training_samples_of_the_next_run_and_can_be_taken_out() {
    Visit::new().run(|page| {
        page.click("#preset option[value=planar]");
        page.until("document.querySelector('#surface') !== null", 30);
        let name = page.ask("return document.querySelector('#data-source').selectedOptions[0].textContent.replace(' (built in)', '');");
        let name = name.as_str().unwrap_or_default().to_owned();
        let plain = page.start("{ ...emberscope.config(), epochs: 1, device: 'cpu' }");
        page.finished(plain);
        let before = header(page, plain);

        page.click("#surface");
        page.until("e2e.text('#outcome-words').startsWith('This point: ')", 10);
        assert_eq!(page.ask("return document.querySelector('#add-sample').disabled;"), true, "not without a class");
        let class = page.ask("return document.querySelector('#add-class option:nth-child(3)').value;");
        add(page, class.as_str().unwrap_or_default(), 1);
        assert_eq!(
            page.ask("return emberscope.config().data;"),
            serde_json::json!({ "name": "loaded", "id": format!("{name} + 1 of yours") })
        );
        page.until("e2e.text('#data-words').includes('2 001 samples')", 10);
        assert!(page.text("#data-split").contains("1 701 to learn from (yours: 1), 300 held out"), "{}", page.text("#data-split"));
        add(page, class.as_str().unwrap_or_default(), 2);
        page.until("e2e.text('#data-words').includes('2 002 samples')", 10);
        let sources =
            page.ask("return [...document.querySelectorAll('#data-source option')].map(option => option.textContent);").to_string();
        assert!(sources.contains("+ 2 of yours") && !sources.contains("+ 1 of yours"), "no run was trained on the other: {sources}");
        page.click("#added > summary");
        page.shoot("own-samples-plane", Extent::Visible);

        let run = page.start("{ ...emberscope.config(), epochs: 1, device: 'cpu' }");
        page.finished(run);
        let after = header(page, run);
        assert_eq!(after["begin"]["trainSamples"].as_u64(), before["begin"]["trainSamples"].as_u64().map(|samples| samples + 2));
        assert_eq!(after["begin"]["validationSamples"], before["begin"]["validationSamples"], "they are never held out");
        assert_eq!(after["config"]["data"]["id"], format!("{name} + 2 of yours"));
        assert!(after["dataHash"].is_string() && after["dataHash"] != before["dataHash"], "it is another set: {after}");

        // One out: a third set, for the run still has its own; then the last, and the data are as they were.
        page.click("#added-list li button");
        page.until("e2e.text('#added-words').startsWith('1 of yours')", 30);
        page.until("e2e.text('#data-words').includes('2 001 samples')", 10);
        page.until("!document.querySelector('#added-list li button').disabled", 10);
        page.click("#remove-added");
        page.until("e2e.text('#added-words') === ''", 30);
        page.until("e2e.text('#data-words').includes('2 000 samples')", 10);
        let again = page.start("{ ...emberscope.config(), epochs: 1, device: 'cpu' }");
        page.finished(again);
        assert_eq!(header(page, again)["dataHash"], before["dataHash"]);
    });
}

#[test]
fn a_drawing_joins_the_digits_with_its_class() {
    Visit::new().run(|page| {
        page.click("#preset option[value=mlp]");
        page.until("e2e.text('#data-words').includes('12 000 samples')", 60);
        page.click("#way-draw");
        page.draw(
            "at('pointerdown', 0.3, 0.2);
             for (let x = 0.3; x <= 0.7; x += 0.05) at('pointermove', x, 0.2);
             for (let y = 0.2; y <= 0.85; y += 0.05) at('pointermove', 0.7 - 0.3 * (y - 0.2), y);
             at('pointerup', 0.5, 0.85);",
        );
        page.until("e2e.text('#sample-name') === 'your own'", 10);
        add(page, "7", 1);
        page.until("e2e.text('#data-words').includes('12 001 samples')", 30);
        // It is the first of those that the data card shows, under its class.
        assert_eq!(page.text("#samples li"), "7");
        page.click("#added > summary");
        page.ask("await e2e.frames(3);");
        page.shoot("own-samples-digits", Extent::Visible);
        let ink = page.number(
            "const canvas = document.querySelector('#added-list canvas');
             return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((level, at) => at % 4 === 0 && level > 128).length;",
        );
        assert!(ink > 40.0, "{ink} pixels are drawn");
        let run = page.start("{ ...emberscope.config(), epochs: 1, device: 'cpu' }");
        page.finished(run);
        let header = header(page, run);
        assert_eq!(header["begin"]["trainSamples"], 10_201);
        assert_eq!(header["begin"]["validationSamples"], 1_800);
        for (width, scheme) in [(390, "light"), (1920, "dark")] {
            page.window(width, 900);
            if scheme == "dark" {
                page.click("#theme");
            }
            page.ask("document.querySelector('#add-sample').scrollIntoView({ block: 'center' }); await e2e.frames(5);");
            page.shoot(&format!("own-samples-{width}-{scheme}"), Extent::Visible);
            assert_eq!(page.ask("return document.scrollingElement.scrollWidth <= innerWidth;"), true, "{width}");
        }
    });
}
