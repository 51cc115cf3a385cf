//! The data sets of a worker: loaded ones by id, built-in ones by specification and seed.
//!
//! Parsing, generating and summing up are done a few milliseconds at a time, giving way in between: a run goes on beside
//! them. One set is made after the other, in the order in which they were asked for, so whoever asks for a set behind its
//! files gets it. Built-in sets are cheap to make again, so only the last two are kept; loaded ones stay until they are
//! replaced.

use super::samples::sample_bytes;
use crate::domain::data::idx::Parsing;
use crate::domain::data::room::Room;
use crate::domain::data::source::DataSpec;
use crate::domain::data::{Dataset, Hashing, SampleShape};
use crate::error::{Code, Error, Result};
use crate::protocol::{AddedSet, DataSummary};
use crate::web::js::get;
use crate::web::tasks::{Pace, Turns};
use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;

/// Number of samples shown of an image set.
const IMAGES_SHOWN: usize = 27;
/// Number of samples shown of a set of points.
const POINTS_SHOWN: usize = 500;
/// Number of built-in sets that are kept.
const BUILT_IN_KEPT: usize = 2;
/// Number of samples that are generated, of bytes that are unpacked, and of numbers that are hashed before the clock is
/// looked at: each a millisecond or two.
const SAMPLES_A_PIECE: usize = 32;
const BYTES_A_PIECE: usize = 128 << 10;
const NUMBERS_A_PIECE: usize = 256 << 10;

/// A future that is called from several places.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The description of a set for the page, and the bytes of its thumbnails.
pub type Described = (DataSummary, Vec<u8>);

/// The data sets of a worker.
#[derive(Default)]
pub struct Datasets {
    cache: RefCell<DatasetCache>,
    turns: Turns,
}

/// The device's memory in gigabytes, where the browser tells: Chromium's do, on secure pages, rounded.
fn device_memory() -> Option<f64> {
    get(&get(&js_sys::global(), "navigator"), "deviceMemory").as_f64()
}

/// The data sets that are kept.
#[derive(Default)]
struct DatasetCache {
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
    /// The set of `spec`, if it is kept, and the milliseconds that it took.
    fn find(&self, spec: &DataSpec, seed: u32) -> Option<(Rc<Dataset>, f64)> {
        if let DataSpec::Loaded { id } = spec {
            return self.loaded.get(id).map(|data| (data.clone(), 0.0));
        }
        let known = self.built_in.iter().find(|known| known.spec == *spec && known.seed == seed)?;
        Some((known.data.clone(), known.took_ms))
    }
}

impl Datasets {
    /// Parses files and keeps the set under `id`; gives its description.
    ///
    /// # Errors
    /// [`Code::InvalidData`] when the files are damaged or do not belong together; nothing is kept then.
    pub async fn load(&self, id: &str, name: &str, images: &[u8], labels: &[u8]) -> Result<Described> {
        let _turn = self.turns.wait().await;
        let mut pace = Pace::begin();
        let others = self.cache.borrow().loaded.iter().filter(|(known, _)| *known != id).map(|(_, data)| data.bytes()).sum();
        let mut parsing = Parsing::begin(name, images, labels, &Room::of(device_memory(), others))?;
        while parsing.advance(BYTES_A_PIECE)? {
            pace.breathe().await;
        }
        let data = Rc::new(parsing.finish()?);
        self.cache.borrow_mut().loaded.insert(id.to_owned(), data.clone());
        let took_ms = pace.worked_ms();
        Ok(describe(data, took_ms).await)
    }

    /// Makes `set`, whose added samples have these `numbers`, and keeps it under `id`; gives its description.
    ///
    /// # Errors
    /// As [`Datasets::get`] for the set below it, and [`Code::InvalidData`] when the samples are none of that set, or there is no room.
    pub async fn add(&self, id: &str, set: &AddedSet, numbers: &[f32]) -> Result<Described> {
        // One turn for both: whoever asks for this set behind its samples gets it.
        let _turn = self.turns.wait().await;
        let (base, took_ms) = self.find_or_make_now(&set.base, set.seed).await?;
        let others = self.cache.borrow().loaded.iter().filter(|(known, _)| *known != id).map(|(_, data)| data.bytes()).sum();
        let room = Room::of(device_memory(), others);
        if base.bytes() > room.bytes {
            return Err(Error::new(Code::InvalidData, format!("{} has {}", set.name, room.words()), room.remedy));
        }
        let data = Rc::new(base.with_added(set.name.as_str(), numbers, &set.labels)?);
        self.cache.borrow_mut().loaded.insert(id.to_owned(), data.clone());
        Ok(describe(data, took_ms).await)
    }

    /// Forgets the loaded set of this id.
    pub fn forget(&self, id: &str) {
        self.cache.borrow_mut().loaded.remove(id);
    }

    /// The description of the set of `spec`.
    ///
    /// # Errors
    /// As [`Datasets::get`].
    pub async fn describe(&self, spec: &DataSpec, seed: u32) -> Result<Described> {
        let (data, took_ms) = self.find_or_make(spec, seed).await?;
        Ok(describe(data, took_ms).await)
    }

    /// The set of `spec`.
    ///
    /// # Errors
    /// [`Code::UnknownData`] when it was not loaded here, [`Code::InvalidData`] when it cannot be generated.
    pub async fn get(&self, spec: &DataSpec, seed: u32) -> Result<Rc<Dataset>> {
        self.find_or_make(spec, seed).await.map(|(data, _)| data)
    }

    /// The set of `spec`, and the milliseconds that it took. Boxed, so that its program is in the worker once.
    fn find_or_make<'a>(&'a self, spec: &'a DataSpec, seed: u32) -> Boxed<'a, Result<(Rc<Dataset>, f64)>> {
        Box::pin(async move {
            let kept = self.cache.borrow().find(spec, seed);
            if let Some(kept) = kept {
                return Ok(kept);
            }
            let _turn = self.turns.wait().await;
            self.find_or_make_now(spec, seed).await
        })
    }

    /// The set of `spec`, and the milliseconds that it took, for who has the turn.
    fn find_or_make_now<'a>(&'a self, spec: &'a DataSpec, seed: u32) -> Boxed<'a, Result<(Rc<Dataset>, f64)>> {
        Box::pin(async move {
            // Made in the meantime, or loaded.
            let kept = self.cache.borrow().find(spec, seed);
            if let Some(kept) = kept {
                return Ok(kept);
            }
            if let DataSpec::Loaded { id } = spec {
                return Err(Error::new(Code::UnknownData, format!("no data is loaded under the id {id:?}"), "load the files again"));
            }
            let mut pace = Pace::begin();
            let mut generation = spec.begin(u64::from(seed))?;
            while generation.advance(SAMPLES_A_PIECE) {
                pace.breathe().await;
            }
            let (data, took_ms) = (Rc::new(generation.finish()?), pace.worked_ms());
            let mut cache = self.cache.borrow_mut();
            cache.built_in.truncate(BUILT_IN_KEPT - 1);
            cache.built_in.insert(0, BuiltIn { spec: spec.clone(), seed, data: data.clone(), took_ms });
            Ok((data, took_ms))
        })
    }
}

/// The description of `data`, which took so many milliseconds.
fn describe(data: Rc<Dataset>, took_ms: f64) -> Boxed<'static, Described> {
    Box::pin(async move {
        let most = if matches!(data.shape(), SampleShape::Image { .. }) { IMAGES_SHOWN } else { POINTS_SHOWN };
        // Those that the visitor added come first: they would be the last of many.
        let (own, all) = ((data.len() - data.added()) as u32, data.len() as u32);
        let shown: Vec<u32> = (own..all).rev().chain(0..own).take(most).collect();
        let (mut pace, mut hashing) = (Pace::begin(), Hashing::new(&data));
        while hashing.advance(&data, NUMBERS_A_PIECE) {
            pace.breathe().await;
        }
        let summary = DataSummary {
            name: data.name().to_owned(),
            shape: data.shape(),
            classes: data.classes().to_vec(),
            class_counts: data.class_counts(),
            samples: data.len(),
            added: data.added(),
            hash: format!("{:016x}", hashing.value()),
            thumbnails: data.labels_of(&shown),
            took_ms,
        };
        (summary, sample_bytes(&data, &shown))
    })
}
