//! The network as it was last seen, and how it is laid out and coloured, as plain data. Never here: canvases, signals, asking
//! for it.

pub mod colours;
pub mod layout;
pub mod slow;
pub mod words;

use crate::domain::run::event::Step;
use crate::domain::view::{LayerView, NetworkView, ViewNumbers};
use crate::protocol::RunId;

/// A view of a network with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The run whose network it is; `None` for one that nobody has trained.
    pub run: Option<RunId>,
    /// The view.
    pub view: NetworkView,
    /// The numbers.
    pub numbers: ViewNumbers,
    /// The names of the classes.
    pub classes: Vec<String>,
}

/// Layers whose units are the same: a convolution, its ReLU and its pool; each unit is one box on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The first of its layers, which has the weights.
    pub first: usize,
    /// The last of its layers that shows something.
    pub last: usize,
}

impl Seen {
    /// The class `index` by name.
    pub fn class(&self, index: u32) -> String {
        self.classes.get(index as usize).cloned().unwrap_or_else(|| index.to_string())
    }

    /// The layers in groups, the output layer last; layers that show nothing are in none.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for (index, layer) in self.view.layers.iter().enumerate() {
            if layer.shown.is_empty() {
                continue;
            }
            let continues = !matches!(layer.kind.as_str(), "dense" | "conv2d");
            match groups.last_mut() {
                Some(group) if continues && self.view.layers[group.last].units == layer.units => group.last = index,
                _ => groups.push(Group { first: index, last: index }),
            }
        }
        groups
    }

    /// The layer that a group shows.
    pub fn layer(&self, group: Group) -> &LayerView {
        &self.view.layers[group.last]
    }

    /// The influence of each shown unit of `before` (or of each input, without one) on the unit at `place` of `group`: the
    /// weight itself, or of several the root of their mean square with the sign of their sum. Empty where the weights were not
    /// sent.
    pub fn influences(&self, before: Option<Group>, group: Group, place: usize) -> Vec<f32> {
        let weights = self.numbers.weights(&self.view, group.first, place);
        let units = before.map_or(self.view.input.len(), |before| self.layer(before).units as usize);
        if weights.is_empty() || units == 0 || !weights.len().is_multiple_of(units) {
            return Vec::new();
        }
        // Only now, when there are weights for each of them: a view that came from elsewhere may speak of any number.
        let shown: Vec<u32> = before.map_or_else(|| (0..units as u32).collect(), |before| self.layer(before).shown.clone());
        let each = weights.len() / units;
        let influence = |&unit: &u32| match &weights[unit as usize * each..(unit as usize + 1) * each] {
            [weight] => *weight,
            several => {
                let (sum, squares) = several.iter().fold((0.0, 0.0), |(sum, squares), &weight| (sum + weight, squares + weight * weight));
                (squares / several.len() as f32).sqrt().copysign(sum)
            }
        };
        shown.iter().map(influence).collect()
    }

    /// The step of its weights.
    pub fn step(&self) -> Step {
        self.view.step
    }
}

/// A unit that is pointed at: the group and the place among the units that it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitPlace {
    /// The position of the group, from 0.
    pub group: usize,
    /// The place among the shown units, from 0.
    pub place: usize,
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::domain::data::SampleShape;
    use crate::domain::view::FACTS;

    /// A view of a small network for images: two filters with ReLU and pool, three dense units, two classes.
    pub fn seen() -> Seen {
        let layer = |name: &str, kind: &str, output: SampleShape, units: u32, inputs: u32, dead| LayerView {
            name: name.to_owned(),
            kind: kind.to_owned(),
            output,
            units,
            shown: if kind == "flatten" { Vec::new() } else { (0..units).collect() },
            map: if kind == "flatten" { 0 } else { (output.len() / units as usize) as u32 },
            inputs,
            dead,
        };
        let image = |side| SampleShape::Image { channels: 2, height: side, width: side };
        let view = NetworkView {
            step: 20,
            sample: None,
            plane: None,
            input: SampleShape::Image { channels: 1, height: 4, width: 4 },
            classes: 2,
            layers: vec![
                layer("conv2d_1", "conv2d", image(4), 2, 9, None),
                layer("relu_1", "relu", image(4), 2, 0, Some(1)),
                layer("max_pool2d_1", "max_pool2d", image(2), 2, 0, None),
                layer("flatten_1", "flatten", SampleShape::Vector(8), 8, 0, None),
                layer("dense_1", "dense", SampleShape::Vector(3), 3, 8, None),
                layer("output", "dense", SampleShape::Vector(2), 2, 3, None),
            ],
            samples: 4,
            has_saliency: false,
            has_occlusion: false,
            took_ms: 1.0,
        };
        let mut count = 0.0;
        let mut numbers = |length: usize| {
            let values: Vec<f32> = (0..length).map(|index| count + index as f32).collect();
            count += 100.0;
            values
        };
        let layers = view.layers.iter().map(|layer| numbers(layer.shown.len() * (layer.map as usize + layer.inputs as usize + FACTS)));
        let layers = layers.collect();
        let numbers = ViewNumbers { input: vec![0.5; 16], outputs: vec![0.25, 0.75], layers, ..ViewNumbers::default() };
        Seen { run: Some(1), view, numbers, classes: vec!["cat".to_owned(), "dog".to_owned()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_the_same_units_are_one_group() {
        let seen = testing::seen();
        let group = |first, last| Group { first, last };
        assert_eq!(seen.groups(), [group(0, 2), group(4, 4), group(5, 5)]);
    }

    #[test]
    fn influences_are_weights_or_what_many_weights_come_to() {
        let mut seen = testing::seen();
        let groups = seen.groups();
        // Behind the three maps of one value, unit 1 of the output layer has its three weights.
        let begin = 2 + 3;
        seen.numbers.layers[5][begin..begin + 3].copy_from_slice(&[0.5, -1.0, 2.0]);
        assert_eq!(seen.influences(Some(groups[1]), groups[2], 1), [0.5, -1.0, 2.0]);
        // A dense unit after a flatten: of each channel its four weights.
        let begin = 3;
        seen.numbers.layers[4][begin..begin + 8].copy_from_slice(&[3.0, 3.0, 3.0, 3.0, -4.0, 4.0, -4.0, -4.0]);
        assert_eq!(seen.influences(Some(groups[0]), groups[1], 0), [3.0, -4.0]);
        // Nine weights for sixteen inputs are a filter, not a line to each pixel.
        assert!(seen.influences(None, groups[0], 0).is_empty());
        assert_eq!((seen.class(1), seen.class(7)), ("dog".to_owned(), "7".to_owned()));
    }
}
