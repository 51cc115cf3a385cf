//! A drawing as a sample: cut out, scaled and centred as the digits of MNIST are.
//!
//! By the words of its makers (yann.lecun.com/exdb/mnist): scaled to fit a box of 20 by 20 pixels with its proportions, then
//! placed so that its centre of mass is the centre of the 28 by 28 field. Never here: canvases.

/// The share of the field's side that a drawing is scaled to: 20 of 28 pixels.
const BOX: f64 = 20.0 / 28.0;
/// The brightness from which on a pixel belongs to the drawing.
const INK: f32 = 0.08;

/// A picture in shades of grey: brightness 0 to 1, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Number of columns.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
    /// The brightness of each pixel.
    pub values: Vec<f32>,
}

impl Picture {
    fn at(&self, column: usize, row: usize) -> f32 {
        self.values.get(row * self.width + column).copied().unwrap_or(0.0)
    }

    /// The corners of what is drawn: left, top, and the ends to the right and below; `None` for an empty picture.
    fn bounds(&self) -> Option<[usize; 4]> {
        let inked = (0..self.width * self.height).filter(|&pixel| self.values.get(pixel).is_some_and(|&value| value > INK));
        inked.fold(None, |bounds, pixel| {
            let (column, row) = (pixel % self.width, pixel / self.width);
            let [left, top, right, bottom] = bounds.unwrap_or([column, row, column, row]);
            Some([left.min(column), top.min(row), right.max(column + 1), bottom.max(row + 1)])
        })
    }

    /// The mean brightness of the part between `from` and `to`, given in pixels and fractions; outside is dark.
    fn mean(&self, from: (f64, f64), to: (f64, f64)) -> f32 {
        let cells = |from: f64, to: f64, most: usize| (from.floor().max(0.0) as usize)..(to.ceil().max(0.0) as usize).min(most);
        let share = |cell: usize, from: f64, to: f64| ((cell as f64 + 1.0).min(to) - (cell as f64).max(from)).max(0.0);
        let mut sum = 0.0;
        for row in cells(from.1, to.1, self.height) {
            let of_row = share(row, from.1, to.1);
            for column in cells(from.0, to.0, self.width) {
                sum += f64::from(self.at(column, row)) * of_row * share(column, from.0, to.0);
            }
        }
        (sum / ((to.0 - from.0) * (to.1 - from.1)).max(1e-12)) as f32
    }

    /// The whole picture at another size, its proportions kept, in the middle of `width` by `height` pixels.
    #[must_use]
    pub fn fitted(&self, width: usize, height: usize) -> Self {
        let scale = (self.width as f64 / width.max(1) as f64).max(self.height as f64 / height.max(1) as f64);
        let (left, top) = ((self.width as f64 - width as f64 * scale) / 2.0, (self.height as f64 - height as f64 * scale) / 2.0);
        self.resampled(width, height, (left, top), scale)
    }

    /// `width` by `height` pixels, each the mean of `scale` by `scale` pixels of this one, from `corner` on.
    fn resampled(&self, width: usize, height: usize, corner: (f64, f64), scale: f64) -> Self {
        let values = (0..width * height)
            .map(|pixel| {
                let (x, y) = (corner.0 + (pixel % width) as f64 * scale, corner.1 + (pixel / width) as f64 * scale);
                self.mean((x, y), (x + scale, y + scale))
            })
            .collect();
        Self { width, height, values }
    }

    /// The drawing as a sample of `width` by `height` pixels, scaled and centred as MNIST's digits are; `None` when nothing is
    /// drawn.
    pub fn as_digit(&self, width: usize, height: usize) -> Option<Self> {
        let [left, top, right, bottom] = self.bounds()?;
        let longest = (right - left).max(bottom - top) as f64;
        let scale = longest / (width.min(height) as f64 * BOX).max(1.0);
        let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
        for row in top..bottom {
            for column in left..right {
                let value = f64::from(self.at(column, row));
                mass += value;
                x += value * (column as f64 + 0.5);
                y += value * (row as f64 + 0.5);
            }
        }
        // The centre of mass becomes the centre of the field.
        let corner = (x / mass - width as f64 * scale / 2.0, y / mass - height as f64 * scale / 2.0);
        Some(self.resampled(width, height, corner, scale))
    }

    /// The picture with dark and bright swapped where its border is bright: paper is, and the background of samples is not.
    #[must_use]
    pub fn with_dark_background(mut self) -> Self {
        let is_border = |pixel: usize| {
            let (column, row) = (pixel % self.width.max(1), pixel / self.width.max(1));
            column == 0 || row == 0 || column + 1 == self.width || row + 1 == self.height
        };
        let border: Vec<f32> = (0..self.values.len()).filter(|&pixel| is_border(pixel)).map(|pixel| self.values[pixel]).collect();
        if border.iter().sum::<f32>() > 0.5 * border.len() as f32 {
            self.values.iter_mut().for_each(|value| *value = 1.0 - *value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bar(left: usize, top: usize, width: usize, height: usize) -> Picture {
        let inside = |pixel: usize| (left..left + width).contains(&(pixel % 280)) && (top..top + height).contains(&(pixel / 280));
        Picture { width: 280, height: 280, values: (0..280 * 280).map(|pixel| f32::from(u8::from(inside(pixel)))).collect() }
    }

    fn centre(picture: &Picture) -> (f64, f64) {
        let mass: f64 = picture.values.iter().map(|&value| f64::from(value)).sum();
        let sum = |of: &dyn Fn(usize) -> usize| -> f64 {
            picture.values.iter().enumerate().map(|(pixel, &value)| f64::from(value) * (of(pixel) as f64 + 0.5)).sum()
        };
        (sum(&|pixel| pixel % picture.width) / mass, sum(&|pixel| pixel / picture.width) / mass)
    }

    #[test]
    fn a_drawing_fills_twenty_pixels_around_its_centre_of_mass() {
        // Anywhere and of any size: a bar of 3 to 1 becomes one of 20 to 6.7 pixels.
        for drawing in [bar(10, 10, 30, 90), bar(200, 40, 70, 210)] {
            let digit = drawing.as_digit(28, 28).unwrap();
            let [left, top, right, bottom] = digit.bounds().unwrap();
            assert_eq!(bottom - top, 20, "{digit:?}");
            assert!((7..=8).contains(&(right - left)), "{left} to {right}");
            let (x, y) = centre(&digit);
            assert!((x - 14.0).abs() < 0.05 && (y - 14.0).abs() < 0.05, "{x} {y}");
        }
        assert_eq!(bar(0, 0, 0, 0).as_digit(28, 28), None);
    }

    #[test]
    fn paper_becomes_dark() {
        let paper = Picture { width: 3, height: 3, values: vec![1.0, 1.0, 1.0, 1.0, 0.1, 1.0, 1.0, 1.0, 1.0] };
        assert!((paper.with_dark_background().values[4] - 0.9).abs() < 1e-6);
        let dark = Picture { width: 3, height: 3, values: vec![0.0, 0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0, 0.0] };
        assert_eq!(dark.clone().with_dark_background(), dark);
    }

    proptest! {
        #[test]
        fn no_picture_is_too_strange(
            width in 0..20_usize, height in 0..20_usize, length in 0..400_usize, to in 1..30_usize, value in -1.0..2.0_f32,
        ) {
            let picture = Picture { width, height, values: vec![value; length] };
            prop_assert_eq!(picture.fitted(to, to).values.len(), to * to);
            let digit = picture.with_dark_background().as_digit(to, to);
            prop_assert!(digit.is_none_or(|digit| digit.values.len() == to * to && digit.values.iter().all(|value| value.is_finite())));
        }

        #[test]
        fn the_brightness_is_kept_in_the_mean(left in 0..200_usize, top in 0..200_usize) {
            let drawing = bar(left, top, 60, 60);
            let fitted = drawing.fitted(28, 28);
            let mean = |picture: &Picture| picture.values.iter().map(|&value| f64::from(value)).sum::<f64>() / picture.values.len() as f64;
            prop_assert!((mean(&drawing) - mean(&fitted)).abs() < 1e-4);
        }
    }
}
