//! The network on the page: its units and its outcome, for images and over the plane, before, while and after it trains; a drawing;
//! and the way back in time.

use crate::support::{Extent, Visit, report};
use serde_json::json;

const RIGHT: char = '\u{e014}';
const DOWN: char = '\u{e015}';

/// The number of different colours in the canvas that `selector` finds.
fn colours(page: &crate::support::Page, selector: &str) -> f64 {
    page.number(&format!(
        "const canvas = document.querySelector({selector:?});
         const data = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
         return new Set(data).size;"
    ))
}

const SEEN: &str = "(document.querySelector('#network-picture')?.ariaLabel ?? '')";

#[test]
fn an_image_is_followed_through_the_network_before_while_and_after_it_trains() {
    Visit::new().run(|page| {
        page.until(&format!("{SEEN}.startsWith('The network after 0 updates')"), 30);
        let words = page.ask(&format!("return {SEEN};"));
        let words = words.as_str().unwrap_or_default().to_owned();
        assert!(words.contains("Layer 1: Conv 2-D, ReLU, Max pool, 16 channels"), "{words}");
        assert!(words.contains("output, 10 units"), "{words}");
        page.ask("await e2e.frames(3);");
        assert!(colours(page, "#network-picture") > 50.0, "maps are drawn");
        page.shoot("network-idle", Extent::Visible);
        let config = "{ ...emberscope.defaultConfig('cnn'), data: { name: 'digits', samples: 2000 }, epochs: 2, device: 'cpu' }";
        let run = page.start(config);
        page.until(&format!("Number({SEEN}.match(/after (\\d+) updates/)?.[1]) > 0"), 60);
        page.shoot("network-training", Extent::Visible);
        let end = page.finished(run);
        assert_eq!(end["reason"], "completed");
        let steps = page.number("return e2e.batches();");
        page.until(&format!("{SEEN}.startsWith('The network after {steps} updates')"), 30);
        let views = page.series(run, "time/view_ms");
        report(format_args!("{} views of the CNN while it trained, {:?} ms", views.len(), views));
        assert!(!views.is_empty(), "views are booked with the run");

        // A unit, by the keyboard.
        page.ask("document.querySelector('#network-picture').focus();");
        page.press(RIGHT);
        page.press(DOWN);
        page.until("e2e.text('#unit-words').startsWith('conv2d_1, channel ')", 5);
        assert!(page.text("#unit-words").contains("gradient"), "{}", page.text("#unit-words"));

        // Samples, the prediction, and what it hangs on.
        let first = page.text("#sample-name");
        page.click("#sample-next");
        page.until(&format!("e2e.text('#sample-name') !== {first:?}"), 10);
        assert!(page.text("#outcome-words").contains('%'), "{}", page.text("#outcome-words"));
        let plain = colours(page, "#sample-picture");
        page.click("#sample-cover option[value=occlusion]");
        page.ask("await e2e.frames(3);");
        page.click("#sample-cover option[value=saliency]");
        page.ask("await e2e.frames(3);");
        assert!(colours(page, "#sample-picture") > plain, "saliency is laid over the sample");
        page.shoot("network-done", Extent::Visible);

        // Back in time: the weights before the first update know nothing.
        assert!(page.text("#moment-words").contains("moments kept"), "{}", page.text("#moment-words"));
        page.slide("#moment", 0);
        page.until(&format!("{SEEN}.startsWith('The network after 0 updates')"), 20);
        let then = page.ask("return (await emberscope.evaluate()).report.accuracy;").as_f64().unwrap_or(1.0);
        page.click("#moment-now");
        page.until(&format!("{SEEN}.startsWith('The network after {steps} updates')"), 20);
        let now = page.ask("return (await emberscope.evaluate()).report.accuracy;").as_f64().unwrap_or(0.0);
        assert!(then < 0.35 && now > then + 0.3, "accuracy {then} at the begin, {now} at the end");

        // And on from there, as a run of its own.
        page.slide("#moment", 1);
        page.until("!document.querySelector('#branch').disabled", 10);
        page.click("#branch");
        page.until("e2e.text('#first-weights').includes('at step')", 10);
        let branch = page.ask("return emberscope.start({ ...emberscope.config(), epochs: 1 });").as_u64().expect("a run");
        assert_eq!(page.finished(branch)["reason"], "completed");
    });
}

#[test]
fn a_drawing_is_recognised_as_it_is_drawn() {
    Visit::new().run(|page| {
        let run = page.start("{ ...emberscope.defaultConfig('mlp'), data: { name: 'digits', samples: 4000 }, epochs: 6, device: 'cpu' }");
        page.finished(run);
        page.click("#way-draw");
        page.draw(
            "at('pointerdown', 0.5, 0.15);
             for (let y = 0.2; y <= 0.85; y += 0.05) at('pointermove', 0.5, y);
             at('pointerup', 0.5, 0.85);",
        );
        page.until("e2e.text('#sample-name') === 'your own'", 10);
        page.until("e2e.text('#outcome-words').includes('%')", 10);
        let said = page.text("#outcome-words");
        page.shoot("network-drawn", Extent::Visible);
        assert!(said.starts_with("1 "), "a straight line is a one, not {said}");
        // By the keyboard too: another line, crossing it.
        page.click("#pad-clear");
        page.ask("document.querySelector('#pad').focus();");
        page.press(' ');
        for _ in 0..8 {
            page.press(DOWN);
        }
        page.until("document.querySelector('#pad').ariaLabel.includes('Pen down')", 5);
    });
}

#[test]
fn over_the_plane_the_border_that_was_learned_is_seen() {
    Visit::new().run(|page| {
        page.click("#preset option[value=planar]");
        page.until("document.querySelector('#surface') !== null", 30);
        let run = page.start("{ ...emberscope.defaultConfig('planar'), device: 'cpu' }");
        page.finished(run);
        page.until(&format!("{SEEN}.startsWith('The network after ' + e2e.batches() + ' updates')"), 30);
        page.ask("await e2e.frames(3);");
        let words = page.text("#surface-words");
        assert!(words.contains("held-out points wrong"), "{words}");
        assert!(colours(page, "#surface") > 100.0);
        page.shoot("network-planar", Extent::Visible);
        page.click("#surface");
        page.until("e2e.text('#outcome-words').startsWith('This point: ')", 10);
        for (width, height) in [(390, 844), (1920, 1080)] {
            page.window(width, height);
            page.ask("document.querySelector('#picture-network').scrollIntoView(); await e2e.frames(5);");
            page.shoot(&format!("network-planar-{width}"), Extent::Visible);
            assert_eq!(page.ask("return document.scrollingElement.scrollWidth <= innerWidth;"), json!(true), "{width}");
        }
        page.window(1440, 900);
        page.prefer("dark");
        page.click("#theme");
        page.ask("scrollTo(0, 0); await e2e.frames(5);");
        page.shoot("network-planar-dark", Extent::Visible);
    });
}
