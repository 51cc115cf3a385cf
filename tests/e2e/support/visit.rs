//! A visit: how the page is to be opened for a test, and what must hold at its end.

use super::driver::Flags;
use super::page::{Browser, Page, target};
use super::site::{Headers, Site};
use super::turns::Turn;

/// Errors in the console that belong to a healthy page: the list of data sets beside it may be missing.
const HARMLESS: [&str; 3] = ["data/index.json", "favicon", "preload"];

/// A visit of the page that a test is to make.
pub struct Visit {
    headers: Headers,
    host: &'static str,
    browser: Browser,
}

impl Visit {
    /// Without WebGPU, from this machine.
    pub fn new() -> Self {
        let browser =
            Browser { flags: Flags::WithoutWebGpu, scripts: vec![include_str!("page.js")], harmless: HARMLESS.to_vec(), profile: None };
        Self { headers: Headers::None, host: "127.0.0.1", browser }
    }

    /// Sets the browser flags.
    pub fn flags(mut self, flags: Flags) -> Self {
        self.browser.flags = flags;
        self
    }

    /// Sets the headers that the host sends.
    pub fn headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }

    /// Sets the server's host name.
    pub fn host(mut self, host: &'static str) -> Self {
        self.host = host;
        self
    }

    /// Adds a `script` that runs before the page's own.
    pub fn script(mut self, script: &'static str) -> Self {
        self.browser.scripts.push(script);
        self
    }

    /// A newcomer, who finds every section closed. Other tests begin with all of them open.
    pub fn newcomer(mut self) -> Self {
        self.browser.scripts.insert(0, "window.isNewcomer = true;");
        self
    }

    /// An error in the console with `words` in it is part of this test.
    pub fn expect_error(mut self, words: &'static str) -> Self {
        self.browser.harmless.push(words);
        self
    }

    /// The browser keeps what it stores in a folder of its own, which outlives it for the time of the visit.
    pub fn with_profile(mut self) -> Self {
        let profile = target().join(format!("e2e-profile-{}", std::process::id()));
        std::fs::remove_dir_all(&profile).ok();
        self.browser.profile = Some(profile);
        self
    }

    /// Opens the page, waits until it shows its example, runs `test`, and then looks for errors in the console.
    pub fn run(self, test: impl FnOnce(&Page)) {
        let _turn = Turn::wait();
        let page = Page::new(Site::start(self.headers), self.host, self.browser);
        page.open();
        test(&page);
        let errors = page.errors();
        assert!(errors.is_empty(), "errors in the console:\n{}", errors.join("\n"));
    }
}
