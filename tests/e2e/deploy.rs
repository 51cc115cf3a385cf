//! A tab that is older than what its host serves: its next worker is of its own build, or it says that there is a new
//! version. It never says to try again what cannot work, and a run that is going on goes on.

use crate::support::{Old, Page, Visit};

const RUN: &str = "{ ...emberscope.defaultConfig('mlp'), epochs: 1000, device: 'cpu' }";

/// Trains a run to its end and begins another, so that there is something to lose.
fn trains(page: &Page) {
    let first = page.start("{ ...emberscope.defaultConfig('softmax'), data: { name: 'digits', samples: 300 }, epochs: 1, device: 'cpu' }");
    assert_eq!(page.finished(first)["reason"], "completed");
    page.start(RUN);
    page.until("e2e.batches() >= 20", 60);
}

/// Ends the worker with its run, and asks for another.
fn needs_another_worker(page: &Page) {
    page.cdp("Network.clearBrowserCache", &serde_json::json!({}));
    page.click("#reset");
    page.click("#main-action");
}

/// The page says that it is outdated.
fn says_that_it_is_outdated(page: &Page) -> String {
    page.until("e2e.text('#phase') === 'Failed'", 60);
    let notice = page.text("#notices");
    println!("{notice}");
    assert!(notice.contains("A new version was put in place. Reload to go on."), "{notice}");
    assert!(!notice.to_lowercase().contains("start again") && !notice.contains("LinkError"), "{notice}");
    // Every run with batches is kept on the device: nothing is lost by a reload, and nothing else is said.
    assert_eq!(page.ask("return emberscope.runs().filter(({ batches, kept }) => batches > 0 && !kept).length;"), 0);
    assert!(!notice.contains("lost"), "{notice}");
    let refusal = page.ask(&format!("return emberscope.start({RUN}).then(run => emberscope.finished(run)).catch(error => error);"));
    assert_eq!((&refusal["code"], &refusal["hint"]), (&"outdated".into(), &"reload to go on".into()), "{refusal}");
    notice
}

#[test]
fn a_tab_whose_workers_are_gone_trains_on_says_so_and_reloads_into_the_new_version() {
    for old in [Old::Removed, Old::ThePage] {
        Visit::new().expect_error("worker_cpu").run(|page| {
            trains(page);
            let before = page.ask("return document.querySelector('meta[name=build]').content;");
            let build = page.site.deploy(old);
            let batches = page.number("return e2e.batches();");
            page.until(&format!("e2e.batches() >= {batches} + 50"), 60);
            assert_eq!(page.text("#notices"), "", "nothing is wrong with the run that is going on");
            needs_another_worker(page);
            says_that_it_is_outdated(page);
            page.click("#reload");
            page.until(&format!("document.querySelector('meta[name=build]')?.content === '{build}' && window.emberscope"), 60);
            assert_ne!(before, build);
            page.until("e2e.text('#data-words').includes('samples of')", 60);
            trains(page);
        });
    }
}

#[test]
fn a_tab_whose_workers_are_kept_goes_on_with_them() {
    Visit::new().run(|page| {
        trains(page);
        page.site.deploy(Old::Kept);
        needs_another_worker(page);
        page.until("e2e.text('#phase') === 'Training' && e2e.batches() >= 20", 60);
        assert_eq!(page.text("#notices"), "");
        assert_eq!(page.ask("return document.querySelector('meta[name=build]').content;"), page.site.build());
    });
}

/// A module that cannot be linked with the script of any worker: it imports what none has.
fn unlinkable() -> Vec<u8> {
    let import = |module: &str| {
        let name = |name: &str| [&[name.len() as u8], name.as_bytes()].concat();
        [&[1][..], &name(module), &name("of_another_build"), &[0, 0]].concat()
    };
    let imports = import("./worker_cpu_bg.js");
    [&b"\0asm\x01\0\0\0"[..], &[1, 4, 1, 0x60, 0, 0], &[2, imports.len() as u8], &imports].concat()
}

#[test]
fn files_of_another_build_under_the_names_of_this_one_are_refused() {
    Visit::new().expect_error("worker_cpu").run(|page| {
        trains(page);
        // As if a cache between host and browser had mixed them: first a loader that tells another build, then a module.
        let loader = page.site.loader("worker_cpu");
        let other = String::from_utf8_lossy(&page.site.file(&loader)).replace(&page.site.build(), "0123456789abcdef");
        page.site.put(&loader, other.replace("./worker_cpu-0123456789abcdef", "./worker_cpu").into_bytes());
        needs_another_worker(page);
        says_that_it_is_outdated(page);
        page.site.restore(&loader);

        let module = page.site.files().into_iter().find(|name| name.starts_with("worker_cpu") && name.ends_with(".wasm"));
        let module = module.expect("the CPU worker has a module");
        page.site.put(&module, unlinkable());
        page.cdp("Network.clearBrowserCache", &serde_json::json!({}));
        page.click("#main-action");
        says_that_it_is_outdated(page);
        page.site.restore(&module);
        page.cdp("Network.clearBrowserCache", &serde_json::json!({}));
        page.click("#main-action");
        page.until("e2e.text('#phase') === 'Training' && e2e.batches() >= 5", 60);
        assert_eq!(page.text("#notices"), "");
    });
}
