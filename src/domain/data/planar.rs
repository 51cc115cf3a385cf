//! Sets of points in the plane with two classes: the classic shapes that a linear model can or cannot part.
//!
//! Here because a plane can be drawn: the page shows what a net has learned as a coloured map. The shapes and the
//! meaning of noise follow TensorFlow Playground, scaled to about `[-1, 1]`. One difference: noise always moves
//! points and never their labels, so that a visitor who turns it up sees the very same points drift.
//!
//! Only `+ - * /`, `sqrt` and `libm` are used, so that a seed means the same bits on every target. Never here: files,
//! or sets of more than two numbers a sample.

use super::limits::{check_noise, check_samples, check_share};
use super::{Dataset, Features, SampleShape};
use crate::domain::rng::Rng;
use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};

/// The shape of every sample: `x` and `y`.
pub const SHAPE: SampleShape = SampleShape::Vector(2);

/// The names of the two classes, which are the colours that the page gives them.
pub const CLASSES: [&str; 2] = ["orange", "blue"];

/// A set of points in the plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Planar {
    /// A disc within a ring.
    Circle,
    /// Four squares, opposite ones of the same class.
    Xor,
    /// Two round clouds, the one set that a line parts.
    Gaussians,
    /// Two arms that wind around each other.
    Spiral,
    /// Two half circles that reach into each other.
    Moons,
}

impl Planar {
    /// Every set, from the page's first to its last.
    pub const ALL: [Self; 5] = [Self::Circle, Self::Xor, Self::Gaussians, Self::Spiral, Self::Moons];

    /// The set's name on the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Circle => "Circle",
            Self::Xor => "XOR",
            Self::Gaussians => "Two Gaussians",
            Self::Spiral => "Two spirals",
            Self::Moons => "Two moons",
        }
    }

    /// A point of class `label` without noise.
    fn point(self, label: u32, rng: &mut Rng) -> (f64, f64) {
        let first = label == 0;
        match self {
            Self::Circle => {
                let (low, high) = if first { (0.7, 1.0) } else { (0.0, 0.5) };
                on_circle(rng.range(low, high), rng.range(0.0, TAU))
            }
            Self::Xor => {
                // A gap of 0.12 along the axes, as in the Playground: without noise the classes do not touch.
                let (x, y) = (rng.range(0.06, 1.0), rng.range(0.06, 1.0));
                let side = if rng.below(2) == 0 { 1.0 } else { -1.0 };
                (side * x, if first { -side * y } else { side * y })
            }
            // Both clouds are noise around a centre.
            Self::Gaussians => {
                let centre = if first { -0.4 } else { 0.4 };
                (centre, centre)
            }
            Self::Spiral => {
                let along = rng.uniform();
                let turned = 1.75 * TAU * along + if first { PI } else { 0.0 };
                on_circle(along, turned)
            }
            Self::Moons => {
                let (x, y) = on_circle(1.0, rng.range(0.0, PI));
                let (x, y) = if first { (x, y) } else { (1.0 - x, 0.5 - y) };
                // Both together reach from -1 to 2 and from -0.5 to 1.
                ((x - 0.5) / 1.5, (y - 0.25) / 1.5)
            }
        }
    }

    /// The standard deviation of a point's distance from its place without noise, for a `noise` of 0 to 0.5.
    fn spread(self, noise: f64) -> f64 {
        match self {
            Self::Gaussians => 0.14 + 0.52 * noise,
            // The arms of the spiral are 0.29 apart, so that 0.5 buries them.
            Self::Circle | Self::Xor | Self::Spiral | Self::Moons => 0.25 * noise,
        }
    }
}

fn on_circle(radius: f64, angle: f64) -> (f64, f64) {
    (radius * libm::cos(angle), radius * libm::sin(angle))
}

/// A set of points in the making, in random order. Noise moves the points, nothing else.
pub struct Scatter {
    kind: Planar,
    noise: f64,
    labels: Vec<u32>,
    /// The stream of places without noise, and that of noise: points take a different number of draws from set to set, and
    /// noise must not depend on it.
    place: Rng,
    drift: Rng,
    features: Vec<f32>,
}

impl Scatter {
    /// A set of `samples` points of `kind` of which none is there yet; the share `blue` of them will be blue, and one at least of
    /// either class.
    ///
    /// # Errors
    /// [`InvalidConfig`](crate::error::Code::InvalidConfig) when `samples` is outside [`SAMPLES`](super::limits::SAMPLES),
    /// `noise` outside [`NOISE`](super::limits::NOISE) or `blue` outside [`SHARE`](super::limits::SHARE).
    pub fn begin(kind: Planar, samples: usize, noise: f64, blue: f64, seed: u64) -> Result<Self> {
        let check = || check_samples(samples).and_then(|()| check_noise(noise)).and_then(|()| check_share(blue));
        check().map_err(|error| error.at(kind.name()))?;
        let many = ((samples as f64 * blue) as usize).clamp(1, samples - 1);
        let is_even = blue == 0.5;
        let mut labels: Vec<u32> = (0..samples).map(|i| if is_even { (i % CLASSES.len()) as u32 } else { u32::from(i < many) }).collect();
        Rng::new(seed, "planar order").shuffle(&mut labels);
        let (place, drift) = (Rng::new(seed, "planar points"), Rng::new(seed, "planar noise"));
        Ok(Self { kind, noise, labels, place, drift, features: Vec::with_capacity(samples * SHAPE.len()) })
    }

    /// Places at most `most` points more; false when that were the last.
    pub fn advance(&mut self, most: usize) -> bool {
        let done = self.features.len() / SHAPE.len();
        let end = done.saturating_add(most).min(self.labels.len());
        let spread = self.kind.spread(self.noise);
        for &label in &self.labels[done..end] {
            let (x, y) = self.kind.point(label, &mut self.place);
            self.features.push((x + spread * self.drift.normal()) as f32);
            self.features.push((y + spread * self.drift.normal()) as f32);
        }
        end < self.labels.len()
    }

    /// The finished set.
    ///
    /// # Errors
    /// As [`Dataset::new`], where points are missing.
    pub fn finish(self) -> Result<Dataset> {
        Dataset::new(self.kind.name(), SHAPE, CLASSES.map(String::from).to_vec(), Features::Floats(self.features), self.labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn generate(kind: Planar, samples: usize, noise: f64, seed: u64) -> Result<Dataset> {
        let mut scatter = Scatter::begin(kind, samples, noise, 0.5, seed)?;
        while scatter.advance(usize::MAX) {}
        scatter.finish()
    }

    fn floats(data: &Dataset) -> &[f32] {
        match data.features() {
            Features::Floats(floats) => floats,
            Features::Bytes(_) => panic!("points are floats"),
        }
    }

    fn points(data: &Dataset) -> impl Iterator<Item = (f64, f64, u32)> {
        floats(data).chunks_exact(2).zip(data.labels()).map(|(p, &label)| (f64::from(p[0]), f64::from(p[1]), label))
    }

    /// The share of points that the best of many lines through the plane puts on the right side.
    fn best_line(data: &Dataset) -> f64 {
        let mut best = 0.0_f64;
        for step in 0..36 {
            let (x, y) = on_circle(1.0, TAU * f64::from(step) / 36.0);
            for offset in -10..=10 {
                let right = points(data).filter(|p| (p.0 * x + p.1 * y > f64::from(offset) / 10.0) == (p.2 == 1)).count();
                best = best.max(right as f64 / data.len() as f64);
            }
        }
        best
    }

    /// The share of points whose nearest other point is of their class.
    fn nearest_neighbour(data: &Dataset) -> f64 {
        let all: Vec<_> = points(data).collect();
        let agrees = |i: &usize| {
            let p = all[*i];
            let distance = |q: &(f64, f64, u32)| (p.0 - q.0) * (p.0 - q.0) + (p.1 - q.1) * (p.1 - q.1);
            let others = all.iter().enumerate().filter(|(j, _)| j != i).map(|(_, q)| q);
            others.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap().2 == p.2
        };
        (0..all.len()).filter(agrees).count() as f64 / all.len() as f64
    }

    #[test]
    fn a_seed_means_the_same_points_for_ever() {
        let hashes = Planar::ALL.map(|kind| generate(kind, 100, 0.1, 42).unwrap().hash());
        let expected = [0x1e52_bce8_28a3_6696, 0xfcc6_f380_80df_ac4f, 0xac8b_4f4a_713b_6b9a, 0xca21_277c_67a5_ca3e, 0x1c39_f302_6cf8_74f1];
        assert_eq!(hashes, expected, "{hashes:#018x?}");
        assert_ne!(hashes[0], generate(Planar::Circle, 100, 0.1, 43).unwrap().hash());
    }

    #[test]
    fn classes_are_balanced_and_mixed() {
        for kind in Planar::ALL {
            assert_eq!(generate(kind, 1000, 0.1, 1).unwrap().class_counts(), [500, 500]);
            assert_eq!(generate(kind, 11, 0.1, 1).unwrap().class_counts(), [6, 5]);
            let data = generate(kind, 1000, 0.1, 1).unwrap();
            let first_half = data.labels()[..500].iter().sum::<u32>();
            assert!((200..300).contains(&first_half), "{first_half} of the first 500 are blue");
        }
    }

    #[test]
    fn coordinates_stay_near_one() {
        for kind in Planar::ALL {
            let reach = |noise| floats(&generate(kind, 1000, noise, 5).unwrap()).iter().fold(0.0_f32, |far, x| far.max(x.abs()));
            let (calm, noisy) = (reach(0.0), reach(0.5));
            assert!((0.8..=1.0).contains(&calm), "{kind:?} reaches {calm}");
            assert!(noisy < 2.0, "{kind:?} reaches {noisy} with noise");
        }
    }

    #[test]
    fn noise_moves_points_and_nothing_else() {
        for kind in Planar::ALL {
            let (calm, noisy) = (generate(kind, 500, 0.0, 9).unwrap(), generate(kind, 500, 0.4, 9).unwrap());
            assert_eq!(calm.labels(), noisy.labels());
            let way = points(&calm).zip(points(&noisy)).map(|(a, b)| ((a.0 - b.0).powi(2) + (a.1 - b.1).powi(2)).sqrt());
            let mean = way.sum::<f64>() / 500.0;
            assert!((0.05..0.4).contains(&mean), "{kind:?} drifts by {mean}");
        }
    }

    #[test]
    fn only_the_gaussians_fall_to_a_line_and_all_fall_to_a_curve() {
        for kind in Planar::ALL {
            let data = generate(kind, 600, 0.05, 3).unwrap();
            let (line, curve) = (best_line(&data), nearest_neighbour(&data));
            match kind {
                Planar::Gaussians => assert!(line > 0.97, "a line parts {line} of {kind:?}"),
                _ => assert!(line < 0.92, "a line parts {line} of {kind:?}"),
            }
            assert!(curve > 0.97, "neighbours agree for {curve} of {kind:?}");
        }
    }

    #[test]
    fn much_noise_mixes_the_classes() {
        for kind in Planar::ALL {
            let curve = nearest_neighbour(&generate(kind, 600, 0.5, 3).unwrap());
            assert!((0.6..0.98).contains(&curve), "neighbours agree for {curve} of {kind:?}");
        }
    }

    #[test]
    fn refuses_what_is_out_of_range() {
        for (samples, noise) in [(9, 0.1), (100_001, 0.1), (100, -0.1), (100, 0.51), (100, f64::NAN), (100, f64::INFINITY)] {
            let error = generate(Planar::Xor, samples, noise, 1).unwrap_err();
            assert_eq!(error.code(), Code::InvalidConfig);
            assert!(error.message().starts_with("XOR: "), "{error}");
        }
    }
}
