//! Pooling of images by windows that touch and do not overlap: the largest number of each, or the mean.

/// The sides of a pooling. Images are stored channel by channel, row by row; samples and channels are all alike here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pool {
    /// Number of images: samples times channels.
    pub images: usize,
    /// Number of rows of an image.
    pub height: usize,
    /// Number of columns of an image.
    pub width: usize,
    /// Side of the window.
    pub size: usize,
}

/// The larger one; not a number wins, that it can be found.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    let larger = if b > a { b } else { a };
    if b.is_nan() { b } else { larger }
}

impl Pool {
    /// Number of rows and columns of an output; what is left of an image at its right and lower edge belongs to no window.
    pub fn output(&self) -> [usize; 2] {
        [self.height / self.size, self.width / self.size]
    }

    /// The largest number of each window of `x` `[images, height, width]`.
    pub fn largest(&self, x: &[f32]) -> Vec<f32> {
        let [height, width] = self.output();
        let mut y = vec![0.0; self.images * height * width];
        let rows = x.chunks_exact(self.height * self.width).flat_map(|image| image.chunks_exact(self.size * self.width).take(height));
        for (rows, y) in rows.zip(y.chunks_exact_mut(width.max(1))) {
            if self.size == 2 {
                let (upper, lower) = rows.split_at(self.width);
                largest_of_two(&upper[..2 * width], &lower[..2 * width], y);
                continue;
            }
            for (column, y) in y.iter_mut().enumerate() {
                let window = rows.chunks_exact(self.width).flat_map(|row| &row[column * self.size..][..self.size]);
                *y = window.copied().fold(f32::NEG_INFINITY, larger);
            }
        }
        y
    }

    /// The gradients by `x` from those by the outputs `y`: each goes to the first number of its window that is the largest.
    pub fn largest_backward(&self, x: &[f32], y: &[f32], gradient: &[f32]) -> Vec<f32> {
        let [height, width] = self.output();
        let mut by_x = vec![0.0; x.len()];
        let image = self.height * self.width;
        let images = x.chunks_exact(image).zip(by_x.chunks_exact_mut(image));
        let outputs = y.chunks_exact((height * width).max(1)).zip(gradient.chunks_exact((height * width).max(1)));
        for ((x, by_x), (y, gradient)) in images.zip(outputs) {
            if self.size == 2 {
                let rows = x.chunks_exact(2 * self.width).zip(by_x.chunks_exact_mut(2 * self.width));
                for ((x, by_x), (y, gradient)) in rows.zip(y.chunks_exact(width).zip(gradient.chunks_exact(width))) {
                    let (upper, lower) = x.split_at(self.width);
                    let (by_upper, by_lower) = by_x.split_at_mut(self.width);
                    let [upper, lower] = [upper, lower].map(|row| &row[..2 * width]);
                    back_by_two([upper, lower], &mut by_upper[..2 * width], &mut by_lower[..2 * width], y, gradient);
                }
                continue;
            }
            for (place, (y, gradient)) in y.iter().zip(gradient).enumerate() {
                let corner = place / width * self.size * self.width + place % width * self.size;
                let mut places = (0..self.size * self.size).map(|at| corner + at / self.size * self.width + at % self.size);
                if let Some(at) = places.find(|&at| x[at] == *y) {
                    by_x[at] = *gradient;
                }
            }
        }
        by_x
    }
}

impl Pool {
    /// The mean of each window of `x` `[images, height, width]`.
    pub fn means(&self, x: &[f32]) -> Vec<f32> {
        let [height, width] = self.output();
        let mut y = vec![0.0; self.images * height * width];
        let rows = x.chunks_exact(self.height * self.width).flat_map(|image| image.chunks_exact(self.size * self.width).take(height));
        for (rows, y) in rows.zip(y.chunks_exact_mut(width.max(1))) {
            for row in rows.chunks_exact(self.width) {
                for (y, window) in y.iter_mut().zip(row.chunks_exact(self.size)) {
                    *y += window.iter().sum::<f32>();
                }
            }
            for y in y {
                *y /= (self.size * self.size) as f32;
            }
        }
        y
    }

    /// The gradients by the input from those by the means: each in equal parts to the numbers of its window.
    pub fn means_backward(&self, gradient: &[f32]) -> Vec<f32> {
        let [height, width] = self.output();
        let mut by_x = vec![0.0; self.images * self.height * self.width];
        let rows =
            by_x.chunks_exact_mut(self.height * self.width).flat_map(|image| image.chunks_exact_mut(self.size * self.width).take(height));
        for (rows, gradient) in rows.zip(gradient.chunks_exact(width.max(1))) {
            for row in rows.chunks_exact_mut(self.width) {
                for (window, gradient) in row.chunks_exact_mut(self.size).zip(gradient) {
                    window.fill(gradient / (self.size * self.size) as f32);
                }
            }
        }
        by_x
    }
}

/// The largest numbers of a row of windows of two by two.
#[inline(always)]
fn largest_of_two(upper: &[f32], lower: &[f32], y: &mut [f32]) {
    let (vectors, rest) = y.as_chunks_mut::<4>();
    let (uppers, upper_rest) = upper.as_chunks::<8>();
    let (lowers, lower_rest) = lower.as_chunks::<8>();
    for (y, (upper, lower)) in vectors.iter_mut().zip(uppers.iter().zip(lowers)) {
        let upright: [f32; 8] = std::array::from_fn(|at| larger(upper[at], lower[at]));
        *y = std::array::from_fn(|at| larger(upright[2 * at], upright[2 * at + 1]));
    }
    for (y, (upper, lower)) in rest.iter_mut().zip(upper_rest.as_chunks::<2>().0.iter().zip(lower_rest.as_chunks::<2>().0)) {
        *y = larger(larger(upper[0], lower[0]), larger(upper[1], lower[1]));
    }
}

/// The gradients of a row of windows of two by two. Without branches: the largest stands anywhere, and nothing foretells where.
#[inline(always)]
fn back_by_two([upper, lower]: [&[f32]; 2], by_upper: &mut [f32], by_lower: &mut [f32], y: &[f32], gradient: &[f32]) {
    let count = y.len();
    let (upper, lower) = (&upper[..2 * count], &lower[..2 * count]);
    let (by_upper, by_lower) = (&mut by_upper[..2 * count], &mut by_lower[..2 * count]);
    let gradient = &gradient[..count];
    for at in 0..count {
        let (largest, gradient) = (y[at], gradient[at]);
        let given = |hit: bool| if hit { gradient } else { 0.0 };
        let [first, second, third, fourth] =
            [upper[2 * at] == largest, upper[2 * at + 1] == largest, lower[2 * at] == largest, lower[2 * at + 1] == largest];
        by_upper[2 * at] = given(first);
        by_upper[2 * at + 1] = given(second & !first);
        by_lower[2 * at] = given(third & !(first | second));
        by_lower[2 * at + 1] = given(fourth & !(first | second | third));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_largest_of_each_window_has_its_gradient(images in 1_usize..4, height in 2_usize..12, width in 2_usize..12, size in 2_usize..4, seed in 0_usize..50) {
            prop_assume!(height >= size && width >= size);
            let pool = Pool { images, height, width, size };
            // Few different numbers, so that many windows have two of the largest.
            let x: Vec<f32> = (0..images * height * width).map(|i| ((i * 31 + seed * 7) % 11) as f32 - 5.0).collect();
            let y = pool.largest(&x);
            let gradient: Vec<f32> = (0..y.len()).map(|i| i as f32 + 1.0).collect();
            let by_x = pool.largest_backward(&x, &y, &gradient);
            let [rows, columns] = pool.output();
            let mut right = vec![0.0; x.len()];
            for (place, &y) in y.iter().enumerate() {
                let (image, row, column) = (place / (rows * columns), place / columns % rows, place % columns);
                let mut best: Option<usize> = None;
                for ky in 0..size {
                    for kx in 0..size {
                        let at = (image * height + row * size + ky) * width + column * size + kx;
                        if best.is_none_or(|best| x[at] > x[best]) {
                            best = Some(at);
                        }
                    }
                }
                let best = best.unwrap();
                prop_assert_eq!(x[best], y);
                right[best] = gradient[place];
            }
            prop_assert_eq!(by_x, right);
        }
    }

    #[test]
    fn means_share_their_gradient() {
        let pool = Pool { images: 1, height: 3, width: 5, size: 2 };
        let x: Vec<f32> = (0..15).map(|i| i as f32).collect();
        assert_eq!(pool.means(&x), [3.0, 5.0]);
        assert_eq!(pool.means_backward(&[4.0, 8.0]), [1., 1., 2., 2., 0., 1., 1., 2., 2., 0., 0., 0., 0., 0., 0.]);
    }

    #[test]
    fn what_is_not_a_number_is_not_lost() {
        for at in 0..9 {
            for size in [2, 3] {
                let mut x = vec![1.0; 9];
                x[at] = f32::NAN;
                let is_inside = at / 3 < size && at % 3 < size;
                let y = Pool { images: 1, height: 3, width: 3, size }.largest(&x);
                assert_eq!(y[0].is_nan(), is_inside, "{at} {size}");
            }
        }
    }
}
