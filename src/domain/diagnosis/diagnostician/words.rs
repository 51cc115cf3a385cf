//! The words of diagnoses: numbers as people read them, and for each finding the reason why it matters.
//!
//! Never here: rules.

use crate::domain::diagnosis::Finding;

/// A number with three significant digits, with an exponent where it is far from 1.
pub(super) fn number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    let size = x.abs();
    if (1e-3..1e5).contains(&size) {
        // Zeros after the point say nothing, and a rounded 9.996 must not become 10.00.
        let rounded: f64 = format!("{x:.2e}").parse().unwrap_or(x);
        return format!("{rounded}");
    }
    let text = format!("{x:.2e}");
    match text.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => {
            format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

/// A share as a percentage: `12.5 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", number(share * 100.0))
}

/// The reason why a finding matters.
pub(super) fn why(finding: Finding) -> &'static str {
    match finding {
        Finding::NotFinite => "Whatever is computed from such a value is lost as well, so from here on the network learns nothing.",
        Finding::ExplodingGradient => {
            "The gradient says how far to move each weight: when it explodes, a single step throws away what was learned."
        }
        Finding::VanishingGradient => {
            "The first layers are hardly told what to change, so they stay as random as at the start and only the last ones learn."
        }
        Finding::LearningRateTooHigh => {
            "Each step jumps across the valley of the loss instead of going down into it, so the loss cannot settle."
        }
        Finding::LearningRateTooLow => "The weights hardly move, so that learning anything would take far too many epochs.",
        Finding::DeadUnits => {
            "A unit that is zero for every sample passes nothing on and gets no gradient to recover by: the network is smaller than it \
             looks."
        }
        Finding::Saturation => {
            "At the ends of its range an activation is flat, so hardly any gradient gets through and the layers before it stop learning."
        }
        Finding::Overfitting => {
            "The network learns its training samples by heart instead of what they have in common, and gets worse on those it has not seen."
        }
        Finding::Underfitting => "What the network cannot explain on the samples it was trained on, it cannot explain on new ones either.",
        Finding::NoLearning => "The network has found nothing yet in the data that helps it: so far it is a guess.",
        Finding::UnbalancedData => {
            "Always answering the most common class is right most of the time, so accuracy looks good while rare classes are hardly \
             learned."
        }
        Finding::MissingSeries => "A callback that waits for a value which never comes does nothing.",
        Finding::UnshuffledData => {
            "Each batch pulls the weights towards the few classes in it and the next one pulls them away again: what was learned of one \
             class is forgotten while the next is trained."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (x, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (2.301, "2.3"),
            (0.6789, "0.679"),
            (9.996, "10"),
            (12345.0, "12300"),
            (1e-7, "1e-7"),
            (0.1 / 10.0, "0.01"),
            (1.5e-5, "1.5e-5"),
            (123_456.0, "1.23e5"),
            (-2.5e8, "-2.5e8"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(number(x), text);
        }
        assert_eq!(percent(0.125), "12.5 %");
    }
}
