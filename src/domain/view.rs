//! A view of a network: what each of its units gives for one sample, or at every point of a plane, and what led to it.
//!
//! The page asks by a [`ViewWish`]; the worker computes ([`train::view`](crate::train::view)) and answers with a
//! [`NetworkView`] and the numbers that belong to it, in the order of [`NetworkView::lengths`]. Never here: tensors, pictures.

pub mod drawn;
pub mod occlusion;
pub mod plane;
pub mod slow;
pub mod telling;

use crate::domain::data::SampleShape;
use crate::domain::run::event::Step;
use crate::error::{Code, Error, Result};
use plane::PlaneCard;
use serde::{Deserialize, Serialize};

/// The largest number of units of a layer that are shown.
pub const MOST_UNITS: usize = 32;
/// The largest number of weights of one unit that are sent with it.
pub const MOST_INPUTS: usize = 4096;
/// The largest number of values of one unit's map that are sent: larger maps are left out.
pub const MOST_MAP: usize = 1 << 14;

/// The inputs that a network is viewed with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Subject {
    /// The sample at this place among those that are held out, counted around; of all samples where none are held out.
    HeldOut {
        /// The place, from 0.
        number: u32,
    },
    /// The sample at this index of the data.
    Sample {
        /// The index, from 0.
        index: u32,
    },
    /// The sample whose numbers come with the question.
    Given,
    /// Every point of a plane through the inputs: two of them vary, the others have their means.
    Plane {
        /// The two inputs that vary: to the right and upwards.
        axes: [u32; 2],
    },
}

/// The wish for a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewWish {
    /// The inputs.
    pub subject: Subject,
    /// The units to show, a list for each layer. Where it is empty, or is not of this network: the most telling ones.
    pub units: Vec<Vec<u32>>,
    /// Whether the class probabilities are also wanted with each part of an image covered in turn.
    pub occlusion: bool,
}

/// The sample that a view is of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SampleCard {
    /// The index in the data; `None` for one that was given.
    pub index: Option<u32>,
    /// The place among the held-out samples, if it is one of them.
    pub number: Option<u32>,
    /// Number of samples that may be asked for by place.
    pub of: u32,
    /// The true class, where it is known.
    pub label: Option<u32>,
    /// The loss for the true class, in nats.
    pub loss: Option<f64>,
}

/// One layer of a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerView {
    /// The name, as in the plan: `conv2d_1`.
    pub name: String,
    /// The kind of layer: `conv2d`.
    pub kind: String,
    /// The shape of the output for one sample.
    pub output: SampleShape,
    /// Number of units, or of channels.
    pub units: u32,
    /// The units that are shown, in ascending order.
    pub shown: Vec<u32>,
    /// Number of values of each unit's map: of a channel, of a unit (1), or of the plane.
    pub map: u32,
    /// Number of weights of each unit that come with it; 0 where there are none, or too many.
    pub inputs: u32,
    /// Number of units that were zero for every sample looked at; `None` for layers to which that means nothing.
    pub dead: Option<u32>,
}

/// Numbers about one unit that is shown, over some samples of the data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UnitFacts {
    /// The mean of its output.
    pub mean: f32,
    /// The share of its output that is exactly zero.
    pub zeros: f32,
    /// The bias; NaN where there is none.
    pub bias: f32,
    /// The length of the loss' gradient by its weights; NaN where there are none, or no label is known.
    pub gradient: f32,
}

/// Number of numbers of [`UnitFacts`].
pub const FACTS: usize = 4;

/// A view of a network. Its numbers are not in it: see [`NetworkView::lengths`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkView {
    /// Number of updates that were made to the weights.
    pub step: Step,
    /// The sample, unless it is a plane.
    pub sample: Option<SampleCard>,
    /// The plane, unless it is a sample.
    pub plane: Option<PlaneCard>,
    /// The shape of one sample.
    pub input: SampleShape,
    /// Number of classes.
    pub classes: u32,
    /// The layers, the output layer last.
    pub layers: Vec<LayerView>,
    /// Number of samples over which [`UnitFacts`] and [`LayerView::dead`] are.
    pub samples: u32,
    /// Whether saliency is there.
    pub has_saliency: bool,
    /// Whether occlusion is there.
    pub has_occlusion: bool,
    /// Milliseconds that the worker took for it.
    pub took_ms: f64,
}

/// Numbers of a [`NetworkView`], in the order in which they travel: each is one buffer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewNumbers {
    /// The numbers of the sample; none for a plane.
    pub input: Vec<f32>,
    /// The probability of each class for a sample; for a plane at each point the class with the highest probability, then at
    /// each point that probability.
    pub outputs: Vec<f32>,
    /// The gradient of the predicted class' output by each input, times the input (Shrikumar et al. 2017, 1605.01713).
    pub saliency: Vec<f32>,
    /// The probability that the predicted class loses when a pixel is covered, at each pixel (Zeiler and Fergus 2014, section 4.2).
    pub occlusion: Vec<f32>,
    /// The samples on the plane, [`plane::POINT`] numbers each.
    pub points: Vec<f32>,
    /// The layers: each one's maps, one after the other; its units' weights, one unit after the other; its units' facts.
    pub layers: Vec<Vec<f32>>,
}

impl NetworkView {
    /// Number of numbers of each buffer: input, outputs, saliency, occlusion, points, then each layer.
    pub fn lengths(&self) -> Vec<usize> {
        let input = self.input.len();
        // Of a view that came from elsewhere a product may be more than there can be: then no buffers fit it.
        let times = usize::saturating_mul;
        let (sample, outputs, points) = match &self.plane {
            Some(plane) => (0, times(2, plane.cells()), times(plane.points as usize, plane::POINT)),
            None => (input, self.classes as usize, 0),
        };
        let when = |is_there: bool| if is_there { input } else { 0 };
        let of_unit = |layer: &LayerView| (layer.map as usize).saturating_add(layer.inputs as usize).saturating_add(FACTS);
        let layers = self.layers.iter().map(|layer| times(layer.shown.len(), of_unit(layer)));
        [sample, outputs, when(self.has_saliency), when(self.has_occlusion), points].into_iter().chain(layers).collect()
    }

    /// The numbers of this view out of `buffers`.
    ///
    /// # Errors
    /// [`Code::Protocol`] when the buffers are not as long as the view says, or a layer shows units that it does not have.
    pub fn numbers(&self, buffers: Vec<Vec<f32>>) -> Result<ViewNumbers> {
        let lengths: Vec<usize> = buffers.iter().map(Vec::len).collect();
        let has_units = |layer: &LayerView| layer.shown.is_sorted() && layer.shown.last().is_none_or(|&last| last < layer.units);
        if lengths != self.lengths() || !self.layers.iter().all(has_units) {
            return Err(Error::new(Code::Protocol, "the numbers of a view of the network do not fit it", "reload the page"));
        }
        let mut buffers = buffers.into_iter();
        let mut next = || buffers.next().unwrap_or_default();
        let (input, outputs, saliency, occlusion, points) = (next(), next(), next(), next(), next());
        Ok(ViewNumbers { input, outputs, saliency, occlusion, points, layers: buffers.collect() })
    }
}

impl ViewNumbers {
    /// The buffers, in the order of [`NetworkView::lengths`].
    pub fn buffers(self) -> Vec<Vec<f32>> {
        let Self { input, outputs, saliency, occlusion, points, layers } = self;
        [input, outputs, saliency, occlusion, points].into_iter().chain(layers).collect()
    }

    /// The map of the unit that is shown at `place` in layer `layer`.
    pub fn map<'a>(&'a self, view: &NetworkView, layer: usize, place: usize) -> &'a [f32] {
        let Some((of, numbers)) = view.layers.get(layer).zip(self.layers.get(layer)) else { return &[] };
        let map = of.map as usize;
        numbers.get(place * map..(place + 1) * map).unwrap_or(&[])
    }

    /// The weights of the unit that is shown at `place` in layer `layer`; none where they were not sent.
    pub fn weights<'a>(&'a self, view: &NetworkView, layer: usize, place: usize) -> &'a [f32] {
        let Some((of, numbers)) = view.layers.get(layer).zip(self.layers.get(layer)) else { return &[] };
        let (begin, inputs) = (of.shown.len() * of.map as usize, of.inputs as usize);
        numbers.get(begin + place * inputs..begin + (place + 1) * inputs).unwrap_or(&[])
    }

    /// The facts about the unit that is shown at `place` in layer `layer`.
    pub fn facts(&self, view: &NetworkView, layer: usize, place: usize) -> UnitFacts {
        let Some((of, numbers)) = view.layers.get(layer).zip(self.layers.get(layer)) else { return UnitFacts::default() };
        let begin = of.shown.len() * (of.map as usize + of.inputs as usize) + place * FACTS;
        match numbers.get(begin..begin + FACTS) {
            Some(&[mean, zeros, bias, gradient]) => UnitFacts { mean, zeros, bias, gradient },
            _ => UnitFacts::default(),
        }
    }

    /// The class with the highest probability, and that probability; `None` for a plane, or without a number among them.
    pub fn predicted(&self, view: &NetworkView) -> Option<(u32, f32)> {
        if view.plane.is_some() {
            return None;
        }
        best_class(&self.outputs)
    }
}

/// The class with the highest of `probabilities`, and that probability; the first of equals, `None` where all are NaN.
pub fn best_class(probabilities: &[f32]) -> Option<(u32, f32)> {
    let mut best: Option<(u32, f32)> = None;
    for (class, &probability) in probabilities.iter().enumerate() {
        if !probability.is_nan() && best.is_none_or(|(_, highest)| probability > highest) {
            best = Some((class as u32, probability));
        }
    }
    best
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A dense layer of three units.
    pub fn layer(name: &str, shown: Vec<u32>, map: u32, inputs: u32) -> LayerView {
        LayerView {
            name: name.to_owned(),
            kind: "dense".to_owned(),
            output: SampleShape::Vector(3),
            units: 3,
            shown,
            map,
            inputs,
            dead: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::layer;
    use super::*;

    fn view() -> NetworkView {
        NetworkView {
            step: 7,
            sample: None,
            plane: None,
            input: SampleShape::Vector(2),
            classes: 2,
            layers: vec![layer("dense_1", vec![0, 2], 1, 2), layer("output", vec![1], 1, 0)],
            samples: 5,
            has_saliency: true,
            has_occlusion: false,
            took_ms: 1.0,
        }
    }

    #[test]
    fn each_number_is_found_where_it_was_put() {
        let view = view();
        assert_eq!(view.lengths(), [2, 2, 2, 0, 0, 2 * (1 + 2 + FACTS), 1 + FACTS]);
        let first = vec![0.5, -0.5, 1.0, 2.0, 3.0, 4.0, 0.1, 0.2, 0.3, 0.4, 1.1, 1.2, 1.3, 1.4];
        let buffers = vec![vec![9.0, 8.0], vec![0.25, 0.75], vec![0.0; 2], vec![], vec![], first, vec![6.0, 0.0, 0.0, 0.0, f32::INFINITY]];
        let numbers = view.numbers(buffers.clone()).unwrap();
        assert_eq!(numbers.map(&view, 0, 1), [-0.5]);
        assert_eq!(numbers.weights(&view, 0, 1), [3.0, 4.0]);
        assert_eq!(numbers.facts(&view, 0, 1), UnitFacts { mean: 1.1, zeros: 1.2, bias: 1.3, gradient: 1.4 });
        assert_eq!(numbers.weights(&view, 1, 0), [0.0; 0]);
        assert_eq!(numbers.predicted(&view), Some((1, 0.75)));
        // What is not there is nothing, and no panic.
        assert!(numbers.map(&view, 9, 9).is_empty() && numbers.weights(&view, 0, 7).is_empty());
        assert_eq!(numbers.clone().buffers(), buffers);
        let mut without = view.clone();
        without.layers[0].shown = vec![0, 3];
        assert_eq!(without.numbers(buffers.clone()).unwrap_err().code(), Code::Protocol, "unit 3 of units 0 to 2");
        let mut short = buffers;
        short[5].pop();
        assert_eq!(view.numbers(short).unwrap_err().code(), Code::Protocol);
    }

    #[test]
    fn the_best_class_is_the_first_of_equals_and_never_nan() {
        assert_eq!(best_class(&[0.2, 0.4, 0.4]), Some((1, 0.4)));
        assert_eq!(best_class(&[f32::NAN, 0.1]), Some((1, 0.1)));
        assert_eq!(best_class(&[f32::NAN]), None);
        assert_eq!(best_class(&[]), None);
    }
}
