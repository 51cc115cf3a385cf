//! Limits of data sets: how many samples and how much noise a built-in one has, and how many classes any has.

use crate::error::{Code, Error, Result};
use std::ops::RangeInclusive;

/// The numbers of samples that a built-in set may have.
pub const SAMPLES: RangeInclusive<usize> = 10..=100_000;

/// The noise that a planar set may have.
pub const NOISE: RangeInclusive<f64> = 0.0..=0.5;

/// The share of all points that one of two classes may have.
pub const SHARE: RangeInclusive<f64> = 0.01..=0.99;

/// The most classes of a set: a label is a byte in the files that are read. A table of all predictions against all truths has as many
/// cells as the square of it.
pub const MOST_CLASSES: usize = 256;

/// Refuses a number of samples outside [`SAMPLES`].
///
/// # Errors
/// [`Code::InvalidConfig`], naming number and range.
pub fn check_samples(samples: usize) -> Result<()> {
    if SAMPLES.contains(&samples) {
        return Ok(());
    }
    let (least, most) = (SAMPLES.start(), SAMPLES.end());
    Err(Error::new(Code::InvalidConfig, format!("{samples} samples asked for"), format!("choose {least} to {most} samples")))
}

/// Refuses a noise outside [`NOISE`].
///
/// # Errors
/// [`Code::InvalidConfig`], naming noise and range.
pub fn check_noise(noise: f64) -> Result<()> {
    if NOISE.contains(&noise) {
        return Ok(());
    }
    let (least, most) = (NOISE.start(), NOISE.end());
    Err(Error::new(Code::InvalidConfig, format!("noise {noise} asked for"), format!("choose a noise from {least} to {most}")))
}

/// Refuses a share of a class outside [`SHARE`].
///
/// # Errors
/// [`Code::InvalidConfig`], naming share and range.
pub fn check_share(share: f64) -> Result<()> {
    if SHARE.contains(&share) {
        return Ok(());
    }
    let (least, most) = (SHARE.start(), SHARE.end());
    Err(Error::new(
        Code::InvalidConfig,
        format!("a share of {share} blue points asked for"),
        format!("choose a share from {least} to {most}"),
    ))
}
