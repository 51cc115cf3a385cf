//! A child process: a stretch of one reader's inputs, one after the other. Never here: the stretch's choice.

use crate::parent::{fault_file, repeat};
use emberscope_fuzz::check::{Reader, catch_panics, judge, most_memory, slow};
use emberscope_fuzz::draw::Draw;
use emberscope_fuzz::readers::named;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest that one input may take before the child is given up.
const HANGS: Duration = Duration::from_secs(60);
/// The most faults that one stretch tells: a reader that is wrong is wrong often.
const MOST_FAULTS: usize = 3;

/// The results of a stretch, as they go to the parent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Inputs read.
    pub inputs: u64,
    /// Inputs accepted.
    pub accepted: u64,
    /// Bytes of all inputs.
    pub bytes: u64,
    /// Inputs that took longer than a second a megabyte, at the best of three.
    pub slow: u64,
    /// The largest part of the allowed time that an input took, and its number.
    pub slowest: (f64, u64),
    /// The largest part of the allowed memory that an input took, and its number.
    pub largest: (f64, u64),
}

impl Tally {
    /// The line that a child ends with.
    fn line(&self) -> String {
        let Self { inputs, accepted, bytes, slow, slowest, largest } = self;
        format!("tally {inputs} {accepted} {bytes} {slow} {} {} {} {}", slowest.0, slowest.1, largest.0, largest.1)
    }

    /// Reads that line.
    pub fn of_line(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("tally ")?.split(' ');
        let mut next = || words.next();
        Some(Self {
            inputs: next()?.parse().ok()?,
            accepted: next()?.parse().ok()?,
            bytes: next()?.parse().ok()?,
            slow: next()?.parse().ok()?,
            slowest: (next()?.parse().ok()?, next()?.parse().ok()?),
            largest: (next()?.parse().ok()?, next()?.parse().ok()?),
        })
    }

    /// Adds another stretch.
    pub fn add(&mut self, other: &Self) {
        self.inputs += other.inputs;
        self.accepted += other.accepted;
        self.bytes += other.bytes;
        self.slow += other.slow;
        if other.slowest.0 > self.slowest.0 {
            self.slowest = other.slowest;
        }
        if other.largest.0 > self.largest.0 {
            self.largest = other.largest;
        }
    }
}

fn make(reader: &dyn Reader, seed: u64, index: u64) -> Vec<u8> {
    reader.make(&mut Draw::new(seed, reader.name(), index))
}

fn tell(reader: &dyn Reader, seed: u64, index: u64, input: &[u8], fault: &str) {
    let path = fault_file(reader.name(), seed, index);
    let kept = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, input));
    let kept = kept.map_or_else(|error| format!("could not be kept: {error}"), |()| format!("is in {}", path.display()));
    let fault = fault.replace('\n', " ");
    println!("fault {}: input {index} of seed {seed}: {fault}; it {kept}; again: {}", reader.name(), repeat(reader.name(), &path));
}

/// Reads inputs `first` to `first + count` of a reader, given as words: seed, first, count; with `careful` each number is
/// printed before its input is read, so that the last one printed is the one that killed the process. Whether all held.
pub fn run(name: &str, numbers: &[&str]) -> Result<bool, String> {
    let reader = named(name).ok_or("there is no such reader")?;
    let number = |at: usize| numbers.get(at).and_then(|word| word.parse::<u64>().ok()).ok_or("a number is missing");
    let (seed, first, count) = (number(0)?, number(1)?, number(2)?);
    let is_careful = numbers.get(3) == Some(&"careful");
    catch_panics();
    static AT: AtomicU64 = AtomicU64::new(0);
    AT.store(first, Ordering::Relaxed);
    std::thread::spawn(move || {
        let mut last = (u64::MAX, Duration::ZERO);
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let at = AT.load(Ordering::Relaxed);
            last = if last.0 == at { (at, last.1 + Duration::from_secs(1)) } else { (at, Duration::ZERO) };
            if last.1 > HANGS {
                tell(reader, seed, at, &make(reader, seed, at), "it takes more than a minute");
                std::process::exit(1);
            }
        }
    });
    let (mut tally, mut faults) = (Tally::default(), 0);
    for index in first..first + count {
        AT.store(index, Ordering::Relaxed);
        if is_careful {
            println!("at {index}");
            std::io::stdout().flush().map_err(|error| error.to_string())?;
        }
        let input = make(reader, seed, index);
        let outcome = judge(reader, &input);
        tally.inputs += 1;
        tally.accepted += u64::from(outcome.accepted);
        tally.bytes += input.len() as u64;
        let share = outcome.gauge.time.as_secs_f64() / slow(input.len()).as_secs_f64();
        tally.slow += u64::from(share > 1.0);
        if share > tally.slowest.0 {
            tally.slowest = (share, index);
        }
        let share = outcome.gauge.peak as f64 / most_memory(input.len()) as f64;
        if share > tally.largest.0 {
            tally.largest = (share, index);
        }
        if let Some(fault) = outcome.fault {
            faults += 1;
            if faults <= MOST_FAULTS {
                tell(reader, seed, index, &input, &fault);
            }
        }
    }
    println!("{}", tally.line());
    Ok(faults == 0)
}

/// Reads one file again, with all words on the terminal. Whether it held.
pub fn file(name: &str, path: &str) -> Result<bool, String> {
    let reader = named(name).ok_or("there is no such reader")?;
    let input = std::fs::read(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
    catch_panics();
    let outcome = judge(reader, &input);
    println!("{} bytes, accepted: {}, {:?}", input.len(), outcome.accepted, outcome.gauge);
    if let Some(fault) = &outcome.fault {
        println!("fault: {fault}");
    }
    Ok(outcome.fault.is_none())
}
