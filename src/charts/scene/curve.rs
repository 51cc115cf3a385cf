//! Curve of a chart as it is drawn: line segments, bars, dots, and marks where values are missing or leave the picture.
//!
//! Pure. Lengths are in device pixels, from the upper left corner of the chart. Never here: how a curve comes from points
//! ([`trace`](super::trace)).

use crate::charts::axes::Axes;
use crate::charts::spec::Style;

/// Curve as segments, bars, dots and marks, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The line style.
    pub style: Style,
    /// Centres of single points: where there are few, and where a point has no neighbour to be joined with.
    pub dots: Vec<(f32, f32)>,
    /// Gaps where values have no place on the axis: from the left to the right end of each, in x.
    pub gaps: Vec<(f32, f32)>,
    /// Marks where the curve leaves the picture: x, and whether above. Places that touch are one.
    pub beyond: Vec<(f32, bool)>,
    /// Number of points in the fullest pixel column. Above 1 the page says that points lie over each other.
    pub points_per_column: usize,
    /// The vertices of all line segments.
    pub(super) vertices: Vec<(f32, f32)>,
    /// Ends of the segments, as indices into `vertices`.
    pub(super) ends: Vec<usize>,
    pub(super) bars: Vec<Bar>,
}

/// Bar of a curve: its part within one pixel column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The column's left edge; it is one pixel wide.
    pub x: i32,
    /// Upper end.
    pub top: f32,
    /// Lower end.
    pub bottom: f32,
    /// Whether the curve comes here from the bar before, which then is that of the next column to the left.
    pub joined: bool,
}

impl Bar {
    pub(super) fn reach(&mut self, y: f32) {
        self.top = self.top.min(y);
        self.bottom = self.bottom.max(y);
    }
}

impl Curve {
    /// A curve without anything yet.
    pub(super) const fn new(style: Style) -> Self {
        Self { style, dots: vec![], gaps: vec![], beyond: vec![], points_per_column: 1, vertices: vec![], ends: vec![], bars: vec![] }
    }

    /// The bare line.
    #[must_use]
    pub fn without_marks(self) -> Self {
        Self { dots: vec![], gaps: vec![], beyond: vec![], ..self }
    }

    /// Moves it down by so many pixels.
    pub(crate) fn shift_down(&mut self, px: f32) {
        self.vertices.iter_mut().chain(&mut self.dots).for_each(|vertex| vertex.1 += px);
        for bar in &mut self.bars {
            (bar.top, bar.bottom) = (bar.top + px, bar.bottom + px);
        }
    }

    /// The line segments, each of two or more vertices.
    pub fn segments(&self) -> impl Iterator<Item = &[(f32, f32)]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.vertices[start..end])
    }

    /// The bars of a curve drawn `width` pixels thick, from left to right.
    pub fn bars(&self, width: f32) -> impl Iterator<Item = Bar> + '_ {
        // Thickness sideways: each bar reaches as far up and down as its neighbours that lie within half the width.
        let neighbours = ((width - 1.0) / 2.0).round().max(0.0) as usize;
        self.bars.iter().enumerate().map(move |(index, &bar)| {
            let mut thick = bar;
            let left = (index + 1 - neighbours.min(index)..=index).rev().take_while(|&at| self.bars[at].joined).map(|at| at - 1);
            let right = (index + 1..self.bars.len()).take(neighbours).take_while(|&at| self.bars[at].joined);
            for at in left.chain(right) {
                thick.reach(self.bars[at].top);
                thick.reach(self.bars[at].bottom);
            }
            Bar { top: thick.top - width / 2.0, bottom: thick.bottom + width / 2.0, ..bar }
        })
    }

    /// Puts a dot at `centre`.
    pub(super) fn add_dot(&mut self, centre: (f32, f32)) {
        if self.dots.last() != Some(&centre) {
            self.dots.push(centre);
        }
    }

    /// Marks a place without a value. Places that touch become one.
    pub(super) fn add_gap(&mut self, x: f32, axes: &Axes) {
        let half = axes.size.dpr.max(1.0);
        match self.gaps.last_mut() {
            Some((_, to)) if x - half <= *to + half => *to = x + half,
            _ => self.gaps.push((x - half, x + half)),
        }
    }

    /// Marks at `x` that values from `min` to `max` leave the picture, if they do.
    pub(super) fn add_beyond(&mut self, x: f32, (min, max): (f32, f32), axes: &Axes) {
        let (low, high) = axes.y_range;
        let apart = 9.0 * axes.size.dpr;
        for (above, leaves) in
            [(false, f64::from(min) < low && axes.y_scale.has_place(min)), (true, f64::from(max) > high && max.is_finite())]
        {
            let known = self.beyond.iter().rev().find(|mark| mark.1 == above);
            if leaves && known.is_none_or(|mark| x - mark.0 >= apart) {
                self.beyond.push((x, above));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thick_bars_reach_as_far_as_their_neighbours_but_not_over_a_break() {
        let bar = |x, top, joined| Bar { x, top, bottom: 10.0, joined };
        let mut curve = Curve::new(Style::TRAIN);
        curve.bars = vec![bar(0, 5.0, false), bar(1, 8.0, true), bar(2, 9.0, true), bar(3, 1.0, false)];
        assert_eq!(curve.bars(3.0).map(|bar| bar.top + 1.5).collect::<Vec<_>>(), [5.0, 5.0, 8.0, 1.0]);
        assert_eq!(curve.bars(1.0).map(|bar| bar.top + 0.5).collect::<Vec<_>>(), [5.0, 8.0, 9.0, 1.0]);
    }
}
