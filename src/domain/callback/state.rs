//! A callback's state as JSON, and back. Never here: its contents.

use crate::error::{Code, Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Converts a state for [`Callback::save_state`](crate::domain::callback::Callback::save_state).
pub(crate) fn to_value<S: Serialize>(state: &S) -> Value {
    serde_json::to_value(state).expect("plain data without maps of odd keys always has a JSON form")
}

/// Reads the state of the callback `name` from `value`.
pub(crate) fn from_value<S: DeserializeOwned>(name: &str, value: Value) -> Result<S> {
    serde_json::from_value(value).map_err(|cause| {
        let message = format!("the saved state of {name} cannot be read: {cause}");
        Error::new(Code::InvalidData, message, "start the run anew, or open it with the version that saved it")
    })
}

/// Implements `save_state` and `load_state` for a callback whose whole state is its field `state`.
macro_rules! saved {
    () => {
        fn save_state(&self) -> serde_json::Value {
            $crate::domain::callback::state::to_value(&self.state)
        }

        fn load_state(&mut self, state: serde_json::Value) -> $crate::error::Result<()> {
            self.state = $crate::domain::callback::state::from_value(self.name(), state)?;
            Ok(())
        }
    };
}
pub(crate) use saved;
