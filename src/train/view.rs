//! The work of viewing a network: all layers' outputs for one sample or at every point of a plane, gradients, saliency and
//! occlusion; piece by piece, with the weights of one moment.
//!
//! The formulas are those of [`domain::view`](crate::domain::view). Nothing of the network changes. Never here: who asks, when
//! a piece has its turn.

mod sight;
pub mod slow;
mod subject;

use super::batch::Batch;
use super::device_logs::read_all;
use super::gradients;
use super::inference::piece;
use super::loss::batch_loss;
use super::model::{Mode, Net, Taps, leaves};
use crate::domain::metrics::{judge, probabilities};
use crate::domain::model::LayerPlan;
use crate::domain::run::event::Step;
use crate::domain::view::occlusion::Cover;
use crate::domain::view::plane::POINT;
use crate::domain::view::{NetworkView, SampleCard, ViewNumbers, ViewWish, best_class};
use crate::error::Result;
use sight::LayerSight;
pub use subject::{Source, Subjects};

/// The pieces of work, in their order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Some samples of the data, for facts about the units.
    Others,
    /// The sample, or the points of the plane.
    Subject,
    /// The gradient of the loss.
    Gradient,
    /// The gradient by the inputs.
    Saliency,
    /// The sample with its parts covered.
    Occlusion,
    /// The weights.
    Weights,
    /// The end: no work is left.
    Done,
}

/// A view of a network that is being worked on.
pub struct Viewing {
    net: Net,
    step: Step,
    wants_occlusion: bool,
    subjects: Subjects,
    stage: Stage,
    /// Number of rows, or of patches, that are done in this stage.
    done: usize,
    layers: Vec<LayerSight>,
    /// The outputs for the samples of [`Stage::Others`].
    others: Vec<f32>,
    /// The outputs for those of [`Stage::Subject`].
    outputs: Vec<f32>,
    saliency: Vec<f32>,
    /// The probability of the predicted class with each patch covered.
    left: Vec<f32>,
    occlusion: Vec<f32>,
    took_ms: f64,
}

/// The reads of one forward pass.
struct Seen {
    outputs: Vec<f32>,
    layers: Vec<Vec<f32>>,
}

impl Viewing {
    /// The work of viewing `net`, whose weights have had `step` updates, as `wish` says.
    pub fn new(net: Net, step: Step, wish: &ViewWish, subjects: Subjects) -> Self {
        let layers = net.plan().layers.iter().enumerate();
        let layers = layers.map(|(position, layer)| LayerSight::new(layer, wish.units.get(position))).collect();
        let (others, outputs, saliency, left, occlusion) = Default::default();
        let wants_occlusion = wish.occlusion;
        let stage = Stage::Others;
        Self { net, step, wants_occlusion, subjects, stage, done: 0, layers, others, outputs, saliency, left, occlusion, took_ms: 0.0 }
    }

    /// Books `ms` milliseconds that were spent on it.
    pub fn book(&mut self, ms: f64) {
        self.took_ms += ms;
    }

    /// Milliseconds that were spent on it so far.
    pub fn took_ms(&self) -> f64 {
        self.took_ms
    }

    /// Number of updates that were made to the weights.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Advances the work by one piece; false when that was the last.
    ///
    /// # Errors
    /// [`Code::DeviceLost`](crate::error::Code::DeviceLost) when the device fails.
    pub async fn advance(&mut self) -> Result<bool> {
        let is_over = match self.stage {
            Stage::Others => self.look_at_others().await?,
            Stage::Subject => self.look_at_subject().await?,
            Stage::Gradient => self.find_gradient().await?,
            Stage::Saliency => self.find_saliency().await?,
            Stage::Occlusion => self.cover().await?,
            Stage::Weights => self.read_weights().await?,
            Stage::Done => true,
        };
        if is_over {
            self.done = 0;
            self.stage = match self.stage {
                Stage::Others => Stage::Subject,
                Stage::Subject => Stage::Gradient,
                Stage::Gradient => Stage::Saliency,
                Stage::Saliency => Stage::Occlusion,
                Stage::Occlusion => Stage::Weights,
                Stage::Weights | Stage::Done => Stage::Done,
            };
        }
        Ok(self.stage != Stage::Done)
    }

    /// Runs `rows` samples forward and reads what every layer gave.
    async fn see(&self, inputs: Vec<f32>, rows: usize) -> Result<Seen> {
        let mut taps = Taps::of_every_layer(rows);
        let (outputs, _) = self.net.forward(self.net.weights(), self.net.upload(inputs, rows), Mode::Eval, Some(&mut taps));
        let layers = taps.outputs.into_iter().map(|(_, values)| values);
        let mut read = read_all(std::iter::once(outputs.inner().flatten(0, 1)).chain(layers)).await?.into_iter();
        Ok(Seen { outputs: read.next().unwrap_or_default(), layers: read.collect() })
    }

    async fn look_at_others(&mut self) -> Result<bool> {
        let rows = self.subjects.others.len().saturating_sub(self.done).min(piece(self.net.plan()));
        if rows > 0 {
            let inputs = self.subjects.other_inputs(self.done, rows);
            let seen = self.see(inputs, rows).await?;
            self.others.extend(seen.outputs);
            for (layer, values) in self.layers.iter_mut().zip(&seen.layers) {
                layer.take_others(values, rows);
            }
            self.done += rows;
        }
        let is_over = self.done >= self.subjects.others.len();
        if is_over {
            sight::choose(&mut self.layers);
        }
        Ok(is_over)
    }

    async fn look_at_subject(&mut self) -> Result<bool> {
        let (width, all) = (self.net.plan().layers[0].input.len(), self.subjects.rows());
        let rows = all.saturating_sub(self.done).min(piece(self.net.plan()));
        if rows > 0 {
            let inputs = self.subjects.inputs[self.done * width..(self.done + rows) * width].to_vec();
            let seen = self.see(inputs, rows).await?;
            self.outputs.extend(seen.outputs);
            for (layer, values) in self.layers.iter_mut().zip(&seen.layers) {
                layer.take_subject(values, rows);
            }
            self.done += rows;
        }
        Ok(self.done >= all)
    }

    async fn find_gradient(&mut self) -> Result<bool> {
        let plan = self.net.plan();
        let Some(Batch { inputs, labels }) = self.subjects.labelled(piece(plan)) else { return Ok(true) };
        let rows = labels.len();
        let weights = leaves(self.net.weights());
        let (outputs, _) = self.net.forward(&weights, self.net.upload(inputs, rows), Mode::Eval, None);
        let wanted = self.net.wanted(&labels, labels.len());
        let gradients = gradients(&batch_loss(outputs, wanted, plan.loss, self.net.operations()), &weights);
        let mut read = read_all(gradients.iter().flatten().cloned()).await?.into_iter();
        let mut values = gradients.into_iter().map(|gradient| gradient.and_then(|_| read.next()).unwrap_or_default());
        for (layer, plan) in self.layers.iter_mut().zip(&self.net.plan().layers) {
            let arrays: Vec<Vec<f32>> = plan.params.iter().map(|_| values.next().unwrap_or_default()).collect();
            layer.take_gradient(plan, &arrays);
        }
        Ok(true)
    }

    /// The class that the sample is taken for; `None` for a plane, or where no output is a number.
    fn predicted(&self) -> Option<u32> {
        if self.subjects.plane.is_some() { None } else { best_class(&probabilities(&self.outputs)).map(|(class, _)| class) }
    }

    async fn find_saliency(&mut self) -> Result<bool> {
        let Some(class) = self.predicted() else { return Ok(true) };
        let inputs = self.net.upload(self.subjects.inputs.clone(), 1).autodiff().require_grad();
        let (outputs, _) = self.net.forward(self.net.weights(), inputs.clone(), Mode::Eval, None);
        let width = outputs.dims()[1];
        // Of a single output the one class is what speaks for it, the other what speaks against it.
        let (column, sign) = if width == 1 { (0, if class == 1 { 1.0 } else { -1.0 }) } else { (class as usize, 1.0) };
        let of_class = (outputs.slice([0..1, column..column + 1]) * sign).sum();
        let Some(gradient) = gradients(&of_class, &[inputs]).pop().flatten() else { return Ok(true) };
        let values = read_all([gradient]).await?.pop().unwrap_or_default();
        self.saliency = values.iter().zip(&self.subjects.inputs).map(|(slope, input)| slope * input).collect();
        Ok(true)
    }

    async fn cover(&mut self) -> Result<bool> {
        let wanted = self.predicted().filter(|_| self.wants_occlusion).zip(Cover::of(self.net.plan().layers[0].input));
        let Some((class, cover)) = wanted else { return Ok(true) };
        let image = &self.subjects.inputs;
        let rows = cover.len().saturating_sub(self.done).min(piece(self.net.plan()));
        let mut inputs = Vec::with_capacity(rows * image.len());
        for patch in self.done..self.done + rows {
            cover.covered(image, patch, &mut inputs);
        }
        let (outputs, _) = self.net.forward(self.net.weights(), self.net.upload(inputs, rows), Mode::Eval, None);
        let width = outputs.dims()[1];
        let values = read_all([outputs.inner().flatten::<1>(0, 1)]).await?.pop().unwrap_or_default();
        let of_class = |row: &[f32]| probabilities(row).get(class as usize).copied().unwrap_or(f32::NAN);
        self.left.extend(values.chunks_exact(width.max(1)).map(of_class));
        self.done += rows;
        if self.done < cover.len() {
            return Ok(false);
        }
        self.occlusion = cover.map(of_class(&self.outputs), &self.left);
        Ok(true)
    }

    async fn read_weights(&mut self) -> Result<bool> {
        // Those of a layer that shows nothing stay where they are.
        let shows = |layer: &LayerSight, plan: &LayerPlan| !layer.shown().is_empty() && !plan.params.is_empty();
        let (mut wanted, mut first) = (Vec::new(), 0);
        for (layer, plan) in self.layers.iter().zip(&self.net.plan().layers) {
            let next = first + plan.params.len();
            if shows(layer, plan) {
                wanted.extend(self.net.weights()[first..next].iter().cloned());
            }
            first = next;
        }
        let mut read = read_all(wanted).await?.into_iter();
        for (layer, plan) in self.layers.iter_mut().zip(&self.net.plan().layers) {
            if shows(layer, plan) {
                let arrays: Vec<Vec<f32>> = plan.params.iter().map(|_| read.next().unwrap_or_default()).collect();
                layer.take_weights(plan, &arrays);
            }
        }
        Ok(true)
    }

    /// The points of the plane with what the network says of them.
    fn points(&self) -> Vec<f32> {
        let Some(plane) = &self.subjects.plane else { return Vec::new() };
        let width = self.net.plan().layers[0].input.len();
        let outputs = self.others.len() / self.subjects.others.len().max(1);
        let mut points = Vec::with_capacity(self.subjects.others.len() * POINT);
        for (row, other) in self.subjects.others.iter().enumerate() {
            let numbers = &self.subjects.other_numbers[row * width..(row + 1) * width];
            let said = best_class(&probabilities(&self.others[row * outputs..(row + 1) * outputs]));
            let predicted = said.map_or(f32::NAN, |(class, _)| class as f32);
            let [right, up] = plane.axes.map(|axis| numbers[axis as usize]);
            points.extend([right, up, other.label as f32, predicted, f32::from(u8::from(other.is_held_out))]);
        }
        points
    }

    /// The view and its numbers, once there is no piece left.
    pub fn answer(self) -> (NetworkView, ViewNumbers) {
        let plan = self.net.plan();
        let (input, classes, loss) = (plan.layers[0].input, plan.classes as u32, plan.loss);
        let points = self.points();
        let sample = self.subjects.plane.is_none().then(|| SampleCard {
            loss: self.subjects.label.map(|label| judge(&self.outputs, label, loss).loss),
            label: self.subjects.label,
            ..self.subjects.card
        });
        let width = self.outputs.len() / self.subjects.rows().max(1);
        let outputs = match &self.subjects.plane {
            None => probabilities(&self.outputs),
            Some(_) => {
                let best =
                    |row: &[f32]| best_class(&probabilities(row)).map_or((f32::NAN, f32::NAN), |(class, share)| (class as f32, share));
                let (mut classes, shares): (Vec<f32>, Vec<f32>) = self.outputs.chunks_exact(width.max(1)).map(best).unzip();
                classes.extend(shares);
                classes
            }
        };
        let is_plane = self.subjects.plane.is_some();
        let view = NetworkView {
            step: self.step,
            sample,
            plane: self.subjects.plane.clone(),
            input,
            classes,
            layers: self.layers.iter().zip(&plan.layers).map(|(layer, plan)| layer.view(plan)).collect(),
            samples: self.subjects.others.len() as u32,
            has_saliency: !self.saliency.is_empty(),
            has_occlusion: !self.occlusion.is_empty(),
            took_ms: self.took_ms,
        };
        let numbers = ViewNumbers {
            input: if is_plane { Vec::new() } else { self.subjects.inputs },
            outputs,
            saliency: self.saliency,
            occlusion: self.occlusion,
            points,
            layers: self.layers.into_iter().map(LayerSight::numbers).collect(),
        };
        (view, numbers)
    }
}
