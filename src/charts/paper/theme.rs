//! Colours and sizes of a chart, for light and for dark pages.
//!
//! The palettes keep the hues that Okabe and Ito chose for colour-blind readers (<https://jfly.uni-koeln.de/color/>),
//! with the lightness moved until every line stands out from its background by at least 3 : 1 (WCAG 2.2, 1.4.11); a
//! test holds that. Colour is never the only difference between two curves: their dashes differ as well.
//!
//! Never here: sizes of the page around the chart; those belong to the style sheet.

/// A colour: red, green, blue.
pub type Rgb = (u8, u8, u8);

/// Number of colours in a palette; a [`Style`](crate::charts::Style) names one of them, modulo this.
pub const PALETTE_LEN: usize = 8;

/// Colours and sizes. Sizes are in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Background of the page behind the chart. The chart itself is transparent.
    pub background: Rgb,
    /// Tick labels.
    pub text: Rgb,
    /// Names of the axes.
    pub muted: Rgb,
    /// Grid lines.
    pub grid: Rgb,
    /// The two axes and the cursor.
    pub axis: Rgb,
    /// Marks where a value is NaN or infinite.
    pub alarm: Rgb,
    /// The curves.
    pub palette: [Rgb; PALETTE_LEN],
    /// A CSS list of font families.
    pub font_family: &'static str,
    /// Height of the text.
    pub font_px: f32,
    /// Factor of the widths of curves.
    pub line_scale: f32,
}

/// A colour as CSS writes it.
pub fn css((red, green, blue): Rgb) -> String {
    format!("rgb({red} {green} {blue})")
}

const FONT_FAMILY: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/// Ordered colours for light pages: ochre, orange, red, violet, blue, the least first.
const ORDERED_ON_LIGHT: [Rgb; PALETTE_LEN] =
    [(176, 134, 0), (220, 80, 0), (208, 32, 62), (176, 16, 120), (134, 28, 156), (72, 52, 172), (16, 44, 120), (8, 14, 56)];
/// Ordered colours for dark pages: blue, violet, red, orange, yellow.
const ORDERED_ON_DARK: [Rgb; PALETTE_LEN] =
    [(104, 92, 236), (170, 92, 232), (226, 92, 176), (246, 108, 110), (246, 146, 40), (216, 184, 20), (186, 226, 90), (250, 248, 190)];

impl Theme {
    /// Theme for light pages.
    pub const fn light() -> Self {
        Self {
            background: (255, 255, 255),
            text: (60, 66, 74),
            muted: (104, 112, 122),
            grid: (229, 232, 236),
            axis: (150, 157, 166),
            alarm: (200, 16, 46),
            palette: [
                (0, 103, 178),  // blue
                (205, 80, 0),   // vermilion
                (0, 133, 100),  // bluish green
                (178, 74, 136), // reddish purple
                (150, 112, 0),  // ochre, for yellow and orange
                (38, 140, 196), // sky blue
                (84, 88, 94),   // grey, for black
                (124, 58, 190), // violet
            ],
            font_family: FONT_FAMILY,
            font_px: 12.0,
            line_scale: 1.0,
        }
    }

    /// Theme for dark pages.
    pub const fn dark() -> Self {
        Self {
            background: (21, 24, 29),
            text: (200, 206, 214),
            muted: (144, 152, 163),
            grid: (43, 48, 56),
            axis: (104, 112, 123),
            alarm: (255, 107, 107),
            palette: [
                (86, 170, 240),  // blue
                (255, 140, 70),  // vermilion
                (40, 200, 152),  // bluish green
                (232, 144, 196), // reddish purple
                (240, 214, 80),  // yellow
                (148, 214, 250), // sky blue
                (190, 196, 204), // grey
                (180, 150, 255), // violet
            ],
            font_family: FONT_FAMILY,
            font_px: 12.0,
            line_scale: 1.0,
        }
    }

    /// The same colours with larger type and thicker lines, for a projector: 1.5 suits a lecture room.
    #[must_use]
    pub fn scaled(mut self, factor: f32) -> Self {
        self.font_px *= factor;
        self.line_scale *= factor;
        self
    }

    /// The same with an ordered palette in place of one that only tells apart: from light to dark on a light page, from dark to light on a
    /// dark one, so that the order is seen without the hues too.
    #[must_use]
    pub fn ordered(mut self) -> Self {
        self.palette = if self.background == Self::light().background { ORDERED_ON_LIGHT } else { ORDERED_ON_DARK };
        self
    }

    /// The colour that a style names.
    pub fn colour(&self, index: u8) -> Rgb {
        self.palette[usize::from(index) % PALETTE_LEN]
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::Rgb;

    /// Contrast by WCAG 2.2: from relative luminances.
    pub fn contrast(a: Rgb, b: Rgb) -> f64 {
        let channel = |c: u8| match f64::from(c) / 255.0 {
            c if c <= 0.04045 => c / 12.92,
            c => ((c + 0.055) / 1.055).powf(2.4),
        };
        let luminance = |(r, g, b): Rgb| 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::contrast;
    use super::*;

    #[test]
    fn ordered_colours_stand_out_further_and_further() {
        for theme in [Theme::light(), Theme::dark()].map(Theme::ordered) {
            let contrasts = theme.palette.map(|colour| contrast(colour, theme.background));
            assert!(contrasts.windows(2).all(|pair| pair[1] > 1.1 * pair[0]), "{contrasts:?}");
            // Neighbours are of different hues too.
            let apart = |a: Rgb, b: Rgb| u32::from(a.0.abs_diff(b.0)) + u32::from(a.1.abs_diff(b.1)) + u32::from(a.2.abs_diff(b.2));
            assert!(theme.palette.windows(2).all(|pair| apart(pair[0], pair[1]) >= 70), "{:?}", theme.palette);
        }
    }

    #[test]
    fn text_and_lines_stand_out() {
        for theme in [Theme::light(), Theme::dark(), Theme::light().ordered(), Theme::dark().ordered()] {
            for colour in theme.palette.into_iter().chain([theme.alarm]) {
                assert!(contrast(colour, theme.background) >= 3.0, "{colour:?} on {:?}", theme.background);
            }
            for colour in [theme.text, theme.muted] {
                assert!(contrast(colour, theme.background) >= 4.5, "{colour:?} on {:?}", theme.background);
            }
        }
    }

    #[test]
    fn a_style_may_name_more_colours_than_there_are() {
        assert_eq!(Theme::light().colour(9), Theme::light().palette[1]);
    }
}
