//! The data sets of a worker: loaded ones by id, built-in ones by specification and seed.
//!
//! Built-in sets are cheap to make again, so only the last two are kept; loaded ones stay until they are replaced.

use super::samples::sample_bytes;
use crate::domain::data::source::DataSpec;
use crate::domain::data::{Dataset, SampleShape, idx};
use crate::error::{Code, Error, Result};
use crate::protocol::DataSummary;
use crate::train::clock::{Clock, WallClock};
use std::collections::HashMap;
use std::rc::Rc;

/// Number of samples shown of an image set.
const IMAGES_SHOWN: usize = 27;
/// Number of samples shown of a set of points.
const POINTS_SHOWN: usize = 500;
/// Number of built-in sets that are kept.
const BUILT_IN_KEPT: usize = 2;

/// The data sets that are kept.
#[derive(Default)]
pub struct DatasetCache {
    loaded: HashMap<String, Rc<Dataset>>,
    built_in: Vec<BuiltIn>,
}

struct BuiltIn {
    spec: DataSpec,
    seed: u32,
    data: Rc<Dataset>,
    /// The milliseconds that generating it took.
    took_ms: f64,
}

impl DatasetCache {
    /// Parses files and keeps the set under `id`; returns its description and the bytes of its thumbnails.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when the files are damaged or do not belong together; nothing is kept then.
    pub fn load(&mut self, id: &str, name: &str, images: &[u8], labels: &[u8]) -> Result<(DataSummary, Vec<u8>)> {
        let clock = WallClock::default();
        let data = Rc::new(idx::parse(name, images, labels)?);
        self.loaded.insert(id.to_owned(), data.clone());
        Ok(describe(&data, clock.now_ms()))
    }

    /// The description of the set of `spec`, and the bytes of its thumbnails.
    ///
    /// # Errors
    /// As [`DatasetCache::get`].
    pub fn describe(&mut self, spec: &DataSpec, seed: u32) -> Result<(DataSummary, Vec<u8>)> {
        let data = self.get(spec, seed)?;
        let took_ms = self.built_in.iter().find(|known| Rc::ptr_eq(&known.data, &data)).map_or(0.0, |known| known.took_ms);
        Ok(describe(&data, took_ms))
    }

    /// The set of `spec`.
    ///
    /// # Errors
    /// [`Code::UnknownData`] when it was not loaded here, [`Code::InvalidData`] when it cannot be generated.
    pub fn get(&mut self, spec: &DataSpec, seed: u32) -> Result<Rc<Dataset>> {
        if let DataSpec::Loaded { id } = spec {
            let unknown = || Error::new(Code::UnknownData, format!("no data is loaded under the id {id:?}"), "load the files again");
            return self.loaded.get(id).cloned().ok_or_else(unknown);
        }
        if let Some(known) = self.built_in.iter().find(|known| known.spec == *spec && known.seed == seed) {
            return Ok(known.data.clone());
        }
        let clock = WallClock::default();
        let data = Rc::new(spec.generate(u64::from(seed))?);
        self.built_in.truncate(BUILT_IN_KEPT - 1);
        self.built_in.insert(0, BuiltIn { spec: spec.clone(), seed, data: data.clone(), took_ms: clock.now_ms() });
        Ok(data)
    }
}

fn describe(data: &Dataset, took_ms: f64) -> (DataSummary, Vec<u8>) {
    let most = if matches!(data.shape(), SampleShape::Image { .. }) { IMAGES_SHOWN } else { POINTS_SHOWN };
    let shown: Vec<u32> = (0..data.len().min(most) as u32).collect();
    let summary = DataSummary {
        name: data.name().to_owned(),
        shape: data.shape(),
        classes: data.classes().to_vec(),
        class_counts: data.class_counts(),
        samples: data.len(),
        hash: format!("{:016x}", data.hash()),
        thumbnails: data.labels_of(&shown),
        took_ms,
    };
    (summary, sample_bytes(data, &shown))
}
