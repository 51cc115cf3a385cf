//! Charts of known series: their title, axis and scale are those of the table of series. Never here: curves.

use crate::charts::{ChartSpec, YRange};
use crate::domain::record::known::{Known, OWN, Scale};

/// The chart of the known series or family `name`, without curves, as the table of series has it; of a callback's own
/// where it is not known.
pub fn spec_of(name: &str) -> ChartSpec {
    let known = Known::entry(name).unwrap_or(&OWN);
    ChartSpec {
        title: known.title.to_owned(),
        y_label: known.measure.to_owned(),
        unit: known.unit,
        better: known.better,
        y_range: match known.scale {
            Scale::Fitted => YRange::Auto,
            Scale::FromZero => YRange::FromZero,
            Scale::Log => YRange::Log,
            Scale::Whole => YRange::Fixed(0.0, 1.0),
        },
        ..ChartSpec::default()
    }
}
