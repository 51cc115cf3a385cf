//! Stacks and bands onto the canvas: rectangles on whole pixels.
//!
//! Neighbouring parts of a stack differ by more than colour: those whose style is not solid are striped.

use super::Layer;
use crate::charts::scene::Scene;
use crate::charts::stack::{Band, BandStyle, Stack};
use crate::charts::theme::{Rgb, Theme};
use crate::charts::view::Dash;

/// Width of a stripe and of the space between two, in CSS pixels.
const STRIPE: f32 = 3.0;

fn css((red, green, blue): Rgb, alpha: f32) -> String {
    format!("rgba({red},{green},{blue},{alpha})")
}

impl Layer {
    /// Fills `left..right` by `top..bottom` with the present colour.
    fn fill(&self, (left, right): (f32, f32), (top, bottom): (f32, f32)) {
        self.context.fill_rect(f64::from(left), f64::from(top), f64::from(right - left), f64::from(bottom - top));
    }

    /// Draws the bands of `scene`, under everything else.
    pub(super) fn draw_bands(&self, bands: &[Band], scene: &Scene, theme: &Theme) {
        let (plot, dpr) = (scene.axes.plot, scene.axes.size.dpr);
        let (from, to) = scene.axes.x_range;
        for band in bands.iter().filter(|band| f64::from(band.to) >= from && f64::from(band.from) <= to) {
            let edge = |step: f64| scene.axes.px_from_step(step).round().clamp(plot.left, plot.right);
            let left = edge(f64::from(band.from) - 0.5);
            let right = edge(f64::from(band.to) + 0.5).max(left + 2.0 * dpr);
            match band.style {
                BandStyle::Shaded => {
                    self.context.set_fill_style_str(&css(theme.muted, 0.28));
                    self.fill((left, right), (plot.top, plot.bottom));
                }
                BandStyle::Striped => {
                    self.context.set_fill_style_str(&css(theme.muted, 0.35));
                    let mut y = plot.top;
                    while y < plot.bottom {
                        self.fill((left, right), (y, (y + STRIPE * dpr).min(plot.bottom)));
                        y += 2.0 * STRIPE * dpr;
                    }
                }
                BandStyle::Line => {
                    self.context.set_fill_style_str(&css(theme.text, 0.8));
                    let mut y = plot.top;
                    while y < plot.bottom {
                        self.fill((left, left + 1.5 * dpr), (y, (y + 2.0 * dpr).min(plot.bottom)));
                        y += 5.0 * dpr;
                    }
                }
            }
        }
    }

    /// Draws a stack, part by part.
    pub(super) fn draw_stack(&self, stack: &Stack, scene: &Scene, theme: &Theme) {
        let (plot, dpr) = (scene.axes.plot, scene.axes.size.dpr);
        let stripe = (STRIPE * dpr).round().max(1.0);
        for (part, style) in stack.styles.iter().enumerate() {
            let colour = theme.colour(style.colour);
            let striped = style.dash != Dash::Solid;
            let (full, pale) = (css(colour, 1.0), css(colour, 0.55));
            self.context.set_fill_style_str(&full);
            let mut is_pale = false;
            for pile in &stack.piles {
                let bottom = if part == 0 { plot.bottom } else { pile.tops[part - 1] };
                let top = pile.tops[part];
                if bottom - top < 0.2 {
                    continue;
                }
                let mut left = pile.left;
                // Stripes are where they are on the screen, whatever the piles' widths.
                while left < pile.right {
                    let stripes = (left / stripe).floor();
                    let right = if striped { ((stripes + 1.0) * stripe).min(pile.right) } else { pile.right };
                    let pale_here = striped && (stripes as i64) % 2 == 0;
                    if pale_here != is_pale {
                        is_pale = pale_here;
                        self.context.set_fill_style_str(if is_pale { &pale } else { &full });
                    }
                    self.fill((left, right), (top, bottom));
                    left = right;
                }
            }
        }
        // What sticks out of the chart.
        self.context.set_fill_style_str(&css(theme.alarm, 1.0));
        for pile in stack.piles.iter().filter(|pile| pile.is_cut) {
            self.fill((pile.left, pile.right.max(pile.left + 2.0 * dpr)), (plot.top - 4.0 * dpr, plot.top - dpr));
        }
    }
}
