//! Numbers, times and sizes as people read them. The page has one function for each.

use crate::charts::axis::grouped;
use crate::domain::cost::estimate::Share;
pub use crate::domain::number::format_number;

/// Milliseconds for people: `51.6 ms`, `1.24 s`.
pub fn format_ms(ms: f64) -> String {
    match ms {
        ms if !ms.is_finite() => "–".to_owned(),
        ms if ms < 100.0 => format!("{ms:.1} ms"),
        ms if ms < 1000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.2} s", ms / 1000.0),
    }
}

/// Seconds for people: `0:42`, `1:02:03`.
pub fn format_clock(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "–".to_owned();
    }
    let whole = seconds.max(0.0).ceil() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A whole number with narrow spaces between thousands that do not break: `12 000`.
pub fn format_count(count: f64) -> String {
    grouped(&format!("{count:.0}"), '\u{202f}')
}

/// A size of memory for people: `152 bytes`, `1.2 MB`.
pub fn format_bytes(bytes: f64) -> String {
    match bytes {
        bytes if bytes < 1e3 => format!("{bytes:.0} bytes"),
        bytes if bytes < 1e6 => format!("{:.1} kB", bytes / 1e3),
        bytes => format!("{:.1} MB", bytes / 1e6),
    }
}

/// A share with its standard error: `1.2 ± 0.3 %`.
pub fn format_share(share: Share) -> String {
    if share.percent.is_nan() { "–".to_owned() } else { format!("{:.1} ± {:.1}\u{a0}%", share.percent, share.error) }
}

/// A size of a file for people, roughly: `12 kB`, `1.2 MB`.
pub fn format_size(bytes: f64) -> String {
    if bytes < 1e6 { format!("{:.0} kB", (bytes / 1e3).max(1.0)) } else { format!("{:.1} MB", bytes / 1e6) }
}
