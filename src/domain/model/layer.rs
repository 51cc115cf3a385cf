//! One layer as data, and the shape of its output for a given input.
//!
//! Parameters mean what they mean in the Keras layer of the same name, and have its defaults, but for three: leaky ReLU's
//! slope is 0.1 (Keras 0.3); batch norm's momentum and epsilon are PyTorch's; padding `same` puts as many zeros before the
//! image as behind it also where the stride is not 1, as PyTorch's `padding=kernel // 2` does.

use crate::domain::data::SampleShape;
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// The padding of a convolution at the border of its input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// No padding: the output is smaller than the input by `kernel - 1`.
    #[default]
    Valid,
    /// Zeros around the input, so that with stride 1 the output is as large as the input.
    Same,
}

fn one() -> usize {
    1
}

fn leaky_slope() -> f64 {
    0.1
}

/// One layer of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// Fully connected: every output is a weighted sum of every input, plus a bias.
    Dense {
        /// Number of outputs.
        units: usize,
    },
    /// 2-D convolution with square kernels and a bias a filter.
    Conv2d {
        /// Number of output channels.
        filters: usize,
        /// Side of the kernel, in pixels.
        kernel: usize,
        /// Step of the kernel, in pixels.
        #[serde(default = "one")]
        stride: usize,
        /// The padding at the border.
        #[serde(default)]
        padding: Padding,
    },
    /// Largest value of each `size`×`size` window; windows do not overlap, what is left over at the edge is dropped.
    MaxPool2d {
        /// Side of the window and its step, in pixels.
        size: usize,
    },
    /// Mean of each `size`×`size` window; windows do not overlap, what is left over at the edge is dropped.
    AvgPool2d {
        /// Side of the window and its step, in pixels.
        size: usize,
    },
    /// Normalises each feature (or channel) over the batch, then scales and shifts it by learned numbers. In
    /// evaluation running means are used (momentum 0.1, epsilon 1e-5, as in PyTorch).
    BatchNorm,
    /// Sets a random share of its inputs to zero while training and scales the rest up by `1 / (1 - rate)`.
    Dropout {
        /// The share that is dropped, in `[0, 1)`.
        rate: f64,
    },
    /// Turns an image into a vector, channel by channel, row by row.
    Flatten,
    /// The rectifier, `max(x, 0)`.
    Relu,
    /// The leaky rectifier: `x` where positive, `slope * x` elsewhere.
    LeakyRelu {
        /// The slope for negative inputs.
        #[serde(default = "leaky_slope")]
        slope: f64,
    },
    /// Hyperbolic tangent.
    Tanh,
    /// The logistic function, `1 / (1 + exp(-x))`.
    Sigmoid,
    /// Gaussian error linear unit, `x * Phi(x)` (Hendrycks and Gimpel 2016).
    Gelu,
}

/// Largest number of units, filters or kernel pixels that a layer may ask for. Far above what a browser trains in
/// a lesson, far below what overflows.
const MAX_UNITS: usize = 16_384;
const MAX_SIDE: usize = 64;

fn invalid(message: String, hint: impl AsRef<str>) -> Error {
    Error::new(Code::InvalidModel, message, hint)
}

fn check_count(what: &str, value: usize, max: usize) -> Result<()> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    Err(invalid(format!("{what} is {value}"), format!("use 1 to {max}")))
}

fn image(input: SampleShape) -> Result<(usize, usize, usize)> {
    match input {
        SampleShape::Image { channels, height, width } => Ok((channels, height, width)),
        SampleShape::Vector(n) => Err(invalid(
            format!("its input is a vector of {n} numbers, not an image"),
            "move it before Flatten and Dense, or choose image data",
        )),
    }
}

fn pooled(input: SampleShape, size: usize) -> Result<SampleShape> {
    let (channels, height, width) = image(input)?;
    check_count("its size", size, MAX_SIDE)?;
    if size > height || size > width {
        return Err(invalid(
            format!("window {size}×{size} is larger than its input {height}×{width}"),
            "use a smaller window, or pool less often before it",
        ));
    }
    Ok(SampleShape::Image { channels, height: height / size, width: width / size })
}

impl LayerSpec {
    /// One layer of each kind with usual parameters, for menus.
    pub fn menu() -> Vec<Self> {
        vec![
            Self::Dense { units: 64 },
            Self::Conv2d { filters: 16, kernel: 3, stride: 1, padding: Padding::Valid },
            Self::MaxPool2d { size: 2 },
            Self::AvgPool2d { size: 2 },
            Self::BatchNorm,
            Self::Dropout { rate: 0.25 },
            Self::Flatten,
            Self::Relu,
            Self::LeakyRelu { slope: leaky_slope() },
            Self::Tanh,
            Self::Sigmoid,
            Self::Gelu,
        ]
    }

    /// The name of the layer's kind on the page.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "Dense",
            Self::Conv2d { .. } => "Conv 2-D",
            Self::MaxPool2d { .. } => "Max pool",
            Self::AvgPool2d { .. } => "Average pool",
            Self::BatchNorm => "Batch norm",
            Self::Dropout { .. } => "Dropout",
            Self::Flatten => "Flatten",
            Self::Relu => "ReLU",
            Self::LeakyRelu { .. } => "Leaky ReLU",
            Self::Tanh => "Tanh",
            Self::Sigmoid => "Sigmoid",
            Self::Gelu => "GELU",
        }
    }

    /// The name of the layer's kind in series and weight names, as in Keras: `conv2d`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "dense",
            Self::Conv2d { .. } => "conv2d",
            Self::MaxPool2d { .. } => "max_pool2d",
            Self::AvgPool2d { .. } => "avg_pool2d",
            Self::BatchNorm => "batch_norm",
            Self::Dropout { .. } => "dropout",
            Self::Flatten => "flatten",
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Gelu => "gelu",
        }
    }

    /// The layer of the kind `kind`, with usual parameters; `None` for a kind that there is not.
    pub fn of_kind(kind: &str) -> Option<Self> {
        Self::menu().into_iter().find(|layer| layer.kind() == kind)
    }

    /// Whether it is a rectifier, whose units can die: zero for every sample.
    pub fn is_rectifier(&self) -> bool {
        matches!(self, Self::Relu | Self::LeakyRelu { .. })
    }

    /// The values near the two ends of a bounded activation's range: where it is beyond them it is flat; `None` for
    /// layers without such ends.
    pub fn flat_beyond(&self) -> Option<(f32, f32)> {
        match self {
            Self::Tanh => Some((-0.99, 0.99)),
            Self::Sigmoid => Some((0.01, 0.99)),
            _ => None,
        }
    }

    /// Whether it is an activation that saturates: flat at the ends of its range.
    pub fn saturates(&self) -> bool {
        self.flat_beyond().is_some()
    }

    /// The shape of the output for an input of shape `input`.
    ///
    /// # Errors
    /// [`Code::InvalidModel`] when this layer cannot take that input, with the remedy.
    pub fn output_shape(&self, input: SampleShape) -> Result<SampleShape> {
        match *self {
            Self::Dense { units } => {
                check_count("its number of units", units, MAX_UNITS)?;
                match input {
                    SampleShape::Vector(_) => Ok(SampleShape::Vector(units)),
                    SampleShape::Image { .. } => {
                        Err(invalid(format!("its input is an image, {input}, not a vector"), "put a Flatten layer before it"))
                    }
                }
            }
            Self::Conv2d { filters, kernel, stride, padding } => {
                let (_, height, width) = image(input)?;
                check_count("its number of filters", filters, MAX_UNITS)?;
                check_count("its kernel", kernel, MAX_SIDE)?;
                check_count("its stride", stride, MAX_SIDE)?;
                let pad = match padding {
                    Padding::Valid => 0,
                    Padding::Same if kernel % 2 == 0 => {
                        return Err(invalid(
                            format!("padding \"same\" is not symmetric with a kernel of {kernel}"),
                            "use an odd kernel, or padding \"valid\"",
                        ));
                    }
                    Padding::Same => kernel / 2,
                };
                if kernel > height + 2 * pad || kernel > width + 2 * pad {
                    return Err(invalid(
                        format!("kernel {kernel}×{kernel} is larger than its input {height}×{width}"),
                        "use a smaller kernel, fewer pools before it, or padding \"same\"",
                    ));
                }
                let out = |side: usize| (side + 2 * pad - kernel) / stride + 1;
                Ok(SampleShape::Image { channels: filters, height: out(height), width: out(width) })
            }
            Self::MaxPool2d { size } | Self::AvgPool2d { size } => pooled(input, size),
            Self::Dropout { rate } => {
                if (0.0..1.0).contains(&rate) {
                    Ok(input)
                } else {
                    Err(invalid(format!("its rate is {rate}"), "use 0 up to, but not including, 1"))
                }
            }
            Self::LeakyRelu { slope } => {
                if slope.is_finite() && (0.0..=1.0).contains(&slope) {
                    Ok(input)
                } else {
                    Err(invalid(format!("its slope is {slope}"), "use 0 to 1"))
                }
            }
            Self::Flatten => Ok(SampleShape::Vector(input.len())),
            Self::BatchNorm | Self::Relu | Self::Tanh | Self::Sigmoid | Self::Gelu => Ok(input),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_says_itself_what_can_go_wrong_with_it() {
        for layer in LayerSpec::menu() {
            assert_eq!(LayerSpec::of_kind(layer.kind()), Some(layer.clone()));
            assert_eq!(layer.is_rectifier(), ["relu", "leaky_relu"].contains(&layer.kind()), "{layer:?}");
            assert_eq!(layer.saturates(), ["tanh", "sigmoid"].contains(&layer.kind()), "{layer:?}");
        }
        assert_eq!(LayerSpec::of_kind("prelu"), None);
    }
}
