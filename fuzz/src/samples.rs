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
use emberscope::domain::run::preset;
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
        Event::Predicted { request, classes: 2 },
        Event::EvaluatedNow { request, run, checkpoint: Some(card()), evaluation: Box::new(evaluation()) },
        Event::CheckpointDone { request, card: card() },
        Event::Checkpoints { run, kept: vec![card()] },
        Event::WeightsTaken { request, step: 2, arrays },
        Event::WeightsGiven { request },
        Event::Failed(Failure { run: Some(run), request: None, error }),
        Event::Finished { run, end: end() },
    ];
    told.iter().map(Tree::of).chain([Tree::parse(&watched)]).collect()
}
