//! Steps: named pieces of work that are announced, timed and counted, so that a log shows the time of each and the one
//! that failed. Never here: the steps' work.

use crate::process::Result;
use std::time::{Duration, Instant};

/// The steps of one call of `cargo xtask`.
pub struct Steps {
    begin: Instant,
    passed: Vec<(String, Duration)>,
    failed: Option<String>,
}

impl Steps {
    /// No steps yet; the total counts from now.
    pub fn new() -> Self {
        Self { begin: Instant::now(), passed: Vec::new(), failed: None }
    }

    /// Runs one step; `about` tells its purpose and about how long it takes.
    pub fn run<T>(&mut self, name: &str, about: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {name}: {about}");
        let start = Instant::now();
        let result = work();
        match &result {
            Ok(_) => self.pass(name, start.elapsed()),
            Err(_) => {
                println!("== {name}: FAILED after {:.1} s", start.elapsed().as_secs_f64());
                self.failed = Some(name.to_string());
            }
        }
        result.map_err(|message| format!("{name}: {message}"))
    }

    /// Runs one step unless it was done before: several groups of work need the same tools.
    pub fn once(&mut self, name: &str, about: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.passed.iter().any(|(passed, _)| passed == name) { Ok(()) } else { self.run(name, about, work) }
    }

    /// Books a step that took `time` beside other work.
    pub fn pass(&mut self, name: &str, time: Duration) {
        println!("== {name}: passed after {:.1} s", time.as_secs_f64());
        self.passed.push((name.to_string(), time));
    }

    /// The steps so far with their times, and the time since the begin, as a table.
    pub fn table(&self) -> String {
        let width = self.passed.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max("since the begin".len());
        let row = |name: &str, time: Duration| format!("{name:<width$} {:>9.1} s\n", time.as_secs_f64());
        let rows: String = self.passed.iter().map(|(name, time)| row(name, *time)).collect();
        rows + &row("since the begin", self.begin.elapsed())
    }

    /// Prints the table and the count, in the plain form that log readers look for; nothing where there were no steps.
    pub fn summarise(&self, succeeded: bool) {
        let passed = self.passed.len();
        if passed > 0 {
            print!("\n{}", self.table());
        }
        match &self.failed {
            Some(name) => println!("\nsteps: {passed} passed, 1 failed ({name})"),
            None if succeeded && passed > 0 => println!("\nsteps: {passed} passed, 0 failed"),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_step_once_and_the_total() {
        let mut steps = Steps::new();
        steps.run("bundle", "", || Ok(())).unwrap();
        steps.once("bundle", "", || Err("done before".into())).unwrap();
        steps.pass("worker_gpu", Duration::from_millis(61_234));
        let error = steps.run("seal", "", || Err::<(), _>("broken".into())).unwrap_err();
        assert_eq!(error, "seal: broken");
        let table = steps.table();
        let names: Vec<&str> = table.lines().map(|line| line.split("  ").next().unwrap().trim()).collect();
        assert_eq!(names, ["bundle", "worker_gpu", "since the begin"], "{table}");
        assert!(table.contains("worker_gpu           61.2 s"), "{table}");
    }
}
