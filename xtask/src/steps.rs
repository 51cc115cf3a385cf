//! Steps: named pieces of work that are announced, timed and counted, so that a log says where the time went and what
//! failed. Never here: what the steps do.

use crate::process::Result;
use std::collections::HashSet;
use std::time::Instant;

/// The steps of one call of `cargo xtask`.
#[derive(Default)]
pub struct Steps {
    passed: HashSet<String>,
    failed: Option<String>,
}

impl Steps {
    /// Does one step; `about` says why it is done and about how long it takes.
    pub fn run<T>(&mut self, name: &str, about: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {name}: {about}");
        let start = Instant::now();
        let result = work();
        let seconds = start.elapsed().as_secs_f64();
        match &result {
            Ok(_) => {
                println!("== {name}: passed after {seconds:.1} s");
                self.passed.insert(name.to_string());
            }
            Err(_) => {
                println!("== {name}: FAILED after {seconds:.1} s");
                self.failed = Some(name.to_string());
            }
        }
        result.map_err(|message| format!("{name}: {message}"))
    }

    /// Does one step unless it was done before: several groups of work need the same tools.
    pub fn once(&mut self, name: &str, about: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.passed.contains(name) { Ok(()) } else { self.run(name, about, work) }
    }

    /// Prints the count, in the plain form that log readers look for; nothing where there were no steps.
    pub fn summarise(&self, succeeded: bool) {
        match &self.failed {
            Some(name) => println!("\nsteps: {} passed, 1 failed ({name})", self.passed.len()),
            None if succeeded && !self.passed.is_empty() => println!("\nsteps: {} passed, 0 failed", self.passed.len()),
            None => {}
        }
    }
}
