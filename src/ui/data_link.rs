//! The data of the setup: what it looks like, and how the visitor's own gets in.
//!
//! The worker generates and parses; the page only shows what the worker says of it.

use super::page::Page;
use super::supervisor::{Answer, Files};
use crate::domain::data::SampleShape;
use crate::domain::data::idx::{IdxKind, looks_like};
use crate::domain::data::source::DataSpec;
use crate::domain::run::device::WorkerKind;
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, DataSummary, Event, floats};
use crate::ui::parts::lean;
use crate::web::port::Bulk;
use leptos::prelude::*;
use std::rc::Rc;
use std::sync::Arc;

/// What some data looks like, with samples to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct DataView {
    /// In numbers.
    pub summary: DataSummary,
    /// The samples of [`DataSummary::thumbnails`], one after the other.
    pub samples: Arc<Vec<f32>>,
}

/// What the page knows of the setup's data.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Preview {
    /// Not asked for yet.
    #[default]
    None,
    /// Asked for.
    Loading(DataSpec),
    /// There.
    Ready(DataSpec, DataView),
    /// It cannot be had.
    Failed(DataSpec, Error),
}

fn view_of(answer: Answer) -> Result<DataView> {
    match answer? {
        (Event::DataReady { summary, .. }, bulk) => {
            let bytes = bulk.first().map_or(&[][..], Vec::as_slice);
            let samples = floats::from_bytes(bytes);
            Ok(DataView { summary, samples: Arc::new(samples) })
        }
        _ => Err(Error::new(Code::Protocol, "the worker answered another question", "reload the page")),
    }
}

/// A file's bytes and what it is called.
pub struct NamedBytes {
    /// Without its folder.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Finds out which of two files are the images and which the labels, whatever their order and names.
fn sort_out(files: Vec<NamedBytes>) -> Result<[NamedBytes; 2]> {
    let hint = "give one IDX file with images and one with labels, plain or gzip, as MNIST has them";
    let pair = <[NamedBytes; 2]>::try_from(files).map_err(|files| {
        let message = format!("{} file{} cannot make a data set", files.len(), if files.len() == 1 { "" } else { "s" });
        Error::new(Code::InvalidData, message, hint)
    })?;
    match [looks_like(&pair[0].bytes), looks_like(&pair[1].bytes)] {
        [Some(IdxKind::Images), Some(IdxKind::Labels)] => Ok(pair),
        [Some(IdxKind::Labels), Some(IdxKind::Images)] => {
            let [labels, images] = pair;
            Ok([images, labels])
        }
        [Some(_), Some(_)] => Err(Error::new(Code::InvalidData, "both files are of the same kind", hint)),
        kinds => {
            let odd = if kinds[0].is_none() { &pair[0] } else { &pair[1] };
            Err(Error::new(Code::InvalidData, format!("{} is not an IDX file", odd.name), hint))
        }
    }
}

/// A name for a set of which the images' file is called `file`: what is before `-images` or `.`.
fn set_name(file: &str) -> String {
    let stem = file.split(['.', '?']).next().unwrap_or(file);
    let name = stem.split("-images").next().unwrap_or(stem).trim_matches(['-', '_']);
    if name.is_empty() { "my data".to_owned() } else { name.to_owned() }
}

impl Page {
    /// Keeps the preview in step with the setup.
    pub(super) fn follow_data(self) {
        let wanted = lean::memo(move || self.config.with(|config| (config.data.clone(), config.seed)));
        lean::effect(move || {
            let (spec, seed) = wanted.get();
            if let Some(view) = self.loaded_view(&spec) {
                self.preview.set(Preview::Ready(spec, view));
                return;
            }
            if let Err(error) = spec.validate() {
                self.preview.set(Preview::Failed(spec, error));
                return;
            }
            self.preview.set(Preview::Loading(spec.clone()));
            lean::spawn(async move {
                let supervisor = self.inner().supervisor.clone();
                let data = spec.clone();
                let answer = supervisor.ask(WorkerKind::Cpu, |request| Command::DescribeData { request, data, seed }, Bulk::new()).await;
                // The visitor may have gone on to other data in the meantime.
                if wanted.get_untracked() == (spec.clone(), seed) {
                    self.preview.set(match view_of(answer) {
                        Ok(view) => Preview::Ready(spec, view),
                        Err(error) => Preview::Failed(spec, error),
                    });
                }
            });
        });
    }

    fn loaded_view(&self, spec: &DataSpec) -> Option<DataView> {
        let DataSpec::Loaded { id } = spec else { return None };
        self.loaded.with_untracked(|loaded| loaded.iter().find(|(known, _)| known == id).map(|(_, view)| view.clone()))
    }

    /// The shape and the number of classes of the data, if they are known.
    pub fn shape_of(&self, spec: &DataSpec) -> Option<(SampleShape, usize)> {
        if let Some(view) = self.loaded_view(spec) {
            return Some((view.summary.shape, view.summary.classes.len()));
        }
        Some((spec.shape()?, spec.classes()?))
    }

    /// Makes a data set of two files, in any order, and returns its id.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when they do not make one; the page stays as it was.
    pub async fn load_files(self, files: Vec<NamedBytes>) -> Result<String> {
        let [images, labels] = sort_out(files)?;
        let name = set_name(&images.name);
        let taken = |id: &str| self.loaded.with_untracked(|loaded| loaded.iter().any(|(known, _)| known == id));
        let id = (1..).map(|n| if n == 1 { name.clone() } else { format!("{name}-{n}") }).find(|id| !taken(id)).unwrap_or_default();
        let supervisor = self.inner().supervisor.clone();
        let files = Rc::new(Files { name: id.clone(), images: images.bytes, labels: labels.bytes });
        let bulk = vec![files.images.clone(), files.labels.clone()];
        let (data_id, data_name) = (id.clone(), id.clone());
        let answer = supervisor.ask(WorkerKind::Cpu, |request| Command::LoadData { request, id: data_id, name: data_name }, bulk).await;
        let view = view_of(answer)?;
        // Kept for the other workers only now that it is known to be good; this one has it.
        supervisor.keep_files(&id, files);
        self.loaded.update(|loaded| loaded.push((id.clone(), view)));
        Ok(id)
    }

    /// Loads files as [`Page::load_files`] does and makes them the setup's data; what goes wrong is shown.
    pub fn use_files(self, files: Vec<NamedBytes>) {
        lean::spawn(async move {
            match self.load_files(files).await {
                Ok(id) => self.config.update(|config| config.data = DataSpec::Loaded { id }),
                Err(error) => self.notify(error),
            }
        });
    }
}
