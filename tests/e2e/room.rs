//! Room for runs on the device: none of it left, some of it again, kept for good; and the question before the page is left, where a run
//! would be lost by that.

use crate::store::{SMALL, again, is_as_undisturbed, is_kept, learned, runs};
use crate::support::{ENDLESS, Page, Visit};
use serde_json::json;

/// The condition that the browser would ask before the page is left.
const ASKS: &str = "(() => { const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); return leaving.defaultPrevented; })()";

fn asks_before_leaving(page: &Page) -> bool {
    page.ask(&format!("return {ASKS};")) == true
}

#[test]
fn only_a_run_that_would_be_lost_is_asked_about_when_the_page_is_left() {
    let refuse = "Object.defineProperty(Navigator.prototype, 'storage', { get: () => undefined });";
    Visit::new().script(refuse).run(|page| {
        for place in ["#runs-kept", "#only-here"] {
            page.until(&format!("e2e.text('{place}').includes('gone when it is closed')"), 20);
        }
        assert!(!asks_before_leaving(page), "there is nothing to be lost");
        let run = page.start(SMALL);
        page.finished(run);
        page.until("e2e.batches() > 0", 10);
        page.until(ASKS, 10);
        let file = page.ask("window.file = await emberscope.export(1, 'jsonl'); return file.size;");
        assert!(file.as_u64().is_some_and(|bytes| bytes > 0));
        page.ask("emberscope.delete(1);");
        page.until(&format!("!{ASKS}"), 10);
        // A run out of a file is still in its file.
        page.ask("await emberscope.importRun(file); await new Promise(done => setTimeout(done, 800));");
        assert!(!asks_before_leaving(page));
    });
    Visit::new().run(|page| {
        let run = page.start(ENDLESS);
        page.until("e2e.batches() >= 20", 60);
        is_kept(page, run);
        assert!(!asks_before_leaving(page), "it is on the device");
        assert_eq!(page.ask("return document.querySelectorAll('#only-here').length;"), 0);
    });
}

/// Gives the page as little room as the browser can, or as much as there is.
fn give_room(page: &Page, has_room: bool) {
    let origin = page.ask("return location.origin;");
    let wish = if has_room { json!({ "origin": origin }) } else { json!({ "origin": origin, "quotaSize": 1000 }) };
    page.cdp("Storage.overrideQuotaForOrigin", &wish);
}

/// The condition that a run is held for room, and says so.
const IS_HELD: &str = "!document.querySelector('#no-room').classList.contains('hidden') && e2e.text('#phase').startsWith('Held')";

/// Waits until the run stands still.
fn stands_still(page: &Page) -> f64 {
    page.until(IS_HELD, 30);
    page.ask("await new Promise(done => setTimeout(done, 1000));");
    let batches = page.number("return e2e.batches();");
    page.ask("await new Promise(done => setTimeout(done, 1000));");
    assert_eq!(page.number("return e2e.batches();"), batches, "a run that is held trains nothing");
    batches
}

#[test]
fn a_full_disk_holds_the_run_until_there_is_room_and_nothing_is_lost() {
    Visit::new().run(|page| {
        let run = page.start(ENDLESS);
        page.until("e2e.batches() >= 200", 60);
        give_room(page, false);
        let held = stands_still(page);
        assert!(page.text("#no-room-words").contains("no room"), "{}", page.text("#no-room-words"));
        assert_eq!(page.ask("return [emberscope.runs()[0].kept, emberscope.runs()[0].state];"), json!([false, "running"]));
        assert!(asks_before_leaving(page), "what waits would be lost");
        // In vain: it says so, and stays held.
        page.click("#try-again");
        page.until("e2e.text('#no-room-words').includes('still no room')", 20);
        assert_eq!(stands_still(page), held);
        // The visitor's own pause stays one when there is room again.
        page.click("#main-action");
        give_room(page, true);
        page.click("#try-again");
        page.until("document.querySelector('#no-room').classList.contains('hidden')", 20);
        page.until("emberscope.runs()[0].state === 'paused' && emberscope.runs()[0].kept", 20);
        assert!(!asks_before_leaving(page));
        page.ask("emberscope.resume();");
        page.until(&format!("e2e.batches() >= {held} + 200"), 60);
        page.ask("emberscope.stop('enough');");
        assert_eq!(page.finished(run)["reason"], "enough");
        is_kept(page, run);
        let here = learned(page, run);
        again(page, 1);
        is_as_undisturbed(page, 1, &here);
        assert_eq!(runs(page)[0]["state"], "finished");
    });
}

#[test]
fn a_run_goes_on_without_room_and_is_kept_as_a_whole_when_there_is_some() {
    Visit::new().run(|page| {
        let run = page.start(ENDLESS);
        page.until("e2e.batches() >= 200", 60);
        give_room(page, false);
        let held = stands_still(page);
        page.click("#go-on-unkept");
        page.until(&format!("e2e.batches() >= {held} + 200"), 60);
        page.ask("emberscope.stop('enough');");
        assert_eq!(page.finished(run)["reason"], "enough");
        assert!(page.text("#runs-panel .problem").contains("no more room"), "{}", page.text("#runs-panel .problem"));
        assert!(asks_before_leaving(page));
        give_room(page, true);
        page.click("#keep-again");
        page.until("emberscope.runs()[0].kept && !document.querySelector('#runs-panel .problem')", 20);
        let here = learned(page, run);
        again(page, 1);
        is_as_undisturbed(page, 1, &here);
        let found = runs(page);
        assert_eq!((&found[0]["state"], found[0]["weights"].as_array().map(Vec::is_empty)), (&json!("finished"), Some(false)));
    });
}

#[test]
fn a_run_without_room_can_be_stopped() {
    Visit::new().run(|page| {
        give_room(page, false);
        // Not even its begin finds room.
        let run = page.start(ENDLESS);
        page.until(IS_HELD, 30);
        page.click("#stop-unkept");
        assert_eq!(page.finished(run)["reason"], "you stopped it");
        page.until("e2e.text('#no-room-words').includes('the end of a run is only in this tab')", 20);
        assert_eq!(page.ask("return document.querySelectorAll('#stop-unkept').length;"), 0);
        page.click("#go-on-unkept");
        page.until("document.querySelector('#no-room').classList.contains('hidden')", 10);
        // One that is deleted waits for nothing.
        page.ask("emberscope.delete(1);");
        page.until("!document.querySelector('#keep-again')", 20);
        give_room(page, true);
        let next = page.start(SMALL);
        assert_eq!(page.finished(next)["reason"], "completed");
        is_kept(page, next);
        again(page, 1);
    });
}

/// A browser that may ask the visitor before it keeps anything for good.
const ASKS_VISITOR: &str = "Object.defineProperty(Navigator.prototype, 'userAgentData', { get: () => undefined });";

#[test]
fn runs_are_kept_for_good_where_the_browser_agrees() {
    Visit::new().script(ASKS_VISITOR).run(|page| {
        let run = page.start(SMALL);
        page.finished(run);
        page.until("e2e.text('#runs-kept').includes('The browser may delete them when the disk is nearly full.')", 20);
        page.ask("window.persist = StorageManager.prototype.persist; StorageManager.prototype.persist = () => Promise.resolve(false);");
        page.click("#keep-for-good");
        page.until("e2e.text('#runs-kept').includes('bookmark or visit often')", 20);
        page.ask("StorageManager.prototype.persist = window.persist;");
        let leave = json!({ "origin": page.ask("return location.origin;"), "permissions": ["durableStorage"] });
        page.cdp("Browser.grantPermissions", &leave);
        page.click("#keep-for-good");
        page.until("e2e.text('#runs-kept').endsWith('Kept until you delete them.') && !document.querySelector('#keep-for-good')", 20);
        assert_eq!(page.ask("return navigator.storage.persisted();"), json!(true));
        is_kept(page, run);
        again(page, 1);
        page.until("e2e.text('#runs-kept').endsWith('Kept until you delete them.')", 20);
    });
}

#[test]
fn the_page_asks_by_itself_once_a_visit_and_only_a_browser_that_does_not_ask_the_visitor() {
    // Frames without an origin have no storage.
    let count = "window.asked = 0; if (window.StorageManager) StorageManager.prototype.persist = () => { asked += 1; return Promise.resolve(true); };";
    for (asks_visitor, expected) in [(false, 1), (true, 0)] {
        let visit = Visit::new().script(count);
        let visit = if asks_visitor { visit.script(ASKS_VISITOR) } else { visit };
        visit.run(|page| {
            page.until("e2e.text('#runs-kept').includes('kept on this device')", 20);
            assert_eq!(page.ask("return asked;"), 0, "there is nothing to be kept yet");
            for _ in 0..2 {
                let run = page.start(SMALL);
                page.finished(run);
                is_kept(page, run);
            }
            assert_eq!(page.ask("return asked;"), expected);
        });
    }
}
