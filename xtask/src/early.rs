//! Builds that begin before they are needed, beside steps that leave processors idle: downloads, linking, whole-program
//! optimisation, tests.
//!
//! They print nothing, and nobody waits for them here: the step that needs a build asks cargo for it, and cargo waits
//! for the one that is going on, finds it done or says what is wrong with it. Never here: what is built.

use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Builds that go on one after the other until they are through or this is dropped.
pub struct Early(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    running: Option<Child>,
    is_dropped: bool,
}

impl Early {
    /// Begins `builds`, which are calls of cargo, on `share` of the processors: at least one, at most all.
    pub fn begin(share: f64, builds: Vec<Command>) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let jobs = ((cores as f64 * share).ceil() as usize).clamp(1, cores);
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for mut build in builds {
                build.args(["--quiet", "--jobs", &jobs.to_string()]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                if !run(&shared, &mut build) {
                    return;
                }
            }
        });
        Self(state)
    }
}

impl Drop for Early {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.is_dropped = true;
        if let Some(mut running) = state.running.take() {
            running.kill().and_then(|()| running.wait()).ok();
        }
    }
}

/// Runs `build` to its end; false when there shall be no more.
fn run(shared: &Mutex<State>, build: &mut Command) -> bool {
    {
        let mut state = lock(shared);
        if state.is_dropped {
            return false;
        }
        state.running = build.spawn().ok();
    }
    // Looked at rather than waited for, because a drop must be able to end it meanwhile.
    loop {
        match &mut lock(shared).running {
            Some(running) => {
                if !matches!(running.try_wait(), Ok(None)) {
                    return true;
                }
            }
            None => return false,
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::cargo;

    #[test]
    fn a_build_that_fails_is_nobodys_failure_and_after_a_drop_there_is_none() {
        let state = Arc::new(Mutex::new(State::default()));
        assert!(run(&state, cargo().arg("no-such-subcommand").stderr(Stdio::null())));
        drop(Early(Arc::clone(&state)));
        assert!(!run(&state, cargo().arg("--version")));
    }
}
