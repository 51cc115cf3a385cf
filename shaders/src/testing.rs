//! What the tests of the shaders share: a look at a shader as a browser has it.

use crate::Shader;

/// Fails where a browser would not take `shader`, with its text.
pub fn check(shader: &Shader) {
    let module = naga::front::wgsl::parse_str(&shader.text)
        .unwrap_or_else(|error| panic!("{}\n{}", error.emit_to_string(&shader.text), shader.text));
    let mut validator = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
    if let Err(error) = validator.validate(&module) {
        panic!("{error:?}\n{}", shader.text);
    }
    assert!(shader.groups.iter().all(|groups| (1..=65_535).contains(groups)), "{:?}", shader.groups);
    assert!(shader.workgroup.iter().product::<u32>() <= 256);
}

mod taken {
    use super::check;
    use crate::optimizer::Method;
    use crate::{conv, dense, elementwise, loss, pool};
    use emberscope_kernels::conv::Conv;
    use emberscope_kernels::dense::Dense;
    use emberscope_kernels::pool::Pool;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn dense_layers_of_any_shape(samples in 1_usize..70, inputs in 1_usize..40, units in 1_usize..40, is_rectified: bool) {
            let of = Dense { samples, inputs, units, is_rectified };
            [dense::forward(of), dense::by_weights(of), dense::by_input(of)].iter().for_each(check);
        }

        #[test]
        fn convolutions_of_any_shape(
            (samples, channels, filters) in (1_usize..5, 1_usize..6, 1_usize..20),
            (kernel, more, wider) in (1_usize..6, 0_usize..9, 0_usize..30),
            stride in 1_usize..4,
            is_padded: bool,
            is_rectified: bool,
        ) {
            let padding = if is_padded { kernel / 2 } else { 0 };
            let of = Conv { samples, channels, height: kernel + more, width: kernel + wider, filters, kernel, stride, padding, is_rectified };
            [conv::pack(of), conv::forward(of), conv::pieces_by_weights(of), conv::sum_of_pieces(of), conv::pack_back(of), conv::by_input(of)].iter().for_each(check);
        }

        #[test]
        fn poolings_of_any_shape(images in 1_usize..9, size in 1_usize..5, more in 0_usize..9, wider in 0_usize..9) {
            let of = Pool { images, height: size + more, width: size + wider, size };
            [pool::largest(of), pool::means(of), pool::largest_backward(of), pool::means_backward(of)].iter().for_each(check);
        }
    }

    #[test]
    fn the_rest() {
        for length in [1, 2, 4, 10, 4_000_000] {
            check(&elementwise::before_rectifier(length));
            for method in [Method::Sgd, Method::Momentum, Method::Adam, Method::Rmsprop] {
                check(&method.step(length, true));
                check(&method.step(length, false));
            }
        }
        check(&loss::cross_entropy(64, 10));
        check(&loss::cross_entropy_backward(64, 10));
    }
}
