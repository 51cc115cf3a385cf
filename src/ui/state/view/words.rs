//! The words of a network's picture: what a screen reader is told of it, and what is written about one unit.

use super::{Group, Seen, UnitPlace};
use crate::charts::format_value;
use crate::domain::data::SampleShape;
use crate::domain::model::LayerSpec;
use crate::domain::record::known::Unit;
use crate::domain::view::SampleCard;

/// The title of the kind `kind` of layer.
fn title(kind: &str) -> String {
    LayerSpec::of_kind(kind).map_or_else(|| kind.to_owned(), |spec| spec.title().to_owned())
}

fn units(count: u32, of: SampleShape) -> String {
    let noun = if matches!(of, SampleShape::Image { .. }) { "channel" } else { "unit" };
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The heading of a group's column: its kind of layer, and under it how many units there are, and what is amiss.
pub fn heading(seen: &Seen, group: Group) -> (String, String) {
    let (first, last) = (&seen.view.layers[group.first], seen.layer(group));
    let name = if group.last + 1 == seen.view.layers.len() { "Output".to_owned() } else { title(&first.kind) };
    let dead = seen.view.layers[group.first..=group.last].iter().filter_map(|layer| layer.dead).max().filter(|&dead| dead > 0);
    let shown = last.shown.len() as u32;
    let count = if shown < last.units { format!("{shown} of {}", last.units) } else { last.units.to_string() };
    (name, dead.map_or(count.clone(), |dead| format!("{count} · {dead} dead")))
}

/// The whole network in words: `Step 40. Layer 1, Conv 2-D with ReLU, 16 channels, 3 dead. …`.
pub fn summary(seen: &Seen) -> String {
    let mut words = format!("The network after {} updates.", seen.step());
    for (index, group) in seen.groups().into_iter().enumerate() {
        let layers = &seen.view.layers[group.first..=group.last];
        let last = seen.layer(group);
        let kinds: Vec<String> = layers.iter().filter(|layer| !layer.shown.is_empty()).map(|layer| title(&layer.kind)).collect();
        let what = if group.last + 1 == seen.view.layers.len() { "output".to_owned() } else { kinds.join(", ") };
        words.push_str(&format!(" Layer {}: {what}, {}", index + 1, units(last.units, last.output)));
        if (last.shown.len() as u32) < last.units {
            words.push_str(&format!(", the {} most telling shown", last.shown.len()));
        }
        if let Some(dead) = layers.iter().filter_map(|layer| layer.dead).max() {
            words.push_str(&format!(", {dead} dead"));
        }
        words.push('.');
    }
    words
}

/// One unit in words.
pub fn unit(seen: &Seen, at: UnitPlace) -> String {
    let groups = seen.groups();
    let Some(&group) = groups.get(at.group) else { return String::new() };
    let (first, last) = (&seen.view.layers[group.first], seen.layer(group));
    let Some(&number_of) = last.shown.get(at.place) else { return String::new() };
    let of_weights = seen.numbers.facts(&seen.view, group.first, at.place);
    let of_output = seen.numbers.facts(&seen.view, group.last, at.place);
    let noun = if matches!(last.output, SampleShape::Image { .. }) { "channel" } else { "unit" };
    let name = if group.last + 1 == seen.view.layers.len() {
        format!("Output for {}", seen.class(number_of))
    } else {
        format!("{}, {noun} {} of {}", first.name, number_of + 1, last.units)
    };
    let mut words = name;
    let map = seen.numbers.map(&seen.view, group.last, at.place);
    if let [value] = map {
        words.push_str(&format!(" · gives {}", format_value(*value, Unit::Plain)));
    }
    words.push_str(&format!(" · mean {}", format_value(of_output.mean, Unit::Plain)));
    words.push_str(&format!(" · zero for {:.0} %", of_output.zeros * 100.0));
    if of_weights.bias.is_finite() {
        words.push_str(&format!(" · bias {}", format_value(of_weights.bias, Unit::Plain)));
    }
    if of_weights.gradient.is_finite() {
        words.push_str(&format!(" · gradient {}", format_value(of_weights.gradient, Unit::Plain)));
    }
    words
}

/// The name of the sample that is looked at; one `of_batch` is that which slow motion follows.
pub fn sample(card: SampleCard, of_batch: bool) -> String {
    match (card.number, card.index) {
        (_, Some(index)) if of_batch => format!("batch sample {}", index.saturating_add(1)),
        (Some(number), _) => format!("sample {} of {}", number.saturating_add(1), card.of),
        (None, Some(index)) => format!("sample {}", index.saturating_add(1)),
        (None, None) => "your own".to_owned(),
    }
}

/// The sample that is looked at, and what it is taken for.
pub fn outcome(seen: &Seen) -> String {
    let Some((class, share)) = seen.numbers.predicted(&seen.view) else { return String::new() };
    let untrained = if seen.step() == 0 { "Before training: " } else { "" };
    let said = format!("{untrained}{} ({:.1}\u{a0}%)", seen.class(class), share * 100.0);
    match seen.view.sample.and_then(|sample| sample.label) {
        Some(label) if label == class => format!("{said}, and right"),
        Some(label) => format!("{said}, but it is {}", seen.class(label)),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn the_network_is_told_layer_by_layer() {
        let seen = testing::seen();
        assert_eq!(
            summary(&seen),
            "The network after 20 updates. Layer 1: Conv 2-D, ReLU, Max pool, 2 channels, 1 dead. Layer 2: Dense, 3 units. Layer 3: output, 2 units."
        );
        let groups = seen.groups();
        assert_eq!(heading(&seen, groups[0]), ("Conv 2-D".to_owned(), "2 · 1 dead".to_owned()));
        assert_eq!(heading(&seen, groups[2]), ("Output".to_owned(), "2".to_owned()));
    }

    #[test]
    fn a_unit_says_what_is_known_of_it() {
        let seen = testing::seen();
        let words = unit(&seen, UnitPlace { group: 1, place: 2 });
        assert!(words.starts_with("dense_1, unit 3 of 3 · gives 402"), "{words}");
        assert!(unit(&seen, UnitPlace { group: 2, place: 1 }).starts_with("Output for dog"));
        assert_eq!(unit(&seen, UnitPlace { group: 9, place: 0 }), "");
    }

    #[test]
    fn the_outcome_says_whether_it_is_right() {
        let mut seen = testing::seen();
        assert_eq!(outcome(&seen), "dog (75.0\u{a0}%)");
        let card = SampleCard { index: Some(3), number: Some(0), of: 9, label: Some(0), loss: Some(1.4) };
        seen.view.sample = Some(card);
        assert_eq!(outcome(&seen), "dog (75.0\u{a0}%), but it is cat");
        seen.view.sample = Some(SampleCard { label: Some(1), ..card });
        assert_eq!(outcome(&seen), "dog (75.0\u{a0}%), and right");
        seen.view.step = 0;
        assert_eq!(outcome(&seen), "Before training: dog (75.0\u{a0}%), and right");
        assert_eq!((sample(card, false), sample(card, true)), ("sample 1 of 9".to_owned(), "batch sample 4".to_owned()));
    }
}
