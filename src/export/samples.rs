//! A small run with all special cases, for the tests of all formats.

use super::record::{Ending, Head, Imported};
use crate::domain::data::SampleShape;
use crate::domain::diagnosis::{Diagnosis, Finding, Severity};
use crate::domain::metrics::report::EvaluationReport;
use crate::domain::model::Loss;
use crate::domain::record::probe::{ActivationProbe, Probe, Summary, WeightProbe};
use crate::domain::record::series::Series;
use crate::domain::run::event::{Evaluation, Logs, SampleOutcome, TrainBegin, TrainEnd};
use crate::domain::run::parent::Parent;
use crate::domain::run::preset;
use std::collections::BTreeMap;

fn probe(step: u32) -> Probe {
    let summary = |scale: f32| Summary::of(&[0.5 * scale, -0.25 * scale, 0.0, 2e-9 * scale, -3e-5, 7.0]);
    let odd = Summary::of(&[1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1e-30, 3e7]);
    Probe {
        step,
        weights: vec![
            WeightProbe { name: "dense_1/kernel".into(), weights: summary(1.0), gradient: summary(step as f32), update_ratio: 0.001 },
            WeightProbe { name: "dense_1/bias".into(), weights: Summary::of(&[0.0, 0.0]), gradient: odd, update_ratio: f64::NAN },
        ],
        activations: vec![ActivationProbe { name: "relu_1".into(), kind: "relu".into(), values: summary(0.1), dead: 0.5, saturated: 0.0 }],
    }
}

/// Seven batches in two epochs; NaN, infinities, holes, and names that need care.
pub(super) fn small() -> Imported {
    let odd = [2.25, 0.1, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 1e-42];
    let mut all = BTreeMap::from([
        ("batch/loss".to_owned(), Series::from_iter((1..).zip(odd))),
        ("batch/accuracy".to_owned(), Series::from_iter((1..8).map(|step| (step, step as f32 / 7.0)))),
        ("lr".to_owned(), Series::from_iter((1..8).map(|step| (step, 0.001)))),
        ("time/forward_ms".to_owned(), Series::from_iter([(2, 1.5), (3, 1.25), (5, 1.0), (6, 2.0)])),
        ("train/loss".to_owned(), Series::from_iter([(4, 1.5), (7, f32::NAN)])),
        ("val/loss".to_owned(), Series::from_iter([(4, 1.25), (7, 0.75)])),
        ("val/f1/0".to_owned(), Series::from_iter([(4, f32::NAN), (7, 0.5)])),
        ("time/epoch_ms".to_owned(), Series::from_iter([(4, 90.0), (7, 80.0)])),
        ("grad/norm".to_owned(), Series::from_iter([(1, 3.0), (5, 0.3)])),
        ("mine, \"<&>\" ü".to_owned(), Series::from_iter([(3, 1.0)])),
        ("begin".to_owned(), Series::from_iter([(0, 42.0)])),
    ]);
    all.insert("val/auc".to_owned(), Series::from_iter([(7, 0.875)]));
    let report = EvaluationReport::new(&[1.0, -1.0, 0.5, 0.25, -2.0, 2.0], &[0, 1, 1], 2, Loss::CrossEntropy);
    let worst = vec![
        SampleOutcome { index: 9, label: 1, predicted: None, probability: 0.1, loss: f64::INFINITY },
        SampleOutcome { index: 2, label: 0, predicted: Some(1), probability: 0.7, loss: 0.1 + 0.2 },
    ];
    let evaluation = Evaluation { epoch: 1, step: 7, report, worst };
    let logs = Logs(vec![("val/loss".into(), 0.75), ("train/loss".into(), f64::INFINITY)]);
    let diagnosis = Diagnosis {
        finding: Finding::NotFinite,
        severity: Severity::Problem,
        place: "dense_1/bias".into(),
        step: 3,
        since: 3,
        evidence: "a gradient is NaN, <b>really</b> & \"so\"".into(),
        limits: Vec::new(),
        why: "why".into(),
        remedy: "lower the learning rate".into(),
        series: "batch/loss".into(),
    };
    let begin = TrainBegin { parameters: 42, train_samples: 100, validation_samples: 20, batches_per_epoch: 4, epochs: 2 };
    let head = Head {
        config: preset::config("mlp").expect("there is such a preset"),
        data_hash: Some("0123456789abcdef".into()),
        data: Some((SampleShape::Vector(3), vec!["yes \"so\"".into(), "<no>".into()])),
        device: "CPU (Flex, \"SIMD\") <&>".into(),
        why: "you chose it".into(),
        began_unix_ms: 1_700_000_000_123.5,
        weights_from: Some("before.safetensors".into()),
        parent: Some(Parent { run: None, name: "Run \"1\" <&>".into(), step: 120 }),
        begin: Some(begin),
        probes: vec![probe(1), probe(5)],
        looks: 2,
        evaluation: Some((evaluation, vec![0.5, f32::NAN, -0.0, 1.0, 2.0, 3.0])),
        diagnoses: vec![diagnosis],
        ending: Ending::Finished(TrainEnd { step: 7, epochs: 2, reason: "enough </script>".into(), logs, at_ms: 123.456 }),
    };
    Imported { head, series: all, at_ms: vec![1.5, 2.0, 2.0, 3.1, 9.0, 10.25, 0.1 + 0.2 + 11.0] }
}

/// A run of `batches` batches with columns as on the CPU, an epoch every 100 batches.
pub(super) fn long(batches: u32) -> Imported {
    let mut run = small();
    run.series.clear();
    let names = [
        "batch/loss",
        "batch/accuracy",
        "lr",
        "time/batch_ms",
        "time/data_ms",
        "time/forward_ms",
        "time/backward_ms",
        "time/update_ms",
        "time/read_ms",
    ];
    for (index, name) in names.into_iter().enumerate() {
        run.series.insert(
            name.to_owned(),
            Series::from_iter((1..=batches).map(|step| (step, (step.wrapping_mul(2_654_435_761) >> 8) as f32 / (index + 1) as f32))),
        );
    }
    for name in ["train/loss", "val/loss"] {
        run.series.insert(name.to_owned(), Series::from_iter((1..=batches / 100).map(|epoch| (epoch * 100, 1.0 / epoch as f32))));
    }
    run.at_ms = (1..=batches).map(|step| f64::from(step) * 1.25).collect();
    run
}
