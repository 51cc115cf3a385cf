//! The data of the setup: what it looks like, and how the visitor's own gets in.
//!
//! The worker generates and parses; the page only shows what the worker says of it.

use super::page::Page;
use super::supervisor::{Answer, Files};
use crate::domain::data::SampleShape;
use crate::domain::data::source::DataSpec;
use crate::domain::run::device::WorkerKind;
use crate::error::{Code, Error, Result};
use crate::protocol::{Command, Event, floats};
use crate::ui::parts::lean;
use crate::ui::state::data::{DataView, NamedBytes, Preview, set_name, sort_out};
use crate::web::port::Bulk;
use leptos::prelude::*;
use std::rc::Rc;
use std::sync::Arc;

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

impl Page {
    /// Keeps the preview in step with the setup, and with the data that the visitor loads.
    pub(super) fn follow_data(self) {
        let wanted = lean::memo(move || {
            let (spec, seed) = self.config.with(|config| (config.data.clone(), config.seed));
            let is_loaded = self.loaded.with(|loaded| loaded.view(&spec).is_some());
            (spec, seed, is_loaded)
        });
        lean::effect(move || {
            let now = wanted.get();
            let (spec, seed, _) = now.clone();
            let preview = self.loaded.with_untracked(|loaded| Preview::of(spec.clone(), loaded));
            let must_ask = matches!(preview, Preview::Loading(_));
            self.preview.set(preview);
            if !must_ask {
                return;
            }
            lean::spawn(async move {
                let supervisor = self.inner().supervisor.clone();
                let data = spec.clone();
                let answer = supervisor.ask(WorkerKind::Cpu, |request| Command::DescribeData { request, data, seed }, Bulk::new()).await;
                // The visitor may have gone on to other data in the meantime.
                if wanted.get_untracked() == now {
                    self.preview.set(match view_of(answer) {
                        Ok(view) => Preview::Ready(spec, view),
                        Err(error) => Preview::Failed(spec, error),
                    });
                }
            });
        });
    }

    /// The shape and the number of classes of the data, if they are known.
    pub fn shape_of(&self, spec: &DataSpec) -> Option<(SampleShape, usize)> {
        self.loaded.with_untracked(|loaded| loaded.shape_of(spec))
    }

    /// Makes a data set of two files, in any order, and returns its id.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when they do not make one; the page stays as it was.
    pub async fn load_files(self, files: Vec<NamedBytes>) -> Result<String> {
        let [images, labels] = sort_out(files)?;
        // Not yet a set: nobody need be told of the id.
        let id = self.loaded.try_update_untracked(|loaded| loaded.reserve(&set_name(&images.name))).unwrap_or_default();
        let supervisor = self.inner().supervisor.clone();
        let files = Rc::new(Files { name: id.clone(), images: images.bytes, labels: labels.bytes });
        let bulk = vec![files.images.clone(), files.labels.clone()];
        let (data_id, data_name) = (id.clone(), id.clone());
        let answer = supervisor.ask(WorkerKind::Cpu, |request| Command::LoadData { request, id: data_id, name: data_name }, bulk).await;
        let view = view_of(answer);
        if view.is_ok() {
            // Kept for the other workers only now that it is known to be good; this one has it.
            supervisor.keep_files(&id, files);
        }
        self.loaded.update(|loaded| loaded.arrive(&id, view.clone().ok()));
        view.map(|_| id)
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
