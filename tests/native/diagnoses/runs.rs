//! The runs of the tests of diagnoses: a few broken on purpose, each in one way, and many healthy ones.

use crate::support::{NativeHost, block_on, config};
use emberscope::domain::callback::spec::RunInfo;
use emberscope::domain::callback::{Callback, CallbackList};
use emberscope::domain::data::planar::Planar;
use emberscope::domain::data::source::DataSpec;
use emberscope::domain::data::{Dataset, Features, SampleShape, numbered_classes};
use emberscope::domain::diagnosis::Diagnostician;
use emberscope::domain::diagnosis::{Diagnosis, Finding};
use emberscope::domain::model::{LayerSpec, Padding};
use emberscope::domain::record::probe::MonitorSpec;
use emberscope::domain::rng::Rng;
use emberscope::domain::run::config::{OptimizerSpec, RunConfig};
use emberscope::train::Trainer;
use emberscope::train::device_logs::Reading;
use emberscope::train::fit::fit;
use std::cell::RefCell;
use std::rc::Rc;

/// Writes down every diagnosis.
#[derive(Clone, Default)]
struct Notebook(Rc<RefCell<Vec<Diagnosis>>>);

impl Callback for Notebook {
    fn name(&self) -> &'static str {
        "notebook"
    }
    fn on_diagnosis(&mut self, event: &Diagnosis) {
        self.0.borrow_mut().push(event.clone());
    }
}

/// Looks as often as they are asked for, whatever they cost here: what is found must not depend on the machine.
pub const WATCHED: MonitorSpec = MonitorSpec { every: 20, ..MonitorSpec::OFF };

/// A run and its data.
pub struct Run {
    pub name: &'static str,
    pub config: RunConfig,
    pub data: Dataset,
}

impl Run {
    /// The same, looked into every `every` batches.
    pub fn look_every(mut self, every: u32) -> Self {
        self.config.monitors = MonitorSpec { every, ..WATCHED };
        self
    }

    /// Trains, and returns what was found, in order.
    pub fn diagnose(&self) -> Vec<Diagnosis> {
        self.diagnose_with(|_| {})
    }

    /// The same, from first weights that `prepare` has changed.
    pub fn diagnose_with(&self, prepare: impl FnOnce(&mut Trainer)) -> Vec<Diagnosis> {
        let notebook = Notebook::default();
        let info = RunInfo { learning_rate: self.config.optimizer.learning_rate(), total_steps: 0 };
        let mut callbacks = CallbackList::new();
        self.config.callbacks.iter().filter_map(|spec| spec.build(&info)).for_each(|callback| callbacks.push(callback));
        if let Some(doctor) = Diagnostician::for_run(&self.config, &self.data) {
            callbacks.push(Box::new(doctor));
        }
        let mut callbacks = callbacks.with(notebook.clone());
        let mut trainer = Trainer::new(&self.config, &self.data, &burn::tensor::Device::flex()).expect("the test's config is right");
        prepare(&mut trainer);
        let mut host = NativeHost::default();
        block_on(fit(&mut trainer, &self.data, &self.config, Reading::AtOnce, &mut callbacks, &mut host)).expect("the CPU does not fail");
        notebook.0.take()
    }
}

/// A run of `layers` on `data` for `epochs` in batches of 32, looked into as often as by default.
pub fn run(name: &'static str, data: Dataset, layers: Vec<LayerSpec>, optimizer: OptimizerSpec, epochs: u32) -> Run {
    let mut config = config(layers, 0.001);
    config.monitors = WATCHED;
    config.optimizer = optimizer;
    config.epochs = epochs;
    config.batch_size = 32;
    Run { name, config, data }
}

pub fn sgd(learning_rate: f64) -> OptimizerSpec {
    OptimizerSpec::Sgd { learning_rate, momentum: 0.0 }
}

pub fn adam(learning_rate: f64) -> OptimizerSpec {
    OptimizerSpec::adam(learning_rate)
}

pub fn dense(units: usize) -> LayerSpec {
    LayerSpec::Dense { units }
}

pub fn mlp(units: usize, activation: LayerSpec) -> Vec<LayerSpec> {
    vec![LayerSpec::Flatten, dense(units), activation]
}

pub fn planar(kind: Planar, samples: usize) -> Dataset {
    DataSpec::planar(kind, samples, 0.1).generate(1).unwrap()
}

pub fn drawn(samples: usize) -> Dataset {
    DataSpec::Digits { samples }.generate(1).unwrap()
}

/// The samples of `data` with every number times `factor`.
pub fn scaled(data: &Dataset, factor: f32) -> Dataset {
    let mut numbers = Vec::new();
    data.gather(&(0..data.len() as u32).collect::<Vec<_>>(), &mut numbers);
    numbers.iter_mut().for_each(|x| *x *= factor);
    Dataset::new("scaled", data.shape(), data.classes().to_vec(), Features::Floats(numbers), data.labels().to_vec()).unwrap()
}

/// Two clouds, a share of whose labels is wrong: what is left to learn by heart.
pub fn noisy_clouds(samples: usize, wrong: f64) -> Dataset {
    let mut rng = Rng::new(4, "wrong labels");
    let (mut numbers, mut labels) = (Vec::new(), Vec::new());
    for sample in 0..samples {
        let label = (sample % 2) as u32;
        let centre = if label == 0 { -0.7 } else { 0.7 };
        numbers.extend((0..10).map(|_| (centre + rng.normal()) as f32));
        labels.push(if rng.uniform() < wrong { 1 - label } else { label });
    }
    Dataset::new("clouds", SampleShape::Vector(10), numbered_classes(2), Features::Floats(numbers), labels).unwrap()
}

/// Two clouds, the second of `rare` samples only.
pub fn unbalanced(common: usize, rare: usize) -> Dataset {
    let mut rng = Rng::new(5, "unbalanced");
    let labels: Vec<u32> = (0..common + rare).map(|sample| u32::from(sample >= common)).collect();
    let numbers = labels.iter().flat_map(|&label| [label as f32 * 3.0, 0.0]).map(|centre| centre + rng.normal() as f32).collect();
    Dataset::new("unbalanced", SampleShape::Vector(2), numbered_classes(2), Features::Floats(numbers), labels).unwrap()
}

/// The samples of `data`, one class after the other, trained in that order.
pub fn sorted(name: &'static str, data: Dataset, layers: Vec<LayerSpec>, optimizer: OptimizerSpec, epochs: u32) -> Run {
    let mut order: Vec<u32> = (0..data.len() as u32).collect();
    order.sort_by_key(|&index| data.labels()[index as usize]);
    let mut numbers = Vec::new();
    data.gather(&order, &mut numbers);
    let labels = order.iter().map(|&index| data.labels()[index as usize]).collect();
    let data = Dataset::new("sorted", data.shape(), data.classes().to_vec(), Features::Floats(numbers), labels).unwrap();
    let mut run = run(name, data, layers, optimizer, epochs);
    run.config.shuffle = false;
    run
}

pub fn small_cnn() -> Vec<LayerSpec> {
    vec![
        LayerSpec::Conv2d { filters: 8, kernel: 3, stride: 2, padding: Padding::Valid },
        LayerSpec::Relu,
        LayerSpec::MaxPool2d { size: 2 },
        LayerSpec::Flatten,
        dense(32),
        LayerSpec::Relu,
    ]
}

/// `depth` hidden layers of `units`.
pub fn deep(depth: usize, units: usize, activation: &LayerSpec) -> Vec<LayerSpec> {
    (0..depth).flat_map(|_| [dense(units), activation.clone()]).collect()
}

/// A broken run; what must be found in it; what else may be, as a consequence or for the same cause.
pub type Broken = (Run, &'static [Finding], &'static [Finding]);

pub fn broken_runs() -> Vec<Broken> {
    use Finding::*;
    let relu = || LayerSpec::Relu;
    let flat = |layers: Vec<LayerSpec>| [LayerSpec::Flatten].into_iter().chain(layers).collect::<Vec<_>>();
    let runaway = || run("4 layers of ReLU, SGD at rate 10", planar(Planar::Spiral, 600), deep(4, 64, &LayerSpec::Relu), sgd(10.0), 3);
    let mut runaway_in_full = runaway().look_every(1);
    runaway_in_full.name = "the same, looked into at every batch";
    let mut absent_class =
        run("early stopping by the F1 of class 7, of 2 classes", planar(Planar::Gaussians, 600), vec![dense(8), relu()], adam(0.01), 3);
    absent_class.config.callbacks = serde_json::from_str(r#"[{"name":"early_stopping","monitor":"val/f1/7"}]"#).unwrap();
    vec![
        (
            run("MLP, SGD at rate 10", drawn(600), mlp(64, relu()), sgd(10.0), 8),
            &[LearningRateTooHigh, DeadUnits],
            &[ExplodingGradient, NoLearning],
        ),
        (runaway(), &[NotFinite], &[LearningRateTooHigh]),
        (runaway_in_full, &[ExplodingGradient, NotFinite], &[LearningRateTooHigh]),
        (
            run("MLP, Adam at rate 1", drawn(600), mlp(64, relu()), adam(1.0), 8).look_every(5),
            &[ExplodingGradient, LearningRateTooHigh, DeadUnits],
            &[NoLearning],
        ),
        (run("CNN, Adam at rate 0.3", drawn(600), small_cnn(), adam(0.3), 8), &[DeadUnits], &[LearningRateTooHigh, ExplodingGradient]),
        (run("tanh, SGD at rate 3", drawn(600), mlp(64, LayerSpec::Tanh), sgd(3.0), 8), &[LearningRateTooHigh, Saturation], &[]),
        (run("MLP, Adam at rate 1e-7", drawn(600), mlp(64, relu()), adam(1e-7), 2), &[LearningRateTooLow], &[NoLearning]),
        (run("MLP, SGD at rate 1e-7", drawn(600), mlp(64, relu()), sgd(1e-7), 2), &[LearningRateTooLow], &[NoLearning]),
        (run("MLP, rate 0", drawn(600), mlp(64, relu()), adam(0.0), 2), &[NoLearning, LearningRateTooLow], &[]),
        (run("6 layers of sigmoid", drawn(600), flat(deep(6, 32, &LayerSpec::Sigmoid)), sgd(0.1), 16), &[VanishingGradient], &[NoLearning]),
        (run("tanh on pixels of 0 to 100", scaled(&drawn(600), 100.0), mlp(64, LayerSpec::Tanh), adam(0.001), 8), &[Saturation], &[]),
        (run("60 samples, 1 in 4 with a wrong label", noisy_clouds(75, 0.25), deep(2, 256, &relu()), adam(0.003), 30), &[Overfitting], &[]),
        (run("softmax regression on a spiral", planar(Planar::Spiral, 1500), vec![], adam(0.01), 12), &[Underfitting], &[]),
        (run("softmax regression on XOR", planar(Planar::Xor, 1500), vec![], adam(0.01), 36), &[NoLearning], &[]),
        (run("20 of 1020 samples in class 1", unbalanced(1000, 20), vec![dense(8), relu()], adam(0.01), 5), &[UnbalancedData], &[]),
        (
            sorted("digits sorted by class, not shuffled", drawn(1500), mlp(64, relu()), adam(0.001), 4),
            &[UnshuffledData],
            &[LearningRateTooHigh, ExplodingGradient, Overfitting],
        ),
        (absent_class, &[MissingSeries], &[]),
    ]
}

pub fn healthy_runs() -> Vec<Run> {
    let relu = || LayerSpec::Relu;
    let tanh = || LayerSpec::Tanh;
    let momentum = OptimizerSpec::Sgd { learning_rate: 0.1, momentum: 0.9 };
    let mut batch_norm = small_cnn();
    batch_norm.insert(1, LayerSpec::BatchNorm);
    batch_norm.insert(5, LayerSpec::Dropout { rate: 0.3 });
    let mut one_by_one = run("batches of 1", planar(Planar::Moons, 300), vec![dense(8), relu()], sgd(0.03), 6);
    one_by_one.config.batch_size = 1;
    let mut runs = vec![
        run("MLP on digits", drawn(2500), mlp(128, relu()), adam(0.001), 6),
        run("MLP on digits, SGD", drawn(1500), mlp(64, relu()), sgd(0.1), 6),
        run("CNN on digits", drawn(2000), small_cnn(), adam(0.001), 4),
        run("CNN with batch norm and dropout", drawn(1000), batch_norm, adam(0.003), 4),
        run("softmax regression on digits", drawn(2500), vec![LayerSpec::Flatten], adam(0.001), 8),
        run("XOR", planar(Planar::Xor, 1000), vec![dense(16), relu()], adam(0.01), 12),
        run("XOR, slowly", planar(Planar::Xor, 2000), vec![dense(8), tanh()], adam(0.001), 20),
        run("moons, SGD", planar(Planar::Moons, 1000), vec![dense(16), tanh()], sgd(0.1), 20),
        run("moons, SGD with momentum", planar(Planar::Moons, 1000), vec![dense(16), relu()], momentum, 10),
        run("circle, sigmoid", planar(Planar::Circle, 1000), vec![dense(16), LayerSpec::Sigmoid], adam(0.03), 12),
        one_by_one,
    ];
    for kind in Planar::ALL {
        // Two spirals are beyond layers of tanh, which stay where a straight line is, and are told that they underfit.
        let layers = if kind == Planar::Spiral { deep(2, 32, &relu()) } else { deep(2, 16, &tanh()) };
        runs.push(run(kind.name(), planar(kind, 2000), layers, adam(0.01), 30));
    }
    runs
}
