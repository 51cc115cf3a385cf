//! The first `cargo xtask serve` of a machine: the page is served as soon as it can train on the CPU, and the workers
//! that a first batch does not need are compiled while it is in use.
//!
//! Trunk is given a copy of `index.html` in which those workers are marked to be skipped. It leaves a skipped link as
//! it is, so the page finds it in its own document and says that the worker is still being built
//! (`web::port::is_being_built`). When a worker is there its mark goes, and Trunk, which watches the copy, bundles it as well.
//! Never here: anything that `cargo xtask build` does, which always makes the whole page.

use crate::early::Early;
use crate::layers::{self, Layer};
use crate::process::{Result, root, target_dir, typed};
use crate::steps::Steps;
use crate::tools::WASM_TARGET;
use std::fs;
use std::process::Child;
use std::time::Instant;

/// The copy of `index.html`, beside it because addresses in it are relative. Git ignores it.
pub const PAGE: &str = "first.html";

/// The workers that come later, the most wanted first, and what for.
const LATER: [(Layer, &str); 2] =
    [(layers::GPU, "training on WebGPU; about 5 minutes"), (layers::NDARRAY, "the second CPU backend; about 2 minutes")];

/// The work on the first of the workers that are missing.
enum Work {
    Nothing,
    /// Cargo compiles it.
    Compiling(Child),
    /// Trunk bundles it.
    Bundling,
}

/// The workers that are still to come, and the page without them.
pub struct First {
    missing: &'static [(Layer, &'static str)],
    work: Work,
    since: Instant,
    /// The page and the worker that come first, while tools are installed and Trunk has not asked for them.
    _early: [Early; 2],
}

impl First {
    /// Looks for workers that were never built here, and writes the page without them; `None` when all were.
    pub fn prepare() -> Result<Option<Self>> {
        let modules = target_dir()?.join(WASM_TARGET);
        let is_built = |worker: &Layer| modules.join(worker.profile).join(worker.bin).with_extension("wasm").is_file();
        let built = LATER.iter().take_while(|(worker, _)| is_built(worker)).count();
        let missing = &LATER[built..];
        if missing.is_empty() {
            // One that an earlier call left.
            fs::remove_file(root().join(PAGE)).ok();
            return Ok(None);
        }
        write(missing)?;
        // The worker has the crate that takes longest, on one processor however many there are: nothing may hold it up.
        let early = [(layers::CPU, 1.0), (layers::PAGE, 0.5)].map(|(layer, share)| Early::begin(share, vec![layer.build()]));
        Ok(Some(Self { missing, work: Work::Nothing, since: Instant::now(), _early: early }))
    }

    /// Goes one step further if it can be done without waiting; `answers` tells whether the server has a file.
    /// False when all is done.
    ///
    /// # Errors
    /// When a worker cannot be built. The page goes on without it.
    pub fn advance(&mut self, steps: &mut Steps, answers: impl Fn(&str) -> bool) -> Result<bool> {
        let [(worker, about), rest @ ..] = self.missing else { return Ok(false) };
        match &mut self.work {
            Work::Nothing => {
                println!("\n== {}: {about}", worker.bin);
                self.since = Instant::now();
                let mut command = worker.build();
                println!("$ {}", typed(&command));
                self.work = Work::Compiling(command.spawn().map_err(|error| format!("cargo cannot be started: {error}"))?);
            }
            Work::Compiling(cargo) => match cargo.try_wait().map_err(|error| error.to_string())? {
                None => {}
                Some(status) if status.success() => {
                    write(rest)?;
                    self.work = Work::Bundling;
                }
                Some(status) => {
                    self.missing = &[];
                    return Err(format!("{} was not built ({status}); the page goes on without it", worker.bin));
                }
            },
            // The next build would hold up Trunk, which asks cargo as well.
            Work::Bundling if answers(&format!("/{}_loader.js", worker.bin)) => {
                steps.pass(worker.bin, self.since.elapsed());
                self.missing = rest;
                self.work = Work::Nothing;
            }
            Work::Bundling => {}
        }
        Ok(!self.missing.is_empty())
    }
}

/// Writes the page without the workers of `missing`.
fn write(missing: &[(Layer, &str)]) -> Result<()> {
    let whole = fs::read_to_string(root().join("index.html")).map_err(|error| format!("index.html: {error}"))?;
    fs::write(root().join(PAGE), without(&whole, missing)?).map_err(|error| format!("{PAGE}: {error}"))
}

/// `page` with a mark for Trunk to skip the workers of `missing`.
fn without(page: &str, missing: &[(Layer, &str)]) -> Result<String> {
    missing.iter().try_fold(page.to_string(), |page, (worker, _)| {
        let link = format!("data-bin=\"{}\"", worker.bin);
        if page.contains(&link) {
            Ok(page.replace(&link, &format!("{link} data-trunk-skip")))
        } else {
            Err(format!("index.html has no link with {link}"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = include_str!("../../index.html");

    #[test]
    fn the_first_page_skips_the_workers_that_are_missing_and_no_other() {
        let skipped = |page: &str| page.lines().filter(|line| line.contains("data-trunk-skip")).map(str::to_string).collect::<Vec<_>>();
        let [gpu, ndarray] = &skipped(&without(INDEX, &LATER).unwrap())[..] else { panic!("two workers come later") };
        assert!(gpu.contains("data-bin=\"worker_ndarray\"") && ndarray.contains("data-bin=\"worker_gpu\""));
        assert_eq!(skipped(&without(INDEX, &LATER[1..]).unwrap()).len(), 1);
        assert_eq!(without(INDEX, &[]).unwrap(), INDEX);
        assert!(without("<html>", &LATER).unwrap_err().contains("worker_gpu"));
    }
}
