//! The page as a test sees it: opened in a browser of its own, clicked and typed into, waited for, and at the end
//! checked for errors in the console.

use super::devtools::DevTools;
use super::driver::{Driver, Flags};
use super::site::Site;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::PathBuf;

/// The key by which WebDriver marks an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The factor by which a test waits longer than on a quiet machine.
const PATIENCE: u32 = 6;

/// The browser that a page is opened in.
pub struct Browser {
    /// Its flags.
    pub flags: Flags,
    /// The scripts that run before the page's own.
    pub scripts: Vec<&'static str>,
    /// The errors in the console that are part of the test, by words in them.
    pub harmless: Vec<&'static str>,
    /// The folder for what it stores, where it is to outlive the browser.
    pub profile: Option<PathBuf>,
}

/// The open page.
pub struct Page {
    /// The page's address.
    pub url: String,
    /// The server of the page.
    pub site: Site,
    driver: RefCell<Driver>,
    browser: Browser,
}

impl Page {
    /// A page of `site`, as `host` has it, in a browser of its own.
    pub fn new(site: Site, host: &str, browser: Browser) -> Self {
        let driver = RefCell::new(Driver::start(browser.flags, browser.profile.as_deref()));
        let page = Self { url: site.url(host), site, driver, browser };
        page.prepare();
        page
    }

    /// Opens the page anew, as one who has no runs of earlier visits, and waits until it shows its data.
    pub fn open(&self) {
        self.forget_runs();
        self.open_again();
    }

    /// Forgets the runs that the page keeps on this device. The page is left for that: an open one holds its files.
    fn forget_runs(&self) {
        self.call("POST", "/url", &json!({ "url": "about:blank" }));
        let origin = self.url.split('/').take(3).collect::<Vec<_>>().join("/");
        self.cdp("Storage.clearDataForOrigin", &json!({ "origin": origin, "storageTypes": "file_systems" }));
    }

    /// Opens the page anew, as one who comes back, and waits until it shows its data.
    pub fn open_again(&self) {
        self.call("POST", "/url", &json!({ "url": self.url }));
        self.until("window.emberscope && e2e.text('#data-words').includes('samples of')", 60);
    }

    /// Opens the page as a fresh document with `fragment` in its address, and waits until it shows its data.
    pub fn open_at(&self, fragment: &str) {
        // From elsewhere: a change of the fragment alone would not load anything.
        self.forget_runs();
        self.call("POST", "/url", &json!({ "url": format!("{}{fragment}", self.url) }));
        self.until("window.emberscope && e2e.text('#data-words').includes('samples of')", 60);
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.driver.borrow().call(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}{}", self.console_words()))
    }

    /// The messages in the console, for a failing test.
    fn console_words(&self) -> String {
        let entries = self.driver.borrow().call("POST", "/se/log", &json!({ "type": "browser" })).unwrap_or_default();
        let lines = entries.as_array().into_iter().flatten().map(|entry| format!("\n  console {}: {}", entry["level"], entry["message"]));
        lines.collect()
    }

    /// The unexpected errors in the console since the last look.
    pub fn errors(&self) -> Vec<String> {
        let entries = self.call("POST", "/se/log", &json!({ "type": "browser" }));
        let severe = entries.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        let messages = severe.filter_map(|entry| entry["message"].as_str().map(str::to_owned));
        messages.filter(|message| !self.browser.harmless.iter().any(|words| message.contains(words))).collect()
    }

    /// Kills every process of the browser at once, and starts another one with the same profile; false where its processes cannot
    /// be found.
    pub fn kill_browser(&self) -> bool {
        let is_dead = self.driver.borrow_mut().kill();
        if is_dead {
            *self.driver.borrow_mut() = Driver::start(self.browser.flags, self.browser.profile.as_deref());
            self.prepare();
        }
        is_dead
    }

    /// Makes a fresh browser as a visit wants it.
    fn prepare(&self) {
        self.window(1440, 1000);
        for script in &self.browser.scripts {
            self.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": script }));
        }
    }

    /// A debugger of the browser, beside the driver: it reaches workers and frames, and sees what they ask of the network.
    pub fn dev_tools(&self) -> DevTools {
        DevTools::open(self.driver.borrow().debugger())
    }

    /// Sends a command of the Chrome DevTools protocol.
    pub fn cdp(&self, command: &str, parameters: &Value) -> Value {
        self.call("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Makes the visible part of the page this large, in CSS pixels; below 500 it is a phone.
    pub fn window(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.cdp("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Makes the visitor's system prefer `scheme`, `light` or `dark`.
    pub fn prefer(&self, scheme: &str) {
        self.cdp("Emulation.setEmulatedMedia", &json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }));
    }

    /// Runs `body`, that of an asynchronous JavaScript function, in the page, and gives what it returns.
    ///
    /// # Errors
    /// What it throws: an `Error`'s text as `{message}`, anything else as it is.
    pub fn attempt(&self, body: &str) -> Result<Value, Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             (async () => {{ {body} }})().then(value => done({{ value }}),\
             thrown => done({{ thrown: thrown instanceof Error ? {{ message: String(thrown) }} : thrown ?? 'nothing' }}));"
        );
        let mut outcome = self.call("POST", "/execute/async", &json!({ "script": script, "args": [] }));
        if outcome["thrown"].is_null() { Ok(outcome["value"].take()) } else { Err(outcome["thrown"].take()) }
    }

    /// Runs `body` like [`Page::attempt`], and fails when it throws.
    pub fn ask(&self, body: &str) -> Value {
        self.attempt(body).unwrap_or_else(|thrown| panic!("{body}\nthrew {thrown}{}", self.console_words()))
    }

    /// Runs `body` like [`Page::ask`], and returns its number.
    pub fn number(&self, body: &str) -> f64 {
        let value = self.ask(body);
        value.as_f64().unwrap_or_else(|| panic!("{body}\ngave {value}, not a number"))
    }

    /// Waits until the JavaScript expression `condition` is true, and gives its value. `seconds` are what a quiet machine
    /// needs at most; the wait is given up after [`PATIENCE`] times as many, so that a busy one is no failure.
    pub fn until(&self, condition: &str, seconds: u32) -> Value {
        self.ask(&format!("return e2e.until({condition:?}, () => ({condition}), {PATIENCE} * {seconds} * 1000);"))
    }

    /// Whether this Chromium gives a WebGPU adapter, if only in software. Where it gives none, the log says that `what` was
    /// not tested; with `EMBERSCOPE_REQUIRE_GPU=1` that is a failure.
    pub fn has_gpu(&self, what: &str) -> bool {
        if self.ask("return Boolean(await navigator.gpu?.requestAdapter());") == true {
            return true;
        }
        let why = format!("{what}; requestAdapter gives null in this Chromium, with the flags of webdriver.json");
        assert!(std::env::var_os("EMBERSCOPE_REQUIRE_GPU").is_none_or(|value| value != "1"), "EMBERSCOPE_REQUIRE_GPU is set, but {why}");
        println!("NOT TESTED: {why}");
        false
    }

    /// The text of the element that `selector` finds.
    pub fn text(&self, selector: &str) -> String {
        self.ask(&format!("return e2e.text({selector:?});")).as_str().unwrap_or_default().to_owned()
    }

    fn element(&self, selector: &str) -> String {
        let found = self.call("POST", "/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().expect("an element has an id").to_owned()
    }

    /// Chooses a preset and the CPU, and unfolds callbacks and watching: what is folded cannot be filled in.
    pub fn set_up(&self, preset: &str) {
        let folded = ["#device option[value=cpu]", "#setup-callbacks > summary", "#setup-watching > summary"];
        for selector in [&*format!("#preset option[value={preset}]")].into_iter().chain(folded) {
            self.click(selector);
        }
    }

    /// Fills in fields by their ids, in this order.
    pub fn fill_all(&self, fields: &[(&str, &str)]) {
        for (id, text) in fields {
            self.fill(&format!("#{id}"), text);
        }
    }

    /// Starts the visit's run number `run` by the button, waits for its end and returns what that was.
    pub fn run_by_hand(&self, run: u64) -> Value {
        self.click("#main-action");
        self.until(&format!("emberscope.runs().length === {run}"), 30);
        self.finished(run)
    }

    /// Puts another tab in front of the page for so many milliseconds.
    pub fn hide_for(&self, ms: u32) {
        let own = self.call("GET", "/window", &json!({}));
        let other = self.call("POST", "/window/new", &json!({ "type": "tab" }));
        self.call("POST", "/window", &json!({ "handle": other["handle"] }));
        let wait = format!("return new Promise(done => setTimeout(done, {ms}));");
        self.call("POST", "/execute/sync", &json!({ "script": wait, "args": [] }));
        self.call("DELETE", "/window", &json!({}));
        self.call("POST", "/window", &json!({ "handle": own }));
    }

    /// Opens the sheet with the setup where `selector` is in it.
    fn reveal(&self, selector: &str) {
        self.ask(&format!("await e2e.reveal({selector:?});"));
    }

    /// Clicks, as a mouse does: what is covered or out of sight cannot be clicked.
    pub fn click(&self, selector: &str) {
        self.reveal(selector);
        // The driver scrolls to what is out of the window, but not to what lies under the run bar.
        self.ask(&format!("document.querySelector({selector:?})?.scrollIntoView({{ block: 'center' }});"));
        let element = self.element(selector);
        self.call("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Puts `text` into a field, as a keyboard does, and leaves it by Enter.
    pub fn fill(&self, selector: &str, text: &str) {
        self.reveal(selector);
        let element = self.element(selector);
        // All that is there selected (Control and A), then over it; a field that is emptied first may fill itself again.
        let keys = format!("\u{e009}a\u{e000}{text}\u{e007}");
        self.call("POST", &format!("/element/{element}/value"), &json!({ "text": keys }));
    }

    /// Chooses files in a file field.
    pub fn upload(&self, selector: &str, files: &[PathBuf]) {
        let element = self.element(selector);
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        self.call("POST", &format!("/element/{element}/value"), &json!({ "text": names.join("\n") }));
    }

    /// Presses and releases one key: a character, or one of WebDriver's code points for the others.
    pub fn press(&self, key: char) {
        let press = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.call("POST", "/actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": press }] }));
    }

    /// Draws on the pad for drawings by `strokes`, JavaScript that calls `at(type, x, y)` for each pointer event, in shares of the pad.
    pub fn draw(&self, strokes: &str) {
        self.ask(&format!(
            "const pad = document.querySelector('#pad');
             pad.scrollIntoView({{ block: 'center' }});
             await e2e.frames(3);
             const box = pad.getBoundingClientRect();
             const at = (type, x, y) => pad.dispatchEvent(new PointerEvent(type, {{
               clientX: box.left + x * box.width, clientY: box.top + y * box.height, pointerId: 1, bubbles: true, cancelable: true,
             }}));
             pad.setPointerCapture = () => {{}};
             {strokes}"
        ));
    }

    /// Moves the slider at `selector` to `place`.
    pub fn slide(&self, selector: &str, place: usize) {
        self.ask(&format!(
            "const slider = document.querySelector('{selector}'); slider.value = {place}; slider.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        ));
    }

    /// Saves what is visible, or with `Extent::Whole` the whole page, as `name.png`.
    pub fn shoot(&self, name: &str, extent: Extent) {
        // Charts are painted in the next frame, and only while they can be seen.
        self.ask(match extent {
            Extent::Visible => "await e2e.frames(3);",
            Extent::Whole => "await e2e.seeEverything();",
        });
        let mut parameters = json!({ "format": "png" });
        if extent == Extent::Whole {
            let size =
                self.ask("const page = document.scrollingElement; return [Math.max(innerWidth, page.scrollWidth), page.scrollHeight];");
            parameters["captureBeyondViewport"] = json!(true);
            parameters["clip"] = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
        }
        let picture = self.cdp("Page.captureScreenshot", &parameters);
        let folder = std::env::var_os("EMBERSCOPE_SHOTS").map_or_else(|| target().join("e2e-shots"), PathBuf::from);
        std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let file = folder.join(format!("{name}.png"));
        std::fs::write(&file, base64(picture["data"].as_str().unwrap_or_default()))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// The bytes of the blob that `body` returns.
    pub fn file(&self, body: &str) -> Vec<u8> {
        let text = self.ask(&format!(
            "const blob = await (async () => {{ {body} }})();
             return new Promise((resolve, reject) => {{
               const reader = new FileReader();
               reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
               reader.onerror = () => reject(reader.error);
               reader.readAsDataURL(blob);
             }});"
        ));
        base64(text.as_str().unwrap_or_default())
    }

    /// Present and peak memory of the largest of the browser's page processes, in MB; `None` where `/proc` does not tell.
    pub fn memory(&self) -> Option<(u64, u64)> {
        let status = |process: std::fs::DirEntry| {
            let command = std::fs::read(process.path().join("cmdline")).ok()?;
            String::from_utf8_lossy(&command).contains("--type=renderer").then_some(())?;
            let text = std::fs::read_to_string(process.path().join("status")).ok()?;
            let kilobytes = |key: &str| text.lines().find(|line| line.starts_with(key))?.split_whitespace().nth(1)?.parse::<u64>().ok();
            Some((kilobytes("VmRSS:")? / 1000, kilobytes("VmHWM:")? / 1000))
        };
        std::fs::read_dir("/proc").ok()?.filter_map(|process| status(process.ok()?)).max()
    }

    /// Starts a run by the API and gives its id; `config` is a JavaScript expression.
    pub fn start(&self, config: &str) -> u64 {
        self.ask(&format!("return emberscope.start({config});")).as_u64().expect("a run's id is a number")
    }

    /// Waits for the end of a run and gives its summary.
    pub fn finished(&self, run: u64) -> Value {
        self.ask(&format!("return emberscope.finished({run});"))
    }

    /// All values of one series of a run.
    pub fn series(&self, run: u64, name: &str) -> Vec<f32> {
        super::numbers(&self.ask(&format!("return Array.from(emberscope.history({run}, {name:?})[{name:?}]?.value ?? []);")))
    }

    /// Loads a data set by the API, fetched from the site, and gives its id.
    pub fn load_by_fetch(&self, pair: &super::Pair) -> String {
        self.site.put("served/images", pair.images.clone());
        self.site.put("served/labels", pair.labels.clone());
        let id = self.ask(
            "const [images, labels] = await Promise.all(['images', 'labels'].map(async part =>\
             (await fetch('served/' + part)).arrayBuffer()));\
             return emberscope.loadData({ images, labels, name: 'served' });",
        );
        id.as_str().expect("loaded data has an id").to_owned()
    }
}

/// The part of the page in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The visible part.
    Visible,
    /// Everything that can be scrolled to.
    Whole,
}

/// Cargo's folder for what is built.
/// The folder of everything that is built.
pub fn target() -> PathBuf {
    // `CARGO_TARGET_TMPDIR` is `target/tmp`.
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().map(PathBuf::from).unwrap_or_default()
}

/// The bytes of standard base64, in which the driver sends pictures.
fn base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0_u32, |bits, &digit| bits << 6 | u32::from(digit)) << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}
