//! The palette of a frame: its colours themselves where they are few, or else the means of boxes of similar ones (median cut,
//! Heckbert 1982). Never here: which pixels count.

/// The index that means: as before.
pub(super) const TRANSPARENT: u8 = 0;
/// The most colours beside it.
const MOST: usize = 255;
/// The bits of each of red, green and blue by which colours are put together where they are many.
const COARSE: u32 = 5;
/// Number of places in the table that finds a colour: a few times [`MOST`].
const PLACES: usize = 1 << 11;

/// The colours of a frame, being counted.
pub(super) struct Counting {
    /// Colours, each with a bit that says that it is there, and its index.
    exact: Vec<(u32, u8)>,
    colours: Vec<u32>,
    is_exact: bool,
    /// The pixels of each coarse colour: their number, and the sums of red, green and blue.
    coarse: Vec<[u32; 4]>,
}

impl Default for Counting {
    fn default() -> Self {
        Self { exact: vec![(0, 0); PLACES], colours: Vec::new(), is_exact: true, coarse: vec![[0; 4]; 1 << (3 * COARSE)] }
    }
}

fn parts(colour: u32) -> [u32; 3] {
    [16, 8, 0].map(|shift| colour >> shift & 0xff)
}

fn coarse(colour: u32) -> usize {
    parts(colour).into_iter().fold(0, |place, part| place << COARSE | part >> (8 - COARSE)) as usize
}

/// The place of `colour` in a table of exact colours, or where it would be.
fn place_of(exact: &[(u32, u8)], colour: u32) -> usize {
    let mut place = (colour.wrapping_mul(0x9e37_79b1) >> 21) as usize % PLACES;
    while exact[place].0 != 0 && exact[place].0 != (colour | THERE) {
        place = (place + 1) % PLACES;
    }
    place
}

/// The bit that says that there is a colour.
const THERE: u32 = 1 << 31;

impl Counting {
    /// Counts a pixel.
    pub(super) fn count(&mut self, colour: u32) {
        if self.is_exact {
            let place = place_of(&self.exact, colour);
            if self.exact[place].0 == 0 {
                if self.colours.len() == MOST {
                    self.is_exact = false;
                } else {
                    self.colours.push(colour);
                    self.exact[place] = (colour | THERE, self.colours.len() as u8);
                }
            }
        }
        let cell = &mut self.coarse[coarse(colour)];
        let [red, green, blue] = parts(colour);
        *cell = [cell[0] + 1, cell[1] + red, cell[2] + green, cell[3] + blue];
    }

    /// The palette of what was counted.
    pub(super) fn palette(self) -> Palette {
        if self.is_exact {
            return Palette { colours: self.colours, exact: self.exact, coarse: Vec::new() };
        }
        let mut cells: Vec<usize> = (0..self.coarse.len()).filter(|&cell| self.coarse[cell][0] > 0).collect();
        // Each box is a part of this list.
        let mut boxes: Vec<std::ops::Range<usize>> = std::iter::once(0..cells.len()).collect();
        let side = |cells: &[usize], axis: usize| {
            let shift = COARSE * (2 - axis as u32);
            let parts = cells.iter().map(|cell| (cell >> shift) & ((1 << COARSE) - 1));
            parts.clone().max().unwrap_or(0) - parts.min().unwrap_or(0)
        };
        let pixels = |cells: &[usize]| cells.iter().map(|&cell| u64::from(self.coarse[cell][0])).sum::<u64>();
        while boxes.len() < MOST {
            // The box in which the most pixels may be the furthest off.
            let worth = |of: &std::ops::Range<usize>| {
                let cells = &cells[of.clone()];
                let longest = (0..3).map(|axis| side(cells, axis)).max().unwrap_or(0) as u64;
                // By the root of the pixels, or a large ground would have all colours and a thin line none.
                longest * longest * pixels(cells).isqrt().max(1)
            };
            let Some((index, _)) = boxes.iter().map(worth).enumerate().filter(|(_, worth)| *worth > 0).max_by_key(|(_, worth)| *worth)
            else {
                break;
            };
            let of = boxes.swap_remove(index);
            let longest = (0..3).max_by_key(|&axis| side(&cells[of.clone()], axis)).unwrap_or(0);
            let shift = COARSE * (2 - longest as u32);
            cells[of.clone()].sort_unstable_by_key(|cell| (cell >> shift) & ((1 << COARSE) - 1));
            let half = pixels(&cells[of.clone()]) / 2;
            let mut sum = 0;
            let before = cells[of.clone()].iter().take_while(|&&cell| {
                sum += u64::from(self.coarse[cell][0]);
                sum <= half
            });
            let middle = of.start + before.count().clamp(1, of.len() - 1);
            boxes.extend([of.start..middle, middle..of.end]);
        }
        let (mut colours, mut by_cell) = (Vec::new(), vec![TRANSPARENT; self.coarse.len()]);
        for of in boxes {
            let cells = &cells[of];
            let sums =
                cells.iter().fold([0_u64; 4], |sums, &cell| std::array::from_fn(|part| sums[part] + u64::from(self.coarse[cell][part])));
            let mean = |part: usize| ((sums[part] + sums[0] / 2) / sums[0].max(1)) as u32;
            colours.push(mean(1) << 16 | mean(2) << 8 | mean(3));
            cells.iter().for_each(|&cell| by_cell[cell] = colours.len() as u8);
        }
        Palette { colours, exact: Vec::new(), coarse: by_cell }
    }
}

/// The colours of a frame by their indices, from 1 on.
pub(super) struct Palette {
    colours: Vec<u32>,
    exact: Vec<(u32, u8)>,
    coarse: Vec<u8>,
}

impl Palette {
    /// The index of a colour that was counted.
    pub(super) fn index(&self, colour: u32) -> u8 {
        if self.coarse.is_empty() { self.exact[place_of(&self.exact, colour)].1 } else { self.coarse[coarse(colour)] }
    }

    /// The bits of an index, from 2 to 8.
    pub(super) fn bits(&self) -> u8 {
        (2..8).find(|bits| self.colours.len() < 1 << bits).unwrap_or(8)
    }

    /// The colours as bytes, as many as there are indices.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = [0].iter().chain(&self.colours).flat_map(|&colour| parts(colour).map(|part| part as u8)).collect();
        bytes.resize(3 << self.bits(), 0);
        bytes
    }
}
