//! The look of the page: pictures of it on a desktop and a phone, light and dark, idle, training and done, for people to
//! look at; and that a phone never has to scroll sideways.

use crate::support::{Extent, Page, Visit};

fn fits(page: &Page, width: u32) {
    let scroll = page.ask("return [document.scrollingElement.scrollWidth, innerWidth];");
    assert!(scroll[0].as_u64() <= scroll[1].as_u64(), "the page is {} wide in a window of {}", scroll[0], scroll[1]);
    assert_eq!(scroll[1].as_u64(), Some(u64::from(width)), "nothing forces a wider layout");
}

#[test]
fn pictures_are_taken_and_nothing_scrolls_sideways() {
    Visit::new().run(|page| {
        for (device, width, height) in [("desktop", 1440, 1000), ("phone", 390, 844)] {
            for scheme in ["light", "dark"] {
                page.window(width, height);
                page.prefer(scheme);
                page.open();
                assert_eq!(page.ask("return document.documentElement.dataset.theme;"), scheme);
                let shoot = |state: &str| {
                    fits(page, width);
                    page.shoot(&format!("{device}-{scheme}-{state}"), Extent::Visible);
                };
                shoot("idle");
                // Enough epochs for curves, few enough samples for seconds.
                let run =
                    page.start("{ ...emberscope.defaultConfig('cnn'), data: { name: 'digits', samples: 1500 }, epochs: 6, device: 'cpu' }");
                page.until("emberscope.history(e2e.lastRun().id, 'val/loss')['val/loss']?.step.length >= 2", 120);
                shoot("training");
                page.finished(run);
                shoot("done");
                page.shoot(&format!("{device}-{scheme}-done-whole"), Extent::Whole);
            }
        }
        // Everything that can appear on a phone: points in the plane, a wrong model, a refusal.
        page.ask(
            "await emberscope.start({ ...emberscope.defaultConfig('planar'), epochs: 3 }).then(run => emberscope.finished(run));
             document.querySelector('.own-data').open = true;",
        );
        page.fill("#learning-rate", "-5");
        page.until("e2e.text('#notices') !== ''", 5);
        fits(page, 390);
        page.shoot("phone-dark-trouble-whole", Extent::Whole);
    });
}

#[test]
fn the_theme_button_switches_at_once() {
    Visit::new().run(|page| {
        let background = || page.ask("return getComputedStyle(document.body).backgroundColor;");
        let light = background();
        page.click("#theme");
        page.until("document.documentElement.dataset.theme === 'dark'", 5);
        assert_ne!(background(), light);
        page.click("#theme");
        page.until("document.documentElement.dataset.theme === 'light'", 5);
        assert_eq!(background(), light);
    });
}
