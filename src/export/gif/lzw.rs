//! Packing of a frame's pixels: LZW with codes of growing length, in blocks of at most 255 bytes, as GIF has it. Never here:
//! what the pixels mean.

/// The largest number of codes: they have at most twelve bits.
const MOST_CODES: u32 = 1 << 12;
/// Number of places in the table that finds a code; twice as many as there are codes, and more.
const PLACES: usize = 1 << 14;
/// The largest number of bytes in a block.
const BLOCK: usize = 255;

/// A packer of bytes.
pub(super) struct Packer {
    /// Codes by the code before and the byte after it: both, and 1, then the code; 0 where there is none.
    table: Vec<u64>,
    /// The code that is next to be given.
    next: u32,
    /// The length of codes now, in bits.
    width: u32,
    /// The first length, without the two codes that are no bytes.
    bits: u8,
    /// The code of all bytes since the last one that was written.
    prefix: Option<u32>,
    waiting: u32,
    waiting_bits: u32,
    block: Vec<u8>,
}

impl Packer {
    /// A packer of bytes below 2 to the power of `bits`, which is 2 to 8.
    pub(super) fn new(bits: u8) -> Self {
        let mut packer = Self {
            table: vec![0; PLACES],
            next: 0,
            width: 0,
            bits,
            prefix: None,
            waiting: 0,
            waiting_bits: 0,
            block: Vec::with_capacity(BLOCK),
        };
        packer.forget();
        packer
    }

    /// The code that says that all others are forgotten; the one after it is the end.
    fn clear(&self) -> u32 {
        1 << self.bits
    }

    fn forget(&mut self) {
        self.table.fill(0);
        self.next = self.clear() + 2;
        self.width = u32::from(self.bits) + 1;
    }

    /// Takes the next byte.
    pub(super) fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        let Some(prefix) = self.prefix else {
            out.push(self.bits);
            self.write(self.clear(), out);
            self.prefix = Some(u32::from(byte));
            return;
        };
        let key = 1 << 20 | prefix << 8 | u32::from(byte);
        let mut place = (key.wrapping_mul(0x9e37_79b1) >> 18) as usize % PLACES;
        while self.table[place] != 0 {
            if (self.table[place] >> 32) as u32 == key {
                self.prefix = Some(self.table[place] as u32);
                return;
            }
            place = (place + 1) % PLACES;
        }
        self.write(prefix, out);
        if self.next < MOST_CODES {
            self.table[place] = u64::from(key) << 32 | u64::from(self.next);
            self.grow();
            self.next += 1;
        } else {
            self.write(self.clear(), out);
            self.forget();
        }
        self.prefix = Some(u32::from(byte));
    }

    /// Codes become longer once the next one to be given does not fit.
    fn grow(&mut self) {
        if self.next == 1 << self.width && self.width < 12 {
            self.width += 1;
        }
    }

    fn write(&mut self, code: u32, out: &mut Vec<u8>) {
        self.waiting |= code << self.waiting_bits;
        self.waiting_bits += self.width;
        while self.waiting_bits >= 8 {
            self.byte(out);
            self.waiting_bits -= 8;
        }
    }

    fn byte(&mut self, out: &mut Vec<u8>) {
        self.block.push(self.waiting as u8);
        self.waiting >>= 8;
        if self.block.len() == BLOCK {
            self.flush(out);
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        if !self.block.is_empty() {
            out.push(self.block.len() as u8);
            out.append(&mut self.block);
        }
    }

    /// Ends the frame, which has one byte at least.
    pub(super) fn finish(mut self, out: &mut Vec<u8>) {
        if let Some(prefix) = self.prefix {
            self.write(prefix, out);
            self.grow();
        }
        self.write(self.clear() + 1, out);
        if self.waiting_bits > 0 {
            self.byte(out);
        }
        self.flush(out);
        out.push(0);
    }
}
