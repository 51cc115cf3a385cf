//! One layer while a view is worked on: its units' activity, the units that are shown, their maps, weights and gradients. Never here: the network.

use crate::domain::data::SampleShape;
use crate::domain::model::{LayerPlan, LayerSpec};
use crate::domain::view::telling::{Activity, most_telling};
use crate::domain::view::{FACTS, LayerView, MOST_INPUTS, MOST_MAP, MOST_UNITS};

/// A layer of a view that is being worked on.
pub(super) struct LayerSight {
    units: usize,
    /// Number of values of one unit for one sample.
    field: usize,
    /// Whether its units are new ones, and not those of the layer before after some function.
    begins: bool,
    is_shown: bool,
    is_rectifier: bool,
    wished: Vec<u32>,
    activity: Vec<Activity>,
    shown: Vec<u32>,
    /// The values of the shown units, row after row, and in a row unit after unit.
    rows: Vec<f32>,
    weights: Vec<f32>,
    inputs: usize,
    biases: Vec<f32>,
    gradients: Vec<f32>,
}

/// The root of the sum of squares.
pub(super) fn length(values: impl Iterator<Item = f32>) -> f32 {
    values.map(|x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt() as f32
}

impl LayerSight {
    /// The sight of the layer `plan` before anything is seen; `wished` are the units to show.
    pub(super) fn new(plan: &LayerPlan, wished: Option<&Vec<u32>>) -> Self {
        let (units, field) = match plan.output {
            SampleShape::Vector(units) => (units, 1),
            SampleShape::Image { channels, height, width } => (channels, height * width),
        };
        let is_wish = |wished: &&Vec<u32>| {
            wished.len() <= MOST_UNITS && wished.iter().all(|&unit| (unit as usize) < units) && wished.is_sorted_by(|a, b| a < b)
        };
        Self {
            units,
            field,
            begins: matches!(plan.spec, LayerSpec::Dense { .. } | LayerSpec::Conv2d { .. } | LayerSpec::Flatten),
            is_shown: !says_nothing_new(&plan.spec) && field <= MOST_MAP,
            is_rectifier: plan.spec.is_rectifier(),
            wished: wished.filter(is_wish).cloned().unwrap_or_default(),
            activity: vec![Activity::default(); units],
            shown: Vec::new(),
            rows: Vec::new(),
            weights: Vec::new(),
            inputs: 0,
            biases: Vec::new(),
            gradients: Vec::new(),
        }
    }

    /// The units that are shown.
    pub(super) fn shown(&self) -> &[u32] {
        &self.shown
    }

    /// Takes in the outputs for `rows` samples of the data.
    pub(super) fn take_others(&mut self, values: &[f32], rows: usize) {
        for row in values.chunks_exact((values.len() / rows.max(1)).max(1)) {
            for (activity, values) in self.activity.iter_mut().zip(row.chunks_exact(self.field.max(1))) {
                activity.take(values);
            }
        }
    }

    /// Takes in the outputs for `rows` of the sample or the plane.
    pub(super) fn take_subject(&mut self, values: &[f32], rows: usize) {
        for row in values.chunks_exact((values.len() / rows.max(1)).max(1)) {
            for &unit in &self.shown {
                self.rows.extend_from_slice(&row[unit as usize * self.field..(unit as usize + 1) * self.field]);
            }
        }
    }

    /// Takes in the gradients of its arrays, which are those of `plan`.
    pub(super) fn take_gradient(&mut self, plan: &LayerPlan, arrays: &[Vec<f32>]) {
        let Some(kernel) = arrays.first().filter(|kernel| !kernel.is_empty()) else { return };
        self.gradients = self.shown.iter().map(|&unit| length(of_unit(plan, kernel, unit))).collect();
    }

    /// Takes in its arrays, which are those of `plan`.
    pub(super) fn take_weights(&mut self, plan: &LayerPlan, arrays: &[Vec<f32>]) {
        let Some(kernel) = arrays.first() else { return };
        self.inputs = kernel.len() / self.units.max(1);
        if self.inputs > MOST_INPUTS {
            self.inputs = 0;
        } else {
            self.weights = self.shown.iter().flat_map(|&unit| of_unit(plan, kernel, unit)).collect();
        }
        if let Some(biases) = arrays.get(1) {
            self.biases = self.shown.iter().map(|&unit| biases.get(unit as usize).copied().unwrap_or(f32::NAN)).collect();
        }
    }

    /// The layer's part of the view.
    pub(super) fn view(&self, plan: &LayerPlan) -> LayerView {
        let values = self.shown.len();
        let dead = self.activity.iter().filter(|activity| activity.is_dead()).count() as u32;
        LayerView {
            name: plan.name.clone(),
            kind: plan.spec.kind().to_owned(),
            output: plan.output,
            units: self.units as u32,
            shown: self.shown.clone(),
            map: self.rows.len().checked_div(values).unwrap_or(0) as u32,
            inputs: self.inputs as u32,
            dead: self.is_rectifier.then_some(dead),
        }
    }

    /// The numbers: maps, weights, facts.
    pub(super) fn numbers(self) -> Vec<f32> {
        let (shown, field) = (self.shown.len(), self.field);
        let mut numbers = Vec::with_capacity(self.rows.len() + self.weights.len());
        // From row after row to unit after unit.
        for place in 0..shown {
            for row in self.rows.chunks_exact((shown * field).max(1)) {
                numbers.extend_from_slice(&row[place * field..(place + 1) * field]);
            }
        }
        numbers.extend(self.weights);
        for (place, &unit) in self.shown.iter().enumerate() {
            let activity = &self.activity[unit as usize];
            let of = |values: &[f32]| values.get(place).copied().unwrap_or(f32::NAN);
            numbers.extend(facts(activity.mean(), activity.zeros(), of(&self.biases), of(&self.gradients)));
        }
        numbers
    }
}

/// The weights of unit `unit` in the first array of the layer `plan`: a column of a dense kernel, a filter, one gamma.
fn of_unit<'a>(plan: &LayerPlan, kernel: &'a [f32], unit: u32) -> Box<dyn Iterator<Item = f32> + 'a> {
    let unit = unit as usize;
    match plan.spec {
        LayerSpec::Dense { units } => Box::new(kernel.iter().skip(unit).step_by(units.max(1)).copied()),
        _ => {
            let length = kernel.len() / plan.params.first().map_or(1, |param| param.shape[0]).max(1);
            Box::new(kernel.iter().skip(unit * length).take(length).copied())
        }
    }
}

/// Chooses the units that are shown: those that were wished for, or the most telling ones. Layers whose units are the same, as a
/// convolution, its ReLU and its pool, show the same: those that tell most in the last of them.
pub(super) fn choose(layers: &mut [LayerSight]) {
    let mut first = 0;
    while first < layers.len() {
        let is_of_group = |layer: &&LayerSight| !layer.begins && layer.units == layers[first].units;
        let last = first + layers[first + 1..].iter().take_while(is_of_group).count();
        let wished = layers[first..=last].iter().map(|layer| &layer.wished).find(|wished| !wished.is_empty());
        let shown = wished.cloned().unwrap_or_else(|| most_telling(&layers[last].activity, MOST_UNITS));
        for layer in &mut layers[first..=last] {
            if layer.is_shown {
                layer.shown = shown.clone();
            }
        }
        first = last + 1;
    }
}

/// Whether the outputs of a layer are only those of the layer before in another order, or some of them.
fn says_nothing_new(spec: &LayerSpec) -> bool {
    matches!(spec, LayerSpec::Flatten | LayerSpec::Dropout { .. })
}

/// The facts of a unit as numbers.
fn facts(mean: f64, zeros: f64, bias: f32, gradient: f32) -> [f32; FACTS] {
    [mean as f32, zeros as f32, bias, gradient]
}
