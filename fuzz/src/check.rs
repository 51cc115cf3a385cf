//! One input: made, read and judged. It may be accepted or refused; it may not panic, take too much memory or too long.

use super::draw::Draw;
use super::memory::peak_of;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// A reader of something from outside.
pub trait Reader: Sync {
    /// The name on the command line and of its files.
    fn name(&self) -> &'static str;

    /// Makes an input.
    fn make(&self, draw: &mut Draw) -> Vec<u8>;

    /// Reads an input and checks what must hold where it is accepted; whether it is. The reading itself goes through
    /// [`Gauge::measure`]; a panic is a fault.
    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool;
}

/// The memory and time that reading took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    /// The most bytes at once.
    pub peak: usize,
    /// The time of all measured parts.
    pub time: Duration,
}

impl Gauge {
    /// Measures `work`.
    pub fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let (result, peak) = peak_of(work);
        self.time += begin.elapsed();
        self.peak = self.peak.max(peak);
        result
    }
}

/// The outcome of one input.
#[derive(Debug)]
pub struct Outcome {
    /// Whether the reader accepted it.
    pub accepted: bool,
    /// The measures.
    pub gauge: Gauge,
    /// The rule that was broken, in words.
    pub fault: Option<String>,
}

/// The most memory that reading `length` bytes may take.
pub fn most_memory(length: usize) -> usize {
    4 * length + (64 << 20)
}

/// The longest that reading `length` bytes should take: a second a megabyte, and 20 ms for the smallest.
pub fn slow(length: usize) -> Duration {
    Duration::from_millis(20) + Duration::from_secs(1).mul_f64(length as f64 / 1e6)
}

/// The time that is a fault, far above the noise of a busy machine.
fn far_too_slow(length: usize) -> Duration {
    Duration::from_secs(2) + 10 * slow(length)
}

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps panics off the terminal, and their words for [`judge`].
pub fn catch_panics() {
    std::panic::set_hook(Box::new(|info| PANIC.with(|words| *words.borrow_mut() = info.to_string())));
}

/// Reads `input` and judges. What was slow is read three times, and the quickest counts: a machine has other work too.
pub fn judge(reader: &dyn Reader, input: &[u8]) -> Outcome {
    let mut best = once(reader, input);
    for _ in 0..2 {
        if best.fault.is_none() && best.gauge.time > slow(input.len()) {
            let again = once(reader, input);
            if again.gauge.time < best.gauge.time {
                best = again;
            }
        }
    }
    let Gauge { peak, time } = best.gauge;
    if best.fault.is_none() && peak > most_memory(input.len()) {
        best.fault = Some(format!("{} bytes took {peak} bytes of memory", input.len()));
    }
    if best.fault.is_none() && time > far_too_slow(input.len()) {
        best.fault = Some(format!("{} bytes took {:.1} s", input.len(), time.as_secs_f64()));
    }
    best
}

fn once(reader: &dyn Reader, input: &[u8]) -> Outcome {
    let mut gauge = Gauge::default();
    match catch_unwind(AssertUnwindSafe(|| reader.read(input, &mut gauge))) {
        Ok(accepted) => Outcome { accepted, gauge, fault: None },
        Err(_) => {
            let words = PANIC.with(RefCell::take);
            let fault = if words.is_empty() { "a panic".to_owned() } else { words };
            Outcome { accepted: false, gauge, fault: Some(fault) }
        }
    }
}
