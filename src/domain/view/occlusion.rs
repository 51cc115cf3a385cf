//! Occlusion: an image with one part covered after the other, to see which of them the prediction hangs on.
//!
//! After Zeiler and Fergus 2014 (1311.2901, section 4.2). Covered is by zero, the background of digits. Never here: the
//! network that is asked.

use crate::domain::data::SampleShape;

/// Number of patches along the longer side.
const PATCHES: usize = 12;

/// The cover of an image: patches that overlap by half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cover {
    channels: usize,
    height: usize,
    width: usize,
    /// The rows and columns of a patch.
    patch: (usize, usize),
    /// The distance of two patches.
    stride: usize,
}

impl Cover {
    /// The cover of images of `shape`; `None` for vectors, whose neighbours mean nothing.
    pub fn of(shape: SampleShape) -> Option<Self> {
        let SampleShape::Image { channels, height, width } = shape else { return None };
        let stride = (height.max(width)).div_ceil(PATCHES).max(1);
        Some(Self { channels, height, width, patch: ((2 * stride).min(height), (2 * stride).min(width)), stride })
    }

    /// Number of patches along the rows and along the columns.
    fn along(&self) -> (usize, usize) {
        let patches = |side: usize, patch: usize| side.saturating_sub(patch).div_ceil(self.stride) + 1;
        (patches(self.height, self.patch.0), patches(self.width, self.patch.1))
    }

    /// Number of patches.
    pub fn len(&self) -> usize {
        let (rows, columns) = self.along();
        rows * columns
    }

    /// Whether there are no patches: never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The upper left corner of patch `index`: row and column.
    fn corner(&self, index: usize) -> (usize, usize) {
        let (_, columns) = self.along();
        let place = |number: usize, side: usize, patch: usize| (number * self.stride).min(side - patch);
        (place(index / columns, self.height, self.patch.0), place(index % columns, self.width, self.patch.1))
    }

    fn each_pixel(&self, index: usize, mut act: impl FnMut(usize)) {
        let (top, left) = self.corner(index);
        for row in top..top + self.patch.0 {
            for column in left..left + self.patch.1 {
                act(row * self.width + column);
            }
        }
    }

    /// Appends `image` with patch `index` covered to `out`.
    pub fn covered(&self, image: &[f32], index: usize, out: &mut Vec<f32>) {
        let (begin, plane) = (out.len(), self.height * self.width);
        out.extend_from_slice(image);
        for channel in 0..self.channels {
            self.each_pixel(index, |pixel| out[begin + channel * plane + pixel] = 0.0);
        }
    }

    /// The map of what is lost: at each number of the image the mean over the patches that cover its pixel of `whole` less
    /// what was left of it, `left[patch]`.
    pub fn map(&self, whole: f32, left: &[f32]) -> Vec<f32> {
        let plane = self.height * self.width;
        let (mut sums, mut counts) = (vec![0.0_f32; plane], vec![0.0_f32; plane]);
        for (index, &left) in left.iter().enumerate().take(self.len()) {
            self.each_pixel(index, |pixel| {
                sums[pixel] += whole - left;
                counts[pixel] += 1.0;
            });
        }
        let map: Vec<f32> = sums.iter().zip(&counts).map(|(sum, count)| sum / count.max(1.0)).collect();
        map.repeat(self.channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGIT: SampleShape = SampleShape::Image { channels: 1, height: 28, width: 28 };

    #[test]
    fn a_patch_covers_all_channels_and_nothing_else() {
        let cover = Cover::of(SampleShape::Image { channels: 2, height: 3, width: 4 }).unwrap();
        let image = vec![1.0; 24];
        let mut covered = Vec::new();
        cover.covered(&image, 0, &mut covered);
        let zeros: Vec<usize> = covered.iter().enumerate().filter(|(_, value)| **value == 0.0).map(|(index, _)| index).collect();
        assert_eq!(zeros, [0, 1, 4, 5, 12, 13, 16, 17]);
        assert_eq!(Cover::of(SampleShape::Vector(5)), None);
    }

    #[test]
    fn what_one_patch_loses_is_seen_there() {
        let cover = Cover::of(DIGIT).unwrap();
        let mut left = vec![0.9; cover.len()];
        left[0] = 0.1;
        let map = cover.map(0.9, &left);
        assert!((map[0] - 0.8).abs() < 1e-6, "only the first patch covers the corner");
        assert_eq!(map[28 * 28 - 1], 0.0);
    }

    proptest! {
        #[test]
        fn every_pixel_is_covered(height in 1..40_usize, width in 1..40_usize) {
            let cover = Cover::of(SampleShape::Image { channels: 1, height, width }).unwrap();
            let map = cover.map(1.0, &vec![0.0; cover.len()]);
            prop_assert!(map.iter().all(|&lost| lost == 1.0));
            prop_assert!(cover.len() <= 4 * PATCHES * PATCHES);
        }
    }
}
