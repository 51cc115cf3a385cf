//! The arrays of a network, by name and shape: its weights, and batch norm's running statistics. They leave it in a file,
//! and a file must have all of them to be loaded. Never here: the numbers, formats of files.

use super::{LayerSpec, ModelPlan};
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// An array's name and shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrayHead {
    /// The name, `layer/role`: `conv2d_1/kernel`, `batch_norm_1/running_mean`.
    pub name: String,
    /// The shape, as in [`ParamPlan::shape`](super::ParamPlan::shape); values are stored row by row.
    pub shape: Vec<usize>,
}

impl ArrayHead {
    /// Number of values; `None` where it is larger than any memory.
    pub fn values(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |product, &side| product.checked_mul(side))
    }
}

impl ModelPlan {
    /// All arrays: first the weights in the order of [`ModelPlan::params`], then mean and variance of each batch norm.
    pub fn arrays(&self) -> Vec<ArrayHead> {
        let weights = self.params().map(|param| ArrayHead { name: param.name.clone(), shape: param.shape.clone() });
        let norms = self.layers.iter().filter(|layer| matches!(layer.spec, LayerSpec::BatchNorm));
        let statistics = norms.flat_map(|layer| {
            let shape = layer.params.first().map(|param| param.shape.clone()).unwrap_or_default();
            ["running_mean", "running_variance"].map(|role| ArrayHead { name: format!("{}/{role}", layer.name), shape: shape.clone() })
        });
        weights.chain(statistics).collect()
    }
}

fn shape(shape: &[usize]) -> String {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("[{}]", sides.join(", "))
}

/// The position of each of the model's arrays among the `given` ones, which may be in any order.
///
/// # Errors
/// [`Code::InvalidData`] when an array is missing, left over or of another shape; names it with its shapes.
pub fn match_arrays(model: &[ArrayHead], given: &[ArrayHead]) -> Result<Vec<usize>> {
    let refuse = |message: String| {
        let hint = "give the model in the setup the layers of the file's, or choose weights of this model";
        Err(Error::new(Code::InvalidData, message, hint))
    };
    let mut places = Vec::with_capacity(model.len());
    for array in model {
        match given.iter().position(|other| other.name == array.name) {
            None => return refuse(format!("the file has no {:?}, which is {} in the model", array.name, shape(&array.shape))),
            Some(place) if given[place].shape != array.shape => {
                let (there, here) = (shape(&given[place].shape), shape(&array.shape));
                return refuse(format!("{:?} is {there} in the file, but {here} in the model", array.name));
            }
            Some(place) => places.push(place),
        }
    }
    match given.iter().enumerate().find(|(index, _)| !places.contains(index)) {
        Some((_, left)) => refuse(format!("the file has {:?}, {}, which the model has not", left.name, shape(&left.shape))),
        None => Ok(places),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::SampleShape;
    use crate::domain::model::{Loss, ModelSpec};

    fn arrays(units: usize) -> Vec<ArrayHead> {
        let layers = vec![LayerSpec::Dense { units }, LayerSpec::BatchNorm, LayerSpec::Relu];
        ModelSpec { layers }.plan(SampleShape::Vector(2), 3, Loss::CrossEntropy).unwrap().arrays()
    }

    #[test]
    fn a_model_has_its_weights_and_then_its_statistics() {
        let names: Vec<String> = arrays(4).into_iter().map(|array| format!("{} {:?}", array.name, array.shape)).collect();
        assert_eq!(
            names.join("; "),
            "dense_1/kernel [2, 4]; dense_1/bias [4]; batch_norm_1/gamma [4]; batch_norm_1/beta [4]; \
            output/kernel [4, 3]; output/bias [3]; batch_norm_1/running_mean [4]; batch_norm_1/running_variance [4]"
        );
    }

    #[test]
    fn any_order_fits_and_what_does_not_is_named_with_its_shapes() {
        let model = arrays(4);
        let mut given = model.clone();
        given.reverse();
        assert_eq!(match_arrays(&model, &given).unwrap(), (0..8).rev().collect::<Vec<_>>());

        let says = |given: &[ArrayHead]| match_arrays(&model, given).unwrap_err().message().to_owned();
        assert_eq!(says(&arrays(5)), "\"dense_1/kernel\" is [2, 5] in the file, but [2, 4] in the model");
        assert_eq!(says(&model[..7]), "the file has no \"batch_norm_1/running_variance\", which is [4] in the model");
        given.push(ArrayHead { name: "dense_9/bias".into(), shape: vec![7] });
        assert_eq!(says(&given), "the file has \"dense_9/bias\", [7], which the model has not");
        given.pop();
        given.push(given[0].clone());
        assert!(says(&given).contains("which the model has not"), "twice the same name");
    }
}
