//! The number of batches that a GPU may run ahead of the last read. Never here: the reads.

/// The time that a GPU may run ahead of the last read, in milliseconds of its own work, if a read takes no time.
const AHEAD_MS: f64 = 100.0;
/// The multiple of a read's latency that a GPU may run ahead in addition: with Firefox's 100 ms, reading every 100 ms
/// would have the GPU wait half of the time.
const AHEAD_LATENCIES: f64 = 4.0;
/// The largest number of batches that wait for one read, however fast they are.
const MAX_AHEAD: usize = 32;

/// Number of batches that may be queued before the next read, after `count` of them took `interval_ms` with their read.
pub(super) fn next_depth(interval_ms: f64, count: usize, latency_ms: f64) -> usize {
    let work_ms = ((interval_ms - latency_ms) / count as f64).max(0.01);
    (((AHEAD_MS + AHEAD_LATENCIES * latency_ms) / work_ms) as usize).clamp(1, MAX_AHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_runs_ahead_by_time_not_by_count() {
        for (name, interval_ms, count, latency_ms, depth) in [
            ("slow, in software: one by one", 600.0, 1, 2.0, 1),
            ("fast: as many as may be", 10.0, 10, 1.0, MAX_AHEAD),
            ("middling", 100.0, 10, 1.0, 10),
            ("Firefox: the wait for the read is not work", 106.0, 1, 100.0, MAX_AHEAD),
            ("Firefox, slow work", 200.0, 1, 100.0, 5),
            ("a read quicker than at the trial", 0.5, 1, 2.0, MAX_AHEAD),
        ] {
            assert_eq!(next_depth(interval_ms, count, latency_ms), depth, "{name}");
        }
    }
}
