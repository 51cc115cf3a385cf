//! Exports: a run as a file, made between frames, with their progress and their size.
//!
//! A file is made of parts that the browser keeps ([`Blob`]s), so the page's own memory stays small however long the run
//! is, and a run that is going on goes on. The formats are [`crate::export`]'s.

use super::Boxed;
use super::weights::{find, take};
use crate::domain::record::series::Series;
use crate::domain::run::checkpoint::{BEST, LAST};
use crate::error::{Code, Error, Result};
use crate::export::Export;
use crate::export::csv::CsvExport;
use crate::export::jsonl::JsonlExport;
use crate::export::report::{ReportChart, ReportExport};
use crate::export::tfevents::EventExport;
use crate::export::weights::Weights;
use crate::protocol::RunId;
use crate::ui::page::Page;
use crate::ui::state::charts;
use crate::ui::state::store::Run;
use crate::web::tasks::Yielder;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use std::rc::Rc;
use web_sys::{Blob, BlobPropertyBag};

/// Milliseconds that a file is worked on before others get their turn: half a frame.
const SLICE_MS: f64 = 6.0;
/// A part is handed to the browser from this size on.
const PART_BYTES: usize = 1 << 20;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything in one HTML file, for people.
    Report,
    /// Event files.
    TensorBoard,
    /// Tables.
    Csv,
    /// Every record, to come back.
    Jsonl,
    /// Weights: the present ones, or those at the end.
    Safetensors,
    /// Weights: those that a callback found the best.
    BestSafetensors,
}

impl Kind {
    /// All, in the order of the panel.
    pub const ALL: [Self; 6] = [Self::Report, Self::TensorBoard, Self::Csv, Self::Jsonl, Self::Safetensors, Self::BestSafetensors];

    /// The name in the API.
    pub fn id(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::TensorBoard => "tensorboard",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Safetensors => "safetensors",
            Self::BestSafetensors => "best-safetensors",
        }
    }

    /// The kind in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Report => "Report (HTML)",
            Self::TensorBoard => "TensorBoard events (zip)",
            Self::Csv => "Tables (CSV, zip)",
            Self::Jsonl => "Whole record (JSONL)",
            Self::Safetensors => "Weights (safetensors)",
            Self::BestSafetensors => "Best weights (safetensors)",
        }
    }

    /// The contents, in words.
    pub fn contents(self) -> &'static str {
        match self {
            Self::Report => {
                "Charts that can be zoomed down to single batches, results, findings and configuration. One file, opens without a network."
            }
            Self::TensorBoard => "Scalars and histograms in the folders train and validation. Unpack, then: tensorboard --logdir FOLDER",
            Self::Csv => "batches.csv, epochs.csv and looks.csv for spreadsheets and pandas.",
            Self::Jsonl => "One line a record, lossless. This page can open it again.",
            Self::BestSafetensors => {
                "Those at the best epoch, where early stopping (with its best weights) or a checkpoint of the best kept them."
            }
            Self::Safetensors => "What the network has learned until now, with names and shapes; of an ended run, its last weights.",
        }
    }

    fn mime(self) -> &'static str {
        match self {
            Self::Report => "text/html",
            Self::TensorBoard | Self::Csv => "application/zip",
            Self::Jsonl => "application/jsonl",
            Self::Safetensors | Self::BestSafetensors => "application/octet-stream",
        }
    }

    /// The name of the file of a run.
    pub fn file_name(self, run: RunId) -> String {
        let ending = match self {
            Self::Report => "report.html",
            Self::TensorBoard => "tensorboard.zip",
            Self::Csv => "tables.zip",
            Self::Jsonl => "record.jsonl",
            Self::Safetensors => "weights.safetensors",
            Self::BestSafetensors => "best-weights.safetensors",
        };
        format!("emberscope-run-{run}-{ending}")
    }

    /// About how many bytes it will have, from the numbers in it and what a number has taken in measured files.
    pub fn estimate(self, run: &Run) -> f64 {
        let values = run.series.values().map(Series::len).sum::<usize>() as f64;
        let looks = run.probes.kept().iter().map(|probe| 2 * probe.weights.len() + probe.activations.len()).sum::<usize>() as f64;
        match self {
            Self::Report => 40e3 + values * 4.6,
            Self::TensorBoard => 1e3 + values * 6.0 + looks * 190.0,
            Self::Csv => 1e3 + values * 5.0,
            Self::Jsonl => 3e3 + values * 13.0 + looks * 260.0,
            Self::Safetensors | Self::BestSafetensors => 2e3 + 4.0 * run.begin.as_ref().map_or(0, |begin| begin.parameters) as f64,
        }
    }
}

fn blob(parts: &Array, kind: Kind) -> Result<Blob> {
    let bag = BlobPropertyBag::new();
    bag.set_type(kind.mime());
    Blob::new_with_blob_sequence_and_options(parts, &bag).map_err(|_| {
        Error::new(Code::InvalidState, "the browser cannot hold a file of this size", "export a shorter run, or close other pages")
    })
}

/// The charts of the page, for a report.
fn report_charts(run: &Run) -> Vec<ReportChart> {
    let chart = |panel: charts::Panel| {
        let mut spec = panel.spec.clone();
        spec.series = panel.series(run.series.keys());
        spec.series.retain(|curve| run.may_record(&curve.name));
        ReportChart { spec, note: panel.note.to_owned() }
    };
    charts::all().into_iter().map(chart).collect()
}

/// The run `id` as a file of `kind`; `on_progress` hears how much is done, from 0 to 1.
///
/// # Errors
/// [`Code::InvalidState`] when there is no such run, or its weights are gone.
pub fn export(page: Page, id: RunId, kind: Kind, on_progress: Rc<dyn Fn(f64)>) -> Boxed<Result<Blob>> {
    Box::pin(export_in_slices(page, id, kind, on_progress))
}

async fn export_in_slices(page: Page, id: RunId, kind: Kind, on_progress: Rc<dyn Fn(f64)>) -> Result<Blob> {
    let inner = page.inner();
    if let Kind::Safetensors | Kind::BestSafetensors = kind {
        return export_weights(page, id, if kind == Kind::Safetensors { LAST } else { BEST }).await;
    }
    let mut export: Box<dyn Export> = {
        let store = inner.store.borrow();
        let run = store.known(id)?;
        let (columns, head) = (run.columns(), run.head(page.data_hash(&run.config)));
        match kind {
            Kind::Report => Box::new(ReportExport::new(head, report_charts(run), &columns)),
            Kind::TensorBoard => Box::new(EventExport::new(&head, &columns)),
            Kind::Csv => Box::new(CsvExport::new(&columns)),
            Kind::Jsonl => Box::new(JsonlExport::new(head, &columns)),
            Kind::Safetensors | Kind::BestSafetensors => unreachable!("weights are not written in slices"),
        }
    };
    let (parts, mut part) = (Array::new(), Vec::new());
    let yielder = Yielder::new();
    let now = || window().performance().map_or(0.0, |clock| clock.now());
    loop {
        let begin = now();
        let more = {
            let store = inner.store.borrow();
            let columns = store.known(id)?.columns();
            loop {
                let more = export.write(&columns, &mut part)?;
                if !more || now() - begin >= SLICE_MS || part.len() >= PART_BYTES {
                    break more;
                }
            }
        };
        if part.len() >= PART_BYTES || !more {
            parts.push(&blob(&Array::of1(&Uint8Array::from(part.as_slice())), kind)?.into());
            part.clear();
        }
        on_progress(export.progress());
        if !more {
            return blob(&parts, kind);
        }
        if let Some(yielder) = &yielder {
            yielder.give_way().await;
        }
    }
}

/// Weights of run `id` as a safetensors file: `last`, `best`, or those of a checkpoint of this name.
///
/// # Errors
/// [`Code::InvalidState`] when there is no such run, or it has no such weights.
pub fn export_weights(page: Page, id: RunId, which: &str) -> Boxed<Result<Blob>> {
    let place = find(page, id, which);
    Box::pin(async move { weights_file(take(page, id, place?).await?) })
}

/// Weights as a safetensors file.
///
/// # Errors
/// [`Code::InvalidState`] when the browser cannot hold it.
pub fn weights_file(weights: Weights) -> Result<Blob> {
    blob(&Array::of1(&Uint8Array::from(weights.to_bytes()?.as_slice())), Kind::Safetensors)
}

/// Whether there is something of `run` to write into a file of `kind`.
pub fn can_export(page: Page, run: &Run, kind: Kind) -> bool {
    let best = match kind {
        Kind::Safetensors => false,
        Kind::BestSafetensors => true,
        _ => return true,
    };
    let is_kept = || !best || run.checkpoints.iter().any(|card| card.is_best());
    run.left(best).is_some() || (run.is_live() && page.has_model(run.id).is_some() && is_kept())
}
