//! One batch's step in slow motion, looked at beside the step itself: the pass that the update comes from is run once more before
//! it, with zeros added to every layer's output, so that the gradient by each answer is known too.
//!
//! The step is [`Trainer::step`], as for every batch, and none of its numbers depends on what is looked at here. Never here: who
//! wishes for it, and when.
//!
//! All of it is marked as rare: nothing of it is to be copied into the program of a common batch.

use super::sight::{self, LayerSight, length};
use crate::domain::data::Dataset;
use crate::domain::metrics::{SamplePrediction, Tally, judge_all, probabilities};
use crate::domain::model::ModelPlan;
use crate::domain::run::event::Step;
use crate::domain::view::slow::{ArrayStep, MOST_TERMS, SlowNumbers, SlowStep, SlowWish, Term};
use crate::domain::view::{NetworkView, SampleCard, ViewNumbers};
use crate::error::Result;
use crate::train::device_logs::read_all;
use crate::train::gradients;
use crate::train::inference::piece;
use crate::train::loss::clip_factor;
use crate::train::model::Taps;
use crate::train::{Batch, Trainer};
use burn::tensor::Tensor;
use std::vec::IntoIter;

/// A batch whose update is still to come, or has just been made.
pub struct SlowMotion {
    step: Step,
    indices: Vec<u32>,
    labels: Vec<u32>,
    /// The numbers of the first sample.
    first: Vec<f32>,
    /// Number of samples whose answers are looked at.
    rows: usize,
    before: Vec<Tensor<1>>,
    outputs: Tensor<1>,
    answers: Vec<Tensor<1>>,
    /// The gradient by each array of weights.
    by_weight: Vec<Option<Tensor<1>>>,
    /// The gradient by each layer's output, for the samples that are looked at.
    by_answer: Vec<Option<Tensor<1>>>,
}

/// Numbers of a step as they come from the device.
struct Read {
    outputs: Vec<f32>,
    answers: Vec<Vec<f32>>,
    before: Vec<Vec<f32>>,
    after: Vec<Vec<f32>>,
    by_weight: Vec<Vec<f32>>,
    by_answer: Vec<Vec<f32>>,
    clip: f64,
}

/// The gradients among what was `read`, as long as `values`: of what took no part in the loss it is zero.
#[cold]
#[inline(never)]
fn gradients_of(wanted: &[Option<Tensor<1>>], values: &[Vec<f32>], read: &mut IntoIter<Vec<f32>>) -> Vec<Vec<f32>> {
    let mut all = Vec::with_capacity(wanted.len());
    for (gradient, values) in wanted.iter().zip(values) {
        all.push(if gradient.is_some() { read.next().unwrap_or_default() } else { vec![0.0; values.len()] });
    }
    all
}

/// The step of one array, still without the optimiser's means, and the place of its largest change.
#[cold]
#[inline(never)]
fn compared(before: &[f32], gradient: &[f32], after: &[f32]) -> (ArrayStep, usize) {
    let change: Vec<f32> = before.iter().zip(after).map(|(old, new)| (new - old).abs()).collect();
    let at = (0..change.len()).fold(0, |best, at| if change[at] > change[best] { at } else { best });
    let number = |values: &[f32]| values.get(at).copied().unwrap_or(f32::NAN);
    let array = ArrayStep {
        weights: length(before.iter().copied()),
        gradient: length(gradient.iter().copied()),
        change: length(change.iter().copied()),
        old: number(before),
        slope: number(gradient),
        new: number(after),
        means: [f32::NAN; 2],
    };
    (array, at)
}

/// The layers as `wished`, with the first sample's part of `values`, with `weights`, and with the lengths of the gradients `slopes`.
#[cold]
#[inline(never)]
fn sights(
    plan: &ModelPlan,
    wished: &[Vec<u32>],
    values: &[Vec<f32>],
    rows: usize,
    weights: &[Vec<f32>],
    slopes: &[Vec<f32>],
) -> Vec<LayerSight> {
    let mut layers: Vec<LayerSight> = Vec::with_capacity(plan.layers.len());
    for (position, of) in plan.layers.iter().enumerate() {
        let mut layer = LayerSight::new(of, wished.get(position));
        if let Some(values) = values.get(position) {
            layer.take_others(values, rows);
        }
        layers.push(layer);
    }
    sight::choose(&mut layers);
    let mut first = 0;
    for (position, (layer, of)) in layers.iter_mut().zip(&plan.layers).enumerate() {
        let own = first..first + of.params.len();
        first = own.end;
        if let Some(values) = values.get(position) {
            layer.take_subject(&values[..values.len() / rows.max(1)], 1);
        }
        if !layer.shown().is_empty() && !own.is_empty() {
            layer.take_gradient(of, &slopes[own.clone()]);
            layer.take_weights(of, &weights[own]);
        }
    }
    layers
}

#[cold]
#[inline(never)]
fn numbers(layers: Vec<LayerSight>) -> Vec<Vec<f32>> {
    layers.into_iter().map(LayerSight::numbers).collect()
}

impl SlowMotion {
    /// Looks at the batch with the samples of `data` at `indices`, which `trainer` trains next.
    #[cold]
    #[inline(never)]
    pub fn begin(trainer: &Trainer, data: &Dataset, indices: &[u32]) -> Self {
        let plan = trainer.net().plan();
        let Batch { inputs, labels } = Batch::gather(data, indices);
        let first = inputs[..plan.layers[0].input.len()].to_vec();
        let rows = labels.len().min(piece(plan));
        let mut taps = Taps::with_zeros(rows);
        let step = trainer.step_count() + 1;
        let (inputs, wanted) = trainer.given(inputs, &labels);
        let mut forward = trainer.forward(trainer.net().weights(), step, inputs, wanted, Some(&mut taps));
        forward.leaves.append(&mut taps.zeros);
        let mut by_weight = gradients(&forward.loss, &forward.leaves);
        let mut by_answer = by_weight.split_off(trainer.net().weights().len());
        for (slope, layer) in by_answer.iter_mut().zip(&plan.layers) {
            *slope = slope.take().map(|slope| slope.narrow(0, 0, rows * layer.output.len()));
        }
        let mut answers = Vec::with_capacity(taps.outputs.len());
        for (_, values) in taps.outputs {
            answers.push(values);
        }
        let (before, outputs) = (trainer.net().weights().to_vec(), forward.outputs.inner().slice(0..labels.len()).flatten(0, 1));
        Self { step, indices: indices.to_vec(), labels, first, rows, before, outputs, answers, by_weight, by_answer }
    }

    /// The whole step, once `trainer` has made the update at `learning_rate`.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn end(self, trainer: &Trainer, wish: &SlowWish, epoch: u32, learning_rate: f64) -> Result<(SlowStep, SlowNumbers)> {
        let clip = trainer.clip_norm.map(|norm| clip_factor(&self.by_weight, norm));
        let read = self.sort(read_all(self.wanted(trainer, clip.as_ref())).await?, clip.is_some());
        let (mut arrays, mut moved, mut means, mut places) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, before) in read.before.iter().enumerate() {
            let (array, at) = compared(before, &read.by_weight[index], &read.after[index]);
            for (which, mean) in trainer.optimizer.means_at(index, at).into_iter().enumerate() {
                means.push(mean);
                places.push((index, which));
            }
            arrays.push(array);
            moved.push(at as u32);
        }
        for ((index, which), value) in places.into_iter().zip(read_all(means).await?) {
            if let (Some(place), Some(&value)) = (arrays[index].means.get_mut(which), value.first()) {
                *place = value;
            }
        }
        let updates = trainer.step_count() - trainer.optimizer_lag;
        Ok(self.told(trainer.net().plan(), wish, read, (arrays, moved), (epoch, learning_rate, updates)))
    }

    /// The tensors to read, in the order of [`SlowMotion::sort`].
    #[cold]
    #[inline(never)]
    fn wanted(&self, trainer: &Trainer, clip: Option<&Tensor<1>>) -> Vec<Tensor<1>> {
        let mut all = vec![self.outputs.clone()];
        all.extend_from_slice(&self.answers);
        all.extend_from_slice(&self.before);
        all.extend_from_slice(trainer.net().weights());
        for slope in self.by_weight.iter().chain(&self.by_answer).flatten().chain(clip) {
            all.push(slope.clone());
        }
        all
    }

    #[cold]
    #[inline(never)]
    fn sort(&self, read: Vec<Vec<f32>>, is_clipped: bool) -> Read {
        let mut read = read.into_iter();
        let mut next = |count: usize| -> Vec<Vec<f32>> { read.by_ref().take(count).collect() };
        let outputs = next(1).pop().unwrap_or_default();
        let (answers, before, after) = (next(self.answers.len()), next(self.before.len()), next(self.before.len()));
        let by_weight = gradients_of(&self.by_weight, &before, &mut read);
        let by_answer = gradients_of(&self.by_answer, &answers, &mut read);
        let clip = if is_clipped { read.next().and_then(|values| values.first().copied()).map_or(f64::NAN, f64::from) } else { 1.0 };
        Read { outputs, answers, before, after, by_weight, by_answer, clip }
    }

    /// The losses of the first samples.
    #[cold]
    #[inline(never)]
    fn terms(&self, predictions: &[SamplePrediction], outputs: &[f32]) -> Vec<Term> {
        let width = outputs.len() / self.labels.len().max(1);
        let mut terms = Vec::with_capacity(MOST_TERMS);
        for (place, judged) in predictions.iter().enumerate().take(MOST_TERMS) {
            let shares = probabilities(&outputs[place * width..(place + 1) * width]);
            let probability = shares.get(judged.label as usize).copied().unwrap_or(f32::NAN);
            terms.push(Term { index: self.indices[place], label: judged.label, probability, loss: judged.loss as f32 });
        }
        terms
    }

    /// The step as it is told; `run`: epoch, learning rate and the age of the optimiser's means.
    #[cold]
    #[inline(never)]
    fn told(
        self,
        plan: &ModelPlan,
        wish: &SlowWish,
        read: Read,
        (arrays, moved): (Vec<ArrayStep>, Vec<u32>),
        (epoch, learning_rate, updates): (u32, f64, Step),
    ) -> (SlowStep, SlowNumbers) {
        let predictions = judge_all(&read.outputs, &self.labels, plan.loss);
        // The answers decide which units are shown; slopes and weights after the update follow.
        let before = sights(plan, &wish.units, &read.answers, self.rows, &read.before, &read.by_weight);
        let shown: Vec<Vec<u32>> = before.iter().map(|layer| layer.shown().to_vec()).collect();
        let slopes = sights(plan, &shown, &read.by_answer, self.rows, &read.by_weight, &read.by_weight);
        let after = sights(plan, &shown, &[], self.rows, &read.after, &read.by_weight);
        let card = SampleCard {
            index: self.indices.first().copied(),
            number: None,
            of: self.labels.len() as u32,
            label: self.labels.first().copied(),
            loss: predictions.first().map(|judged| judged.loss),
        };
        let view = NetworkView {
            step: self.step - 1,
            sample: Some(card),
            plane: None,
            input: plan.layers[0].input,
            classes: plan.classes as u32,
            layers: before.iter().zip(&plan.layers).map(|(layer, plan)| layer.view(plan)).collect(),
            samples: self.rows as u32,
            has_saliency: false,
            has_occlusion: false,
            took_ms: 0.0,
        };
        let terms = self.terms(&predictions, &read.outputs);
        let width = read.outputs.len() / self.labels.len().max(1);
        let seen = ViewNumbers {
            input: self.first,
            outputs: probabilities(&read.outputs[..width]),
            layers: numbers(before),
            ..ViewNumbers::default()
        };
        let step = SlowStep {
            view,
            epoch,
            size: self.labels.len() as u32,
            loss: Tally::of(&predictions).mean_loss(),
            rest: predictions.iter().skip(MOST_TERMS).map(|judged| judged.loss).sum(),
            learning_rate,
            clip: read.clip,
            updates,
            arrays: plan.params().map(|param| param.name.clone()).collect(),
            moved,
        };
        (step, SlowNumbers { before: seen, slopes: numbers(slopes), after: numbers(after), terms, arrays })
    }
}
