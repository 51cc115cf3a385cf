//! Moving pictures as GIF: every browser, mail program and slide shows them, and each frame is exactly the one that was drawn.
//!
//! The other way would be the browser's own recorder (WebM): it records in real time, so a film of a minute takes one, frames
//! are lost while the page is hidden or busy, and what comes out cannot be tested without a browser. By hand, since an encoder
//! is small; the tests read it with another's decoder.
//!
//! A frame has a palette of its own, and only the rectangle that has changed; in it, what has not changed is transparent. With
//! at most 255 colours among what has changed a frame is exact. It is worked on row by row, so that a page need not stop for
//! it. Never here: what is drawn.

mod lzw;
mod palette;

use lzw::Packer;
use palette::{Counting, Palette, TRANSPARENT};
use std::ops::Range;

/// Part of a picture: the columns and rows from the first to the one after the last.
#[derive(Clone, Debug, Default, PartialEq)]
struct Part {
    columns: Range<usize>,
    rows: Range<usize>,
}

/// The work on the present frame.
enum Work {
    /// Counting colours, from this row on.
    Counting(Box<Counting>, usize),
    /// Packing, from this row on.
    Packing(Box<Packer>, Box<Palette>, usize),
}

/// A moving picture in the making.
pub struct Gif {
    width: usize,
    height: usize,
    /// The pixels of the last frame, red, green and blue in one number each; empty before the first.
    before: Vec<u32>,
    /// The pixels of the present one.
    present: Vec<u32>,
    part: Part,
    hundredths: u16,
    work: Option<Work>,
    frames: usize,
    out: Vec<u8>,
}

fn rgb(pixel: [u8; 4]) -> u32 {
    u32::from_be_bytes([0, pixel[0], pixel[1], pixel[2]])
}

fn push_u16(out: &mut Vec<u8>, value: usize) {
    out.extend((value as u16).to_le_bytes());
}

impl Gif {
    /// A picture of this size, at most 65 535 pixels either way, that is shown again and again.
    pub fn new(width: usize, height: usize) -> Self {
        let mut out = b"GIF89a".to_vec();
        push_u16(&mut out, width);
        push_u16(&mut out, height);
        // No palette for all frames; the loop for ever.
        out.extend([0, 0, 0]);
        out.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00");
        let part = Part::default();
        Self { width, height, before: Vec::new(), present: Vec::new(), part, hundredths: 0, work: None, frames: 0, out }
    }

    /// Begins the next frame, which is shown for so many hundredths of a second: its pixels, each red, green, blue and a fourth
    /// that is not looked at. The frame before must be done.
    ///
    /// # Panics
    /// When there are other than width times height pixels.
    pub fn begin(&mut self, pixels: &[u8], hundredths: u16) {
        let (pixels, rest) = pixels.as_chunks::<4>();
        assert!(rest.is_empty() && pixels.len() == self.width * self.height, "a frame is as large as the picture");
        self.present.clear();
        self.present.extend(pixels.iter().map(|&pixel| rgb(pixel)));
        self.part = self.changed();
        self.hundredths = hundredths;
        self.work = Some(Work::Counting(Box::default(), self.part.rows.start));
    }

    /// The smallest part that has all that has changed; one pixel where nothing has.
    fn changed(&self) -> Part {
        let mut part = Part { columns: 0..self.width, rows: 0..self.height };
        if self.before.is_empty() || self.width == 0 {
            return part;
        }
        let row = |row: usize| row * self.width..(row + 1) * self.width;
        let has_changed = |at: &usize| self.before[row(*at)] != self.present[row(*at)];
        let Some(first) = part.rows.clone().find(has_changed) else { return Part { columns: 0..1, rows: 0..1 } };
        let last = part.rows.clone().rev().find(has_changed).unwrap_or(first);
        part.rows = first..last + 1;
        let differs = |column: &usize| part.rows.clone().any(|row| self.is_new(row * self.width + column));
        let left = part.columns.clone().find(differs).unwrap_or(0);
        let right = part.columns.clone().rev().find(differs).unwrap_or(left);
        part.columns = left..right + 1;
        part
    }

    /// Whether the pixel at this place is another than in the last frame.
    fn is_new(&self, place: usize) -> bool {
        self.before.get(place) != self.present.get(place)
    }

    /// Works on at most so many rows of the present frame; false when it is done.
    pub fn advance(&mut self, rows: usize) -> bool {
        let Some(work) = self.work.take() else { return false };
        let end = |from: usize| (from + rows.max(1)).min(self.part.rows.end);
        self.work = match work {
            Work::Counting(mut counting, from) => {
                for row in from..end(from) {
                    for column in self.part.columns.clone() {
                        let place = row * self.width + column;
                        if self.is_new(place) {
                            counting.count(self.present[place]);
                        }
                    }
                }
                Some(if end(from) < self.part.rows.end {
                    Work::Counting(counting, end(from))
                } else {
                    let palette = Box::new(counting.palette());
                    self.head(&palette);
                    Work::Packing(Box::new(Packer::new(palette.bits())), palette, self.part.rows.start)
                })
            }
            Work::Packing(mut packer, palette, from) => {
                for row in from..end(from) {
                    for column in self.part.columns.clone() {
                        let place = row * self.width + column;
                        packer.push(if self.is_new(place) { palette.index(self.present[place]) } else { TRANSPARENT }, &mut self.out);
                    }
                }
                if end(from) < self.part.rows.end {
                    Some(Work::Packing(packer, palette, end(from)))
                } else {
                    packer.finish(&mut self.out);
                    std::mem::swap(&mut self.before, &mut self.present);
                    self.frames += 1;
                    None
                }
            }
        };
        self.work.is_some()
    }

    /// Writes what comes before the packed pixels of a frame.
    fn head(&mut self, palette: &Palette) {
        let Part { columns, rows } = self.part.clone();
        // The frame stays where the next one is transparent; the first colour is.
        self.out.extend([0x21, 0xf9, 4, 0b0000_0101]);
        push_u16(&mut self.out, usize::from(self.hundredths));
        self.out.extend([TRANSPARENT, 0, 0x2c]);
        for value in [columns.start, rows.start, columns.len(), rows.len()] {
            push_u16(&mut self.out, value);
        }
        self.out.push(0b1000_0000 | (palette.bits() - 1));
        self.out.extend(palette.bytes());
    }

    /// Number of frames that are done.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Takes the bytes that are there so far.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// The last bytes of the file.
    pub fn finish(mut self) -> Vec<u8> {
        self.out.push(0x3b);
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rng::Rng;
    use proptest::prelude::*;

    fn made(width: usize, height: usize, frames: &[Vec<u8>], rows: usize) -> Vec<u8> {
        let mut gif = Gif::new(width, height);
        let mut bytes = Vec::new();
        for (index, frame) in frames.iter().enumerate() {
            gif.begin(frame, 12);
            while gif.advance(rows) {}
            assert_eq!(gif.frames(), index + 1);
            bytes.extend(gif.take());
        }
        bytes.extend(gif.finish());
        bytes
    }

    /// What a decoder shows: every frame with its time, and how often they are repeated.
    fn shown(bytes: &[u8]) -> (Vec<(Vec<u8>, u16)>, gif::Repeat) {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes).expect("it is a GIF");
        let width = usize::from(decoder.width());
        let mut canvas = vec![0; 4 * width * usize::from(decoder.height())];
        let mut frames = Vec::new();
        while let Some(frame) = decoder.read_next_frame().expect("the frame can be read") {
            for (index, pixel) in frame.buffer.as_chunks::<4>().0.iter().enumerate() {
                let (column, row) = (index % usize::from(frame.width), index / usize::from(frame.width));
                let place = 4 * ((row + usize::from(frame.top)) * width + column + usize::from(frame.left));
                if pixel[3] != 0 {
                    canvas[place..place + 4].copy_from_slice(pixel);
                }
            }
            frames.push((canvas.clone(), frame.delay));
        }
        (frames, decoder.repeat())
    }

    /// Frames of noise in so many colours, most of each as the one before.
    fn noise(width: usize, height: usize, count: usize, colours: usize, seed: u64) -> Vec<Vec<u8>> {
        let mut rng = Rng::new(seed, "film");
        let palette: Vec<[u8; 4]> = (0..colours).map(|_| [rng.next_u32() as u8, rng.next_u32() as u8, rng.next_u32() as u8, 255]).collect();
        let mut frame = vec![palette[0]; width * height];
        (0..count)
            .map(|_| {
                for _ in 0..rng.below((width * height) as u32 + 1) {
                    let place = rng.below((width * height) as u32);
                    frame[place as usize] = palette[rng.below(colours as u32) as usize];
                }
                frame.as_flattened().to_vec()
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn what_is_shown_is_what_was_drawn(
            width in 1..70_usize, height in 1..70_usize, count in 1..5_usize, colours in 1..255_usize, rows in 1..90_usize, seed: u64,
        ) {
            let frames = noise(width, height, count, colours, seed);
            let (back, repeat) = shown(&made(width, height, &frames, rows));
            prop_assert_eq!(repeat, gif::Repeat::Infinite);
            prop_assert!(back.iter().all(|(_, hundredths)| *hundredths == 12));
            prop_assert_eq!(back.into_iter().map(|(pixels, _)| pixels).collect::<Vec<_>>(), frames);
        }
    }

    #[test]
    fn long_pictures_fill_the_table_of_codes_many_times() {
        let frames = noise(400, 300, 2, 200, 5);
        let bytes = made(400, 300, &frames, 16);
        assert_eq!(shown(&bytes).0[1].0, frames[1]);
        let flat = vec![vec![7_u8; 4 * 400 * 300]; 3];
        let flat: Vec<Vec<u8>> = flat
            .into_iter()
            .map(|mut frame| {
                frame.as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| pixel[3] = 255);
                frame
            })
            .collect();
        let packed = made(400, 300, &flat, 16);
        assert_eq!(shown(&packed).0.len(), 3, "a frame in which nothing has changed is one too");
        assert!(packed.len() < 2_000, "{} bytes", packed.len());
    }

    #[test]
    fn more_colours_than_a_palette_has_are_the_nearest_ones() {
        // A smooth picture of 60 000 colours.
        let (width, height) = (300, 200);
        let colour = |place: usize| {
            let (x, y) = (place % width, place / width);
            [(x * 255 / width) as u8, (y * 255 / height) as u8, ((x + y) / 2) as u8, 255]
        };
        let frame: Vec<u8> = (0..width * height).flat_map(colour).collect();
        let back = shown(&made(width, height, std::slice::from_ref(&frame), 50)).0.swap_remove(0).0;
        let off = frame.iter().zip(&back).map(|(a, b)| a.abs_diff(*b));
        let (largest, sum) = off.fold((0, 0_u64), |(largest, sum), off| (largest.max(off), sum + u64::from(off)));
        assert!(largest <= 24 && sum as f64 / frame.len() as f64 <= 5.0, "{largest} {}", sum as f64 / frame.len() as f64);
    }
}
