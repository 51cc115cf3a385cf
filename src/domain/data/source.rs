//! The source of a run's data, as part of its configuration: a built-in set by name, or a set that was loaded.
//!
//! A shared link or an API call has it as a few words of JSON such as `{"name":"spiral","noise":0.2}`; shape and
//! classes are known from them before any sample exists. Never here: the samples.

use super::digits::Drawing;
use super::limits::{check_noise, check_samples, check_share};
use super::planar::{self, Planar, Scatter};
use super::{Dataset, SampleShape, digits};
use crate::domain::bounded::check_length;
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// The longest id of a loaded set, in bytes.
pub const MOST_ID: usize = 200;

/// The data set of a run. In JSON the variant is `name` in snake case; a missing field gets its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum DataSpec {
    /// Drawn digits, 28 × 28 pixels, 10 classes.
    Digits {
        /// Number of samples, within [`SAMPLES`](super::limits::SAMPLES).
        #[serde(default = "default_digits")]
        samples: usize,
    },
    /// A disc within a ring.
    Circle {
        /// Number of samples, within [`SAMPLES`](super::limits::SAMPLES).
        #[serde(default = "default_points")]
        samples: usize,
        /// The amount of noise, within [`NOISE`](super::limits::NOISE).
        #[serde(default = "default_noise")]
        noise: f64,
    },
    /// Four squares, opposite ones of the same class.
    Xor {
        /// Number of samples, within [`SAMPLES`](super::limits::SAMPLES).
        #[serde(default = "default_points")]
        samples: usize,
        /// The amount of noise, within [`NOISE`](super::limits::NOISE).
        #[serde(default = "default_noise")]
        noise: f64,
    },
    /// Two round clouds.
    Gaussians {
        /// Number of samples, within [`SAMPLES`](super::limits::SAMPLES).
        #[serde(default = "default_points")]
        samples: usize,
        /// The amount of noise, within [`NOISE`](super::limits::NOISE).
        #[serde(default = "default_gaussians_noise")]
        noise: f64,
        /// The share of the points that are blue, within [`SHARE`](super::limits::SHARE).
        #[serde(default = "half", skip_serializing_if = "is_half")]
        blue: f64,
    },
    /// Two arms that wind around each other.
    Spiral {
        /// Number of samples, within [`SAMPLES`](super::limits::SAMPLES).
        #[serde(default = "default_points")]
        samples: usize,
        /// The amount of noise, within [`NOISE`](super::limits::NOISE).
        #[serde(default = "default_noise")]
        noise: f64,
    },
    /// Two half circles that reach into each other.
    Moons {
        /// Number of samples, within [`SAMPLES`](super::limits::SAMPLES).
        #[serde(default = "default_points")]
        samples: usize,
        /// The amount of noise, within [`NOISE`](super::limits::NOISE).
        #[serde(default = "default_moons_noise")]
        noise: f64,
    },
    /// A set that the visitor loaded.
    Loaded {
        /// The id that loading gave to the set.
        id: String,
    },
}

/// The default number of digits: 10 000 to train on and 2 000 to hold out.
fn default_digits() -> usize {
    12_000
}

fn default_points() -> usize {
    2_000
}

/// The default noise: enough to blur the edges, too little to hide the shape.
fn default_noise() -> f64 {
    0.1
}

/// The default noise of the two clouds, which then overlap a little: the best line has errors that no model can learn
/// away.
fn default_gaussians_noise() -> f64 {
    0.25
}

/// The default share of a class: as many points as the other.
fn half() -> f64 {
    0.5
}

/// Whether a share is the default. Then it is not written, so that files and links are those of before there was a choice.
fn is_half(share: &f64) -> bool {
    *share == half()
}

/// The default noise of the moons, whose tips then touch: with less, the smallest hidden layer gets everything right at
/// once.
fn default_moons_noise() -> f64 {
    0.4
}

impl DataSpec {
    /// Every built-in set with its defaults, from the page's first to its last.
    pub fn builtins() -> Vec<Self> {
        let mut specs = vec![Self::Digits { samples: default_digits() }];
        specs.extend(Planar::ALL.map(|kind| {
            let noise = match kind {
                Planar::Gaussians => default_gaussians_noise(),
                Planar::Moons => default_moons_noise(),
                Planar::Circle | Planar::Xor | Planar::Spiral => default_noise(),
            };
            Self::planar(kind, default_points(), noise)
        }));
        specs
    }

    /// The specification of a planar set.
    pub fn planar(kind: Planar, samples: usize, noise: f64) -> Self {
        match kind {
            Planar::Circle => Self::Circle { samples, noise },
            Planar::Xor => Self::Xor { samples, noise },
            Planar::Gaussians => Self::Gaussians { samples, noise, blue: half() },
            Planar::Spiral => Self::Spiral { samples, noise },
            Planar::Moons => Self::Moons { samples, noise },
        }
    }

    /// The kind, samples, noise and share of blue points of a planar set; `None` for any other.
    fn as_planar(&self) -> Option<(Planar, usize, f64, f64)> {
        match *self {
            Self::Circle { samples, noise } => Some((Planar::Circle, samples, noise, half())),
            Self::Xor { samples, noise } => Some((Planar::Xor, samples, noise, half())),
            Self::Gaussians { samples, noise, blue } => Some((Planar::Gaussians, samples, noise, blue)),
            Self::Spiral { samples, noise } => Some((Planar::Spiral, samples, noise, half())),
            Self::Moons { samples, noise } => Some((Planar::Moons, samples, noise, half())),
            Self::Digits { .. } | Self::Loaded { .. } => None,
        }
    }

    /// The value of `name` in JSON: `digits`, `circle` and so on, and `loaded` for every loaded set.
    pub fn id_name(&self) -> &'static str {
        match self {
            Self::Digits { .. } => "digits",
            Self::Circle { .. } => "circle",
            Self::Xor { .. } => "xor",
            Self::Gaussians { .. } => "gaussians",
            Self::Spiral { .. } => "spiral",
            Self::Moons { .. } => "moons",
            Self::Loaded { .. } => "loaded",
        }
    }

    /// The set's name on the page; a loaded set's id.
    pub fn title(&self) -> &str {
        match (self, self.as_planar()) {
            (_, Some((kind, ..))) => kind.name(),
            (Self::Loaded { id }, _) => id,
            _ => digits::NAME,
        }
    }

    /// The shape of a sample; `None` for a loaded set, where it is known only once the set is loaded.
    pub fn shape(&self) -> Option<SampleShape> {
        match self {
            Self::Loaded { .. } => None,
            Self::Digits { .. } => Some(digits::SHAPE),
            _ => Some(planar::SHAPE),
        }
    }

    /// Number of classes; `None` for a loaded set, where it is known only once the set is loaded.
    pub fn classes(&self) -> Option<usize> {
        match self {
            Self::Loaded { .. } => None,
            Self::Digits { .. } => Some(digits::CLASSES),
            _ => Some(planar::CLASSES.len()),
        }
    }

    /// Checks the numbers without generating anything.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`] when the samples are outside [`SAMPLES`](super::limits::SAMPLES), the noise outside [`NOISE`](super::limits::NOISE), a share
    /// outside [`SHARE`](super::limits::SHARE), or the id empty.
    pub fn validate(&self) -> Result<()> {
        match (self, self.as_planar()) {
            (_, Some((_, samples, noise, blue))) => {
                check_samples(samples).and_then(|()| check_noise(noise)).and_then(|()| check_share(blue))
            }
            (Self::Digits { samples }, _) => check_samples(*samples),
            (Self::Loaded { id }, _) if id.is_empty() => {
                return Err(Error::new(Code::InvalidConfig, "the loaded set has an empty id", "use the id that loading gave"));
            }
            // Without the place: that would be the id.
            (Self::Loaded { id }, _) => return check_length("the id of the loaded set", id, MOST_ID),
            // Every other set is planar.
            _ => Ok(()),
        }
        .map_err(|error| error.at(self.title()))
    }

    /// Generates the samples of a built-in set, the same ones for the same `seed` on every target.
    ///
    /// # Errors
    /// [`Code::InvalidConfig`] as [`validate`](Self::validate), and [`Code::UnknownData`] for a loaded set, which only
    /// its keeper can hand out.
    pub fn generate(&self, seed: u64) -> Result<Dataset> {
        let mut generation = self.begin(seed)?;
        while generation.advance(usize::MAX) {}
        generation.finish()
    }

    /// The samples of [`generate`](Self::generate), to be made some at a time.
    ///
    /// # Errors
    /// As [`generate`](Self::generate).
    pub fn begin(&self, seed: u64) -> Result<Generation> {
        match (self, self.as_planar()) {
            (_, Some((kind, samples, noise, blue))) => Scatter::begin(kind, samples, noise, blue, seed).map(Generation::Planar),
            (Self::Digits { samples }, _) => Drawing::begin(*samples, seed).map(Box::new).map(Generation::Digits),
            _ => Err(Error::new(Code::UnknownData, format!("no data set {:?} is loaded", self.title()), "load its files first")),
        }
    }
}

/// A built-in set in the making, some samples at a time, so that a worker can give way in between.
pub enum Generation {
    /// Drawn digits.
    Digits(Box<Drawing>),
    /// Points in the plane.
    Planar(Scatter),
}

impl Generation {
    /// Makes at most `most` samples more; false when that were the last.
    pub fn advance(&mut self, most: usize) -> bool {
        match self {
            Self::Digits(drawing) => drawing.advance(most),
            Self::Planar(scatter) => scatter.advance(most),
        }
    }

    /// The finished set.
    ///
    /// # Errors
    /// As [`Dataset::new`], where samples are missing.
    pub fn finish(self) -> Result<Dataset> {
        match self {
            Self::Digits(drawing) => drawing.finish(),
            Self::Planar(scatter) => scatter.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> std::result::Result<DataSpec, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn json_needs_only_the_name() {
        for spec in DataSpec::builtins() {
            assert_eq!(parse(&format!(r#"{{"name":"{}"}}"#, spec.id_name())), Ok(spec));
        }
        assert_eq!(parse(r#"{"name":"spiral","noise":0.25}"#), Ok(DataSpec::Spiral { samples: 2000, noise: 0.25 }));
        let text = serde_json::to_string(&DataSpec::Digits { samples: 12_000 }).unwrap();
        assert_eq!(text, r#"{"name":"digits","samples":12000}"#);
    }

    #[test]
    fn json_survives_the_way_there_and_back() {
        let mut specs = DataSpec::builtins();
        specs.push(DataSpec::Loaded { id: "my fashion".into() });
        for spec in specs {
            assert_eq!(parse(&serde_json::to_string(&spec).unwrap()), Ok(spec));
        }
    }

    #[test]
    fn the_share_of_a_class_is_counted_and_half_of_it_is_as_ever() {
        let share = |blue: f64| DataSpec::Gaussians { samples: 1000, noise: 0.3, blue };
        assert_eq!(serde_json::to_string(&share(0.5)).unwrap(), r#"{"name":"gaussians","samples":1000,"noise":0.3}"#);
        assert_eq!(parse(r#"{"name":"gaussians","samples":1000,"noise":0.3,"blue":0.05}"#), Ok(share(0.05)));
        for (blue, count) in [(0.05, 50), (0.5, 500), (0.99, 990)] {
            assert_eq!(share(blue).generate(1).unwrap().class_counts(), [1000 - count, count]);
        }
        let few = DataSpec::Gaussians { samples: 10, noise: 0.3, blue: 0.01 }.generate(1).unwrap();
        assert_eq!(few.class_counts(), [9, 1], "a class has one point at least");
        assert!(share(0.001).validate().unwrap_err().to_string().contains("choose a share from 0.01 to 0.99"));
    }

    #[test]
    fn json_with_a_typo_is_refused() {
        for (json, says) in [
            (r#"{"name":"digit"}"#, "unknown variant `digit`"),
            (r#"{"name":"digits","noise":0.1}"#, "unknown field `noise`"),
            (r#"{"name":"moons","sample":5}"#, "unknown field `sample`"),
            (r#"{"name":"loaded"}"#, "missing field `id`"),
            (r#"{"samples":100}"#, "missing field `name`"),
        ] {
            let error = parse(json).unwrap_err();
            assert!(error.contains(says), "{json}: {error}");
        }
    }

    #[test]
    fn what_is_known_before_generating_is_what_gets_generated() {
        for mut spec in DataSpec::builtins() {
            spec.validate().unwrap();
            if let DataSpec::Digits { samples } = &mut spec {
                *samples = 500; // The rest would only cost time.
            }
            let data = spec.generate(1).unwrap();
            assert_eq!(Some(data.shape()), spec.shape());
            assert_eq!(Some(data.classes().len()), spec.classes());
            assert_eq!(data.name(), spec.title());
            assert_eq!(data.len(), if spec.id_name() == "digits" { 500 } else { default_points() });
        }
    }

    #[test]
    fn validation_agrees_with_generation() {
        let bad = [
            DataSpec::Digits { samples: 9 },
            DataSpec::Digits { samples: usize::MAX },
            DataSpec::Circle { samples: 100, noise: 0.6 },
            DataSpec::Moons { samples: 100, noise: f64::NAN },
            DataSpec::Xor { samples: 0, noise: 0.0 },
            DataSpec::Gaussians { samples: 100, noise: 0.1, blue: 0.0 },
        ];
        for spec in bad {
            let error = spec.validate().unwrap_err();
            assert_eq!(error.code(), Code::InvalidConfig);
            assert!(error.message().starts_with(spec.title()), "{error}");
            assert_eq!(spec.generate(1).unwrap_err(), error);
        }
    }

    #[test]
    fn a_set_made_in_pieces_of_any_size_is_the_same_to_the_bit() {
        for mut spec in DataSpec::builtins() {
            if let DataSpec::Digits { samples } = &mut spec {
                *samples = 100;
            }
            let whole = spec.generate(5).unwrap();
            for most in [1, 7, 64, 100_000] {
                let mut generation = spec.begin(5).unwrap();
                let mut pieces = 1;
                while generation.advance(most) {
                    pieces += 1;
                }
                assert_eq!((pieces, generation.finish().unwrap()), (whole.len().div_ceil(most), whole.clone()), "{most} at a time");
            }
            assert!(spec.begin(5).unwrap().finish().is_err(), "samples are missing");
        }
    }

    #[test]
    fn a_loaded_set_must_be_loaded_first() {
        let spec = DataSpec::Loaded { id: "fashion".into() };
        spec.validate().unwrap();
        assert_eq!((spec.shape(), spec.classes(), spec.title()), (None, None, "fashion"));
        let error = spec.generate(1).unwrap_err();
        assert_eq!(error.code(), Code::UnknownData);
        assert!(error.to_string().contains("\"fashion\"") && error.hint().contains("load"), "{error}");
        assert_eq!(DataSpec::Loaded { id: String::new() }.validate().unwrap_err().code(), Code::InvalidConfig);
    }
}
