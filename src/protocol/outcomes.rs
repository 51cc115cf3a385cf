//! The predictions for samples as a message's bytes and back: twenty bytes each, little-endian.
//!
//! Index, label and predicted class as `u32` (the largest stands for none), probability and loss as `f32`. Decoding is
//! total: bytes left over at the end are no outcome and are left out.

use crate::domain::run::event::SampleOutcome;

const NONE: u32 = u32::MAX;

/// The bytes of `outcomes`, one after the other.
pub fn to_bytes(outcomes: &[SampleOutcome]) -> Vec<u8> {
    let words = |outcome: &SampleOutcome| {
        let &SampleOutcome { index, label, predicted, probability, loss } = outcome;
        [index, label, predicted.unwrap_or(NONE), (probability as f32).to_bits(), (loss as f32).to_bits()]
    };
    outcomes.iter().flat_map(words).flat_map(u32::to_le_bytes).collect()
}

/// Reads the outcomes in `bytes`.
pub fn from_bytes(bytes: &[u8]) -> Vec<SampleOutcome> {
    let words: Vec<u32> = bytes.as_chunks().0.iter().map(|&chunk| u32::from_le_bytes(chunk)).collect();
    let outcome = |&[index, label, predicted, probability, loss]: &[u32; 5]| SampleOutcome {
        index,
        label,
        predicted: (predicted != NONE).then_some(predicted),
        probability: f64::from(f32::from_bits(probability)),
        loss: f64::from(f32::from_bits(loss)),
    };
    words.as_chunks().0.iter().map(outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn outcomes_come_back_and_any_bytes_are_decoded(
            samples in prop::collection::vec((any::<u32>(), any::<u32>(), prop::option::of(0_u32..300), 0_f32..1.0, any::<f32>()), 0..20),
            rest in prop::collection::vec(any::<u8>(), 0..19),
        ) {
            let outcomes: Vec<SampleOutcome> = samples.into_iter()
                .map(|(index, label, predicted, p, loss)| SampleOutcome { index, label, predicted, probability: p.into(), loss: loss.into() })
                .collect();
            let mut bytes = to_bytes(&outcomes);
            prop_assert_eq!(bytes.len(), 20 * outcomes.len());
            bytes.extend(rest);
            // NaN is not equal to itself: compare the bytes.
            prop_assert_eq!(to_bytes(&from_bytes(&bytes)), to_bytes(&outcomes));
        }
    }
}
