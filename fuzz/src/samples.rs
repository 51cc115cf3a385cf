//! Valid things that inputs are built from: a recorded run, one message of each kind. Never here: changes.

use super::tree::Tree;
use emberscope::domain::callback::Progress;
use emberscope::domain::data::SampleShape;
use emberscope::domain::diagnosis::{Diagnosis, Finding, Severity};
use emberscope::domain::metrics::report::EvaluationReport;
use emberscope::domain::model::{ArrayHead, Loss};
use emberscope::domain::record::probe::{ActivationProbe, Probe, Summary, WeightProbe};
use emberscope::domain::record::series::Series;
use emberscope::domain::run::checkpoint::CheckpointCard;
use emberscope::domain::run::event::{EpochBegin, EpochEnd, Evaluation, Logs, SampleOutcome, TrainBegin, TrainEnd, Validation};
use emberscope::domain::run::parent::Parent;
use emberscope::domain::run::preset;
use emberscope::domain::run::trail::TrailCard;
use emberscope::domain::view::plane::PlaneCard;
use emberscope::domain::view::slow::SlowStep;
use emberscope::domain::view::{LayerView, NetworkView, SampleCard};
use emberscope::error::{Code, Error};
use emberscope::export::record::{Ending, Head, Imported};
use emberscope::protocol::{DataSummary, Event, Failure};
use std::collections::BTreeMap;

fn summary(scale: f32) -> Summary {
    Summary::of(&[0.5 * scale, -0.25 * scale, 0.0, -3e-5, 7.0])
}

/// A look into a network.
pub fn probe(step: u32) -> Probe {
    Probe {
        step,
        weights: vec![WeightProbe { name: "dense_1/kernel".into(), weights: summary(1.0), gradient: summary(0.1), update_ratio: 0.001 }],
        activations: vec![ActivationProbe { name: "relu_1".into(), kind: "relu".into(), values: summary(0.1), dead: 0.5, saturated: 0.0 }],
    }
}

/// The metrics of a validation.
pub fn evaluation() -> Evaluation {
    let report = EvaluationReport::new(&[1.0, -1.0, 0.5, 0.25, -2.0, 2.0], &[0, 1, 1], 2, Loss::CrossEntropy);
    let worst = vec![SampleOutcome { index: 2, label: 0, predicted: Some(1), probability: 0.7, loss: 0.3 }];
    Evaluation { epoch: 0, step: 2, report, worst }
}

fn diagnosis() -> Diagnosis {
    Diagnosis {
        finding: Finding::NotFinite,
        severity: Severity::Problem,
        place: "dense_1/bias".into(),
        step: 2,
        since: 1,
        evidence: "a gradient is NaN".into(),
        limits: Vec::new(),
        why: "why".into(),
        remedy: "lower the learning rate".into(),
        series: "batch/loss".into(),
    }
}

fn logs() -> Logs {
    Logs(vec![("train/loss".into(), 0.5), ("val/loss".into(), 0.75)])
}

fn end() -> TrainEnd {
    TrainEnd { step: 2, epochs: 1, reason: "completed".into(), logs: logs(), at_ms: 9.5 }
}

fn begin() -> TrainBegin {
    TrainBegin { parameters: 42, train_samples: 100, validation_samples: 20, batches_per_epoch: 2, epochs: 1 }
}

/// A run of two batches with everything that a file can hold.
pub fn run() -> Imported {
    let series = BTreeMap::from([
        ("batch/loss".to_owned(), Series::from_iter([(1, 0.5), (2, 0.25)])),
        ("lr".to_owned(), Series::from_iter([(1, 0.001), (2, 0.001)])),
        ("val/loss".to_owned(), Series::from_iter([(2, 0.75)])),
    ]);
    let head = Head {
        config: preset::all().swap_remove(1).config,
        data_hash: Some("0123456789abcdef".into()),
        data: Some((SampleShape::Vector(2), vec!["a".into(), "b".into()])),
        device: "CPU".into(),
        why: "you chose it".into(),
        began_unix_ms: 1.7e12,
        weights_from: None,
        parent: Some(Parent { run: None, name: "Run 1".into(), step: 3 }),
        begin: Some(begin()),
        probes: vec![probe(1)],
        looks: 1,
        evaluation: Some((evaluation(), vec![0.5, 1.0])),
        diagnoses: vec![diagnosis()],
        ending: Ending::Finished(end()),
    };
    Imported { head, series, at_ms: vec![1.5, 2.5] }
}

/// The names and shapes of two arrays.
pub fn arrays() -> Vec<ArrayHead> {
    vec![ArrayHead { name: "output/kernel".into(), shape: vec![2, 3] }, ArrayHead { name: "output/bias".into(), shape: vec![3] }]
}

fn card() -> CheckpointCard {
    CheckpointCard { id: 1, name: "best".into(), by_hand: false, step: 2, value: Some(("val/loss".into(), 0.5)), at_ms: 4.0, bytes: 36 }
}

fn layer(name: &str, kind: &str, output: SampleShape, shown: &[u32], (map, inputs): (u32, u32)) -> LayerView {
    let units = if let SampleShape::Image { channels, .. } = output { channels as u32 } else { output.len() as u32 };
    LayerView { name: name.into(), kind: kind.into(), output, units, shown: shown.to_vec(), map, inputs, dead: Some(1) }
}

/// The view of a small network for images.
fn view_of_sample() -> NetworkView {
    let image = |channels, side| SampleShape::Image { channels, height: side, width: side };
    NetworkView {
        step: 2,
        sample: Some(SampleCard { index: Some(1), number: Some(0), of: 3, label: Some(1), loss: Some(0.5) }),
        plane: None,
        input: image(1, 4),
        classes: 3,
        layers: vec![
            layer("conv2d_1", "conv2d", image(3, 4), &[0, 2], (16, 9)),
            layer("relu_1", "relu", image(3, 4), &[0, 2], (16, 0)),
            layer("flatten_1", "flatten", SampleShape::Vector(48), &[], (0, 0)),
            layer("output", "dense", SampleShape::Vector(3), &[0, 1, 2], (1, 48)),
        ],
        samples: 4,
        has_saliency: true,
        has_occlusion: true,
        took_ms: 1.5,
    }
}

/// A batch of the same network in slow motion.
fn slow_step() -> SlowStep {
    let view = view_of_sample();
    SlowStep {
        view,
        epoch: 0,
        size: 32,
        loss: 0.5,
        rest: 11.5,
        learning_rate: 0.01,
        clip: 1.0,
        updates: 3,
        arrays: vec!["dense_1/kernel".into(), "dense_1/bias".into()],
        moved: vec![4, 1],
    }
}

/// The view of a small network over a plane.
fn view_of_plane() -> NetworkView {
    NetworkView {
        sample: None,
        plane: Some(PlaneCard { axes: [0, 1], low: [-1.0, -1.0], high: [1.0, 1.0], side: 3, points: 2 }),
        input: SampleShape::Vector(2),
        layers: vec![
            layer("dense_1", "dense", SampleShape::Vector(4), &[0, 1, 2, 3], (9, 2)),
            layer("output", "dense", SampleShape::Vector(3), &[0, 1, 2], (9, 4)),
        ],
        has_saliency: false,
        has_occlusion: false,
        ..view_of_sample()
    }
}

/// An event of each kind, about run 1 or request 1.
pub fn events() -> Vec<Tree> {
    let (run, request, arrays) = (1, 1, arrays());
    let validation = Validation { epoch: 0, step: 2, logs: logs() };
    let summary = DataSummary {
        name: "digits".into(),
        shape: SampleShape::Image { channels: 1, height: 2, width: 2 },
        classes: vec!["0".into(), "1".into()],
        class_counts: vec![3, 4],
        samples: 7,
        added: 1,
        hash: "0123456789abcdef".into(),
        thumbnails: vec![0, 1],
        took_ms: 1.5,
    };
    let share = r#"{"percent":1.5,"error":0.5}"#;
    let watched = format!(
        r#"{{"Watched":{{"run":1,"cost":{{"step":2,"since":1,"total":{share},"compared":true,"sections":1,"looks":{share},"timing":{share},"record":{share},"diagnoses":{share},"rest":{share},"lookEvery":20,"syncEvery":0,"budget":5,"change":null}}}}}}"#
    );
    let error = Error::new(Code::DeviceLost, "the device is lost", "start again");
    let told = [
        Event::Ready { version: emberscope::protocol::VERSION, build: "0123456789abcdef".into(), devices: Vec::new() },
        Event::Alive,
        Event::DataReady { request, summary },
        Event::Started { run, device: "CPU".into(), begin: begin(), shape: SampleShape::Vector(2), classes: vec!["a".into(), "b".into()] },
        Event::EpochBegun { run, begin: EpochBegin { epoch: 0, step: 0 } },
        Event::ValidationBegun { run, begin: Validation { logs: Logs::default(), ..validation.clone() } },
        Event::ValidationEnded { run, end: validation },
        Event::EpochEnded { run, end: EpochEnd { epoch: 0, step: 2, logs: logs(), at_ms: 5.0 } },
        Event::Probed { run, probe: Box::new(probe(1)) },
        Event::Evaluated { run, evaluation: Box::new(evaluation()) },
        Event::Diagnosed { run, diagnosis: Box::new(diagnosis()) },
        Event::Logged { run, step: 2, name: "mine".into(), value: 1.5 },
        Event::Status { run, paused: false, progress: Progress::default() },
        Event::Learned { run, card: card(), arrays: arrays.clone() },
        Event::Saved { run, step: 2 },
        Event::Predicted { request, classes: 2 },
        Event::EvaluatedNow { request, run, checkpoint: Some(card()), evaluation: Box::new(evaluation()) },
        Event::Viewed { request, view: Box::new(view_of_sample()) },
        Event::Viewed { request, view: Box::new(view_of_plane()) },
        Event::Slowed { request, step: Box::new(slow_step()) },
        Event::Trail { run, trail: TrailCard { steps: vec![0, 20, 40], seen: 5, bytes: 108 } },
        Event::CheckpointDone { request, card: card() },
        Event::Checkpoints { run, kept: vec![card()] },
        Event::WeightsTaken { request, step: 2, arrays },
        Event::WeightsGiven { request },
        Event::Measured { request, batch_ms: 1.5 },
        Event::Failed(Failure { run: Some(run), request: None, error }),
        Event::Finished { run, end: end() },
    ];
    told.iter().map(Tree::of).chain([Tree::parse(&watched)]).collect()
}
