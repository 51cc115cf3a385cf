//! The glyphs of the digits: a table of pen strokes through a few knots, and the curve through them.
//!
//! Here because it is data that one reads and edits as a drawing, apart from the code that distorts and renders it.
//! Never here: randomness or pixels.

/// A point that a stroke passes through, in a unit square with `y` pointing down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knot {
    /// The place from 0 at the left to 1 at the right.
    pub x: f64,
    /// The place from 0 at the top to 1 at the bottom.
    pub y: f64,
    /// Whether the pen turns sharply here. Every other knot is passed smoothly.
    pub corner: bool,
}

/// One movement of the pen without lifting it.
pub type Stroke = &'static [Knot];

/// One way to write a digit.
pub type Glyph = &'static [Stroke];

/// A knot that is passed smoothly.
const fn s(x: f64, y: f64) -> Knot {
    Knot { x, y, corner: false }
}

/// A knot with a corner.
const fn c(x: f64, y: f64) -> Knot {
    Knot { x, y, corner: true }
}

/// The ways to write each digit, `GLYPHS[digit]`; all of them are equally frequent.
pub const GLYPHS: [&[Glyph]; 10] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

const ZERO: &[Glyph] = &[
    // An oval, begun and ended at the top.
    &[&[s(0.55, 0.0), s(0.25, 0.1), s(0.1, 0.5), s(0.24, 0.88), s(0.52, 1.0), s(0.79, 0.86), s(0.9, 0.47), s(0.77, 0.11), s(0.5, 0.0)]],
    // A narrow one whose end crosses its beginning.
    &[&[s(0.7, 0.14), s(0.45, 0.01), s(0.22, 0.25), s(0.2, 0.7), s(0.46, 1.0), s(0.74, 0.74), s(0.77, 0.28), s(0.56, 0.03), s(0.38, 0.12)]],
];

const ONE: &[Glyph] = &[
    // A bare line.
    &[&[c(0.5, 0.0), c(0.5, 1.0)]],
    // With a flag.
    &[&[c(0.31, 0.24), c(0.54, 0.0), c(0.54, 1.0)]],
    // With a flag and a foot.
    &[&[c(0.3, 0.22), c(0.52, 0.0), c(0.52, 1.0)], &[c(0.22, 1.0), c(0.82, 1.0)]],
];

const TWO: &[Glyph] = &[
    // With a straight foot.
    &[&[s(0.14, 0.24), s(0.3, 0.05), s(0.6, 0.0), s(0.84, 0.22), s(0.72, 0.5), s(0.42, 0.76), c(0.1, 1.0), c(0.9, 0.98)]],
    // With a loop at the foot.
    &[&[s(0.16, 0.22), s(0.45, 0.0), s(0.79, 0.2), s(0.62, 0.56), s(0.28, 0.92), s(0.1, 0.92), s(0.24, 0.76), s(0.58, 0.94), s(0.92, 0.9)]],
];

const THREE: &[Glyph] = &[
    // Two bows.
    &[&[
        s(0.16, 0.14),
        s(0.48, 0.0),
        s(0.8, 0.2),
        s(0.66, 0.41),
        c(0.38, 0.47),
        s(0.72, 0.54),
        s(0.87, 0.76),
        s(0.6, 0.99),
        s(0.32, 0.98),
        s(0.1, 0.82),
    ]],
    // With a flat top.
    &[&[c(0.16, 0.02), c(0.82, 0.02), c(0.42, 0.41), s(0.74, 0.48), s(0.86, 0.74), s(0.56, 0.99), s(0.12, 0.88)]],
];

const FOUR: &[Glyph] = &[
    // Open at the top.
    &[&[c(0.26, 0.02), s(0.2, 0.3), c(0.12, 0.56), c(0.88, 0.54)], &[c(0.7, 0.14), c(0.66, 1.0)]],
    // Closed, its bar crossing the stem.
    &[&[c(0.64, 0.0), c(0.08, 0.66), c(0.92, 0.66)], &[c(0.65, 0.0), c(0.64, 1.0)]],
    // One stroke: left, across, up, down.
    &[&[c(0.18, 0.06), s(0.12, 0.36), s(0.2, 0.54), s(0.5, 0.55), c(0.77, 0.45), c(0.8, 0.06), c(0.7, 1.0)]],
];

const FIVE: &[Glyph] = &[
    // The bar is a stroke of its own.
    &[
        &[c(0.26, 0.04), c(0.2, 0.44), s(0.52, 0.37), s(0.84, 0.63), s(0.62, 0.96), s(0.3, 0.99), s(0.1, 0.86)],
        &[c(0.25, 0.03), c(0.84, 0.02)],
    ],
    // One stroke from the bar's end.
    &[&[c(0.84, 0.0), c(0.3, 0.03), c(0.22, 0.42), s(0.6, 0.4), s(0.86, 0.67), s(0.6, 0.98), s(0.12, 0.94)]],
];

const SIX: &[Glyph] = &[
    // A bow with a wide loop.
    &[&[
        s(0.76, 0.05),
        s(0.4, 0.2),
        s(0.14, 0.62),
        s(0.26, 0.94),
        s(0.6, 0.99),
        s(0.86, 0.76),
        s(0.66, 0.52),
        s(0.36, 0.57),
        s(0.17, 0.78),
    ]],
    // A straight back with a small loop.
    &[&[c(0.52, 0.0), s(0.24, 0.4), s(0.18, 0.78), s(0.46, 1.0), s(0.78, 0.84), s(0.68, 0.6), s(0.42, 0.6), s(0.22, 0.8)]],
];

const SEVEN: &[Glyph] = &[
    // Two straight strokes, slightly bent.
    &[&[c(0.12, 0.04), c(0.88, 0.03), s(0.62, 0.46), c(0.42, 1.0)]],
    // With a bar.
    &[&[c(0.12, 0.03), c(0.88, 0.03), s(0.62, 0.46), c(0.4, 1.0)], &[c(0.28, 0.52), c(0.8, 0.5)]],
    // With a hook before the roof.
    &[&[c(0.14, 0.2), c(0.16, 0.03), c(0.84, 0.03), s(0.64, 0.4), c(0.52, 1.0)]],
];

const EIGHT: &[Glyph] = &[
    // One stroke that crosses itself.
    &[&[
        s(0.76, 0.14),
        s(0.47, 0.0),
        s(0.2, 0.19),
        s(0.5, 0.47),
        s(0.84, 0.76),
        s(0.5, 1.0),
        s(0.14, 0.78),
        s(0.46, 0.48),
        s(0.78, 0.24),
        s(0.66, 0.05),
    ]],
    // Two loops, one on the other.
    &[
        &[s(0.52, 0.46), s(0.24, 0.36), s(0.26, 0.1), s(0.52, 0.0), s(0.76, 0.1), s(0.77, 0.35), s(0.5, 0.46)],
        &[s(0.48, 0.46), s(0.17, 0.62), s(0.2, 0.9), s(0.5, 1.0), s(0.81, 0.9), s(0.84, 0.62), s(0.52, 0.46)],
    ],
];

const NINE: &[Glyph] = &[
    // A loop with a straight stem.
    &[&[s(0.8, 0.2), s(0.52, 0.0), s(0.2, 0.22), s(0.38, 0.5), s(0.68, 0.42), c(0.82, 0.12), c(0.74, 1.0)]],
    // A loop with a curved tail.
    &[&[s(0.78, 0.26), s(0.5, 0.01), s(0.18, 0.25), s(0.42, 0.52), s(0.72, 0.4), s(0.84, 0.2), s(0.82, 0.6), s(0.6, 0.94), s(0.22, 0.94)]],
];

/// Number of straight pieces between two knots. At 28 pixels more cannot be seen.
const PIECES: usize = 4;

/// Appends the curve through `knots` to `out` as points: a Catmull-Rom spline that stops at corners.
pub fn flatten(knots: &[Knot], out: &mut Vec<(f64, f64)>) {
    let Some(first) = knots.first() else { return };
    out.push((first.x, first.y));
    for (i, pair) in knots.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        // At a corner or an end there is no neighbour to lean on: the knot itself stands in for it.
        let before = if from.corner || i == 0 { from } else { knots[i - 1] };
        let after = if to.corner { to } else { *knots.get(i + 2).unwrap_or(&to) };
        for piece in 1..=PIECES {
            let t = piece as f64 / PIECES as f64;
            let spline = |p: f64, a: f64, b: f64, n: f64| {
                a + 0.5 * t * ((b - p) + t * ((2.0 * p - 5.0 * a + 4.0 * b - n) + t * (3.0 * (a - b) + n - p)))
            };
            out.push((spline(before.x, from.x, to.x, after.x), spline(before.y, from.y, to.y, after.y)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_can_be_written_and_fills_its_square() {
        for (digit, glyphs) in GLYPHS.iter().enumerate() {
            assert!(!glyphs.is_empty(), "no way to write {digit}");
            for glyph in *glyphs {
                assert!(glyph.iter().all(|stroke| stroke.len() >= 2), "a stroke of {digit} goes nowhere");
                let mut points = Vec::new();
                glyph.iter().for_each(|stroke| flatten(stroke, &mut points));
                let (top, bottom) = points.iter().fold((1.0_f64, 0.0_f64), |(low, high), p| (low.min(p.1), high.max(p.1)));
                assert!(top < 0.1 && bottom > 0.9, "{digit} reaches from {top} to {bottom}");
                assert!(points.iter().all(|p| (-0.1..1.1).contains(&p.0) && (-0.1..1.1).contains(&p.1)), "{digit} leaves its square");
            }
        }
    }

    #[test]
    fn the_curve_passes_its_knots_and_corners_stay_sharp() {
        let mut points = Vec::new();
        flatten(&[c(0.0, 0.0), s(0.5, 0.5), c(1.0, 0.0)], &mut points);
        assert_eq!(points.len(), 1 + 2 * PIECES);
        assert_eq!((points[0], points[PIECES], points[2 * PIECES]), ((0.0, 0.0), (0.5, 0.5), (1.0, 0.0)));
        points.clear();
        flatten(&[c(0.0, 0.0), c(1.0, 0.0), c(1.0, 1.0)], &mut points);
        assert!(points.iter().all(|&(x, y)| y == 0.0 || x == 1.0), "lines between corners are straight: {points:?}");
    }
}
