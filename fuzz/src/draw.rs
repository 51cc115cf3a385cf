//! Random choices from a seed: counts, numbers and texts as files and attackers have them. Never here: any format.

use emberscope::domain::rng::Rng;

/// A stream of choices, the same for the same input.
pub struct Draw(Rng);

/// Whole numbers at which readers go wrong.
const EDGES: [u64; 22] = [
    0,
    1,
    2,
    3,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    (1 << 24) + 1,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 53) - 1,
    (1 << 53) + 1,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX - 7,
    u64::MAX,
];

/// Numbers with a fraction, or none at all.
const ODD: [f64; 18] = [
    0.0,
    -0.0,
    -1.0,
    0.1,
    0.5,
    1.5,
    1e-7,
    1e-45,
    5e-324,
    1e38,
    3.5e38,
    1e300,
    1.797e308,
    -1e300,
    4_294_967_296.5,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

const LETTERS: [&str; 24] = [
    "a", "b", "Z", "0", "9", " ", "/", "_", "-", ".", "\"", "\\", "\n", "\t", "\0", "\u{7f}", "\u{1b}", "ü", "é", "漢", "\u{202e}", "🜂",
    "<", "&",
];

impl Draw {
    /// The choices for input `index` of `reader` under `seed`.
    pub fn new(seed: u64, reader: &str, index: u64) -> Self {
        Self(Rng::new(seed ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15), reader))
    }

    /// A whole number in `0..n`; 0 where `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.0.below(n.min(u32::MAX as usize) as u32) as usize }
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of `items`, which are not empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A random byte.
    pub fn byte(&mut self) -> u8 {
        self.0.next_u32() as u8
    }

    /// Random bits.
    pub fn bits(&mut self) -> u64 {
        u64::from(self.0.next_u32()) << 32 | u64::from(self.0.next_u32())
    }

    /// A count that is small nearly always: at most `usual`, once in a while thousands.
    pub fn count(&mut self, usual: usize) -> usize {
        match self.below(4000) {
            0 => self.below(200 * (usual + 1)),
            1..40 => self.below(4 * (usual + 1)),
            _ => self.below(usual + 1),
        }
    }

    /// A whole number: an edge, a small one, or one of any number of bits.
    pub fn whole(&mut self) -> u64 {
        match self.below(3) {
            0 => *self.pick(&EDGES),
            1 => self.below(20) as u64,
            _ => {
                let shift = self.below(64);
                self.bits() >> shift
            }
        }
    }

    /// Any number: whole, odd, or any bits.
    pub fn float(&mut self) -> f64 {
        match self.below(4) {
            0 => *self.pick(&ODD),
            1 => self.whole() as f64,
            2 => f64::from_bits(self.bits()),
            _ => self.0.range(-2.0, 2.0),
        }
    }

    /// A number of everyday size, neither NaN nor infinite.
    pub fn plain(&mut self) -> f64 {
        self.0.range(0.0, 2.0)
    }

    /// A text: short, of odd letters, empty, or long.
    pub fn text(&mut self) -> String {
        let length = match self.below(40) {
            0 => 0,
            1 => self.below(400),
            _ => 1 + self.below(12),
        };
        (0..length).map(|_| *self.pick(&LETTERS)).collect()
    }

    /// Random bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }
}
