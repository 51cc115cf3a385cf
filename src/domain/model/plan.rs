//! The plan of a model for given data: its shapes, its parameters and their names.

use super::{LayerSpec, Loss, MOST_LAYERS, ModelSpec};
use crate::domain::data::SampleShape;
use crate::error::{Code, Error, Result};

/// Largest model that may be built, in parameters: 20 million, 80 MB of weights and 240 MB with Adam's moments.
const MAX_PARAMETERS: usize = 20_000_000;
/// Largest output of one layer for one sample, in numbers.
const MAX_ACTIVATION: usize = 4_000_000;

/// One array of weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamPlan {
    /// The name, `layer/role`, for example `conv2d_1/kernel`.
    pub name: String,
    /// The shape: dense kernels `[inputs, outputs]`, convolutions `[filters, channels, rows, columns]`, the rest `[n]`.
    pub shape: Vec<usize>,
    /// The distribution of the first values.
    pub init: Init,
}

/// The distribution from which an array's first values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// Uniform in `±sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio 2010), Keras' default.
    GlorotUniform {
        /// Number of inputs of one output.
        fan_in: usize,
        /// Number of outputs of one input.
        fan_out: usize,
    },
    /// All zeros.
    Zeros,
    /// All ones.
    Ones,
}

impl ParamPlan {
    /// Number of weights.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no weights.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One layer with its shapes and parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPlan {
    /// The name, unique in the model: the kind and a count of that kind, `dense_2`; the last layer is `output`.
    pub name: String,
    /// The layer itself.
    pub spec: LayerSpec,
    /// The shape of the input.
    pub input: SampleShape,
    /// The shape of the output.
    pub output: SampleShape,
    /// The trained arrays.
    pub params: Vec<ParamPlan>,
}

impl LayerPlan {
    fn new(name: String, spec: LayerSpec, input: SampleShape, output: SampleShape) -> Self {
        let param = |role: &str, shape: Vec<usize>, init| ParamPlan { name: format!("{name}/{role}"), shape, init };
        let params = match (&spec, input) {
            (LayerSpec::Dense { units }, _) => {
                let (fan_in, fan_out) = (input.len(), *units);
                vec![
                    param("kernel", vec![fan_in, fan_out], Init::GlorotUniform { fan_in, fan_out }),
                    param("bias", vec![fan_out], Init::Zeros),
                ]
            }
            (LayerSpec::Conv2d { filters, kernel, .. }, SampleShape::Image { channels, .. }) => {
                let field = kernel * kernel;
                let init = Init::GlorotUniform { fan_in: channels * field, fan_out: filters * field };
                vec![param("kernel", vec![*filters, channels, *kernel, *kernel], init), param("bias", vec![*filters], Init::Zeros)]
            }
            (LayerSpec::BatchNorm, _) => {
                let features = match input {
                    SampleShape::Vector(n) => n,
                    SampleShape::Image { channels, .. } => channels,
                };
                vec![param("gamma", vec![features], Init::Ones), param("beta", vec![features], Init::Zeros)]
            }
            _ => Vec::new(),
        };
        Self { name, spec, input, output, params }
    }

    /// Number of trained weights.
    pub fn parameters(&self) -> usize {
        self.params.iter().map(ParamPlan::len).sum()
    }
}

/// The part of a plan that could be made, for an editor that shows shapes while the visitor types.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialPlan {
    /// The layers that fit, from the first on.
    pub layers: Vec<LayerPlan>,
    /// The position and the error of the first layer that does not fit (the output layer comes after the last).
    pub error: Option<(usize, Error)>,
}

/// A model that can be built: every shape is known and fits.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelPlan {
    /// All layers, the output layer last.
    pub layers: Vec<LayerPlan>,
    /// The loss.
    pub loss: Loss,
    /// Number of classes.
    pub classes: usize,
}

impl ModelPlan {
    /// Number of trained weights.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(LayerPlan::parameters).sum()
    }

    /// Number of multiplications and additions of one sample's forward pass, about: each weight at each place where it is
    /// used, and ten for every number that a layer gives.
    pub fn multiply_adds(&self) -> f64 {
        let of_layer = |layer: &LayerPlan| {
            let places = match layer.output {
                SampleShape::Vector(_) => 1,
                SampleShape::Image { height, width, .. } => height * width,
            };
            layer.parameters() as f64 * places as f64 + 10.0 * layer.output.len() as f64
        };
        self.layers.iter().map(of_layer).sum()
    }

    /// All arrays of weights, in the order of the layers.
    pub fn params(&self) -> impl Iterator<Item = &ParamPlan> {
        self.layers.iter().flat_map(|layer| &layer.params)
    }
}

impl ModelSpec {
    /// Infers shapes layer by layer and stops at the first layer that does not fit.
    pub fn plan_partly(&self, input: SampleShape, classes: usize, loss: Loss) -> PartialPlan {
        let mut layers: Vec<LayerPlan> = Vec::new();
        let mut shape = input;
        let mut parameters = 0_usize;
        let output = LayerSpec::Dense { units: loss.outputs(classes) };
        for (position, spec) in self.layers.iter().chain([&output]).enumerate() {
            let is_output = position == self.layers.len();
            let place = if is_output { "output layer".to_owned() } else { format!("layer {} ({})", position + 1, spec.title()) };
            let fail = |layers, error: Error| PartialPlan { layers, error: Some((position, error.at(&place))) };
            if position >= MOST_LAYERS && !is_output {
                let message = format!("the model has {} layers", self.layers.len());
                return fail(layers, Error::new(Code::InvalidModel, message, format!("use at most {MOST_LAYERS}")));
            }
            if is_output && loss == Loss::BinaryCrossEntropy && classes != 2 {
                let message = format!("binary cross-entropy is for two classes, the data has {classes}");
                return fail(layers, Error::new(Code::InvalidModel, message, "choose cross-entropy"));
            }
            let next = match spec.output_shape(shape) {
                Ok(next) => next,
                Err(error) => return fail(layers, error),
            };
            let same_kind = layers.iter().filter(|layer| layer.spec.kind() == spec.kind()).count();
            let name = if is_output { "output".to_owned() } else { format!("{}_{}", spec.kind(), same_kind + 1) };
            let layer = LayerPlan::new(name, spec.clone(), shape, next);
            parameters += layer.parameters();
            if parameters > MAX_PARAMETERS || next.len() > MAX_ACTIVATION {
                let message = format!("the model grows to {parameters} parameters and {} numbers a sample here", next.len());
                let hint = format!("stay under {MAX_PARAMETERS} parameters: use fewer units, or pool before Flatten");
                return fail(layers, Error::new(Code::InvalidModel, message, hint));
            }
            layers.push(layer);
            shape = next;
        }
        PartialPlan { layers, error: None }
    }

    /// The model for samples of shape `input` in `classes` classes.
    ///
    /// # Errors
    /// [`Code::InvalidModel`], naming the first layer that does not fit and the remedy.
    pub fn plan(&self, input: SampleShape, classes: usize, loss: Loss) -> Result<ModelPlan> {
        let PartialPlan { layers, error } = self.plan_partly(input, classes, loss);
        match error {
            Some((_, error)) => Err(error),
            None => Ok(ModelPlan { layers, loss, classes }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::Padding;

    const MNIST: SampleShape = SampleShape::Image { channels: 1, height: 28, width: 28 };

    fn conv(filters: usize, kernel: usize, stride: usize, padding: Padding) -> LayerSpec {
        LayerSpec::Conv2d { filters, kernel, stride, padding }
    }

    fn plan(layers: Vec<LayerSpec>) -> Result<ModelPlan> {
        ModelSpec { layers }.plan(MNIST, 10, Loss::CrossEntropy)
    }

    #[test]
    fn the_small_cnn_has_the_shapes_and_parameters_of_keras() {
        let valid = Padding::Valid;
        let model = plan(vec![
            conv(16, 3, 1, valid),
            LayerSpec::Relu,
            LayerSpec::MaxPool2d { size: 2 },
            conv(32, 3, 1, valid),
            LayerSpec::Relu,
            LayerSpec::MaxPool2d { size: 2 },
            LayerSpec::Flatten,
            LayerSpec::Dense { units: 64 },
            LayerSpec::Relu,
        ])
        .unwrap();
        let shapes: Vec<String> = model.layers.iter().map(|layer| layer.output.to_string()).collect();
        assert_eq!(shapes, ["26×26×16", "26×26×16", "13×13×16", "11×11×32", "11×11×32", "5×5×32", "800", "64", "64", "10"]);
        // Keras' model.summary(): 160 + 4,640 + 51,264 + 650.
        assert_eq!(model.parameters(), 56_714);
        // 26·26·160 + 11·11·4,640 + 51,264 + 650, and ten for each of 33,818 outputs.
        assert_eq!(model.multiply_adds(), 721_514.0 + 338_180.0);
        let names: Vec<&str> = model.params().map(|param| param.name.as_str()).collect();
        assert_eq!(names[..3], ["conv2d_1/kernel", "conv2d_1/bias", "conv2d_2/kernel"]);
        assert_eq!(names[names.len() - 1], "output/bias");
    }

    #[test]
    fn same_padding_keeps_the_size_and_strides_round_up() {
        let model = plan(vec![conv(4, 5, 1, Padding::Same), conv(4, 3, 2, Padding::Same), LayerSpec::Flatten]).unwrap();
        assert_eq!(model.layers[0].output.to_string(), "28×28×4");
        assert_eq!(model.layers[1].output.to_string(), "14×14×4");
    }

    #[test]
    fn errors_name_the_layer_and_the_remedy() {
        let pool = || LayerSpec::MaxPool2d { size: 2 };
        for (layers, says) in [
            (vec![], "output layer: its input is an image, 28×28, not a vector; put a Flatten layer before it"),
            (vec![LayerSpec::Flatten, conv(8, 3, 1, Padding::Valid)], "layer 2 (Conv 2-D): its input is a vector of 784 numbers"),
            (
                vec![pool(), pool(), pool(), conv(8, 5, 1, Padding::Valid)],
                "layer 4 (Conv 2-D): kernel 5×5 is larger than its input 3×3; use a smaller kernel",
            ),
            (vec![conv(8, 4, 1, Padding::Same)], "padding \"same\" is not symmetric with a kernel of 4; use an odd kernel"),
            (vec![LayerSpec::Flatten, LayerSpec::Dense { units: 0 }], "layer 2 (Dense): its number of units is 0; use 1 to 16384"),
            (vec![LayerSpec::Flatten, LayerSpec::Dropout { rate: 1.0 }], "layer 2 (Dropout): its rate is 1"),
            (vec![conv(16_384, 3, 1, Padding::Valid)], "the model grows to"),
            (vec![LayerSpec::MaxPool2d { size: 40 }], "window 40×40 is larger than its input 28×28"),
        ] {
            let error = plan(layers.clone()).unwrap_err().to_string();
            assert!(error.contains(says), "{layers:?} says {error:?}, not {says:?}");
        }
        let relus = |count| [vec![LayerSpec::Flatten], vec![LayerSpec::Relu; count - 1]].concat();
        assert_eq!(plan(relus(MOST_LAYERS)).unwrap().layers.len(), MOST_LAYERS + 1, "and the output layer");
        assert_eq!(plan(relus(101)).unwrap_err().to_string(), "layer 101 (ReLU): the model has 101 layers; use at most 100");
        let two = ModelSpec { layers: vec![LayerSpec::Flatten] };
        assert!(two.plan(MNIST, 10, Loss::BinaryCrossEntropy).unwrap_err().message().contains("two classes"));
        assert_eq!(two.plan(MNIST, 2, Loss::BinaryCrossEntropy).unwrap().layers[1].output, SampleShape::Vector(1));
    }

    #[test]
    fn a_partial_plan_keeps_the_layers_that_fit() {
        let spec = ModelSpec { layers: vec![LayerSpec::Flatten, LayerSpec::Flatten, LayerSpec::MaxPool2d { size: 2 }] };
        let partial = spec.plan_partly(MNIST, 10, Loss::CrossEntropy);
        assert_eq!(partial.layers.len(), 2);
        assert_eq!(partial.error.unwrap().0, 2);
    }
}
