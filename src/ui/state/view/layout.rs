//! The layout of a network's picture: one column for the inputs and one for each group of layers, from left to right; in each a
//! box for every unit that is shown.
//!
//! All lengths are CSS pixels. Never here: colours, canvases.

use super::{Seen, UnitPlace};
use crate::domain::data::SampleShape;

/// The height of the words above the boxes of a column, in a picture of the usual height.
const HEAD: f64 = 32.0;
/// The height from which on words and boxes grow with the picture: a taller one is for a whole room.
const USUAL: f64 = 260.0;
/// The most that they grow.
const MOST_SCALE: f64 = 2.4;
/// The smallest distance of two boxes.
const GAP: f64 = 3.0;
/// The smallest and the largest side of a box.
const BOX: (f64, f64) = (7.0, 76.0);
/// The times that a box may be larger which is alone in its column.
const ALONE: f64 = 1.8;
/// The share of a column's width that its boxes may take, so that there is room for lines between the columns.
const FILL: f64 = 0.62;

/// A box in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    /// The left end.
    pub x: f64,
    /// The upper end.
    pub y: f64,
    /// The side.
    pub side: f64,
}

impl Square {
    /// Whether a point is in it.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        (self.x..self.x + self.side).contains(&x) && (self.y..self.y + self.side).contains(&y)
    }
}

/// A column of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The middle of the column.
    pub middle: f64,
    /// The width.
    pub width: f64,
    /// The boxes, in the order of the units that are shown.
    pub boxes: Vec<Square>,
}

/// The layout of a picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The size of words and boxes as a multiple of the usual one.
    pub scale: f64,
    /// The column of inputs, then one for each group of layers.
    pub columns: Vec<Column>,
}

/// Number of boxes in the column of inputs: one for an image, one for each number of a short vector.
pub fn inputs(shape: SampleShape) -> usize {
    match shape {
        SampleShape::Image { .. } => 1,
        SampleShape::Vector(numbers) => numbers.min(12),
    }
}

/// The boxes of `count` units in a column of `width` and `height` around `middle`: as large as fits, at most `most`.
fn boxes(count: usize, middle: f64, width: f64, top: f64, height: f64, most: f64) -> Vec<Square> {
    let room = (width * FILL).max(BOX.0);
    // The more sub-columns, the smaller they are: the best is where width and height bind alike.
    let side_of = |columns: usize| {
        let rows = count.div_ceil(columns);
        let across = (room - GAP * (columns - 1) as f64) / columns as f64;
        let down = (height - GAP * (rows.max(1) - 1) as f64) / rows.max(1) as f64;
        across.min(down).min(most)
    };
    let columns = (1..=count.max(1)).max_by(|&a, &b| side_of(a).total_cmp(&side_of(b)).then(b.cmp(&a))).unwrap_or(1);
    let side = side_of(columns).max(BOX.0.min(most));
    let rows = count.div_ceil(columns);
    let pitch = side + GAP;
    let (left, up) = (middle - (columns as f64 * pitch - GAP) / 2.0, top + ((height - (rows as f64 * pitch - GAP)) / 2.0).max(0.0));
    (0..count).map(|index| Square { x: left + (index % columns) as f64 * pitch, y: up + (index / columns) as f64 * pitch, side }).collect()
}

impl Layout {
    /// The layout of `seen` in a picture of `width` by `height`.
    pub fn of(seen: &Seen, width: f64, height: f64) -> Self {
        let groups = seen.groups();
        let columns = 1 + groups.len();
        let column_width = width / columns as f64;
        let scale = (height / USUAL).clamp(1.0, MOST_SCALE);
        let head = HEAD * scale;
        let room = (height - head - 4.0).max(BOX.0);
        let column = |(index, count): (usize, usize)| {
            let middle = (index as f64 + 0.5) * column_width;
            let most = BOX.1 * scale * if count == 1 { ALONE } else { 1.0 };
            Column { middle, width: column_width, boxes: boxes(count, middle, column_width, head, room, most) }
        };
        let counts = std::iter::once(inputs(seen.view.input)).chain(groups.iter().map(|&group| seen.layer(group).shown.len()));
        Self { scale, columns: counts.enumerate().map(column).collect() }
    }

    /// The height of the words above the boxes of a column.
    pub fn head(&self) -> f64 {
        HEAD * self.scale
    }

    /// The unit at a point, not counting inputs.
    pub fn unit_at(&self, x: f64, y: f64) -> Option<UnitPlace> {
        self.columns.iter().skip(1).enumerate().find_map(|(group, column)| {
            let place = column.boxes.iter().position(|square| square.holds(x, y))?;
            Some(UnitPlace { group, place })
        })
    }

    /// The box of a unit.
    pub fn square(&self, at: UnitPlace) -> Option<Square> {
        self.columns.get(at.group + 1)?.boxes.get(at.place).copied()
    }

    /// The unit that an arrow key leads to from `from`: the nearest one in that direction, in the same column or the next.
    pub fn step_from(&self, from: Option<UnitPlace>, (right, down): (i32, i32)) -> Option<UnitPlace> {
        let first = self.columns.iter().skip(1).position(|column| !column.boxes.is_empty()).map(|group| UnitPlace { group, place: 0 });
        let Some(from) = from else { return first };
        let here = self.square(from)?;
        let all = self.columns.iter().skip(1).enumerate();
        let all = all
            .flat_map(|(group, column)| column.boxes.iter().enumerate().map(move |(place, square)| (UnitPlace { group, place }, square)));
        let ahead = all.filter_map(|(at, square)| {
            let (across, along) = (square.x - here.x, square.y - here.y);
            let (forward, aside) = if right != 0 { (across * f64::from(right), along) } else { (along * f64::from(down), across) };
            // Up and down stay in the column.
            let is_ahead = forward > 0.5 && (right != 0 || at.group == from.group);
            is_ahead.then_some((at, forward + 2.0 * aside.abs()))
        });
        ahead.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at).or(Some(from))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn boxes_fit_their_column_and_never_overlap(count in 1..40_usize, width in 40.0..400.0_f64, height in 120.0..600.0_f64) {
            let made = boxes(count, 200.0, width, HEAD, height, BOX.1);
            prop_assert_eq!(made.len(), count);
            for (index, square) in made.iter().enumerate() {
                prop_assert!(square.side >= BOX.0 && square.side <= BOX.1);
                prop_assert!(square.y >= HEAD - 1e-9);
                for other in &made[index + 1..] {
                    let apart = (square.x - other.x).abs() >= square.side - 1e-9 || (square.y - other.y).abs() >= square.side - 1e-9;
                    prop_assert!(apart, "{square:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn every_unit_is_found_under_the_pointer_and_by_arrows() {
        let seen = testing::seen();
        let layout = Layout::of(&seen, 600.0, 300.0);
        assert_eq!(layout.columns.iter().map(|column| column.boxes.len()).collect::<Vec<_>>(), [1, 2, 3, 2]);
        for (group, column) in layout.columns.iter().skip(1).enumerate() {
            for (place, square) in column.boxes.iter().enumerate() {
                assert_eq!(layout.unit_at(square.x + 1.0, square.y + 1.0), Some(UnitPlace { group, place }));
            }
        }
        assert_eq!(layout.unit_at(1.0, 1.0), None);
        let (tall, squat) = (Layout::of(&seen, 1800.0, 800.0), Layout::of(&seen, 600.0, 100.0));
        assert_eq!((tall.scale, squat.scale), (2.4, 1.0), "on a projector words can be read from the last row");
        assert!(tall.columns[1].boxes[0].side > 2.0 * BOX.1 && tall.columns[1].boxes[0].y >= tall.head());
        let mut at = layout.step_from(None, (1, 0));
        assert_eq!(at, Some(UnitPlace { group: 0, place: 0 }));
        for _ in 0..5 {
            at = layout.step_from(at, (1, 0));
        }
        assert_eq!(at.map(|at| at.group), Some(2), "the last column is the end");
        let down = layout.step_from(Some(UnitPlace { group: 1, place: 0 }), (0, 1));
        assert_eq!(down, Some(UnitPlace { group: 1, place: 1 }));
        for _ in 0..5 {
            at = layout.step_from(at, (-1, 0));
        }
        assert_eq!(at.map(|at| at.group), Some(0));
    }
}
