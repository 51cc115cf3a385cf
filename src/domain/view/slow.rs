//! One step in slow motion: all that happens to one batch of a run, from its first sample to the weights that it moved.
//!
//! The worker trains the batch as any other, and looks at it beside that ([`train::view`](crate::train::view)). The numbers
//! travel like those of a [`NetworkView`], three times: what each unit answers and its weights before the update; the slopes,
//! which are the loss' gradient by each answer and each weight; and the weights after it. Never here: tensors, words, pictures.

use super::{FACTS, LayerView, NetworkView, ViewNumbers};
use crate::domain::run::event::Step;
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// The largest number of samples whose loss is told one by one.
pub const MOST_TERMS: usize = 8;
/// Number of numbers of a [`Term`].
const TERM: usize = 4;
/// Number of numbers of an [`ArrayStep`].
const ARRAY: usize = 8;

/// The wish to see the next batch in slow motion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlowWish {
    /// The units to show, a list for each layer. Where it is empty, or is not of this network: the most telling ones.
    pub units: Vec<Vec<u32>>,
}

/// One batch's step. Its numbers are not in it: see [`SlowStep::lengths`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlowStep {
    /// The network before the update, with the batch's first sample, as training ran it: dropout drops, batch norm has the
    /// batch's own statistics.
    pub view: NetworkView,
    /// The batch's epoch, from 0.
    pub epoch: u32,
    /// Number of samples in the batch.
    pub size: u32,
    /// The mean loss of the batch, in nats.
    pub loss: f64,
    /// The sum of the losses that are not told one by one.
    pub rest: f64,
    /// The learning rate of the update.
    pub learning_rate: f64,
    /// The factor by which all gradients were clipped; 1 where they were not.
    pub clip: f64,
    /// Number of updates that the optimiser's running means come from, this one included.
    pub updates: Step,
    /// The name of each array of weights, as in the plan: `dense_1/kernel`.
    pub arrays: Vec<String>,
    /// The place, in each array of weights, of the weight that moved most.
    pub moved: Vec<u32>,
}

/// The loss of one sample of the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Term {
    /// The index in the data.
    pub index: u32,
    /// The true class.
    pub label: u32,
    /// The probability that the network gave it.
    pub probability: f32,
    /// `-ln` of that, in nats.
    pub loss: f32,
}

/// The step of one array of weights: lengths as the root of the sum of squares, and the weight that moved most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArrayStep {
    /// The length of the weights before the update.
    pub weights: f32,
    /// The length of their gradient, not clipped.
    pub gradient: f32,
    /// The length of their change.
    pub change: f32,
    /// The weight that moved most, before.
    pub old: f32,
    /// The gradient of that weight, not clipped.
    pub slope: f32,
    /// The same weight, after.
    pub new: f32,
    /// The optimiser's running means for it after the update, as many as the method has; NaN for others.
    pub means: [f32; 2],
}

/// Numbers of a [`SlowStep`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlowNumbers {
    /// The answers for the batch's first sample, and the weights before the update.
    pub before: ViewNumbers,
    /// The slopes for the same sample, a list for each layer, in the order of [`ViewNumbers::layers`]: the loss' gradient by
    /// each answer in place of the answers, and by each weight in place of the weights.
    pub slopes: Vec<Vec<f32>>,
    /// The weights after the update in the same order, without answers.
    pub after: Vec<Vec<f32>>,
    /// The first samples' losses.
    pub terms: Vec<Term>,
    /// The steps of the arrays of weights, in the order of the layers.
    pub arrays: Vec<ArrayStep>,
}

impl SlowStep {
    /// The step of the update.
    pub fn step(&self) -> Step {
        self.view.step.saturating_add(1)
    }

    /// Number of samples whose loss is told one by one.
    pub fn terms(&self) -> usize {
        (self.size as usize).min(MOST_TERMS)
    }

    /// Number of numbers of each buffer: those of the view, then of the slopes and of the weights after the update for each
    /// layer, then the losses, then the arrays.
    pub fn lengths(&self) -> Vec<usize> {
        let slopes = self.view.layers.iter().map(|layer| maps(layer).saturating_add(rest(layer)));
        let after = self.view.layers.iter().map(rest);
        let tail = [TERM * self.terms(), ARRAY * self.moved.len()];
        self.view.lengths().into_iter().chain(slopes).chain(after).chain(tail).collect()
    }

    /// The numbers of this step out of `buffers`.
    ///
    /// # Errors
    /// [`Code::Protocol`] when the buffers are not as long as the step says.
    pub fn numbers(&self, mut buffers: Vec<Vec<f32>>) -> Result<SlowNumbers> {
        let lengths: Vec<usize> = buffers.iter().map(Vec::len).collect();
        if lengths != self.lengths() {
            return Err(Error::new(Code::Protocol, "the numbers of a step in slow motion do not fit it", "reload the page"));
        }
        let arrays = buffers.pop().unwrap_or_default();
        let terms = buffers.pop().unwrap_or_default();
        let after = buffers.split_off(buffers.len() - self.view.layers.len());
        let slopes = buffers.split_off(buffers.len() - self.view.layers.len());
        let before = self.view.numbers(buffers)?;
        let terms = terms.as_chunks::<TERM>().0.iter().map(|&[index, label, probability, loss]| Term {
            index: index as u32,
            label: label as u32,
            probability,
            loss,
        });
        let arrays = arrays.as_chunks::<ARRAY>().0.iter().map(|&[weights, gradient, change, old, slope, new, first, second]| ArrayStep {
            weights,
            gradient,
            change,
            old,
            slope,
            new,
            means: [first, second],
        });
        Ok(SlowNumbers { before, slopes, after, terms: terms.collect(), arrays: arrays.collect() })
    }
}

impl SlowNumbers {
    /// The buffers, in the order of [`SlowStep::lengths`].
    pub fn buffers(self) -> Vec<Vec<f32>> {
        let Self { before, slopes, after, terms, arrays } = self;
        let terms = terms.iter().flat_map(|term| [term.index as f32, term.label as f32, term.probability, term.loss]).collect();
        let arrays = arrays.iter().flat_map(|array| {
            let ArrayStep { weights, gradient, change, old, slope, new, means: [first, second] } = *array;
            [weights, gradient, change, old, slope, new, first, second]
        });
        before.buffers().into_iter().chain(slopes).chain(after).chain([terms, arrays.collect()]).collect()
    }

    /// The view's numbers with the slopes in their place.
    pub fn of_slopes(&self) -> ViewNumbers {
        ViewNumbers {
            layers: self.slopes.clone(),
            input: self.before.input.clone(),
            outputs: self.before.outputs.clone(),
            ..ViewNumbers::default()
        }
    }

    /// The view's numbers with the weights after the update; the answers are those before.
    pub fn of_after(&self, view: &NetworkView) -> ViewNumbers {
        let all = view.layers.iter().zip(&self.before.layers).zip(&self.after);
        let layers = all.map(|((layer, before), after)| [&before[..maps(layer).min(before.len())], after].concat()).collect();
        ViewNumbers { layers, input: self.before.input.clone(), outputs: self.before.outputs.clone(), ..ViewNumbers::default() }
    }
}

/// Number of numbers of a layer's maps.
fn maps(layer: &LayerView) -> usize {
    layer.shown.len().saturating_mul(layer.map as usize)
}

/// Number of numbers of a layer's weights and facts.
fn rest(layer: &LayerView) -> usize {
    layer.shown.len().saturating_mul(layer.inputs as usize + FACTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::SampleShape;
    use crate::domain::view::testing::layer;

    fn step() -> SlowStep {
        let view = NetworkView {
            step: 40,
            sample: None,
            plane: None,
            input: SampleShape::Vector(2),
            classes: 2,
            layers: vec![layer("dense_1", vec![0, 2], 1, 2), layer("dense_1", vec![], 0, 0)],
            samples: 5,
            has_saliency: false,
            has_occlusion: false,
            took_ms: 1.0,
        };
        SlowStep {
            view,
            epoch: 1,
            size: 3,
            loss: 0.5,
            rest: 0.0,
            learning_rate: 0.1,
            clip: 1.0,
            updates: 41,
            arrays: vec!["dense_1/kernel".to_owned()],
            moved: vec![7],
        }
    }

    #[test]
    fn numbers_come_back_and_each_is_where_it_was_put() {
        let step = step();
        assert_eq!((step.step(), step.terms()), (41, 3));
        let layer = |first: f32| (0..2 * (1 + 2 + FACTS)).map(|index| first + index as f32).collect::<Vec<_>>();
        let numbers = SlowNumbers {
            before: ViewNumbers {
                input: vec![1.0, 2.0],
                outputs: vec![0.5, 0.5],
                layers: vec![layer(10.0), vec![]],
                ..ViewNumbers::default()
            },
            slopes: vec![layer(50.0), vec![]],
            after: vec![layer(80.0)[2..].to_vec(), vec![]],
            terms: (0..3).map(|index| Term { index, label: 1, probability: 0.5, loss: 0.7 }).collect(),
            arrays: vec![ArrayStep { old: 0.25, new: 0.125, means: [0.5, f32::INFINITY], ..ArrayStep::default() }],
        };
        let buffers = numbers.clone().buffers();
        assert_eq!(buffers.iter().map(Vec::len).collect::<Vec<_>>(), step.lengths());
        assert_eq!(step.numbers(buffers.clone()).unwrap(), numbers);
        assert_eq!(numbers.of_slopes().weights(&step.view, 0, 1), [54.0, 55.0]);
        let after = numbers.of_after(&step.view);
        assert_eq!((after.map(&step.view, 0, 1), after.weights(&step.view, 0, 0)), (&[11.0][..], &[82.0, 83.0][..]));
        let mut short = buffers;
        short[7].pop();
        assert_eq!(step.numbers(short).unwrap_err().code(), Code::Protocol);
    }
}
