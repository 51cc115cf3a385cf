//! Colours of maps: of brightness, of numbers with a sign, of classes with confidence.
//!
//! Signs are told by blue and vermilion, which the colour-blind tell apart too; the background stands for zero. Never here:
//! what the numbers mean.

use crate::charts::Theme;
use crate::charts::paper::theme::Rgb;

/// The colours of numbers and classes, as the page's theme has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shades {
    zero: Rgb,
    positive: Rgb,
    negative: Rgb,
    alarm: Rgb,
    rim: Rgb,
    classes: [Rgb; 8],
}

impl Shades {
    /// The shades of a theme.
    pub fn of(theme: &Theme) -> Self {
        // Class 0 is the dot in vermilion, class 1 the cross in blue, as in the pictures of the data.
        let mut classes = theme.palette;
        classes.swap(0, 1);
        // On a dark page the text is not bright enough beside the palette, which is bright there.
        let rim = if theme.background == Theme::light().background { theme.text } else { (255, 255, 255) };
        Self { rim, zero: theme.background, positive: theme.palette[0], negative: theme.palette[1], alarm: theme.alarm, classes }
    }

    /// The same for slopes, in two other colours: green above zero, purple below.
    pub fn of_slopes(theme: &Theme) -> Self {
        Self { positive: theme.palette[2], negative: theme.palette[3], ..Self::of(theme) }
    }

    fn between(from: Rgb, to: Rgb, share: f32) -> Rgb {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        let mix = |from: u8, to: u8| (f32::from(from) + (f32::from(to) - f32::from(from)) * share).round() as u8;
        (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
    }

    /// The colour of `value`, where `most` is the largest size.
    pub fn signed(&self, value: f32, most: f32) -> Rgb {
        if !value.is_finite() {
            return self.alarm;
        }
        let share = if most > 0.0 { value.abs() / most } else { 0.0 };
        Self::between(self.zero, if value < 0.0 { self.negative } else { self.positive }, share)
    }

    /// The colour of class `class`.
    pub fn class(&self, class: usize) -> Rgb {
        self.classes[class % self.classes.len()]
    }

    /// The colour of the rim around a point that lies on the surface.
    pub fn rim(&self) -> Rgb {
        self.rim
    }

    /// The colour of a point that is taken for `class` of `classes` with `confidence`: pale where the network is not sure.
    pub fn surface(&self, class: f32, confidence: f32, classes: usize) -> Rgb {
        if !class.is_finite() || !confidence.is_finite() {
            return self.alarm;
        }
        let guess = 1.0 / classes.max(2) as f32;
        let share = (confidence - guess) / (1.0 - guess);
        Self::between(self.zero, self.class(class as usize), 0.08 + 0.52 * share)
    }

    /// The pixels of a map with a sign, as red, green, blue, alpha.
    pub fn pixels(&self, values: &[f32], most: f32) -> Vec<u8> {
        values.iter().flat_map(|&value| rgba(self.signed(value, most))).collect()
    }

    /// The pixels of a map that lies over a picture: the larger a number, the less is seen of what is under it.
    pub fn cover(&self, values: &[f32], most: f32) -> Vec<u8> {
        let pixel = |value: f32| {
            let (red, green, blue) = self.signed(value, value.abs());
            let share = if most > 0.0 { (value.abs() / most).min(1.0) } else { 0.0 };
            [red, green, blue, (share * 225.0) as u8]
        };
        values.iter().flat_map(|&value| pixel(value)).collect()
    }

    /// The pixels of an image of `channels`, its brightness unchanged: grey of one, red, green and blue of three.
    pub fn image(values: &[f32], channels: usize) -> Vec<u8> {
        let plane = values.len() / channels.max(1);
        let level = |pixel: usize, colour: usize| (values[colour % channels * plane + pixel].clamp(0.0, 1.0) * 255.0) as u8;
        (0..plane).flat_map(|pixel| [level(pixel, 0), level(pixel, 1), level(pixel, 2), 255]).collect()
    }
}

fn rgba((red, green, blue): Rgb) -> [u8; 4] {
    [red, green, blue, 255]
}

/// The largest finite size among `values`; 0 without any.
pub fn largest(values: &[f32]) -> f32 {
    values.iter().filter(|value| value.is_finite()).fold(0.0, |most, value| most.max(value.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::paper::theme::testing::contrast;

    #[test]
    fn zero_is_the_background_and_signs_have_their_colours() {
        for theme in [Theme::light(), Theme::dark()] {
            let shades = Shades::of(&theme);
            assert_eq!(shades.signed(0.0, 2.0), theme.background);
            assert_eq!(shades.signed(2.0, 2.0), theme.palette[0]);
            assert_eq!(shades.signed(-5.0, 2.0), theme.palette[1]);
            assert_eq!(shades.signed(f32::NAN, 2.0), theme.alarm);
            assert_eq!(shades.signed(3.0, 0.0), theme.background, "a map of nothing but zeros");
            assert_eq!(shades.surface(f32::NAN, 0.5, 2), theme.alarm);
            assert_ne!(shades.surface(0.0, 0.9, 2), shades.surface(1.0, 0.9, 2));
            assert_eq!(shades.pixels(&[0.0, 1.0], 1.0).len(), 8);
        }
    }

    #[test]
    fn the_rim_of_a_point_stands_out_from_every_surface() {
        for theme in [Theme::light(), Theme::dark()] {
            let shades = Shades::of(&theme);
            for (class, confidence) in (0..8).flat_map(|class| (5..=10).map(move |tenth| (class as f32, tenth as f32 / 10.0))) {
                let surface = shades.surface(class, confidence, 2);
                let apart = contrast(shades.rim(), surface);
                assert!(apart >= 3.0, "{apart:.2} on class {class} at {confidence}");
            }
        }
    }

    #[test]
    fn images_are_grey_or_coloured() {
        assert_eq!(Shades::image(&[0.0, 1.0], 1), [0, 0, 0, 255, 255, 255, 255, 255]);
        assert_eq!(Shades::image(&[1.0, 0.0, 0.5], 3), [255, 0, 127, 255]);
        assert_eq!(largest(&[1.0, -3.0, f32::NAN, f32::INFINITY]), 3.0);
        assert_eq!(largest(&[]), 0.0);
    }
}
