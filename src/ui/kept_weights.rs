//! The weights that ended runs have left, kept by the page until the run is deleted.
//!
//! Here and not in the worker that trained them: its model makes room for the next run's, it may die, and a GPU may be
//! lost. As a [`Blob`] each, outside of this program's memory, which never shrinks: the browser frees it when the run is
//! deleted, and may put it on disk. Those of earlier visits are read from the device when somebody asks for them. Never here: what is known of the weights; the record has that.

use crate::domain::model::ArrayHead;
use crate::error::{Code, Error, Result};
use crate::export::weights::Weights;
use crate::protocol::RunId;
use crate::store::entry::Filed;
use crate::ui::shelf::Shelf;
use crate::web::js::message_of;
use crate::web::port::Bulk;
use js_sys::{Array, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// The place of one model's arrays.
#[derive(Clone)]
enum Place {
    /// Memory of this tab: the arrays, and their bytes.
    Tab(Vec<ArrayHead>, Blob),
    /// The device: the key of the run, and the file.
    Device(String, Filed),
}

/// One model's arrays.
struct Kept {
    run: RunId,
    name: String,
    place: Place,
}

/// The weights of all runs that have ended.
pub struct KeptWeights {
    kept: RefCell<Vec<Kept>>,
    shelf: Rc<Shelf>,
}

fn unkept(cause: &str) -> Error {
    Error::new(Code::InvalidState, format!("the weights cannot be kept: {cause}"), "delete runs that are no longer needed")
}

impl KeptWeights {
    /// No weights yet; those of earlier visits are on `shelf`.
    pub fn new(shelf: Rc<Shelf>) -> Self {
        Self { kept: RefCell::default(), shelf }
    }

    /// Keeps in mind that the weights `name` of `run` are the file `filed` of the run `key` on the device.
    pub fn keep_filed(&self, run: RunId, name: &str, key: &str, filed: Filed) {
        self.put(run, name, Place::Device(key.to_owned(), filed));
    }

    fn put(&self, run: RunId, name: &str, place: Place) {
        let mut kept = self.kept.borrow_mut();
        kept.retain(|known| known.run != run || known.name != name);
        kept.push(Kept { run, name: name.to_owned(), place });
    }

    /// Keeps the arrays `heads` with their bytes as the weights `name` of `run`, in place of those of that name.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when the browser has no room for them.
    pub fn keep(&self, run: RunId, name: &str, heads: Vec<ArrayHead>, arrays: &Bulk) -> Result<()> {
        let parts: Array = arrays.iter().map(|bytes| Uint8Array::from(bytes.as_slice())).collect();
        let blob = Blob::new_with_u8_array_sequence(&parts).map_err(|thrown| unkept(&message_of(&thrown)))?;
        self.put(run, name, Place::Tab(heads, blob));
        Ok(())
    }

    /// The weights `name` of `run`, as a file has them, but for what is known of the run; `None` where none are kept.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when the browser has lost them.
    pub async fn read(&self, run: RunId, name: &str) -> Result<Option<Weights>> {
        let place = self.kept.borrow().iter().find(|kept| kept.run == run && kept.name == name).map(|kept| kept.place.clone());
        let Some(place) = place else { return Ok(None) };
        let lost = |cause: &str| {
            let hint = "train it again with the same configuration";
            Error::new(Code::InvalidState, format!("the browser has lost the weights of run {run}: {cause}"), hint)
        };
        let (heads, blob) = match place {
            Place::Tab(heads, blob) => (heads, blob),
            Place::Device(key, filed) => {
                let bytes = self.shelf.file(&key, &filed).await.ok_or_else(|| lost("their file is gone or damaged"))?;
                return Weights::from_bytes(&bytes).map(|weights| Some(Weights { step: None, config: None, ..weights }));
            }
        };
        let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|thrown| lost(&message_of(&thrown)))?;
        let bytes = Uint8Array::new(&buffer).to_vec();
        let mut rest = bytes.as_slice();
        let mut values = Vec::with_capacity(heads.len());
        for head in &heads {
            let bytes = head.values().and_then(|values| rest.split_off(..4 * values)).ok_or_else(|| lost("they are cut off"))?;
            values.push(bytes.to_vec());
        }
        Ok(Some(Weights { heads, values, step: None, config: None }))
    }

    /// Lets the weights `name` of `run` go.
    pub fn forget_one(&self, run: RunId, name: &str) {
        self.kept.borrow_mut().retain(|kept| kept.run != run || kept.name != name);
    }

    /// Lets the weights of `run` go.
    pub fn forget(&self, run: RunId) {
        self.kept.borrow_mut().retain(|kept| kept.run != run);
    }
}
