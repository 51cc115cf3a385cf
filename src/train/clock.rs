//! Time as a parameter: the training asks a [`Clock`], so that tests can hold it still.

/// A clock that the training asks for the time.
pub trait Clock {
    /// The time in milliseconds since some fixed moment, never going back.
    fn now_ms(&self) -> f64;
}

/// A clock that stands still: for work whose time nobody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Still;

impl Clock for Still {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// The real time: `Instant` natively, `performance.now()` in a browser.
#[derive(Clone, Copy, Debug)]
pub struct WallClock(web_time::Instant);

impl Default for WallClock {
    fn default() -> Self {
        Self(web_time::Instant::now())
    }
}

impl Clock for WallClock {
    fn now_ms(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1000.0
    }
}
