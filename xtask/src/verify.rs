//! Every test and every lint, in the order in which they are cheap to fail. Never here: the tests.

use crate::early::Early;
use crate::layers::{self, Layer};
use crate::process::{Result, cargo, find, run, run_watched};
use crate::site;
use crate::steps::Steps;
use crate::supply;
use crate::tools::{self, Browser};
use std::process::Command;

/// The quick ones first.
const LAYERS: [Layer; 4] = [layers::CPU, layers::NDARRAY, layers::GPU, layers::PAGE];

/// A group of tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Suite {
    /// The tests without a browser.
    Native,
    /// The tests of the library in Chromium.
    Wasm,
    /// The tests of the built page in Chromium, as a visitor meets it.
    EndToEnd,
    /// A hundred deaths of the browser.
    Kills,
}

impl Suite {
    /// All suites but [`Suite::Kills`], of which the tests of the page have a few: the quick ones first.
    pub const ALL: [Self; 3] = [Self::Native, Self::Wasm, Self::EndToEnd];

    /// The suite called `name` on the command line.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "native" => Ok(Self::Native),
            "wasm" => Ok(Self::Wasm),
            "e2e" => Ok(Self::EndToEnd),
            "kills" => Ok(Self::Kills),
            _ => Err(format!("`{name}` is not a group of tests; they are native, wasm, e2e and kills")),
        }
    }
}

/// Runs the tests of `suites`.
pub fn test(steps: &mut Steps, suites: &[Suite]) -> Result<()> {
    // The page and the workers are of two profiles, so they do not wait for each other.
    let mut early = Vec::new();
    if suites.contains(&Suite::Native) && suites.contains(&Suite::Wasm) {
        site::wasm_target(steps)?;
        early = [&LAYERS[..3], &LAYERS[3..]].map(|layers| Early::begin(0.5, layers.iter().map(compile_test).collect())).into();
    }
    if suites.contains(&Suite::Native) {
        native(steps)?;
    }
    if suites.iter().all(|&suite| suite == Suite::Native) {
        return Ok(());
    }
    let browser = steps.run("browser", "Chromium and chromedriver, for the tests that need one", tools::browser)?;
    if suites.contains(&Suite::Wasm) {
        wasm(steps, &browser)?;
    }
    if suites.contains(&Suite::EndToEnd) {
        end_to_end(steps, &browser, None)?;
    }
    if suites.contains(&Suite::Kills) {
        let kills = std::env::var("EMBERSCOPE_KILLS").unwrap_or_else(|_| "100".to_owned());
        end_to_end(steps, &browser, Some(kills))?;
    }
    drop(early);
    Ok(())
}

fn compile_test(layer: &Layer) -> Command {
    let mut cargo = layer.test();
    cargo.arg("--no-run");
    cargo
}

fn native(steps: &mut Steps) -> Result<()> {
    steps.run("native tests", "everything that needs no browser, a minute of random inputs among it; some minutes the first time", || {
        // A fixed seed for the property tests, so that a run can be repeated; plain `cargo test` looks elsewhere each time.
        counted(cargo().args(["test", "--workspace"]).env("PROPTEST_RNG_SEED", "20261121"))
    })
}

fn wasm(steps: &mut Steps, browser: &Browser) -> Result<()> {
    site::wasm_target(steps)?;
    steps.once("wasm-bindgen", "runs the tests in the browser", tools::wasm_bindgen)?;
    // By path, so that no other copy can be meant: cargo starts it with the PATH of its own.
    let runner = find("wasm-bindgen-test-runner").ok_or("wasm-bindgen-test-runner is not where it was installed")?;
    for layer in &LAYERS {
        let about = format!("features {} in Chromium; minutes the first time", layer.features);
        steps.run(&format!("wasm tests {}", layer.test), &about, || {
            // The flags for Chromium are in webdriver.json, which the runner reads from the working directory.
            counted(
                layer
                    .test()
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner)
                    .env("CHROMEDRIVER", &browser.driver)
                    .env("WASM_BINDGEN_TEST_TIMEOUT", "600")
                    .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60"),
            )
        })?;
    }
    Ok(())
}

/// The end-to-end tests; with a number of `kills`, those of kills alone.
fn end_to_end(steps: &mut Steps, browser: &Browser, kills: Option<String>) -> Result<()> {
    let dist = site::bundle(steps)?;
    steps.run("end-to-end tests", "the built page as a visitor meets it; minutes", || {
        counted(
            cargo()
                .args(["test", "--test", "e2e", "--", "--nocapture", "--test-threads=2"])
                .args(kills.as_ref().map(|_| "kills::"))
                .envs(kills.map(|kills| ("EMBERSCOPE_KILLS", kills)))
                .env("EMBERSCOPE_DIST", &dist)
                .env("CHROMEDRIVER", &browser.driver),
        )
    })
}

/// Runs tests and counts them: a suite without any was left out by mistake, not passed.
fn counted(command: &mut Command) -> Result<()> {
    let mut passed = 0;
    run_watched(command, |line| passed += tests_passed(line).unwrap_or(0))?;
    println!("{passed} tests passed");
    if passed == 0 { Err("no test was run; is something left out by its features or its target?".into()) } else { Ok(()) }
}

/// The count in a line such as `test result: ok. 12 passed; 0 failed; …`.
fn tests_passed(line: &str) -> Option<usize> {
    let (_, counts) = line.split_once("test result: ")?;
    counts.split_once(" passed")?.0.rsplit(' ').next()?.parse().ok()
}

/// Formatting, dependencies and lints: natively, of the workers together, and of the page.
pub fn check(steps: &mut Steps) -> Result<()> {
    let strict = ["--", "-D", "warnings"];
    steps.run("format", "cargo fmt; seconds", || run(cargo().args(["fmt", "--check", "--all"])))?;
    steps.run("lint native", "cargo clippy; a few minutes the first time", || {
        // The end-to-end test is left out of `--all-targets`, as it is out of plain `cargo test`; named, it is linted too.
        run(cargo().args(["clippy", "--workspace", "--all-targets"]).args(strict))?;
        run(cargo().args(["clippy", "--test", "e2e"]).args(strict))
    })?;
    let about = "cargo-deny: licences, origins, doubles; vulnerabilities where their database can be reached";
    steps.run("supply", about, supply::check)?;
    site::wasm_target(steps)?;
    // The workers with the features of all: their dependencies are gone through once and not three times, which is four
    // minutes less where everything is new. That each compiles with its own features alone is seen when it is built.
    let features = "cpu,ndarray,gpu,web";
    steps.run("lint wasm workers", &format!("cargo clippy with {features}"), || {
        let all = Layer { bin: "", test: "", features, profile: layers::CPU.profile };
        let mut clippy = all.cargo("clippy");
        clippy.args(["--lib", "--bins"]);
        for layer in LAYERS.iter().filter(|layer| layer.profile == all.profile) {
            clippy.args(["--test", layer.test]);
        }
        run(clippy.args(strict))
    })?;
    let store = &layers::STORE;
    steps.run(&format!("lint wasm {}", store.bin), &format!("cargo clippy with {}", store.features), || {
        run(store.cargo("clippy").args(["--lib", "--bins"]).args(strict))
    })?;
    let page = &layers::PAGE;
    steps.run(&format!("lint wasm {}", page.test), &format!("cargo clippy with {}", page.features), || {
        run(page.cargo("clippy").args(["--lib", "--bins", "--test", page.test]).args(strict))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_the_test_runners_print() {
        assert_eq!(tests_passed("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured"), Some(12));
        assert_eq!(tests_passed("test result: \u{1b}[32mok\u{1b}[0m. 3 passed; 0 failed"), Some(3));
        assert_eq!(tests_passed("running 3 tests"), None);
    }

    #[test]
    fn suites_have_names() {
        assert_eq!(Suite::named("e2e"), Ok(Suite::EndToEnd));
        assert!(Suite::named("unit").unwrap_err().contains("native, wasm, e2e and kills"));
    }
}
