//! What a batch leaves on the device, and its way to plain numbers: asynchronous, many batches in one read.
//!
//! A type of its own, so that a callback can never touch a tensor: callbacks get what [`resolve`] returns.

use super::StepTimes;
use crate::error::{Code, Error, Result};
use burn::tensor::{Tensor, TensorData, Transaction};

/// One batch's outputs, still on the device.
pub struct DeviceLogs {
    /// `[samples, outputs]`, before softmax or sigmoid.
    pub(super) outputs: Tensor<2>,
    pub(super) labels: Vec<u32>,
    pub(super) times: StepTimes,
}

/// One batch's outputs as numbers.
#[derive(Clone, Debug)]
pub struct Outputs {
    /// The outputs of one sample after the other, before softmax or sigmoid.
    pub values: Vec<f32>,
    /// The samples' labels.
    pub labels: Vec<u32>,
    /// Where the host's time went.
    pub times: StepTimes,
}

/// Plain numbers out of what a device sent.
///
/// # Errors
/// [`Code::DeviceLost`] when the device sent something else than `f32`.
pub fn floats(data: TensorData) -> Result<Vec<f32>> {
    data.try_into_vec_as::<f32>().map_err(|cause| lost(&format!("the device sent numbers of another kind: {cause:?}")))
}

fn lost(message: &str) -> Error {
    Error::new(Code::DeviceLost, message, "start again, or choose the CPU as device")
}

/// Reads many tensors in one transaction: one wait, however many there are.
///
/// # Errors
/// [`Code::DeviceLost`] when the device fails.
pub async fn read_all<const D: usize>(tensors: impl IntoIterator<Item = Tensor<D>>) -> Result<Vec<Vec<f32>>> {
    let transaction = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let data = transaction.execute_async().await.map_err(|cause| lost(&format!("the device failed: {cause:?}")))?;
    data.into_iter().map(floats).collect()
}

/// Waits for the outputs of all of `pending`, in order.
///
/// # Errors
/// [`Code::DeviceLost`] when the device fails.
pub async fn resolve(pending: Vec<DeviceLogs>) -> Result<Vec<Outputs>> {
    let (tensors, rest): (Vec<_>, Vec<_>) = pending.into_iter().map(|logs| (logs.outputs, (logs.labels, logs.times))).unzip();
    let values = read_all(tensors).await?;
    Ok(values.into_iter().zip(rest).map(|(values, (labels, times))| Outputs { values, labels, times }).collect())
}
