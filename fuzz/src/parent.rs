//! The parent process: gives stretches of inputs to children, one a processor, and tells what came of them.

use crate::child::Tally;
use emberscope_fuzz::check::Reader;
use emberscope_fuzz::readers::{ALL, named};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Inputs of one child.
const STRETCH: u64 = 25_000;
/// The usual seed.
const SEED: u64 = 1;

/// The end of a reader's turn.
#[derive(Clone, Copy)]
enum Until {
    Inputs(u64),
    Time(Duration),
}

/// The file that keeps an input.
pub fn fault_file(reader: &str, seed: u64, index: u64) -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    // Beside the profile's folder, in cargo's own for builds.
    let target = program.ancestors().nth(2).unwrap_or(Path::new("."));
    target.join("fuzz-faults").join(format!("{reader}-{seed}-{index}"))
}

/// The command that reads a file again.
pub fn repeat(reader: &str, path: &Path) -> String {
    format!("cargo xtask fuzz file {reader} {}", path.display())
}

/// Runs the readers that are named, or all. Whether all held.
pub fn run(options: &[&str]) -> Result<bool, String> {
    let (mut readers, mut until, mut seed): (Vec<&dyn Reader>, _, _) = (Vec::new(), Until::Inputs(100_000), SEED);
    let mut options = options.iter();
    let mut minutes = None;
    while let Some(&option) = options.next() {
        let mut value = || options.next().ok_or(format!("{option} needs a number"));
        let wrong = |_| format!("{option} needs a number");
        match option {
            "--inputs" => until = Until::Inputs(value()?.replace('_', "").parse().map_err(wrong)?),
            "--seed" => seed = value()?.parse().map_err(wrong)?,
            "--minutes" => minutes = Some(value()?.parse::<f64>().map_err(|_| format!("{option} needs a number"))?),
            name => readers.push(named(name).ok_or_else(|| {
                let known: Vec<&str> = ALL.iter().map(|reader| reader.name()).collect();
                format!("`{name}` is no reader; they are {}", known.join(", "))
            })?),
        }
    }
    if readers.is_empty() {
        readers.extend(ALL);
    }
    if let Some(minutes) = minutes {
        until = Until::Time(Duration::from_secs_f64(60.0 * minutes / readers.len() as f64));
    }
    println!("seed {seed}; parts of the allowed: a second a megabyte (and 20 ms), 4 times the input (and 64 MB)");
    println!(
        "{:<12} {:>11} {:>9} {:>10} {:>8} {:>6} {:>20} {:>20}",
        "reader", "inputs", "accepted", "mean bytes", "seconds", "slow", "longest (input)", "memory (input)"
    );
    let mut faults = 0;
    for reader in readers {
        let begin = Instant::now();
        let (tally, found) = one(reader.name(), seed, until)?;
        println!(
            "{:<12} {:>11} {:>7.1} % {:>10.0} {:>8.0} {:>6} {:>20} {:>20}",
            reader.name(),
            tally.inputs,
            100.0 * tally.accepted as f64 / tally.inputs.max(1) as f64,
            tally.bytes as f64 / tally.inputs.max(1) as f64,
            begin.elapsed().as_secs_f64(),
            tally.slow,
            format!("{:.0} % ({})", 100.0 * tally.slowest.0, tally.slowest.1),
            format!("{:.0} % ({})", 100.0 * tally.largest.0, tally.largest.1),
        );
        found.iter().for_each(|fault| println!("  {fault}"));
        faults += found.len();
    }
    println!("{faults} faults");
    Ok(faults == 0)
}

/// Gives one reader's stretches to children.
fn one(reader: &str, seed: u64, until: Until) -> Result<(Tally, Vec<String>), String> {
    let (next, begin) = (AtomicU64::new(0), Instant::now());
    let sum = Mutex::new((Tally::default(), Vec::new()));
    let stretch = |first: u64, count: u64| -> Result<(), String> {
        let (tally, mut faults) = child(reader, seed, first, count, false)?;
        if tally.is_none() && faults.is_empty() {
            faults.push(died(reader, seed, first, count)?);
        }
        let mut sum = sum.lock().map_err(|_| "a thread has failed")?;
        sum.0.add(&tally.unwrap_or_default());
        sum.1.extend(faults);
        Ok(())
    };
    let work = || -> Result<(), String> {
        loop {
            // Short ones where time is short.
            let length = if matches!(until, Until::Time(_)) { STRETCH / 10 } else { STRETCH };
            let first = next.fetch_add(length, Ordering::Relaxed);
            let count = match until {
                Until::Inputs(inputs) if first >= inputs => return Ok(()),
                Until::Time(time) if begin.elapsed() >= time => return Ok(()),
                Until::Inputs(inputs) => length.min(inputs - first),
                Until::Time(_) => length,
            };
            stretch(first, count)?;
        }
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread has failed".to_owned())?)
    })?;
    sum.into_inner().map_err(|_| "a thread has failed".to_owned())
}

/// Runs a child to its end: its tally, none if it died, and the faults that it told.
fn child(reader: &str, seed: u64, first: u64, count: u64, careful: bool) -> Result<(Option<Tally>, Vec<String>), String> {
    let (lines, _) = lines(reader, seed, first, count, careful)?;
    let faults = lines.iter().filter(|line| line.starts_with("fault ")).cloned().collect();
    Ok((lines.iter().find_map(|line| Tally::of_line(line)), faults))
}

fn lines(reader: &str, seed: u64, first: u64, count: u64, careful: bool) -> Result<(Vec<String>, String), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["child", reader]).args([seed, first, count].map(|number| number.to_string())).args(careful.then_some("careful"));
    let output = command.stderr(Stdio::null()).output().map_err(|error| format!("a child cannot be started: {error}"))?;
    Ok((String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect(), output.status.to_string()))
}

/// The fault of a stretch whose child died: it is gone through once more, carefully.
fn died(reader: &str, seed: u64, first: u64, count: u64) -> Result<String, String> {
    let (lines, status) = lines(reader, seed, first, count, true)?;
    let last = lines.iter().rev().find_map(|line| line.strip_prefix("at ")?.parse::<u64>().ok()).unwrap_or(first);
    let path = fault_file(reader, seed, last);
    let input = named(reader).map(|reader| reader.make(&mut emberscope_fuzz::draw::Draw::new(seed, reader.name(), last)));
    let kept = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, input.unwrap_or_default()));
    kept.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(format!("fault {reader}: input {last} of seed {seed} ended the process ({status}); again: {}", repeat(reader, &path)))
}
