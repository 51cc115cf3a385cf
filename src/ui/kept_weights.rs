//! The weights that ended runs have left, kept by the page until the run is deleted.
//!
//! Here and not in the worker that trained them: its model makes room for the next run's, it may die, and a GPU may be
//! lost. As a [`Blob`] each, outside of this program's memory, which never shrinks: the browser frees it when the run is
//! deleted, and may put it on disk. Never here: what is known of the weights; the record has that.

use crate::domain::model::ArrayHead;
use crate::error::{Code, Error, Result};
use crate::export::weights::Weights;
use crate::protocol::RunId;
use crate::web::js::message_of;
use crate::web::port::Bulk;
use js_sys::{Array, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// One model's arrays.
#[derive(Clone)]
struct WeightsBlob {
    run: RunId,
    name: String,
    heads: Vec<ArrayHead>,
    blob: Blob,
}

/// The weights of all runs of this visit that have ended.
#[derive(Default)]
pub struct KeptWeights(RefCell<Vec<WeightsBlob>>);

fn unkept(cause: &str) -> Error {
    Error::new(Code::InvalidState, format!("the weights cannot be kept: {cause}"), "delete runs that are no longer needed")
}

impl KeptWeights {
    /// Keeps the arrays `heads` with their bytes as the weights `name` of `run`, in place of those of that name.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when the browser has no room for them.
    pub fn keep(&self, run: RunId, name: &str, heads: Vec<ArrayHead>, arrays: &Bulk) -> Result<()> {
        let parts: Array = arrays.iter().map(|bytes| Uint8Array::from(bytes.as_slice())).collect();
        let blob = Blob::new_with_u8_array_sequence(&parts).map_err(|thrown| unkept(&message_of(&thrown)))?;
        let mut kept = self.0.borrow_mut();
        kept.retain(|known| known.run != run || known.name != name);
        kept.push(WeightsBlob { run, name: name.to_owned(), heads, blob });
        Ok(())
    }

    /// The weights `name` of `run`, as a file has them, but for what is known of the run; `None` where none are kept.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when the browser has lost them.
    pub async fn read(&self, run: RunId, name: &str) -> Result<Option<Weights>> {
        let kept = self.0.borrow().iter().find(|kept| kept.run == run && kept.name == name).cloned();
        let Some(WeightsBlob { heads, blob, .. }) = kept else { return Ok(None) };
        let lost = |cause: &str| {
            let hint = "train it again with the same configuration";
            Error::new(Code::InvalidState, format!("the browser has lost the weights of run {run}: {cause}"), hint)
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

    /// Lets the weights of `run` go.
    pub fn forget(&self, run: RunId) {
        self.0.borrow_mut().retain(|kept| kept.run != run);
    }
}
