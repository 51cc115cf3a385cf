//! The page as a visitor finds it: from any folder, ready, on its own, within its policy, and usable without a mouse.

use crate::support::Visit;
use serde_json::Value;

/// WebDriver's code points for keys.
const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';

#[test]
fn opens_under_any_sub_path_with_a_ready_example_and_asks_no_other_host_for_anything() {
    Visit::new().run(|page| {
        assert!(page.url.contains("/some/sub/path/"));
        let data = page.text("#data-words");
        assert!(data.contains("12 000 samples of 28×28") && data.contains("10 classes"), "{data}");
        assert_eq!(page.text("#parameters"), "56 714 parameters in all");
        assert_eq!(page.text("#phase"), "Ready");
        assert_eq!(page.text("#main-action"), "Start");
        let drawn = page.ask(
            "const strip = [...document.querySelectorAll('#samples canvas')];\
             return strip.map(one => new Set(one.getContext('2d').getImageData(0, 0, one.width, one.height).data).size);",
        );
        let drawn = drawn.as_array().expect("a list");
        assert!(drawn.len() > 20 && drawn.iter().all(|shades| shades.as_u64() > Some(10)), "samples are drawn: {drawn:?}");
        let asked = page.ask("return performance.getEntriesByType('resource').map(entry => entry.name);");
        let asked: Vec<&str> = asked.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert!(asked.iter().any(|url| url.ends_with(".wasm")), "{asked:?}");
        for url in asked {
            assert!(url.starts_with(&page.url) || url.starts_with("data:"), "{url} is not below {}", page.url);
        }
        assert_eq!(page.text("#notices"), "");
    });
}

#[test]
fn has_a_strict_policy_in_force() {
    // What the policy refuses is also said in the console.
    Visit::new().expect_error("Content Security Policy").expect_error("violates the").run(|page| {
        let policy = page.ask("return document.querySelector('meta[http-equiv=\"Content-Security-Policy\"]').content;");
        let policy = policy.as_str().unwrap_or_default();
        assert!(policy.contains("default-src 'none'") && policy.contains("'wasm-unsafe-eval'"), "{policy}");
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'") && !policy.contains('*'), "{policy}");
        assert!(policy.contains("; connect-src 'self';") && !policy.contains("http"), "{policy}");
        assert_eq!(page.ask("return document.querySelector('meta[name=referrer]').content;"), "no-referrer");
        let refused = page.ask(
            "const refused = [];
             document.addEventListener('securitypolicyviolation', event => refused.push(event.effectiveDirective));
             const script = document.createElement('script');
             script.textContent = 'window.gotIn = true';
             document.body.append(script);
             const style = document.createElement('style');
             style.textContent = 'body { display: none }';
             document.body.append(style);
             document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/spy.png' }));
             await fetch('http://127.0.0.1:9/').catch(() => {});
             await e2e.until('four refusals', () => refused.length >= 4, 5000);
             return { refused: refused.sort(), gotIn: window.gotIn === true };",
        );
        assert_eq!(refused["gotIn"], false);
        assert_eq!(refused["refused"], serde_json::json!(["connect-src", "img-src", "script-src-elem", "style-src-elem"]));
    });
}

#[test]
fn is_usable_by_keyboard_alone() {
    Visit::new().run(|page| {
        let focused = || page.ask("return document.activeElement.id || document.activeElement.className;");
        page.press(TAB);
        assert_eq!(focused(), "skip", "the first stop is the link past run bar and setup");
        page.press(ENTER);
        page.press(TAB);
        assert_eq!(page.ask("return !!document.activeElement.closest('#course');"), true, "the link leads to the charts");

        page.open();
        page.press(TAB);
        let mut stops = 0;
        while focused() != "main-action" {
            page.press(TAB);
            stops += 1;
            assert!(stops <= 5, "Tab does not reach Start within five stops after the link; it is at {}", focused());
        }
        // After the run bar what the run shows; with the setup open that is between the two, as it stands on the page.
        let place = || page.ask("return document.activeElement.closest('.run-bar, #setup, .dashboard').className;");
        let places = || {
            let mut places = vec![place()];
            for _ in 0..150 {
                page.press(TAB);
                if places.last() != Some(&place()) {
                    places.push(place());
                }
                if place() == "dashboard" {
                    break;
                }
            }
            places
        };
        assert_eq!(places(), ["run-bar", "dashboard"]);
        page.click("#open-setup");
        page.until("document.activeElement.id === 'setup'", 5);
        page.ask("document.querySelector('#main-action').focus();");
        assert_eq!(places(), ["run-bar", "setup", "dashboard"]);
        page.click("#close-setup");

        page.window(390, 844);
        page.ask("document.querySelector('#main-action').focus();");
        while place() == "run-bar" {
            page.press(TAB);
        }
        assert_eq!(place(), "dashboard");
        page.window(1440, 1000);

        // With more epochs: the example's own may be over before the second key.
        let link = page.ask("return emberscope.link({ ...emberscope.defaultConfig(), epochs: 10000 }).split('#')[1];");
        page.open_at(&format!("#{}", link.as_str().expect("text")));
        page.press(TAB);
        while focused() != "main-action" {
            page.press(TAB);
        }
        assert_ne!(page.ask("return getComputedStyle(document.activeElement).outlineStyle;"), "none", "the focus can be seen");
        page.press(ENTER);
        page.until("e2e.batches() > 0", 60);
        page.press(ENTER);
        page.until("e2e.text('#phase') === 'Paused'", 10);
    });
}
