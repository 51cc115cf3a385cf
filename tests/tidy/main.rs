//! Holds the house rules of ARCHITECTURE.md that a program can check: who imports whom, what each file must begin
//! with, what is said in one place only, that no files use each other in a circle.

mod circles;
mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file is read in one sitting; beyond this it is two.
const MOST_LINES: usize = 430;

struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The text before the unit tests; nothing of a file that has them for a long module.
    fn program(&self) -> &str {
        if self.path.starts_with("src/") && self.path.ends_with("/tests.rs") {
            return "";
        }
        self.text.split("mod tests {").next().unwrap_or_default()
    }

    /// The program's lines without comments, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.program().lines().enumerate().map(|(index, line)| (index + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            sources.push(Source { path, text });
        }
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&root().join(folder), &mut sources);
    assert!(!sources.is_empty(), "{folder} has no Rust files");
    sources
}

/// The browser and the page's framework.
const BROWSER: &[&str] = &["web_sys", "js_sys", "wasm_bindgen", "leptos"];
/// Drawing, in the browser or by plotters.
const DRAWING: &[&str] = &["web_sys", "plotters", "wasm_bindgen"];
/// The rooms of the page that plain data and the session must not know; both are compiled and tested natively.
const BROWSER_ROOMS: &[&str] =
    &["std::time", "crate::web", "ui::actions", "ui::api", "ui::page", "ui::panels", "ui::parts", "ui::scripts", "ui::supervisor"];

/// The words that each layer must not name, in lists. The features in Cargo.toml keep crates apart; this keeps modules apart.
const FORBIDDEN: [(&str, &[&[&str]]); 28] = [
    (
        "src/domain",
        &[
            BROWSER,
            &["burn", "web_time", "std::time", "Instant", "rand::"],
            &["crate::train", "crate::protocol", "crate::web", "crate::ui", "crate::charts", "crate::worker"],
        ],
    ),
    ("src/train", &[BROWSER, &["crate::protocol", "crate::web", "crate::ui", "crate::charts", "crate::worker"]]),
    ("src/protocol", &[BROWSER, &["burn", "crate::train", "crate::web", "crate::ui", "crate::charts", "crate::worker"]]),
    ("src/export", &[BROWSER, &["burn", "crate::train", "crate::web", "crate::ui", "crate::worker"]]),
    (
        "src/script",
        &[BROWSER, &["burn", "std::time", "crate::train", "crate::protocol", "crate::web", "crate::ui", "crate::charts", "crate::worker"]],
    ),
    (
        "src/store",
        &[BROWSER, &["burn", "std::time", "crate::train", "crate::protocol", "crate::web", "crate::ui", "crate::charts", "crate::worker"]],
    ),
    ("src/store_worker.rs", &[&["burn", "leptos", "crate::train", "crate::ui", "crate::charts", "crate::worker"]]),
    ("src/ui/shelf.rs", &[&["ui::actions", "ui::api", "ui::page", "ui::panels", "ui::scripts", "ui::session", "ui::supervisor"]]),
    ("src/web", &[&["burn::", "leptos", "plotters", "crate::train", "crate::ui", "crate::charts", "crate::worker"]]),
    ("src/worker", &[&["leptos", "plotters", "crate::ui", "crate::charts"]]),
    ("src/charts", &[&["leptos", "burn", "crate::train", "crate::protocol", "crate::web", "crate::ui", "crate::worker"]]),
    ("src/ui", &[&["burn::", "plotters", "crate::train", "crate::worker"]]),
    ("src/ui/state", &[BROWSER, BROWSER_ROOMS, &["ui::session"]]),
    ("src/ui/session", &[BROWSER, BROWSER_ROOMS]),
    // The page is put together in `app` and `dashboard`, and nowhere below.
    ("src/ui/parts", &[&["ui::actions", "ui::api", "ui::page", "ui::panels", "ui::scripts", "ui::session", "ui::supervisor"]]),
    ("src/ui/scripts", &[&["ui::actions", "ui::api", "ui::page", "ui::panels", "ui::supervisor"]]),
    ("src/ui/page", &[&["ui::actions", "ui::panels"]]),
    ("src/ui/actions", &[&["ui::api", "ui::panels"]]),
    ("src/ui/panels", &[&["ui::api", "ui::supervisor"]]),
    ("src/ui/api", &[&["ui::panels"]]),
    ("src/charts/axis", &[DRAWING, &["spec::", "points::", "axes::", "scene::", "readout::", "paper::", "live::"]]),
    ("src/charts/spec.rs", &[DRAWING, &["points::", "axes::", "scene::", "readout::", "paper::", "live::"]]),
    ("src/charts/points.rs", &[DRAWING, &["axes::", "scene::", "readout::", "paper::", "live::"]]),
    ("src/charts/axes.rs", &[DRAWING, &["points::", "scene::", "readout::", "paper::", "live::"]]),
    ("src/charts/scene", &[DRAWING, &["readout::", "paper::", "live::"]]),
    ("src/charts/readout", &[DRAWING, &["paper::", "live::"]]),
    ("src/charts/paper", &[&["live::"]]),
    ("src/charts/escape.rs", &[&["crate::", "super::"]]),
];

#[test]
fn each_layer_imports_only_what_it_may() {
    let sources = sources("src");
    for (layer, forbidden) in FORBIDDEN {
        let inside: Vec<&Source> = sources
            .iter()
            .filter(|s| s.path == layer || s.path.starts_with(&format!("{layer}/")) || s.path == format!("{layer}.rs"))
            .collect();
        assert!(!inside.is_empty(), "{layer} does not exist: mend this table");
        for source in inside {
            for (line, text) in source.code() {
                for word in forbidden.iter().copied().flatten() {
                    assert!(!text.contains(word), "{}:{line} names {word}, which {layer} must not: {text}", source.path);
                }
            }
        }
    }
}

/// Two sums that overflow are both `None`, and so equal: what may fail is taken out before it is compared.
#[test]
fn checked_arithmetic_is_never_compared_as_an_option() {
    for source in sources("src") {
        for (line, text) in source.code().filter(|(_, text)| text.contains(".checked_") && !text.contains("assert")) {
            let compares = [" == ", " != "].iter().any(|sign| text.contains(sign));
            assert!(!compares || text.contains("Some("), "{}:{line} compares what may be None: {text}", source.path);
        }
    }
}

#[test]
fn every_file_says_what_lives_there_and_is_short_enough() {
    for source in ["src", "tests", "xtask/src", "fuzz/src"].into_iter().flat_map(sources) {
        assert!(source.text.starts_with("//! "), "{} does not begin with //!", source.path);
        let lines = source.program().lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines before its tests; make a new room", source.path);
    }
}

/// The names in `text` right behind each `prefix`, braces taken apart.
fn names_after<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let behind = text.match_indices(prefix).filter(|(at, _)| !text[..*at].ends_with("::")).map(|(at, found)| &text[at + found.len()..]);
    behind
        .flat_map(|rest| {
            let end = if rest.starts_with('{') { rest.find('}') } else { rest.find(|c| !is_part(c)) };
            rest[..end.unwrap_or(rest.len())].split(|c| !is_part(c))
        })
        .collect()
}

#[test]
fn panels_never_import_each_other() {
    const PANELS: &str = "src/ui/panels/";
    let sources = sources(PANELS);
    let room = |source: &Source| source.path[PANELS.len()..].split(['/', '.']).next().unwrap_or_default().to_owned();
    let rooms: Vec<String> = sources.iter().map(room).collect();
    for (source, own) in sources.iter().zip(&rooms) {
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        // `super` is the folder of panels as many times as the file lies below it.
        let up = "super::".repeat(source.path[PANELS.len()..].matches('/').count() + 1);
        for prefix in ["crate::ui::panels::", &up] {
            for name in names_after(&code, prefix) {
                assert!(name == own || !rooms.iter().any(|room| room == name), "{} imports the panel {name}", source.path);
            }
        }
    }
}

/// Calls that may stand in some files only: what, where, why.
const ONE_PLACE: [(&str, &[&str], &str); 5] = [
    (".backward()", &["src/train/mod.rs"], "only the trainer orders forward, backward and update"),
    (
        "WorkerHandle",
        &["src/web/port.rs", "src/ui/supervisor.rs", "src/ui/supervisor/replicas.rs", "src/ui/shelf.rs"],
        "only the supervisor knows of workers, and the shelf of the one that stores",
    ),
    ("extern \"C\"", &["src/worker/programs.rs"], "bindings live in web; this one is the linker's"),
    (".into_data()", &[], "a synchronous read panics on WebGPU in a browser"),
    (".into_scalar()", &[], "a synchronous read panics on WebGPU in a browser"),
];

#[test]
fn what_is_done_in_one_place_is_done_there_only() {
    for source in sources("src") {
        for (line, text) in source.code() {
            for (call, places, why) in ONE_PLACE {
                assert!(!text.contains(call) || places.contains(&source.path.as_str()), "{}:{line} has {call}, but {why}", source.path);
            }
            assert!(
                !text.contains(".unwrap()"),
                "{}:{line}: unwrap outside tests; handle it, or state the invariant by expect",
                source.path
            );
        }
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let circles = circles::circles(&sources("src"));
    assert!(circles.is_empty(), "these files use each other in a circle; give what both need a file of its own: {circles:#?}");
}

#[test]
fn the_page_contains_no_burn() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--no-default-features", "--features", "ui"])
        .args(["--target", "wasm32-unknown-unknown"])
        .current_dir(root())
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(tree.contains("leptos "), "the tree of the page is there");
    let burn: Vec<&str> = tree.lines().filter(|line| line.starts_with("burn") || line.starts_with("wgpu")).collect();
    assert!(burn.is_empty(), "the page depends on {burn:?}");
}
