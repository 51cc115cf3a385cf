//! The catalogue of charts, in the order of the dashboard. Never here: charts of series that callbacks log under names of their own.

use super::known::spec_of;
use super::panel::{Curves, Panel, Place};
use crate::charts::{ChartSpec, Dash, SeriesSpec, Style};
use crate::domain::cost::ledger::Phase;
use crate::domain::run::event::series;

/// The chart that is told aloud until the visitor works with another.
pub const FIRST: &str = "chart-loss";

const AT_FIRST_BATCH: &str = "Start: values come from the first batch on";
const AT_EPOCHS_END: &str = "First values at the end of the first epoch";
/// Series of what is evaluated beside validation, if that is asked for.
const SAME_WEIGHTS: &str = "train_eval/";
/// Times that only a GPU has.
const GPU_SAMPLES: &str = "time/gpu_";
const AT_FIRST_LOOK: &str = "First values at the first look into the network";

/// All charts, in the order of the dashboard.
pub fn all() -> Vec<Panel> {
    let spec = |title: &str, name, series| ChartSpec { title: title.to_owned(), series, ..spec_of(name) };
    // A chart of a family: its title is that of the table, its curves are those that are recorded.
    let family = spec_of;
    // The batches first, pale and thin: the epochs' curves lie on their noise, each with an edge of the background's colour.
    let course = |batch, train, validation, same_weights| {
        let over = |style: Style| Style { width: 2.5, edge: 1.5, ..style };
        let third = Style { colour: 2, dash: Dash::Dotted, ..Style::TRAIN };
        vec![
            SeriesSpec::new(batch, "each batch", Style { colour: 5, opacity: 0.6, ..Style::RAW }),
            SeriesSpec::new(train, "train", over(Style::TRAIN)),
            SeriesSpec::new(validation, "validation", over(Style::VALIDATION)),
            SeriesSpec::new(same_weights, "train, same weights as validation", over(third)),
        ]
    };
    let part = |phase: Phase, colour, dash| SeriesSpec::new(phase.series(), phase.title(), Style { colour, dash, ..Style::RAW });
    vec![
        Panel {
            place: Place::Course,
            id: FIRST.into(),
            picks_batches: true,
            has_bands: false,
            curves: Curves::Optional { prefix: SAME_WEIGHTS },
            empty: AT_FIRST_BATCH,
            note: "The thin line is the raw loss of each batch, on the weights before its update. Train: mean of the epoch's batches. Validation: all held-out samples at the epoch's end. \"Same weights\" (setup, Watching): training samples measured as validation is, so without that lag of half an epoch, dropout and batch statistics.",
            hint: "Click a point, or press Enter, to see its batch.",
            spec: spec(
                "Loss",
                series::TRAIN_LOSS,
                course(series::BATCH_LOSS, series::TRAIN_LOSS, series::VAL_LOSS, series::TRAIN_EVAL_LOSS),
            ),
        },
        Panel {
            place: Place::Course,
            id: "chart-accuracy".into(),
            picks_batches: true,
            has_bands: false,
            curves: Curves::Optional { prefix: SAME_WEIGHTS },
            empty: AT_FIRST_BATCH,
            note: "The share predicted right, measured like the loss: of each batch, and at each epoch's end.",
            hint: "Click a point, or press Enter, to see its batch.",
            spec: spec(
                "Accuracy",
                series::BATCH_ACCURACY,
                course(series::BATCH_ACCURACY, series::TRAIN_ACCURACY, series::VAL_ACCURACY, series::TRAIN_EVAL_ACCURACY),
            ),
        },
        Panel {
            place: Place::Batches,
            id: "chart-batch-loss".into(),
            picks_batches: true,
            has_bands: false,
            curves: Curves::Fixed,
            empty: "",
            note: "The raw loss of each batch on the weights before its update: no mean, no sampling.",
            hint: "Click a point, or press Enter, to see its batch.",
            spec: spec("Batch loss, every batch", series::BATCH_LOSS, vec![SeriesSpec::new(series::BATCH_LOSS, "batch loss", Style::RAW)]),
        },
        Panel {
            place: Place::Batches,
            id: "chart-batch-accuracy".into(),
            picks_batches: true,
            has_bands: false,
            curves: Curves::Fixed,
            empty: "",
            note: "The share of each batch predicted right, before its update.",
            hint: "",
            spec: spec(
                "Batch accuracy, every batch",
                series::BATCH_ACCURACY,
                vec![SeriesSpec::new(series::BATCH_ACCURACY, "batch accuracy", Style { colour: 2, ..Style::RAW })],
            ),
        },
        Panel {
            place: Place::Time,
            id: "chart-update-cost".into(),
            picks_batches: false,
            has_bands: true,
            curves: Curves::Optional { prefix: "time/" },
            empty: "",
            note: "Where each batch's wall time went: the parts sum to the whole, \"other\" is what is left. On WebGPU \"handing over\" is encoding, and the GPU's own work shows as waiting in \"read-back\".",
            hint: "Stacked. Where batches share a pixel column their mean is drawn; columns that stick out are cut, with a mark at the top.",
            spec: ChartSpec {
                stacked: true,
                ..spec(
                    "Cost of an update",
                    series::TIME_BATCH,
                    vec![
                        part(Phase::Data, 4, Dash::Solid),
                        part(Phase::Forward, 0, Dash::Dashed),
                        part(Phase::Backward, 1, Dash::Solid),
                        part(Phase::Update, 2, Dash::Dashed),
                        part(Phase::Encode, 0, Dash::Dashed),
                        part(Phase::Read, 5, Dash::Solid),
                        part(Phase::Probe, 7, Dash::Dashed),
                        part(Phase::Callbacks, 3, Dash::Solid),
                        part(Phase::Idle, 6, Dash::Dashed),
                        part(Phase::Other, 6, Dash::Solid),
                    ],
                )
            },
        },
        Panel {
            place: Place::Time,
            id: "chart-batch-time".into(),
            picks_batches: true,
            has_bands: true,
            curves: Curves::Fixed,
            empty: "",
            note: "Wall time of each batch. On the CPU also of its forward pass, backward pass and weight update; a GPU works behind the program's back, so there a batch is its own time on the program's side and an equal part of the wait for those read together.",
            hint: "",
            spec: spec(
                "Time per batch",
                series::TIME_BATCH,
                vec![
                    SeriesSpec::new(series::TIME_BATCH, "whole batch", Style { width: 1.0, colour: 6, ..Style::RAW }),
                    SeriesSpec::new(series::TIME_FORWARD, "forward", Style { width: 1.0, dash: Dash::DashDotted, ..Style::nth(0) }),
                    SeriesSpec::new(series::TIME_BACKWARD, "backward", Style { width: 1.0, ..Style::nth(1) }),
                    SeriesSpec::new(series::TIME_UPDATE, "update", Style { width: 1.0, ..Style::nth(2) }),
                ],
            ),
        },
        Panel {
            place: Place::Time,
            id: "chart-epoch-time".into(),
            picks_batches: false,
            has_bands: false,
            curves: Curves::Fixed,
            empty: AT_EPOCHS_END,
            note: "Wall time of each epoch's batches and of its validation, without pauses.",
            hint: "",
            spec: spec(
                "Time per epoch",
                series::TIME_EPOCH,
                vec![
                    SeriesSpec::new(series::TIME_EPOCH, "training", Style::TRAIN),
                    SeriesSpec::new(series::TIME_VALIDATION, "validation", Style::VALIDATION),
                ],
            ),
        },
        Panel {
            place: Place::Time,
            id: "chart-gpu-phases".into(),
            picks_batches: false,
            has_bands: false,
            curves: Curves::Each { prefix: GPU_SAMPLES },
            empty: "",
            note: "Synchronised, sampled: now and then a batch is run phase by phase, and the GPU waited for after each. Each value includes one such wait; \"wait\" is one with nothing to do, and so the resolution.",
            hint: "",
            spec: spec("GPU time of the phases, sampled", series::TIME_GPU_FORWARD, Vec::new()),
        },
        Panel {
            place: Place::Network,
            id: "chart-gradient-norm".into(),
            picks_batches: false,
            has_bands: false,
            curves: Curves::Each { prefix: "grad/norm/" },
            empty: AT_FIRST_LOOK,
            note: "Length of the gradient of each layer's weights, at each look into the network. Should neither grow without end nor vanish towards the first layers.",
            hint: "",
            spec: family("grad/norm/{weights}"),
        },
        Panel {
            place: Place::Network,
            id: "chart-update-ratio".into(),
            picks_batches: false,
            has_bands: false,
            curves: Curves::Each { prefix: "update_ratio/" },
            empty: AT_FIRST_LOOK,
            note: "Length of an update over the length of the weights. Around 0.001 is healthy; 0.1 tears the weights about, 0.00001 hardly moves them.",
            hint: "",
            spec: family("update_ratio/{weights}"),
        },
        Panel {
            place: Place::Network,
            id: "chart-activation-mean".into(),
            picks_batches: false,
            has_bands: false,
            curves: Curves::Each { prefix: "activation/mean/" },
            empty: AT_FIRST_LOOK,
            note: "Mean of what comes out of each layer, over some samples of the batch.",
            hint: "",
            spec: family("activation/mean/{layer}"),
        },
        Panel {
            place: Place::Network,
            id: "chart-activation-deviation".into(),
            picks_batches: false,
            has_bands: false,
            curves: Curves::Each { prefix: "activation/deviation/" },
            empty: AT_FIRST_LOOK,
            note: "Standard deviation of what comes out of each layer. Towards zero the layer says the same of every sample.",
            hint: "",
            spec: family("activation/deviation/{layer}"),
        },
        Panel {
            place: Place::Network,
            id: "chart-dead-units".into(),
            picks_batches: false,
            has_bands: false,
            curves: Curves::Each { prefix: "activation/dead/" },
            empty: "",
            note: "Share of each ReLU layer's units that are zero for every sample looked at: they pass nothing on.",
            hint: "",
            spec: family("activation/dead/{layer}"),
        },
        Panel {
            place: Place::Network,
            id: "chart-saturated-units".into(),
            picks_batches: false,
            has_bands: false,
            curves: Curves::Each { prefix: "activation/saturated/" },
            empty: "",
            note: "Share of what comes out of each tanh or sigmoid layer that is at the ends of its range, where it is flat.",
            hint: "",
            spec: family("activation/saturated/{layer}"),
        },
    ]
}
