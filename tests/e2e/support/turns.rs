//! Turns: how many tests may have a browser at once, whatever the number of test threads.
//!
//! Two by default: a page that waits leaves a processor free, and the figures in `REPORT` lines are no measurements. Whoever wants those
//! for themselves sets `EMBERSCOPE_BROWSERS=1`.

use std::sync::{Condvar, Mutex, PoisonError};

/// The turns that are taken.
static TAKEN: Mutex<usize> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

/// A turn; given back when this is dropped, by a test that panics too.
pub struct Turn;

impl Turn {
    /// Waits for a turn.
    pub fn wait() -> Self {
        let most = std::env::var("EMBERSCOPE_BROWSERS").ok().and_then(|most| most.parse().ok()).unwrap_or(2).max(1);
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = GIVEN_BACK.wait_while(taken, |taken| *taken >= most).unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        GIVEN_BACK.notify_one();
    }
}
