//! Strokes to pixels: an ink buffer of 28 × 28 that round-tipped line segments are drawn into, without jagged edges.
//!
//! Here because it is the hot loop of the generator: a segment touches only its own bounding box, and a root is taken
//! only for pixels on an edge. Never here: randomness or glyphs.

/// Width and height of an image.
pub const SIDE: usize = 28;

/// A point of a stroke in pixels, with the radius that the pen has there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// The distance from the left edge in pixels; the leftmost pixel's centre is at 0.5.
    pub x: f64,
    /// The distance from the top edge in pixels.
    pub y: f64,
    /// Half of the stroke's width, at least 0.5.
    pub radius: f64,
}

/// The coverage of each pixel, 0 to 1, row by row.
#[derive(Clone, Debug)]
pub struct Ink([f32; SIDE * SIDE]);

impl Ink {
    /// A clean sheet.
    pub fn new() -> Self {
        Self([0.0; SIDE * SIDE])
    }

    /// Makes the sheet clean again.
    pub fn clear(&mut self) {
        self.0.fill(0.0);
    }

    /// The coverage of every pixel.
    pub fn pixels(&self) -> &[f32; SIDE * SIDE] {
        &self.0
    }

    /// Draws the segment from `a` to `b` with round ends at strength `ink`. Where ink is already, the stronger stays:
    /// crossing strokes do not get darker than one stroke.
    pub fn draw(&mut self, a: Dot, b: Dot, ink: f64) {
        let reach = a.radius.max(b.radius) + 0.5;
        let (rows, columns) = (span(a.y, b.y, reach), span(a.x, b.x, reach));
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let length2 = dx * dx + dy * dy;
        let per_length2 = if length2 > 0.0 { 1.0 / length2 } else { 0.0 };
        for row in rows {
            let py = row as f64 + 0.5 - a.y;
            for column in columns.clone() {
                let px = column as f64 + 0.5 - a.x;
                // The nearest point of the segment, as a fraction of its length.
                let t = ((px * dx + py * dy) * per_length2).clamp(0.0, 1.0);
                let (ex, ey) = (px - t * dx, py - t * dy);
                let distance2 = ex * ex + ey * ey;
                let radius = a.radius + t * (b.radius - a.radius);
                if distance2 >= (radius + 0.5) * (radius + 0.5) {
                    continue;
                }
                let inner = radius - 0.5;
                let cover = if distance2 <= inner * inner { 1.0 } else { radius + 0.5 - distance2.sqrt() };
                let pixel = &mut self.0[row * SIDE + column];
                *pixel = pixel.max((ink * cover) as f32);
            }
        }
    }
}

/// The pixels between `a` and `b`, `reach` further on both sides, as far as they are on the sheet.
fn span(a: f64, b: f64, reach: f64) -> std::ops::Range<usize> {
    // A cast from a negative number is 0, so that only the far end needs a bound.
    let end = (a.max(b) + reach + 0.5) as usize;
    (a.min(b) - reach) as usize..end.min(SIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(x: f64, y: f64) -> Dot {
        Dot { x, y, radius: 1.0 }
    }

    #[test]
    fn a_line_covers_its_own_area_wherever_it_lies() {
        for offset in [0.0, 0.25, 0.5, 0.9] {
            let mut ink = Ink::new();
            ink.draw(dot(8.0, 10.0 + offset), dot(20.0, 10.0 + offset), 1.0);
            let area: f32 = ink.pixels().iter().sum();
            let expected = 12.0 * 2.0 + std::f32::consts::PI;
            assert!((area - expected).abs() < 0.5, "area {area} at offset {offset}, expected {expected}");
        }
    }

    #[test]
    fn crossing_strokes_do_not_add_up_and_nothing_leaves_the_sheet() {
        let mut ink = Ink::new();
        ink.draw(dot(-50.0, -50.0), dot(80.0, 80.0), 0.7);
        ink.draw(dot(80.0, -50.0), dot(-50.0, 80.0), 0.7);
        ink.draw(dot(60.0, 60.0), dot(60.0, 60.0), 1.0);
        let darkest = ink.pixels().iter().copied().fold(0.0, f32::max);
        assert_eq!(darkest, 0.7);
        ink.clear();
        assert!(ink.pixels().iter().all(|&pixel| pixel == 0.0));
    }
}
