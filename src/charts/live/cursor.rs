//! Cursors of a chart: their places, and the chart that each comes from.
//!
//! A chart's *own* cursor is where the visitor points, with the pointer or the arrow keys, on this chart. A cursor from
//! *outside* is shown while there is no own one. Only of the own cursor are others told, so that charts that show each
//! other's cursors cannot answer each other for ever, and a chart that the pointer is on cannot lose its cursor to one
//! that the pointer has just left:
//!
//! ```text
//! pointer, keys on A -> own cursor of A -> A.on_hover: A's legend
//!                                       -> A.on_cursor -> B.set_cursor -> B.on_hover: B's legend; B.on_cursor is silent
//! ```
//!
//! Pure.

use crate::charts::axis::XRange;
use crate::charts::points::SeriesLookup;
use crate::charts::readout::hover::{At, HoverReadout};
use crate::charts::scene::Scene;
use crate::charts::spec::ChartSpec;
use std::rc::Rc;

/// A handler of the cursor's readout; it gets `None` when there is no cursor any more.
pub type OnHover = Rc<dyn Fn(Option<HoverReadout>)>;

/// A handler of the recorded step to which the visitor has moved the chart's cursor; it gets `None` when the cursor is
/// gone.
pub type OnCursor = Rc<dyn Fn(Option<At>)>;

/// A handler of the part of the x axis that the visitor wants to see.
pub type OnRange = Rc<dyn Fn(XRange)>;

/// A handler of the points that the visitor has picked.
pub type OnPick = Rc<dyn Fn(HoverReadout)>;

/// Cursor of a chart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Cursor {
    /// No cursor.
    #[default]
    None,
    /// A pointer, in CSS pixels from the left: while the axis moves, it reads other steps.
    Pointer(f32),
    /// A recorded step.
    Step(At),
}

impl Cursor {
    /// Readout of the cursor.
    pub fn read(self, scene: &Scene, spec: &ChartSpec, store: &dyn SeriesLookup) -> Option<HoverReadout> {
        match self {
            Self::None => None,
            Self::Pointer(css_px) => scene.hover(spec, store, css_px * scene.axes.size.dpr),
            Self::Step(step) => scene.hover_at(spec, store, step),
        }
    }
}

/// The cursors of one chart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cursors {
    /// Cursor of the visitor who points on this chart.
    pub own: Cursor,
    /// Cursor from another chart that the visitor points on.
    pub outside: Option<At>,
    /// Step that others were told last.
    told: Option<At>,
}

impl Cursors {
    /// The cursor that is shown.
    pub fn shown(self) -> Cursor {
        match self.own {
            Cursor::None => self.outside.map_or(Cursor::None, Cursor::Step),
            own => own,
        }
    }

    /// The change that others must be told, given the readout of the shown cursor; `None` if they know it.
    ///
    /// That the own cursor is gone must be told at once, not in the next frame: there, the chart that the pointer has gone
    /// to may be painted first, and its cursor would be taken back.
    pub fn news(&mut self, read: Option<At>) -> Option<Option<At>> {
        let at = read.filter(|_| self.own != Cursor::None);
        (self.told != at).then(|| {
            self.told = at;
            at
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::axes::Size;
    use crate::charts::spec::{SeriesSpec, Style};
    use crate::domain::record::series::Series;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_cursor_reads_in_css_pixels_and_in_steps() {
        let mut series = Series::new();
        series.extend((0..=100).map(|step| (step, step as f32)));
        let store = BTreeMap::from([("a".to_string(), series)]);
        let series = vec![SeriesSpec::new("a", "a", Style::TRAIN)];
        let spec = ChartSpec { series, x_range: XRange::Fixed(0.0, 100.0), ..ChartSpec::default() };
        let scene = Scene::build(&spec, &store, Size { width: 1200.0, height: 400.0, dpr: 2.0, font_px: 12.0 }, None);
        let at_40 = scene.axes.px_from_x(40.0) / 2.0;
        for cursor in [Cursor::Pointer(at_40), Cursor::Step(at(40))] {
            assert_eq!(cursor.read(&scene, &spec, &store).map(|readout| readout.step), Some(40), "{cursor:?}");
        }
        assert_eq!(Cursor::None.read(&scene, &spec, &store), None);
    }

    fn at(step: u32) -> At {
        At { run: None, step }
    }

    /// Charts wired as the module's documentation says. Each reads its own points: multiples of its number.
    struct Page {
        charts: Vec<Cursors>,
        told: usize,
    }

    const SPACING: [u32; 3] = [1, 7, 100];

    impl Page {
        fn new() -> Self {
            Self { charts: vec![Cursors::default(); SPACING.len()], told: 0 }
        }

        fn point(&mut self, chart: usize, cursor: Cursor) {
            self.charts[chart].own = cursor;
            if cursor == Cursor::None {
                self.tell(chart, None);
            }
        }

        fn tell(&mut self, chart: usize, read: Option<u32>) {
            let Some(news) = self.charts[chart].news(read.map(at)) else { return };
            self.told += 1;
            for other in (0..self.charts.len()).filter(|&other| other != chart) {
                self.charts[other].outside = news;
            }
        }

        fn read(&self, chart: usize) -> Option<u32> {
            let nearest = |step: u32| (step + SPACING[chart] / 2) / SPACING[chart] * SPACING[chart];
            match self.charts[chart].shown() {
                Cursor::None => None,
                Cursor::Pointer(px) => Some(nearest(px as u32)),
                Cursor::Step(at) => Some(nearest(at.step)),
            }
        }

        /// One frame; whether anybody was told anything.
        fn frame(&mut self) -> bool {
            let before = self.told;
            for chart in 0..self.charts.len() {
                self.tell(chart, self.read(chart));
            }
            self.told > before
        }

        fn reads(&self) -> Vec<Option<u32>> {
            (0..self.charts.len()).map(|chart| self.read(chart)).collect()
        }
    }

    #[test]
    fn a_cursor_is_shown_on_all_charts_and_told_once() {
        let mut page = Page::new();
        page.point(0, Cursor::Pointer(345.0));
        assert!(page.frame() && !page.frame());
        assert_eq!((page.reads(), page.told), (vec![Some(345), Some(343), Some(300)], 1));
        page.point(0, Cursor::None);
        assert!(!page.frame());
        assert_eq!((page.reads(), page.told), (vec![None; 3], 2));
    }

    #[test]
    fn the_pointer_goes_from_chart_to_chart() {
        for (from, to) in [(0, 1), (1, 0), (2, 0), (0, 2)] {
            let mut page = Page::new();
            page.point(from, Cursor::Pointer(345.0));
            page.frame();
            // Within one frame: the pointer leaves one chart and enters the other.
            page.point(from, Cursor::None);
            page.point(to, Cursor::Pointer(700.0));
            page.frame();
            assert_eq!(page.reads(), [Some(700); 3], "{from} to {to}");
        }
    }

    proptest! {
        /// Whatever the visitor does, everybody falls silent after one frame, and nothing is left when nobody points.
        #[test]
        fn charts_never_answer_each_other(moves in prop::collection::vec((0..3_usize, prop::option::of(0..1_000_u32), any::<bool>()), 1..40)) {
            let mut page = Page::new();
            for (chart, step, with_keys) in moves {
                let cursor = |step: u32| if with_keys { Cursor::Step(at(step)) } else { Cursor::Pointer(step as f32) };
                page.point(chart, step.map_or(Cursor::None, cursor));
                page.frame();
                prop_assert!(!page.frame());
            }
            (0..3).for_each(|chart| page.point(chart, Cursor::None));
            prop_assert!(!page.frame());
            prop_assert_eq!(page.reads(), vec![None; 3]);
        }
    }
}
