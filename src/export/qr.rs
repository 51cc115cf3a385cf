//! A text as a QR code (ISO/IEC 18004), as one path for SVG: dark squares on a light ground, with the quiet zone around them.
//!
//! Never here: the page, colours, what the text says.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};
use std::fmt::Write;

/// The largest version, with 105 squares a side: on a projector of 1 080 lines each is 8 pixels, about the least that a phone reads
/// from the middle of a room.
const MOST_VERSION: u8 = 22;
/// The most bytes that a code of that version holds at its lowest correction of errors.
pub const MOST_BYTES: usize = 1_003;
/// The width of the light border, in squares, that the standard asks for.
const QUIET: i32 = 4;

/// A code, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The width and height in squares, with the border.
    pub size: i32,
    /// The dark squares as the `d` of a path.
    pub path: String,
}

/// The code of `text`; `None` where it is too long for one that a phone reads from a projector.
pub fn picture(text: &str) -> Option<Picture> {
    // Bytes are what addresses and codes are made of: their small letters have no denser mode.
    let segments = [QrSegment::make_bytes(text.as_bytes())];
    let code = QrCode::encode_segments_advanced(&segments, QrCodeEcc::Low, Version::MIN, Version::new(MOST_VERSION), None, true).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let dark = (x..code.size()).take_while(|&x| code.get_module(x, y)).count() as i32;
            if dark > 0 {
                // Never fails: it is a text in memory.
                write!(path, "M{} {}h{dark}v1h-{dark}z", x + QUIET, y + QUIET).ok();
            }
            x += dark.max(1);
        }
    }
    Some(Picture { size: code.size() + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The path filled, each square as 4 by 4 pixels, and read by a decoder of another hand.
    fn decoded(picture: &Picture) -> String {
        const GRAIN: usize = 4;
        let width = picture.size as usize * GRAIN;
        let mut dark = vec![false; width * width];
        for bar in picture.path.split('M').skip(1) {
            let numbers: Vec<usize> = bar.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
            let (x, y, length) = (numbers[0], numbers[1], numbers[2]);
            assert_eq!(bar, format!("{x} {y}h{length}v1h-{length}z"));
            for row in y * GRAIN..(y + 1) * GRAIN {
                dark[row * width + x * GRAIN..][..length * GRAIN].fill(true);
            }
        }
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, width, |x, y| if dark[y * width + x] { 0 } else { 255 });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one code is found");
        grids[0].decode().expect("it can be read").1
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn a_code_says_what_it_was_made_of(text in "https://[a-z.]{3,20}/#c=1\\.[A-Za-z0-9_-]{0,900}") {
            prop_assert_eq!(decoded(&picture(&text).expect("it is short enough")), text);
        }
    }

    #[test]
    fn the_longest_text_is_just_read_and_a_longer_one_is_refused() {
        let text = "x".repeat(MOST_BYTES);
        let longest = picture(&text).unwrap();
        assert_eq!((longest.size, decoded(&longest)), (105 + 8, text));
        assert_eq!(picture(&"x".repeat(MOST_BYTES + 1)), None);
        assert_eq!(picture("").map(|picture| picture.size), Some(21 + 8));
    }
}
