//! Convolutions of images with a bias, with or without a rectifier behind them.
//!
//! A convolution is a product whose second matrix has a row for each place in the window and a column for each place in the
//! output. That matrix is never made: its tiles are laid out from the image, and for the gradient by the weights its rows are the
//! image itself, read from another place on, beside the gradient with gaps as wide as the rows differ. The gradient by the
//! input is a convolution of that by the output. Where windows move by more than one, the gradients are those of windows that
//! move by one and of which only some have a gradient: simple, and not the fastest way.

use crate::layer::{Gradients, Layer, before_rectifier};
use crate::matrix::{COLUMNS, LANES, Left, Matrix, Rows, Start, add_products_of_rows, sum_lanes};

/// The sides of a convolution on a batch. Images are stored channel by channel, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv {
    /// Number of samples.
    pub samples: usize,
    /// Number of channels of the input.
    pub channels: usize,
    /// Number of rows of the input.
    pub height: usize,
    /// Number of columns of the input.
    pub width: usize,
    /// Number of channels of the output.
    pub filters: usize,
    /// Side of the window.
    pub kernel: usize,
    /// The distance from one window to the next.
    pub stride: usize,
    /// Number of zeros around the input, on each side; less than the side of the window.
    pub padding: usize,
    /// Whether a rectifier follows.
    pub is_rectified: bool,
}

impl Conv {
    /// Number of rows and columns of the output.
    pub fn output(&self) -> [usize; 2] {
        [self.height, self.width].map(|side| (side + 2 * self.padding - self.kernel) / self.stride + 1)
    }

    fn places(&self) -> usize {
        let [height, width] = self.output();
        height * width
    }

    fn window(&self) -> usize {
        self.channels * self.kernel * self.kernel
    }

    fn image(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Number of columns of an image with its padding.
    fn row(&self) -> usize {
        self.width + 2 * self.padding
    }

    /// Room for an image with its padding: zeros, and some more behind it that tiles may read.
    fn room(&self) -> Vec<f32> {
        vec![0.0; self.channels * (self.height + 2 * self.padding) * self.row() + COLUMNS]
    }

    /// Puts an image into its room.
    fn place(&self, image: &[f32], room: &mut [f32]) {
        if self.padding == 0 {
            return room[..image.len()].copy_from_slice(image);
        }
        let rows = image.chunks_exact(self.width);
        for (at, row) in rows.enumerate() {
            let (channel, y) = (at / self.height, at % self.height);
            let start = (channel * (self.height + 2 * self.padding) + y + self.padding) * self.row() + self.padding;
            room[start..][..self.width].copy_from_slice(row);
        }
    }

    /// The place of each number of the first window in the room.
    fn offsets(&self) -> Vec<usize> {
        let sides = (0..self.channels).flat_map(|channel| (0..self.kernel).map(move |ky| [channel, ky]));
        let row = |[channel, ky]: [usize; 2]| (channel * (self.height + 2 * self.padding) + ky) * self.row();
        sides.flat_map(|side| (0..self.kernel).map(move |kx| row(side) + kx)).collect()
    }

    /// The gradients at the places of windows that move by one: zero where these ones have none.
    fn spread(&self, gradient: &[f32]) -> Vec<f32> {
        let ([_, width], [all_height, all_width]) = (self.output(), Self { stride: 1, ..*self }.output());
        let mut all = vec![0.0; self.samples * self.filters * all_height * all_width];
        for (from, to) in gradient.chunks_exact(self.places()).zip(all.chunks_exact_mut(all_height * all_width)) {
            for (row, to) in from.chunks_exact(width).zip(to.chunks_exact_mut(all_width).step_by(self.stride)) {
                for (x, to) in row.iter().zip(to.iter_mut().step_by(self.stride)) {
                    *to = *x;
                }
            }
        }
        all
    }

    /// The weights of the convolution that leads back: `[channels, filters, kernel, kernel]`, each window turned by half a turn.
    fn turned(&self, weights: &[f32]) -> Vec<f32> {
        let area = self.kernel * self.kernel;
        let windows = (0..self.channels).flat_map(|channel| (0..self.filters).map(move |filter| filter * self.channels + channel));
        windows.flat_map(|window| weights[window * area..][..area].iter().rev().copied()).collect()
    }

    /// The gradient by the weights: for each number of the window the product of the image, from there on, with the gradient.
    fn by_weights(&self, x: &[f32], gradient: &[f32]) -> Vec<f32> {
        let ([height, width], places) = (self.output(), self.places());
        let (mut room, offsets) = (self.room(), self.offsets());
        let common = ((height - 1) * self.row() + width).next_multiple_of(LANES);
        let mut with_gaps = vec![0.0; self.filters * common];
        let starts: Vec<usize> = (0..self.filters).map(|filter| filter * common).collect();
        let mut sums = vec![[0.0; LANES]; self.filters * self.window()];
        for (x, gradient) in x.chunks_exact(self.image()).zip(gradient.chunks_exact(self.filters * places)) {
            self.place(x, &mut room);
            for (image, with_gaps) in gradient.chunks_exact(places).zip(with_gaps.chunks_exact_mut(common)) {
                for (row, place) in image.chunks_exact(width).zip(with_gaps.chunks_mut(self.row())) {
                    place[..width].copy_from_slice(row);
                }
            }
            let (gradient, image) = (Rows { numbers: &with_gaps, starts: &starts }, Rows { numbers: &room, starts: &offsets });
            add_products_of_rows(gradient, image, common, &mut sums);
        }
        sum_lanes(&sums)
    }
}

impl Layer for Conv {
    /// The outputs `[samples, filters, height, width]` for `x` `[samples, channels, height, width]`, `weights`
    /// `[filters, channels, kernel, kernel]` and `bias` `[filters]`.
    fn forward(&self, x: &[f32], weights: &[f32], bias: &[f32]) -> Vec<f32> {
        let (places, window) = (self.places(), self.window());
        let (mut room, offsets) = (self.room(), self.offsets());
        let mut y = vec![0.0; self.samples * self.filters * places];
        let weights = Left::new(Matrix::new(weights, window), self.filters, window);
        let tiles: Vec<Tile> = (0..places).step_by(COLUMNS).map(|first| Tile::new(self, first)).collect();
        for (x, y) in x.chunks_exact(self.image()).zip(y.chunks_exact_mut(self.filters * places)) {
            self.place(x, &mut room);
            let lay_out = |[from, to]: [usize; 2], first: usize, panel: &mut Vec<_>| {
                tiles[first / COLUMNS].lay_out(&room, &offsets[from..to], panel);
            };
            weights.times_laid_out(lay_out, places, Start::Rows(bias), self.is_rectified, y);
        }
        y
    }

    fn backward(&self, x: &[f32], weights: &[f32], y: &[f32], gradient: &[f32], wants_input: bool) -> Gradients {
        let gradient = &before_rectifier(self.is_rectified, gradient, y);
        if self.stride > 1 {
            let all = Self { stride: 1, is_rectified: false, ..*self };
            return all.backward(x, weights, &[], &self.spread(gradient), wants_input);
        }
        let mut bias = vec![0.0; self.filters];
        for (at, image) in gradient.chunks_exact(self.places()).enumerate() {
            bias[at % self.filters] += sum(image);
        }
        let input = wants_input.then(|| {
            let [height, width] = self.output();
            let (channels, filters, padding) = (self.filters, self.channels, self.kernel - 1 - self.padding);
            let back = Self { channels, filters, height, width, padding, is_rectified: false, ..*self };
            back.forward(gradient, &self.turned(weights), &vec![0.0; filters])
        });
        Gradients { input, weights: self.by_weights(x, gradient), bias }
    }

    fn input(&self) -> Vec<usize> {
        vec![self.samples, self.channels, self.height, self.width]
    }
}

/// The places of one tile's columns in the room of an image, for the first number of the window.
enum Tile {
    /// One behind the other.
    Row(usize),
    /// In two rows: so many in the first, which begins at the first place; the second as if it had begun so many before.
    Rows { count: usize, starts: [usize; 2] },
    /// Anywhere.
    Places([usize; COLUMNS]),
}

impl Tile {
    fn new(conv: &Conv, first: usize) -> Self {
        let [_, width] = conv.output();
        let last = conv.places() - 1;
        // Columns behind the last place are laid out as the last one, and never stored.
        let places: [usize; COLUMNS] = std::array::from_fn(|n| {
            let place = (first + n).min(last);
            (place / width * conv.row() + place % width) * conv.stride
        });
        let is_next = |n: usize| first + n > last || places[n] == places[0] + n;
        let Some(count) = (1..COLUMNS).find(|&n| !is_next(n)) else { return Self::Row(places[0]) };
        let is_second = |n: usize| first + n > last || places[n] + count == places[count] + n;
        match places[count].checked_sub(count) {
            Some(second) if (count..COLUMNS).all(is_second) => Self::Rows { count, starts: [places[0], second] },
            _ => Self::Places(places),
        }
    }

    /// Pushes the numbers of the tile for each of the `offsets` of the window.
    #[inline(always)]
    fn lay_out(&self, room: &[f32], offsets: &[usize], panel: &mut Vec<[f32; COLUMNS]>) {
        match self {
            Self::Row(start) => panel.extend(offsets.iter().map(|offset| eight(room, start + offset))),
            Self::Rows { count, starts: [first, second] } => {
                let is_first: [bool; COLUMNS] = std::array::from_fn(|n| n < *count);
                panel.extend(offsets.iter().map(|offset| {
                    let (first, second) = (eight(room, first + offset), eight(room, second + offset));
                    std::array::from_fn(|n| if is_first[n] { first[n] } else { second[n] })
                }));
            }
            Self::Places(places) => panel.extend(offsets.iter().map(|offset| places.map(|place| room[place + offset]))),
        }
    }
}

#[inline(always)]
fn eight(room: &[f32], from: usize) -> [f32; COLUMNS] {
    room[from..].first_chunk().copied().unwrap_or_default()
}

/// The sum of numbers, by vectors.
#[inline(always)]
fn sum(row: &[f32]) -> f32 {
    let (vectors, rest) = row.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for vector in vectors {
        for lane in 0..LANES {
            sums[lane] += vector[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest.iter().sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(length: usize, seed: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 53 + seed * 17) % 29) as f32 / 10.0 - 1.4).collect()
    }

    /// Number by number, as the definition says.
    fn naive(conv: &Conv, x: &[f32], weights: &[f32], bias: &[f32]) -> Vec<f64> {
        let [height, width] = conv.output();
        let mut y = Vec::new();
        for sample in 0..conv.samples {
            for filter in 0..conv.filters {
                for place in 0..height * width {
                    let (top, left) = (place / width * conv.stride, place % width * conv.stride);
                    let mut sum = f64::from(bias[filter]);
                    for (at, weight) in weights[filter * conv.window()..][..conv.window()].iter().enumerate() {
                        let (channel, ky, kx) = (at / (conv.kernel * conv.kernel), at / conv.kernel % conv.kernel, at % conv.kernel);
                        let (row, column) = ((top + ky).wrapping_sub(conv.padding), (left + kx).wrapping_sub(conv.padding));
                        if row < conv.height && column < conv.width {
                            let x = x[((sample * conv.channels + channel) * conv.height + row) * conv.width + column];
                            sum += f64::from(*weight) * f64::from(x);
                        }
                    }
                    y.push(if conv.is_rectified { sum.max(0.0) } else { sum });
                }
            }
        }
        y
    }

    proptest! {
        #[test]
        fn outputs_are_the_definition_and_gradients_its_slopes(
            samples in 1_usize..4, channels in 1_usize..4, height in 3_usize..9, width in 3_usize..22, filters in 1_usize..6,
            kernel in 1_usize..4, stride in 1_usize..4, padding in 0_usize..3, is_rectified: bool, seed in 0_usize..40,
        ) {
            let conv = Conv { samples, channels, height, width, filters, kernel, stride, padding: padding.min(kernel - 1), is_rectified };
            let x = numbers(samples * conv.image(), seed);
            let weights = numbers(filters * conv.window(), seed + 1);
            let bias = numbers(filters, seed + 2);
            let y = conv.forward(&x, &weights, &bias);
            let right = naive(&conv, &x, &weights, &bias);
            prop_assert_eq!(y.len(), right.len());
            for (y, right) in y.iter().zip(&right) {
                prop_assert!((f64::from(*y) - right).abs() < 1e-4 * (1.0 + right.abs()), "{} {}", y, right);
            }

            // The sum of the outputs with given factors; where an output stands at the kink its slope is not asked for.
            let gradient: Vec<f32> = numbers(y.len(), seed + 3).iter().zip(&y).map(|(g, &y)| if y.abs() < 0.02 { 0.0 } else { *g }).collect();
            let linear = Conv { is_rectified: false, ..conv };
            let mask: Vec<f64> = y.iter().map(|&y| if is_rectified && y <= 0.0 { 0.0 } else { 1.0 }).collect();
            let value = |x: &[f32], weights: &[f32], bias: &[f32]| -> f64 {
                naive(&linear, x, weights, bias).iter().zip(&gradient).zip(&mask).map(|((y, g), mask)| y * f64::from(*g) * mask).sum()
            };
            let got = conv.backward(&x, &weights, &y, &gradient, true);
            // The value is linear in each argument: any step gives the slope.
            let check = |got: &[f32], at: usize, moved: &dyn Fn(f32) -> f64| {
                let right = moved(1.0) - moved(0.0);
                assert!((f64::from(got[at]) - right).abs() < 1e-3 * (1.0 + right.abs()), "{} {right}", got[at]);
            };
            let moved = |numbers: &[f32], at: usize, by: f32| { let mut numbers = numbers.to_vec(); numbers[at] += by; numbers };
            for at in (0..weights.len()).step_by(1 + weights.len() / 8) {
                check(&got.weights, at, &|by| value(&x, &moved(&weights, at, by), &bias));
            }
            for at in 0..filters {
                check(&got.bias, at, &|by| value(&x, &weights, &moved(&bias, at, by)));
            }
            let input = got.input.unwrap_or_default();
            for at in (0..x.len()).step_by(1 + x.len() / 8) {
                check(&input, at, &|by| value(&moved(&x, at, by), &weights, &bias));
            }
        }
    }
}
