//! Fuzzing: builds the fuzzer and runs it. Never here: inputs and readers, which are in `fuzz/`.

use crate::process::{self, Result, cargo};
use crate::steps::Steps;
use std::process::Command;

/// The fuzzer with its own profile: optimised, but overflows of sums are told.
fn fuzzer(subcommand: &str) -> Command {
    let mut cargo = cargo();
    cargo.args([subcommand, "--package", "emberscope-fuzz", "--profile", "fuzz"]);
    cargo
}

/// Runs the fuzzer with `options` as they were typed.
pub fn run(steps: &mut Steps, options: &[&str]) -> Result<()> {
    // Built first, so that its minutes are minutes of inputs.
    steps.run("fuzzer", "the readers and their inputs, optimised; about a minute the first time", || process::run(&mut fuzzer("build")))?;
    steps.run("fuzz", "random inputs for every reader", || process::run(fuzzer("run").arg("--quiet").arg("--").args(options)))
}
