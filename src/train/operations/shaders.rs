//! The make of `emberscope-shaders` for Burn's WebGPU backend: buffers are bound and shaders launched, by Burn's own runtime.
//! Never here: shaders.

use super::graph::{LayerGradients, LayerPass, Make, PoolPass, PoolShape, Pooling, WeightedLayer};
use super::shapes::OptimizerStep;
use crate::domain::run::config::OptimizerSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{KernelMetadata, into_contiguous};
use burn::backend::{DType, TensorMetadata, Wgpu};
use burn::cubecl::ir::{ElemType, Scope, UIntKind, metadata::Info};
use burn::cubecl::prelude::{AddressType, ExecutionMode, KernelDefinition, KernelId, KernelSettings};
use burn::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn::cubecl::{CubeCount, CubeDim, CubeKernel, PrecompiledSource};
use burn::tensor::{Device, Tensor, TensorData};
use emberscope_shaders::optimizer::Method;
use emberscope_shaders::{Program, Shader, conv};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Numbers with a shape.
type Plain = FloatTensor<Wgpu>;

/// Whether tensors on `device` are those of WebGPU.
pub fn serve(device: &Device) -> bool {
    let one = Tensor::<1>::from_data(TensorData::new(vec![0.0_f32], [1]), &device.clone().without_autodiff());
    one.try_into_primitive::<Wgpu>().is_ok()
}

/// A program as Burn's runtime takes it. The runtime keeps what it compiled by the program, which says all that the text says.
struct Launch {
    program: Program,
    workgroup: CubeDim,
}

impl KernelMetadata for Launch {
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.program).cube_dim(self.workgroup.into()).mode(ExecutionMode::Unchecked)
    }

    fn address_type(&self) -> ElemType {
        UIntKind::U32.into()
    }
}

impl CubeKernel for Launch {
    fn define(&self) -> KernelDefinition {
        // The text below is all that is compiled; of this, the runtime takes the size of a workgroup.
        let settings = KernelSettings::new(self.workgroup.into(), ExecutionMode::Unchecked, AddressType::U32);
        KernelDefinition { body: Scope::root(settings.clone()), settings, info: Info::default() }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        let source = self.program.shader().text;
        Some(PrecompiledSource { source, entrypoint_name: "main".to_owned(), lang: "wgsl" })
    }
}

thread_local! {
    /// The shaders that were launched before: writing one takes longer than launching it.
    static KNOWN: RefCell<HashMap<Program, Rc<Shader>>> = RefCell::default();
}

/// Launches `program` with `inputs`, results of the given shapes, and `numbers` that change from launch to launch.
fn launch<const N: usize>(program: Program, inputs: &[&Plain], results: [&[usize]; N], numbers: &[f32]) -> [Plain; N] {
    let shader = KNOWN.with_borrow_mut(|known| known.entry(program).or_insert_with(|| Rc::new(program.shader())).clone());
    let Some(Plain { client, device, .. }) = inputs.first() else { unreachable!("every program reads something") };
    let results = results.map(|shape| {
        let memory = client.empty(4 * shape.iter().product::<usize>());
        Plain::new_contiguous(client.clone(), device.clone(), shape.to_vec().into(), memory, DType::F32)
    });
    let buffers = inputs.iter().map(|input| &input.handle).chain(results.iter().map(|result| &result.handle));
    let mut arguments = KernelArguments::new().with_buffers(buffers.map(|handle| handle.clone().binding()).collect());
    if !numbers.is_empty() {
        let bits = |number: Option<&f32>| u64::from(number.map_or(0, |number| number.to_bits()));
        let words = numbers.chunks(2).map(|pair| bits(pair.first()) | bits(pair.get(1)) << 32).collect();
        arguments = arguments.with_info(MetadataBindingInfo::custom(words));
    }
    let ([x, y, z], [groups_x, groups_y, groups_z]) = (shader.workgroup, shader.groups);
    let kernel = Launch { program, workgroup: CubeDim::new_3d(x, y, z) };
    client.launch(Box::new(kernel), CubeCount::Static(groups_x, groups_y, groups_z), arguments);
    results
}

/// Number of a tensor's numbers.
fn length(tensor: &Plain) -> usize {
    tensor.shape().num_elements()
}

/// A cross-entropy as its backward pass needs it.
#[derive(Clone, Debug)]
pub struct CrossEntropy {
    outputs: Plain,
    targets: Plain,
    samples: usize,
}

fn rows_and_classes(outputs: &Plain) -> (usize, usize) {
    let shape = outputs.shape();
    (shape[0], shape[1])
}

impl Make for Wgpu {
    type Loss = CrossEntropy;

    fn whole(tensor: Plain) -> Plain {
        into_contiguous(tensor)
    }

    fn layer(layer: WeightedLayer, x: &Plain, weights: &Plain, bias: &Plain) -> Plain {
        let [y] = match layer {
            WeightedLayer::Conv(of) => {
                let [packed] = launch(Program::ConvPack(of), &[weights], [&[conv::packed_length(of)]], &[]);
                launch(Program::Conv(of), &[x, &packed, bias], [&layer.output()], &[])
            }
            WeightedLayer::Dense(of) => launch(Program::Dense(of), &[x, weights, bias], [&layer.output()], &[]),
        };
        y
    }

    fn layer_backward(pass: LayerPass<Self>, gradient: Plain, wants_input: bool) -> LayerGradients<Self> {
        let LayerPass { layer, x, weights, y } = pass;
        let is_rectified = match layer {
            WeightedLayer::Conv(of) => of.is_rectified,
            WeightedLayer::Dense(of) => of.is_rectified,
        };
        let gradient = if is_rectified {
            let length = length(&y);
            let [before] = launch(Program::BeforeRectifier { length }, &[&y, &gradient], [&[length]], &[]);
            before
        } else {
            gradient
        };
        match layer {
            WeightedLayer::Conv(of) => {
                let [pieces] = launch(Program::ConvPieces(of), &[&x, &gradient], [&[conv::pieces_length(of)]], &[]);
                let [by_weights, bias] = launch(Program::ConvSum(of), &[&pieces], [&[length(&weights)], &[of.filters]], &[]);
                let input = wants_input.then(|| {
                    let packed = conv::packs_back(of).then(|| {
                        let [packed] = launch(Program::ConvPackBack(of), &[&weights], [&[conv::packed_length(conv::back(of))]], &[]);
                        packed
                    });
                    let inputs = [&gradient, packed.as_ref().unwrap_or(&weights)];
                    let [input] = launch(Program::ConvByInput(of), &inputs, [&layer.input()], &[]);
                    input
                });
                LayerGradients { input, weights: by_weights, bias }
            }
            WeightedLayer::Dense(of) => {
                let shapes: [&[usize]; 2] = [&[length(&weights)], &[of.units]];
                let [by_weights, bias] = launch(Program::DenseByWeights(of), &[&x, &gradient], shapes, &[]);
                let input = wants_input.then(|| {
                    let [input] = launch(Program::DenseByInput(of), &[&gradient, &weights], [&layer.input()], &[]);
                    input
                });
                LayerGradients { input, weights: by_weights, bias }
            }
        }
    }

    fn pool(pool: PoolShape, x: &Plain) -> Plain {
        let program = match pool.by {
            Pooling::Largest => Program::Largest(pool.images()),
            Pooling::Means => Program::Means(pool.images()),
        };
        let [y] = launch(program, &[x], [&pool.output()], &[]);
        y
    }

    fn pool_backward(pass: PoolPass<Self>, gradient: Plain) -> Plain {
        let PoolPass { pool, x, y } = pass;
        let [by_x] = match pool.by {
            Pooling::Largest => launch(Program::LargestBackward(pool.images()), &[&x, &y, &gradient], [&pool.input], &[]),
            Pooling::Means => launch(Program::MeansBackward(pool.images()), &[&gradient], [&pool.input], &[]),
        };
        by_x
    }

    fn cross_entropy(outputs: Plain, targets: Plain, samples: usize) -> (Plain, CrossEntropy) {
        let (rows, classes) = rows_and_classes(&outputs);
        let [loss] = launch(Program::CrossEntropy { rows, classes }, &[&outputs, &targets], [&[1]], &[1.0 / samples as f32]);
        (loss, CrossEntropy { outputs, targets, samples })
    }

    fn cross_entropy_backward(CrossEntropy { outputs, targets, samples }: CrossEntropy, factor: Plain) -> Plain {
        let (rows, classes) = rows_and_classes(&outputs);
        let program = Program::CrossEntropyBackward { rows, classes };
        let [gradient] = launch(program, &[&outputs, &targets, &factor], [&[rows, classes]], &[1.0 / samples as f32]);
        gradient
    }

    fn step(weight: Plain, gradient: Plain, means: Vec<Plain>, step: OptimizerStep) -> (Plain, Vec<Plain>) {
        let (length, is_first) = (length(&weight), means.is_empty());
        let rate = step.rate;
        let (method, numbers) = match *step.spec {
            OptimizerSpec::Sgd { momentum: 0.0, .. } => (Method::Sgd, vec![rate]),
            OptimizerSpec::Sgd { momentum, .. } => (Method::Momentum, vec![rate, momentum]),
            OptimizerSpec::Adam { beta1, beta2, epsilon, .. } | OptimizerSpec::AdamW { beta1, beta2, epsilon, .. } => {
                let [root, factor] = step.adam_factors(beta1, beta2);
                (Method::Adam, vec![factor, beta1, 1.0 - beta1, beta2, 1.0 - beta2, root, epsilon, step.kept()])
            }
            OptimizerSpec::Rmsprop { rho, epsilon, .. } => (Method::Rmsprop, vec![rate, rho, 1.0 - rho, epsilon]),
        };
        let numbers: Vec<f32> = numbers.into_iter().map(|number| number as f32).collect();
        let program = Program::Step { method, length, is_first: is_first && method.means() > 0 };
        let inputs: Vec<&Plain> = [&weight, &gradient].into_iter().chain(&means).collect();
        let shape = [length];
        match method.means() {
            0 => {
                let [moved] = launch(program, &inputs, [&shape], &numbers);
                (moved, Vec::new())
            }
            1 => {
                let [moved, mean] = launch(program, &inputs, [&shape; 2], &numbers);
                (moved, vec![mean])
            }
            _ => {
                let [moved, first, squares] = launch(program, &inputs, [&shape; 3], &numbers);
                (moved, vec![first, squares])
            }
        }
    }
}
