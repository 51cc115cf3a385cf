//! The weights of a network as a safetensors file, and back.
//!
//! The arrays have the names and shapes of [`ModelPlan::arrays`](crate::domain::model::ModelPlan::arrays):
//! `dense_1/kernel` `[inputs, outputs]`, `conv2d_1/kernel` `[filters, channels, rows, columns]`, and batch norm's
//! `running_mean` and `running_variance`. The metadata has `format`, `version`, `step` (updates made), `config` (the
//! run's, as JSON) and `crc32c` of everything; files of other programs may be without it. Never here: whether they fit
//! a model.

use crate::domain::format::checksum::{crc32c, crc32c_append};
use crate::domain::format::safetensors::{read, write};
use crate::domain::model::ArrayHead;
use crate::domain::order::order_by;
use crate::domain::run::config::RunConfig;
use crate::error::{Code, Error, Result};

const FORMAT: &str = "emberscope-weights";
const VERSION: &str = "1";
const HINT: &str = "choose a safetensors file with f32 arrays, as this page exports";

/// The arrays of a network, with the facts about them in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Names and shapes, in the file's order.
    pub heads: Vec<ArrayHead>,
    /// The values of each, as little-endian `f32` bytes.
    pub values: Vec<Vec<u8>>,
    /// Number of updates that were made to them, where the file has it.
    pub step: Option<u32>,
    /// The run's configuration, where the file has one that this program can read.
    pub config: Option<RunConfig>,
}

impl Weights {
    /// Number of values of all arrays.
    pub fn parameters(&self) -> usize {
        self.values.iter().map(|bytes| bytes.len() / 4).sum()
    }

    /// The checksum of names, shapes, values and metadata, whatever their order in the file.
    fn checksum(&self, step: &str, config: &str) -> String {
        let order = order_by(self.heads.len(), &|a, b| self.heads[a].name.cmp(&self.heads[b].name));
        let mut crc = crc32c(format!("{step}\0{config}\0").as_bytes());
        for index in order {
            let ArrayHead { name, shape } = &self.heads[index];
            crc = crc32c_append(crc, format!("{name}{shape:?}").as_bytes());
            crc = crc32c_append(crc, &self.values[index]);
        }
        format!("{crc:08x}")
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when an array has not as many values as its shape says.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let failed = |cause: String| Error::new(Code::InvalidState, format!("the weights cannot be written: {cause}"), "export them again");
        let step = self.step.map(|step| step.to_string()).unwrap_or_default();
        let config = self.config.as_ref().map(RunConfig::to_json).unwrap_or_default();
        let crc = self.checksum(&step, &config);
        let metadata = [("format", FORMAT), ("version", VERSION), ("step", &step), ("config", &config), ("crc32c", &crc)];
        let arrays: Vec<(&ArrayHead, &[u8])> = self.heads.iter().zip(self.values.iter().map(Vec::as_slice)).collect();
        write(&metadata, &arrays).map_err(failed)
    }

    /// Reads the arrays in a file.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when it is not safetensors, is cut off or damaged, or has arrays of another type than `f32`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let refuse = |cause: String| Error::new(Code::InvalidData, format!("these weights cannot be read: {cause}"), HINT);
        let content = read(bytes).map_err(refuse)?;
        let (heads, values): (Vec<_>, Vec<_>) = content.arrays.into_iter().map(|(head, bytes)| (head, bytes.to_vec())).unzip();
        if heads.is_empty() {
            return Err(refuse("there is no array".to_owned()));
        }
        if let Some(at) = values.iter().position(Vec::is_empty) {
            return Err(refuse(format!("{:?} has the shape {:?}, so it has no numbers", heads[at].name, heads[at].shape)));
        }
        let said = |key: &str| content.metadata.iter().find(|(known, _)| known == key).map_or("", |(_, text)| text);
        let (step, config) = (said("step"), said("config"));
        let weights = Self { heads, values, step: step.parse().ok(), config: RunConfig::from_json(config).ok() };
        let is_ours = said("format") == FORMAT || !said("crc32c").is_empty();
        if is_ours && (said("version") != VERSION || said("crc32c") != weights.checksum(step, config)) {
            return Err(refuse("the checksum does not match: the file was changed or damaged, or is of another version".to_owned()));
        }
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::preset;
    use crate::protocol::floats;
    use ::safetensors::serialize;
    use ::safetensors::tensor::{Dtype, TensorView};
    use proptest::prelude::*;

    fn weights(values: &[f32]) -> Weights {
        let heads = vec![
            ArrayHead { name: "b/kernel".into(), shape: vec![2, values.len()] },
            ArrayHead { name: "a/bias <&\"".into(), shape: vec![values.len()] },
        ];
        let config = Some(preset::config("mlp").unwrap());
        Weights { heads, values: vec![floats::to_bytes(&[values, values].concat()), floats::to_bytes(values)], step: Some(7), config }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn arrays_come_back_to_the_bit_and_damage_is_noticed(
            values in proptest::collection::vec(any::<f32>(), 1..40),
            cut in any::<proptest::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let weights = weights(&values);
            let mut bytes = weights.to_bytes().unwrap();
            let mut back = Weights::from_bytes(&bytes).unwrap();
            back.heads.reverse();
            back.values.reverse();
            prop_assert_eq!(&back, &weights);

            let cut = cut.index(bytes.len());
            prop_assert!(Weights::from_bytes(&bytes[..cut]).is_err());
            bytes[cut] ^= 1 << bit;
            if let Ok(mut read) = Weights::from_bytes(&bytes) {
                // A space in the header has become another, or a key that nobody needs.
                read.heads.reverse();
                read.values.reverse();
                prop_assert_eq!((read.heads, read.values), (weights.heads, weights.values));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), length in 0_u64..300) {
            let framed = [&length.to_le_bytes()[..], b"{", &bytes].concat();
            for bytes in [bytes, framed] {
                if let Err(error) = Weights::from_bytes(&bytes) {
                    prop_assert_eq!(error.code(), Code::InvalidData);
                }
            }
        }
    }

    #[test]
    fn other_types_are_refused_by_name() {
        let view = TensorView::new(Dtype::F16, vec![2], &[0; 4]).unwrap();
        let error = Weights::from_bytes(&serialize([("x/kernel", view)], None).unwrap()).unwrap_err();
        assert_eq!(error.message(), "these weights cannot be read: \"x/kernel\" has numbers of type F16, not F32");
        let plain = serialize([("x", TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap())], None).unwrap();
        assert_eq!(Weights::from_bytes(&plain).unwrap().step, None, "files of other programs have no metadata");
    }
}
