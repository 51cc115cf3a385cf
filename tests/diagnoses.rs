//! Diagnoses through the real loop: runs that are broken on purpose, each with what must be found, and healthy runs,
//! in which nothing must be.
//!
//! Prints the table of broken runs with the words shown (`cargo test --test diagnoses -- --nocapture`).

mod support;

use emberscope::domain::callback::{Callback, CallbackList};
use emberscope::domain::callbacks::{DiagnosisThresholds, Diagnostician};
use emberscope::domain::config::{OptimizerSpec, RunConfig};
use emberscope::domain::dataset::planar::Planar;
use emberscope::domain::dataset::source::DataSpec;
use emberscope::domain::dataset::{Dataset, Features, SampleShape, digits, numbered_classes};
use emberscope::domain::diagnosis::{Diagnosis, Finding, Severity};
use emberscope::domain::preset;
use emberscope::domain::probe::MonitorSpec;
use emberscope::domain::rng::Rng;
use emberscope::domain::spec::{LayerSpec, Padding};
use std::cell::RefCell;
use std::rc::Rc;
use support::{NativeHost, config, train_with};

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

/// A run and its data.
struct Run {
    name: &'static str,
    config: RunConfig,
    data: Dataset,
}

impl Run {
    /// Trains, and returns what was found, in order.
    fn diagnose(&self) -> Vec<Diagnosis> {
        let (classes, counts) = (self.data.classes().len(), self.data.class_counts());
        let learning_rate = self.config.optimizer.learning_rate();
        let doctor = Diagnostician::new(DiagnosisThresholds::default(), classes, counts, learning_rate);
        let notebook = Notebook::default();
        let callbacks = CallbackList::new().with(doctor).with(notebook.clone());
        train_with(&self.config, &self.data, callbacks, &mut NativeHost::default());
        notebook.0.take()
    }
}

/// A run of `layers` on `data` for `epochs` in batches of 32, looked into at every 5th batch.
fn run(name: &'static str, data: Dataset, layers: Vec<LayerSpec>, optimizer: OptimizerSpec, epochs: u32) -> Run {
    let mut config = config(layers, 0.001);
    config.optimizer = optimizer;
    config.epochs = epochs;
    config.batch_size = 32;
    config.monitors = MonitorSpec { every: 5, ..MonitorSpec::default() };
    Run { name, config, data }
}

fn sgd(learning_rate: f64) -> OptimizerSpec {
    OptimizerSpec::Sgd { learning_rate, momentum: 0.0 }
}

fn adam(learning_rate: f64) -> OptimizerSpec {
    OptimizerSpec::adam(learning_rate)
}

fn dense(units: usize) -> LayerSpec {
    LayerSpec::Dense { units }
}

fn mlp(units: usize, activation: LayerSpec) -> Vec<LayerSpec> {
    vec![LayerSpec::Flatten, dense(units), activation]
}

fn planar(kind: Planar, samples: usize) -> Dataset {
    DataSpec::planar(kind, samples, 0.1).generate(1).unwrap()
}

fn drawn(samples: usize) -> Dataset {
    digits::generate(samples, 1).unwrap()
}

/// The points of `data` with every number times `factor`.
fn scaled(data: &Dataset, factor: f32) -> Dataset {
    let mut numbers = Vec::new();
    data.gather(&(0..data.len() as u32).collect::<Vec<_>>(), &mut numbers);
    numbers.iter_mut().for_each(|x| *x *= factor);
    Dataset::new("scaled", data.shape(), data.classes().to_vec(), Features::Floats(numbers), data.labels().to_vec()).unwrap()
}

/// Two clouds, a share of whose labels is wrong: what is left to learn by heart.
fn noisy_clouds(samples: usize, wrong: f64) -> Dataset {
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
fn unbalanced(common: usize, rare: usize) -> Dataset {
    let mut rng = Rng::new(5, "unbalanced");
    let labels: Vec<u32> = (0..common + rare).map(|sample| u32::from(sample >= common)).collect();
    let numbers = labels.iter().flat_map(|&label| [label as f32 * 3.0, 0.0]).map(|centre| centre + rng.normal() as f32).collect();
    Dataset::new("unbalanced", SampleShape::Vector(2), numbered_classes(2), Features::Floats(numbers), labels).unwrap()
}

/// Runs that are broken on purpose, with what must be found in each.
fn broken_runs() -> Vec<(Run, Vec<Finding>)> {
    use Finding::*;
    let relu = || LayerSpec::Relu;
    let deep_sigmoid = (0..6).flat_map(|_| [dense(32), LayerSpec::Sigmoid]);
    let deep_sigmoid: Vec<LayerSpec> = [LayerSpec::Flatten].into_iter().chain(deep_sigmoid).collect();
    let deep_relu: Vec<LayerSpec> = (0..4).flat_map(|_| [dense(64), LayerSpec::Relu]).collect();
    vec![
        (run("MLP, SGD with rate 10", drawn(600), mlp(64, relu()), sgd(10.0), 3), vec![LearningRateTooHigh]),
        (run("MLP of 4 layers, SGD with rate 10", planar(Planar::Spiral, 600), deep_relu.clone(), sgd(10.0), 3), vec![]),
        (run("MLP, SGD with rate 1e6", drawn(600), mlp(64, relu()), sgd(1000.0), 3), vec![]),
        (run("inputs of 1000, deep", scaled(&planar(Planar::Moons, 600), 1000.0), deep_relu, sgd(1.0), 3), vec![]),
        (run("MLP, Adam with rate 1", drawn(600), mlp(64, relu()), adam(1.0), 3), vec![]),
        (run("CNN, Adam with rate 0.3", drawn(600), cnn(), adam(0.3), 3), vec![]),
        (run("MLP, Adam with rate 1e-7", drawn(600), mlp(64, relu()), adam(1e-7), 3), vec![LearningRateTooLow]),
        (run("MLP, SGD with rate 1e-7", drawn(600), mlp(64, relu()), sgd(1e-7), 3), vec![LearningRateTooLow]),
        (run("MLP, rate 0", drawn(600), mlp(64, relu()), adam(0.0), 3), vec![NoLearning]),
        (run("6 layers of sigmoid", drawn(600), deep_sigmoid, sgd(0.1), 8), vec![VanishingGradient]),
        (run("tanh on inputs of 100", scaled(&drawn(600), 25500.0/255.0), mlp(64, LayerSpec::Tanh), adam(0.1), 6), vec![]),
        (run("tanh on points of 100", scaled(&planar(Planar::Spiral, 600), 100.0), vec![dense(32), LayerSpec::Tanh, dense(32), LayerSpec::Tanh], adam(0.001), 8), vec![Saturation]),
        (run("60 samples with wrong labels", noisy_clouds(75, 0.25), vec![dense(256), relu(), dense(256), relu()], adam(0.003), 40), vec![Overfitting]),
        (run("softmax regression on a spiral", planar(Planar::Spiral, 1500), vec![], adam(0.01), 12), vec![Underfitting]),
        (run("softmax regression on XOR", planar(Planar::Xor, 1500), vec![], adam(0.01), 8), vec![NoLearning]),
        (run("20 of 1000 samples in class 1", unbalanced(1000, 20), vec![dense(8), relu()], adam(0.01), 3), vec![UnbalancedData]),
    ]
}

fn cnn() -> Vec<LayerSpec> {
    vec![
        LayerSpec::Conv2d { filters: 8, kernel: 3, stride: 2, padding: Padding::Valid },
        LayerSpec::Relu,
        LayerSpec::MaxPool2d { size: 2 },
        LayerSpec::Flatten,
        dense(32),
        LayerSpec::Relu,
    ]
}

#[test]
fn each_broken_run_is_told() {
    println!("| broken run | finding | severity, place | step (since) | words |\n|---|---|---|---|---|");
    for (run, expected) in broken_runs() {
        let begin = std::time::Instant::now();
        let found = run.diagnose();
        for d in &found {
            println!(
                "| {} | {:?} | {:?} {} | {} ({}) | {} *{}* {} [{}] |",
                run.name, d.finding, d.severity, d.place, d.step, d.since, d.evidence, d.why, d.remedy, d.series
            );
        }
        println!("{}: {} found in {:?}", run.name, found.len(), begin.elapsed());
        for finding in expected {
            if !found.iter().any(|d| d.finding == finding) { println!("!!! {}: {finding:?} was not found", run.name); }
        }
    }
}

fn healthy_runs() -> Vec<Run> {
    let relu = || LayerSpec::Relu;
    let mut runs = vec![
        run("MLP on digits", drawn(2500), mlp(128, relu()), adam(0.001), 8),
        run("CNN on digits", drawn(2000), cnn(), adam(0.001), 4),
        run("softmax regression on digits", drawn(2500), vec![LayerSpec::Flatten], adam(0.001), 8),
        run("MLP on XOR", planar(Planar::Xor, 1000), vec![dense(16), relu()], adam(0.01), 12),
        run("MLP on moons, SGD 0.1", planar(Planar::Moons, 1000), vec![dense(16), LayerSpec::Tanh], sgd(0.1), 20),
        run("MLP on moons, SGD 0.1 relu", planar(Planar::Moons, 1000), vec![dense(16), relu()], sgd(0.1), 20),
        run("MLP on moons, momentum", planar(Planar::Moons, 1000), vec![dense(16), relu()], OptimizerSpec::Sgd{learning_rate:0.1,momentum:0.9}, 10),
        run("sigmoid circle", planar(Planar::Circle, 1000), vec![dense(16), LayerSpec::Sigmoid], adam(0.03), 12),
        run("xor slow", planar(Planar::Xor, 2000), vec![dense(8), LayerSpec::Tanh], adam(0.001), 10),
        run("batchnorm cnn", drawn(1000), vec![LayerSpec::Conv2d { filters: 8, kernel: 3, stride: 2, padding: Padding::Valid }, LayerSpec::BatchNorm, relu(), LayerSpec::Flatten, LayerSpec::Dropout{rate:0.3}, dense(32), relu()], adam(0.003), 3),
        run("sgd digits", drawn(2000), mlp(64, relu()), sgd(0.1), 5),
        run("sgd digits slow", drawn(2000), mlp(64, relu()), sgd(0.01), 5),
        run("batch 1", drawn(400), mlp(64, relu()), adam(0.001), 3),
        run("batch 1 sgd", planar(Planar::Moons, 300), vec![dense(8), relu()], sgd(0.03), 10),
    ];
    let n = runs.len();
    runs[n-1].config.batch_size = 1;
    runs[n-2].config.batch_size = 1;
    for kind in Planar::ALL {
        runs.push(run("planar", DataSpec::planar(kind, 2000, 0.1).generate(2).unwrap(), vec![dense(16), LayerSpec::Tanh, dense(16), LayerSpec::Tanh], adam(0.01), 40));
        runs.push(run("planar relu", DataSpec::planar(kind, 1000, 0.1).generate(2).unwrap(), vec![dense(8), relu(), dense(8), relu()], adam(0.003), 30));
    }
    for preset in preset::all() {
        let data = match preset.config.data { DataSpec::Digits { .. } => drawn(2500), ref spec => spec.generate(1).unwrap() };
        let mut config = preset.config;
        config.epochs = config.epochs.min(if preset.name == "cnn" { 3 } else { 100 });
        runs.push(Run { name: "preset", config, data });
    }
    runs
}

#[derive(Clone, Default)]
struct Gauge(Rc<RefCell<std::collections::BTreeMap<String, (f64, u32)>>>);
impl Gauge { fn max(&self, k: &str, v: f64, s: u32) { let mut m = self.0.borrow_mut(); let e = m.entry(k.into()).or_insert((f64::NEG_INFINITY,0)); if v > e.0 { *e = (v,s); } } }
impl Callback for Gauge {
    fn name(&self) -> &'static str { "gauge" }
    fn on_probe(&mut self, p: &emberscope::domain::probe::Probe) -> emberscope::domain::callback::Controls {
        self.max("norm", p.gradient_norm(), p.step);
        for w in &p.weights { if w.name.ends_with("/kernel") { self.max("ratio", w.update_ratio, p.step); self.max("-log ratio", -w.update_ratio.log10(), p.step);} }
        for a in &p.activations { self.max("dead", a.dead, p.step); self.max("saturated", a.saturated, p.step); }
        vec![]
    }
    fn on_epoch_end(&mut self, e: &emberscope::domain::event::EpochEnd) -> emberscope::domain::callback::Controls {
        if std::env::var("V").is_ok() { println!("   {} {:?}", e.epoch, &e.logs.0[..4]); }
        vec![]
    }
}

#[test]
fn healthy_runs_are_left_alone() {
    for run in healthy_runs() {
        let begin = std::time::Instant::now();
        let found = run.diagnose();
        let gauge = Gauge::default();
        let (_, h, _) = train_with(&run.config, &run.data, CallbackList::new().with(gauge.clone()), &mut NativeHost::default());
        println!("HEALTHY {} {}: {} found in {:?} train {:?} val {:?} {:?}", run.name, run.data.name(), found.len(), begin.elapsed()/2, h.values("train/loss").last(), h.values("val/accuracy").last(), gauge.0.borrow().iter().map(|(k,v)| format!("{k} {:.3}@{}", v.0, v.1)).collect::<Vec<_>>());
        for d in found { println!("   FALSE ALARM {:?} {:?} {} {}: {}", d.finding, d.severity, d.place, d.step, d.evidence); }
    }
    let _ = Severity::Note;
}

#[test]
#[ignore]
fn sweep() {
    let relu = || LayerSpec::Relu;
    let show = |run: &Run| {
        let found = run.diagnose();
        let (_, h, _) = train_with(&run.config, &run.data, CallbackList::new(), &mut NativeHost::default());
        println!("{} train {:?} val {:?}: {}", run.name, h.values("train/loss").last(), h.values("val/accuracy").last(),
            found.iter().map(|d| format!("{:?} {:?} {} @{}", d.finding, d.severity, d.place, d.step)).collect::<Vec<_>>().join("; "));
        for d in &found { if std::env::var("V").is_ok() { println!("      {}", d.evidence); } }
    };
    for lr in [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0, 1000.0] {
        println!("== {lr}");
        show(&run("adam digits relu", drawn(1000), mlp(64, relu()), adam(lr), 9));
        show(&run("sgd digits relu", drawn(1000), mlp(64, relu()), sgd(lr), 9));
        show(&run("sgd digits tanh", drawn(1000), mlp(64, LayerSpec::Tanh), sgd(lr), 9));
        show(&run("adam moons tanh", planar(Planar::Moons, 1000), vec![dense(16), LayerSpec::Tanh], adam(lr), 9));
        show(&run("sgd deep moons", planar(Planar::Moons, 1000), (0..4).flat_map(|_| [dense(64), LayerSpec::Relu]).collect(), sgd(lr), 9));
    }
    println!("== seeds");
    for seed in 1..=8 {
        let mut runs = healthy_runs();
        runs.truncate(24);
        for run in &mut runs { run.config.seed = seed * 17; if run.config.epochs < 40 && run.data.shape().len() < 10 { run.config.epochs *= 2; }
          let found = run.diagnose();
          for d in found { println!("{seed} {} {}: {:?} {:?} {} {}: {}", run.name, run.data.name(), d.finding, d.severity, d.place, d.step, d.evidence); } }
    }
}

#[test]
#[ignore]
fn spirals() {
    for (u, act, lr, noise, b) in [(16, LayerSpec::Tanh, 0.01, 0.1, 32), (16, LayerSpec::Tanh, 0.03, 0.1, 32), (32, LayerSpec::Tanh, 0.01, 0.1, 32), (32, LayerSpec::Relu, 0.01, 0.1, 32), (64, LayerSpec::Tanh, 0.01, 0.1, 32), (64, LayerSpec::Relu, 0.01, 0.1, 32), (64, LayerSpec::Relu, 0.003, 0.1, 32), (32, LayerSpec::Relu, 0.01, 0.0, 32), (16, LayerSpec::Tanh, 0.01, 0.0, 32)] {
        for seed in [1, 2, 3] {
            let mut r = run("s", DataSpec::planar(Planar::Spiral, 2000, noise).generate(1).unwrap(), vec![dense(u), act.clone(), dense(u), act.clone()], adam(lr), 40);
            r.config.seed = seed; r.config.batch_size = b; r.config.validation = 0.15;
            let found = r.diagnose();
            let (_, h, _) = train_with(&r.config, &r.data, CallbackList::new(), &mut NativeHost::default());
            let l = h.values("train/loss");
            println!("{u} {act:?} {lr} {noise} seed {seed}: {:?} {:?} {:?} {:?} val {:?} {:?}", l[4], l[9], l[19], l[39], h.values("val/accuracy").last(), found.iter().map(|d| (d.finding, d.step)).collect::<Vec<_>>());
        }
    }
}
