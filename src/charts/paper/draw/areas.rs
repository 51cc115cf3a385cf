//! Drawing of stacks, spreads and bands, as bars of one pixel's width.
//!
//! Neighbouring parts of a stack differ by more than colour: those whose style is not solid are striped.

use crate::charts::axes::Plot;
use crate::charts::paper::primitives::Paper;
use crate::charts::paper::theme::Theme;
use crate::charts::scene::Scene;
use crate::charts::scene::curve::Bar;
use crate::charts::scene::stack::PlacedBand;
use crate::charts::spec::{BandStyle, Dash};

/// Width of a stripe and of the space between two, in CSS pixels.
const STRIPE: f32 = 3.0;
/// Opacity of the area between the lowest and the highest curve.
const SPREAD: f32 = 0.16;
/// Opacity between the stripes.
const BETWEEN: f32 = 0.5;

fn columns(left: i32, right: i32, top: f32, bottom: f32) -> impl Iterator<Item = Bar> {
    (left..right).map(move |x| Bar { x, top, bottom, joined: false })
}

/// Whether `x` lies on a stripe. Stripes are where they are on the screen, whatever lies under them.
fn on_stripe(x: i32, stripe: i32) -> bool {
    x.div_euclid(stripe) % 2 == 0
}

/// An upright line of dashes as long as the gaps between them.
fn line(plot: Plot, left: i32, dash: f32, width: f32) -> Vec<Bar> {
    let dashes = 0..((plot.bottom - plot.top) / (2.0 * dash)) as i32;
    let bars = dashes.flat_map(|index| {
        let top = plot.top + 2.0 * dash * index as f32;
        columns(left, left + width.round().max(1.0) as i32, top, top + dash)
    });
    bars.collect()
}

/// Draws the bands, the spreads and the stack of `scene` within an open plot, under its curves.
pub(crate) fn draw(paper: &mut impl Paper, scene: &Scene, theme: &Theme) {
    let (plot, dpr) = (scene.axes.plot, scene.axes.size.dpr);
    let stripe = (STRIPE * dpr).round().max(1.0) as i32;
    for &PlacedBand { left, right, style } in &scene.bands {
        let (left, right) = (left as i32, (right as i32).max(left as i32 + (2.0 * dpr) as i32));
        let all = columns(left, right, plot.top, plot.bottom);
        match style {
            BandStyle::Shaded => paper.bars(&all.collect::<Vec<_>>(), theme.muted, 0.28),
            BandStyle::Striped => paper.bars(&all.filter(|bar| on_stripe(bar.x, stripe)).collect::<Vec<_>>(), theme.muted, 0.45),
            BandStyle::Line => paper.bars(&line(plot, left, 3.0 * dpr, dpr), theme.text, 0.8),
            BandStyle::Cut => paper.bars(&line(plot, left, 8.0 * dpr, 2.0 * dpr), theme.alarm, 1.0),
        }
    }
    for spread in &scene.spreads {
        paper.bars(&spread.bars, theme.colour(spread.colour), SPREAD);
    }
    for (part, style) in scene.stack.styles.iter().enumerate() {
        let bars = scene.stack.piles.iter().flat_map(|pile| {
            let bottom = if part == 0 { plot.bottom } else { pile.tops[part - 1] };
            let top = pile.tops[part];
            // What is thinner than that is not seen, and there are thousands of it.
            let right = if bottom - top < 0.2 { pile.left } else { pile.right };
            columns(pile.left, right, top, bottom)
        });
        let (full, between): (Vec<Bar>, Vec<Bar>) = bars.partition(|bar| style.dash == Dash::Solid || on_stripe(bar.x, stripe));
        let colour = theme.colour(style.colour);
        paper.bars(&full, colour, 1.0);
        paper.bars(&between, colour, BETWEEN);
    }
    let cut = scene.stack.piles.iter().filter(|pile| pile.is_cut);
    let marks =
        cut.flat_map(|pile| columns(pile.left, pile.right.max(pile.left + (2.0 * dpr) as i32), plot.top - 4.0 * dpr, plot.top - dpr));
    paper.bars(&marks.collect::<Vec<_>>(), theme.alarm, 1.0);
}
