//! The tools around the compiler, each made sure of before it is needed: if it is missing it is installed, with a word
//! on why and how long, or else a message says what to do. Never here: the use of the tools.

use crate::process::{Result, cargo, command, find, output, root, run, target_dir};
use std::path::PathBuf;
use std::process::Command;

/// The compiler's target for the browser.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The version of Trunk that is installed where there is none.
const TRUNK: Version = Version(0, 21, 14);

/// Makes sure that the compiler can build for the browser.
pub fn wasm_target() -> Result<()> {
    let libraries = output(command("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]))?;
    if PathBuf::from(libraries.trim()).is_dir() {
        println!("{WASM_TARGET} is there");
        return Ok(());
    }
    if find("rustup").is_none() {
        return Err(format!(
            "the Rust compiler has no standard library for {WASM_TARGET}, and rustup is not there to add it; install Rust by \
             https://rustup.rs, or your system's package for that target (such as libstd-rust-dev-wasm32)"
        ));
    }
    run(command("rustup").args(["target", "add", WASM_TARGET]))
}

/// Makes sure of the wasm-bindgen programs in exactly the version that the code was locked to: the two talk to each
/// other in a format that changes with every release.
pub fn wasm_bindgen() -> Result<()> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).map_err(|error| format!("Cargo.lock cannot be read: {error}"))?;
    let wanted = locked_version(&lock, "wasm-bindgen").ok_or("Cargo.lock has no wasm-bindgen; run `cargo generate-lockfile`")?;
    let there = |program| installed_version(program).as_deref() == Some(wanted);
    if there("wasm-bindgen") && there("wasm-bindgen-test-runner") {
        println!("wasm-bindgen {wanted} is there");
        return Ok(());
    }
    println!("installing wasm-bindgen {wanted}, about a minute (found: {})", found("wasm-bindgen"));
    // Not `--locked`: only this program's own version has to match. No default features: it needs no TLS.
    let programs = ["--bin", "wasm-bindgen", "--bin", "wasm-bindgen-test-runner", "--no-default-features"];
    let mut install = install("wasm-bindgen-cli", wanted)?;
    // It goes over every module in every build of the page, so what does that is optimised: 3 s in place of 12 for the
    // GPU worker.
    for package in ["walrus", "wasmparser", "wasm-encoder", "wasm-bindgen-cli-support"] {
        install.args(["--config", &format!("profile.release.package.{package}.opt-level=2")]);
    }
    run(install.args(programs))?;
    if there("wasm-bindgen") && there("wasm-bindgen-test-runner") { Ok(()) } else { Err(not_where_expected("wasm-bindgen")) }
}

/// Makes sure of Trunk, which bundles the page.
pub fn trunk() -> Result<()> {
    let there = || installed_version("trunk").filter(|version| Version::parse(version).is_some_and(Version::suits_trunk));
    if let Some(version) = there() {
        println!("trunk {version} is there");
        return Ok(());
    }
    let Version(major, minor, patch) = TRUNK;
    let wanted = format!("{major}.{minor}.{patch}");
    println!("installing trunk {wanted}, about 2 minutes on two cores (found: {})", found("trunk"));
    // No default features: it never asks the network for anything here.
    run(install("trunk", &wanted)?.args(["--locked", "--no-default-features"]))?;
    there().map(drop).ok_or_else(|| not_where_expected("trunk"))
}

/// The version of cargo-deny that is installed where there is none.
const CARGO_DENY: &str = "0.20.2";

/// Makes sure of cargo-deny, which holds the rules of `deny.toml`, in the version that they were written for.
pub fn cargo_deny() -> Result<()> {
    let there = || installed_version("cargo-deny").as_deref() == Some(CARGO_DENY);
    if there() {
        println!("cargo-deny {CARGO_DENY} is there");
        return Ok(());
    }
    println!("installing cargo-deny {CARGO_DENY}, about 90 seconds on two cores (found: {})", found("cargo-deny"));
    run(install("cargo-deny", CARGO_DENY)?.args(["--locked", "--no-default-features"]))?;
    if there() { Ok(()) } else { Err(not_where_expected("cargo-deny")) }
}

/// `cargo install` of `package`, made to be over soon: Trunk's own release profile takes whole-program optimisation and
/// three times as long, and what these programs do takes seconds. Both build in one folder of their own, so that they
/// share what they have in common and never hold up a build of the page.
fn install(package: &str, version: &str) -> Result<Command> {
    let mut install = cargo();
    // `--force` replaces a copy of another origin or version.
    install.args(["install", package, "--version", version, "--force"]).arg("--target-dir").arg(target_dir()?.join("tools"));
    for (setting, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "0"), ("DEBUG", "0")] {
        install.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    Ok(install)
}

/// The error that an installed program is not found: cargo's own configuration may send programs elsewhere
/// (`install.root`).
fn not_where_expected(program: &str) -> String {
    format!(
        "{program} was installed, but is found neither in cargo's bin folder nor on PATH; add the folder that cargo named above to PATH"
    )
}

/// A browser and the program that drives it.
pub struct Browser {
    /// The path of chromedriver.
    pub driver: PathBuf,
}

/// Makes sure of Chromium and chromedriver, for the tests.
pub fn browser() -> Result<Browser> {
    if find_browser().is_none() && can_install_packages() {
        println!("installing Chromium and its driver by apt, about a minute");
        run(command("apt-get").arg("update"))?;
        run(command("apt-get").args(["install", "-y", "chromium", "chromium-driver"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    let (browser, driver) = find_browser().ok_or(
        "the tests need Chromium (chromium, chromium-browser or google-chrome) and chromedriver of the same version on PATH; \
         on Debian: apt-get install chromium chromium-driver; elsewhere: https://googlechromelabs.github.io/chrome-for-testing/",
    )?;
    for program in [&browser, &driver] {
        println!("{} ({})", output(command(program).arg("--version"))?.trim(), program.display());
    }
    Ok(Browser { driver })
}

/// Chromium's program, for the benchmark.
pub fn chromium() -> Result<PathBuf> {
    find_chromium().ok_or_else(|| "the benchmark needs Chromium on PATH; on Debian: apt-get install chromium".into())
}

fn find_chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(find)
}

fn find_browser() -> Option<(PathBuf, PathBuf)> {
    Some((find_chromium()?, find("chromedriver")?))
}

fn can_install_packages() -> bool {
    find("apt-get").is_some() && output(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn installed_version(program: &str) -> Option<String> {
    let text = output(command(find(program)?).arg("--version")).ok()?;
    text.split_whitespace().nth(1).map(str::to_string)
}

fn found(program: &str) -> String {
    installed_version(program).unwrap_or_else(|| "none".into())
}

/// The version that `Cargo.lock` has of the package `name`.
fn locked_version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{name}\""))?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Version(u32, u32, u32);

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|part| part.parse().ok());
        let version = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(version)
    }

    /// Whether this version of Trunk fits: the page relies on the 0.21 series' way with nonces and workers.
    fn suits_trunk(self) -> bool {
        self >= TRUNK && self < Version(0, 22, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_locked_version_of_the_very_package() {
        let lock = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.1\"\n\n[[package]]\n\
                    name = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"registry\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "trunk"), None);
    }

    #[test]
    fn takes_trunk_of_the_same_series_only() {
        let suits = |text| Version::parse(text).is_some_and(Version::suits_trunk);
        assert!(suits("0.21.14") && suits("0.21.20"));
        assert!(!suits("0.21.13") && !suits("0.22.0") && !suits("1.0.0") && !suits("0.22.0-beta.1") && !suits("?"));
    }
}
