//! `cargo xtask`: the work around the code, as code.
//!
//! One command builds and serves the page, one builds what is deployed, one runs every test, one every lint; the CI
//! runs the same ones. Each says what it does, why and for about how long, and stops with the name of what failed.
//! Never here: anything the library needs at run time.

mod bench;
mod csp;
mod data;
mod early;
mod first;
mod fuzz;
mod headers;
mod layers;
mod lessons;
mod names;
mod process;
mod site;
mod steps;
mod supply;
mod tools;
mod verify;
mod wasm;

use process::Result;
use std::process::ExitCode;
use steps::Steps;

const HELP: &str = "\
cargo xtask COMMAND

  serve [--port 8080] [--open]   build the page and serve it on this machine; rebuilds on every change
  build                          build the page into dist/: static files for any host and any path
  test [native|wasm|e2e]         run the tests: natively, in Chromium, end to end; all three without a name
  test kills                     kill the browser a hundred times in the middle of a run, and compare what the run comes to
  check                          formatting and lints, natively and for the browser; licences and origins of dependencies
  bench [cpu] [webgpu] [--models mlp,cnn,deep] [--batches 1,17,64,256] [--workers 1,2] [--build-only]
                                 how fast it trains, in Chromium: samples per second, time to the first step, drift of the loss
  fuzz [READER …] [--inputs N | --minutes M] [--seed S]
                                 random inputs for the readers of files, links and messages; all of them without a name
  fuzz file READER FILE          one input again
  help                           this text

Tools that are missing (the wasm32 target, wasm-bindgen, Trunk; cargo-deny, Chromium for the tests) are installed on the way.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut steps = Steps::new();
    let result = dispatch(&arguments, &mut steps);
    if let Err(message) = &result {
        eprintln!("\nerror: {message}");
    }
    steps.summarise(result.is_ok());
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn dispatch(arguments: &[&str], steps: &mut Steps) -> Result<()> {
    match arguments {
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        ["serve", options @ ..] => site::serve(steps, &site::ServeOptions::parse(options)?),
        ["build"] => site::build(steps),
        ["test"] => verify::test(steps, &verify::Suite::ALL),
        ["test", name] => verify::test(steps, &[verify::Suite::named(name)?]),
        ["fuzz", options @ ..] => fuzz::run(steps, options),
        ["bench", options @ ..] => bench::run(steps, &bench::Options::parse(options)?),
        ["check"] => verify::check(steps),
        _ => Err(format!("`cargo xtask {}` is not a command\n\n{HELP}", arguments.join(" "))),
    }
}
