//! The picture of the surface that was learned: at every point of the plane the class that the network would say, pale where it is
//! not sure; on it the samples, those it gets wrong in a ring. Never here: the plane itself.

use crate::charts::{Theme, css};
use crate::domain::view::plane::POINT;
use crate::ui::parts::pixels::Pixels;
use crate::ui::state::view::Seen;
use crate::ui::state::view::colours::Shades;
use std::f64::consts::TAU;

/// The width of the rim around a point.
const RIM: f64 = 0.7;

/// Draws the surface into the square at `left` and `top`; `None` if it is none, or the browser cannot draw.
pub fn paint(pixels: &Pixels, theme: &Theme, seen: &Seen, [left, top, length]: [f64; 3]) -> Option<()> {
    let shades = Shades::of(theme);
    let plane = seen.view.plane.as_ref()?;
    let (side, cells) = (plane.side as usize, plane.cells());
    let (classes, shares) = seen.numbers.outputs.split_at_checked(cells)?;
    let colours: Vec<u8> = classes
        .iter()
        .zip(shares)
        .flat_map(|(&class, &share)| {
            let (red, green, blue) = shades.surface(class, share, seen.view.classes as usize);
            [red, green, blue, 255]
        })
        .collect();
    pixels.map(&colours, side, side, [left, top, length, length], false)?;
    let context = &pixels.context;
    let size = (length / 95.0).clamp(1.6, 4.0);
    for point in seen.numbers.points.chunks_exact(POINT) {
        let &[right, up, label, predicted, held_out] = point else { continue };
        let (x, y) = plane.place(right, up);
        let (x, y) = (left + x * length, top + y * length);
        // First the rim: on the surface of its own class a point's colour alone is hardly seen.
        let (rim, colour) = (css(shades.rim()), css(shades.class(label as usize)));
        context.set_global_alpha(if held_out == 1.0 { 1.0 } else { 0.8 });
        context.begin_path();
        if label == 1.0 {
            for (dx, dy) in [(size, size), (size, -size)] {
                context.move_to(x - dx, y - dy);
                context.line_to(x + dx, y + dy);
            }
            for (ink, width) in [(rim, size * 0.6 + 2.0 * RIM), (colour, size * 0.6)] {
                context.set_stroke_style_str(&ink);
                context.set_line_width(width);
                context.stroke();
            }
        } else {
            context.arc(x, y, size, 0.0, TAU).ok()?;
            context.set_stroke_style_str(&rim);
            context.set_line_width(2.0 * RIM);
            context.stroke();
            context.set_fill_style_str(&colour);
            context.fill();
        }
        if predicted != label {
            context.set_global_alpha(1.0);
            context.set_stroke_style_str(&css(theme.text));
            context.set_line_width(1.2);
            context.begin_path();
            context.arc(x, y, size * 2.1, 0.0, TAU).ok()?;
            context.stroke();
        }
    }
    context.set_global_alpha(1.0);
    Some(())
}
