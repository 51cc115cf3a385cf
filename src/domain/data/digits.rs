//! Drawn digits: 28 × 28 grey images of 0 to 9, written by a simulated hand from the glyphs of `strokes`.
//!
//! Here so that the page has an image set that needs no download. Every image is a new one: the knots jitter, the
//! sheet warps, the hand slants, turns, stretches and shifts, the pen has its width, pressure and grain. How much of
//! each is tuned, not free: a linear model must fail visibly, a small MLP get most, a small CNN nearly all. Of 10 000
//! to train on and 2 000 held out, after 10 epochs with Adam: softmax regression 88 to 90 %, an MLP of 128 hidden
//! units 96.7 to 97.8 %, a CNN with two convolutions 99.4 to 99.7 %.
//!
//! Only `+ - * /`, `sqrt` and `libm` are used, so that a seed draws the same bytes on every target. Never here: files,
//! or the visitor's own images.

mod render;
mod strokes;

use super::limits::check_samples;
use super::{Dataset, Features, SampleShape, no_memory, numbered_classes};
use crate::domain::rng::Rng;
use crate::error::Result;
use render::{Dot, Ink, SIDE};
use std::f64::consts::TAU;
use strokes::{GLYPHS, Glyph, Knot, flatten};

/// The set's name on the page.
pub const NAME: &str = "Drawn digits";

/// The shape of every image.
pub const SHAPE: SampleShape = SampleShape::Image { channels: 1, height: SIDE, width: SIDE };

/// Number of classes.
pub const CLASSES: usize = GLYPHS.len();

// The hand. Standard deviations unless a comment says otherwise; lengths in units of the glyph's square.
/// The distance by which a knot strays.
const KNOT_JITTER: f64 = 0.029;
/// Number of waves that bend the sheet, and the most by which each moves a point.
const WAVES: usize = 3;
const WAVE_HEIGHT: f64 = 0.042;
/// The turn in radians; positive turns clockwise.
const TURN: f64 = 0.11;
/// The slant, sideways per height; most hands lean to the right.
const SLANT: f64 = 0.19;
const SLANT_MEAN: f64 = 0.12;
/// Width and height of an average digit in pixels, and the range of the factor on each.
const WIDTH: f64 = 13.0;
const HEIGHT: f64 = 18.5;
const STRETCH: std::ops::Range<f64> = 0.76..1.14;
/// Pixels that the digit's centre may be off to each side.
const SHIFT: f64 = 2.0;

// The pen and the paper; ranges are uniform.
/// Half of a stroke's width in pixels, and the factor by which it grows until a stroke's end.
const PEN_RADIUS: std::ops::Range<f64> = 0.75..1.6;
const PRESSURE: std::ops::Range<f64> = 0.75..1.3;
/// The brightness of full ink.
const BRIGHTNESS: std::ops::Range<f64> = 0.65..1.0;
/// The standard deviation of each pixel's noise.
const GRAIN: std::ops::Range<f64> = 0.0..0.09;
/// The share of sheets with specks, and the largest number of specks.
const SPECKS_SHARE: f64 = 0.15;
const SPECKS: u32 = 3;

/// A set of drawn digits in the making: as evenly distributed over the classes as their number allows, in random order.
pub struct Drawing {
    labels: Vec<u32>,
    writer: Writer,
    bytes: Vec<u8>,
}

impl Drawing {
    /// A set of `samples` digits of which none is drawn yet.
    ///
    /// # Errors
    /// [`InvalidConfig`](crate::error::Code::InvalidConfig) when `samples` is outside [`SAMPLES`](super::limits::SAMPLES),
    /// [`InvalidData`](crate::error::Code::InvalidData) when there is no memory for them.
    pub fn begin(samples: usize, seed: u64) -> Result<Self> {
        check_samples(samples).map_err(|error| error.at(NAME))?;
        let mut labels: Vec<u32> = (0..samples).map(|i| (i % CLASSES) as u32).collect();
        Rng::new(seed, "digits order").shuffle(&mut labels);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(samples * SHAPE.len()).map_err(|_| no_memory(samples * SHAPE.len()).at(NAME))?;
        Ok(Self { labels, writer: Writer::new(seed), bytes })
    }

    /// Draws at most `most` digits more; false when that were the last.
    pub fn advance(&mut self, most: usize) -> bool {
        let done = self.bytes.len() / SHAPE.len();
        let end = done.saturating_add(most).min(self.labels.len());
        for &label in &self.labels[done..end] {
            let begin = self.bytes.len();
            self.bytes.resize(begin + SHAPE.len(), 0);
            self.writer.write(label as usize, &mut self.bytes[begin..]);
        }
        end < self.labels.len()
    }

    /// The finished set.
    ///
    /// # Errors
    /// As [`Dataset::new`], where digits are missing.
    pub fn finish(self) -> Result<Dataset> {
        Dataset::new(NAME, SHAPE, numbered_classes(CLASSES), Features::Bytes(self.bytes), self.labels)
    }
}

/// The source of randomness, with buffers that every image uses anew.
struct Writer {
    rng: Rng,
    ink: Ink,
    knots: Vec<Knot>,
    points: Vec<(f64, f64)>,
}

impl Writer {
    fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed, "digits"), ink: Ink::new(), knots: Vec::new(), points: Vec::new() }
    }

    /// Fills `image` with a new drawing of `digit`.
    fn write(&mut self, digit: usize, image: &mut [u8]) {
        self.ink.clear();
        let variants = GLYPHS[digit];
        let glyph = variants[self.rng.below(variants.len() as u32) as usize];
        self.draw(glyph);
        self.add_specks();
        self.develop(image);
    }

    fn draw(&mut self, glyph: Glyph) {
        let rng = &mut self.rng;
        let hand = Hand::new(rng);
        let radius = rng.range(PEN_RADIUS.start, PEN_RADIUS.end);
        let pressure = rng.range(PRESSURE.start, PRESSURE.end);
        for stroke in glyph {
            self.knots.clear();
            for knot in *stroke {
                let (x, y) = (knot.x + KNOT_JITTER * rng.normal(), knot.y + KNOT_JITTER * rng.normal());
                self.knots.push(Knot { x, y, ..*knot });
            }
            self.points.clear();
            flatten(&self.knots, &mut self.points);
            let last = (self.points.len() - 1) as f64;
            let dots = self.points.iter().enumerate().map(|(i, &point)| {
                let (x, y) = hand.place(point);
                let radius = radius * (1.0 + (pressure - 1.0) * (i as f64 / last));
                Dot { x, y, radius: radius.max(0.5) }
            });
            let mut before = None;
            for dot in dots {
                if let Some(before) = before {
                    self.ink.draw(before, dot, 1.0);
                }
                before = Some(dot);
            }
        }
    }

    /// Adds specks of dust, now and then: a net that looks at single pixels must not be sure of them.
    fn add_specks(&mut self) {
        let rng = &mut self.rng;
        if rng.uniform() >= SPECKS_SHARE {
            return;
        }
        for _ in 0..=rng.below(SPECKS) {
            let at = Dot { x: rng.range(0.0, SIDE as f64), y: rng.range(0.0, SIDE as f64), radius: rng.range(0.5, 1.1) };
            self.ink.draw(at, at, rng.range(0.3, 0.9));
        }
    }

    /// Turns ink into bytes, with this picture's brightness and grain.
    fn develop(&mut self, image: &mut [u8]) {
        let rng = &mut self.rng;
        let brightness = 255.0 * rng.range(BRIGHTNESS.start, BRIGHTNESS.end) as f32;
        // The sum of a draw's four bytes is nearly normal, with mean 510 and standard deviation 147.8: one draw for a
        // pixel where a true normal takes a logarithm.
        let grain = 255.0 / 147.8 * rng.range(GRAIN.start, GRAIN.end) as f32;
        for (byte, &ink) in image.iter_mut().zip(self.ink.pixels()) {
            let [a, b, c, d] = rng.next_u32().to_le_bytes().map(u16::from);
            let noise = f32::from(a + b + c + d) - 510.0;
            // The cast holds the value within 0..=255.
            *byte = (brightness * ink + grain * noise + 0.5) as u8;
        }
    }
}

/// The distortion of one digit as a whole: from the glyph's square to pixels.
struct Hand {
    waves: [Wave; WAVES],
    /// The matrix from a unit on the sheet to pixels: `[x to x, y to x, x to y, y to y]`.
    matrix: [f64; 4],
    centre: (f64, f64),
}

/// A slow wave of the sheet. Several in random directions make a smooth, aimless deformation.
#[derive(Clone, Copy)]
struct Wave {
    frequency: (f64, f64),
    phase: f64,
    move_by: (f64, f64),
}

impl Hand {
    fn new(rng: &mut Rng) -> Self {
        let waves = std::array::from_fn(|_| Wave {
            frequency: (rng.range(-6.0, 6.0), rng.range(-6.0, 6.0)),
            phase: rng.range(0.0, TAU),
            move_by: (WAVE_HEIGHT * rng.range(-1.0, 1.0), WAVE_HEIGHT * rng.range(-1.0, 1.0)),
        });
        let turn = TURN * rng.normal();
        let slant = SLANT_MEAN + SLANT * rng.normal();
        let width = WIDTH * rng.range(STRETCH.start, STRETCH.end);
        let height = HEIGHT * rng.range(STRETCH.start, STRETCH.end);
        let (sin, cos) = (libm::sin(turn), libm::cos(turn));
        // Stretch, then slant (what is high goes right), then turn.
        let matrix = [cos * width, -cos * slant * height - sin * height, sin * width, cos * height - sin * slant * height];
        let middle = SIDE as f64 / 2.0;
        let centre = (middle + rng.range(-SHIFT, SHIFT), middle + rng.range(-SHIFT, SHIFT));
        Self { waves, matrix, centre }
    }

    /// The place of the glyph's point `(x, y)` on the sheet.
    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (mut u, mut v) = (x - 0.5, y - 0.5);
        for wave in &self.waves {
            let swing = libm::sin(wave.frequency.0 * x + wave.frequency.1 * y + wave.phase);
            u += wave.move_by.0 * swing;
            v += wave.move_by.1 * swing;
        }
        let [x_to_x, y_to_x, x_to_y, y_to_y] = self.matrix;
        (self.centre.0 + x_to_x * u + y_to_x * v, self.centre.1 + x_to_y * u + y_to_y * v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn generate(samples: usize, seed: u64) -> Result<Dataset> {
        let mut drawing = Drawing::begin(samples, seed)?;
        while drawing.advance(usize::MAX) {}
        drawing.finish()
    }

    fn images(data: &Dataset) -> impl Iterator<Item = (&[u8], usize)> {
        let Features::Bytes(bytes) = data.features() else { panic!("digits are bytes") };
        bytes.chunks_exact(SHAPE.len()).zip(data.labels()).map(|(image, &label)| (image, label as usize))
    }

    #[test]
    fn a_seed_draws_the_same_bytes_for_ever() {
        let data = generate(200, 42).unwrap();
        assert_eq!(data.hash(), 0x9e09_9867_3b0f_f810, "{:#018x}", data.hash());
        assert_ne!(data.hash(), generate(200, 43).unwrap().hash());
    }

    #[test]
    fn classes_are_balanced_and_mixed() {
        assert_eq!(generate(1000, 1).unwrap().class_counts(), [100; 10]);
        let data = generate(1013, 1).unwrap();
        assert!(data.class_counts().iter().all(|count| (101..=102).contains(count)));
        let mut first: Vec<u32> = data.labels()[..100].to_vec();
        first.dedup();
        assert!(first.len() > 70, "the order is not random: {first:?}");
    }

    #[test]
    fn images_are_strokes_on_dark_paper_and_all_different() {
        let data = generate(500, 7).unwrap();
        let mut seen = std::collections::HashSet::new();
        for (image, digit) in images(&data) {
            let bright = image.iter().filter(|&&byte| byte > 128).count();
            assert!((10..300).contains(&bright), "a {digit} has {bright} bright pixels");
            assert!(seen.insert(image), "the same {digit} twice");
        }
    }

    #[test]
    fn a_digit_looks_like_others_of_its_class_but_not_so_closely_that_it_is_trivial() {
        let (train, test) = (generate(1000, 1).unwrap(), generate(100, 2).unwrap());
        let distance = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2)).sum::<u64>();
        let right = images(&test).filter(|&(image, label)| {
            let nearest = images(&train).min_by_key(|&(other, _)| distance(image, other));
            nearest.is_some_and(|(_, other)| other == label)
        });
        let share = right.count() as f64 / test.len() as f64;
        assert!((0.7..0.99).contains(&share), "the nearest neighbour names {share}");
    }

    #[test]
    fn refuses_what_is_out_of_range() {
        for samples in [0, 9, 100_001, usize::MAX] {
            let error = generate(samples, 1).unwrap_err();
            assert_eq!(error.code(), Code::InvalidConfig);
            assert!(error.message().starts_with(NAME), "{error}");
        }
    }
}
