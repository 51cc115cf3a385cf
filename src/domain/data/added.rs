//! A set with samples of the visitor's own behind those that it had: drawn, clicked, typed.
//!
//! They are for training only. Whatever share is held out, it is drawn from the samples that the set had before, by the same
//! stream of random numbers, so a run with added samples is validated on the very samples of the run without them. Never here:
//! how a sample was made.

use super::{Dataset, Features};
use crate::error::{Code, Error, Result};

/// The largest number of samples that can be added to a set.
pub const MOST_ADDED: usize = 1_000;

impl Dataset {
    /// The set under another name with more samples behind its own: `numbers` has those of each, one after the other, `labels`
    /// its class. Of images the numbers are brightness from 0 to 1, kept as whole bytes like the others'.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when there are more than [`MOST_ADDED`], a number is not finite, and as [`Dataset::new`].
    pub fn with_added(&self, name: impl Into<String>, numbers: &[f32], labels: &[u32]) -> Result<Self> {
        let name = name.into();
        let added = self.added + labels.len();
        if added > MOST_ADDED {
            let message = format!("{added} samples were added, more than {MOST_ADDED}");
            return Err(Error::new(Code::InvalidData, message, "remove some, or make a file of them").at(&name));
        }
        if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
            let message = format!("an added sample holds {number}");
            return Err(Error::new(Code::InvalidData, message, "give numbers").at(&name));
        }
        let (mut features, mut all) = (self.features.clone(), self.labels.clone());
        match &mut features {
            Features::Bytes(bytes) => numbers.iter().for_each(|number| bytes.push((number.clamp(0.0, 1.0) * 255.0).round() as u8)),
            Features::Floats(floats) => floats.extend_from_slice(numbers),
        }
        all.extend_from_slice(labels);
        Ok(Self { added, ..Self::new(name, self.shape, self.classes.clone(), features, all)? })
    }

    /// Number of samples that the visitor added; they are the last ones.
    pub fn added(&self) -> usize {
        self.added
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::sampler::{split, split_of};
    use crate::domain::data::source::DataSpec;
    use crate::domain::run::config::RunConfig;
    use crate::domain::run::preset;
    use proptest::prelude::*;

    fn digits() -> Dataset {
        DataSpec::Digits { samples: 200 }.generate(3).unwrap()
    }

    #[test]
    fn an_added_image_is_the_last_sample_with_its_class_and_makes_another_set() {
        let base = digits();
        let drawn: Vec<f32> = (0..784).map(|pixel| f32::from(u8::from(pixel % 3 == 0))).collect();
        let more = base.with_added("Digits + 1 of yours", &drawn, &[7]).unwrap();
        assert_eq!((more.len(), more.added(), more.shape(), more.name()), (201, 1, base.shape(), "Digits + 1 of yours"));
        assert_eq!(more.labels()[200], 7);
        assert_eq!(more.class_counts()[7], base.class_counts()[7] + 1);
        let mut gathered = Vec::new();
        more.gather(&[200, 5], &mut gathered);
        assert_eq!(gathered[..784], drawn);
        let mut own = Vec::new();
        base.gather(&[5], &mut own);
        assert_eq!(gathered[784..], own, "the others are as they were");
        assert_ne!(more.hash(), base.hash());
        let other = base.with_added("Digits + 1 of yours", &drawn, &[8]).unwrap();
        assert_ne!(more.hash(), other.hash(), "the class is part of the data");
    }

    #[test]
    fn points_stay_what_they_are_to_the_bit() {
        let base = DataSpec::planar(crate::domain::data::planar::Planar::Xor, 50, 0.1).generate(1).unwrap();
        let more = base.with_added("mine", &[0.1, -7.25, 3e-8, 0.0], &[1, 0]).unwrap();
        let mut gathered = Vec::new();
        more.gather(&[50, 51], &mut gathered);
        assert_eq!(gathered, [0.1, -7.25, 3e-8, 0.0]);
    }

    #[test]
    fn what_is_no_sample_of_the_set_is_refused() {
        let base = digits();
        let refused = |numbers: &[f32], labels: &[u32]| base.with_added("mine", numbers, labels).unwrap_err().to_string();
        assert!(refused(&[0.0; 783], &[1]).contains("do not make 201 samples"));
        assert!(refused(&[0.0; 784], &[10]).contains("label 10"));
        assert!(refused(&[f32::NAN; 784], &[1]).contains("holds NaN"));
        let many = MOST_ADDED + 1;
        assert!(refused(&vec![0.0; 784 * many], &vec![1; many]).contains("more than 1000"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn added_samples_are_trained_on_and_the_validation_samples_stay(seed: u32, share in 0.0..0.9_f64, added in 0..40_usize) {
            let base = DataSpec::planar(crate::domain::data::planar::Planar::Moons, 60, 0.1).generate(2).unwrap();
            let more = base.with_added("mine", &vec![0.5; 2 * added], &vec![1; added]).unwrap();
            let config = RunConfig { validation: share, seed, ..preset::config("planar").unwrap() };
            let (before, after) = (split(60, share, u64::from(seed)), split_of(&more, &config));
            prop_assert_eq!(&after.validation, &before.validation);
            prop_assert_eq!(&after.train[..before.train.len()], &before.train[..]);
            prop_assert_eq!(after.train[before.train.len()..].to_vec(), (60..60 + added as u32).collect::<Vec<_>>());
        }
    }
}
