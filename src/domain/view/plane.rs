//! A plane through the inputs: the points at which a network is asked to draw what it learned over two of its inputs.

use crate::domain::data::Dataset;
use serde::{Deserialize, Serialize};

/// Number of points on each side of the plane.
pub const SIDE: usize = 48;
/// Number of numbers of one sample on the plane: right, up, label, predicted class, whether it is held out (1) or not (0).
pub const POINT: usize = 5;
/// The largest number of samples on the plane, training and held-out ones each.
pub const MOST_POINTS: usize = 300;
/// The largest number of samples from which means and ranges are taken.
const MOST_READ: usize = 2000;
/// The share of the range that is added on each side.
const MARGIN: f32 = 0.08;

/// A plane through the inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaneCard {
    /// The two inputs that vary: to the right and upwards.
    pub axes: [u32; 2],
    /// The lowest value of each.
    pub low: [f32; 2],
    /// The highest value of each.
    pub high: [f32; 2],
    /// Number of points on each side.
    pub side: u32,
    /// Number of samples on it.
    pub points: u32,
}

impl PlaneCard {
    /// Number of points of the grid.
    pub fn cells(&self) -> usize {
        (self.side as usize).saturating_mul(self.side as usize)
    }

    /// The value of input `axes[axis]` at the `index`-th column (0) or row (1), the rows counted from the top.
    pub fn value(&self, axis: usize, index: usize) -> f32 {
        let along = index as f32 / (self.side.max(2) - 1) as f32;
        let along = if axis == 0 { along } else { 1.0 - along };
        self.low[axis] + along * (self.high[axis] - self.low[axis])
    }

    /// The place of a sample on the plane, as shares of width and height from the upper left corner.
    pub fn place(&self, right: f32, up: f32) -> (f64, f64) {
        let share = |axis: usize, value: f32| {
            let range = f64::from(self.high[axis]) - f64::from(self.low[axis]);
            if range > 0.0 { (f64::from(value) - f64::from(self.low[axis])) / range } else { 0.5 }
        };
        (share(0, right), 1.0 - share(1, up))
    }

    /// The two inputs at a place, given as shares of width and height from the upper left corner.
    pub fn at(&self, x: f64, y: f64) -> [f32; 2] {
        let value = |axis: usize, share: f64| {
            (f64::from(self.low[axis]) + share.clamp(0.0, 1.0) * (f64::from(self.high[axis]) - f64::from(self.low[axis]))) as f32
        };
        [value(0, x), value(1, 1.0 - y)]
    }
}

/// A plane with what is needed to make its inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// The plane.
    pub card: PlaneCard,
    /// The value of every input: its mean over the data.
    means: Vec<f32>,
}

impl Plane {
    /// The plane over the inputs `axes` of `data`, whose samples are vectors; axes that it does not have become its first ones.
    pub fn over(data: &Dataset, axes: [u32; 2]) -> Self {
        let width = data.shape().len();
        let last = width.saturating_sub(1) as u32;
        let axes = [axes[0].min(last), axes[1].min(last)];
        let read: Vec<u32> = evenly(data.len(), MOST_READ);
        let mut values = Vec::new();
        data.gather(&read, &mut values);
        let column = |input: usize| values.iter().skip(input).step_by(width.max(1)).copied();
        let mean = |input| column(input).map(f64::from).sum::<f64>() / read.len().max(1) as f64;
        let means = (0..width).map(|input| mean(input) as f32).collect();
        let (mut low, mut high) = ([0.0; 2], [0.0; 2]);
        for axis in 0..2 {
            let input = axes[axis] as usize;
            let (least, most) = column(input).fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
            let margin = ((most - least) * MARGIN).max(1e-3);
            (low[axis], high[axis]) = (least - margin, most + margin);
        }
        Self { card: PlaneCard { axes, low, high, side: SIDE as u32, points: 0 }, means }
    }

    /// The inputs of all points, row by row from the top.
    pub fn inputs(&self) -> Vec<f32> {
        let side = self.card.side as usize;
        let mut inputs = Vec::with_capacity(side * side * self.means.len());
        for row in 0..side {
            for column in 0..side {
                let begin = inputs.len();
                inputs.extend_from_slice(&self.means);
                // The second axis last: where both are the same, it is the one that counts.
                inputs[begin + self.card.axes[0] as usize] = self.card.value(0, column);
                inputs[begin + self.card.axes[1] as usize] = self.card.value(1, row);
            }
        }
        inputs
    }
}

/// Numbers below `count`, evenly spaced, beginning with 0: all of them, or `most`.
pub fn evenly(count: usize, most: usize) -> Vec<u32> {
    let taken = count.min(most);
    (0..taken).map(|index| (index * count / taken.max(1)) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::data::{Features, SampleShape, numbered_classes};
    use proptest::prelude::*;

    fn data() -> Dataset {
        let numbers = vec![0.0, 10.0, -1.0, 2.0, 30.0, 1.0, 1.0, 20.0, 3.0];
        Dataset::new("table", SampleShape::Vector(3), numbered_classes(2), Features::Floats(numbers), vec![0, 1, 0]).unwrap()
    }

    #[test]
    fn two_inputs_vary_and_the_others_have_their_means() {
        let plane = Plane::over(&data(), [2, 0]);
        let inputs = plane.inputs();
        assert_eq!(inputs.len(), 3 * SIDE * SIDE);
        assert!(inputs.chunks_exact(3).all(|point| point[1] == 20.0));
        // From the upper left: the first axis is low, the second high.
        let margin = |range: f32| range * MARGIN;
        assert!((inputs[2] - (-1.0 - margin(4.0))).abs() < 1e-6 && (inputs[0] - (2.0 + margin(2.0))).abs() < 1e-6, "{:?}", &inputs[..3]);
        let last = &inputs[inputs.len() - 3..];
        assert!((last[2] - (3.0 + margin(4.0))).abs() < 1e-6 && (last[0] - -margin(2.0)).abs() < 1e-6, "{last:?}");
        // Axes that the data lacks are no panic.
        assert_eq!(Plane::over(&data(), [7, 9]).card.axes, [2, 2]);
    }

    proptest! {
        #[test]
        fn a_place_is_found_again(x in 0.0..1.0_f64, y in 0.0..1.0_f64) {
            let card = Plane::over(&data(), [0, 2]).card;
            let [right, up] = card.at(x, y);
            let (back_x, back_y) = card.place(right, up);
            prop_assert!((back_x - x).abs() < 1e-5 && (back_y - y).abs() < 1e-5);
        }

        #[test]
        fn evenly_spaced_numbers_ascend_and_are_below_the_count(count in 0..5000_usize, most in 0..400_usize) {
            let numbers = evenly(count, most);
            prop_assert_eq!(numbers.len(), count.min(most));
            prop_assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(numbers.iter().all(|&number| (number as usize) < count));
        }
    }
}
