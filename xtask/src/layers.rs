//! The programs of the page and how cargo is asked for them: by Trunk through `index.html`, by the tests, and before
//! either needs them. One table, so that all of them mean the same build and it is made once; a test holds that
//! `index.html` says the same.

use crate::process::cargo;
use crate::tools::WASM_TARGET;
use std::process::Command;

/// A program for the browser: a layer of the library with everything below it.
#[derive(Debug, PartialEq)]
pub struct Layer {
    /// The program in `src/bin/` or `src/main.rs`.
    pub bin: &'static str,
    /// The test of the layer that runs in Chromium.
    pub test: &'static str,
    /// Cargo's features, without the default ones.
    pub features: &'static str,
    /// Cargo's profile. The tests have the shipped one: training unoptimised takes minutes, and so dependencies are
    /// compiled once.
    pub profile: &'static str,
}

pub const PAGE: Layer = Layer { bin: "emberscope", test: "web_page", features: "ui", profile: "page" };
pub const CPU: Layer = Layer { bin: "worker_cpu", test: "web_cpu", features: "cpu,web", profile: "release" };
pub const NDARRAY: Layer = Layer { bin: "worker_ndarray", test: "web_ndarray", features: "ndarray,web", profile: "release" };
/// The storage worker; what it does is tested natively, and in the whole page.
pub const STORE: Layer = Layer { bin: "worker_store", test: "", features: "store", profile: "page" };
pub const GPU: Layer = Layer { bin: "worker_gpu", test: "web_gpu", features: "gpu,web", profile: "release" };

impl Layer {
    /// `cargo SUBCOMMAND` for this layer; without more words it means the library and all programs of these features.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = cargo();
        cargo.args([subcommand, "--target", WASM_TARGET, "--profile", self.profile]);
        cargo.args(["--no-default-features", "--features", self.features]);
        cargo
    }

    /// Compiles the program, to the same files as Trunk does.
    pub fn build(&self) -> Command {
        let mut cargo = self.cargo("build");
        cargo.args(["--bin", self.bin]);
        cargo
    }

    /// Compiles and runs the test.
    pub fn test(&self) -> Command {
        let mut cargo = self.cargo("test");
        cargo.args(["--test", self.test]);
        cargo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trunk_builds_the_same() {
        let index = include_str!("../../index.html");
        for layer in [PAGE, CPU, NDARRAY, GPU, STORE] {
            let link = index.lines().find(|line| line.contains(&format!("data-bin=\"{}\"", layer.bin))).expect("a link");
            assert!(link.contains(&format!("data-cargo-features=\"{}\"", layer.features)), "{link}");
            assert!(link.contains("data-cargo-no-default-features"), "{link}");
            let profile = link.split_once("data-cargo-profile=\"").map_or("release", |(_, rest)| rest.split('"').next().unwrap());
            assert_eq!(profile, layer.profile, "{link}");
        }
    }
}
